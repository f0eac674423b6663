"""Published figures: one strict layout; a slip of the hand is named by line and column."""

from __future__ import annotations

import pytest

from orchestration.errors import ContractError
from orchestration.ingest.publishers.published_figures import COLUMNS, CONTRACT, SOURCE, parse

WHERE = "office.figures"
HEADER = ",".join(COLUMNS)
ROW = {
    "reporter_iso3": "PAK",
    "partner_iso3": "CHN",
    "product": "TOTAL",
    "flow": "export",
    "definition": "export_receipts",
    "basis": "payments",
    "valuation": "FOB",
    "frequency": "YTD",
    "period": "2026-05",
    "period_label": "FY2026 Jul-May",
    "value": "2437.22",
    "unit": "USD million",
    "is_provisional": "true",
    "is_estimated": "false",
    "citation": "sbp-country-2026-06",
    "note": "",
}


def line(**changes: str) -> str:
    """One row of the layout; a field with a comma or a quote is quoted."""
    fields = {**ROW, **changes}.values()
    return ",".join('"' + text.replace('"', '""') + '"' if set(text) & set(',"\n') else text for text in fields)


def csv_of(*lines: str) -> list[bytes]:
    return ["\n".join([HEADER, *lines, ""]).encode()]


def refused(parts: list[bytes]) -> str:
    with pytest.raises(ContractError) as caught:
        parse(parts, WHERE)
    return str(caught.value)


def test_a_row_is_read_with_its_types() -> None:
    table = parse(csv_of(line()), WHERE)
    CONTRACT.check(table, WHERE)
    assert table.to_pylist() == [
        {**ROW, "value": 2437.22, "is_provisional": True, "is_estimated": False, "note": None},
    ]


def test_an_empty_field_is_null_where_that_has_a_meaning() -> None:
    nothing = dict.fromkeys(("partner_iso3", "product", "flow", "basis", "valuation", "note"), "")
    (row,) = parse(csv_of(line(**nothing)), WHERE).to_pylist()
    assert {row[column] for column in nothing} == {None}


def test_a_quoted_unit_keeps_its_comma_and_a_note_its_line_break() -> None:
    (row,) = parse(csv_of(line(unit="CNY 10,000", note='first "print"\nof the month')), WHERE).to_pylist()
    assert (row["unit"], row["note"]) == ("CNY 10,000", 'first "print"\nof the month')


@pytest.mark.parametrize(("text", "value"), [("0", 0.0), ("0.0", 0.0), ("-1.5", -1.5), ("12e3", 12000.0)])
def test_numbers(text: str, value: float) -> None:
    assert parse(csv_of(line(value=text)), WHERE)["value"].to_pylist() == [value]


@pytest.mark.parametrize(
    ("frequency", "period"),
    [("A", "2024"), ("FY", "FY2025"), ("Q", "2025-Q3"), ("M", "2026-05"), ("YTD", "2026-05"), ("W", "2026-03-06")],
)
def test_each_frequency_has_its_form_of_period(frequency: str, period: str) -> None:
    table = parse(csv_of(line(frequency=frequency, period=period)), WHERE)
    CONTRACT.check(table, WHERE)
    assert table["period"].to_pylist() == [period]


def test_all_parts_are_read_and_a_fault_names_its_part() -> None:
    parts = csv_of(line()) + csv_of(line(period="2026-04"))
    assert parse(parts, WHERE)["period"].to_pylist() == ["2026-05", "2026-04"]
    assert "office.figures part 1 line 2 column value: the value is not a number" in refused(
        csv_of(line()) + csv_of(line(value="n/a"))
    )


@pytest.mark.parametrize(
    ("column", "text", "expected"),
    [
        ("reporter_iso3", "PK", "an ISO 3166 alpha-3 code"),
        ("reporter_iso3", "", "an ISO 3166 alpha-3 code"),
        ("partner_iso3", "chn", "an ISO 3166 alpha-3 code, or nothing"),
        ("flow", "Export", "a flow in small letters"),
        ("definition", "", "what is measured, in snake_case"),
        ("definition", "Export receipts", "what is measured, in snake_case"),
        ("basis", "bank", "customs, payments, or nothing"),
        ("valuation", "fob", "FOB, CIF, or nothing"),
        ("frequency", "D", "one of A, FY, Q, M, YTD, W"),
        ("period", "", "a period"),
        ("period_label", "", "the period as printed"),
        ("value", "", "digits with a decimal point, no blanks or commas"),
        ("value", "2,437.22", "digits with a decimal point, no blanks or commas"),
        ("value", "NaN", "digits with a decimal point, no blanks or commas"),
        ("value", "1e999", "digits with a decimal point, no blanks or commas"),
        ("value", "٢", "digits with a decimal point, no blanks or commas"),
        ("unit", "", "the unit as published"),
        ("is_provisional", "yes", "true or false"),
        ("is_estimated", "", "true or false"),
        ("citation", "", "the name of a citation"),
        ("citation", "see the PDF", "the name of a citation"),
    ],
)
def test_a_field_that_cannot_be_read_is_named(column: str, text: str, expected: str) -> None:
    message = refused(csv_of(line(), line(**{column: text})))
    assert message.startswith(f"office.figures line 3 column {column}: ")
    assert f"expected: {expected}" in message
    assert f"got: {text!r}" in message
    assert message.endswith("next: compare the row with the page that its citation names, and mend the row")


@pytest.mark.parametrize(
    ("frequency", "period"), [("A", "FY2025"), ("FY", "2025"), ("M", "2026-13"), ("YTD", "2026"), ("W", "2026-05")]
)
def test_a_period_of_another_frequency(frequency: str, period: str) -> None:
    message = refused(csv_of(line(frequency=frequency, period=period)))
    assert message.startswith(f"office.figures line 2 column period: the period is not of frequency {frequency}")
    assert f"got: {period!r}" in message


def test_another_header() -> None:
    message = refused([HEADER.replace("value", "values").encode() + b"\n"])
    assert "line 1 is not the header of this layout" in message
    assert f"expected: {HEADER}"[:200] in message


def test_an_empty_body_has_no_header() -> None:
    assert "line 1 is not the header of this layout" in refused([b""])


def test_a_header_alone_is_no_answer() -> None:
    assert "there is no figure at all" in refused(csv_of())


def test_a_row_cut_short() -> None:
    message = refused(csv_of(line().rsplit(",", 2)[0]))
    assert message.startswith("office.figures line 2: the row has another number of fields; expected: 16 fields")


def test_a_quote_that_never_closes() -> None:
    assert "is not CSV" in refused(csv_of(line(), '"PAK'))


def test_bytes_that_are_no_text() -> None:
    assert "the answer is not UTF-8 text" in refused([b"\xff\xfe"])


def test_a_point_printed_twice_breaks_the_contract() -> None:
    table = parse(csv_of(line(), line(value="2437.23")), WHERE)
    with pytest.raises(ContractError, match="1 points come more than once"):
        CONTRACT.check(table, WHERE)


def test_no_api_serves_it() -> None:
    assert (SOURCE.fetch, SOURCE.contract) == (None, CONTRACT)
