"""State Bank of Pakistan: EasyData, its series service (needs a key, which expires after 90 days).

One request gives one series; ``easydata_series.csv`` says which. EasyData names no date of revision, so the series are
asked for again in turn, a few a night (``requests_per_night``): those that were asked longest ago come first.

Which series are payments to and receipts from a partner is written nowhere but in the metadata of the two datasets by
country, so they are looked up there by the partner's name; a name that fits none, or more than one, is an error that a
person must settle.

These are payments through banks by Pakistan's residents, not goods through customs. The bank's workbooks and its
weekly PDF are read by ``state_bank_pakistan_files``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
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
NEVER = datetime.min.replace(tzinfo=UTC)

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

# How units of money are worded, found anywhere in the text; a rate ("PKR per USD") is no amount.
_CURRENCIES = {"USD": r"\busd\b|\bu\.?s\.? ?(\$|dollars?)", "PKR": r"\bpkr\b|\brs\b|\brupees?\b"}
_SCALES = {
    "billion": r"\bbillions?\b|\bbn\b",
    "million": r"\bmillions?\b|\bmn\b",
    "thousand": r"\bthousands?\b|\b000\b",
}
_RATE = re.compile(r"\bper\b|/")


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(parts: Sequence[bytes], where: str) -> pa.Table:
    """Answers of ``/series/{key}/data`` as one table that keeps ``CONTRACT``; empty values are gaps and are left out.

    Values stay as published; ``unit`` names their unit in one way ("USD million") however it is worded. The frequency
    is the last letter of the dataset's code ("TS_GP_BOP_WR_M": monthly).

    Raises:
        ContractError: a column that is missing, a row of another length, a date or value that cannot be read, a
            frequency that is not known, an amount of dollars of no known scale, a date that comes twice.
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
        "unit": _unit(str(cells["unit"] or "").strip(), where),
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


def _unit(worded: str, where: str) -> str:
    """ "Million US Dollars" as "USD million"; what is no amount of money stays as it is worded.

    Money in words that give away no scale is refused: a thousandfold error must not pass for a unit.
    """
    text = worded.casefold()
    if _RATE.search(text):
        return worded
    currencies = [code for code, form in _CURRENCIES.items() if re.search(form, text)]
    scales = [scale for scale, form in _SCALES.items() if re.search(form, text)]
    if not currencies and "dollar" not in text and "$" not in text:
        return worded
    if len(currencies) != 1 or len(scales) > 1:
        raise _unreadable("a unit of money that is not known", where, '"Million USD" or the like', worded)
    return " ".join([*currencies, *scales])


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


@dataclass(frozen=True)
class _Errand:
    """What is asked for together: one series, or those of several partners in one dataset by country."""

    code: str
    partners: tuple[str, ...] = ()

    @property
    def requests(self) -> int:
        """The metadata of a dataset are one request, each series another."""
        return 1 + len(self.partners)

    def asked_at(self, context: FetchContext, since: str) -> datetime:
        """When the last of it was answered; the beginning of time if something never was."""
        start, wanted = (f"{self.code}.", len(self.partners)) if self.partners else (f"{self.code}/", 1)
        times = sorted(
            moment
            for scope, moment in context.checked_at.items()
            if scope.startswith(f"series/{start}") and scope.endswith(f"/since-{since}")
        )
        return times[-wanted] if len(times) >= wanted else NEVER


def fetch(context: FetchContext) -> Iterator[Answer]:
    """Ask for the series whose turn it is; one answer per series.

    Whatever was never answered is asked for, however much it is (the first night asks for everything); of the rest,
    those asked longest ago, for ``requests_per_night`` requests. What fails does not count, and stays first in turn:
    so a series that is gone holds up no other. It is reported when the others have been asked for.

    Raises:
        PermanentSourceError: no key or a rejected key (at once); a series that is refused or empty.
        ContractError: a partner that the metadata name nowhere, or more than once; an answer of another series.
    """
    since = f"{context.dataset.options['since']}-01"
    left = budget = int(context.dataset.options["requests_per_night"])
    problems: list[SourceError] = []
    for asked_at, errand in sorted(
        ((errand.asked_at(context, since), errand) for errand in _errands(context)), key=lambda turn: turn[0]
    ):
        if asked_at > NEVER and left < budget and errand.requests > left:  # one that takes more goes alone
            break
        failed = len(problems)
        for key in _keys(context, errand, problems):
            try:
                response = _get(context, f"series/{quote(key, safe='')}/data", start_date=since)
                _check_asked(response, key, date.fromisoformat(since))
            except (ContractError, PermanentSourceError) as error:
                _put_aside(error, problems)
            else:
                yield Answer(scope=f"series/{key}/since-{since}", parts=[response])
        left -= errand.requests if len(problems) == failed else 0
    for problem in problems[1:]:
        context.note(str(problem))
    if problems:
        raise problems[0]


def _errands(context: FetchContext) -> list[_Errand]:
    """All that is wanted: the series of the seed, and those of Pakistan's partners that the seed does not list."""
    listed = context.seeds.easydata
    partners = [partner for home, partner in context.seeds.dyads if home == HOME]
    series = [_Errand(entry.series_key) for entry in listed if not entry.by_partner]
    for entry in listed:
        settled = {e.partner_iso3 for e in listed if e.series_key.startswith(f"{entry.series_key}.")}
        unsettled = tuple(partner for partner in partners if partner not in settled)
        if entry.by_partner and unsettled:
            series.append(_Errand(entry.series_key, unsettled))
    return series


def _keys(context: FetchContext, errand: _Errand, problems: list[SourceError]) -> Iterator[str]:
    """The series of an errand; those of partners are looked up in the metadata, by any name they go by."""
    if not errand.partners:
        yield errand.code
        return
    try:
        members = _members(context, errand.code)
    except (ContractError, PermanentSourceError) as error:
        _put_aside(error, problems)
        return
    for partner in errand.partners:
        printed = (name for name, iso3 in context.seeds.state_bank_names.items() if iso3 == partner)
        try:
            key = _key_of((context.seeds.countries[partner].name, *printed), errand.code, members)
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
            todo="look for the series in the EasyData portal, and correct or remove it in easydata_series.csv",
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


def _key_of(names: Sequence[str], code: str, members: Sequence[_Member]) -> str:
    """The key of the one series that bears a country's name, whichever; words that all series share are left aside."""
    shared = frozenset.intersection(*(_words(member.name) for member in members)) if len(members) > 1 else frozenset()
    wanted = [_words(name) for name in names]
    fitting = [member for member in members if _words(member.name) - shared in [words - shared for words in wanted]]
    if len(fitting) == 1:
        return fitting[0].key
    near = fitting or [member for member in members if any(words <= _words(member.name) for words in wanted)]
    raise ContractError(
        f"{len(fitting)} series of {code} are named {names[0]}",
        where=f"{DATASET} {code}",
        expected="exactly one",
        got=", ".join(f"{member.key} ({member.name})" for member in near) or f"none among {len(members)} series",
        todo="find the partner's series in the EasyData portal; list its key and the partner in easydata_series.csv",
    )


def _words(name: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", name.casefold()))


SOURCES: Mapping[str, Source] = {DATASET: Source(parse=parse, contract=CONTRACT, fetch=fetch)}
