"""State Bank of Pakistan: EasyData, its series service (needs a key, which expires after 90 days).

One request gives one series. Which series are payments to and receipts from a partner is written nowhere but in the
metadata of the two datasets by country, so they are looked up there by the partner's name; a name that fits none, or
more than one, is an error that a person must settle.

These are payments through banks by Pakistan's residents, not goods through customs. The bank's workbooks and its
weekly PDF are not read here: what was carried over from them is in the published figures.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from orchestration.errors import ContractError, PermanentSourceError, SourceError
from orchestration.ingest.contracts import Contract
from orchestration.ingest.decoding import decode_json
from orchestration.ingest.http import HttpResponse
from orchestration.ingest.publishers.base import Answer, FetchContext, Source

DATASET = "state_bank_pakistan.easydata"
HOME = "PAK"

_COLUMNS: dict[str, pa.DataType] = {
    "series_key": pa.string(),
    "series_name": pa.string(),
    "dataset_name": pa.string(),
    "period": pa.string(),
    "frequency": pa.string(),
    "value": pa.float64(),
    "unit": pa.string(),
    "status": pa.string(),
}

CONTRACT = Contract(
    schema=pa.schema(_COLUMNS),
    key=("series_key", "period"),
    values=("value",),
    group=("series_key",),
)

TITLES = {
    "series_key": "Series Key",
    "series_name": "Series Name",
    "dataset_name": "Dataset Name",
    "date": "Observation Date",
    "value": "Observation Value",
    "unit": "Unit",
    "status": "Observation Status",
}

_SERIES_KEY = re.compile(r"[A-Z0-9_]+_(?P<frequency>[A-Z]+)\.\S+")
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?")


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(parts: Sequence[bytes], where: str) -> pa.Table:
    """Answers of ``/series/{key}/data`` as one table that keeps ``CONTRACT``; empty values are gaps and are left out.

    Values stay in the publisher's unit, which the column ``unit`` names. The frequency is the last letter of the
    dataset's code ("TS_GP_BOP_WR_M": monthly).

    Raises:
        ContractError: a column that is missing, a row of another length, a date or value that cannot be read, a
            frequency that is not known, a date that comes twice.
    """
    rows = [row for body in parts for row in _rows(body, where)]
    _check_dates(rows, where)
    return CONTRACT.table([row for row in rows if row["value"] is not None], where)


def _rows(body: bytes, where: str) -> list[dict[str, Any]]:
    content = decode_json(body, where)
    columns, rows = _layout(content, where)
    places = {name.strip().casefold(): place for place, name in enumerate(columns)}
    absent = [title for title in TITLES.values() if title.casefold() not in places]
    if absent:
        expected = ", ".join(TITLES.values())
        raise _unreadable(f"the answer lacks the column {', '.join(absent)}", where, expected, columns)
    return [_row({name: cells[places[title.casefold()]] for name, title in TITLES.items()}, where) for cells in rows]


def _layout(content: Any, where: str) -> tuple[list[str], list[list[Any]]]:
    """``{"columns": [title, …], "rows": [[cell, …], …]}``, every row as long as the columns."""
    expected = '{"columns": [title, …], "rows": [[cell, …], …]}'
    if not (isinstance(content, dict) and isinstance(content.get("columns"), list)):
        raise _unreadable("the answer has no columns", where, expected, content)
    columns, rows = content["columns"], content.get("rows")
    if not all(isinstance(title, str) for title in columns):
        raise _unreadable("a column has no title", where, expected, columns)
    if not isinstance(rows, list):
        raise _unreadable("the answer has no rows", where, expected, content)
    for cells in rows:
        if not (isinstance(cells, list) and len(cells) == len(columns)):
            raise _unreadable("a row has another length than the columns", where, f"{len(columns)} cells", cells)
    return columns, rows


def _row(cells: Mapping[str, Any], where: str) -> dict[str, Any]:
    key = str(cells["series_key"]).strip()
    found = _SERIES_KEY.fullmatch(key)
    if found is None:
        raise _unreadable("a series key cannot be read", where, "TS_GP_BOP_WR_M.WR0010", dict(cells))
    day = _day(cells["date"], where)
    frequency, period = _period(found["frequency"], day, where)
    return {
        "series_key": key,
        "series_name": str(cells["series_name"]).strip(),
        "dataset_name": str(cells["dataset_name"]).strip(),
        "day": day,
        "period": period,
        "frequency": frequency,
        "value": _value(cells["value"], where),
        "unit": str(cells["unit"] or "").strip(),
        "status": str(cells["status"] or "").strip() or None,
    }


def _day(cell: Any, where: str) -> date:
    try:
        return date.fromisoformat(str(cell).strip()[:10])
    except ValueError as error:
        raise _unreadable("an observation date cannot be read", where, "2026-06-30", cell) from error


def _period(suffix: str, day: date, where: str) -> tuple[str, str]:
    """Frequency and period. A year that ends on 30 June is Pakistan's fiscal year; series "as it happens" are daily."""
    if suffix == "M":
        return "M", f"{day:%Y-%m}"
    if suffix == "Q":
        return "Q", f"{day.year}-Q{(day.month + 2) // 3}"
    if suffix in ("W", "D", "AH"):
        return "W" if suffix == "W" else "D", day.isoformat()
    if suffix in ("A", "Y") and (day.month, day.day) in ((6, 30), (12, 31)):
        return ("FY", f"FY{day.year}") if day.month == 6 else ("A", f"{day.year}")
    known = "M, Q, W, D, AH, or A with years that end in June or December"
    raise _unreadable("a frequency that is not known here", where, known, f"{suffix}, {day}")


def _value(cell: Any, where: str) -> float | None:
    """Values come as text; "" is a gap. Nothing else that is no plain number is guessed at."""
    text = "" if cell is None else str(cell).strip()
    if not text:
        return None
    if isinstance(cell, bool) or not _NUMBER.fullmatch(text):
        raise _unreadable("an observation value is not a number", where, 'a number as text, or ""', cell)
    return float(text)


def _check_dates(rows: Sequence[Mapping[str, Any]], where: str) -> None:
    for column, what in (("day", "date"), ("period", "period")):
        counted = Counter((row["series_key"], str(row[column])) for row in rows)
        doubled = [f"{key} {label}" for (key, label), times in counted.items() if times > 1]
        if doubled:
            raise _unreadable(f"a {what} comes twice in one series", where, f"each {what} once", ", ".join(doubled[:5]))


def _unreadable(what: str, where: str, expected: str, got: Any) -> ContractError:
    return ContractError(what, where=where, expected=expected, got=str(got), todo="read the answer")


# ---- asking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Member:
    """One series of a dataset, as the dataset's metadata name it."""

    key: str
    name: str


def fetch(context: FetchContext) -> Iterator[Answer]:
    """Ask for each series of the catalogue, then for those of Pakistan's partners; one answer per series.

    A series that fails is reported when the others have been asked for. EasyData has no revision date for a series, so
    every series is asked for every night; the raw store sees whether anything changed.

    Raises:
        PermanentSourceError: no key or a rejected key (at once); a series that is refused or empty.
        ContractError: a partner that the metadata name nowhere, or more than once; an answer of another series.
    """
    since = f"{context.dataset.options['since']}-01"
    problems: list[SourceError] = []
    for key in _series_keys(context, problems):
        try:
            response = _get(context, f"series/{quote(key, safe='')}/data", start_date=since)
            _check_asked(response, key, date.fromisoformat(since))
        except (ContractError, PermanentSourceError) as error:
            _put_aside(error, problems)
        else:
            yield Answer(scope=f"series/{key}/since-{since}", parts=[response])
    for problem in problems[1:]:
        context.note(str(problem))
    if problems:
        raise problems[0]


def _series_keys(context: FetchContext, problems: list[SourceError]) -> Iterator[str]:
    """The series of the catalogue, then those of each partner of Pakistan, looked up when their turn comes."""
    options = context.dataset.options
    yield from (str(entry["key"]) for entry in options["series"])
    names = [context.seeds.countries[partner].name for home, partner in context.seeds.dyads if home == HOME]
    for entry in options.get("by_country", []) if names else []:
        code = str(entry["dataset"])
        try:
            members = _members(context, code)
        except (ContractError, PermanentSourceError) as error:
            _put_aside(error, problems)
            continue
        for name in names:
            try:
                key = _key_of(name, code, members)
            except ContractError as error:
                _put_aside(error, problems)
            else:
                yield key


def _put_aside(error: SourceError, problems: list[SourceError]) -> None:
    """What is wrong with one series is reported when the others have been asked for; a rejected key stops at once."""
    if isinstance(error, _KeyRejected):
        raise error
    problems.append(error)


class _KeyRejected(PermanentSourceError):
    """No request will be answered with this key."""


def _get(context: FetchContext, path: str, **params: str) -> HttpResponse:
    url = f"{context.settings.sbp_url}/{path}"
    secret = context.settings.sbp_api_key
    if secret is None:
        raise _KeyRejected(
            "EasyData is not asked without a key",
            where=f"{DATASET} {url}",
            expected="SBP_API_KEY",
            todo="register at easydata.sbp.org.pk (free), generate a key, and set SBP_API_KEY",
        )
    try:
        return context.http.get(url, {"api_key": secret.get_secret_value(), **params, "format": "json"})
    except PermanentSourceError as error:
        if not error.got.startswith("status 401"):
            raise
        refusal = error
    raise _KeyRejected(
        "EasyData rejects the key",
        where=refusal.where,
        expected="a key that is not older than 90 days",
        got=refusal.got,
        todo="keys expire after 90 days: log in at easydata.sbp.org.pk, generate a new one, and set SBP_API_KEY",
    )


def _check_asked(response: HttpResponse, key: str, since: date) -> None:
    """Only this series, only from that day on. What cannot be read passes: the store quarantines it with the reason."""
    where = f"{DATASET} {response.url}"
    try:
        rows = _rows(response.body, where)
    except ContractError:
        return
    if not rows:
        raise PermanentSourceError(
            f"the series {key} has no observation",
            where=where,
            expected=f"observations from {since} on",
            got="no rows",
            todo="look for the series in the EasyData portal, and correct or remove it in datasets.yaml",
        )
    foreign = sorted({row["series_key"] for row in rows} - {key})
    early = sorted(str(row["day"]) for row in rows if row["day"] < since)
    if foreign or early:
        raise ContractError(
            "an unfiltered answer: observations came that were not asked for",
            where=where,
            expected=f"only {key} from {since} on",
            got=f"also {', '.join((foreign + early)[:10])}",
            todo="EasyData ignored a part of the question: compare the request with its documentation",
        )


# ---- which series is a partner's -------------------------------------------------------------------------------------


def _members(context: FetchContext, code: str) -> list[_Member]:
    """All series of a dataset, by its metadata, in whatever layout they come; ContractError if there is none."""
    response = _get(context, f"dataset/{quote(code, safe='')}/meta")
    where = f"{DATASET} {response.url}"
    try:
        content = json.loads(response.text(), strict=False)  # descriptions are known to hold raw line breaks
    except ValueError as error:
        raise _unreadable(f"the metadata of {code} are not JSON", where, "one JSON document", error) from error
    members = {member.key: member for record in _records(content) for member in _named(record, code)}
    if not members:
        raise _unreadable(f"the metadata of {code} name no series", where, f"{code}.… with a series name", content)
    return list(members.values())


def _records(content: Any) -> Iterator[Mapping[str, Any]]:
    """Every object in the metadata, and every row of a table of columns and rows as an object."""
    if isinstance(content, list):
        for item in content:
            yield from _records(item)
    if not isinstance(content, dict):
        return
    columns, rows = content.get("columns"), content.get("rows")
    if isinstance(columns, list) and isinstance(rows, list):
        yield from (dict(zip(map(str, columns), cells, strict=False)) for cells in rows if isinstance(cells, list))
        return
    yield content
    for item in content.values():
        yield from _records(item)


def _named(record: Mapping[str, Any], code: str) -> Iterator[_Member]:
    """The series of one object: a cell that is a key of this dataset, and the cell that a title calls its name."""
    keys = [cell.strip() for cell in record.values() if isinstance(cell, str) and cell.startswith(f"{code}.")]
    titles = [title for title in record if "name" in title.casefold() and "dataset" not in title.casefold()]
    if keys and titles:
        yield _Member(keys[0], str(record[titles[0]]).strip())


def _key_of(country: str, code: str, members: Sequence[_Member]) -> str:
    """The key of the one series that bears the country's name; words that all series share are left aside."""
    shared = frozenset.intersection(*(_words(member.name) for member in members)) if len(members) > 1 else frozenset()
    wanted = _words(country)
    fitting = [member for member in members if _words(member.name) - shared == wanted - shared]
    if len(fitting) == 1:
        return fitting[0].key
    near = fitting or [member for member in members if wanted <= _words(member.name)]
    raise ContractError(
        f"{len(fitting)} series of {code} are named {country}",
        where=f"{DATASET} {code}",
        expected="exactly one",
        got=", ".join(f"{member.key} ({member.name})" for member in near) or f"none among {len(members)} series",
        todo="find the partner's series in the EasyData portal, and list its key under series in datasets.yaml",
    )


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", name.casefold()))


SOURCES: Mapping[str, Source] = {DATASET: Source(parse=parse, contract=CONTRACT, fetch=fetch)}
