"""Bytes to text and JSON, strictly: what is not well-formed is refused here, before any parser sees it."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from orchestration.errors import ContractError

MOST_ROWS = 500_000
"""Of one answer, five times the largest that any publisher sends (UN Comtrade and UNESCO: 100,000). A row takes some
three kilobytes once it is read: more of them would fill the memory, and the night would end with this one answer."""


def decode_text(body: bytes, where: str) -> str:
    """UTF-8, with or without a byte order mark; ContractError naming the first byte that is not."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        position, found = error.start, body[error.start : error.start + 20]
    raise ContractError(
        "the answer is not UTF-8 text",
        where=where,
        expected="UTF-8",
        got=f"{found!r} at byte {position}",
        todo="read the answer; the publisher may have changed its encoding, or sent a binary file",
    )


def decode_lines(body: bytes, where: str) -> str:
    """Text of which each line is a row; ContractError if there are too many to be read."""
    text = decode_text(body, where)
    _check_rows(text.count("\n"), where)
    return text


def decode_json(body: bytes, where: str) -> Any:
    """JSON as RFC 8259 has it, no NaN, no number too large, no name twice, not too many rows; else ContractError.

    Nesting is bounded by the interpreter's recursion limit; deeper is refused like any other broken answer.
    """
    text = decode_text(body, where)
    _check_rows(text.count("{") + text.count("["), where)
    try:
        return json.loads(text, parse_constant=_refuse, parse_float=_finite, object_pairs_hook=_each_name_once)
    except RecursionError:
        reason = "nested too deeply"
    except ValueError as error:
        reason = str(error)
    raise ContractError(
        "the answer is not JSON",
        where=where,
        expected="one JSON document",
        got=f"{reason}: {text[:200]}" if text else "an empty answer",
        todo="read the answer; ask again tomorrow if it looks cut, mend the parser if the format changed",
    )


def _check_rows(number: int, where: str) -> None:
    if number > MOST_ROWS:
        raise ContractError(
            f"the answer has more than {MOST_ROWS:,} rows",
            where=where,
            expected="the rows that were asked for",
            got=f"{number:,}",
            todo="read the answer; if so much was asked for, ask for less in one request",
        )


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no number")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError(f"{digits} is too large a number")
    return value


def _each_name_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the name {twice!r} comes twice in one object")
    return found
