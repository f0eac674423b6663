"""The Dagster instance of a home: Dagster's own files, written faster, and no slot left by a killed run."""

from __future__ import annotations

import os
import subprocess
import sys

import dagster as dg
import pytest
from dagster._core.storage.event_log import SqliteEventLogStorage

from orchestration.event_storage import PooledSqliteEventLogStorage
from orchestration.instance import PROCESS_TAG, open_instance, prepare_instance
from orchestration.settings import Settings


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
