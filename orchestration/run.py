"""One refresh from the command line: the lock, the Dagster job, and what became of it.

Exit codes: 0 published, all well; 1 published, but a source failed or is stale; 2 not published, the former warehouse
is untouched; 64 wrong usage or configuration; 75 another refresh is running.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext, redirect_stdout
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from orchestration.dbt import check_engine
from orchestration.home import check_room, open_home, tidy
from orchestration.locks import writer_lock
from orchestration.processes import loading
from orchestration.publish.warehouse import current
from orchestration.settings import Settings
from orchestration.standby import Standby

if TYPE_CHECKING:
    from orchestration.execution import Run
    from orchestration.ingest.refresh import DatasetOutcome
    from orchestration.night import Night, Reporter

LOG = Path("logs") / "refresh.log"
PUBLISHED, DEGRADED, BLOCKED, USAGE, BUSY = 0, 1, 2, 64, 75
STATUS = {PUBLISHED: "published", DEGRADED: "degraded", BLOCKED: "blocked"}


@dataclass(frozen=True)
class RefreshResult:
    """What a refresh has done. ``published`` is the new file, or None when nothing changed or nothing was published."""

    status: Literal["published", "degraded", "blocked"]
    exit_code: int
    origin: str
    published: str | None
    warehouse: str | None
    started_at: str
    finished_at: str
    requests: int
    datasets: tuple[DatasetOutcome, ...]
    thresholds: Mapping[str, int]
    run_id: str
    errors: tuple[str, ...] = field(default=())
    repairs: tuple[str, ...] = field(default=())
    alerts: Mapping[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """The object that ``refresh --json`` prints."""
        return asdict(self)


def refresh(
    settings: Settings,
    *,
    fetch: bool = True,
    reporter: Reporter | None = None,
    wait: Callable[[str], None] | None = None,
) -> RefreshResult:
    """Run the nightly job (or, without fetching, the rebuild) under the lock of the one writer.

    Where a build is certain, dbt gets ready while everything else is still being loaded; live, the publishers are asked
    while Dagster is.

    Args:
        settings: of the home to refresh.
        fetch: ask the publishers of ``settings.origin``; else build from the raw store as it is.
        reporter: told of each step.
        wait: told who holds the lock, if somebody does, before waiting for it; None does not wait.

    Raises:
        AlreadyRunningError: another refresh holds the lock.
        UnusableHome: it cannot be written, has no room, or is a newer release's; nothing was started.
        ConfigurationError: a setting or seed makes no sense; nothing was started.
    """
    started = datetime.now(UTC)
    check_engine(settings)
    open_home(settings)
    with writer_lock(settings.lock_file, wait=wait):
        check_room(settings)
        with _printed_to(settings.home / LOG), _standby(settings, force=not fetch) as standby:
            night = _night(settings, fetch, reporter, standby)
            repairs = tidy(night.ingest)
            if night.origin == "live":  # the bundle has nobody to wait for
                night.start(night.ingest.catalog.datasets.values())
            try:
                run = _run(settings, night)
            finally:
                night.stop()
        outcomes = _outcomes(night)
    from orchestration.notify.telling import tell_after_refresh
    from orchestration.reading import threshold_counts

    exit_code = _exit_code(run.success, outcomes)
    warehouse = current(settings)
    return RefreshResult(
        status=STATUS[exit_code],  # type: ignore[arg-type]
        exit_code=exit_code,
        origin=settings.origin,
        published=str(night.publication.path) if night.publication else None,
        warehouse=str(warehouse.path) if warehouse else None,
        started_at=started.isoformat(timespec="seconds"),
        finished_at=datetime.now(UTC).isoformat(timespec="seconds"),
        requests=sum(outcome.requests for outcome in outcomes),
        datasets=outcomes,
        thresholds=threshold_counts(settings),
        run_id=run.run_id,
        errors=run.errors,
        repairs=tuple(repairs),
        alerts=tell_after_refresh(settings),
    )


def _night(settings: Settings, fetch: bool, reporter: Reporter | None, standby: Standby | None) -> Night:
    """What the run shares. Imported here and not above: while dbt gets ready."""
    with loading():
        from orchestration.catalog import load_catalog
        from orchestration.ingest.refresh import Ingest
        from orchestration.night import Night, Silent
        from orchestration.seeds import load_seeds

    told = reporter or Silent()
    ingest = Ingest(settings, load_catalog(), load_seeds(), note=told.note)
    return Night(ingest, settings.origin if fetch else None, not fetch, told, standby=standby, holds_lock=True)


def _standby(settings: Settings, *, force: bool) -> AbstractContextManager[Standby | None]:
    """A dbt process that gets ready, if a build is certain; Spark's build is parsed with other variables."""
    certain = force or current(settings) is None
    return Standby(settings) if certain and settings.engine == "duckdb" else nullcontext()


def _run(settings: Settings, night: Night) -> Run:
    """Run the job. Dagster is imported here and not above: that takes seconds in which others are at work already."""
    with loading():
        from orchestration.execution import run_job

    return run_job(settings, night)


def _outcomes(night: Night) -> tuple[DatasetOutcome, ...]:
    """What was asked tonight; after a rebuild, how each dataset stands. A source without its key is left out."""
    if night.origin is None:
        found = [night.ingest.refresh(dataset, None) for dataset in night.ingest.catalog.datasets.values()]
    else:
        found = list(night.outcomes.values())
    return tuple(outcome for outcome in found if outcome.status != "disabled" and not _is_absent(outcome))


def _is_absent(outcome: DatasetOutcome) -> bool:
    """A live dataset of which the bundle has nothing: it was not asked, so it neither failed nor changed."""
    return outcome.status == "unchanged" and outcome.snapshot_id is None


def _exit_code(success: bool, outcomes: tuple[DatasetOutcome, ...]) -> int:
    if not success:
        return BLOCKED
    return DEGRADED if any(outcome.status in ("stale", "failed") for outcome in outcomes) else PUBLISHED


@contextmanager
def _printed_to(path: Path) -> Iterator[None]:
    """What libraries print goes to a file: the terminal is for progress, and standard output for the result alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", encoding="utf-8") as file, redirect_stdout(file):
        handler = logging.StreamHandler(file)  # without one, Python prints a library's warnings on the terminal
        logging.getLogger().addHandler(handler)
        try:
            yield
        finally:
            logging.getLogger().removeHandler(handler)
