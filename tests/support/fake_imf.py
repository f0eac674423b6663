"""The IMF's SDMX 2.1 service, as client code, probes and a recorded file describe it.

Only CSV is given, and only to who asks for it by Accept. A key that matches nothing is answered with a header and
nothing else. Rows carry full US dollars although SCALE says 6.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import product

from tests.support.figures import around, chance, gdp, per_usd, places, recorded, revised
from tests.support.loopback import Asked, Reply, json_reply
from tests.support.state import State

CSV = "application/vnd.sdmx.data+csv;version=2.0.0"
FIRST_YEAR = 2015
LAST_MONTH = 2026 * 12 + 5  # June 2026, counted from the year 0
TAIL = (
    "DERIVATION_TYPE",
    "OVERLAP",
    "STATUS",
    "DOI",
    "FULL_DESCRIPTION",
    "AUTHOR",
    "PUBLISHER",
    "DEPARTMENT",
    "CONTACT_POINT",
    "TOPIC",
    "TOPIC_DATASET",
    "KEYWORDS",
    "KEYWORDS_DATASET",
    "LANGUAGE",
    "PUBLICATION_DATE",
    "UPDATE_DATE",
    "METHODOLOGY",
    "METHODOLOGY_NOTES",
    "ACCESS_SHARING_LEVEL",
    "ACCESS_SHARING_NOTES",
    "SECURITY_CLASSIFICATION",
    "SOURCE",
    "SHORT_SOURCE_CITATION",
    "FULL_SOURCE_CITATION",
    "LICENSE",
    "SUGGESTED_CITATION",
    "KEY_INDICATOR",
    "SERIES_NAME",
)


@dataclass(frozen=True)
class Flow:
    """A dataflow: its dimensions in the order of its key, and the codes that an empty part of a key stands for."""

    version: str
    dimensions: tuple[str, ...]
    codes: tuple[tuple[str, ...], ...]
    columns: tuple[str, ...] = ()


FLOWS = {
    "IMTS": Flow(
        "1.0.0",
        ("COUNTRY", "INDICATOR", "COUNTERPART_COUNTRY", "FREQUENCY"),
        ((), ("XG_FOB_USD", "MG_CIF_USD", "TBG_USD"), (), ("M", "Q", "A")),
        ("TRADE_FLOW", "VALUATION", "UNIT"),
    ),
    "IL": Flow(
        "13.0.1",
        ("COUNTRY", "INDICATOR", "UNIT", "FREQUENCY"),
        ((), ("RXF11_REVS", "TRGNV_REVS", "TRGMV_REVS", "RXF11FX_REVS"), ("USD",), ("M", "Q", "A")),
    ),
    "BOP": Flow(
        "21.0.0",
        ("COUNTRY", "BOP_ACCOUNTING_ENTRY", "INDICATOR", "UNIT", "FREQUENCY"),
        ((), ("CD_T", "DB_T", "NETCD_T"), ("SI", "S", "G", "GS"), ("USD",), ("Q", "A")),
    ),
    "ER": Flow(
        "4.0.1",
        ("COUNTRY", "INDICATOR", "TYPE_OF_TRANSFORMATION", "FREQUENCY"),
        ((), ("XDC_USD",), ("PA_RT", "EOP_RT"), ("M", "Q", "A")),
    ),
}


def answer(asked: Asked, path: str, state: State) -> Reply:
    """Answer ``/data/IMF.STA,{flow}/{key}``; anything else is unknown."""
    match path.strip("/").split("/"):
        case ["data", flowref, key]:
            name = flowref.split(",")[1] if "," in flowref else flowref
            return _data(asked, name, key, state)
    return _error(404, 40400, f"No such dataflow found: {path}")


def _error(status: int, code: int, message: str) -> Reply:
    body = {"status": status, "code": code, "message": message, "devMessage": None, "correlationId": "0"}
    return json_reply(body, status=status)


def _data(asked: Asked, name: str, key: str, state: State) -> Reply:
    flow = FLOWS.get(name)
    if flow is None or state.mode == "error_envelope":
        return _error(404, 40400, f"No such dataflow found: IMF.STA:{name}")
    parts = key.split(".")
    if len(parts) > len(flow.dimensions):
        return _error(400, 40000, f"Not enough key values in query, expecting {len(flow.dimensions)}")
    if "csv" not in asked.headers.get("accept", ""):
        return Reply(b"<message:StructureSpecificData/>", content_type="application/vnd.sdmx.structurespecificdata+xml")
    wanted = [part.split("+") if part else [] for part in parts] + [[]] * (len(flow.dimensions) - len(parts))
    rows = [] if state.mode == "empty" else list(_rows(asked, name, flow, wanted, state))
    if state.mode == "duplicate_rows":
        rows = [row for row in rows for _ in range(2)]
    if state.mode == "unknown_country" and rows:
        rows.append({**rows[0], "COUNTRY": "ZZZ"})
    if name == "IMTS" and rows:
        rows.append(_metadata_only(rows[0]))
    return Reply(_written(_header(flow, state), rows), content_type=CSV)


def _header(flow: Flow, state: State) -> list[str]:
    measures = ["TIME_PERIOD", "OBS_VALUE", "SCALE", "PRECISION", "DECIMALS_DISPLAYED"]
    if state.mode == "missing_column":
        measures.remove("OBS_VALUE")
    return ["DATAFLOW", *flow.dimensions, *measures, *flow.columns, *TAIL]


def _written(header: Sequence[str], rows: Sequence[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, header, restval="", extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def _metadata_only(row: dict[str, str]) -> dict[str, str]:
    """A row that recorded files have at their end: a series that exists, without country, period and value."""
    kept = ("DATAFLOW", "PUBLISHER", "LANGUAGE", "PUBLICATION_DATE", "UPDATE_DATE", "LICENSE", "KEY_INDICATOR")
    return {
        **{name: row[name] for name in kept},
        "INDICATOR": "MG_FOB_USD",
        "TRADE_FLOW": "MG",
        "VALUATION": "FOB",
        "UNIT": "USD",
        "SERIES_NAME": "Imports of goods, Free on board (FOB), US dollar",
    }


def _rows(
    asked: Asked, name: str, flow: Flow, wanted: Sequence[Sequence[str]], state: State
) -> Iterator[dict[str, str]]:
    countries = {place.imf_code: iso3 for iso3, place in places().items() if place.imf_code}
    known = [set(codes) or countries.keys() for codes in flow.codes]
    chosen = [
        [code for code in codes if code in allowed] if codes else sorted(allowed)
        for codes, allowed in zip(wanted, known, strict=True)
    ]
    for series in product(*chosen):
        codes = dict(zip(flow.dimensions, series, strict=True))
        if codes["COUNTRY"] == "G001" or codes["COUNTRY"] == codes.get("COUNTERPART_COUNTRY"):
            continue
        iso3 = {column: countries.get(code, code) for column, code in codes.items()}
        for label, months in _periods(asked, codes["FREQUENCY"], state):
            value = sum(_value(name, iso3, month, state) for month in months)
            if name in ("IL", "ER"):
                value /= len(months)
            yield _row(name, flow, codes, label, value * state.scale, state)


def _row(name: str, flow: Flow, codes: dict[str, str], label: str, value: float, state: State) -> dict[str, str]:
    stamp = _stamp(state)
    row = {
        "DATAFLOW": f"IMF.STA:{name}({flow.version})",
        **codes,
        "TIME_PERIOD": label,
        "OBS_VALUE": repr(round(value, 8)) if value % 1 else str(int(value)),
        "SCALE": "0" if name == "ER" else "6",
        "DERIVATION_TYPE": "O",
        "OVERLAP": "OL",
        "PUBLISHER": "IMF",
        "DEPARTMENT": "STA",
        "LANGUAGE": "EN",
        "PUBLICATION_DATE": stamp,
        "UPDATE_DATE": stamp,
        "ACCESS_SHARING_LEVEL": "PUBLIC_OPEN",
        "SECURITY_CLASSIFICATION": "PUB",
        "LICENSE": "© International Monetary Fund Copyright. All Rights Reserved.",
        "SUGGESTED_CITATION": f"International Monetary Fund. {name}. Accessed on [current date].",
        "KEY_INDICATOR": "true",
    }
    if name == "IMTS":
        trade_flow, valuation, unit = [*codes["INDICATOR"].split("_"), ""][:3]
        row |= {"TRADE_FLOW": trade_flow, "VALUATION": valuation if unit == "USD" else "", "UNIT": "USD"}
    return row


def _stamp(state: State) -> str:
    """UPDATE_DATE of the whole flow: a release each month."""
    year, month = divmod(2026 * 12 + 7 + state.announced, 12)
    return f"{year}-{month + 1:02d}-05T23:36:59.603105500Z"


def _periods(asked: Asked, frequency: str, state: State) -> Iterator[tuple[str, list[int]]]:
    """Label and months (counted from the year 0) of each period that is complete and within what was asked for."""
    length = {"M": 1, "Q": 3, "A": 12}[frequency]
    since = _month(asked.param("startPeriod"), FIRST_YEAR * 12)
    until = _month(asked.param("endPeriod"), LAST_MONTH + state.release)
    first = max(since, FIRST_YEAR * 12)
    periods = [
        start
        for start in range(first - first % length, min(until, LAST_MONTH + state.release) + 1, length)
        if start >= first and start + length - 1 <= LAST_MONTH + state.release
    ]
    last = asked.param("lastNObservations")
    for start in periods[-int(last) :] if last.isdecimal() else periods:
        year, month = divmod(start, 12)
        label = {"M": f"{year}-M{month + 1:02d}", "Q": f"{year}-Q{month // 3 + 1}", "A": str(year)}[frequency]
        yield label, list(range(start, start + length))


def _month(text: str, otherwise: int) -> int:
    """'2015', '2015-03', '2015-M03', '2015-Q2' or a date as months from the year 0."""
    year, _, rest = text.partition("-")
    if not year.isdecimal():
        return otherwise
    if rest.startswith("Q"):
        return int(year) * 12 + 3 * int(rest[1:]) - 3
    digits = rest.removeprefix("M")[:2]
    return int(year) * 12 + (int(digits) - 1 if digits.isdecimal() else 0)


def _value(name: str, iso3: dict[str, str], month: int, state: State) -> float:
    """The invented figure of one month, USD or units of currency per USD."""
    country, indicator = iso3["COUNTRY"], iso3["INDICATOR"]
    year = month // 12
    if name == "ER":
        return per_usd(places()[country].currency, month / 12) * around(0.01, "er", country, month)
    if name == "IL":
        share = 0.02 + 0.15 * chance("il", country, indicator)
        value = gdp(country, year) * share * around(0.05, "il", country, indicator, month)
    elif name == "BOP":
        entry = iso3["BOP_ACCOUNTING_ENTRY"]
        if entry == "NETCD_T":
            return _bop(country, indicator, "CD_T", month) - _bop(country, indicator, "DB_T", month)
        value = _bop(country, indicator, entry, month)
    else:
        return _trade(country, iso3["COUNTERPART_COUNTRY"], indicator, month, state)
    recent = month > LAST_MONTH + state.release - 12
    return revised(value, state.release, name, *iso3.values(), month) if recent else value


def _bop(country: str, indicator: str, entry: str, month: int) -> float:
    share = 0.02 * chance("bop", country, indicator, entry)
    return gdp(country, month // 12) * share / 12 * around(0.1, "bop", country, indicator, entry, month)


def _trade(country: str, counterpart: str, indicator: str, month: int, state: State) -> float:
    if indicator == "TBG_USD":
        exports = _trade(country, counterpart, "XG_FOB_USD", month, state)
        return exports - _trade(country, counterpart, "MG_CIF_USD", month, state)
    flow = "X" if indicator == "XG_FOB_USD" else "M"
    about = (country, counterpart, flow, month)
    value = recorded(country, counterpart, flow, month // 12) / 12 * around(0.15, "month", *about)
    recent = month > LAST_MONTH + state.release - 12
    return revised(value, state.release, "imts", *about) if recent else value
