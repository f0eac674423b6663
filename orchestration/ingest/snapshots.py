"""The raw store: write-once snapshots, each with its origin record; quarantine; what is known of each dataset.

Layout below ``raw/``::

    <publisher>/<dataset>/<known_from>.<sha8>/origin.json, part-000.json.gz …   one complete answer, never changed
    <publisher>/<dataset>/status.json                                          when it was last asked, and how that went
    _quarantine/<publisher>/<dataset>/<time>.<sha8>/origin.json, part-…        refused answers, each with its reason

Everything downstream is a function of this folder, the seeds and the code. A snapshot appears by one rename of a
finished folder, so a killed process leaves either the whole snapshot or none.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

ORIGIN_FILE = "origin.json"
STATUS_FILE = "status.json"


@dataclass(frozen=True)
class Part:
    """One response of a snapshot. ``sha256`` and ``bytes`` are those of the body as received."""

    file: str
    sha256: str
    bytes: int
    content_type: str
    url: str
    status: int = 200


@dataclass(frozen=True)
class Snapshot:
    """One complete answer of a publisher, as kept.

    Attributes:
        known_from: when these figures became known: the retrieval of a live answer, the release date of a bundled one.
        known_from_basis: which of those it is, in words.
        released_at: the publisher's own release time, where it gives one.
        revision_key: what the fetcher compares to see whether anything was released anew.
    """

    snapshot_id: str
    dataset: str
    scope: str
    origin: str
    release: str | None
    released_at: datetime | None
    known_from: datetime
    known_from_basis: str
    retrieved_at: datetime
    url: str
    sha256: str
    parts: tuple[Part, ...]
    revision_key: str | None = None
    citation: str | None = None
    licence: str | None = None
    note: str | None = None

    @property
    def order(self) -> tuple[datetime, str]:
        """Snapshots of a dataset are applied in this order, on every machine."""
        return (self.known_from, self.snapshot_id)

    @property
    def folder_name(self) -> str:
        """The part of the id after the dataset."""
        return self.snapshot_id.split("@", 1)[1]


@dataclass(frozen=True)
class ScopeStatus:
    """The last complete answer to one request."""

    revision_key: str | None
    checked_at: datetime
    snapshot_id: str


@dataclass(frozen=True)
class DatasetStatus:
    """When a dataset was last asked and how that went. ``stale_since`` is None while all is well."""

    dataset: str
    attempted_at: datetime | None = None
    checked_at: datetime | None = None
    stale_since: datetime | None = None
    error: str | None = None
    notes: tuple[str, ...] = ()
    scopes: Mapping[str, ScopeStatus] = field(default_factory=dict)


class SnapshotStore:
    """The raw store below one folder. Safe for several threads as long as each dataset has one writer."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def folder(self, dataset: str) -> Path:
        """Where the snapshots of ``dataset`` are."""
        return self.root.joinpath(*dataset.split("."))

    def history(self, dataset: str) -> tuple[Snapshot, ...]:
        """All snapshots of ``dataset`` in the order in which they became known."""
        found = (_origin_of(path, path.stat().st_mtime_ns) for path in self.folder(dataset).glob(f"*/{ORIGIN_FILE}"))
        return tuple(sorted(found, key=lambda snapshot: snapshot.order))

    def latest(self, dataset: str, scope: str | None = None) -> Snapshot | None:
        """The newest snapshot of ``dataset``, or of one request to it."""
        matching = [s for s in self.history(dataset) if scope is None or s.scope == scope]
        return matching[-1] if matching else None

    def bodies(self, snapshot: Snapshot) -> list[bytes]:
        """The responses of ``snapshot``, in order, as received; damaged ones are noticed."""
        folder = self.folder(snapshot.dataset) / snapshot.folder_name
        bodies = []
        for part in snapshot.parts:
            body = gzip.decompress((folder / part.file).read_bytes())
            if hashlib.sha256(body).hexdigest() != part.sha256:
                raise OSError(f"{folder / part.file}: the bytes no longer match their sha256; restore it from a backup")
            bodies.append(body)
        return bodies

    def put(self, snapshot: Snapshot, bodies: Sequence[bytes]) -> bool:
        """Keep ``snapshot``; False if the newest snapshot of the same scope holds the same bytes already."""
        former = self.latest(snapshot.dataset, snapshot.scope)
        if former is not None and former.sha256 == snapshot.sha256:
            return False
        target = self.folder(snapshot.dataset) / snapshot.folder_name
        if target.exists():
            return False
        _write_folder(target, snapshot, bodies)
        return True

    def quarantine(self, snapshot: Snapshot, bodies: Sequence[bytes], reason: str) -> Path:
        """Keep a refused answer aside, with the reason; nothing downstream reads it."""
        target = self.root / "_quarantine" / Path(*snapshot.dataset.split(".")) / snapshot.folder_name
        if not target.exists():
            _write_folder(target, snapshot, bodies, refused_because=reason)
        return target

    def quarantined(self, dataset: str) -> list[dict[str, Any]]:
        """The origin records of all refused answers of ``dataset``, oldest first."""
        folder = self.root / "_quarantine" / Path(*dataset.split("."))
        return [json.loads(path.read_text("utf-8")) for path in sorted(folder.glob(f"*/{ORIGIN_FILE}"))]

    def status(self, dataset: str) -> DatasetStatus:
        """What is known of the last attempts; an empty status for a dataset that was never asked."""
        path = self.folder(dataset) / STATUS_FILE
        if not path.exists():
            return DatasetStatus(dataset)
        given = json.loads(path.read_text("utf-8"))
        scopes = {
            scope: ScopeStatus(s["revision_key"], datetime.fromisoformat(s["checked_at"]), s["snapshot_id"])
            for scope, s in given.pop("scopes", {}).items()
        }
        times = {name: _time(given.pop(name)) for name in ("attempted_at", "checked_at", "stale_since")}
        return DatasetStatus(**{**given, **times, "notes": tuple(given.get("notes", ())), "scopes": scopes})

    def write_status(self, status: DatasetStatus) -> None:
        """Replace the status of one dataset in one step."""
        path = self.folder(status.dataset) / STATUS_FILE
        path.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(path, json.dumps(asdict(status), default=_text, indent=1, sort_keys=True).encode())

    def sweep(self, dataset: str) -> None:
        """Remove what a killed process left half-written of ``dataset``; only for who works on it alone."""
        for root in (self.root, self.root / "_quarantine"):
            remove_temporary(root.joinpath(*dataset.split(".")))


def identified(draft: Snapshot) -> Snapshot:
    """``draft`` with the digest of its parts and the id that follows from it."""
    digest = hashlib.sha256("".join(part.sha256 for part in draft.parts).encode()).hexdigest()
    moment = draft.known_from.astimezone(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    scoped = hashlib.sha256(f"{draft.scope}{digest}".encode()).hexdigest()[:8]
    return replace(draft, sha256=digest, snapshot_id=f"{draft.dataset}@{moment}.{scoped}")


def make_part(number: int, body: bytes, *, content_type: str, url: str, status: int = 200) -> Part:
    """The record of one response."""
    sha256 = hashlib.sha256(body).hexdigest()
    return Part(part_name(number, content_type), sha256, len(body), content_type, url, status)


def part_name(number: int, content_type: str) -> str:
    """The file of one response inside its snapshot's folder."""
    suffix = "csv" if "csv" in content_type else "json" if "json" in content_type else "bin"
    return f"part-{number:03d}.{suffix}.gz"


def read_origin(path: Path) -> Snapshot:
    """The snapshot that an origin record describes."""
    given = json.loads(path.read_text("utf-8"))
    given.pop("refused_because", None)
    times = {name: _time(given.pop(name)) for name in ("released_at", "known_from", "retrieved_at")}
    return Snapshot(**{**given, **times, "parts": tuple(Part(**part) for part in given["parts"])})


@lru_cache(maxsize=10_000)
def _origin_of(path: Path, modified: int) -> Snapshot:
    """``read_origin``, once for each file: a night asks for the history of a dataset five times per answer."""
    return read_origin(path)


def write_atomically(path: Path, content: bytes) -> None:
    """Write, flush to disk and rename into place: readers see the old bytes or the new, never a mixture."""
    temporary = path.with_name(f".tmp-{uuid.uuid4().hex}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def remove_temporary(folder: Path, *, older_than: float = 0) -> None:
    """Remove what killed writers left directly in ``folder``, if it is older than so many seconds."""
    for path in folder.glob(".tmp-*"):
        if older_than and time.time() - path.lstat().st_mtime < older_than:
            continue
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename inside ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_folder(target: Path, snapshot: Snapshot, bodies: Sequence[bytes], **more: str) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f".tmp-{uuid.uuid4().hex}")
    temporary.mkdir()
    try:
        for name, content in _files(snapshot, bodies, more):
            with open(temporary / name, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        sync_folder(temporary)
        os.rename(temporary, target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
    sync_folder(target.parent)


def _files(snapshot: Snapshot, bodies: Sequence[bytes], more: Mapping[str, str]) -> Iterator[tuple[str, bytes]]:
    for part, body in zip(snapshot.parts, bodies, strict=True):
        yield part.file, gzip.compress(body, compresslevel=6, mtime=0)
    yield ORIGIN_FILE, json.dumps({**asdict(snapshot), **more}, default=_text, indent=1, sort_keys=True).encode()


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"cannot be written as JSON: {type(value)}")
