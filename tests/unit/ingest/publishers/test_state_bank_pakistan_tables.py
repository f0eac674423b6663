"""The State Bank's tables: each layout and each trap on cells of the real shape; the real files where they are."""

from __future__ import annotations

import csv
import os
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import ContractError
from orchestration.ingest.publishers.published_figures import CONTRACT
from orchestration.ingest.publishers.state_bank_pakistan_files import PARSERS
from orchestration.ingest.publishers.state_bank_pakistan_tables import payments_of, reserves_of, services_of
from orchestration.seeds import names_in_state_bank_tables
from tests.support.state_bank_files import RESERVES_HEADING, payments, services

WHERE = "state_bank_pakistan test"
RECORDED = os.environ.get("KARAKORAM_RECORDED")
needs_recorded = pytest.mark.skipif(not RECORDED, reason="KARAKORAM_RECORDED names no folder of real files")


def points(rows: list[dict[str, Any]], *columns: str) -> dict[tuple[Any, ...], float]:
    """Values by the columns given, after the contract of published figures was kept."""
    table = CONTRACT.table(rows, WHERE)
    CONTRACT.check(table, WHERE)
    found = table.to_pylist()
    return {tuple(row[column] for column in columns): row["value"] for row in found}


# ---- liquid reserves -------------------------------------------------------------------------------------------------

RESERVES = (
    *RESERVES_HEADING,
    "2023-24R 9,389.6                    4,606.7                      13,996.3             ",
    "2024-25 R 14,506.1                    4,763.4                      19,269.5",
    "MONTH-END LEVELS1/",
    "Jun\u00a025 R 14,506.1 4,763.4 19,269.5",
    "Feb 26 16,298.7 4,894.1 21,192.8",
    "WEEK-END LEVELS1/",
    "19-Mar-26 16,375.8 5,360.2 21,736.0",
    "3-Apr-26 16,400.3 5,494.6 21,894.9",
    "1/ Provisonal",
    "Phone +9221-3245-3487",
)


def test_reserves_by_holder_at_the_ends_of_weeks_months_and_fiscal_years() -> None:
    rows = reserves_of("\n".join(RESERVES), WHERE)
    found = points(rows, "definition", "frequency", "period")
    assert len(found) == 3 * 5, "June 2025 stands twice and is one point"
    june = {definition: found[definition, "M", "2025-06"] for definition in ("sbp_held_net", "banks_held")}
    assert june == {"sbp_held_net": 14_506.1, "banks_held": 4_763.4}
    assert found["total_liquid", "M", "2025-06"] == 19_269.5
    assert found["total_liquid", "M", "2024-06"] == 13_996.3
    assert found["sbp_held_net", "W", "2026-04-03"] == 16_400.3
    assert {row["unit"] for row in rows} == {"USD million"}
    assert all(row["is_provisional"] for row in rows), "the footnote says so of all of them"
    labels = {row["period"]: (row["period_label"], row["note"]) for row in rows}
    assert labels["2025-06"] == ("FY2025 end-Jun; 2025-06", "R (revised)")
    assert labels["2026-02"] == ("2026-02", None)


def edited(old: str, new: str) -> str:
    text = "\n".join(RESERVES)
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (edited("LIQUID FOREIGN EXCHANGE RESERVES", "EXCHANGE RATES"), "this is not the table of liquid reserves"),
        (edited("(MILLION US$)", "(BILLION US$)"), "this is not the table of liquid reserves"),
        (edited("WITH SBP NET RESERVES WITH BANKS", "WITH BANKS NET RESERVES WITH SBP"), "the columns are not those"),
        (edited("5,494.6", "5,949.6"), "the holders do not add up to the total"),
        (edited("3-Apr-26", "31-Apr-26"), "a day that is in no calendar"),
        (edited("3-Apr-26", "Apr 3, 26"), "a line of reserves cannot be dated"),
        (edited("2023-24R", "2023-25R"), "a line of reserves cannot be dated"),
        (edited("Jun\u00a025 R 14,506.1 4,763.4 19,269.5", "Jun 25 14,506.0 4,763.5 19,269.5"), "has two values"),
        ("\n".join(RESERVES[:7]), "the table has no weeks"),
    ],
)
def test_reserves_that_cannot_be_right_are_refused(text: str, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        reserves_of(text, WHERE)


# ---- payments by country ---------------------------------------------------------------------------------------------

NAMES = {"china": "CHN", "burkina faso": "BFA", "u. s. a.": "USA", "other countries": ""}
LINES: list[tuple[str, list[float]]] = [
    ("Burkina Faso ", [1.0, 2.0, 0.0, 0.5, 0.25, 1.5, 1.0]),
    ("China", [2_709_900.8034, 2_477_751.0022, 180_615.0066, 225_568.6209, 252_332.7436, 1_879_390.4141, 1_945_051.5]),
    ("U.\u00a0S. A.", [5_444_196.8, 6_031_776.7, 531_953.7, 466_723.8, 477_275.4, 4_543_939.8, 4_634_191.2]),
    ("Other Countries", [10.0, 20.0, 30.0, 40.0, 50.0, 60.0, 70.0]),
]


def test_payments_by_country_and_what_each_column_covers() -> None:
    rows = payments_of(payments("export", LINES), NAMES, WHERE)
    found = points(rows, "partner_iso3", "frequency", "period")
    assert len(found) == 4 * 7, "three countries and the world; the line of no country is left out"
    china = {key[1:]: value for key, value in found.items() if key[0] == "CHN"}
    assert china == {
        ("FY", "FY2024"): 2_709_900.8034,
        ("FY", "FY2025"): 2_477_751.0022,
        ("M", "2025-03"): 180_615.0066,
        ("M", "2026-02"): 225_568.6209,
        ("M", "2026-03"): 252_332.7436,
        ("YTD", "2025-03"): 1_879_390.4141,
        ("YTD", "2026-03"): 1_945_051.5,
    }
    assert found["BFA", "M", "2025-03"] == 0, "a printed zero is a zero"
    assert found["WLD", "FY", "FY2024"] == pytest.approx(1.25 * sum(values[0] for _, values in LINES))
    assert {(row["unit"], row["basis"], row["valuation"], row["flow"], row["definition"]) for row in rows} == {
        ("USD thousand", "payments", "FOB", "export", "export_receipts")
    }
    provisional = {row["period_label"] for row in rows if row["is_provisional"]}
    assert provisional == {"2026-03", "FY2026 Jul-Mar"}, "P stands in either row of the header"


def test_import_payments_and_another_unit_say_so() -> None:
    rows = payments_of(payments("import", LINES, unit="(Million US Dollar)"), NAMES, WHERE)
    assert {(row["unit"], row["flow"], row["definition"]) for row in rows} == {
        ("USD million", "import", "import_payments")
    }


def test_in_june_the_year_so_far_is_the_fiscal_year() -> None:
    cells = payments(
        "export",
        LINES,
        spans=("Jul-Jun", "", "Jun (R)", "May (R)", "Jun (P)", "Jul-Jun", ""),
        years=("FY24", "FY25", "FY25", "FY26", "FY26", "FY25 (R)", "FY26 (P)"),
    )
    found = points(payments_of(cells, NAMES, WHERE), "partner_iso3", "frequency", "period")
    china = {key[1:]: value for key, value in found.items() if key[0] == "CHN"}
    assert {key for key in china if key[0] != "M"} == {("FY", "FY2024"), ("FY", "FY2025"), ("FY", "FY2026")}
    assert china["FY", "FY2025"] == 1_879_390.4141, "the later column counts"


def test_in_july_the_month_before_belongs_to_the_former_fiscal_year() -> None:
    cells = payments(
        "export",
        LINES,
        spans=("Jul-Jun", "", "Jul", "Jun (R)", "Jul (P)", "Jul-Jul", ""),
        years=("FY25", "FY26", "FY26", "FY26", "FY27", "FY26", "FY27 (P)"),
    )
    months = {row["period"] for row in payments_of(cells, NAMES, WHERE) if row["frequency"] == "M"}
    assert months == {"2025-07", "2026-06", "2026-07"}


def changed(row: int, column: int, cell: Any) -> list[list[Any]]:
    cells = payments("export", LINES)
    cells[row][column] = cell
    return cells


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (changed(0, 0, "Workers' Remittances by Country"), "this is not a table of payments by country"),
        (changed(3, 3, "(Amount)"), "the sheet does not say its unit"),
        (changed(4, 0, "Sr."), "the sheet has no header"),
        (changed(4, 3, "March"), "a column cannot be dated"),
        (changed(5, 3, "2025"), "a column cannot be dated"),
        (changed(4, 4, "Mar (R)"), "a month is there twice"),
        (changed(5, 4, "FY25"), "the months do not go with the cumulated figures"),
        (changed(6, 0, "Upper Volta"), "countries under names that are not known.*Upper Volta"),
        (changed(7, 1, 2_609_900.8), "4 countries do not add up to their total"),
        (changed(7, 1, "2,709,900"), "a figure is not a number"),
        (changed(7, 1, None), "a figure is not a number"),
        (changed(13, 0, "Total"), "a total is missing"),
        ([], "this is not a table of payments by country"),
    ],
)
def test_payments_that_cannot_be_right_are_refused(cells: list[list[Any]], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        payments_of(cells, NAMES, WHERE)


# ---- services --------------------------------------------------------------------------------------------------------

HEADERS: tuple[Any, ...] = (
    datetime(2025, 2, 28),
    "Jan-26 (R)",
    "Feb-26 (P)",
    "Jul-Feb, FY25",
    "Jul-Feb, FY26 (P)",
)


def sides(*credits_and_debits: float) -> list[float]:
    pairs = zip(credits_and_debits[::2], credits_and_debits[1::2], strict=True)
    return [value for credit, debit in pairs for value in (credit, debit, credit - debit)]


TRAVEL = sides(70_901.0, 304_117.9, 110_571.6, 390_891.6, 103_780.3, 191_399.8, 498_280.6, 1e6, 640_901.6, 2e6)
COMPUTING = sides(306_294.0008, 3e4, 373_528.0768, 4e4, 363_809.9711, 44_118.0296, 2_486_619.9, 3e5, 2_974_293.0, 4e5)
FREELANCE = [100.0, "", 100.0, 110.0, "", 110.0, 120.0, "", 120.0, 130.0, "", 130.0, 140.0, "", 140.0]
ITEMS: list[tuple[str, list[Any]]] = [
    ("4. Travel", TRAVEL),
    ("9.\u00a0Telecommunications, Computer and information services", COMPUTING),
    ("9.2.5 Freelance of Computer and Information Services", FREELANCE),
]


def test_services_by_item_and_side() -> None:
    rows = services_of(services(ITEMS, headers=HEADERS), WHERE)
    found = points(rows, "product", "definition", "frequency", "period")
    assert found["EBOPS:9", "services_credit", "M", "2026-02"] == 363_809.9711
    assert found["EBOPS:9", "services_credit", "M", "2025-02"] == 306_294.0008, "a month that became a date"
    assert found["EBOPS:S", "services_credit", "YTD", "2026-02"] == pytest.approx(2_974_293.0 + 640_901.6)
    assert found["EBOPS:9", "services_net", "M", "2026-01"] == pytest.approx(333_528.0768)
    assert ("EBOPS:9.2.5", "services_debit", "M", "2026-02") not in found, "an empty cell is no zero"
    assert {row["unit"] for row in rows} == {"USD thousand"}
    assert {row["period_label"] for row in rows if row["is_provisional"]} == {"2026-02", "FY2026 Jul-Feb"}
    names = {row["product"]: row["note"] for row in rows}
    assert names["EBOPS:9"] == "9. Telecommunications, Computer and information services"
    flows = {row["definition"]: row["flow"] for row in rows}
    assert flows == {"services_credit": "export", "services_debit": "import", "services_net": "balance"}


def test_a_month_typed_without_care_is_read_as_the_one_that_the_sheet_lacks() -> None:
    """'Feb-25', typed in 2026, is stored as 25 February 2026; February 2026 stands in another column."""
    headers = (date(2026, 2, 25), *HEADERS[1:])
    rows = services_of(services(ITEMS, headers=headers), WHERE)
    assert {row["period"] for row in rows if row["frequency"] == "M"} == {"2025-02", "2026-01", "2026-02"}


def changed_services(row: int, column: int, cell: Any) -> list[list[Any]]:
    cells = services(ITEMS, headers=HEADERS)
    cells[row][column] = cell
    return cells


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        (services(ITEMS, headers=HEADERS)[:4], "the sheet has no header"),
        (services(ITEMS, headers=HEADERS, unit="(US$)"), "the sheet does not say its unit"),
        (services(ITEMS, headers=(datetime(2024, 2, 28), *HEADERS[1:])), "a column cannot be dated"),
        (services(ITEMS, headers=("Feb-24", *HEADERS[1:])), "the months do not go with the cumulated figures"),
        (services(ITEMS, headers=("February 25", *HEADERS[1:])), "a column cannot be dated"),
        (services(ITEMS, headers=("Feb-26", *HEADERS[1:])), "a month is there twice"),
        (services(ITEMS, headers=(*HEADERS[:3], "FY25", "FY26")), "no column says up to when"),
        (changed_services(4, 3, "Net"), "the columns are not those expected"),
        (changed_services(5, 1, "All services"), "there is no line of all services"),
        (changed_services(6, 2, 70_000.0), "2 items of 2025-02 do not add up to all services"),
        (changed_services(6, 2, "n.a."), "a figure is not a number"),
        (changed_services(7, 1, "4. Travel"), "item 4 comes twice"),
    ],
)
def test_services_that_cannot_be_right_are_refused(cells: list[list[Any]], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        services_of(cells, WHERE)


def test_net_is_credit_less_debit() -> None:
    wrong = [value + 5_000 if place % 3 == 2 else value for place, value in enumerate(TRAVEL)]
    with pytest.raises(ContractError, match=r"credit less debit of .* is not net"):
        services_of(services([("4. Travel", wrong)], headers=HEADERS), WHERE)


# ---- the real files --------------------------------------------------------------------------------------------------


def recorded(name: str) -> Path:
    return Path(str(RECORDED)) / "state_bank_pakistan" / name


def read(dataset: str, name: str) -> dict[tuple[Any, ...], float]:
    table = PARSERS[f"state_bank_pakistan.{dataset}"]([recorded(name).read_bytes()], name)
    return points(table.to_pylist(), "partner_iso3", "definition", "frequency", "period")


@needs_recorded
def test_the_real_table_of_reserves() -> None:
    found = read("liquid_reserves", "forex.pdf")
    june = [found[None, holder, "M", "2025-06"] for holder in ("sbp_held_net", "banks_held", "total_liquid")]
    assert june == [14_506.1, 4_763.4, 19_269.5]
    assert found[None, "total_liquid", "W", "2026-04-10"] == 20_524.5
    assert len(found) == 69


@needs_recorded
def test_the_real_tables_of_payments_by_country() -> None:
    exports = read("trade_by_country", "Export_Receipts_by_all_Countries.xls")
    imports = read("trade_by_country", "Import-Payments-by-All-Countries.xlsx")
    assert exports["CHN", "export_receipts", "FY", "FY2025"] == 2_477_751.0022
    assert imports["CHN", "import_payments", "FY", "FY2025"] == pytest.approx(16_312_579.3693, abs=1e-4)
    assert exports["CHN", "export_receipts", "M", "2026-03"] == 252_332.7436
    assert imports["WLD", "import_payments", "FY", "FY2025"] == pytest.approx(59_146_018.9593, abs=1e-4)


@needs_recorded
def test_the_real_table_of_services() -> None:
    """The sheet is there as a dump of its cells only: numbers and dates are made of the text again."""
    with recorded("dt_xls_EBOPS_sheet_dump.csv").open(encoding="utf-8", newline="") as file:
        cells = [[_cell(text) for text in row] for row in csv.reader(file)]
    found = points(services_of(cells, WHERE), "product", "definition", "frequency", "period")
    assert round(found["EBOPS:S", "services_credit", "M", "2026-02"], 1) == 812_245.7
    assert found["EBOPS:9", "services_credit", "M", "2026-02"] == 363_809.9711
    assert ("EBOPS:S", "services_credit", "M", "2025-02") in found


def _cell(text: str) -> Any:
    for read_as in (float, datetime.fromisoformat):
        try:
            return read_as(text)
        except ValueError:
            continue
    return text


def test_every_name_that_the_state_bank_prints_leads_somewhere() -> None:
    names = names_in_state_bank_tables()
    assert (names["china"], names["u. s. a."], names["russian federation"]) == ("CHN", "USA", "RUS")
    assert names["u. a. e. dubai"] == ""
    assert "world" not in names
