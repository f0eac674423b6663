"""What is said: one message per change, or one digest when many change at once, as headings and labelled facts.

A message has an identity that follows from what it says, so that a publication that is read twice cannot make two. It
stands at the end of every message: whoever gets one twice, in the one case where that cannot be avoided (see
``orchestration.notify.outbox``), can tell.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from orchestration.notify.states import FLAGGED, Change

MOST_SINGLE = 5  # changes told one by one; more at once become a digest
AGAIN = "This may have reached you before: the program ended while it was sending it. The id tells."

Kind = Literal["change", "digest", "standing", "test"]


@dataclass(frozen=True)
class Entry:
    """One thing said: a heading and labelled facts."""

    heading: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Message:
    """One message, the same for every channel and the feed. ``tone`` is Apprise's: info, success, warning, failure."""

    id: str
    kind: Kind
    created_at: str
    publication: str
    title: str
    tone: str
    entries: tuple[Entry, ...]

    def text(self, again: bool = False) -> str:
        """Plain text; ``again`` says that the channel may have had it."""
        blocks = ["\n".join([entry.heading, *_lines(entry)]) for entry in self.entries]
        end = [f"warehouse: {self.publication}"] if self.publication else []
        return "\n\n".join([*([AGAIN] if again else []), *blocks, "\n".join([*end, f"id: {self.id}"])])


def messages_of(changes: Sequence[Change], publication: str, at: str) -> list[Message]:
    """The messages that tell ``changes``: each its own, or one digest when there are more than ``MOST_SINGLE``."""
    if len(changes) <= MOST_SINGLE:
        return [_single(change, publication, at) for change in changes]
    entries = tuple(Entry(_headline(change), (*_figures(change.row), *_why(change))) for change in changes)
    counts = _counted([str(change.row["state"]) for change in changes])
    identity = _identity("digest", publication)
    title = f"{len(changes)} thresholds changed: {counts}"
    return [Message(identity, "digest", at, publication, title, "warning", (*entries, _overview()))]


def standing(rows: Sequence[Mapping[str, Any]], publication: str, at: str) -> Message:
    """What is flagged now: the first message that every channel gets, instead of one for each rule."""
    flagged = sorted(
        (row for row in rows if row["state"] in FLAGGED), key=lambda row: (FLAGGED.index(row["state"]), row["subject"])
    )
    entries = [Entry(f"{_subject(row)}: {row['state']}", _figures(row)) for row in flagged]
    unknown = tuple((_subject(row), str(row["reason"] or "")) for row in rows if row["state"] == "unknown")
    if unknown:
        entries.append(Entry("Unknown, which is not the same as well", unknown))
    title = f"What is flagged now: {_counted([str(row['state']) for row in rows])}"
    identity = _identity("standing", publication)
    return Message(identity, "standing", at, publication, title, "info", (*entries, _overview()))


def trial(at: str) -> Message:
    """What ``karakoram notify --test`` sends."""
    entry = Entry("This channel works.", (("sent by", "karakoram notify --test"), ("sent at", at)))
    return Message(_identity("test", at), "test", at, "", "Karakoram: a test", "info", (entry,))


def _single(change: Change, publication: str, at: str) -> Message:
    row = change.row
    facts = (
        ("metric", f"{row['metric_label']} ({row['metric']})"),
        *_figures(row),
        *_why(change),
        ("means", f"{row['description']}. Applies to: {row['applies_to']}"),
        ("query", query_of(row)),
    )
    tone = {"breach": "failure", "watch": "warning", "ok": "success"}.get(row["state"], "info")
    before = change.before.state if change.before else "none"
    identity = _identity(row["subject"], row["rule_id"], before, row["state"], row["period"], publication)
    return Message(
        identity, "change", at, publication, _headline(change), tone, (Entry(str(row["description"]), facts),)
    )


def query_of(row: Mapping[str, Any]) -> str:
    """The command that shows the row and its past."""
    where = f"subject='{row['subject']}' and rule_id='{row['rule_id']}'"
    return f'karakoram sql "select * from marts.threshold_status where {where} order by period_end desc"'


def _headline(change: Change) -> str:
    before = change.before.state if change.before else "not watched"
    return f"{_subject(change.row)}: {before} → {change.row['state']}"


def _subject(row: Mapping[str, Any]) -> str:
    return f"{row['subject']} {row['metric_label']} [{row['rule_id']}]"


def _figures(row: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    watch = f", on watch {row['direction']} {row['watch_value']:.6g}" if row["watch_value"] is not None else ""
    found = [
        ("value", _value(row)),
        ("limit", f"{row['direction']} {row['limit_value']:.6g} {row['unit']}{watch}"),
        ("certainty", _certainty(row)),
        ("rule's source", f"{row['source_title']} ({row['source_kind']}) {row['source_url'] or ''}".strip()),
    ]
    return tuple(found)


def _value(row: Mapping[str, Any]) -> str:
    if row["value"] is None:
        return f"unknown in {row['period']}: {row['reason'] or 'no figure'}"
    view = f", {row['value_view'].replace('_', ' ')}" if row["value_view"] else ""
    return f"{row['value']:.6g} {row['unit']} in {row['period']}{view}"


def _certainty(row: Mapping[str, Any]) -> str:
    if row["certainty"] == "possible":
        return f"possible: the views reach from {row['low']:.6g} to {row['high']:.6g}, not all of them agree"
    return "certain: every view that has data agrees" if row["certainty"] == "certain" else "unknown"


def _why(change: Change) -> tuple[tuple[str, str], ...]:
    return (("cause", change.cause),)


def _overview() -> Entry:
    return Entry("To see them all", (("query", "karakoram flags"),))


def _lines(entry: Entry) -> list[str]:
    return [f"  {label}: {fact}" for label, fact in entry.facts]


def _counted(states: Sequence[str]) -> str:
    names = [*FLAGGED, "unknown", "ok"]
    return ", ".join(f"{states.count(name)} {name}" for name in names if name in states)


def _identity(*parts: object) -> str:
    return hashlib.sha256("|".join(map(str, parts)).encode()).hexdigest()[:24]
