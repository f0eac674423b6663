"""What the assets share in one run: the ingest, overlapping the publishers, and dbt without its detours."""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version as installed_version
from importlib.util import find_spec
from typing import Any, Protocol

from dagster_dbt import DbtCliResource
from packaging import version

from orchestration.catalog import Dataset
from orchestration.dbt import dbt_executable
from orchestration.errors import ConfigurationError
from orchestration.ingest.publishers.base import Fetch
from orchestration.ingest.refresh import DatasetOutcome, Ingest
from orchestration.locks import writer_lock
from orchestration.publish.warehouse import Publication
from orchestration.settings import DBT_PROJECT, Origin, Settings


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

    ``origin`` is None when nobody is to be asked. ``force`` rebuilds even if nothing changed.
    """

    ingest: Ingest
    origin: Origin | None
    force: bool = False
    reporter: Reporter = field(default_factory=Silent)
    outcomes: dict[str, DatasetOutcome] = field(default_factory=dict)
    publication: Publication | None = None
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
        pool = ThreadPoolExecutor(max_workers=len(waiting), thread_name_prefix="publisher")
        for queue in waiting.values():
            pool.submit(self._work_off, queue)
        pool.shutdown(wait=False)

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


class LeanDbt(DbtCliResource):
    """dbt as a subprocess, without asking it for its version (4 s) and without a second adapter (3.5 s).

    dbt must be a process of its own: run in this one, it keeps the lock on the build file (dbt-core#11980).
    """

    @cached_property
    def _cli_version(self) -> version.Version:
        return version.parse(installed_version("dbt-core"))

    def _initialize_dbt_core_adapter(self, args: Sequence[str]) -> Any:
        return None


def check_engine(settings: Settings) -> None:
    """ConfigurationError, saying what to do, if the engine that is set cannot run here."""
    if settings.engine != "spark":
        return
    todo = "next: `uv run --extra spark karakoram refresh --engine spark`, or leave KARAKORAM_ENGINE at duckdb"
    missing = [name for name in ("pyspark", "dbt.adapters.spark") if find_spec(name) is None]
    if missing:
        raise ConfigurationError(f"KARAKORAM_ENGINE: spark needs {' and '.join(missing)}, not installed here; {todo}")
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise ConfigurationError(
            "KARAKORAM_ENGINE: spark needs Java 17 or later, found neither JAVA_HOME nor java on PATH; "
            "next: install it (Debian: apt-get install default-jre-headless), or leave KARAKORAM_ENGINE at duckdb"
        )


def dbt_resource() -> LeanDbt:
    """dbt on this project, with the profile that lies beside it."""
    return LeanDbt(
        project_dir=os.fspath(DBT_PROJECT), profiles_dir=os.fspath(DBT_PROJECT), dbt_executable=dbt_executable()
    )
