"""The Dagster instance of a home: Dagster's own files, written faster, and no slot left by a killed run."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.errors import ConfigurationError
from orchestration.event_storage import PooledSqliteEventLogStorage
from orchestration.instance import PROCESS_TAG, forget_old_runs, open_instance, prepare_instance
from orchestration.sensors import old_runs_sensor
from orchestration.settings import Settings, load_settings


@dg.asset
def one() -> int:
    return 1


@pytest.fixture
def settings(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "")
    return Settings(home=tmp_path / "home")


def test_events_are_kept_in_dagsters_own_files(settings):
    with open_instance(settings) as instance:
        assert isinstance(instance.event_log_storage, PooledSqliteEventLogStorage)
        dg.materialize([one], instance=instance)
        run = instance.get_runs(limit=1)[0]
    plain = SqliteEventLogStorage(str(settings.dagster_home / "history" / "runs"))
    kinds = [record.event_log_entry.dagster_event_type for record in plain.get_records_for_run(run.run_id).records]
    assert dg.DagsterEventType.ASSET_MATERIALIZATION in kinds
    assert plain.get_latest_materialization_events([one.key])[one.key] is not None


def test_what_a_file_has_is_looked_for_once(settings, monkeypatch):
    looked = []
    inherited = SqliteEventLogStorage._has_asset_key_col_on_connection
    monkeypatch.setattr(
        SqliteEventLogStorage,
        "_has_asset_key_col_on_connection",
        lambda self, conn, name: looked.append(name) or inherited(self, conn, name),
    )
    with open_instance(settings) as instance:
        storage = instance.event_log_storage
        assert [storage.can_read_asset_status_cache() for _ in range(3)] == [True] * 3
        assert looked == ["cached_status_data"]
        assert [storage.has_asset_key_col("no_such_column") for _ in range(2)] == [False] * 2
        assert looked[1:] == ["no_such_column"] * 2, "what is missing may come with a migration"
        assert storage.has_secondary_index("no_such_index") is False


def test_many_runs_keep_few_files_open(settings):
    with open_instance(settings) as instance:
        for _ in range(12):
            dg.materialize([one], instance=instance)
        assert len(instance.event_log_storage._engines) <= 8
        assert len(instance.get_runs()) == 12


def test_the_configuration_is_written_once_and_then_yours(settings):
    config = prepare_instance(settings) / "dagster.yaml"
    config.write_text(config.read_text() + "# mine\n")
    prepare_instance(settings)
    assert config.read_text().endswith("# mine\n")
    assert "enabled: false" in config.read_text().split("event_log_storage")[0]


def test_a_home_that_was_copied_keeps_its_events_to_itself(settings, tmp_path):
    prepare_instance(settings)
    copied = Settings(home=tmp_path / "copied")
    shutil.copytree(settings.home, copied.home)
    with open_instance(copied) as instance:
        dg.materialize([one], instance=instance)
    assert list((copied.dagster_home / "history" / "runs").glob("*.db"))
    assert not (settings.dagster_home / "history").exists()


def test_the_run_of_a_killed_process_is_closed_and_the_next_night_starts(settings):
    dead = subprocess.run(
        [sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True, check=True
    )
    with open_instance(settings) as instance:
        run = instance.create_run_for_job(
            dg.define_asset_job("nightly").resolve(asset_graph=dg.Definitions([one]).resolve_asset_graph()),
            tags={PROCESS_TAG: dead.stdout.strip()},
            status=dg.DagsterRunStatus.STARTED,
        )
    with open_instance(settings) as instance:
        assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE


def test_the_run_of_a_living_process_is_left_alone(settings):
    with open_instance(settings) as instance:
        run = instance.create_run_for_job(
            dg.define_asset_job("nightly").resolve(asset_graph=dg.Definitions([one]).resolve_asset_graph()),
            tags={PROCESS_TAG: str(os.getpid())},
            status=dg.DagsterRunStatus.STARTED,
        )
    with open_instance(settings) as instance:
        assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.STARTED


PARTS = dg.StaticPartitionsDefinition(["2012", "2013"])


@dg.asset(partitions_def=PARTS)
def by_year() -> int:
    return 1


@dg.asset(check_specs=[dg.AssetCheckSpec("sound", asset="checked")])
def checked():
    return dg.MaterializeResult(check_results=[dg.AssetCheckResult(passed=True, check_name="sound")])


def age(settings, *run_ids):
    """Let runs have ended a year ago."""
    marks = ", ".join("?" * len(run_ids))
    with sqlite3.connect(settings.dagster_home / "history" / "runs.db") as connection:
        connection.execute(f"update runs set update_timestamp = '2020-01-01' where run_id in ({marks})", run_ids)


def test_old_runs_go_and_with_them_all_that_they_left(settings):
    with open_instance(settings) as instance:
        runs = [dg.materialize([one, checked], instance=instance).run_id for _ in range(4)]
        age(settings, *runs[:2])
        assert forget_old_runs(instance, 90) == runs[:2]
        assert [run.run_id for run in instance.get_runs()] == runs[:1:-1]
        assert forget_old_runs(instance, 90) == []
        named = [path.name for path in settings.dagster_home.rglob("*")]
        left = [name for name in named if any(run in name for run in runs[:2])]
        assert left == []
    with sqlite3.connect(settings.dagster_home / "history" / "runs" / "index.db") as index:
        for table in ("event_logs", "asset_check_executions"):
            known = {run for (run,) in index.execute(f"select distinct run_id from {table}")}
            assert known == set(runs[2:]), table


def test_what_the_ui_shows_as_newest_stays_however_old(settings):
    with open_instance(settings) as instance:
        year = dg.materialize([by_year], instance=instance, partition_key="2012").run_id
        lone = dg.materialize([checked], instance=instance).run_id
        first, second = (dg.materialize([one], instance=instance).run_id for _ in range(2))
        age(settings, year, lone, first, second)
        assert forget_old_runs(instance, 90) == [first]
        assert instance.get_materialized_partitions(by_year.key) == {"2012"}
        assert instance.get_latest_materialization_event(one.key).run_id == second
        assert instance.get_latest_materialization_event(checked.key).run_id == lone
        result = instance.event_log_storage.get_latest_asset_check_execution_by_key(list(checked.check_keys))
        assert [record.run_id for record in result.values()] == [lone]


def test_the_ui_forgets_too(settings):
    with open_instance(settings) as instance:
        first, second = (dg.materialize([one], instance=instance).run_id for _ in range(2))
        age(settings, first, second)
        sensor = old_runs_sensor(settings)
        tick = sensor.evaluate_tick(dg.build_sensor_context(instance=instance))
        assert sensor.default_status == dg.DefaultSensorStatus.RUNNING
        assert (tick.run_requests, tick.skip_message) == ([], "1 runs older than 90 days forgotten")
        assert [run.run_id for run in instance.get_runs()] == [second]


def test_the_days_that_runs_are_kept_must_make_sense():
    with pytest.raises(ConfigurationError, match="KARAKORAM_KEEP_RUNS_DAYS"):
        load_settings(keep_runs_days=0)
