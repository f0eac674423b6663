"""THE RUN'S SHARED STATE: who is asked tonight, what came of it, what was published. Knows nothing of Dagster.

The publishers of a night may be asked before Dagster is loaded: its assets then wait for what has begun.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Protocol

from orchestration.ahead import Ahead
from orchestration.catalog import Dataset
from orchestration.ingest.publishers.base import Fetch
from orchestration.ingest.refresh import DatasetOutcome, Ingest
from orchestration.locks import writer_lock
from orchestration.publish.warehouse import Publication
from orchestration.settings import Origin, Settings
from orchestration.standby import Standby

AT_ONCE = 2  # publishers of the bundle


class Reporter(Protocol):
    """Told what happens during a run: the command shows progress, the UI needs none of it."""

    def note(self, text: str) -> None:
        """A publisher's module has something to say."""

    def dataset_done(self, outcome: DatasetOutcome) -> None:
        """A dataset was refreshed."""

    def model_done(self, name: str) -> None:
        """dbt has built a table."""


class Silent:
    """Reports nothing."""

    def note(self, text: str) -> None:
        """Nothing."""

    def dataset_done(self, outcome: DatasetOutcome) -> None:
        """Nothing."""

    def model_done(self, name: str) -> None:
        """Nothing."""


@dataclass
class Night:
    """One run's shared state. A plain object: Dagster hands it to every asset of the same process.

    ``origin`` is None when nobody is to be asked. ``force`` rebuilds even if nothing changed. ``standby`` is a dbt
    process that gets ready for the first build, ``ahead`` one that evaluates the past's states as soon as dbt is done.
    """

    ingest: Ingest
    origin: Origin | None
    force: bool = False
    reporter: Reporter = field(default_factory=Silent)
    outcomes: dict[str, DatasetOutcome] = field(default_factory=dict)
    publication: Publication | None = None
    standby: Standby | None = None
    ahead: Ahead | None = None
    holds_lock: bool = False
    _futures: dict[str, Future[DatasetOutcome]] = field(default_factory=dict)
    _lock: ExitStack = field(default_factory=ExitStack)

    @property
    def settings(self) -> Settings:
        """The settings of the run."""
        return self.ingest.settings

    def lock(self) -> None:
        """Be the one writer until this process ends; AlreadyRunningError if another process is."""
        if not self.holds_lock:
            self._lock.enter_context(writer_lock(self.settings.lock_file))
            self.holds_lock = True

    def start(self, datasets: Iterable[Dataset]) -> None:
        """Begin to refresh ``datasets`` in the background: publishers side by side, one publisher's in turn."""
        waiting: dict[str, list[Dataset]] = defaultdict(list)
        for dataset in datasets:
            if dataset.id not in self._futures:
                waiting[dataset.publisher_id].append(dataset)
                self._futures[dataset.id] = Future()
        if not waiting:
            return
        # The bundle answers at once: more threads than that would only take memory from each other.
        workers = len(waiting) if self.origin == "live" else min(len(waiting), AT_ONCE)
        pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="publisher")
        for queue in waiting.values():
            pool.submit(self._work_off, queue)
        pool.shutdown(wait=False)

    def stop(self) -> None:
        """Leave no process behind, however the run has ended."""
        if self.ahead:
            self.ahead.stop()

    def outcome_of(self, dataset: Dataset) -> DatasetOutcome:
        """Refresh ``dataset``, or wait for the refresh that has begun."""
        future = self._futures.get(dataset.id)
        outcome = future.result() if future else self.ingest.refresh(dataset, self.origin)
        self.outcomes[dataset.id] = outcome
        self.reporter.dataset_done(outcome)
        return outcome

    def backfill(self, dataset: Dataset, fetch: Fetch) -> DatasetOutcome:
        """Refresh ``dataset`` with a fetcher of its own (one year of history)."""
        return self.ingest.refresh(dataset, self.origin, fetch_with=fetch)

    def _work_off(self, queue: Sequence[Dataset]) -> None:
        for dataset in queue:
            try:
                self._futures[dataset.id].set_result(self.ingest.refresh(dataset, self.origin))
            except BaseException as error:  # noqa: BLE001 handed to whoever waits for this dataset
                self._futures[dataset.id].set_exception(error)
