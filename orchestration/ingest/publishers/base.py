"""What every publisher's module offers, and what it is given.

A module knows two things about one dataset: how to ask (``fetch``, the only part that touches the network) and
how to read the answer (``parse``, pure: the same bytes always give the same table). Keeping, comparing,
quarantining and counting are done for it by ``orchestration.ingest.refresh``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol

import pyarrow as pa

from orchestration.catalog import Dataset
from orchestration.ingest.contracts import Contract
from orchestration.ingest.http import HttpClient, HttpResponse
from orchestration.seeds import Seeds
from orchestration.settings import Settings


@dataclass(frozen=True)
class Answer:
    """One complete answer to one request (all its pages), as bytes. It becomes one raw snapshot.

    Attributes:
        scope: the identity of the request, stable from night to night and free of keys and versions
            ("A/preview/TOTAL/homes/2024"). A point that was in the former answer to the same scope and is missing
            from this one was deleted by the publisher; nothing is concluded across scopes.
        parts: the responses, in order (pages of one request).
        release: the publisher's own name for this release, if it has one ("2026-07-13").
        released_at: when the publisher says it was released, if it does.
        revision_key: what to compare the next night to know whether anything was released anew.
    """

    scope: str
    parts: Sequence[HttpResponse]
    release: str | None = None
    released_at: datetime | None = None
    revision_key: str | None = None


@dataclass(frozen=True)
class FetchContext:
    """All that a fetcher may know: what is wanted, what is already there, and the way out to the network.

    Attributes:
        known: per scope, the ``revision_key`` of its last good live snapshot (None when it has none).
        checked_at: per scope, when it was last answered in full, whether or not the answer was new.
        today: the date of this refresh, UTC.
        note: says a sentence to the person watching (also kept in the dataset's status).
    """

    dataset: Dataset
    settings: Settings
    seeds: Seeds
    http: HttpClient
    today: date
    known: Mapping[str, str | None] = field(default_factory=dict)
    checked_at: Mapping[str, datetime] = field(default_factory=dict)
    note: Callable[[str], None] = print


class Fetch(Protocol):
    """Ask the publisher; yield each complete answer as soon as it is there.

    Answers already yielded are kept even if a later request fails: raise SourceError then, and the dataset is
    reported stale with that error. Yielding nothing means that nothing was released anew.
    """

    def __call__(self, context: FetchContext) -> Iterator[Answer]:
        """Ask, and yield each complete answer."""
        ...


class Parse(Protocol):
    """The bytes of one snapshot's parts as one table that keeps the dataset's contract. Pure; raises ContractError."""

    def __call__(self, parts: Sequence[bytes], where: str) -> pa.Table:
        """Read; ``where`` names the answer in errors."""
        ...


@dataclass(frozen=True)
class Source:
    """How one dataset is fetched, read and checked. ``fetch`` is None when no API serves it.

    ``reads_with`` are files beside the parser's own module whose change may change what is read: other modules, facts.
    """

    parse: Parse
    contract: Contract
    fetch: Fetch | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    reads_with: tuple[str, ...] = ()
