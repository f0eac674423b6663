"""Keys are nowhere; a query reads the warehouse and nothing else; the UI listens to this machine alone."""

from __future__ import annotations

import sys

import click.testing
import dagster as dg
import duckdb
import pytest

from orchestration import cli
from orchestration.assets.snapshots import snapshot_assets
from orchestration.catalog import load_catalog
from orchestration.ingest.refresh import Ingest
from orchestration.instance import open_instance
from orchestration.night import Night
from orchestration.publish.warehouse import STORAGE_VERSION
from orchestration.reading import query, warehouse
from orchestration.seeds import load_seeds
from orchestration.settings import load_settings
from tests.faults import small_night
from tests.faults.refreshes import assert_nowhere
from tests.support.publishers import FakePublishers

KEYED = ("un_comtrade", "state_bank_pakistan")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    with FakePublishers() as publishers:
        given = small_night.settings_of(tmp_path_factory.mktemp("surface") / "data", publishers.urls["imf_url"])
        small_night.run(given)
    return given


FORBIDDEN = [
    "select * from read_text('/etc/hostname')",
    "select * from read_blob('/etc/hostname')",
    "select * from read_csv('/etc/hostname')",
    "select * from read_csv_auto('/etc/hostname')",
    "select * from read_json('/etc/hostname')",
    "select * from read_parquet('/etc/hostname')",
    "select * from '/etc/hostname'",
    "from 'data.parquet'",
    "select * from sniff_csv('/etc/hostname')",
    "select * from glob('/etc/*')",
    "select * from parquet_metadata('x.parquet')",
    "attach '/etc/hostname' as x",
    "attach 'x.duckdb' as x",
    "attach 'https://127.0.0.1:9/x.duckdb' as x",
    "copy (select 1) to '{place}/x.csv'",
    "copy (select 1) to '{place}/x.parquet' (format parquet)",
    "copy power_plants from '/etc/hostname'",
    "export database '{place}/x'",
    "import database '{place}/x'",
    "install httpfs",
    "install httpfs from 'http://127.0.0.1:9'",
    "load httpfs",
    "load '{place}/x.duckdb_extension'",
    "set enable_external_access = true",
    "set lock_configuration = false",
    "reset enable_external_access",
    "pragma enable_external_access = true",
    "set global allowed_paths = ['/etc/hostname']",
    "set allowed_directories = ['/etc']",
    "set temp_directory = '{place}'",
    "set home_directory = '/etc'",
    "set secret_directory = '{place}'",
    "set log_query_path = '{place}/x.log'",
    "pragma enable_profiling; pragma profiling_output = '{place}/x.json'",
    "select getenv('HOME')",
    "create secret s (type http, bearer_token 'x')",
    "create persistent secret s (type http, bearer_token 'x')",
    "insert into power_plants select * from power_plants",
    "update power_plants set value = 0",
    "delete from power_plants",
    "drop table power_plants",
    "create table marts.x (a int)",
    "create view marts.x as select 1",
    "select * from settings",
    "select * from sql",
    "select 1; select * from read_text('/etc/hostname')",
    "explain analyze select * from read_text('/etc/hostname')",
    "call start_ui()",
]


@pytest.mark.parametrize("forbidden", FORBIDDEN)
def test_a_query_reaches_no_file_no_network_no_setting_and_changes_nothing(settings, forbidden, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = settings.pointer.resolve().read_bytes()
    with pytest.raises(duckdb.Error):
        query(settings, forbidden.format(place=tmp_path))
    assert list(tmp_path.iterdir()) == []
    assert settings.pointer.resolve().read_bytes() == before


def test_a_query_reads_the_warehouse(settings):
    assert query(settings, "select count(*) from power_plants")[1] == [(54,)]
    assert query(settings, "with x as (select 1 as a) from x")[1] == [(1,)]


def test_several_may_read_at_once_in_one_process(settings):
    count = "select count(*) from power_plants"
    plain = duckdb.connect(str(settings.pointer.resolve()), read_only=True)
    with plain, warehouse(settings) as one, warehouse(settings) as other:
        expected = plain.execute(count.replace("power", "marts.power")).fetchall()
        for connection in (one, other):
            assert connection.execute(count).fetchall() == expected
            with pytest.raises(duckdb.Error, match="locked"):
                connection.execute("set enable_external_access = true")


def test_a_published_file_is_of_the_pinned_storage_version(settings):
    with duckdb.connect(str(settings.pointer.resolve()), read_only=True) as connection:
        tags = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where database_name = current_database()"
        ).fetchone()
        stated = connection.execute("select value from marts.publication where fact = 'storage_version'").fetchone()
    assert tags == (f"{STORAGE_VERSION}+",)
    assert stated == (STORAGE_VERSION,)


@pytest.mark.parametrize(("asked", "host"), [([], "127.0.0.1"), (["--host", "0.0.0.0"], "0.0.0.0")])
def test_the_ui_binds_to_loopback_unless_told_otherwise(tmp_path, monkeypatch, asked, host):
    started: list[list[str]] = []
    monkeypatch.setenv("KARAKORAM_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path / "dagster"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("orchestration.assets.warehouse.dbt_project", lambda: None)
    monkeypatch.setattr(cli.os, "execv", lambda program, arguments: started.append(arguments))
    done = click.testing.CliRunner().invoke(cli.command, ["ui", *asked])
    assert done.exception is None
    assert started[0][started[0].index("--host") + 1] == host


def spoiled(publishers):
    """Some answers are refusals and pages, so that errors and quarantine are written too."""
    publishers.set_mode("un_comtrade", lambda asked: "error_envelope" if "2020" in asked.query else "ok")
    publishers.set_mode("state_bank_pakistan", lambda asked: "html" if "series" in asked.path else "ok")


def test_keys_are_in_no_snapshot_no_status_and_no_event(tmp_path, capfd, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    catalog, said = load_catalog(), []
    with FakePublishers() as publishers:
        spoiled(publishers)
        given = load_settings(
            home=tmp_path / "data",
            origin="live",
            pace=0,
            comtrade_api_key=publishers.keys["COMTRADE_API_KEY"],
            sbp_api_key=publishers.keys["SBP_API_KEY"],
            **publishers.urls,
        )
        night = Night(Ingest(given, catalog, load_seeds(), note=said.append), "live")
        keyed = [asset for asset in snapshot_assets(catalog) if asset.key.path[0] in KEYED and not asset.partitions_def]
        with open_instance(given) as instance:
            result = dg.materialize(keyed, instance=instance, resources={"night": night}, raise_on_error=False)
            assert result.success
            log = [str(record) for record in instance.all_logs(result.run_id)]
        asked = [str(request) for request in publishers.requests()]
        keys = publishers.keys.values()
    assert all(any(key in request for request in asked) for key in keys), "the publishers were asked with the keys"
    assert any(outcome.error for outcome in night.outcomes.values()), "some errors were written"
    assert_nowhere(keys, given.home, *log, *said, *capfd.readouterr(), str(night.outcomes), repr(given))


def test_a_setting_that_is_wrong_shows_no_key(monkeypatch, capsys):
    monkeypatch.setenv("SBP_API_KEY", "secret-key-of-somebody\nand more")
    monkeypatch.setenv("KARAKORAM_ORIGIN", "moon")
    monkeypatch.setattr(sys, "argv", ["karakoram", "status"])
    with pytest.raises(SystemExit):
        cli.main()
    assert "secret-key-of-somebody" not in "".join(capsys.readouterr())
    monkeypatch.setenv("KARAKORAM_ORIGIN", "bundle")
    monkeypatch.setenv("SBP_API_KEY", "secret-key-of-somebody")
    assert "secret-key-of-somebody" not in repr(load_settings())
