"""The rules of the thresholds as an input with a history of its own: kept write-once in the raw store.

Layout: ``raw/_rules/<time>.<sha8>.csv``, the seed's bytes, from the first publication that used them. So the log of
states can tell a changed rule from a changed world, on every machine that has the raw store. The first record of a
rule counts from the beginning of time: before it nobody was told anything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from orchestration.ingest.snapshots import write_atomically

FOLDER = "_rules"
TIME = "%Y%m%dT%H%M%S%fZ"


@dataclass(frozen=True)
class Rules:
    """The thresholds as they were in force from ``known_from`` (UTC, without a zone) on."""

    known_from: datetime
    content: bytes


def rules_history(raw: Path) -> list[Rules]:
    """All records, oldest first."""
    paths = sorted((raw / FOLDER).glob("*.csv"))
    return [Rules(datetime.strptime(path.name.split(".")[0], TIME), path.read_bytes()) for path in paths]


def with_present(history: Sequence[Rules], content: bytes) -> list[Rules]:
    """The history as it will be once ``content`` is on record."""
    if history and history[-1].content == content:
        return list(history)
    return [*history, Rules(datetime.now(UTC).replace(tzinfo=None), content)]


def record_rules(raw: Path, content: bytes, at: datetime) -> bool:
    """Keep ``content`` as the rules in force from ``at`` on; False if they are the newest record already."""
    known = rules_history(raw)
    if known and known[-1].content == content:
        return False
    (raw / FOLDER).mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256(content).hexdigest()[:8]
    write_atomically(raw / FOLDER / f"{at.astimezone(UTC).strftime(TIME)}.{digest}.csv", content)
    return True
