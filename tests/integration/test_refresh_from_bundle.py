"""The main job as a new user runs it: no network, no keys, real figures."""

from __future__ import annotations

import json
import os

import pytest

pytestmark = pytest.mark.slow

STATUSES = {"updated", "unchanged", "stale", "failed"}


@pytest.fixture(scope="module")
def first(bundle_home):
    return json.loads((bundle_home.path / "first_refresh.json").read_text("utf-8"))


def test_the_json_has_what_programs_were_promised(first, bundle_home):
    promised = {
        "status",
        "exit_code",
        "origin",
        "published",
        "started_at",
        "finished_at",
        "requests",
        "datasets",
        "thresholds",
    }
    assert promised <= set(first)
    assert (first["status"], first["exit_code"], first["origin"], first["requests"]) == ("published", 0, "bundle", 0)
    assert os.path.realpath(bundle_home.path / "karakoram.duckdb") == first["published"]
    assert {"breach", "watch", "ok", "unknown"} == set(first["thresholds"])
    assert sum(first["thresholds"].values()) > 0
    for dataset in first["datasets"]:
        assert {"dataset", "status", "requests", "rows", "snapshot_id", "error"} <= set(dataset)
        assert dataset["status"] in STATUSES
        assert dataset["rows"] > 0


@pytest.mark.parametrize(
    ("what", "sql", "published", "within"),
    [
        (
            "Pakistan's balance with China 2019, customs, as Pakistan reports (UN Comtrade)",
            "select balance_usd from marts.trade_balance where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and "
            "period = '2019' and view = 'home_reported' and basis = 'customs'",
            -10_369_519_693.803,
            1,
        ),
        (
            "the same, 2024",
            "select balance_usd from marts.trade_balance where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and "
            "period = '2024' and view = 'home_reported' and basis = 'customs'",
            -13_616_937_019.043,
            1,
        ),
        (
            "exports to China 2024, as Pakistan reports",
            "select value_usd from marts.trade_flows where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and "
            "period = '2024' and view = 'home_reported' and basis = 'customs' and flow = 'export'",
            2_375_627_611.244,
            0.001,
        ),
        (
            "the balance of 2024 as China's customs report it, in USD at customs' own implied rate",
            "select balance_usd from marts.trade_balance where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and "
            "period = '2024' and view = 'partner_reported' and basis = 'customs'",
            -17.4e9,
            0.05e9,
        ),
        (
            "payments FY2025 (State Bank of Pakistan)",
            "select balance_usd from marts.trade_balance where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and "
            "period = 'FY2025' and basis = 'payments'",
            -13_834_828_367.1,
            1000,
        ),
        (
            "total liquid reserves, end of June 2025 (State Bank of Pakistan)",
            "select reserves_usd from marts.reserve_adequacy where country_iso3 = 'PAK' and period = '2025-06' and "
            "definition = 'total_liquid'",
            19_269_500_000,
            1,
        ),
        (
            "Pakistani students in China 2018 (Ministry of Education)",
            "select students from marts.student_mobility where origin_iso3 = 'PAK' and host_iso3 = 'CHN' and "
            "period = '2018' and definition = 'students_all'",
            28_023,
            0,
        ),
    ],
)
def test_published_numbers_are_those_of_their_publishers(bundle_home, what, sql, published, within):
    rows = bundle_home.rows(sql)
    assert len(rows) == 1, what
    assert rows[0][0] == pytest.approx(published, abs=within), what


def test_the_reserves_of_june_2025_breach_in_one_definition_and_not_in_the_other(bundle_home):
    cover = dict(
        bundle_home.rows(
            "select definition, import_cover_months from marts.reserve_adequacy where country_iso3 = 'PAK' and "
            "period = '2025-06' and definition in ('central_bank_held', 'total_liquid')"
        )
    )
    assert cover["central_bank_held"] < 3 < cover["total_liquid"]


def test_the_bundle_says_that_it_is_one(bundle_home):
    assert bundle_home.rows("select distinct origin from marts.sources where origin is not null") == [("bundle",)]
    status = json.loads(bundle_home.karakoram("status", "--json").stdout)
    assert {row["origin"] for row in status} == {"bundle", None}
    assert dict(bundle_home.rows("select fact, value from marts.publication"))["origin"] == "bundle"


def test_every_column_of_every_mart_is_described_in_the_file_itself(bundle_home):
    bare = bundle_home.rows(
        "select table_name, column_name from duckdb_columns() "
        "where schema_name = 'marts' and coalesce(comment, '') = ''"
    )
    assert bare == []


def test_every_observation_leads_to_its_publisher_release_and_licence(bundle_home):
    orphans = bundle_home.rows(
        "select count(*) from marts.observations as o left join marts.sources as s using (dataset) "
        "where s.licence is null or o.release is null or o.snapshot_id is null"
    )
    assert orphans == [(0,)]


def test_the_command_reads_the_warehouse_and_no_other_file(bundle_home):
    done = bundle_home.karakoram("sql", "select 1 + 1 as two", "--format", "json")
    assert json.loads(done.stdout) == [{"two": 2}]
    done = bundle_home.karakoram(
        "sql", "select period from trade_balance where period = '2024' limit 1", "--format", "csv"
    )
    assert done.stdout == "period\n2024\n"
    for forbidden in (
        "select * from read_csv('/etc/hostname')",
        "copy (select 1) to 'x.csv'",
        "create table t (a int)",
    ):
        refused = bundle_home.karakoram("sql", forbidden)
        assert refused.returncode == 64, forbidden
        assert refused.stdout == ""


def test_flags_name_value_limit_period_and_source(bundle_home):
    rows = json.loads(bundle_home.karakoram("flags", "--json", "--dyad", "PAK-CHN").stdout)
    assert rows
    assert {row["subject"] for row in rows} <= {"PAK-CHN", "PAK"}
    for row in rows:
        assert row["state"] in ("breach", "watch", "unknown")
        assert row["source_title"]
        if row["state"] == "breach":
            assert row["value"] is not None
            assert row["limit_value"] is not None
            assert row["certainty"] in ("certain", "possible")
    unknown = bundle_home.karakoram("flags", "--dyad", "PAK-XXX")
    assert unknown.returncode != 0
    assert "known:" in unknown.stderr


def test_a_second_refresh_changes_nothing(bundle_home, tmp_path):
    home = bundle_home.copy(tmp_path / "data")
    again = home.refresh()
    assert (again["status"], again["exit_code"], again["published"]) == ("published", 0, None)
    assert {dataset["status"] for dataset in again["datasets"]} == {"unchanged"}


def test_a_refresh_shows_up_in_the_instance_that_the_ui_reads(bundle_home):
    import dagster as dg

    with dg.DagsterInstance.from_config(str(bundle_home.path / "dagster")) as instance:
        runs = instance.get_runs()
        assert "nightly" in {run.job_name for run in runs}
        assert {run.status for run in runs} == {dg.DagsterRunStatus.SUCCESS}
        balance = instance.get_latest_materialization_event(dg.AssetKey(["marts", "trade_balance"]))
        assert balance.asset_materialization.metadata["dagster/row_count"].value > 0
