"""Runs of the UI and the schedule, watched: Dagster's own launcher, which knows whether a run's process is still there.

Without that, a run that dies together with its code server (a machine restarts) would stand as running for ever, and
keep its pool: only the code server ever looks after its runs, and the daemon asks the launcher. And a code server that
died alone would be missed for up to a minute: the daemon looks at it no oftener.
"""

from __future__ import annotations

from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.launcher import DefaultRunLauncher
from dagster._core.launcher.base import CheckRunHealthResult, LaunchRunContext, WorkerStatus
from dagster._core.storage.dagster_run import DagsterRun

from orchestration.instance import PROCESS_TAG, is_dead, process_of


class WatchedRunLauncher(DefaultRunLauncher):
    """``DefaultRunLauncher`` for one machine: the process of a run is looked for among its own."""

    def launch_run(self, context: LaunchRunContext) -> None:
        """Launch; if the code server is gone, start another, which the queue's next try finds.

        Not tried again here: the server may have died after it had started the run, and only the queue looks at that.
        """
        try:
            super().launch_run(context)
        except DagsterUserCodeUnreachableError:
            origin = context.dagster_run.remote_job_origin
            if origin and context.workspace:
                context.workspace.reload_code_location(origin.repository_origin.code_location_origin.location_name)
            raise

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
