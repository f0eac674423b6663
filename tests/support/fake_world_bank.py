"""The World Bank's Indicators API v2, as its help desk (articles 889392, 898581) and recorded answers describe it.

Every answer has status 200. Errors are ``[{"message": [...]}]``, nothing is ``[{...}, null]``.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from itertools import product
from typing import Any

from tests.support.figures import Place, around, chance, gdp, indicator_names, per_usd, places, revised
from tests.support.loopback import Asked, Reply, json_reply
from tests.support.state import State

JSON = "application/json;charset=utf-8"
FIRST_YEAR, LAST_YEAR = 1960, 2024
DEFAULT_PER_PAGE, MOST_PER_PAGE = 50, 32_500
MOST_INDICATORS, MOST_BETWEEN_SLASHES = 60, 1_500
CODE = re.compile(r"[A-Z0-9]{2,}(\.[A-Z0-9]+)+")
NOTHING = (
    b'[{"page":0,"pages":0,"per_page":0,"total":0,"sourceid":null,"lastupdated":null},null]'  # 85 bytes, as recorded
)


def answer(asked: Asked, path: str, state: State) -> Reply:
    """Answer ``/country/{codes}/indicator/{codes}``, ``/indicator/{code}``, ``/sources`` and ``/country``."""
    if asked.param("format", "xml") != "json":
        return Reply(b'<?xml version="1.0"?><wb:data xmlns:wb="http://www.worldbank.org"/>', content_type="text/xml")
    parts = path.strip("/").split("/")
    if any(len(part) > MOST_BETWEEN_SLASHES for part in parts):
        return _error("140", "Invalid value", "The request is too long")
    match parts:
        case ["country", countries, "indicator", indicators]:
            return _data(asked, countries.split(";"), indicators.split(";"), state)
        case ["indicator", code]:
            return _metadata(code, state)
        case ["sources" | "source"]:
            return _sources(state)
        case ["country"]:
            return _countries(asked)
    return _error("120", "Invalid value", "The provided parameter value is not valid")


def last_updated(state: State) -> str:
    """A release each month: 2026-07-13, 2026-08-13, …"""
    year, month = divmod(2026 * 12 + 6 + state.announced, 12)
    return f"{year}-{month + 1:02d}-13"


def value_of(place: Place, indicator: str, year: int, release: int) -> float | None:
    """The invented figure, None where a real series would have a gap."""
    newest = LAST_YEAR + release
    late = chance("late", place.iso3, indicator) < 0.3
    if year > newest - late or year < 1960 + int(45 * chance("since", place.iso3, indicator)):
        return None
    return _revised(_model(place, indicator, year), place.iso3, indicator, year, newest, release)


def _revised(value: float, iso3: str, indicator: str, year: int, newest: int, release: int) -> float:
    return revised(value, release, "wdi", iso3, indicator, year) if year > newest - 5 else value


def _model(place: Place, indicator: str, year: int) -> float:
    size = gdp(place.iso3, year)
    wobble = around(0.05, indicator, place.iso3, year)
    if indicator == "NY.GDP.MKTP.CD":
        return size
    if indicator == "PA.NUS.FCRF":
        return per_usd(place.currency, year)
    if indicator in ("SP.POP.TOTL", "NY.GDP.PCAP.CD"):
        people = round(gdp(place.iso3, 2024) / (1_000 + 20_000 * chance("income", place.iso3)) * 1.01 ** (year - 2024))
        return float(people) if indicator == "SP.POP.TOTL" else size / people
    if indicator.endswith(".MO"):
        return (1 + 9 * chance(indicator, place.iso3)) * wobble
    if indicator.endswith((".CD", ".WT", ".DT", ".WD", ".CD.XD")) and not indicator.endswith("XD.WD"):
        share = 0.3 * chance(indicator, place.iso3) * chance(indicator)
        return size * share * wobble * (-1 if indicator == "BN.CAB.XOKA.CD" and chance("cab", place.iso3) < 0.5 else 1)
    return min(99.9, 100 * chance(indicator, place.iso3) * wobble)


def _data(asked: Asked, countries: list[str], indicators: list[str], state: State) -> Reply:
    found = [place_of(code) for code in countries]
    unknown = len(indicators) > MOST_INDICATORS or not all(CODE.fullmatch(code) for code in indicators)
    if None in found or unknown or (len(indicators) > 1 and not asked.param("source")):
        return _error("120", "Invalid value", "The provided parameter value is not valid")
    if state.archived & set(indicators):
        return _error("175", "Invalid format", "The indicator was not found. It may have been deleted or archived.")
    if state.mode == "error_envelope":
        return _error("120", "Invalid value", "The provided parameter value is not valid")
    years = _years(asked.param("date"), state)
    present = [code for code in indicators if code not in state.absent]
    points = list(product(present, [place for place in found if place], reversed(years)))
    if not points or state.mode == "empty":
        return Reply(NOTHING, content_type=JSON)
    return _page(asked, points, state)


def _page(asked: Asked, points: list[tuple[str, Place, int]], state: State) -> Reply:
    """One page of the rows; only its own rows are built."""
    per_page = min(_positive(asked.param("per_page"), DEFAULT_PER_PAGE), MOST_PER_PAGE)
    page = _positive(asked.param("page"), 1)
    twice = state.mode == "duplicate_rows"
    total = len(points) * (1 + twice)
    rows = list(_rows(points[(page - 1) * per_page : page * per_page], state))
    if twice:
        per_page, rows = per_page * 2, [*rows, *rows]
    if state.mode == "unknown_country" and page == 1:
        stranger = {**rows[0], "country": {"id": "ZZ", "value": "Nowhere"}, "countryiso3code": "ZZZ"}
        rows, total = [*rows, {**stranger, "value": 1.0}], total + 1
    meta = {
        "page": page,
        "pages": math.ceil(total / per_page),
        "per_page": per_page,
        "total": total,
        "sourceid": "2",
        "lastupdated": last_updated(state),
    }
    return json_reply([meta, rows], content_type=JSON)


def _rows(points: list[tuple[str, Place, int]], state: State) -> Iterator[dict[str, Any]]:
    names = indicator_names("world_bank.wdi")
    for indicator, place, year in points:
        value = value_of(place, indicator, year, state.release)
        row: dict[str, Any] = {
            "indicator": {"id": indicator, "value": names.get(indicator, indicator)},
            "country": {"id": place.iso2 or "1W", "value": place.name},
            "countryiso3code": place.world_bank_code,
            "date": str(year),
            "value": None if value is None else value * state.scale,
            "unit": "",
            "obs_status": "",
            "decimal": 1,
        }
        if state.mode == "missing_column":
            del row["value"]
        yield row


def _years(date: str, state: State) -> list[int]:
    newest = LAST_YEAR + 1 + state.release  # the year that is running has rows already, without values
    first, _, last = date.partition(":")
    since = int(first) if first.isdecimal() else FIRST_YEAR
    until = int(last) if last.isdecimal() else since if first.isdecimal() else newest
    return list(range(max(since, FIRST_YEAR), min(until, newest) + 1))


def place_of(code: str) -> Place | None:
    """The economy of a code of three or two letters."""
    known = (place for place in places().values() if place.world_bank_code)
    return next((place for place in known if code.upper() in (place.world_bank_code, place.iso2)), None)


def _positive(text: str, otherwise: int) -> int:
    return int(text) if text.isdecimal() and int(text) > 0 else otherwise


def _metadata(code: str, state: State) -> Reply:
    """Archived indicators keep their metadata."""
    if not CODE.fullmatch(code):
        return _error("120", "Invalid value", "The provided parameter value is not valid")
    entry = {
        "id": code,
        "name": indicator_names("world_bank.wdi").get(code, code),
        "unit": "",
        "source": {"id": "11" if code in state.absent else "2", "value": "World Development Indicators"},
        "sourceNote": "",
        "sourceOrganization": "",
        "topics": [{"id": "3", "value": "Economy & Growth "}],
    }
    return json_reply([{"page": 1, "pages": 1, "per_page": "50", "total": 1}, [entry]], content_type=JSON)


def _sources(state: State) -> Reply:
    entry = {"id": "2", "lastupdated": last_updated(state), "name": "World Development Indicators", "code": "WDI"}
    return json_reply([{"page": "1", "pages": "1", "per_page": "50", "total": "1"}, [entry]], content_type=JSON)


def _countries(asked: Asked) -> Reply:
    rows = [
        {"id": place.world_bank_code, "iso2Code": place.iso2, "name": place.name, "region": {"value": "Region "}}
        for place in places().values()
        if place.world_bank_code
    ]
    meta = {"page": 1, "pages": 1, "per_page": asked.param("per_page", "50"), "total": len(rows)}
    return json_reply([meta, rows], content_type=JSON)


def _error(number: str, key: str, value: str) -> Reply:
    return json_reply([{"message": [{"id": number, "key": key, "value": value}]}], content_type=JSON)
