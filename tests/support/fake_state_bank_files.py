"""The State Bank's site and archive: a PDF and three workbooks in the shapes of the real ones, invented figures.

A file that is not there is answered as the site of 2026 does: with a web page and status 200.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tests.support.fake_easydata import LAST_MONTH
from tests.support.figures import around, recorded, revised
from tests.support.loopback import HTML, Asked, Reply
from tests.support.state import State
from tests.support.state_bank_files import PADDING, RESERVES_HEADING, payments, pdf, services, workbook

LAST_WEEK = date(2026, 11, 13)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
COUNTRIES = {
    **{"AFG": "Afghanistan", "BFA": "Burkina Faso ", "CHN": "China", "IND": "India", "IRN": "Iran"},
    **{"RUS": "Russian Federation", "USA": "U. S. A.", "UZB": "Uzbekistan"},
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FILES = {
    "forex.pdf": "application/pdf",
    "dt.xls": "application/vnd.ms-excel",
    "Export_Receipts_by_all_Countries.xls": "application/vnd.ms-excel",
    "Import-Payments-by-All-Countries.xlsx": XLSX,
}


def answer(asked: Asked, path: str, state: State) -> Reply:
    """Answer ``/{name of a file}``."""
    name = path.strip("/")
    if name not in FILES or name in state.archived or state.mode == "error_envelope":
        return HTML
    body = {"forex.pdf": _reserves, "dt.xls": _services}.get(name, lambda s: _payments(name, s))(state)
    return Reply(body, content_type=FILES[name])


def _reserves(state: State) -> bytes:
    weeks = [LAST_WEEK + timedelta(days=7 * (state.release - back)) for back in range(6, -1, -1)]
    months = range(LAST_MONTH - 11, LAST_MONTH + 1)
    labels = [f"{MONTHS[month % 12]} {month // 12 % 100} R" for month in months]
    labels += [f"{week.day}-{MONTHS[week.month - 1]}-{week.year % 100}" for week in weeks]
    lines = ["2025-26 14,100.0 5,000.0 19,100.0", *(_holders(label, state) for label in labels)]
    if state.mode == "times_1000":
        lines[0] = "2025-26 14,100,000.0 5,000,000.0 19,100,000.0"
    lines[1:] = [line for line in lines[1:] if not line.startswith("Jun 26")]
    if state.mode == "empty":
        lines = []
    if state.mode == "duplicate_rows":
        lines = [line for line in lines for _ in range(2)]
    if state.mode == "missing_column":
        lines = [line.rsplit(maxsplit=1)[0] for line in lines]
    if state.mode == "unknown_country":
        lines.append("Nowhere 1.0 2.0 3.0")
    return pdf([*RESERVES_HEADING, *lines, "1/ Provisonal", "R Revised", *[PADDING] * 10])


def _holders(label: str, state: State) -> str:
    key = label.removesuffix(" R")
    sbp = round(revised(14_500 * around(0.1, "sbp", key), state.release, "sbp", key), 1)
    banks = round(5_000 * around(0.1, "banks", key), 1)
    return f"{label} {sbp * state.scale:,.1f} {banks * state.scale:,.1f} {(sbp + banks) * state.scale:,.1f}"


def _payments(name: str, state: State) -> bytes:
    flow, code = ("export", "X") if name.startswith("Export") else ("import", "M")
    end = LAST_MONTH + state.release
    fiscal_year = end // 12 + (1 if end % 12 >= 6 else 0)
    newest, before = MONTHS[end % 12], MONTHS[(end - 1) % 12]
    year_before = (end - 1) // 12 + (1 if (end - 1) % 12 >= 6 else 0)
    years = [fiscal_year - 2, fiscal_year - 1, fiscal_year - 1, year_before, fiscal_year, fiscal_year - 1, fiscal_year]
    shares = (1.0, 1.0, 1 / 12, 1 / 12, 1 / 12, 0.25, 0.25)
    lines = [
        (printed, [recorded("PAK", iso3, code, y) / 1e3 * s * state.scale for y, s in zip(years, shares, strict=True)])
        for iso3, printed in COUNTRIES.items()
    ]
    total = [sum(column) for column in zip(*(values for _, values in lines), strict=True)]
    if state.mode == "empty":
        lines = []
    if state.mode == "duplicate_rows":
        lines = [line for line in lines for _ in range(2)]
    if state.mode == "unknown_country":
        lines.append(("Nowhere", [0.0] * len(years)))
    cells = payments(
        flow,
        lines,
        spans=("Jul-Jun", "", f"{newest} (R)", f"{before} (R)", f"{newest} (P)", f"Jul-{newest}", ""),
        years=[f"FY{year % 100}{mark}" for year, mark in zip(years, ("", "", "", "", "", "", " (P)"), strict=True)],
        through_banks=total,
    )
    return workbook([row[:1] for row in cells] if state.mode == "missing_column" else cells, "Exp Acount")


def _services(state: State) -> bytes:
    end = LAST_MONTH + state.release
    fiscal_year = end // 12 + (1 if end % 12 >= 6 else 0)
    headers: list[Any] = [
        date(end // 12 - 1, end % 12 + 1, 28),  # what a spreadsheet makes of a month that was typed without a mark
        f"{MONTHS[(end - 1) % 12]}-{(end - 1) // 12 % 100} (R)",
        f"{MONTHS[end % 12]}-{end // 12 % 100} (P)",
        f"Jul-{MONTHS[end % 12]}, FY{(fiscal_year - 1) % 100}",
        f"Jul-{MONTHS[end % 12]}, FY{fiscal_year % 100} (P)",
    ]

    def values(code: str, size: float) -> list[float]:
        found: list[float] = []
        for n, header in enumerate(headers):
            credit, debit = (size * around(0.2, code, side, str(header)) * (1 if n < 3 else 3) for side in "cd")
            found += [credit * state.scale, debit * state.scale, (credit - debit) * state.scale]
        return found

    items = [("4. Travel", values("4", 60_000)), ("9.\u00a0Telecommunications", values("9", 350_000))]
    items.append(("9.2 Computer services", values("9.2", 280_000)))
    return workbook(services(items, headers=headers), "EBOPS ")
