"""State Bank of Pakistan: its workbooks and its weekly PDF, for those who opt in (``KARAKORAM_SBP_FILES=1``).

They need no key and carry what EasyData lacks: weekly reserves, services by EBOPS item, receipts and payments with
every country. They are fragile: the site was rebuilt in 2026, files move, and a file that is gone is answered with a
web page and status 200. So a file counts only if it begins as its kind must, has some size, and reads as its table.

A file holds two or three months. Each release is a scope of its own ("files/forex.pdf/2026-04-10"): what left the file
was not deleted, and the history that the file forgets is kept in the change log.

The same datasets have figures that were carried over by hand; one parser reads both, so staging knows one shape.
"""

from __future__ import annotations

import functools
import io
import re
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import pyarrow as pa

from orchestration.errors import ContractError, SourceError
from orchestration.ingest.http import HttpResponse
from orchestration.ingest.publishers import published_figures, state_bank_pakistan_tables
from orchestration.ingest.publishers.base import Answer, Fetch, FetchContext, Parse, Source
from orchestration.ingest.publishers.published_figures import CONTRACT
from orchestration.ingest.publishers.state_bank_pakistan_tables import (
    SHEET,
    Cells,
    Row,
    payments_of,
    reserves_of,
    services_of,
)
from orchestration.seeds import names_in_state_bank_tables
from orchestration.settings import SEEDS

SMALLEST = 1024  # bytes; what is smaller is an error page, whatever it calls itself
PDF, ZIP, OLE = b"%PDF-", b"PK\x03\x04", bytes.fromhex("D0CF11E0A1B11AE1")
BY_HAND = published_figures.COLUMNS[0].encode()  # how figures begin that were carried over by hand
KINDS = {"a PDF": (PDF,), "a workbook": (ZIP, OLE)}
MEDIA_TYPES = (
    "application/pdf",
    "application/vnd.ms-excel",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "application/octet-stream",
    "binary/octet-stream",
    "application/msexcel",
    "application/x-msexcel",
)
MOST_UNPACKED = 100_000_000  # bytes
MOST_CELLS = 5_000_000  # of a sheet; the publisher's largest has some 20,000
_CELL = re.compile(rb"<c\b[^>]*?\br=[\"']([A-Z]{1,3})(\d{1,7})[\"']")
UNREAD = "unread"  # in place of the release, in the scope of a file that goes to quarantine
NEVER = datetime.min.replace(tzinfo=UTC)


# ---- reading ---------------------------------------------------------------------------------------------------------


def _parse_with(read: Callable[[bytes, str], list[Row]], kind: str) -> Parse:
    """A parser of both shapes of one dataset: the publisher's own file, or figures carried over by hand."""

    def parse(parts: Sequence[bytes], where: str) -> pa.Table:
        """The figures as one table that keeps the contract of published figures; ContractError if they do not."""
        if all(body.startswith(BY_HAND) for body in parts):
            return published_figures.parse(parts, where)
        rows: list[Row] = []
        for body in parts:
            _check_kind(body, kind, where)
            rows += read(body, where)
        return CONTRACT.table(rows, where)

    return parse


def _check_kind(body: bytes, kind: str, where: str) -> None:
    if len(body) < SMALLEST or not body.startswith(KINDS[kind]):
        raise ContractError(
            f"the file is not {kind}",
            where=where,
            expected=f"{' or '.join(map(repr, KINDS[kind]))} and more than {SMALLEST} bytes",
            got=f"{len(body)} bytes that begin with {body[:40]!r}",
            todo="open the address in a browser: the file may have moved; correct its place in datasets.yaml",
        )


def _reserves(body: bytes, where: str) -> list[Row]:
    from pypdf import PdfReader  # 0.2 s that only those who opted in spend

    try:
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(body)).pages)
    except Exception as error:  # a damaged PDF fails in a hundred ways
        raise _damaged(error, where) from error
    return reserves_of(text, where)


def _services(body: bytes, where: str) -> list[Row]:
    sheets = _sheets(body, where)
    cells = next((cells for name, cells in sheets.items() if name.strip().upper() == SHEET), None)
    if cells is None:
        raise ContractError(
            f"the workbook has no sheet {SHEET}",
            where=where,
            expected=SHEET,
            got=", ".join(map(repr, sheets)),
            todo="open the workbook: the sheet may have been renamed",
        )
    return services_of(cells, where)


def _payments(body: bytes, where: str) -> list[Row]:
    return payments_of(next(iter(_sheets(body, where).values())), names_in_state_bank_tables(), where)


def _sheets(body: bytes, where: str) -> dict[str, Cells]:
    """All sheets with their cells, empty rows and columns included, whichever format the workbook has."""
    from python_calamine import CalamineWorkbook

    try:
        _check_extent(body)
        book = CalamineWorkbook.from_filelike(io.BytesIO(body))
        return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}
    except Exception as error:  # as does a damaged workbook
        raise _damaged(error, where) from error


def _check_extent(body: bytes) -> None:
    """Refuse a workbook that unpacks to more than it could hold, or whose cells lie so far apart that they fill memory.

    The reader makes a rectangle of all between the first and the last cell: two cells in opposite corners of an .xlsx
    sheet are 17 billion, and running out of memory there ends the process. An .xls sheet has 16 million at most.
    """
    if not body.startswith(ZIP):
        return
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        size = sum(member.file_size for member in archive.infolist())
        if size > MOST_UNPACKED:
            raise ValueError(f"it unpacks to {size:,} bytes; {MOST_UNPACKED:,} at most are read")
        for member in archive.infolist():
            if member.filename.endswith(".xml") and "sheet" in member.filename.lower():
                _check_corner(archive.read(member))


def _check_corner(sheet: bytes) -> None:
    places = [(int(row), len(letters), letters) for letters, row in _CELL.findall(sheet)]
    if not places:
        return
    rows = max(row for row, _, _ in places)
    _, letters = max((length, letters) for _, length, letters in places)
    columns = functools.reduce(lambda number, letter: 26 * number + letter - 64, letters, 0)
    if rows * columns > MOST_CELLS:
        raise ValueError(f"a sheet of {rows:,} rows and {columns:,} columns; {MOST_CELLS:,} cells at most are read")


def _damaged(error: Exception, where: str) -> ContractError:
    return ContractError(
        "the file cannot be opened",
        where=where,
        expected="a whole file of its kind",
        got=f"{type(error).__name__}: {error}",
        todo="open the quarantined file; ask again tomorrow if it looks cut",
    )


# ---- asking ----------------------------------------------------------------------------------------------------------


def fetch_with(parse: Parse) -> Fetch:
    """A fetcher of the files of one dataset."""

    def fetch(context: FetchContext) -> Iterator[Answer]:
        """Download the files whose turn it is: all that were never read, of the others the one asked longest ago.

        Raises:
            SourceError: for the first file that could not be had from any of its places; the others get a note.
        """
        problems: list[SourceError] = []
        for file in _due(context):
            try:
                yield _download(context, file, parse)
            except SourceError as error:
                problems.append(error)
        for problem in problems[1:]:
            context.note(str(problem))
        if problems:
            raise problems[0]

    return fetch


def _due(context: FetchContext) -> list[Mapping[str, Any]]:
    options = context.dataset.options
    asked = sorted(((_read_at(context, file["name"]), file) for file in options["files"]), key=lambda turn: turn[0])
    new = [file for moment, file in asked if moment == NEVER]
    old = [
        file
        for moment, file in asked
        if moment > NEVER and (context.today - moment.date()).days >= int(options["ask_every_days"])
    ]
    return new or old[:1]


def _read_at(context: FetchContext, name: str) -> datetime:
    times = [moment for scope, moment in context.checked_at.items() if scope.startswith(f"files/{name}/")]
    return max(times, default=NEVER)


def _download(context: FetchContext, file: Mapping[str, Any], parse: Parse) -> Answer:
    """The file from the first of its places that has it; one that nobody can read is handed on, to be quarantined."""
    name = str(file["name"])
    problems: list[SourceError] = []
    unread: list[HttpResponse] = []
    for place in file["at"]:
        url = f"{getattr(context.settings, f'sbp_{place}_url')}/{quote(name)}"
        try:
            response = context.http.get(url, expect=MEDIA_TYPES)
        except SourceError as error:
            problems.append(error)
            continue
        try:
            release = _release(context, name, parse([response.body], f"{context.dataset.id} {response.url}"))
        except ContractError as error:
            problems.append(error)
            unread.append(response)
        else:
            return Answer(scope=f"files/{name}/{release}", parts=[response], release=release, revision_key=release)
    for problem in problems[:-1]:
        context.note(str(problem))
    if unread and not any(problem.todo == OLDER for problem in problems):
        return Answer(scope=f"files/{name}/{UNREAD}", parts=unread[:1])
    raise problems[-1]


OLDER = "nothing, if the other address is back soon; else correct the file's places in datasets.yaml"


def _release(context: FetchContext, name: str, table: pa.Table) -> str:
    """The newest week or month of a file; ContractError if a newer release of it has been read already."""
    rows = zip(table["frequency"].to_pylist(), table["period"].to_pylist(), strict=True)
    release: str = max(period for frequency, period in rows if frequency in ("W", "M"))
    known = [key for scope, key in context.known.items() if key and scope.startswith(f"files/{name}/")]
    if known and release < max(known):
        raise ContractError(
            "an old copy of the file",
            where=f"{context.dataset.id} {name}",
            expected=f"{max(known)} or newer",
            got=release,
            todo=OLDER,
        )
    return release


READS_WITH = (
    *(str(module.__file__) for module in (published_figures, state_bank_pakistan_tables)),
    str(SEEDS / "countries.csv"),
    str(SEEDS / "state_bank_countries.csv"),
)
PARSERS = {
    "state_bank_pakistan.liquid_reserves": _parse_with(_reserves, "a PDF"),
    "state_bank_pakistan.services_ebops": _parse_with(_services, "a workbook"),
    "state_bank_pakistan.trade_by_country": _parse_with(_payments, "a workbook"),
}
SOURCES: Mapping[str, Source] = {
    name: Source(parse=parse, contract=CONTRACT, fetch=fetch_with(parse), reads_with=READS_WITH)
    for name, parse in PARSERS.items()
}
