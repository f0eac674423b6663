"""EasyData of the State Bank of Pakistan, as client code describes it. Every request needs the key in its query.

Values are text, "" is a gap, the newest observation comes first.
"""

from __future__ import annotations

import re
from calendar import monthrange
from typing import Any

from tests.support.figures import around, chance, gdp, per_usd, places, revised
from tests.support.loopback import Asked, Reply, json_reply
from tests.support.state import State

FIRST_MONTH = 2015 * 12 + 6  # July 2015, counted from the year 0
LAST_MONTH = 2026 * 12 + 8
COLUMNS = (
    "Dataset Name",
    "Series Key",
    "Series Name",
    "Observation Date",
    "Observation Value",
    "Unit",
    "Observation Status",
    "Observation Status Comment",
)
BY_COUNTRY = {"TS_GP_BOP_XRECCOU_M": "Export Receipts", "TS_GP_BOP_MRECCOU_M": "Import Payments"}
SERIES = re.compile(r"(TS_GP_[A-Z]+_[A-Z0-9]+_M)\.([A-Z0-9]+)")


def answer(asked: Asked, path: str, state: State) -> Reply:
    """Answer ``/series/{key}/data``, ``/series/{key}/meta`` and ``/dataset/{code}/meta``."""
    if asked.param("api_key") != state.key:
        return json_reply({"error": "Invalid API key"}, status=401)
    match path.strip("/").split("/"):
        case ["series", key, "data"] if SERIES.fullmatch(key) and key not in state.archived:
            return _data(asked, key, state)
        case ["series", key, "meta"] if SERIES.fullmatch(key):
            return json_reply({"columns": ["Series Key", "Series Name"], "rows": [[key, series_name(key)]]})
        case ["dataset", code, "meta"]:
            rows = [[code, key, series_name(key)] for key in members(code)]
            return json_reply({"columns": ["Dataset Code", "Series Key", "Series Name"], "rows": rows})
    return json_reply({"error": "Not found"}, status=404)


def members(code: str) -> list[str]:
    """The series of a dataset by country: one for each country, numbered in the order of their ISO codes."""
    countries = sorted(iso3 for iso3, place in places().items() if place.iso2 and iso3 != "PAK")
    return [f"{code}.C{10 * number:05d}" for number in range(1, len(countries) + 1)] if code in BY_COUNTRY else []


def series_name(key: str) -> str:
    """The name of a series; those by country end in the country's name."""
    dataset, _, member = key.partition(".")
    if dataset not in BY_COUNTRY or not member[1:].isdecimal():
        return f"Series {key}"
    countries = sorted(iso3 for iso3, place in places().items() if place.iso2 and iso3 != "PAK")
    position = int(member[1:]) // 10 - 1
    return f"{BY_COUNTRY[dataset]} - {places()[countries[position]].name if position < len(countries) else 'Others'}"


def _data(asked: Asked, key: str, state: State) -> Reply:
    if state.mode == "error_envelope":
        return json_reply({"error": "Too many requests this hour"}, status=400)
    rows = [] if state.mode == "empty" or key in state.absent else _rows(asked, key, state)
    if state.mode == "duplicate_rows":
        rows = [row for row in rows for _ in range(2)]
    if state.mode == "unknown_country" and rows:
        rows.append([rows[0][0], "TS_GP_XX_ZZZ_M.Z99990", "Nowhere", *rows[0][3:]])
    columns = list(COLUMNS)
    if state.mode == "missing_column":
        place = columns.index("Observation Value")
        columns, rows = [*columns[:place], *columns[place + 1 :]], [[*row[:place], *row[place + 1 :]] for row in rows]
    return json_reply({"columns": columns, "rows": rows})


def _rows(asked: Asked, key: str, state: State) -> list[list[Any]]:
    rows = []
    for month in range(LAST_MONTH + state.release, FIRST_MONTH - 1, -1):
        year, index = divmod(month, 12)
        day = f"{year}-{index + 1:02d}-{monthrange(year, index + 1)[1]}"
        if not asked.param("start_date", "0") <= day <= asked.param("end_date", "9"):
            continue
        text = "" if chance("gap", key, month) < 0.02 else f"{value_of(key, month, state) * state.scale:.6f}"
        unit = "PKR per USD" if "_ER_" in key else "Million US Dollars"
        rows.append([f"Dataset {key.partition('.')[0]}", key, series_name(key), day, text, unit, "Normal", ""])
    return rows


def value_of(key: str, month: int, state: State) -> float:
    """The invented figure of one month: million USD, or rupees for one dollar."""
    if "_ER_" in key:
        return per_usd("PKR", month / 12) * around(0.01, key, month)
    value = gdp("PAK", month // 12) / 1e6 * 0.05 * chance(key) * around(0.1, key, month)
    return revised(value, state.release, key, month) if month > LAST_MONTH + state.release - 12 else value
