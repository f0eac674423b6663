"""World Bank: the World Development Indicators (Indicators API v2).

All indicators of the seed are asked for all wanted countries and the world in one request, cut only where the API's
limits demand it: 60 indicators, 1,500 characters between two slashes, 4,000 for the URL ("basic call structures",
World Bank data help desk, article 898581).

An answer of 200 says nothing here. Errors come as ``[{"message": [...]}]``, emptiness as ``[{...}, null]``, and one
retired code refuses the whole request. So a refused request is halved until the retired codes are found, the rest is
kept, and the retired codes are reported.

The World Bank revises a release in place without moving its date. ``lastupdated`` therefore spares a request only for
``recheck_days``; after that everything is asked for again, and the comparison of values decides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from orchestration.errors import ContractError, PermanentSourceError, TransientSourceError
from orchestration.ingest.contracts import Contract
from orchestration.ingest.decoding import decode_json
from orchestration.ingest.http import HttpResponse
from orchestration.ingest.publishers.asking import short_hash
from orchestration.ingest.publishers.base import Answer, FetchContext, Source

DATASET = "world_bank.wdi"
WDI = "2"  # the World Bank's number of this database; a request for several indicators must name it
INDICATORS_PER_REQUEST = 60
CHARACTERS_BETWEEN_SLASHES = 1_500
ROWS_PER_PAGE = (
    32_500  # the largest that clients are known to send; what the server makes of it is read from its answer
)
PAGES_AT_MOST = 60
PROBES_AT_MOST = 40
RECHECK_DAYS = 7

NO_ROWS = "no rows; it may belong to another source of the World Bank"

_COLUMNS: dict[str, pa.DataType] = {
    "indicator": pa.string(),
    "country_iso3": pa.string(),
    "period": pa.string(),
    "value": pa.float64(),
    "unit": pa.string(),
    "obs_status": pa.string(),
}

CONTRACT = Contract(
    schema=pa.schema(_COLUMNS),
    key=("indicator", "country_iso3", "period"),
    values=("value",),
    group=("indicator",),
)

_DATE = re.compile(r"(\d{4})(?:Q([1-4])|M(0[1-9]|1[0-2]))?")
_ISO3 = re.compile(r"[A-Z]{3}")
_COUNT = re.compile(r"[0-9]{1,15}")


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(parts: Sequence[bytes], where: str) -> pa.Table:
    """All pages of one answer as one table that keeps ``CONTRACT``; points without a value are left out.

    Raises:
        ContractError: an error envelope, a page that is missing, doubled or cut, a row without one of its fields, a
            date or a country that cannot be read, a value that is not a number.
    """
    rows = read_rows(parts, where)
    return CONTRACT.table([row for row in rows if row["value"] is not None], where)


def read_rows(parts: Sequence[bytes], where: str) -> list[dict[str, Any]]:
    """Every row of all pages, those without a value included, with the contract's column names. Pure."""
    pages = [_page(body, where) for body in parts]
    _check_pages(pages, where)
    return [_row(given, where) for page in pages for given in page.rows]


@dataclass(frozen=True)
class _Page:
    """One page: what its header says of the whole answer, and its rows as they came."""

    number: int
    pages: int
    total: int
    last_updated: str | None
    rows: list[Any]

    @property
    def answer(self) -> tuple[int, int, str | None]:
        """What all pages of one answer must agree on."""
        return self.pages, self.total, self.last_updated

    @property
    def fingerprint(self) -> str:
        """The same for two pages that carry the same rows, whatever number they bear."""
        return short_hash(self.rows)


class _Refused(ContractError):
    """The publisher answered 200 and an error message. ``what`` carries its own words."""


def _page(body: bytes, where: str) -> _Page:
    content = decode_json(body, where)
    _refuse_envelope(content, where)
    if not (isinstance(content, list) and len(content) == 2 and isinstance(content[0], dict)):
        raise _unreadable("the answer is not a pair of header and rows", where, "[{header}, [rows]]", content)
    header, rows = content
    if not (rows is None or isinstance(rows, list)):
        raise _unreadable("the second half of the answer is no list of rows", where, "a list, or null", rows)
    last_updated = header.get("lastupdated")
    return _Page(
        number=_count(header, "page", where),
        pages=_count(header, "pages", where),
        total=_count(header, "total", where),
        last_updated=str(last_updated) if last_updated else None,
        rows=rows or [],
    )


def _refuse_envelope(content: Any, where: str) -> None:
    """``[{"message": [{"id", "key", "value"}]}]`` is an error, whatever its number (120 and 175 are known)."""
    first = content[0] if isinstance(content, list) and content else content
    if not (isinstance(first, dict) and "message" in first):
        return
    given = first["message"]
    messages = given if isinstance(given, list) else [given]
    said = "; ".join(
        f"id {message.get('id')}, {message.get('key')}: {message.get('value')}"
        if isinstance(message, dict)
        else str(message)
        for message in messages
    )
    raise _Refused(
        f"the World Bank answered with an error ({said})",
        where=where,
        expected="[{header}, [rows]]",
        got=str(content),
        todo="an indicator was retired or mistyped, or a country code is wrong",
    )


def _count(header: Mapping[str, Any], name: str, where: str) -> int:
    """A number of the header; the API sends some of them as text."""
    value = header.get(name)
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    if isinstance(value, str) and _COUNT.fullmatch(value):
        return int(value)
    raise _unreadable(f"the header's {name} is no count", where, f"{name}: 0, 1, 2, …", header)


def _check_pages(pages: Sequence[_Page], where: str) -> None:
    if not pages:
        raise _unreadable("the answer has no page at all", where, "one page at least", "nothing")
    first = pages[0]
    if any(page.answer != first.answer for page in pages):
        raise _unreadable(
            "the pages belong to different answers",
            where,
            "the same pages, total and lastupdated on every page",
            [page.answer for page in pages],
        )
    numbers = [page.number for page in pages]
    is_whole = first.pages == len(pages) and numbers == list(range(1, len(pages) + 1))
    if not is_whole and (first.pages, first.total, len(pages)) != (0, 0, 1):
        raise _unreadable("pages are missing or doubled", where, f"pages 1 to {first.pages}, each once", numbers)
    if len({page.fingerprint for page in pages}) != len(pages):
        raise _unreadable("two pages carry the same rows", where, "other rows on every page", f"{len(pages)} pages")
    received = sum(len(page.rows) for page in pages)
    if received != first.total:
        raise _unreadable("the answer is not whole", where, f"{first.total} rows in all", f"{received} rows")


def _row(given: Any, where: str) -> dict[str, Any]:
    try:
        indicator, country = given["indicator"]["id"], given["country"]["id"]
        iso3, date, value = given["countryiso3code"], given["date"], given["value"]
    except (KeyError, TypeError) as error:
        fields = "indicator.id, country.id, countryiso3code, date and value"
        raise _unreadable(f"a row lacks the field {error}", where, fields, given) from error
    if not (isinstance(indicator, str) and indicator):
        raise _unreadable("a row has no indicator", where, "indicator.id: a code", given)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise _unreadable("a value is not a number", where, "a JSON number, or null", given)
    return {
        "indicator": indicator,
        "country_iso3": _country(iso3, country, where),
        "period": _period(date, where),
        "value": None if value is None else float(value),
        "unit": given.get("unit") or None,
        "obs_status": given.get("obs_status") or None,
    }


def _country(iso3: Any, identity: Any, where: str) -> str:
    """``countryiso3code``; where that is empty ``country.id`` serves, if it has three letters (else it is an ISO2)."""
    for code in (iso3, identity):
        if isinstance(code, str) and _ISO3.fullmatch(code.strip()):
            return code.strip()
        if code:
            break
    raise _unreadable(
        "a row has no three-letter country code",
        where,
        "countryiso3code or country.id with three letters",
        f"countryiso3code {iso3!r}, country.id {identity!r}",
    )


def _period(date: Any, where: str) -> str:
    """'2024' stays, '2024Q1' becomes '2024-Q1', '2024M03' becomes '2024-03'."""
    found = _DATE.fullmatch(date) if isinstance(date, str) else None
    if found is None:
        raise _unreadable("a date cannot be read", where, "'2024', '2024Q1' or '2024M03'", repr(date))
    year, quarter, month = found.groups()
    return f"{year}-Q{quarter}" if quarter else f"{year}-{month}" if month else year


def _unreadable(what: str, where: str, expected: str, got: Any) -> ContractError:
    return ContractError(what, where=where, expected=expected, got=str(got), todo="read the quarantined answer")


# ---- asking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Question:
    """One request's worth of indicators for all countries, from the year ``since`` to the year ``until``."""

    base_url: str
    indicators: tuple[str, ...]
    countries: tuple[str, ...]
    since: int
    until: int
    position: str

    @property
    def scope(self) -> str:
        """Stable from night to night: neither the year in which it is asked nor the page size is part of it."""
        return f"wdi/{self.position}/{short_hash([sorted(self.indicators), sorted(self.countries), self.since])}"

    def url(self, indicators: Sequence[str]) -> str:
        return f"{self.base_url}/country/{';'.join(self.countries)}/indicator/{';'.join(indicators)}"

    def params(self, page: int = 1, per_page: int = ROWS_PER_PAGE) -> dict[str, str]:
        span = f"{self.since}:{self.until}"
        return {"source": WDI, "format": "json", "date": span, "per_page": str(per_page), "page": str(page)}


@dataclass(frozen=True)
class _Remembered:
    """The last full answer to a question: the release it was of, and the indicators that gave nothing."""

    revision: str
    without: tuple[str, ...]


class _Moved(Exception):
    """The answer changed while it was being read page by page."""


def fetch(context: FetchContext) -> Iterator[Answer]:
    """Ask for what may have changed; yield one answer per question, then report the indicators that gave nothing.

    One ``per_page=1`` request tells the release. Nothing more is asked if it is the known one and the last full answer
    is younger than ``recheck_days``. An indicator that is accepted and has no row is noted: it may belong to another
    source of the World Bank, and nothing is concluded about what is known of it.

    Raises:
        PermanentSourceError: indicators that were refused, or not one has a row. The others have been yielded by then.
        TransientSourceError: the number of pages moved twice while they were read.
        ContractError: an answer to another question than the one asked.
    """
    questions = _questions(context)
    current: str | None = None
    missing: dict[str, str] = {}
    for question in questions:
        remembered = _remembered(context, question)
        if remembered is not None:
            current = current or _last_updated(context, question, remembered)
            if current == remembered.revision:
                missing |= dict.fromkeys(remembered.without, "still nothing")
                continue
        answer, gone = _ask(context, question)
        if answer is None:
            missing |= gone
            continue
        missing |= {code: reason for code, reason in gone.items() if reason != NO_ROWS}
        for code in sorted(gone.keys() - missing.keys()):
            context.note(f"{code}: {NO_ROWS}")
        current = answer.revision_key or current
        yield answer
    if missing:
        raise _missing(missing, sum(len(question.indicators) for question in questions))


def _questions(context: FetchContext) -> list[_Question]:
    seeds = context.seeds
    countries = []
    for iso3 in (*seeds.countries_wanted, "WLD"):
        code = seeds.countries[iso3].world_bank_code
        if code:
            countries.append(code)
        else:
            context.note(f"{iso3} is not asked for, because countries.csv gives it no world_bank_code")
    groups = _grouped(sorted(set(seeds.indicators_of(DATASET))))
    return [
        _Question(
            base_url=context.settings.world_bank_url,
            indicators=group,
            countries=tuple(countries),
            since=int(context.dataset.options["since"]),
            until=context.today.year,
            position=f"{number}-of-{len(groups)}",
        )
        for number, group in enumerate(groups, start=1)
    ]


def _grouped(indicators: Sequence[str]) -> list[tuple[str, ...]]:
    """As few groups as the limits allow. A joining ';' is counted as the three characters that '%3B' has."""
    groups: list[list[str]] = []
    length = 0
    for code in indicators:
        length += len(code) + 3
        if not groups or length > CHARACTERS_BETWEEN_SLASHES or len(groups[-1]) == INDICATORS_PER_REQUEST:
            groups.append([])
            length = len(code)
        groups[-1].append(code)
    return [tuple(group) for group in groups]


def _remembered(context: FetchContext, question: _Question) -> _Remembered | None:
    """The last full answer if it is recent enough to be trusted; None when the question must be asked in full."""
    answered = [
        (context.checked_at[scope], scope)
        for scope in context.known
        if (scope == question.scope or scope.startswith(f"{question.scope}/")) and scope in context.checked_at
    ]
    if not answered:
        return None
    checked_at, scope = max(answered)
    revision = context.known[scope]
    recheck_days = int(context.dataset.options.get("recheck_days", RECHECK_DAYS))
    if revision is None or (context.today - checked_at.date()).days >= recheck_days:
        return None
    without = re.search(r"/without/([^/]+)", scope.removeprefix(question.scope))
    return _Remembered(revision, tuple(without[1].split(",")) if without else ())


def _last_updated(context: FetchContext, question: _Question, remembered: _Remembered) -> str | None:
    """The date of the current release, by the smallest request there is; None if the answer does not tell."""
    indicator = next(code for code in question.indicators if code not in remembered.without)
    url = f"{question.base_url}/country/{question.countries[0]}/indicator/{indicator}"
    response = context.http.get(url, question.params(per_page=1))
    try:
        return _page(response.body, f"{DATASET} {response.url}").last_updated
    except _Refused:
        return None


def _ask(context: FetchContext, question: _Question) -> tuple[Answer | None, dict[str, str]]:
    """The answer to a question, and the indicators that gave nothing with the reason for each."""
    gone: dict[str, str] = {}
    try:
        responses = _settled(context, question, question.indicators)
    except _Refused as refusal:
        gone = _refused_indicators(context, question, refusal.what)
        accepted = tuple(code for code in question.indicators if code not in gone)
        if not accepted:
            return None, gone
        responses = _ask_again(context, question, accepted)
    gone |= _silent(context, question, gone, responses)
    last_updated = _page(responses[0].body, DATASET).last_updated
    answer = Answer(
        scope=question.scope + _left_out(gone),
        parts=responses,
        release=f"WDI {last_updated}" if last_updated else None,
        released_at=_midnight(last_updated),
        revision_key=last_updated,
    )
    return (answer if len(gone) < len(question.indicators) else None), gone


def _left_out(gone: Mapping[str, str]) -> str:
    """The part of a scope that names what the answer lacks: another question, from which no deletion follows."""
    silent = sorted(code for code, reason in gone.items() if reason == NO_ROWS)
    refused = sorted(gone.keys() - set(silent))
    return "".join(f"/{kind}/{','.join(codes)}" for kind, codes in (("without", refused), ("silent", silent)) if codes)


def _ask_again(context: FetchContext, question: _Question, accepted: tuple[str, ...]) -> list[HttpResponse]:
    try:
        return _settled(context, question, accepted)
    except _Refused as refusal:
        raise PermanentSourceError(
            "indicators that were accepted in part are refused together",
            where=refusal.where,
            expected=f"rows of {len(accepted)} indicators",
            got=refusal.what,
            todo="ask for them by hand; if the limits of a request changed, change INDICATORS_PER_REQUEST",
        ) from refusal


def _settled(context: FetchContext, question: _Question, indicators: Sequence[str]) -> list[HttpResponse]:
    """All pages of one answer. If it moves while it is read, it is read once more from its beginning."""
    for _ in range(2):
        try:
            return _read_through(context, question, indicators)
        except _Moved as moved:
            reason = str(moved)
            context.note(f"{reason}; read again from the first page")
    raise TransientSourceError(
        "the answer changed twice while its pages were read",
        where=f"{DATASET} {question.url(indicators)}",
        expected="the same total, number of pages and lastupdated on every page, and other rows",
        got=reason,
        todo="the World Bank is publishing just now: ask again later",
    )


def _read_through(context: FetchContext, question: _Question, indicators: Sequence[str]) -> list[HttpResponse]:
    url = question.url(indicators)
    responses = [context.http.get(url, question.params())]
    where = f"{DATASET} {responses[0].url}"
    first = _page(responses[0].body, where)
    if first.total == 0:
        raise _Refused(NO_ROWS, where=where)
    if first.pages > PAGES_AT_MOST:
        raise _unreadable("the answer has too many pages", where, f"{PAGES_AT_MOST} at most", f"{first.pages} pages")
    seen = {first.fingerprint}
    for number in range(2, first.pages + 1):
        responses.append(context.http.get(url, question.params(page=number)))
        try:
            page = _page(responses[-1].body, where)
        except _Refused as refusal:
            raise _Moved(f"page {number} of {first.pages} was refused: {refusal.what}") from refusal
        if page.number != number or page.answer != first.answer:
            raise _Moved(f"page {number} says page {page.number} of {page.answer}, page 1 said {first.answer}")
        if page.fingerprint in seen:
            raise _Moved(f"page {number} of {first.pages} repeats the rows of a page before it")
        seen.add(page.fingerprint)
    return responses


def _refused_indicators(context: FetchContext, question: _Question, reason: str) -> dict[str, str]:
    """Which indicators make the request fail, found by halving; each probe asks for a single row."""
    refused: dict[str, str] = {}
    pending = [(question.indicators, reason)]
    probes = 0
    while pending:
        group, reason = pending.pop()
        if len(group) == 1:
            refused[group[0]] = reason
            continue
        for half in (group[: len(group) // 2], group[len(group) // 2 :]):
            if probes == PROBES_AT_MOST:
                raise _too_many_refused(question, refused, reason)
            probes += 1
            objection = _objection(context, question, half)
            if objection is not None:
                pending.append((half, objection))
    return refused


def _objection(context: FetchContext, question: _Question, indicators: Sequence[str]) -> str | None:
    response = context.http.get(question.url(indicators), question.params(per_page=1))
    try:
        page = _page(response.body, f"{DATASET} {response.url}")
    except _Refused as refusal:
        return refusal.what
    return None if page.total else NO_ROWS


def _too_many_refused(question: _Question, refused: Mapping[str, str], reason: str) -> PermanentSourceError:
    return PermanentSourceError(
        f"the World Bank refuses more indicators than {PROBES_AT_MOST} requests can tell apart",
        where=f"{DATASET} {question.url(question.indicators)}",
        expected=f"rows of {len(question.indicators)} indicators",
        got=f"{reason}; so far {', '.join(sorted(refused)) or 'none'}",
        todo="a wrong world_bank_code in countries.csv refuses every request: look there first, then at indicators.csv",
    )


def _silent(
    context: FetchContext, question: _Question, gone: Mapping[str, str], responses: Sequence[HttpResponse]
) -> dict[str, str]:
    """The indicators that were accepted and have no row; ContractError if the answer is to another question.

    An answer that cannot be read at all passes: it is kept, read again from the store, and quarantined there with the
    reason, which leaves the bytes for a person to look at.
    """
    where = f"{DATASET} {responses[0].url}"
    try:
        rows = read_rows([response.body for response in responses], where)
    except ContractError:
        return {}
    asked = set(question.indicators) - set(gone)
    _check_asked(question, asked, rows, where)
    valued = {row["indicator"] for row in rows if row["value"] is not None}
    present = {row["indicator"] for row in rows}
    for code in sorted(present - valued):
        context.note(f"{code} has rows but not one value for these countries and years")
    return dict.fromkeys(sorted(asked - present), NO_ROWS)


def _check_asked(question: _Question, asked: set[str], rows: Sequence[Mapping[str, Any]], where: str) -> None:
    years = range(question.since, question.until + 1)
    for column, allowed in (("indicator", asked), ("country_iso3", set(question.countries))):
        foreign = sorted({row[column] for row in rows} - allowed)
        if foreign:
            raise _unfiltered(where, f"{column} of those {len(allowed)} asked for", foreign)
    foreign = sorted({row["period"] for row in rows if int(row["period"][:4]) not in years})
    if foreign:
        raise _unfiltered(where, f"periods from {question.since} to {question.until}", foreign)


def _unfiltered(where: str, expected: str, foreign: Sequence[str]) -> ContractError:
    return ContractError(
        "an unfiltered answer: rows came that were not asked for",
        where=where,
        expected=f"only {expected}",
        got=f"also {', '.join(foreign[:10])}",
        todo="the World Bank ignored a part of the question; read its documentation of the request",
    )


def _missing(missing: Mapping[str, str], wanted: int) -> PermanentSourceError:
    codes = sorted(missing)
    named = ", ".join(codes[:10]) + (f" and {len(codes) - 10} more" if len(codes) > 10 else "")
    return PermanentSourceError(
        f"{len(codes)} of {wanted} indicators gave nothing: {named}",
        where=DATASET,
        expected="rows for every indicator of indicators.csv",
        got="; ".join(f"{code}: {missing[code]}" for code in codes),
        todo="look for the successor of each at data.worldbank.org, or remove its line from indicators.csv; "
        "the other indicators are kept",
    )


def _midnight(day: str | None) -> datetime | None:
    """A date as the instant it began, UTC; None for anything that is no date."""
    try:
        return datetime.strptime(day or "", "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError:
        return None


SOURCES: Mapping[str, Source] = {DATASET: Source(parse=parse, contract=CONTRACT, fetch=fetch)}
