"""Writes files in the shapes of the State Bank's: a one-page PDF of given lines, and workbooks of given cells."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from typing import Any

from openpyxl import Workbook

Cells = Sequence[Sequence[Any]]
RESERVES_HEADING = (
    "LIQUID FOREIGN EXCHANGE RESERVES",
    "(MILLION US$)",
    "END PERIOD NET RESERVES WITH SBP NET RESERVES WITH BANKS TOTAL LIQUID FX RESERVES",
)
PADDING = "Domestic Markets & Monetary Management Department"


def pdf(lines: Sequence[str]) -> bytes:
    """A PDF of one page that shows ``lines`` in Helvetica, written by hand: no library that tests could agree with."""
    shown = "".join(f"({_escaped(line)}) Tj T*\n" for line in lines)
    content = f"BT /F1 9 Tf 40 800 Td 11 TL\n{shown}ET".encode("latin-1")
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R "
        b"/Resources << /Font << /F1 5 0 R >> >> >>",
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    body, places = b"%PDF-1.4\n", []
    for number, entry in enumerate(objects, start=1):
        places.append(len(body))
        body += b"%d 0 obj\n%s\nendobj\n" % (number, entry)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    end = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, len(body))
    return body + b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table + end


def _escaped(line: str) -> str:
    return line.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")


def workbook(cells: Cells, sheet: str = "Sheet1") -> bytes:
    """An xlsx workbook of one sheet, the same bytes at any time. Also served as .xls: readers look at the bytes."""
    book = Workbook()
    page = book.active
    assert page is not None
    page.title = sheet
    for row in cells:
        page.append(list(row))
    file, timeless = io.BytesIO(), io.BytesIO()
    book.save(file)
    with zipfile.ZipFile(file) as dated, zipfile.ZipFile(timeless, "w", zipfile.ZIP_DEFLATED) as undated:
        for name in dated.namelist():
            text = re.sub(rb"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", b"2026-04-16T00:00:00Z", dated.read(name))
            undated.writestr(zipfile.ZipInfo(name), text)
    return timeless.getvalue()


def payments(
    flow: str,
    lines: Sequence[tuple[str, Sequence[float]]],
    *,
    spans: Sequence[str] = ("Jul-Jun", "", "Mar (R)", "Feb (R)", "Mar (P)", "Jul-Mar", ""),
    years: Sequence[str] = ("FY24", "FY25 (R)", "FY25", "FY26", "FY26", "FY25 (R)", "FY26 (P)"),
    unit: str = "(Thousand US Dollar)",
    through_banks: Sequence[float] | None = None,
) -> list[list[Any]]:
    """The sheet of payments by country; merged cells have their text in their first column, as readers give them."""
    title, first, last = {
        "export": ("Export Receipts by All Countries", "I. Export Receipts through Banks", "Total Export as per BOP"),
        "import": ("Import Payments by all Countries", "I. Import Payments Through Banks", "Total Imports as per BOP"),
    }[flow]
    total = list(through_banks or (sum(column) for column in zip(*(values for _, values in lines), strict=True)))
    return [
        [title],
        ["STATE BANK OF PAKISTAN"],
        ["Statistics and Data Services Department"],
        ["", "", "", unit],
        ["Country", *spans],
        ["", *years],
        *([name, *values] for name, values in lines),
        [],
        [first, *total],
        [],
        [f"{last} (III+IV)", *(value * 1.25 for value in total)],
        ["P: Provisional, R: Revised"],
    ]


def services(
    items: Sequence[tuple[str, Sequence[Any]]],
    *,
    headers: Sequence[Any],
    total: Sequence[float] | None = None,
    unit: str = "(Amount in Thousand US$)",
) -> list[list[Any]]:
    """The sheet of services: credit, debit and net under each header; the sum is that of whole-numbered items."""
    whole = [values for name, values in items if name.split()[0].rstrip(".").isdecimal()]
    sums = total or [sum(column) for column in zip(*whole, strict=True)]
    return [
        ["", "Trade in Services"],
        ["", "BPM6 - Extended Balance of Payments Services Classification (EBOPS 2010)"],
        ["", *[""] * (len(headers) + 1), unit],
        ["", "Trade in Services", *(cell for header in headers for cell in (header, "", ""))],
        ["", "", *["Credit", "Debit", "Net"] * len(headers)],
        ["", "Services", *sums],
        *(["", name, *values] for name, values in items),
        ["", "R' for revised"],
    ]
