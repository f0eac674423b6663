"""The World Bank's newer paths, below ``/{language}/``: ``wbgapi`` asks these and no others.

``sources/2/series/{codes}/country/{codes}/time/{years}`` has the figures, in pages; the rest are the lists that the
client reads first. The figures are those of ``fake_world_bank``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from typing import Any

from tests.support.fake_world_bank import FIRST_YEAR, JSON, LAST_YEAR, MOST_PER_PAGE, place_of, value_of
from tests.support.figures import indicator_names, places
from tests.support.loopback import Asked, Reply, json_reply
from tests.support.state import State

CONCEPTS = ("Country", "Series", "Time")
LISTS = {  # two rows are enough for a client that only translates codes
    "region": [{"id": "8", "code": "SAS", "iso2code": "8S", "name": "South Asia"}],
    "incomelevel": [{"id": "LMC", "iso2code": "XN", "value": "Lower middle income"}],
    "lendingtype": [{"id": "IBD", "iso2code": "XF", "value": "IBRD"}],
}


def answer(asked: Asked, parts: list[str], state: State) -> Reply | None:
    """Answer a path below the language; None for one that is not known."""
    match parts:
        case [("region" | "incomelevel" | "lendingtype") as name]:
            return _listed(asked, LISTS[name])
        case ["country", "all"]:
            return _listed(asked, [_country(place) for place in places().values() if place.world_bank_code])
        case ["sources", "2", "concepts"]:
            return _wrapped(asked, [{"concept": [{"id": name, "value": name} for name in CONCEPTS]}], len(CONCEPTS))
        case ["sources", "2", "time", "all"]:
            years = [
                {"id": f"YR{year}", "value": str(year)} for year in range(FIRST_YEAR, LAST_YEAR + state.release + 2)
            ]
            first, last = _slice(asked)
            return _wrapped(asked, [{"concept": [{"id": "Time", "variable": years[first:last]}]}], len(years))
        case ["sources", "2", "series", series, "country", countries, "time", years]:
            return _figures(asked, series.split(";"), countries.split(";"), years.split(";"), state)
    return None


def _slice(asked: Asked) -> tuple[int, int]:
    size = min(int(asked.param("per_page", "50")), MOST_PER_PAGE)
    page = int(asked.param("page", "1"))
    return (page - 1) * size, page * size


def _header(asked: Asked, total: int) -> dict[str, Any]:
    size = min(int(asked.param("per_page", "50")), MOST_PER_PAGE)
    return {"page": int(asked.param("page", "1")), "pages": math.ceil(total / size), "per_page": size, "total": total}


def _listed(asked: Asked, rows: Sequence[dict[str, Any]]) -> Reply:
    first, last = _slice(asked)
    return json_reply([_header(asked, len(rows)), rows[first:last]], content_type=JSON)


def _wrapped(asked: Asked, source: Any, total: int) -> Reply:
    return json_reply({**_header(asked, total), "source": source}, content_type=JSON)


def _figures(asked: Asked, series: list[str], countries: list[str], years: list[str], state: State) -> Reply:
    points = list(product(series, countries, years))
    names = indicator_names("world_bank.wdi")
    first, last = _slice(asked)
    rows = []
    for code, country, year in points[first:last]:
        place = place_of(country)
        value = place and value_of(place, code, int(year.removeprefix("YR")), state.release)
        variable = [
            {"concept": "Country", "id": country, "value": place.name if place else country},
            {"concept": "Series", "id": code, "value": names.get(code, code)},
            {"concept": "Time", "id": year, "value": year.removeprefix("YR")},
        ]
        rows.append({"variable": variable, "value": value})
    return _wrapped(asked, {"id": "2", "name": "World Development Indicators", "data": rows}, len(points))


def _country(place: Any) -> dict[str, Any]:
    none = {"id": "SAS", "iso2code": "8S", "value": "South Asia "}
    return {
        "id": place.world_bank_code,
        "iso2Code": place.iso2,
        "name": place.name,
        "region": none,
        "adminregion": none,
        "incomeLevel": none,
        "lendingType": none,
        "capitalCity": "",
        "longitude": "",
        "latitude": "",
    }
