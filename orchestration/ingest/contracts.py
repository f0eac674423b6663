"""The shape that each parsed table must have, and the check of it.

A contract is a typed Arrow schema plus three facts: which columns identify a point (``key``), which of them
name its period (``period``), and which columns carry values whose change is a revision (``values``).
The change log (``changes.py``) and the guards (``guards.py``) know no publisher: they work from the contract alone.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from orchestration.errors import ContractError

_YEAR, _MONTH, _DAY = r"[12]\d{3}", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
PERIOD = re.compile(rf"(?:FY)?{_YEAR}|{_YEAR}-(?:Q[1-4]|{_MONTH}(?:-{_DAY})?)", re.ASCII)


@dataclass(frozen=True)
class Contract:
    """What a parsed table of one dataset promises.

    Attributes:
        schema: exact column names, order and Arrow types.
        key: columns that identify one point; never NULL unless listed in ``nullable_key``; unique together.
        values: columns whose change makes a point "revised".
        group: key columns within which all values share a unit; the unit guard compares group by group.
        nullable_key: key columns in which NULL has a meaning (no partner, no product).
        bounds: inclusive limits of a value column, e.g. ``{"primary_value": (0, 1e14)}``, in the column's own unit.
    """

    schema: pa.Schema
    key: tuple[str, ...]
    values: tuple[str, ...]
    group: tuple[str, ...] = ()
    nullable_key: tuple[str, ...] = ()
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    @property
    def series(self) -> tuple[str, ...]:
        """The key without its period: what names one time series."""
        return tuple(column for column in self.key if column != "period")

    def table(self, rows: Sequence[Mapping[str, Any]], where: str) -> pa.Table:
        """Rows (one mapping each, keys = column names) as a typed table; ContractError if a value does not fit."""
        columns = {}
        for column in self.schema:
            values = [row.get(column.name) for row in rows]
            try:
                columns[column.name] = pa.array(values, type=column.type)
            except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError, UnicodeEncodeError) as error:
                raise ContractError(
                    f"column {column.name} holds a value that is no {column.type}",
                    where=where,
                    expected=f"{column.name}: {column.type}",
                    got=str(error),
                    todo="read the quarantined answer; if the publisher changed its format, change the parser",
                ) from error
        return pa.table(columns, schema=self.schema)

    def check(self, table: pa.Table, where: str) -> None:
        """Raise ContractError unless ``table`` keeps every promise of this contract."""
        if table.schema.remove_metadata() != self.schema.remove_metadata():
            raise ContractError(
                "the parsed table has other columns than promised",
                where=where,
                expected=", ".join(f"{f.name} {f.type}" for f in self.schema),
                got=", ".join(f"{f.name} {f.type}" for f in table.schema),
                todo="the parser and its contract disagree: mend the parser",
            )
        for column in self.key:
            if column not in self.nullable_key and table[column].null_count:
                raise ContractError(
                    f"{table[column].null_count} rows have no {column}",
                    where=where,
                    expected=f"{column} on every row",
                    got=str(table.filter(pc.is_null(table[column])).slice(0, 3).to_pylist()),
                    todo="read the quarantined answer",
                )
        self._check_numbers(table, where)
        self._check_periods(table, where)
        self._check_unique(table, where)

    def _check_numbers(self, table: pa.Table, where: str) -> None:
        for column in self.values:
            if not pa.types.is_floating(table[column].type):
                continue
            bad = pc.invert(pc.is_finite(table[column]))
            lower, upper = self.bounds.get(column, (float("-inf"), float("inf")))
            outside = pc.or_(pc.less(table[column], lower), pc.greater(table[column], upper))
            wrong = table.filter(pc.fill_null(pc.or_(bad, outside), False))
            if wrong.num_rows:
                raise ContractError(
                    f"{wrong.num_rows} values of {column} are not numbers within their bounds",
                    where=where,
                    expected=f"{lower:g} <= {column} <= {upper:g}",
                    got=str(wrong.slice(0, 3).select([*self.key, column]).to_pylist()),
                    todo="read the quarantined answer; look for a changed unit",
                )

    def _check_periods(self, table: pa.Table, where: str) -> None:
        wrong = [period for period in table["period"].unique().to_pylist() if not _is_period(str(period))]
        if wrong:
            raise ContractError(
                "periods of an unknown form",
                where=where,
                expected="2024, FY2025, 2024-06, 2024-Q2 or 2024-06-30",
                got=str(wrong[:5]),
                todo="read the quarantined answer",
            )

    def _check_unique(self, table: pa.Table, where: str) -> None:
        counted = table.group_by(list(self.key)).aggregate([([], "count_all")])
        doubled = counted.filter(pc.greater(counted["count_all"], 1))
        if doubled.num_rows:
            raise ContractError(
                f"{doubled.num_rows} points come more than once",
                where=where,
                expected=f"one row per ({', '.join(self.key)})",
                got=str(doubled.slice(0, 3).to_pylist()),
                todo="a breakdown was returned where a total was asked for, or a page twice: never sum, ask again",
            )


def _is_period(text: str) -> bool:
    """Whether ``text`` has the form of a period, and its day, if it names one, is in the calendar."""
    if not PERIOD.fullmatch(text):
        return False
    try:
        return len(text) < 10 or bool(date.fromisoformat(text))
    except ValueError:
        return False
