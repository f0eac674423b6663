"""The part of a refresh that is Dagster's: definitions, instance, one job in this process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import dagster as dg

from orchestration.definitions import build_definitions
from orchestration.errors import advice
from orchestration.instance import forget_old_runs, open_instance, process_tag
from orchestration.jobs import NIGHTLY, REBUILD
from orchestration.night import Night
from orchestration.processes import loading
from orchestration.settings import Settings

QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}  # everything is in the instance's event log


@dataclass(frozen=True)
class Run:
    """What became of a run; ``errors`` says it in words, one for each step that failed."""

    run_id: str
    success: bool
    errors: tuple[str, ...]


def run_job(settings: Settings, night: Night) -> Run:
    """Run the nightly job, or the rebuild if ``night`` asks nobody; old runs are forgotten afterwards."""
    with loading():
        definitions = build_definitions(settings, night)
        job = definitions.resolve_job_def(NIGHTLY if night.origin else REBUILD)
    with open_instance(settings) as instance:
        done = job.execute_in_process(instance=instance, run_config=QUIET, raise_on_error=False, tags=process_tag())
        forget_old_runs(instance, settings.keep_runs_days)
    return Run(done.run_id, done.success, tuple(_messages(done)))


def _messages(run: dg.ExecuteInProcessResult) -> Iterator[str]:
    for event in run.filter_events(lambda event: event.event_type_value == "STEP_FAILURE"):
        if event.step_failure_data.user_failure_data:
            yield str(event.step_failure_data.user_failure_data.description)
            continue
        error = event.step_failure_data.error
        while error and error.cause:
            error = error.cause
        said = error.message.strip() if error else "failed"
        todo = advice(said)
        yield f"{event.step_key}: {said}; next: {todo}" if todo and todo not in said else f"{event.step_key}: {said}"
