"""UN Comtrade v1, as its own client, its API page and recorded answers describe it.

No paging: the preview ends at 500 rows and a keyed answer at 100,000, without a word. An unknown code is answered
with no rows. ``maxRecords`` is ignored. Without the three totals asked for, some reporters answer with breakdowns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from functools import cache
from itertools import islice, product
from typing import Any

from tests.support.figures import CHAPTERS, WORLD, around, chance, chapter_shares, places, recorded
from tests.support.loopback import Asked, Reply, json_reply
from tests.support.state import State

JSON = "application/json; charset=utf-8"
YEARS = range(2010, 2025)
MOST_PERIODS = 12
BREAKDOWN = tuple(product(("C00", "C04", "C20"), (0, 2100, 3200)))  # customs procedure × means of transport
LEVELS = {"TOTAL": 0, "AG2": 2, "AG4": 4, "AG6": 6}
LINES = {2: ("",), 4: ("01", "02", "90"), 6: ("0110", "0190", "9000")}  # what follows a chapter's two digits
DENIED = "Access denied due to {} subscription key. Make sure to include subscription key when making requests."


def answer(asked: Asked, path: str, state: State) -> Reply:
    """Answer preview and get, both kinds of getDa, and the list of reporters."""
    match path.strip("/").split("/"):
        case ["public", "v1", "preview", kind, frequency, _]:
            if "," in asked.param("period"):
                return _refusal(400, "Only one period is allowed in preview")
            return _data(asked, kind, frequency, state, "preview")
        case ["data", "v1", "get", kind, frequency, _]:
            if len(asked.param("period").split(",")) > MOST_PERIODS:
                return _refusal(400, f"Period: at most {MOST_PERIODS} values")
            return _denial(asked, state) or _data(asked, kind, frequency, state, "keyed")
        case ["public", "v1", "getDa", kind, frequency, _]:
            return _availability(asked, kind, frequency, state)
        case ["data", "v1", "getDa", kind, frequency, _]:
            return _denial(asked, state) or _availability(asked, kind, frequency, state)
        case ["files", "v1", "app", "reference", "Reporters.json"]:
            return _reporters()
    return _refusal(404, "Resource not found")


def _denial(asked: Asked, state: State) -> Reply | None:
    given = asked.headers.get("ocp-apim-subscription-key") or asked.param("subscription-key")
    return None if given == state.key else _refusal(401, DENIED.format("invalid" if given else "missing"))


def _refusal(status: int, message: str) -> Reply:
    return json_reply({"statusCode": status, "message": message}, status=status)


def _envelope(rows: list[dict[str, Any]], error: str = "") -> Reply:
    return json_reply({"elapsedTime": "0.05 secs", "count": len(rows), "data": rows, "error": error}, content_type=JSON)


def _data(asked: Asked, kind: str, frequency: str, state: State, access: str) -> Reply:
    if state.mode == "error_envelope":
        return _envelope([], "The request could not be completed")
    if (kind, frequency) != ("C", "A") or state.mode == "empty":
        return _envelope([])
    rows = list(islice(_rows(asked, state, keyed=access == "keyed"), state.caps[access]))
    if state.mode == "duplicate_rows":
        rows = [row for row in rows for _ in range(2)]
    if state.mode == "unknown_country" and rows:
        rows.append({**rows[0], "reporterCode": 999, "reporterISO": "ZZZ"})
    return _envelope(rows[: state.caps[access]])


def _rows(asked: Asked, state: State, *, keyed: bool) -> Iterator[dict[str, Any]]:
    reporters = _asked_for(asked, "reporterCode", [code for code in by_code() if code])
    partners = _asked_for(asked, "partnerCode", by_code())
    newest = YEARS[-1] + state.release
    periods = [int(year) for year in asked.param("period", str(newest)).split(",") if year.isdecimal()]
    flows = asked.param("flowCode", "M,X").split(",")
    for reporter, year, partner, flow in product(reporters, periods, partners, flows):
        if reporter == partner or flow not in ("M", "X") or not has_reported(reporter, year, state.release):
            continue
        for product_code, value in _products(asked.param("cmdCode", "TOTAL"), reporter, partner, flow, year, state):
            for customs, transport in _breakdowns(asked, reporter):
                total = (customs, transport) == BREAKDOWN[0]
                part = value if total else value // len(BREAKDOWN)
                row = _row(reporter, partner, flow, year, product_code, float(part) if keyed else part)
                row |= {"customsCode": customs, "motCode": transport}
                if asked.param("includeDesc").lower() != "true":
                    row |= {name: None for name in row if name.endswith(("Desc", "ISO", "Abbr"))}
                if state.mode == "missing_column":
                    del row["primaryValue"]
                yield row


def _asked_for(asked: Asked, name: str, otherwise: Iterable[int]) -> list[int]:
    """Codes of a parameter that exist; all of them, World included, when it is left out."""
    given = asked.param(name) or asked.param(name.lower())  # the publisher does not mind; its own client writes so
    codes = [int(code) for code in given.split(",") if code.isdecimal()] if given else list(otherwise)
    return [code for code in codes if code in by_code()]


def _breakdowns(asked: Asked, reporter: int) -> Iterator[tuple[str, int]]:
    detailed = chance("breakdown", reporter) < 0.5
    for customs, transport in BREAKDOWN if detailed else BREAKDOWN[:1]:
        if asked.param("customsCode", customs) == customs and asked.param("motCode", str(transport)) == str(transport):
            yield customs, transport


def _products(
    asked_for: str, reporter: int, partner: int, flow: str, year: int, state: State
) -> Iterator[tuple[str, int]]:
    """Products and their values in whole USD; lines add up to their chapter, and chapters to the total."""
    chapters = chapter_values(reporter, partner, flow, year, state.release)
    scaled = {chapter: round(value * state.scale) for chapter, value in chapters.items()}
    for code in asked_for.split(","):
        if code == "TOTAL":
            yield "TOTAL", sum(scaled.values())
        elif code in LEVELS:
            for chapter, value in scaled.items():
                yield from _lines(chapter, value, LEVELS[code])
        elif code[:2] in scaled and len(code) in LINES:
            yield from (line for line in _lines(code[:2], scaled[code[:2]], len(code)) if line[0] == code)


def _lines(chapter: str, value: int, digits: int) -> Iterator[tuple[str, int]]:
    endings = LINES[digits]
    shares = [value // len(endings)] * len(endings)
    shares[0] += value - sum(shares)
    for ending, share in zip(endings, shares, strict=True):
        if share:
            yield f"{chapter}{ending}", share


@cache
def by_code() -> dict[int, str]:
    """The publisher's codes and the ISO codes behind them; World is 0."""
    coded = {place.comtrade_code: place.iso3 for place in places().values() if place.comtrade_code is not None}
    return {**coded, 0: WORLD}


def has_reported(reporter: int, year: int, release: int) -> bool:
    """Whether a reporter has released a year; a few are a year late."""
    late = reporter not in (156, 586) and chance("late", reporter) < 0.15
    return reporter in by_code() and reporter != 0 and YEARS[0] <= year <= YEARS[-1] + release - late


def touched(reporter: int, year: int, release: int) -> int:
    """The last release that changed what a reporter has for a year: its first, or one of its revisions."""
    first = next((n for n in range(release + 1) if has_reported(reporter, year, n)), release)
    newest = YEARS[-1]
    changed = (
        n
        for n in range(first + 1, release + 1)
        if year > newest + n - 3 and (reporter in (156, 586) or chance("again", reporter, year, n) < 0.3)
    )
    return max(changed, default=first)


@cache
def chapter_values(reporter: int, partner: int, flow: str, year: int, release: int) -> dict[str, int]:
    """Value of each chapter in whole USD; a revision changes some of them."""
    names = by_code()
    total = recorded(names[reporter], names[partner], flow, year)
    shares = chapter_shares(names[reporter], names[partner], flow)
    values = {chapter: total * share for chapter, share in zip(CHAPTERS, shares, strict=True)}
    for number in range(1, release + 1):
        if touched(reporter, year, number) == number and has_reported(reporter, year, number - 1):
            for chapter in CHAPTERS:
                about = ("comtrade", number, reporter, partner, flow, year, chapter)
                if chance("revised", *about) < 0.2:
                    values[chapter] *= around(0.02, *about)
    return {chapter: round(value) for chapter, value in values.items() if round(value)}


def _row(reporter: int, partner: int, flow: str, year: int, product_code: str, value: float) -> dict[str, Any]:
    """One row, with the fields of a recorded one."""
    names, known = by_code(), places()
    imports = flow == "M"
    total = product_code == "TOTAL"
    return {
        "typeCode": "C",
        "freqCode": "A",
        "refPeriodId": year * 10_000 + 101,
        "refYear": year,
        "refMonth": 52,
        "period": str(year),
        "reporterCode": reporter,
        "reporterISO": names[reporter],
        "reporterDesc": known[names[reporter]].name,
        "flowCode": flow,
        "flowDesc": "Import" if imports else "Export",
        "partnerCode": partner,
        "partnerISO": "W00" if partner == 0 else names[partner],
        "partnerDesc": "World" if partner == 0 else known[names[partner]].name,
        "partner2Code": 0,
        "partner2ISO": "W00",
        "partner2Desc": "World",
        "classificationCode": "H6" if year >= 2022 else "H5" if year >= 2017 else "H4",
        "classificationSearchCode": "HS",
        "isOriginalClassification": True,
        "cmdCode": product_code,
        "cmdDesc": "All Commodities" if total else f"Goods of {product_code}",
        "aggrLevel": 0 if total else len(product_code),
        "isLeaf": len(product_code) == 6,
        "customsCode": "C00",
        "customsDesc": "TOTAL CPC",
        "mosCode": "0",
        "motCode": 0,
        "motDesc": "TOTAL MOT",
        "qtyUnitCode": -1,
        "qtyUnitAbbr": "N/A",
        "qty": 0,
        "isQtyEstimated": False,
        "altQtyUnitCode": -1,
        "altQtyUnitAbbr": "N/A",
        "altQty": 0,
        "isAltQtyEstimated": False,
        "netWgt": 0 if total else round(value / 2),
        "isNetWgtEstimated": total,
        "grossWgt": 0,
        "isGrossWgtEstimated": False,
        "cifvalue": value if imports else None,
        "fobvalue": None if imports else value,
        "primaryValue": value,
        "legacyEstimationFlag": 4 if total else 0,
        "isReported": False if total else chance("isReported", reporter) < 0.5,
        "isAggregate": total or len(product_code) < 6,
    }


def _availability(asked: Asked, kind: str, frequency: str, state: State) -> Reply:
    """``getDa``: one row for each reporter and year that was released."""
    if (kind, frequency) != ("C", "A"):
        return _envelope([])
    reporters = _asked_for(asked, "reporterCode", by_code())
    wanted = asked.param("period")
    years = [int(year) for year in wanted.split(",")] if wanted else range(YEARS[0], YEARS[-1] + state.release + 1)
    return _envelope(
        [
            _release(reporter, year, state)
            for reporter, year in product(reporters, years)
            if has_reported(reporter, year, state.announced)
        ]
    )


def _release(reporter: int, year: int, state: State) -> dict[str, Any]:
    names = by_code()
    last = touched(reporter, year, state.announced)
    checksum = int.from_bytes(hashlib.blake2b(f"{reporter}{year}{last}".encode(), digest_size=4).digest(), "big")
    first = datetime(year + 1, 6, 1, 15, 56, 35, 400_000)
    released = first + timedelta(days=30 * last)
    return {
        "datasetCode": int(f"2{reporter:03d}{year}01"),
        "typeCode": "C",
        "freqCode": "A",
        "period": year,
        "reporterCode": reporter,
        "reporterISO": names[reporter],
        "reporterDesc": places()[names[reporter]].name,
        "classificationCode": "H6" if year >= 2022 else "H5" if year >= 2017 else "H4",
        "classificationSearchCode": "HS",
        "isOriginalClassification": True,
        "isExtendedFlowCode": False,
        "isExtendedPartnerCode": False,
        "isExtendedPartner2Code": False,
        "isExtendedCmdCode": False,
        "isExtendedCustomsCode": False,
        "isExtendedMotCode": False,
        "totalRecords": 1000 + reporter,
        "datasetChecksum": checksum,
        "firstReleased": first.isoformat(timespec="milliseconds"),
        "lastReleased": released.isoformat(timespec="milliseconds"),
    }


def _reporters() -> Reply:
    """The list of reporters, with the expired Pakistan that has the ISO code of today's."""
    rows = [
        {"id": code, "text": places()[iso3].name, "reporterCode": code, "reporterCodeIsoAlpha3": iso3, "isGroup": False}
        for code, iso3 in by_code().items()
        if code
    ]
    rows.append(
        {
            "id": 588,
            "text": "East and West Pakistan (...1971)",
            "reporterCode": 588,
            "reporterCodeIsoAlpha3": "PAK",
            "entryExpiredDate": "1971-12-31T00:00:00",
            "isGroup": False,
        }
    )
    return json_reply({"results": rows}, content_type=JSON, headers={"ETag": '"0x8DDA3D7FA42F612"'})
