"""Each promise of a contract, broken once: the error names what, where, and how many."""

from __future__ import annotations

import pyarrow as pa
import pytest

from orchestration.errors import ContractError
from orchestration.ingest.contracts import Contract

CONTRACT = Contract(
    schema=pa.schema([*((name, pa.string()) for name in ("country", "partner", "period")), ("value", pa.float64())]),
    key=("country", "partner", "period"),
    values=("value",),
    nullable_key=("partner",),
    bounds={"value": (-5, 5)},
)


def row(**changes):
    return {"country": "PAK", "partner": "CHN", "period": "2024", "value": 1.0, **changes}


def check(*rows):
    CONTRACT.check(CONTRACT.table(rows, "here"), "here")


@pytest.mark.parametrize(
    "period", ["2024", "FY2025", "2024-06", "2024-12", "2024-Q4", "2024-06-30", "2024-01-31", "2024-02-29"]
)
def test_every_form_of_period_is_one(period):
    check(row(period=period))


@pytest.mark.parametrize(
    "period",
    ["", "24", "20244", "FY25", "2024-13", "2024-00", "2024-Q5", "2024-06-32", "2024-06-00", "x2024", "2024 "],
)
def test_another_form_of_period_is_refused(period):
    with pytest.raises(ContractError, match=r"^here: periods of an unknown form") as caught:
        check(row(), row(period=period))
    assert repr(period) in caught.value.got
    assert "'2024'" not in caught.value.got


@pytest.mark.parametrize(
    "period", ["2024\n", "٢٠٢٤", "0000", "0999", "3000", "FY0000", "0000-Q1", "2023-02-29", "2024-06-31"]
)
def test_a_period_that_no_calendar_knows_is_refused(period):
    with pytest.raises(ContractError, match="periods of an unknown form"):
        check(row(period=period))


@pytest.mark.parametrize("value", [-5.0, 0.0, 5.0, None])
def test_bounds_are_inclusive_and_a_gap_is_within(value):
    check(row(value=value))


@pytest.mark.parametrize("value", [-5.000001, 5.000001, float("nan"), float("inf"), float("-inf")])
def test_a_value_outside_of_its_bounds_or_no_number_is_refused(value):
    with pytest.raises(ContractError, match="1 values of value are not numbers within their bounds") as caught:
        check(row(), row(period="2023", value=value))
    assert "2023" in caught.value.got
    assert caught.value.expected == "-5 <= value <= 5"


def test_without_bounds_any_finite_number_will_do():
    free = Contract(schema=CONTRACT.schema, key=CONTRACT.key, values=("value",), nullable_key=("partner",))
    free.check(free.table([row(value=1e300)], "here"), "here")
    with pytest.raises(ContractError, match="-inf <= value <= inf"):
        free.check(free.table([row(value=float("inf"))], "here"), "here")


def test_a_key_without_a_value_is_refused_unless_it_has_a_meaning():
    check(row(partner=None))
    with pytest.raises(ContractError, match="2 rows have no country") as caught:
        check(row(), row(country=None), row(country=None, period="2023"))
    assert "'period': '2024'" in caught.value.got
    assert "'period': '2023'" in caught.value.got


def test_a_point_that_comes_twice_is_refused():
    check(row(), row(partner=None))
    with pytest.raises(ContractError, match="1 points come more than once") as caught:
        check(row(), row(value=2.0))
    assert "'partner': 'CHN'" in caught.value.got
    with pytest.raises(ContractError, match="1 points come more than once"):
        check(row(partner=None), row(partner=None))


def test_other_columns_than_promised_are_refused():
    other = pa.table({"country": ["PAK"], "period": ["2024"], "value": [1]})
    with pytest.raises(ContractError, match="other columns than promised"):
        CONTRACT.check(other, "here")


def test_metadata_of_a_file_are_no_difference():
    table = CONTRACT.table([row()], "here")
    CONTRACT.check(table.replace_schema_metadata({"made by": "somebody"}), "here")


@pytest.mark.parametrize("value", ["1", "x", [1], {"a": 1}])
def test_a_value_of_another_type_is_refused_by_column(value):
    with pytest.raises(ContractError, match="column value holds a value that is no double"):
        CONTRACT.table([row(value=value)], "here")


def test_a_series_is_a_key_without_its_period():
    assert CONTRACT.series == ("country", "partner")
