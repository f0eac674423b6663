"""What each researched figure measures, as a row of the published-figures layout. Used by ``build_bundle.py``.

One small function per dataset, because every publisher prints its tables in its own way: which flow, which valuation,
which product code, what "FY2026 Jul-Mar" means. A value's text is never touched here. A figure that must not go into
the bundle raises ``LeftOut`` with the reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

Figure = Mapping[str, str]
Row = dict[str, str]

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
BY_HAND = "; hand-transcribed from a page page"  # true of the whole source: its citation says it
LAST_MONTH_OF_SHEET, LAST_WEEK_OF_SHEET = "2026-02", "2026-04-10"  # forex.pdf of April 2026
VALUATION = {"export": "FOB", "import": "CIF"}


class LeftOut(Exception):
    """This figure does not go into the bundle; the message says why."""


def shape(dataset: str, figure: Figure, definitions: Mapping[tuple[str, str], str]) -> Row:
    """``figure`` (a row of the research files) as a row of the published-figures layout, without its citation.

    Raises:
        LeftOut: the figure has no period, or is not what its publisher published.
        ValueError: a period or a label that is not understood.
    """
    frequency, period = period_of(figure["frequency"], figure["period"])
    row: Row = {
        "reporter_iso3": figure["reporter_iso3"],
        "partner_iso3": figure["partner_iso3"],
        "product": "",
        "flow": "",
        "definition": definitions.get((dataset, figure["indicator_or_hs"]), ""),
        "basis": "",
        "valuation": "",
        "frequency": frequency,
        "period": period,
        "period_label": figure["period"],
        "value": figure["value"],
        "unit": figure["unit"],
        "is_provisional": "false",
        "is_estimated": "false",
        "note": "",
    }
    row.update(SHAPES[dataset](figure))
    if not row["definition"]:
        raise ValueError(f"{dataset}: no definition for {figure['indicator_or_hs']!r}")
    return row


def period_of(frequency: str, label: str) -> tuple[str, str]:
    """The frequency and the period of a printed label.

    ``FY2026 Jul-Mar`` is July 2025 to March 2026: fiscal years are named by their end. A quarter takes the name of the
    calendar's, a cumulated figure that of its last month, a stock at the end of a fiscal year that of its June.
    """
    if not label:
        raise LeftOut("it has no period")
    if frequency == "project":
        return "A", label
    if end_of_june := re.fullmatch(r"FY(\d{4}) end-Jun", label):
        return "M", f"{end_of_june[1]}-06"
    if frequency.startswith("A-FY"):
        return "FY", label
    if frequency not in ("YTD", "Q"):
        return frequency, label
    printed = re.fullmatch(r"(FY)?(\d{4}) (?:[A-Z][a-z]{2}-)?([A-Z][a-z]{2})", label)
    if printed is None:
        raise ValueError(f"period {label!r} of frequency {frequency} is not understood")
    month = MONTHS.index(printed[3]) + 1
    year = int(printed[2]) - (1 if printed[1] and month >= 7 else 0)
    return (frequency, f"{year}-{month:02d}") if frequency == "YTD" else ("Q", f"{year}-Q{month // 3}")


def china_customs(figure: Figure) -> Row:
    """Exports FOB, imports CIF, and their sum; every first print is provisional until the year is revised."""
    flow = "total" if figure["flow"] == "exports+imports" else figure["flow"]
    total_of_year = figure["frequency"] == "A"
    return {
        "product": "TOTAL",
        "flow": flow,
        "definition": "goods_trade",
        "basis": "customs",
        "valuation": VALUATION.get(flow, ""),
        "is_provisional": "true",
        "note": "December's cumulated figure is the calendar year's" if total_of_year else "",
    }


def trade_by_country(figure: Figure) -> Row:
    """Receipts and payments through banks; both FOB. The newest month, and the sum up to it, are marked (P)."""
    export = figure["flow"] == "export"
    newest = {"SBP release Apr-2026": "2026-03", "SBP Jul-May FY26": "2026-05", "SBP Jul-Apr FY26": "2026-04"}
    marked = newest[figure["vintage_or_release"].split(" (")[0]]
    _, period = period_of(figure["frequency"], figure["period"])
    return {
        "product": "TOTAL",
        "flow": figure["flow"],
        "definition": "export_receipts" if export else "import_payments",
        "basis": "payments",
        "valuation": "FOB",
        "is_provisional": "true" if period == marked else "false",
    }


def liquid_reserves(figure: Figure) -> Row:
    """Every level is printed under the heading "1/ Provisional"; the State Bank's own sheet outranks a second reading.

    A dashboard's file gives months again that the sheet of April 2026 gives. They agree but for 2025-06 (held by the
    State Bank 14505.8, not 14506.1), 2025-12 (banks 4784.8, not 4692.8) and 2026-02 (banks 4761.5, not 4894.1), and the
    file does not say when it took its values: which of the two is the revision is not known.
    """
    second_hand = "via dashboard JSON" in figure["dataset"]
    sheet_covers = {"M": LAST_MONTH_OF_SHEET, "W": LAST_WEEK_OF_SHEET}
    if second_hand and figure["period"] <= sheet_covers.get(figure["frequency"], ""):
        raise LeftOut("a second reading of a level that the State Bank's own sheet gives")
    return {"is_provisional": "true"}


def balance_of_payments(figure: Figure) -> Row:
    """Goods by month (flow export, import, balance), or a line of the BPM6 summary, whose printed label is kept."""
    if figure["indicator_or_hs"] == "TOTAL":
        return {
            "product": "TOTAL",
            "flow": figure["flow"],
            "definition": "goods_trade",
            "basis": "payments",
            "valuation": "" if figure["flow"] == "balance" else "FOB",
            "is_provisional": "true" if "provisional" in figure["vintage_or_release"] else "false",
            "note": "revised (R)" if "revised" in figure["vintage_or_release"] else "",
        }
    printed = re.sub(r" \[\d\]$", "", figure["indicator_or_hs"])
    return {"basis": "payments", "valuation": "FOB" if printed.endswith(" FOB") else "", "note": printed}


def services_ebops(figure: Figure) -> Row:
    """Credit is what was exported, debit what was imported. Product codes are those of EBOPS 2010, 'S' for all."""
    printed = figure["indicator_or_hs"]
    numbered = re.match(r"(\d+(?:\.\d+)*)\.? ", printed)
    code = {"Services": "S", "Telecommunications, computer and information services": "9"}.get(printed)
    if code is None and numbered is None:
        raise ValueError(f"services: no code in {printed!r}")
    _, period = period_of(figure["frequency"], figure["period"])
    return {
        "product": f"EBOPS:{code or numbered[1]}",  # type: ignore[index]
        "flow": {"credit": "export", "debit": "import", "net": "balance"}[figure["flow"]],
        "definition": f"services_{figure['flow']}",
        "basis": "payments",
        "is_provisional": "true" if period == "2026-03" else "false",
        "note": printed,
    }


def exchange_rates(figure: Figure) -> Row:
    """Monthly averages as published, and means of years that say they are ours; a reciprocal is an estimate."""
    note = figure["note"].replace(" (hand-transcribed from a page page)", ", transcribed by hand").removesuffix("; ")
    return {"note": note, "is_estimated": "true" if note.startswith("derived:") else "false"}


def foreign_investment(figure: Figure) -> Row:
    """Direct investment by the investor's country; the figures of fiscal year 2026 are marked (P)."""
    what = figure["flow"].removeprefix("FDI ")
    _, period = period_of(figure["frequency"], figure["period"])
    return {
        "flow": what,
        "definition": f"fdi_{what}",
        "basis": "payments",
        "is_provisional": "true" if period == "2026-03" else "false",
    }


def students(figure: Figure) -> Row:
    """The host reports: students in China (reporter) by country of origin (partner)."""
    return {"flow": figure["flow"], "unit": {"students": "persons"}[figure["unit"]]}


def wits(figure: Figure) -> Row:
    """Totals and product groups with the partner, and shares of the reporter's total in percent."""
    product = figure["indicator_or_hs"]
    share = {"PARTNER_SHARE": "partner_share"}.get(product, "product_share" if "percent" in figure["unit"] else "")
    return {
        "product": "TOTAL" if product == "PARTNER_SHARE" else product,
        "flow": figure["flow"],
        "definition": share or "goods_trade",
        "basis": "customs",
        "valuation": VALUATION[figure["flow"]],
    }


def oec(figure: Figure) -> Row:
    """Reconciled by third parties: an estimate of what neither side reported in that form; valuation not stated."""
    return {
        "product": "TOTAL",
        "flow": figure["flow"],
        "definition": "goods_trade",
        "basis": "customs",
        "is_estimated": "true",
    }


def two_way_totals(figure: Figure) -> Row:
    """Exports and imports together; neither is known alone."""
    return {"product": "TOTAL", "flow": "total", "definition": "goods_trade", "basis": "customs"}


def solar_exports(figure: Figure) -> Row:
    """Value in USD and capacity in MW by HS8 line; the kind (panels, cells, wafers) is the note."""
    code, kind = figure["indicator_or_hs"].split(" ", 1)
    measure = {"USD": "solar_exports_value", "MW": "solar_exports_capacity"}[figure["unit"]]
    return {
        "product": code.removeprefix("HS"),
        "flow": "export",
        "definition": measure,
        "basis": "customs",
        "is_estimated": "true" if figure["unit"] == "MW" else "false",
        "note": kind,
    }


def commitments(figure: Figure) -> Row:
    """Official finance of China (reporter) to the recipient (partner), by the kind of its flow."""
    return {
        "product": figure["indicator_or_hs"],
        "flow": figure["flow"],
        "definition": "official_finance_commitments",
    }


def power_plants(figure: Figure) -> Row:
    """One plant and its capacity, investment or debt, in the year in which it was commissioned."""
    identity, name, fuel, finance = (part.strip() for part in figure["indicator_or_hs"].split("|"))
    known = dict(re.findall(r"(equity|debt year): ([^;]+)", figure["note"]))
    said = [name if name != "nan" else "unnamed", fuel, f"finance: {finance.lower()}"]
    if (investor := known["equity"].strip()) != "nan":
        said.append(f"equity of {investor}")
    if (year := known["debt year"]) != "nan":
        said.append(f"debt of {int(float(year))}")
    measure, unit = {
        "MW": ("power_plant_capacity", "MW"),
        "USD million": ("power_plant_investment", "USD million"),
        "USD million (debt)": ("power_plant_debt", "USD million"),
    }[figure["unit"]]
    return {"product": identity, "flow": figure["flow"], "definition": measure, "unit": unit, "note": "; ".join(said)}


def baci(figure: Figure) -> Row:
    """Chapters as two digits, Lall's classes as LALL:…; reconciled, so an estimate."""
    product = re.sub(r"^HS(?=\d)", "", figure["indicator_or_hs"])
    return {
        "product": product,
        "flow": "export",
        "definition": "goods_trade",
        "basis": "customs",
        "valuation": "FOB",
        "is_estimated": "true",
    }


def exports_by_commodity(figure: Figure) -> Row:
    """Value in PKR thousand and quantity in the line's own unit, by HS8 line."""
    quantity = figure["flow"] == "export quantity"
    return {
        "product": figure["indicator_or_hs"].removeprefix("HS"),
        "flow": "export",
        "definition": "goods_quantity" if quantity else "goods_trade",
        "basis": "customs",
        "valuation": "" if quantity else "FOB",
        "note": figure["note"].replace(BY_HAND, ""),
    }


def textile_exports(figure: Figure) -> Row:
    """Groups of the Bureau's own list; 'PBS:Total Textile & Clothing' is their sum."""
    return {
        "product": figure["indicator_or_hs"],
        "flow": "export",
        "definition": "goods_trade",
        "basis": "customs",
        "valuation": "FOB",
    }


SHAPES: Mapping[str, Callable[[Figure], Row]] = {
    "aiddata.commitments": commitments,
    "cepii_baci.world_exports": baci,
    "china_customs.trade_by_country": china_customs,
    "china_moe.students": students,
    "ember.solar_exports": solar_exports,
    "federal_reserve.exchange_rates": exchange_rates,
    "oec.reconciled_imports": oec,
    "pakistan_bureau_of_statistics.exports_by_commodity": exports_by_commodity,
    "pakistan_bureau_of_statistics.textile_exports": textile_exports,
    "state_bank_pakistan.balance_of_payments": balance_of_payments,
    "state_bank_pakistan.exchange_rates": exchange_rates,
    "state_bank_pakistan.foreign_investment": foreign_investment,
    "state_bank_pakistan.liquid_reserves": liquid_reserves,
    "state_bank_pakistan.services_ebops": services_ebops,
    "state_bank_pakistan.trade_by_country": trade_by_country,
    "un_comtrade.two_way_totals": two_way_totals,
    "world_bank_wits.trade_summary": wits,
    "wri_cofi.power_plants": power_plants,
}
