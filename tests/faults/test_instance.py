"""Dagster's own faults: a run whose process is gone is closed, its slots are freed, the next night starts at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.storage.dagster_run import DagsterRun
from dagster._core.storage.tags import GRPC_INFO_TAG

from orchestration.instance import PROCESS_TAG, open_instance
from orchestration.settings import Settings
from tests.conftest import ROOT

SOON = 60  # seconds within which the next night must be able to start


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    given = Settings(home=tmp_path_factory.mktemp("instance") / "data")
    before = os.environ.get("DAGSTER_HOME")
    open_instance(given).dispose()
    yield given
    os.environ.pop("DAGSTER_HOME") if before is None else os.environ.update(DAGSTER_HOME=before)


def dead_process() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


def left_running(instance: dg.DagsterInstance, process: int | None) -> str:
    """A run that is on record as started, holding the only slot of the pool in which warehouses are built."""
    tags = {} if process is None else {PROCESS_TAG: str(process)}
    run = DagsterRun(job_name="nightly", tags=tags, status=dg.DagsterRunStatus.STARTED)
    instance.add_run(run)
    storage = instance.event_log_storage
    storage.set_concurrency_slots("build", 1)
    storage.claim_concurrency_slot("build", run.run_id, "warehouse")
    return run.run_id


def test_the_run_of_a_killed_process_is_closed_and_its_slot_is_free(settings):
    with open_instance(settings) as instance:
        killed = left_running(instance, dead_process())
        assert instance.event_log_storage.get_concurrency_info("build").active_slot_count == 1
    began = time.monotonic()
    with open_instance(settings) as instance:
        assert instance.get_run_by_id(killed).status == dg.DagsterRunStatus.FAILURE
        assert instance.event_log_storage.get_concurrency_info("build").active_slot_count == 0
    assert time.monotonic() - began < SOON


def test_a_number_that_another_program_got_since_does_not_keep_a_run_alive(settings):
    stranger = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with open_instance(settings) as instance:
            killed = left_running(instance, stranger.pid)
        with open_instance(settings) as instance:
            assert instance.get_run_by_id(killed).status == dg.DagsterRunStatus.FAILURE
    finally:
        stranger.kill()
        stranger.wait()


def test_a_run_of_the_ui_is_left_to_dagsters_own_monitoring(settings):
    with open_instance(settings) as instance:
        running = left_running(instance, None)
    with open_instance(settings) as instance:
        assert instance.get_run_by_id(running).status == dg.DagsterRunStatus.STARTED
        assert instance.run_monitoring_enabled
        assert instance.run_monitoring_start_timeout_seconds <= SOON
        assert instance.run_monitoring_poll_interval_seconds <= SOON
        assert instance.get_settings("run_monitoring")["free_slots_after_run_end_seconds"] <= SOON
        assert instance.run_retries_enabled
        assert instance.run_retries_max_retries == 1
        assert instance.run_retries_retry_on_asset_or_op_failure is False
        instance.report_run_failed(instance.get_run_by_id(running))
        instance.event_log_storage.free_concurrency_slots_for_run(running)


def test_a_run_of_the_ui_whose_process_is_gone_is_closed_as_well(settings):
    """Its code server may have died with it: by the number that the run's process said first."""
    with open_instance(settings) as instance:
        killed = left_running(instance, None)
        said = EngineEventData.in_process(dead_process())
        instance.report_engine_event("Started process for run", instance.get_run_by_id(killed), said)
        assert instance.run_launcher.supports_check_run_worker_health
        health = instance.run_launcher.check_run_worker_health(instance.get_run_by_id(killed))
        assert health.status.name == "FAILED"
        elsewhere = DagsterRun(job_name="nightly", tags={GRPC_INFO_TAG: '{"host": "code-server-2", "port": 4000}'})
        instance.add_run(elsewhere)
        instance.report_engine_event("Started process for run", elsewhere, said)
        assert instance.run_launcher.check_run_worker_health(elsewhere).status.name == "RUNNING"
    with open_instance(settings) as instance:
        assert instance.get_run_by_id(killed).status == dg.DagsterRunStatus.FAILURE
        assert instance.event_log_storage.get_concurrency_info("build").active_slot_count == 0


@pytest.mark.parametrize("number", [12, 29])
def test_an_instance_killed_while_it_is_made_is_made_by_the_next(tmp_path, number):
    program = (
        "import sys; from tests.faults.killer import Killer; Killer(int(sys.argv[1])).install()\n"
        "from orchestration.settings import load_settings; from orchestration.instance import open_instance\n"
        "print(open_instance(load_settings()).get_runs_count())"
    )

    def opened(at: int) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "KARAKORAM_HOME": str(tmp_path / "data")}
        return subprocess.run(
            [sys.executable, "-c", program, str(at)],
            env=environment,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    assert opened(number).returncode == -9
    healed = opened(0)
    assert healed.returncode == 0, healed.stderr
    assert healed.stdout == "0\n"
