"""UNESCO UIS's public API, as its OpenAPI document and recorded answers describe it.

Lists repeat their key. A parameter that does not exist is ignored with status 200. An unknown code is answered with
a hint. Versions are vintages: an older one is still served as it was.
"""

from __future__ import annotations

from functools import cache
from itertools import product
from typing import Any

from tests.support.figures import chance, gdp, indicator_names, places, revised
from tests.support.loopback import Asked, Reply, json_reply
from tests.support.state import State

FIRST_YEAR, LAST_YEAR = 2000, 2023
MOST_RECORDS = 100_000
SILENT_HOSTS = frozenset({"CHN"})  # report nobody by country of origin
BY_ORIGIN = "Inbound internationally mobile students from {}: Students from {}, {} (number)"


def answer(asked: Asked, path: str, state: State) -> Reply:
    """Answer ``/versions``, ``/versions/default``, both ``/definitions`` and ``/data/indicators``."""
    match path.strip("/").split("/"):
        case ["versions"]:
            return json_reply([_version(number) for number in range(state.announced, -1, -1)])
        case ["versions", "default"]:
            return json_reply(_version(state.announced))
        case ["definitions", "indicators"]:
            return json_reply([_definition(code, name, state) for code, name in definitions().items()])
        case ["definitions", "geounits"]:
            return json_reply([{"id": unit, "name": name, "type": "NATIONAL"} for unit, name in geo_units().items()])
        case ["data", "indicators"]:
            return _data(asked, state)
    return json_reply({"message": "Not Found"}, status=404)


def version_name(number: int) -> str:
    """The name of a release: invented, in the publisher's form."""
    return f"{2026 + number // 3}{(2, 5, 9)[number % 3]:02d}07-0000000{number % 10}"


def _version(number: int) -> dict[str, Any]:
    name = version_name(number)
    day = f"{name[:4]}-{name[4:6]}-08"
    status = {"theme": "EDUCATION", "lastUpdate": f"{name[4:6]}/07/{name[:4]}", "description": "Data Release"}
    return {
        "version": name,
        "publicationDate": f"{day}T16:58:36.233Z",
        "description": "string",
        "themeDataStatus": [status],
    }


@cache
def geo_units() -> dict[str, str]:
    """Codes and the publisher's own spelling of the names."""
    own = {"IRN": "Iran (Islamic Republic of)", "RUS": "Russian Federation", "VNM": "Viet Nam"}
    return {place.uis_code: own.get(place.iso3, place.name) for place in places().values() if place.uis_code}


@cache
def definitions() -> dict[str, str]:
    """Indicator code to name: those of the seed, and students by country of origin, both sexes and female."""
    found = {**indicator_names("unesco_uis.education"), "CR.1": "Completion rate, primary education, both sexes (%)"}
    for number, place in enumerate(sorted(places().values(), key=lambda place: place.iso3)):
        if place.uis_code:
            area, name = place.region or "other areas", geo_units()[place.uis_code]
            found[str(30_000 + 2 * number)] = BY_ORIGIN.format(area, name, "both sexes")
            found[str(30_001 + 2 * number)] = BY_ORIGIN.format(area, name, "female")
    return found


def origin_code(iso3: str) -> str:
    """The indicator that counts students from a country, by host."""
    wanted = f"Students from {geo_units()[places()[iso3].uis_code]}, both sexes"
    return next(code for code, name in definitions().items() if wanted in name)


def _definition(code: str, name: str, state: State) -> dict[str, Any]:
    status = _version(state.announced)["themeDataStatus"][0]
    return {
        "indicatorCode": code,
        "name": name,
        "theme": "EDUCATION",
        "lastDataUpdate": status["lastUpdate"],
        "lastDataUpdateDescription": status["description"],
        "dataAvailability": {
            "totalRecordCount": 1000,
            "timeLine": {"min": FIRST_YEAR, "max": LAST_YEAR + state.announced},
            "geoUnits": {"types": ["NATIONAL"]},
        },
    }


def _data(asked: Asked, state: State) -> Reply:
    indicators, units = asked.params.get("indicator", []), asked.params.get("geoUnit", [])
    if not indicators and not units:
        return json_reply({"message": "At least one indicator or geoUnit is required"}, status=400)
    if state.mode == "error_envelope":
        return json_reply({"message": "Internal error while reading the database"}, status=400)
    release = _release_of(asked.param("version"), state)
    if release is None:
        return json_reply({"message": f"Version {asked.param('version')} not found"}, status=404)
    hints = [
        _hint("001", f"The indicator could not be found, {code}") for code in indicators if code not in definitions()
    ]
    hints += [_hint("003", f"The geoUnit could not be found, {unit}") for unit in units if unit not in geo_units()]
    known = [code for code in indicators or definitions() if code in definitions() and code not in state.absent]
    hosts = [unit for unit in units or geo_units() if unit in geo_units()]
    if len(known) * len(hosts) * len(_years(asked, release)) > MOST_RECORDS:
        return json_reply({"message": f"The request exceeds {MOST_RECORDS} records"}, status=400)
    records = [] if state.mode == "empty" else _records(asked, known, hosts, release, state)
    return json_reply({"hints": hints, "records": records, "indicatorMetadata": []})


def _hint(number: str, message: str) -> dict[str, str]:
    return {"code": f"UIS::HINT::{number}", "message": message}


def _release_of(version: str, state: State) -> int | None:
    """The release behind a version; the newest one may have been changed without an announcement."""
    if not version or version == version_name(state.announced):
        return state.release
    return next((number for number in range(state.announced) if version_name(number) == version), None)


def _years(asked: Asked, release: int) -> range:
    first, last = asked.param("start"), asked.param("end")
    since = int(first) if first.isdecimal() else FIRST_YEAR
    until = int(last) if last.isdecimal() else LAST_YEAR + release
    return range(max(since, FIRST_YEAR), min(until, LAST_YEAR + release) + 1)


def _records(asked: Asked, indicators: list[str], units: list[str], release: int, state: State) -> list[dict[str, Any]]:
    records = []
    for indicator, unit, year in product(indicators, units, _years(asked, release)):
        value = value_of(indicator, unit, year, release)
        if value is None:
            continue
        estimated = chance("uis estimate", indicator, unit, year) < 0.05
        record: dict[str, Any] = {
            "indicatorId": indicator,
            "geoUnit": unit,
            "year": year,
            "value": value * state.scale,
            "magnitude": None,
            "qualifier": "UIS_EST" if estimated else None,
        }
        if asked.param("footnotes") == "true":
            record["footnotes"] = []
        if state.mode == "missing_column":
            del record["value"]
        records += [record, record] if state.mode == "duplicate_rows" else [record]
    if state.mode == "unknown_country" and records:
        records.append({**records[0], "geoUnit": "ZZZ"})
    return records


def value_of(indicator: str, unit: str, year: int, release: int) -> float | None:
    """The invented figure; None in the many years in which a country reported nothing."""
    if chance("uis gap", indicator, unit, year) < 0.3 or year > LAST_YEAR + release - (chance(unit, "late") < 0.3):
        return None
    name = definitions()[indicator]
    if "Students from" in name and unit in SILENT_HOSTS:
        return None
    return _revised(_model(indicator, name, unit, year), indicator, unit, year, release)


def _revised(value: float, indicator: str, unit: str, year: int, release: int) -> float:
    if year <= LAST_YEAR + release - 5:
        return value
    changed = revised(value, release, "uis", indicator, unit, year)
    return float(round(changed)) if value == round(value) else changed


def _model(indicator: str, name: str, unit: str, year: int) -> float:
    level = chance("uis", indicator, unit) * 1.02 ** (year - LAST_YEAR)
    if "(number)" not in name:
        return round(min(100.0, 90 * level + 5), 5)
    people = gdp(_iso3_of()[unit], LAST_YEAR) / 1e4
    share = 0.05 if "Enrolment" in name else 1e-3 if "Students from" not in name else 2e-5
    return float(round(people * share * level))


@cache
def _iso3_of() -> dict[str, str]:
    return {place.uis_code: place.iso3 for place in places().values()}
