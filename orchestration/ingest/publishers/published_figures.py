"""Figures that exist only as published tables: PDFs, workbooks, pages that no API serves.

They were carried over by hand, each with a citation of where it was read, into one layout: a CSV whose columns are
those of ``CONTRACT``. So one parser reads them all, and it is strict, because a slip of the hand is the fault to fear.

Layout, beyond the contract's types: an empty field is NULL; booleans are ``true`` and ``false``; the period has the
form of its frequency (A ``2024``, FY ``FY2025``, Q ``2025-Q3``, M and YTD ``2026-05``, W ``2026-03-06``; YTD is the
last month covered, and ``period_label`` says since when).
"""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa

from orchestration.errors import ContractError
from orchestration.ingest.contracts import Contract
from orchestration.ingest.decoding import decode_lines
from orchestration.ingest.publishers.base import Source

_FIELDS: list[pa.Field[Any]] = [
    pa.field("reporter_iso3", pa.string()),
    pa.field("partner_iso3", pa.string()),
    pa.field("product", pa.string()),
    pa.field("flow", pa.string()),
    pa.field("definition", pa.string()),
    pa.field("basis", pa.string()),
    pa.field("valuation", pa.string()),
    pa.field("frequency", pa.string()),
    pa.field("period", pa.string()),
    pa.field("period_label", pa.string()),
    pa.field("value", pa.float64()),
    pa.field("unit", pa.string()),
    pa.field("is_provisional", pa.bool_()),
    pa.field("is_estimated", pa.bool_()),
    pa.field("citation", pa.string()),
    pa.field("note", pa.string()),
]
CONTRACT = Contract(
    schema=pa.schema(_FIELDS),
    key=(
        "reporter_iso3",
        "partner_iso3",
        "product",
        "flow",
        "definition",
        "basis",
        "frequency",
        "period",
        "unit",
    ),
    nullable_key=("partner_iso3", "product", "flow", "basis"),
    values=("value", "is_provisional"),
    group=("definition", "unit"),
)
COLUMNS = tuple(CONTRACT.schema.names)

_MONTH = r"\d{4}-(0[1-9]|1[0-2])"
PERIODS = {
    frequency: re.compile(form, re.ASCII)
    for frequency, form in {
        "A": r"\d{4}",
        "FY": r"FY\d{4}",
        "Q": r"\d{4}-Q[1-4]",
        "M": _MONTH,
        "YTD": _MONTH,
        "W": _MONTH + r"-(0[1-9]|[12]\d|3[01])",
    }.items()
}
TODO = "compare the row with the page that its citation names, and mend the row"


def parse(parts: Sequence[bytes], where: str) -> pa.Table:
    """All parts of one snapshot as one table that keeps ``CONTRACT``. Pure.

    Raises:
        ContractError: naming the line and the column that cannot be read.
    """
    rows = [row for number, body in enumerate(parts) for row in _rows(body, _named(where, number, len(parts)))]
    if not rows:
        raise ContractError(
            "there is no figure at all", where=where, expected="one row at least", got="none", todo=TODO
        )
    return CONTRACT.table(rows, where)


def _named(where: str, number: int, parts: int) -> str:
    return f"{where} part {number}" if parts > 1 else where


def _rows(body: bytes, where: str) -> list[dict[str, Any]]:
    reader = csv.reader(io.StringIO(decode_lines(body, where), newline=""), strict=True)
    found: list[dict[str, Any]] = []
    try:
        header = next(reader, [])
        if tuple(header) != COLUMNS:
            raise _wrong("line 1 is not the header of this layout", where, ",".join(COLUMNS), ",".join(header))
        for fields in reader:
            found.append(_row(fields, f"{where} line {reader.line_num}"))
    except csv.Error as error:
        raise _wrong(f"line {reader.line_num} is not CSV", where, "RFC 4180 quoting", str(error)) from error
    return found


def _row(fields: Sequence[str], where: str) -> dict[str, Any]:
    if len(fields) != len(COLUMNS):
        raise _wrong(
            "the row has another number of fields", where, f"{len(COLUMNS)} fields", f"{len(fields)}: {fields}"
        )
    row: dict[str, Any] = {}
    for column, text in zip(COLUMNS, fields, strict=True):
        try:
            row[column] = READERS[column](text)
        except _Unreadable as error:
            raise _wrong(error.what, f"{where} column {column}", error.expected, repr(text)) from error
    if not PERIODS[row["frequency"]].fullmatch(row["period"]):
        form = PERIODS[row["frequency"]].pattern
        what = f"the period is not of frequency {row['frequency']}"
        raise _wrong(what, f"{where} column period", form, repr(row["period"]))
    return row


def _wrong(what: str, where: str, expected: str, got: str) -> ContractError:
    return ContractError(what, where=where, expected=expected, got=got, todo=TODO)


class _Unreadable(Exception):
    """One field that is not of the form expected."""

    def __init__(self, what: str, expected: str) -> None:
        self.what, self.expected = what, expected
        super().__init__(what)


def _text(pattern: str, meaning: str, *, nullable: bool = False) -> Callable[[str], str | None]:
    """A reader of text of one form; empty is NULL where that has a meaning."""
    form = re.compile(pattern)

    def read(text: str) -> str | None:
        if nullable and not text:
            return None
        if not form.fullmatch(text):
            raise _Unreadable("the text is not of the form expected", meaning)
        return text

    return read


def _number(text: str) -> float:
    if not _DECIMAL.fullmatch(text) or not math.isfinite(float(text)):
        raise _Unreadable("the value is not a number", "digits with a decimal point, no blanks or commas")
    return float(text)


def _boolean(text: str) -> bool:
    if text not in ("true", "false"):
        raise _Unreadable("the mark is neither true nor false", "true or false")
    return text == "true"


_DECIMAL = re.compile(r"-?\d+(\.\d+)?([eE][-+]?\d+)?", re.ASCII)
_ISO3 = r"[A-Z]{3}"
_PLAIN = r"\S(.*\S)?"
READERS: dict[str, Callable[[str], Any]] = {
    "reporter_iso3": _text(_ISO3, "an ISO 3166 alpha-3 code"),
    "partner_iso3": _text(_ISO3, "an ISO 3166 alpha-3 code, or nothing", nullable=True),
    "product": _text(_PLAIN, "a product code, or nothing", nullable=True),
    "flow": _text(r"[a-z]+", "a flow in small letters (export, import, total, …), or nothing", nullable=True),
    "definition": _text(r"[a-z][a-z0-9_]*", "what is measured, in snake_case"),
    "basis": _text(r"customs|payments", "customs, payments, or nothing", nullable=True),
    "valuation": _text(r"FOB|CIF", "FOB, CIF, or nothing", nullable=True),
    "frequency": _text("|".join(PERIODS), f"one of {', '.join(PERIODS)}"),
    "period": _text(_PLAIN, "a period"),
    "period_label": _text(_PLAIN, "the period as printed"),
    "value": _number,
    "unit": _text(_PLAIN, "the unit as published"),
    "is_provisional": _boolean,
    "is_estimated": _boolean,
    "citation": _text(r"[a-z0-9][a-z0-9-]*", "the name of a citation"),
    "note": _text(r"(?s:.+)", "a note, or nothing", nullable=True),
}

SOURCE = Source(parse=parse, contract=CONTRACT)
