"""Dagster's own processes, killed from outside: the daemon, the code server, the process of a run, all of them.

One story, as each start takes seconds: three nights were missed; the daemon dies while it makes up for them; the run is
killed, then everything at once; then the code server alone.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.remote_origin import RemoteInstigatorOrigin, RemoteRepositoryOrigin
from dagster._core.scheduler.instigation import (
    InstigatorState,
    InstigatorStatus,
    ScheduleInstigatorData,
    TickStatus,
)
from dagster._core.storage.tags import PARENT_RUN_ID_TAG, SCHEDULE_NAME_TAG
from dagster._core.utils import make_new_run_id
from dagster._core.workspace.load_target import ModuleTarget

from orchestration.instance import open_instance, process_of
from orchestration.settings import Settings
from tests.conftest import ROOT
from tests.faults import daemon_night
from tests.faults.daemon_night import END
from tests.faults.refreshes import children, is_alive, wait_until

pytestmark = pytest.mark.slow

SOON = 60  # seconds within which the next night must have started
THREE_NIGHTS = 3 * 24 * 3600
MODULE = daemon_night.__name__


@dataclass
class Scene:
    """A home, and the Dagster processes that were started on it."""

    settings: Settings
    instance: dg.DagsterInstance
    end: Path
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        home = str(self.settings.dagster_home)
        return {**os.environ, "DAGSTER_HOME": home, END: str(self.end), "PYTHONPATH": str(ROOT)}

    def daemon(self) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "dagster._daemon", "run", "-m", MODULE]
        with open(self.settings.home / "daemon.log", "ab") as log:
            process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        self.started.append(process)
        return process

    def code_servers(self, daemon: subprocess.Popen[bytes]) -> list[int]:
        return children(daemon.pid, "grpc")

    def runs(self) -> list[dg.DagsterRun]:
        """Oldest first."""
        return list(self.instance.get_runs(ascending=True))

    def last_looked(self, seconds_ago: float) -> InstigatorState:
        """The state of the nightly schedule, as a daemon left it so long ago."""
        (location,) = ModuleTarget(MODULE, None, str(ROOT), None).create_origins()
        schedule = daemon_night.defs.resolve_schedule_def("every_night")
        origin = RemoteInstigatorOrigin(RemoteRepositoryOrigin(location, "__repository__"), schedule.name)
        looked = ScheduleInstigatorData(schedule.cron_schedule, time.time() - seconds_ago)
        status = InstigatorStatus.DECLARED_IN_CODE
        return self.instance.add_instigator_state(InstigatorState(origin, InstigatorType.SCHEDULE, status, looked))

    def launch_like(self, run: dg.DagsterRun) -> None:
        """Queue another run of the same job, as the UI does."""
        another = run._replace(run_id=make_new_run_id(), tags={}, status=dg.DagsterRunStatus.NOT_STARTED)
        self.instance.add_run(another)
        self.instance.submit_run(another.run_id, workspace=None)

    def run_at_work(self, after: int) -> dg.DagsterRun:
        """The run that follows ``after`` others, once it holds the pool's only slot."""
        deadline = time.monotonic() + SOON
        while time.monotonic() < deadline:
            runs = self.runs()
            holders = self.instance.event_log_storage.get_concurrency_info("build").active_run_ids
            if len(runs) > after and runs[after].run_id in holders:
                return runs[after]
            time.sleep(0.2)
        said = (self.settings.home / "daemon.log").read_text("utf-8", "replace")[-3000:]
        raise AssertionError(f"run {after + 1} was not at work within {SOON} s: {self.runs()}\n{said}")

    def wait_for(self, run: dg.DagsterRun, status: dg.DagsterRunStatus) -> None:
        wait_until(lambda: self.instance.get_run_by_id(run.run_id).status == status, SOON)

    def kill(self, process: int | subprocess.Popen[bytes]) -> None:
        """SIGKILL, and wait until it is gone."""
        number = process if isinstance(process, int) else process.pid
        os.kill(number, signal.SIGKILL)
        if not isinstance(process, int):
            process.wait(timeout=10)
        wait_until(lambda: not is_alive(number), 10)


@pytest.fixture
def scene(tmp_path, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "")
    settings = Settings(home=tmp_path / "data")
    with open_instance(settings) as instance:
        made = Scene(settings, instance, tmp_path / "end")
        yield made
        made.end.touch()
        for process in made.started:
            try:
                os.killpg(process.pid, signal.SIGKILL)  # code servers and runs are of the daemon's own group
            except ProcessLookupError:
                continue
            process.wait(timeout=10)


def test_nights_start_again_whatever_was_killed(scene):
    # Three nights were missed: one is made up for.
    state = scene.last_looked(THREE_NIGHTS)
    first = scene.daemon()
    night = scene.run_at_work(after=0)
    assert night.tags[SCHEDULE_NAME_TAG] == "every_night"

    # The daemon dies meanwhile, the run does not; the daemon that follows makes up for nothing twice.
    scene.kill(first)
    assert is_alive(process_of(scene.instance, night))
    second = scene.daemon()
    servers = wait_until(lambda: scene.code_servers(second), SOON)

    # The run is killed, and is tried again, once.
    scene.kill(process_of(scene.instance, night))
    scene.wait_for(night, dg.DagsterRunStatus.FAILURE)
    again = scene.run_at_work(after=1)
    assert again.tags[PARENT_RUN_ID_TAG] == night.run_id

    # Everything dies at once, as when a machine restarts.
    for process in (second, *scene.code_servers(second), *servers, process_of(scene.instance, again)):
        if not isinstance(process, int) or is_alive(process):
            scene.kill(process)
    assert scene.instance.get_run_by_id(again.run_id).status == dg.DagsterRunStatus.STARTED, "nobody was left to say so"
    third = scene.daemon()
    scene.wait_for(again, dg.DagsterRunStatus.FAILURE)

    # The code server dies alone; the next night is launched all the same, and finds the slot free.
    for server in wait_until(lambda: scene.code_servers(third), SOON):
        scene.kill(server)
    scene.launch_like(night)
    last = scene.run_at_work(after=2)
    scene.end.touch()
    scene.wait_for(last, dg.DagsterRunStatus.SUCCESS)

    ticks = scene.instance.get_ticks(state.instigator_origin_id, state.selector_id)
    assert [tick.status for tick in ticks] == [TickStatus.SUCCESS], "one night was made up for, once"
    assert len(scene.runs()) == 3
    assert scene.instance.event_log_storage.get_concurrency_info("build").active_slot_count == 0
