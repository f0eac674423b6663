"""The states of all thresholds in a published warehouse, and what changed between two of them.

A change is a change of *state* (ok, watch, breach, unknown) of one rule for one subject. A rule or subject that is new
is one only if it is flagged; one that is gone is none: somebody has edited the seeds and knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

FLAGGED = ("breach", "watch")
COLUMNS = (
    "subject",
    "rule_id",
    "state",
    "certainty",
    "period",
    "value",
    "watch_value",
    "limit_value",
    "value_view",
    "low",
    "high",
    "unit",
    "direction",
    "since_period",
    "reason",
    "metric",
    "metric_label",
    "description",
    "applies_to",
    "source_title",
    "source_url",
    "source_kind",
)
Key = tuple[str, str]


@dataclass(frozen=True)
class State:
    """How one rule stands for one subject in its newest period; ``value`` and the limits in the rule's unit."""

    subject: str
    rule_id: str
    state: str
    certainty: str | None
    period: str
    value: float | None
    watch_value: float | None
    limit_value: float | None

    @property
    def key(self) -> Key:
        """What stays the same from one publication to the next."""
        return self.subject, self.rule_id


@dataclass(frozen=True)
class Change:
    """One change of state: the row of ``threshold_status`` after it, the state before, and why.

    ``before`` is None when the rule had no state for this subject before.
    """

    row: Mapping[str, Any]
    before: State | None
    cause: str


def read_rows(path: Path) -> dict[Key, dict[str, Any]]:
    """The newest row of ``threshold_status`` per subject and rule, in one published file.

    The columns are ``COLUMNS``; one that a file of an older Karakoram lacks is None.
    """
    with duckdb.connect(str(path), read_only=True) as connection:
        result = connection.execute("select * from marts.threshold_status where is_latest order by subject, rule_id")
        names = [column[0] for column in result.description]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return {_key(row): {name: row.get(name) for name in COLUMNS} for row in rows}


def state_of(row: Mapping[str, Any]) -> State:
    """The part of a row that the next publication is compared with."""
    return State(**{name: row[name] for name in State.__dataclass_fields__})


def changes_between(before: Mapping[Key, State], rows: Mapping[Key, Mapping[str, Any]], path: Path) -> list[Change]:
    """What changed from the states ``before`` to the ``rows`` of the published file at ``path``; the gravest first."""
    changed = [row for key, row in rows.items() if _is_change(before.get(key), row)]
    if not changed:
        return []
    causes = _causes(before, changed, path)
    found = [Change(row, before.get(_key(row)), causes[_key(row)]) for row in changed]
    rank = {state: place for place, state in enumerate((*FLAGGED, "unknown", "ok"))}
    return sorted(found, key=lambda change: (rank.get(change.row["state"], len(rank)), _key(change.row)))


def _is_change(before: State | None, row: Mapping[str, Any]) -> bool:
    return row["state"] in FLAGGED if before is None else row["state"] != before.state


def _causes(before: Mapping[Key, State], changed: Iterable[Mapping[str, Any]], path: Path) -> dict[Key, str]:
    """A sentence on why, per change: from ``threshold_log`` where the warehouse has it, else from the two states."""
    with duckdb.connect(str(path), read_only=True) as connection:
        logged = _logged(connection)
        return {
            _key(row): logged.get((*_key(row), row["state"], row["period"]))
            or _compared(connection, before.get(_key(row)), row)
            for row in changed
        }


def _logged(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str, str, str], str]:
    """The newest entry of the log per subject, rule, state and period, as a sentence."""
    known = connection.execute(
        "select 1 from duckdb_tables() where schema_name = 'marts' and table_name = 'threshold_log'"
    ).fetchone()
    if not known:
        return {}
    rows = connection.execute(
        "select subject, rule_id, to_state, period, cause, revision_effect, new_data_effect "
        "from marts.threshold_log where cause is not null order by changed_at"
    ).fetchall()
    return {(row[0], row[1], row[2], row[3]): _sentence(*row[4:]) for row in rows}


def _sentence(cause: str, revision: float | None, new_data: float | None) -> str:
    parts = [f"{name} {part:+.4g}" for name, part in (("revision", revision), ("new data", new_data)) if part]
    return cause.replace("_", " ") + (f" ({', '.join(parts)})" if parts else "")


def _compared(connection: duckdb.DuckDBPyConnection, before: State | None, row: Mapping[str, Any]) -> str:
    if before is None:
        return "a rule or subject that was not watched before"
    if (before.watch_value, before.limit_value) != (row["watch_value"], row["limit_value"]):
        return f"the rule changed (limit {_number(before.limit_value)} before)"
    if before.period == row["period"]:
        if before.value == row["value"]:
            return "neither period nor value moved; the other views, the source's standing or the earlier periods did"
        return f"revision: the figure of {row['period']} was {_number(before.value)} before"
    then = connection.execute(
        "select state, value from marts.threshold_status where subject = ? and rule_id = ? and period = ?",
        [before.subject, before.rule_id, before.period],
    ).fetchone()
    if then and then[0] != before.state:
        return (
            f"new data for {row['period']}, and the past was revised: {before.period} is {then[0]} now "
            f"({_number(then[1])}; {_number(before.value)} before)"
        )
    return f"new data: {row['period']} after {before.period} ({_number(before.value)})"


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.6g}"


def _key(row: Mapping[str, Any]) -> Key:
    return row["subject"], row["rule_id"]
