"""UN Comtrade: annual trade in goods, in total and by product, as each side reports it.

What the publisher does, and what follows from it (its API page, and answers recorded from it):

* There is no paging. The keyless preview serves one year and at most 500 rows a call, a key 12 years and 100,000;
  more is cut without a word. Requests are planned to stay below the cap by their worst case; an answer that reaches
  it all the same is thrown away and asked for in halves.
* A reporter that breaks its trade down by second partner, procedure or means of transport answers with several rows
  per flow. All three are asked for as totals, and a row that is none is refused: rows are never summed.
* An unknown code, like a year without data, answers 200 with no rows. So ``getDa`` is asked first: it lists what every
  reporter has released, and when. Only what was released anew is asked for, and emptiness is checked against it.
* Countries are numbers, because an ISO code can stand for two of them: 586 is Pakistan, 588 Pakistan before 1971.
* ``isReported`` is false for many a total that the UN added up from reported products: it is kept, never filtered on.

Figures are US dollars: exports FOB, imports CIF where the reporter has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal

import pyarrow as pa

from orchestration.errors import ConfigurationError, ContractError, PermanentSourceError, SourceError
from orchestration.ingest.contracts import Contract
from orchestration.ingest.decoding import decode_json
from orchestration.ingest.http import HttpResponse
from orchestration.ingest.publishers.asking import (
    ask_each,
    counterparts_in_dyads,
    grouped_by_partners,
    partners_by_reporter,
    short_hash,
)
from orchestration.ingest.publishers.base import Answer, FetchContext, Source
from orchestration.seeds import Seeds

DATASET = "un_comtrade.goods_annual"

COLUMNS: list[tuple[str, pa.DataType]] = [
    ("reporter_code", pa.int32()),
    ("partner_code", pa.int32()),
    ("flow", pa.string()),
    ("classification", pa.string()),
    ("product", pa.string()),
    ("period", pa.string()),
    ("primary_value", pa.float64()),
    ("cif_value", pa.float64()),
    ("fob_value", pa.float64()),
    ("net_weight_kg", pa.float64()),
    ("is_reported", pa.bool_()),
    ("is_aggregate", pa.bool_()),
]

CONTRACT = Contract(
    schema=pa.schema(COLUMNS),
    key=("reporter_code", "partner_code", "flow", "product", "period"),
    values=("primary_value", "cif_value", "fob_value", "net_weight_kg"),
    group=("flow",),
    bounds={"primary_value": (0, 1e14)},
)

Level = Literal["TOTAL", "AG2", "AG6"]

WORLD = 0
FLOWS = ("M", "X")
FIRST_YEAR = 1988  # of the Harmonized System
LINES: Mapping[Level, int] = {"TOTAL": 1, "AG2": 97, "AG6": 5613}  # AG6: HS 2022, the longest edition
PRODUCTS: Mapping[Level, str] = {"TOTAL": "TOTAL", "AG2": r"\d\d", "AG6": r"\d{4}[0-9A-Z]{2}"}  # 9999AA: not specified
CAP_FREE = 500
CAP_KEYED = 100_000
WINDOW = 12  # years a keyed call may name
WIDTHS = (12, 6, 4, 3, 2, 1)  # the divisors of 12: narrower windows are aligned like the wide ones
MOST_CODES = 200  # of one kind in a call: the address stays below 4,096 characters
MOST_CALLS = 64  # for one planned request that turns out to be cut


# ---- parsing ---------------------------------------------------------------------------------------------------------

FIELDS = (  # column, the publisher's name (small v in cifvalue), type, may be null
    ("reporter_code", "reporterCode", "whole number", False),
    ("partner_code", "partnerCode", "whole number", False),
    ("flow", "flowCode", "text", False),
    ("classification", "classificationCode", "text", True),
    ("product", "cmdCode", "text", False),
    ("period", "period", "text", False),
    ("primary_value", "primaryValue", "number", True),
    ("cif_value", "cifvalue", "number", True),
    ("fob_value", "fobvalue", "number", True),
    ("net_weight_kg", "netWgt", "number", True),
    ("is_reported", "isReported", "truth value", True),
    ("is_aggregate", "isAggregate", "truth value", True),
)
TYPES: Mapping[str, tuple[type, ...]] = {
    "whole number": (int,),
    "number": (int, float),
    "text": (str,),
    "truth value": (bool,),
}  # Python counts True among the whole numbers; the publisher does not
TOTALS = (("partner2Code", "0"), ("motCode", "0"), ("mosCode", "0"), ("customsCode", "C00"))
ANY_PRODUCT = re.compile("|".join((*PRODUCTS.values(), r"\d{4}")))


@dataclass(frozen=True)
class Envelope:
    """What every answer is wrapped in: its rows, how many it says there are (None: it does not), its error message."""

    rows: Sequence[Any]
    count: int | None
    error: str


def parse(parts: Sequence[bytes], where: str) -> pa.Table:
    """The answers of one planned request as one table in the contract's columns; values in US dollars.

    Preview (whole numbers) and keyed answers (decimals) have the same shape; descriptions may be null and are not read.

    Raises:
        ContractError: no JSON, no such envelope, an error message instead of rows, fewer rows than announced, a field
            that is missing or of another type, a breakdown where a total was asked for, no value at all.
    """
    points = []
    for number, body in enumerate(parts, start=1):
        here = where if len(parts) == 1 else f"{where} part {number}"
        envelope = read_envelope(body, here)
        if envelope.error:
            raise _unlike("an error message instead of rows", here, 'error ""', envelope.error)
        if envelope.count is not None and envelope.count != len(envelope.rows):
            raise _unlike("the answer is cut", here, f"{envelope.count} rows, as it says", f"{len(envelope.rows)} rows")
        points += [_point(row, here) for row in envelope.rows]
    return CONTRACT.table(points, where)


def read_envelope(body: bytes, where: str) -> Envelope:
    """The envelope ``{"elapsedTime", "count", "data", "error"}``; ContractError if it is not that."""
    answer = decode_json(body, where)
    rows = answer.get("data") if isinstance(answer, dict) else None
    if not isinstance(rows, list):
        got = ", ".join(answer) if isinstance(answer, dict) else type(answer).__name__
        raise _unlike("the answer has no list of rows", where, 'an object with "data": […]', got or "an empty object")
    count = answer.get("count")
    return Envelope(rows, count if type(count) is int else None, str(answer.get("error") or "").strip())


def _point(row: Any, where: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise _unlike("a row is no object", where, "an object per row", repr(row))
    point = {column: _value(row, name, kind, nullable, where) for column, name, kind, nullable in FIELDS}
    for name, total in TOTALS:
        if row.get(name) is not None and str(row[name]) != total:
            raise _unlike(
                f"a row of a breakdown by {name} where a total was asked for", where, f"{name} {total}", _shown(row)
            )
    if point["flow"] not in FLOWS or not ANY_PRODUCT.fullmatch(point["product"]):
        raise _unlike("a flow or product of an unknown kind", where, "M or X; TOTAL or an HS code", _shown(row))
    if not re.fullmatch(r"\d{4}", point["period"]):
        raise _unlike("a period that is no year", where, "a year, as text", _shown(row))
    if point["primary_value"] is None:
        point["primary_value"] = _primary(point, row, where)
    if point["net_weight_kg"] == 0 and point["primary_value"] > 0:
        point["net_weight_kg"] = None  # totals come with 0 kg: goods worth something do weigh something
    return point


def _value(row: Mapping[str, Any], name: str, kind: str, nullable: bool, where: str) -> Any:
    if name not in row:
        raise _unlike(f"the field {name} is missing", where, f"{name} in every row", ", ".join(row))
    value: Any = row[name]
    if value is None and nullable:
        return None
    if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "truth value"):
        raise _unlike(f"the field {name} is no {kind}", where, f"{name}: {kind}", repr(value))
    return value


def _primary(point: Mapping[str, Any], row: Mapping[str, Any], where: str) -> float:
    """A value that was left out, by the publisher's own rule: exports FOB; imports CIF, else FOB. Never 0."""
    given = point["fob_value"] if point["flow"] == "X" or point["cif_value"] is None else point["cif_value"]
    if given is None:
        raise _unlike(
            "a row without any value", where, "primaryValue, or the cifvalue or fobvalue behind it", _shown(row)
        )
    return float(given)


def _shown(row: Mapping[str, Any]) -> str:
    names = ("reporterCode", "partnerCode", "flowCode", "cmdCode", "period", *(name for name, _ in TOTALS))
    return ", ".join(f"{name} {row[name]}" for name in names if name in row)


def _unlike(what: str, where: str, expected: str, got: str) -> ContractError:
    todo = "read the answer; if the publisher changed its format, change the parser"
    if "breakdown" in what:
        todo = "never sum: find out which parameter the publisher now ignores, and ask for totals again"
    return ContractError(what, where=where, expected=expected, got=got, todo=todo)


# ---- planning --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """One planned question, as pure data.

    Attributes:
        level: all goods, the 97 HS chapters (AG2), or the HS lines of six digits (AG6).
        reporters, partners: the publisher's codes; no reporter is among the partners.
        periods: years; exactly one in a keyless request.
        label: the window of years that the periods belong to ("2024"; "2016-2027", of which the future is left out).
        cap: rows at which an answer is cut.
    """

    level: Level
    reporters: tuple[int, ...]
    partners: tuple[int, ...]
    periods: tuple[int, ...]
    label: str
    keyed: bool
    cap: int
    flows: tuple[str, ...] = FLOWS

    @property
    def name(self) -> str:
        """What is asked, for people."""
        many = len(self.reporters)
        return f"{self.level} {self.label} of {self.reporters[0] if many == 1 else f'{many} reporters'}"

    @property
    def scope(self) -> str:
        """The identity of this question: it does not change as years are added to its window, but with who is asked."""
        who = str(self.reporters[0]) if len(self.reporters) == 1 else f"{len(self.reporters)}-reporters"
        asked = short_hash([self.reporters, self.partners])
        return f"A/{'keyed' if self.keyed else 'preview'}/{self.level}/{who}-{asked}/{self.label}"

    @property
    def path(self) -> str:
        """The address below the base."""
        return f"{'/data/v1/get' if self.keyed else '/public/v1/preview'}/C/A/HS"

    @property
    def params(self) -> dict[str, str]:
        """The query; second partner, means of transport and customs procedure as totals."""
        return {
            "reporterCode": _joined(self.reporters),
            "period": _joined(self.periods),
            "cmdCode": self.level,
            "flowCode": _joined(self.flows),
            "partnerCode": _joined(self.partners),
            "partner2Code": "0",
            "motCode": "0",
            "customsCode": "C00",
            "includeDesc": "true",
            "maxRecords": str(self.cap),
        }

    def halves(self) -> tuple[Request, Request] | None:
        """Two smaller questions that together ask the same; None when nothing is left to split."""
        for part in ("periods", "partners", "reporters", "flows"):
            values = getattr(self, part)
            if len(values) > 1:
                middle = len(values) // 2
                return replace(self, **{part: values[:middle]}), replace(self, **{part: values[middle:]})
        return None


def plan(seeds: Seeds, since: int, until: int, keyed: bool, *, cap: int | None = None) -> tuple[Request, ...]:
    """All requests for the years ``since`` to ``until``; no point is asked for twice.

    They come question by question, the newest years first, so that one bad year is never met three times in a row.
    TOTAL of both sides of every dyad, peers included, with each other and with World; AG2 of the countries named in
    dyads.csv with their counterparts and World; with a key, AG6 of the same.

    Args:
        seeds: dyads, groups and codes. A country without a ``comtrade_code`` is left out.
        keyed: whether there is a key: windows of up to 12 years, otherwise one year a call.
        cap: rows at which an answer is cut; by default 500 without a key and 100,000 with one.
    """
    requests: list[Request] = []
    for level, asked, rows in _questions(seeds, keyed, cap):
        width = next((width for width in WIDTHS if _most_pairs(level, width, rows)), 1) if keyed else 1
        requests += _requests(level, asked, width, _windows(since, until, width), keyed, rows)
    return tuple(requests)


def plan_backfill(seeds: Seeds, since: int, until: int, keyed: bool, *, cap: int | None = None) -> tuple[Request, ...]:
    """As ``plan``, in as few requests as the publisher allows: each level in the width of years that needs the fewest.

    A window is named by its years alone, which makes it another question than a nightly one of more years: an answer
    for some years says nothing about the others.
    """
    requests: list[Request] = []
    for level, asked, rows in _questions(seeds, keyed, cap):
        widths = range(min(WINDOW, until - since + 1), 0, -1) if keyed else (1,)
        plans = [
            _requests(level, asked, width, _stretches(since, until, width), keyed, rows)
            for width in widths
            if width == 1 or _most_pairs(level, width, rows)
        ]
        fewest: list[Request] = min(plans, key=len)
        requests += fewest
    return tuple(requests)


def _questions(seeds: Seeds, keyed: bool, cap: int | None) -> Iterator[tuple[Level, dict[int, tuple[int, ...]], int]]:
    """Per level: whom each reporter is asked about, and the rows at which an answer is cut."""
    rows = cap or (CAP_KEYED if keyed else CAP_FREE)
    yield "TOTAL", _in_codes(seeds, partners_by_reporter(seeds)), rows
    chapters = _in_codes(seeds, counterparts_in_dyads(seeds))
    yield "AG2", chapters, rows
    if keyed:
        yield "AG6", chapters, rows


def _most_pairs(level: Level, width: int, rows: int) -> int:
    """Pairs of countries whose ``width`` years stay below ``rows`` by their worst case."""
    return (rows - 1) // (width * len(FLOWS) * LINES[level])


def _requests(
    level: Level,
    asked: Mapping[int, Sequence[int]],
    width: int,
    windows: Iterable[tuple[str, tuple[int, ...]]],
    keyed: bool,
    rows: int,
) -> list[Request]:
    newest_first = sorted(windows, reverse=True)
    pairs = max(1, _most_pairs(level, width, rows))
    return [
        Request(level, reporters, partners, periods, label, keyed, rows)
        for reporters, partners in _blocks(asked, pairs)
        for label, periods in newest_first
    ]


def _in_codes(seeds: Seeds, asked: Mapping[str, Sequence[str]]) -> dict[int, tuple[int, ...]]:
    """ISO codes as the publisher's numbers, World added to the partners."""
    codes = {iso3: country.comtrade_code for iso3, country in seeds.countries.items()}
    found = {}
    for reporter, partners in asked.items():
        code = codes[reporter]
        if code is not None:
            found[code] = (WORLD, *sorted(c for partner in partners if (c := codes[partner]) is not None))
    return found


def _windows(since: int, until: int, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """Aligned windows of ``width`` years, each with its label; that of the first begins with ``since``.

    An answer for fewer years must never stand for one of more: the years left out would look deleted.
    """
    for start in range(since - since % width, until + 1, width):
        years = tuple(range(max(since, start), min(until, start + width - 1) + 1))
        yield (str(start) if width == 1 else f"{years[0]}-{start + width - 1}"), years


def _stretches(since: int, until: int, width: int) -> Iterator[tuple[str, tuple[int, ...]]]:
    """The years in stretches of ``width``, each labelled with its first and last."""
    for years in _chunks(tuple(range(since, until + 1)), width):
        yield (str(years[0]) if len(years) == 1 else f"{years[0]}-{years[-1]}"), years


def _blocks(asked: Mapping[int, Sequence[int]], pairs: int) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """Reporters and partners in blocks of at most ``pairs`` combinations."""
    for reporters, partners in grouped_by_partners(asked):
        most_partners = min(len(partners), pairs, MOST_CODES)
        most_reporters = min(max(1, pairs // most_partners), MOST_CODES)
        for some_partners in _chunks(partners, most_partners):
            for some_reporters in _chunks(reporters, most_reporters):
                yield some_reporters, some_partners


def _chunks(codes: tuple[int, ...], size: int) -> Iterator[tuple[int, ...]]:
    return (codes[start : start + size] for start in range(0, len(codes), size))


def _joined(codes: Iterable[int | str]) -> str:
    return ",".join(str(code) for code in codes)


# ---- what has been released ------------------------------------------------------------------------------------------


@dataclass(frozen=True, order=True)
class Release:
    """One line of ``getDa``: what one reporter has released for one year. The publisher's times are taken as UTC."""

    reporter: int
    period: int
    checksum: str
    released: str

    @property
    def released_at(self) -> datetime:
        """``released`` as an instant."""
        moment = datetime.fromisoformat(self.released)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def read_releases(body: bytes, where: str) -> tuple[Release, ...]:
    """The annual releases of goods that hold any record, of whatever reporters and years; ContractError otherwise."""
    envelope = read_envelope(body, where)
    if envelope.error:
        raise PermanentSourceError(
            "the list of releases is an error message",
            where=where,
            expected='error ""',
            got=envelope.error,
            todo="read the message; ask the address by hand",
        )
    releases = (_release(row, where) for row in envelope.rows)
    return tuple(sorted({release for release in releases if release is not None}))


def _release(row: Any, where: str) -> Release | None:
    names = ("reporterCode", "period", "datasetChecksum", "lastReleased")
    missing = [name for name in names if not isinstance(row, dict) or row.get(name) is None]
    if missing:
        raise _unlike(
            f"the list of releases lacks {', '.join(missing)}", where, f"{', '.join(names)} in every row", repr(row)
        )
    if (row.get("typeCode", "C"), row.get("freqCode", "A")) != ("C", "A") or row.get("totalRecords") == 0:
        return None
    try:
        release = Release(
            int(row["reporterCode"]), int(row["period"]), str(row["datasetChecksum"]), str(row["lastReleased"])
        )
        release.released_at  # noqa: B018 a time that cannot be read must fail here, where the list can be named
    except ValueError as error:
        raise _unlike(
            "the list of releases is of another form", where, "codes, years, ISO times", str(error)
        ) from error
    return release


def _releases(context: FetchContext, reporters: Sequence[int]) -> list[Release]:
    """Ask what ``reporters`` have released: one call, unless the answer has exactly as many rows as a cut one has."""
    keyed = context.settings.comtrade_api_key is not None
    path = f"{'/data' if keyed else '/public'}/v1/getDa/C/A/HS"
    url = f"{context.settings.comtrade_url}{path}"
    response = context.http.get(url, {"reporterCode": _joined(reporters)}, headers=_headers(context))
    where = f"{DATASET} {response.url}"
    if len(read_envelope(response.body, where).rows) == _cap(context) and len(reporters) > 1:
        middle = len(reporters) // 2
        return [*_releases(context, reporters[:middle]), *_releases(context, reporters[middle:])]
    return [release for release in read_releases(response.body, where) if release.reporter in set(reporters)]


# ---- asking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Due:
    """A request whose answer has changed since it was last given, and the releases that it covers."""

    request: Request
    releases: tuple[Release, ...]

    @property
    def name(self) -> str:
        return self.request.name

    @property
    def revision_key(self) -> str:
        return short_hash([(r.reporter, r.period, r.checksum, r.released) for r in self.releases])


def fetch(context: FetchContext) -> Iterator[Answer]:
    """Ask what was released, then only for what was released anew; one answer per planned request.

    A night without a release costs one request.

    Raises:
        SourceError: naming the requests that failed, after all the others were asked; they come up again the next
            night. A failure of ``getDa`` ends the night, since nothing can be told from emptiness then.
    """
    since = int(context.dataset.options.get("since", 2010))
    keyed = context.settings.comtrade_api_key is not None
    requests = plan(context.seeds, since, context.today.year - 1, keyed, cap=_cap(context))
    covered = _covered(context, requests)
    due = [entry for entry in covered if context.known.get(entry.request.scope) != entry.revision_key]
    context.note(f"{len(due)} of {len(requests)} requests are due; {len(requests) - len(covered)} have no data yet")
    yield from ask_each(due, lambda entry: _ask(context, entry), DATASET)


def fetch_years(context: FetchContext, since: int, until: int) -> Iterator[Answer]:
    """The same figures of the years ``since`` to ``until``, whether or not they were released anew: for a backfill.

    Raises:
        ConfigurationError: a year for which there can be no figures.
        SourceError: as ``fetch``.
    """
    if not FIRST_YEAR <= since <= until < context.today.year:
        raise ConfigurationError(
            f"{DATASET}: there are annual figures from {FIRST_YEAR} to {context.today.year - 1}; got {since} to {until}"
        )
    keyed = context.settings.comtrade_api_key is not None
    requests = plan_backfill(context.seeds, since, until, keyed, cap=_cap(context))
    covered = _covered(context, requests)
    context.note(f"{since} to {until}: {len(covered)} of {len(requests)} requests have data")
    yield from ask_each(covered, lambda entry: _ask(context, entry), DATASET)


def _covered(context: FetchContext, requests: Sequence[Request]) -> list[_Due]:
    """The requests for which anything was released at all."""
    _note_uncoded(context)
    reporters = sorted({reporter for request in requests for reporter in request.reporters})
    releases = _releases(context, reporters)
    if not releases:
        raise ContractError(
            "none of our reporters has ever released anything, says the publisher",
            where=f"{DATASET} getDa",
            expected=f"releases of any of {len(reporters)} reporters",
            got="no row for them",
            todo="ask getDa by hand; look whether the reporters' codes or the parameter's name changed",
        )
    entries = (
        _Due(
            request,
            tuple(r for r in releases if r.reporter in request.reporters and r.period in request.periods),
        )
        for request in requests
    )
    return [entry for entry in entries if entry.releases]


def _note_uncoded(context: FetchContext) -> None:
    wanted = (iso3 for iso3 in context.seeds.countries_wanted if context.seeds.countries[iso3].comtrade_code is None)
    uncoded = ", ".join(wanted)
    if uncoded:
        context.note(f"not asked for, because countries.csv gives no comtrade_code: {uncoded}")


def _ask(context: FetchContext, due: _Due) -> tuple[Answer, SourceError | None]:
    request = due.request
    parts = _responses(context, request)
    answer = Answer(
        scope=request.scope,
        parts=parts,
        released_at=max(release.released_at for release in due.releases),
        revision_key=due.revision_key,
    )
    where = f"{DATASET} {parts[0].url}"
    try:
        table = parse([part.body for part in parts], where)
        CONTRACT.check(table, where)
    except ContractError as error:
        return answer, error
    check_asked(table, request, context.seeds, where)
    _check_present(context, table, due, where)
    return answer, None


def _responses(context: FetchContext, request: Request) -> list[HttpResponse]:
    """The answer, or the answers to its halves as often as one is cut; what was cut is thrown away."""
    url = f"{context.settings.comtrade_url}{request.path}"
    left, whole = [request], []
    for _ in range(MOST_CALLS):
        piece = left.pop(0)
        response = context.http.get(url, piece.params, headers=_headers(context))
        halves = piece.halves()
        if not _is_cut(response, piece.cap):
            whole.append(response)
        elif halves is None:
            break
        else:
            context.note(f"{request.name}: an answer was cut at {piece.cap} rows; asked again in halves")
            left[:0] = halves
        if not left:
            return whole
    raise ContractError(
        "the answer is silently cut, and what was asked cannot be split further",
        where=f"{DATASET} {response.url}",
        expected=f"fewer than {request.cap} rows",
        got=f"{request.cap} rows or more for {request.name}, asked in pieces",
        todo="use a key (COMTRADE_API_KEY) for a higher cap; or look whether a filter is no longer honoured",
    )


def _is_cut(response: HttpResponse, cap: int) -> bool:
    """Whether the answer reached the cap. One that cannot be read is not cut: it is kept for quarantine as it is."""
    where = f"{DATASET} {response.url}"
    try:
        envelope = read_envelope(response.body, where)
    except ContractError:
        return False
    if envelope.error:
        raise PermanentSourceError(
            "the publisher answered with an error message",
            where=where,
            expected='error ""',
            got=envelope.error,
            todo="read the message; mend the request if a parameter is refused",
        )
    return len(envelope.rows) >= cap or (envelope.count or 0) > len(envelope.rows)


def check_asked(table: pa.Table, request: Request, seeds: Seeds, where: str) -> None:
    """Raise ContractError if anything came that ``request`` did not ask for, naming it."""
    asked_for: tuple[tuple[str, Iterable[Any]], ...] = (
        ("reporter_code", request.reporters),
        ("partner_code", request.partners),
        ("flow", request.flows),
        ("period", map(str, request.periods)),
        ("product", filter(re.compile(PRODUCTS[request.level]).fullmatch, table["product"].to_pylist())),
    )
    for column, asked in asked_for:
        stray: list[Any] = sorted(set(table[column].to_pylist()) - set(asked))
        if not stray:
            continue
        known = {country.comtrade_code for country in seeds.countries.values()} | {WORLD}
        unknown = [code for code in stray if column in ("reporter_code", "partner_code") and code not in known]
        raise ContractError(
            f"{column} {_joined(stray[:10])} was not asked for"
            + (f", and countries.csv has no country with the comtrade_code {_joined(unknown[:10])}" if unknown else ""),
            where=where,
            expected=f"only what {request.name} asks for",
            got=f"{len(stray)} other values of {column}",
            todo="a filter was not honoured, or a code has changed: read the answer before anything is kept",
        )


def _check_present(context: FetchContext, table: pa.Table, due: _Due, where: str) -> None:
    """Emptiness is believed only where there may be no trade; a reporter has some trade with World."""
    if WORLD not in due.request.partners:
        return
    if not table.num_rows:
        raise ContractError(
            "an answer without rows, although the publisher lists a release",
            where=where,
            expected=f"rows of {_joined(sorted({r.reporter for r in due.releases}))}, as getDa says",
            got="no rows and no error message",
            todo="ask by hand; an unknown code or parameter is answered like this",
        )
    present = set(zip(table["reporter_code"].to_pylist(), table["period"].to_pylist(), strict=True))
    absent = sorted({f"{r.reporter} {r.period}" for r in due.releases if (r.reporter, str(r.period)) not in present})
    if absent:
        context.note(f"{due.name}: released, says getDa, but not in the answer: {', '.join(absent)}")


def _headers(context: FetchContext) -> dict[str, str] | None:
    key = context.settings.comtrade_api_key
    return {"Ocp-Apim-Subscription-Key": key.get_secret_value()} if key else None


def _cap(context: FetchContext) -> int:
    name, usual = ("cap_keyed", CAP_KEYED) if context.settings.comtrade_api_key else ("cap_free", CAP_FREE)
    return int(context.dataset.options.get(name, usual))


SOURCES: Mapping[str, Source] = {DATASET: Source(parse=parse, contract=CONTRACT, fetch=fetch)}
