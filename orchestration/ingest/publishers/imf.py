"""International Monetary Fund: trade by partner, reserves, services and exchange rates (SDMX 2.1, data.imf.org).

What the publisher does, and what follows from it (its API, and answers recorded from it):

* Of the formats it names only CSV is honoured reliably, and only by the Accept header. Anything else is refused.
* A key that matches nothing (a wrong code, lower case, ISO2) is answered 200 without a series, or 204. So what came is
  compared with what was asked: nothing at all is an error, countries and series that are absent are reported.
* Counterparts are named one by one. Asked for all, it sends a hundred, and groups of countries among them: never sum.
* ``SCALE`` says how the portal displays a figure, not how the file holds it: rows with SCALE 6 carry full US dollars
  (Nicaragua's imports of January 2024: 742549450, which is 742.5 million). Values are never multiplied.
* A file may hold rows of metadata only, without a country or a value. They are dropped.
* ``UPDATE_DATE`` stamps the whole dataflow, not the row, and there is no cheaper way to learn it than to ask. The
  dataflow's version moves as well, and is therefore not asked for.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pyarrow as pa

from orchestration.errors import ContractError, SourceError
from orchestration.ingest.contracts import Contract
from orchestration.ingest.decoding import decode_lines
from orchestration.ingest.publishers.asking import ask_each, grouped_by_partners, partners_by_reporter, short_hash
from orchestration.ingest.publishers.base import Answer, FetchContext, Source
from orchestration.seeds import WORLD, Seeds

COLUMNS: list[tuple[str, pa.DataType]] = [
    ("dataflow", pa.string()),
    ("country", pa.string()),
    ("indicator", pa.string()),
    ("counterpart", pa.string()),
    ("entry", pa.string()),
    ("transformation", pa.string()),
    ("unit", pa.string()),
    ("frequency", pa.string()),
    ("period", pa.string()),
    ("value", pa.float64()),
    ("derivation", pa.string()),
    ("status", pa.string()),
]
THEIR_NAMES: Mapping[str, str] = {
    "country": "COUNTRY",
    "indicator": "INDICATOR",
    "counterpart": "COUNTERPART_COUNTRY",
    "entry": "BOP_ACCOUNTING_ENTRY",
    "transformation": "TYPE_OF_TRANSFORMATION",
    "unit": "UNIT",
    "frequency": "FREQUENCY",
    "derivation": "DERIVATION_TYPE",
    "status": "STATUS",
}

CONTRACT = Contract(
    schema=pa.schema(COLUMNS),
    key=("country", "indicator", "counterpart", "entry", "transformation", "unit", "frequency", "period"),
    values=("value",),
    group=("indicator", "unit"),
    nullable_key=("counterpart", "entry", "transformation", "unit"),
)

DIMENSIONS: Mapping[str, tuple[str, ...]] = {  # per dataflow, in the order of its key
    "IMTS": ("COUNTRY", "INDICATOR", "COUNTERPART_COUNTRY", "FREQUENCY"),
    "IL": ("COUNTRY", "INDICATOR", "UNIT", "FREQUENCY"),
    "BOP": ("COUNTRY", "BOP_ACCOUNTING_ENTRY", "INDICATOR", "UNIT", "FREQUENCY"),
    "ER": ("COUNTRY", "INDICATOR", "TYPE_OF_TRANSFORMATION", "FREQUENCY"),
}
ALL_COUNTRIES: Mapping[str, tuple[str, tuple[tuple[str, ...], ...]]] = {  # dataset, its dataflow, codes after COUNTRY
    "imf.reserves": ("IL", (("RXF11_REVS", "TRGNV_REVS"), ("USD",), ("M",))),  # without gold; gold at national value
    "imf.ict_services": ("BOP", (("CD_T", "DB_T"), ("SI",), ("USD",), ("Q",))),  # credit, debit
    "imf.exchange_rates": ("ER", (("XDC_USD",), ("PA_RT",), ("M",))),  # domestic currency per USD, period average
}
TRADE = ("XG_FOB_USD", "MG_CIF_USD")  # exports FOB, imports CIF

ACCEPT = "application/vnd.sdmx.data+csv;version=2.0.0"
CSV_TYPES = ("application/vnd.sdmx.data+csv", "text/csv", "application/csv")
LONGEST_KEY = 1_500
NAMED_AT_MOST = 12  # absent series in one note

FIRST_COLUMN = re.compile(r'\s*"?(DATAFLOW|STRUCTURE)')
FLOW_COLUMNS = ("DATAFLOW", "STRUCTURE_ID")  # SDMX-CSV 1.0 and 2.0; the server has answered with either
MISSING = frozenset({"", "NAN", "NA"})
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
PERIOD = re.compile(r"(\d{4})(?:-M?(0[1-9]|1[0-2])|-(Q[1-4])|-A1)?")


# ---- parsing ---------------------------------------------------------------------------------------------------------


def parse(parts: Sequence[bytes], where: str) -> pa.Table:
    """SDMX-CSV of any of the four dataflows as one table in the contract's columns, values as they stand in the file.

    Rows of metadata (no country) and rows without a value are dropped; NA is a missing value, but a country like any
    other. ``derivation`` and ``status`` are kept as given: they tell the IMF's estimates from reported figures.

    Raises:
        ContractError: no CSV, a column that is missing, a row that is cut, another dataflow, a period or value that
            cannot be read.
    """
    points = []
    for body in parts:
        for number, row in enumerate(read_rows(body, where), start=2):
            if _is_observation(row):
                points.append(_point(row, f"{where} row {number}"))
    return CONTRACT.table(points, where)


def _is_observation(row: Mapping[str, str]) -> bool:
    return bool(row["COUNTRY"]) and row["OBS_VALUE"].upper() not in MISSING


def read_rows(body: bytes, where: str) -> Iterator[dict[str, str]]:
    """Every row of one file by the publisher's column names, rows of metadata included; ContractError if it is cut."""
    text = decode_lines(body, where)
    if not FIRST_COLUMN.match(text):
        what = "the answer is no SDMX-CSV" if text.strip() else "the answer is empty"
        raise _unlike(what, where, "a header that begins with DATAFLOW or STRUCTURE", text)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header: list[str] = []
    try:
        for cells in filter(None, reader):
            if not header:
                header = _header(cells, where)
            elif len(cells) != len(header):
                raise _unlike("a row is cut", where, f"{len(header)} cells", f"{len(cells)} cells: {','.join(cells)}")
            else:
                yield dict(zip(header, cells, strict=True))
    except csv.Error as error:
        line = f"{error} in line {reader.line_num}"
        raise _unlike("the answer is no well-formed CSV", where, "every quoted cell closed", line) from error


def _header(cells: list[str], where: str) -> list[str]:
    doubled = [name for name, times in Counter(cells).items() if times > 1]
    missing = [name for name in ("COUNTRY", "INDICATOR", "FREQUENCY", "TIME_PERIOD", "OBS_VALUE") if name not in cells]
    if not any(name in cells for name in FLOW_COLUMNS):
        missing.append(" or ".join(FLOW_COLUMNS))
    if doubled or missing:
        what = f"the column {missing[0]} is missing" if missing else f"the column {doubled[0]} comes twice"
        raise _unlike(what, where, "each column once", ",".join(cells))
    return cells


def _point(row: Mapping[str, str], where: str) -> dict[str, Any]:
    named = next(row[name] for name in FLOW_COLUMNS if name in row)
    flow = named.split(":")[-1].split("(")[0]  # "IMF.STA:IMTS(1.0.0)"
    if flow not in DIMENSIONS:
        raise _unlike("a row of another dataflow", where, " or ".join(DIMENSIONS), named)
    missing = [name for name in DIMENSIONS[flow] if not row.get(name)]
    if missing:
        what = "is empty" if missing[0] in row else "is missing"
        raise _unlike(f"the column {missing[0]} {what}", where, f"{flow} by {', '.join(DIMENSIONS[flow])}", str(row))
    if not NUMBER.fullmatch(row["OBS_VALUE"]):
        raise _unlike("OBS_VALUE is no number", where, "OBS_VALUE like 742549450 or 1.5E9", row["OBS_VALUE"])
    given = {ours: row.get(theirs) or None for ours, theirs in THEIR_NAMES.items()}
    return {**given, "dataflow": named, "period": _period(row, where), "value": float(row["OBS_VALUE"])}


def _period(row: Mapping[str, str], where: str) -> str:
    """'2025-M01' as '2025-01'; '2025-Q1' and '2025' as they are; '2025-A1' as '2025'. It must fit the frequency."""
    found = PERIOD.fullmatch(row["TIME_PERIOD"])
    if found:
        year, month, quarter = found.groups()
        if row["FREQUENCY"] == ("M" if month else "Q" if quarter else "A"):
            return "-".join(filter(None, (year, month, quarter)))
    raise _unlike(
        "TIME_PERIOD is no period of its FREQUENCY",
        where,
        "2025-M01 (M), 2025-Q1 (Q) or 2025 (A)",
        f"{row['TIME_PERIOD']!r} ({row['FREQUENCY']})",
    )


def _unlike(what: str, where: str, expected: str, got: str) -> ContractError:
    todo = "read the answer; if the publisher changed its format, change the parser"
    return ContractError(what, where=where, expected=expected, got=got, todo=todo)


# ---- planning --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Request:
    """One planned question, as pure data: the codes asked for in each dimension of a dataflow, in their order."""

    flow: str
    codes: tuple[tuple[str, ...], ...]
    since: str

    @property
    def key(self) -> str:
        """The series asked for: ``PAK.XG_FOB_USD+MG_CIF_USD.CHN+G001.M``."""
        return ".".join("+".join(codes) for codes in self.codes)

    @property
    def name(self) -> str:
        """What is asked, for people."""
        countries = self.codes[0]
        return f"{self.flow} of {countries[0] if len(countries) == 1 else f'{len(countries)} countries'}"

    @property
    def scope(self) -> str:
        """The identity of this question. It changes with who is asked about whom and with the first period."""
        countries = self.codes[0]
        who = countries[0] if len(countries) == 1 else f"{len(countries)}-countries"
        return f"{self.flow}/{who}-{short_hash(self.codes)}/since-{self.since}"

    @property
    def path(self) -> str:
        """The address below the base."""
        return f"/data/IMF.STA,{self.flow}/{self.key}"

    def short_enough(self) -> Iterator[Request]:
        """This request, or the halves of it (by its longest dimension) whose keys an address can hold."""
        longest = max(range(len(self.codes)), key=lambda place: len(self.codes[place]))
        codes = self.codes[longest]
        if len(self.key) <= LONGEST_KEY or len(codes) == 1:
            yield self
            return
        middle = len(codes) // 2
        for half in (codes[:middle], codes[middle:]):
            yield from replace(self, codes=(*self.codes[:longest], half, *self.codes[longest + 1 :])).short_enough()


def plan(dataset: str, seeds: Seeds, since: str) -> tuple[Request, ...]:
    """All requests of one dataset, from the period ``since`` on ("2010-01").

    Trade is asked of both sides of every dyad, peers included, with each other and with World (G001); everything else
    of all countries wanted.
    """

    def coded(countries: Sequence[str]) -> tuple[str, ...]:
        return tuple(seeds.countries[iso3].imf_code for iso3 in countries)

    if dataset == "imf.imts":
        wanted = [
            Request("IMTS", (coded(reporters), TRADE, coded((*partners, WORLD)), ("M",)), since)
            for reporters, partners in grouped_by_partners(partners_by_reporter(seeds))
        ]
    else:
        flow, codes = ALL_COUNTRIES[dataset]
        wanted = [Request(flow, (coded(seeds.countries_wanted), *codes), since)]
    return tuple(request for long in wanted for request in long.short_enough())


# ---- asking ----------------------------------------------------------------------------------------------------------


def fetch(context: FetchContext) -> Iterator[Answer]:
    """Ask for everything that ``context.dataset`` plans; one answer per request, released at the file's UPDATE_DATE.

    Raises:
        SourceError: naming the requests that failed, after the others were asked.
    """
    requests = plan(context.dataset.id, context.seeds, str(context.dataset.options.get("since", "2010-01")))
    yield from ask_each(requests, lambda request: _ask(context, request), context.dataset.id)


def _ask(context: FetchContext, request: Request) -> tuple[Answer, SourceError | None]:
    response = context.http.get(
        context.settings.imf_url + request.path,
        {"startPeriod": request.since},
        headers={"Accept": ACCEPT},
        expect=CSV_TYPES,
        accept_status=(200, 204),
    )
    where = f"{context.dataset.id} {response.url}"
    if not response.body.strip():
        raise _without_series(request, where, f"status {response.status} and nothing else")
    answer = Answer(request.scope, [response])
    try:
        rows = [row for row in read_rows(response.body, where) if _is_observation(row)]
        table = parse([response.body], where)
        CONTRACT.check(table, where)
    except ContractError as error:
        return answer, error
    if not table.num_rows:
        raise _without_series(request, where, "a header, and no row that has a value")
    check_asked(rows, request, where)
    _note_absent(context, table, request)
    stamps = {row.get("UPDATE_DATE", "") for row in rows} - {""}
    release = max(stamps, default=None)
    return replace(answer, release=release, released_at=_instant(release)), None


def _without_series(request: Request, where: str, got: str) -> ContractError:
    return ContractError(
        "answered without a series",
        where=where,
        expected=f"series of any of {', '.join(request.codes[0])}",
        got=got,
        todo="ask by hand: wrong codes, or dimensions in another order, are answered like this",
    )


def check_asked(rows: Sequence[Mapping[str, str]], request: Request, where: str) -> None:
    """Raise ContractError if a row has a code that ``request`` did not ask for, naming dimension and code."""
    for column, asked in zip(DIMENSIONS[request.flow], request.codes, strict=True):
        stray = sorted({row.get(column, "") for row in rows} - set(asked))
        if stray:
            raise ContractError(
                f"{column} {', '.join(stray[:10])} was not asked for",
                where=where,
                expected=f"only {', '.join(asked)}",
                got=f"{len(stray)} other values of {column}",
                todo="the key was not honoured: read the answer before anything is kept",
            )


def _note_absent(context: FetchContext, table: pa.Table, request: Request) -> None:
    """Say which countries and series were asked for and are not there: no document tells which ones exist."""
    ours = {theirs: name for name, theirs in THEIR_NAMES.items()}
    columns = [table[ours[column]].to_pylist() for column in DIMENSIONS[request.flow]]
    present = set(zip(*columns, strict=True))
    countries = {series[0] for series in present}
    absent = [code for code in request.codes[0] if code not in countries]
    absent += [
        ".".join(series) for series in product(*request.codes) if series[0] in countries and series not in present
    ]
    if absent:
        more = f" and {len(absent) - NAMED_AT_MOST} more" if len(absent) > NAMED_AT_MOST else ""
        context.note(f"{request.flow}: asked for and not there: {', '.join(absent[:NAMED_AT_MOST])}{more}")
    if request.flow == "IMTS" and not any(table["derivation"].to_pylist()):
        context.note("IMTS: no DERIVATION_TYPE on any row; the IMF's estimates cannot be told from reported figures")


def _instant(stamp: str | None) -> datetime | None:
    """'2026-08-05T23:36:59.603105500Z' as an instant; None for what is no ISO time."""
    try:
        moment = datetime.fromisoformat(stamp or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


SOURCES: Mapping[str, Source] = {
    dataset: Source(parse=parse, contract=CONTRACT, fetch=fetch) for dataset in ("imf.imts", *ALL_COUNTRIES)
}
