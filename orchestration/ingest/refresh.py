"""One dataset, one night: carry the bundle in, ask, accept or quarantine, bring the change log up to date.

The outcome never raises for a publisher's fault: a source that fails is reported as ``stale`` (the last good data
stands in) or ``failed`` (there is none), and the night goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Literal

import pyarrow as pa

from orchestration import bundle
from orchestration.catalog import Catalog, Dataset
from orchestration.errors import ContractError, SourceError, shorten
from orchestration.ingest.changes import ChangeCounts, ChangeLog, Compared
from orchestration.ingest.guards import check_deletions, check_units
from orchestration.ingest.http import HttpClient
from orchestration.ingest.publishers.base import Answer, Fetch, FetchContext
from orchestration.ingest.publishers.registry import source_of
from orchestration.ingest.redaction import Redactor
from orchestration.ingest.snapshots import (
    Part,
    ScopeStatus,
    Snapshot,
    SnapshotStore,
    identified,
    make_part,
    part_name,
)
from orchestration.locks import waiting_lock
from orchestration.seeds import Seeds
from orchestration.settings import Origin, Settings

Status = Literal["updated", "unchanged", "stale", "failed", "disabled"]
NO_CHANGES = ChangeCounts()
UNNAMED = datetime(1970, 1, 1, tzinfo=UTC)
CLOCK_MAY_ERR = timedelta(days=1)  # more, and "known from" would be false for good


@dataclass(frozen=True)
class DatasetOutcome:
    """How one dataset fared tonight. ``rows`` counts the points known now, ``changes`` what tonight changed."""

    dataset: str
    status: Status
    requests: int = 0
    rows: int = 0
    snapshot_id: str | None = None
    error: str | None = None
    changes: ChangeCounts = NO_CHANGES
    notes: tuple[str, ...] = ()


class Ingest:
    """Everything that a refresh of a dataset needs, in one object that the Dagster assets and the tests share."""

    def __init__(
        self,
        settings: Settings,
        catalog: Catalog,
        seeds: Seeds,
        *,
        note: Callable[[str], None] = lambda text: None,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.settings, self.catalog, self.seeds, self.note, self.clock = settings, catalog, seeds, note, clock
        self.store = SnapshotStore(settings.raw)

    def log(self, dataset: Dataset) -> ChangeLog:
        """The change log of ``dataset``."""
        folder = self.settings.parsed.joinpath(*dataset.id.split("."))
        return ChangeLog(folder, dataset.id, source_of(dataset.id), self.store)

    def refresh(
        self, dataset: Dataset, origin: Origin | None = None, *, fetch_with: Fetch | None = None
    ) -> DatasetOutcome:
        """Bring ``dataset`` up to date.

        Args:
            dataset: which.
            origin: 'bundle' or 'live'; None asks nobody and only brings the change log up to date.
            fetch_with: a fetcher other than the dataset's own (a backfill of one year).
        """
        with self.alone_with(dataset):
            night = _Night(self, dataset)
            if origin is not None:
                night.carry_bundle_in()
            if origin == "live" and self.asks(dataset):
                if not self.enabled(dataset):
                    return night.outcome(disabled=True)
                night.ask(fetch_with or source_of(dataset.id).fetch)
            elif origin is not None:
                night.nothing_to_ask()
            return night.outcome(keep_stale=origin is None)

    def sync(self) -> None:
        """Bring every change log up to date with the raw store; nobody is asked."""
        for dataset in self.catalog.datasets.values():
            with self.alone_with(dataset):
                self.log(dataset).sync()

    def alone_with(self, dataset: Dataset) -> AbstractContextManager[None]:
        """Wait until nobody else works on ``dataset``: a backfill from the UI may meet the nightly run."""
        return waiting_lock(self.lock_file(dataset.id))

    @contextmanager
    def all_still(self) -> Iterator[None]:
        """Wait until nobody works on any dataset, and keep it so: what is built then is of one moment."""
        with ExitStack() as held:
            for dataset in self.catalog.datasets.values():
                held.enter_context(self.alone_with(dataset))
            yield

    def lock_file(self, dataset: str) -> Path:
        """Held by whoever works on ``dataset``."""
        return self.store.folder(dataset) / ".lock"

    def latest_snapshots(self) -> list[Snapshot]:
        """The newest snapshot of every dataset that has one."""
        newest = (self.store.latest(dataset) for dataset in self.catalog.datasets)
        return [snapshot for snapshot in newest if snapshot]

    def asks(self, dataset: Dataset) -> bool:
        """Whether anybody is asked for ``dataset``: something fetches it, and it was opted in where that is needed."""
        opted_in = dataset.opt_in is None or getattr(self.settings, dataset.opt_in)
        return bool(opted_in) and source_of(dataset.id).fetch is not None

    def enabled(self, dataset: Dataset) -> bool:
        """False for a dataset whose key is not set."""
        return dataset.needs_key is None or getattr(self.settings, dataset.needs_key) is not None


class _Night:
    """The steps of one dataset's refresh and what they have found so far."""

    def __init__(self, ingest: Ingest, dataset: Dataset) -> None:
        self.ingest, self.dataset = ingest, dataset
        self.store, self.log = ingest.store, ingest.log(dataset)
        self.status = self.store.status(dataset.id)
        self.notes: list[str] = []
        self.errors: list[str] = []
        self.requests = 0
        self.changes = _total(self.log.sync().values())
        self.new_snapshots = 0

    def carry_bundle_in(self) -> None:
        """Put the embedded snapshots of this dataset into the raw store; those already there stay."""
        present = {snapshot.snapshot_id for snapshot in self.store.history(self.dataset.id)}
        for embedded in bundle.snapshots(dataset=self.dataset.id):
            snapshot = self._from_bundle(embedded)
            if snapshot.snapshot_id not in present:
                self.new_snapshots += self.store.put(snapshot, embedded.bodies())
        self.changes = _total([self.changes, *self.log.sync().values()])

    def nothing_to_ask(self) -> None:
        """Record that the bundle was looked at; it cannot be stale."""
        now = self.ingest.clock()
        self.status = replace(self.status, attempted_at=now, checked_at=self.status.checked_at or now)

    def ask(self, fetch: Fetch | None) -> None:
        """Ask the publisher; keep each answer that can be accepted, quarantine the others."""
        assert fetch is not None
        now = self.ingest.clock()
        if self._clock_is_behind(now):
            self._close(now)
            return
        publisher = self.ingest.catalog.publisher_of(self.dataset)
        settings = self.ingest.settings
        http = HttpClient(
            publisher,
            secrets=settings.secrets,
            pace=settings.pace,
            turns=settings.turns,
            note=self._say,
            now=self.ingest.clock,
        )
        context = FetchContext(
            dataset=self.dataset,
            settings=settings,
            seeds=self.ingest.seeds,
            http=http,
            today=now.date(),
            known={scope: s.revision_key for scope, s in self.status.scopes.items()},
            checked_at={scope: s.checked_at for scope, s in self.status.scopes.items()},
            note=self._say,
        )
        try:
            for answer in fetch(context):
                self._accept(answer)
        except SourceError as error:
            self.errors.append(str(error))
        except Exception as error:  # noqa: BLE001 a fault of ours in one fetcher must not stop the night either
            self.errors.append(f"{self.dataset.id}: unexpected {type(error).__name__}: {shorten(str(error))}")
        self.requests = http.requests
        self._close(now)

    def _close(self, now: datetime) -> None:
        """What the status says after the publisher was asked, or could not be."""
        redact = Redactor(self.ingest.settings.secrets)
        self.errors = [redact(text) for text in self.errors]
        self.status = replace(
            self.status,
            attempted_at=now,
            checked_at=self.status.checked_at if self.errors else now,
            stale_since=(self.status.stale_since or now) if self.errors else None,
            error=" | ".join(self.errors) or None,
            notes=tuple(self.notes),
        )

    def outcome(self, *, disabled: bool = False, keep_stale: bool = False) -> DatasetOutcome:
        """Write the status and say how the dataset fared."""
        if not keep_stale:
            self.store.write_status(self.status)
        latest = self.store.latest(self.dataset.id)
        failed = bool(self.errors) or (keep_stale and self.status.stale_since is not None)
        if disabled:
            status: Status = "disabled"
        elif failed:
            status = "stale" if latest else "failed"
        else:
            status = "updated" if self.new_snapshots or self.changes.total else "unchanged"
        return DatasetOutcome(
            dataset=self.dataset.id,
            status=status,
            requests=self.requests,
            rows=self.log.known_rows(),
            snapshot_id=latest.snapshot_id if latest else None,
            error=self.status.error if failed else None,
            changes=self.changes,
            notes=tuple(self.notes),
        )

    def _accept(self, answer: Answer) -> None:
        snapshot, bodies = self._from_answer(answer)
        where = f"{self.dataset.id} {answer.scope}"
        former = self.store.latest(self.dataset.id, answer.scope)
        try:
            _check_clock(answer, snapshot.known_from, where)
            if former is None or former.sha256 != snapshot.sha256:  # the same bytes were read and accepted before
                compared = self._compare(snapshot, bodies, where)
                if self.store.put(snapshot, bodies):
                    self.new_snapshots += 1
                    self.changes = _total([self.changes, *self.log.sync(compared).values()])
        except ContractError as error:
            kept = self.store.quarantine(snapshot, bodies, str(error))
            self.errors.append(f"{error}; kept in quarantine as {kept.relative_to(self.ingest.settings.home)}")
            return
        latest = self.store.latest(self.dataset.id, answer.scope) or snapshot
        scope = ScopeStatus(answer.revision_key, snapshot.retrieved_at, latest.snapshot_id)
        self.status = replace(self.status, scopes={**self.status.scopes, answer.scope: scope})
        self.store.write_status(self.status)  # what was answered is not asked again, even if we are killed now

    def _compare(self, snapshot: Snapshot, bodies: list[bytes], where: str) -> Compared:
        """What an answer changes; ContractError if it must not be accepted."""
        table = self._read(bodies, where)
        known = self.log.known()
        check_units(self.log.contract, table, known, where)
        former = self.log.former_answer(snapshot, self.store.history(self.dataset.id))
        changed = self.log.compare(table, former, known)
        check_deletions(former, changed, where)
        return Compared(table.num_rows, changed)

    def _read(self, bodies: list[bytes], where: str) -> pa.Table:
        """The parsed answer; ContractError too if our own parser stumbles over it, so that the answer is kept aside."""
        try:
            table = self.log.source.parse(bodies, where)
            self.log.contract.check(table, where)
        except ContractError:
            raise
        except Exception as error:
            raise ContractError(
                f"our parser stumbled: {type(error).__name__}",
                where=where,
                expected="a table or a refusal",
                got=str(error),
                todo="report this with the quarantined answer: the parser is to be mended",
            ) from error
        return table

    def _clock_is_behind(self, now: datetime) -> bool:
        """Whether the newest snapshot is from our future: then new answers would be ordered before older ones."""
        latest = self.store.latest(self.dataset.id)
        if latest is None or latest.known_from <= now + CLOCK_MAY_ERR:
            return False
        self.errors.append(
            f"{self.dataset.id}: nobody was asked: this machine's clock says {now:%Y-%m-%d %H:%M} UTC, but the newest "
            f"snapshot is of {latest.known_from:%Y-%m-%d %H:%M} UTC ({latest.folder_name}); next: set the clock; if it "
            "was wrong when that snapshot was made, remove the snapshot's folder"
        )
        return True

    def _say(self, text: str) -> None:
        self.notes.append(text)
        self.ingest.note(f"{self.dataset.id}: {text}")

    def _from_answer(self, answer: Answer) -> tuple[Snapshot, list[bytes]]:
        bodies = [part.body for part in answer.parts]
        newest = self.store.latest(self.dataset.id)  # a clock set back a little must not turn the order around
        now = max(self.ingest.clock(), newest.known_from + timedelta(microseconds=1) if newest else UNNAMED)
        parts = tuple(
            make_part(n, p.body, content_type=p.headers.get("content-type", ""), url=p.url, status=p.status)
            for n, p in enumerate(answer.parts)
        )
        draft = self._draft(answer.scope, parts)
        live = replace(
            draft,
            origin="live",
            release=answer.release,
            released_at=answer.released_at,
            known_from=now,
            known_from_basis="time of retrieval",
            retrieved_at=self.ingest.clock(),
            url=parts[-1].url if parts else self.dataset.url,
            revision_key=answer.revision_key,
        )
        return identified(live), bodies

    def _from_bundle(self, embedded: bundle.BundleSnapshot) -> Snapshot:
        origin = embedded.origin
        parts = tuple(
            Part(
                part_name(n, p["content_type"]),
                p["sha256"],
                p["bytes"],
                p["content_type"],
                p.get("url") or origin["url"],
            )
            for n, p in enumerate(origin["parts"])
        )
        released = origin.get("released_at")
        carried = replace(
            self._draft(origin["scope"], parts),
            release=origin["release"],
            released_at=_utc(released) if released else None,
            known_from=_utc(origin["known_from"]),
            known_from_basis=origin["known_from_basis"],
            retrieved_at=_utc(origin["retrieved_at"]),
            url=origin["url"],
            note=origin.get("note"),
        )
        return identified(carried)

    def _draft(self, scope: str, parts: tuple[Part, ...]) -> Snapshot:
        return Snapshot(
            snapshot_id="",
            dataset=self.dataset.id,
            scope=scope,
            origin="bundle",
            release=None,
            released_at=None,
            known_from=UNNAMED,
            known_from_basis="",
            retrieved_at=UNNAMED,
            url=self.dataset.url,
            sha256="",
            parts=parts,
            citation=self.dataset.citation,
            licence=self.ingest.catalog.licence_of(self.dataset),
        )


def _check_clock(answer: Answer, now: datetime, where: str) -> None:
    """Refuse what we would date wrongly: a clock that runs ahead of the publisher's would spoil the history for good.

    An answer from a cache is as old as its ``Age`` says.
    """
    for part in answer.parts:
        try:
            sent = parsedate_to_datetime(part.headers.get("date", ""))
            sent += timedelta(seconds=int(part.headers.get("age", "0")))
        except (ValueError, TypeError, OverflowError):  # no such header, or none that makes sense
            continue
        sent = sent if sent.tzinfo else sent.replace(tzinfo=UTC)
        if abs(now - sent) > CLOCK_MAY_ERR:
            raise ContractError(
                "this machine's clock and the publisher's are more than a day apart",
                where=where,
                expected=f"about {sent:%Y-%m-%d %H:%M} UTC, as the answer is dated",
                got=f"{now:%Y-%m-%d %H:%M} UTC",
                todo="set this machine's clock, then refresh again",
            )


def _utc(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _total(counts: Iterable[ChangeCounts]) -> ChangeCounts:
    given = tuple(counts)
    return ChangeCounts(
        *(sum(getattr(count, name) for count in given) for name in ("rows", "added", "revised", "deleted"))
    )
