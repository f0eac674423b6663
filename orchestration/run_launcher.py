"""Runs of the UI and the schedule, watched: Dagster's own launcher, which knows whether a run's process is still there.

Without that, a run that dies together with its code server (a machine restarts) would stand as running for ever, and
keep its pool: only the code server ever looks after its runs, and the daemon asks the launcher.
"""

from __future__ import annotations

from dagster._core.launcher import DefaultRunLauncher
from dagster._core.launcher.base import CheckRunHealthResult, WorkerStatus
from dagster._core.storage.dagster_run import DagsterRun

from orchestration.instance import PROCESS_TAG, is_dead, process_of


class WatchedRunLauncher(DefaultRunLauncher):
    """``DefaultRunLauncher`` for one machine: the process of a run is looked for among its own."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """True: the daemon's monitoring asks."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """FAILED when the process of ``run`` is gone; RUNNING while it lives, or has not said its number yet.

        Runs of the command are not the launcher's: the next command closes them.
        """
        if PROCESS_TAG not in run.tags and is_dead(self._instance, run):
            return CheckRunHealthResult(WorkerStatus.FAILED, f"process {process_of(self._instance, run)} is gone")
        return CheckRunHealthResult(WorkerStatus.RUNNING)
