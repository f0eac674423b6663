"""Balances, shares, growth, mirror gaps and sums over time against published and hand-made numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import duckdb
import pytest

from tests.unit.metrics.render import Vector, evaluate, evaluate_rows, render, vectors

BALANCE = render("balance", "x", "m")
NORMALISED = render("normalised_balance", "x", "m")
COVERAGE = render("coverage_ratio", "x", "m")


def _complete_sum(months: Sequence[float | None], wanted: int) -> Any:
    return evaluate_rows(render("complete_sum", "months", wanted), {"months": months})[0]


def _mirror_gap(inputs: dict[str, float]) -> dict[str, Any]:
    m_fob = render("fob_equivalent", "m_cif", "phi")
    formulas = {
        "m_fob": m_fob,
        "gap": render("mirror_gap", m_fob, "x_fob"),
        "sym": render("mirror_gap_symmetric", m_fob, "x_fob"),
        "log": render("mirror_gap_log", m_fob, "x_fob"),
    }
    return {name: evaluate(sql, inputs) for name, sql in formulas.items()}


def _mirror_balances(inputs: dict[str, float]) -> dict[str, Any]:
    return {
        "gap": evaluate(render("mirror_balance_gap", "deficit_a", "surplus_b"), inputs),
        "sym": evaluate(render("mirror_balance_gap_symmetric", "deficit_a", "surplus_b"), inputs),
    }


def _formula(macro: str, *names: str) -> Callable[[dict[str, Any]], Any]:
    return lambda inputs: evaluate(render(macro, *names), inputs)


def _monthly(inputs: dict[str, list[float]]) -> list[Any]:
    increments = render("ytd_increment", "cum", "lag(cum) over (order by i)")
    return evaluate_rows(increments, {"cum": inputs["cum"]})


def _year(inputs: dict[str, list[float]]) -> Any:
    return _complete_sum(inputs["months"], len(inputs["months"]))


def _trend(inputs: dict[str, list[float]]) -> Any:
    """The average in the middle of thirteen months, over the very windows of the mart."""
    months = ", ".join(f"({number}, cast({value} as double))" for number, value in enumerate(inputs["v"]))
    average = render("centred_average_2x12", "v", "wide", "narrow")
    found = duckdb.execute(
        f"""select average from (
            select month_number, {average} as average from (values {months}) as months(month_number, v)
            window wide as (order by month_number range between 6 preceding and 6 following),
                   narrow as (order by month_number range between 5 preceding and 5 following)
        ) where month_number = 6"""
    ).fetchall()
    return found[0][0]


COMPUTE: dict[str, Callable[[dict[str, Any]], Any]] = {
    **dict.fromkeys(("ID1", "ID2"), _formula("identity_residual", "total", "a", "b")),
    **dict.fromkeys(("B1", "B2", "B3", "B4", "B5"), lambda inputs: evaluate(BALANCE, inputs)),
    **dict.fromkeys(("NB1", "NB2", "NB3"), lambda inputs: evaluate(NORMALISED, inputs)),
    **dict.fromkeys(("CV1", "CV2", "CV3", "CV4"), lambda inputs: evaluate(COVERAGE, inputs)),
    **{f"G{number}": _formula("growth_rate", '"new"', '"old"') for number in range(1, 10)},
    "G10": _formula("compound_growth", "x0", "xn", "n"),
    **dict.fromkeys(("S1", "S2", "S3", "S4"), _formula("share", "a", "b")),
    **dict.fromkeys(("M1", "M2", "M3", "M4", "M5", "M6"), _mirror_balances),
    "M7": _formula("cif_fob_factor", "cif", "fob"),
    **dict.fromkeys(("M8", "M11"), _mirror_gap),
    "M9": _formula("reconciled_flow", "x_fob", render("fob_equivalent", "m_cif", "phi"), "w"),
    "M10": _formula("entrepot_adjusted", "direct", "reexp", "margin"),
    **dict.fromkeys(("F1", "F2", "F3"), _year),
    "F4": _monthly,
    "F5": _trend,
}


@pytest.mark.parametrize("vector", [vectors()[identity] for identity in COMPUTE], ids=lambda vector: vector.id)
def test_vector(vector: Vector) -> None:
    """The macro gives the published answer within the vector's own tolerance."""
    got, expected = COMPUTE[vector.id](vector.inputs), vector.expected
    if expected is None:
        assert got is None
    elif isinstance(expected, dict):
        assert got.keys() == expected.keys()
        assert all(got[name] == pytest.approx(value, abs=_slack(vector, value)) for name, value in expected.items())
    else:
        assert got == pytest.approx(expected, abs=_slack(vector, expected))


def _slack(vector: Vector, expected: Any) -> float:
    """The vector's tolerance and a hair for binary fractions: 23.06 - 22.61 is not 0.45 to the last bit."""
    largest = max(abs(value) for value in (expected if isinstance(expected, list) else [expected]))
    return float(max(vector.tol, 1e-12 * largest))


def test_every_vector_of_the_trade_families_is_run() -> None:
    """A vector that nobody runs would pass for ever."""
    families = ("ID", "B", "NB", "CV", "G", "S", "M", "F")
    ours = {identity for identity in vectors() if identity.rstrip("0123456789") in families}
    assert ours - COMPUTE.keys() == set()


@pytest.mark.parametrize("macro", ["balance", "two_way_total", "normalised_balance", "coverage_ratio", "share"])
@pytest.mark.parametrize("missing", ["x", "m"])
def test_a_missing_input_gives_null(macro: str, missing: str) -> None:
    """Never zero: a country that did not report has not traded nothing."""
    inputs = {"x": 2.0, "m": 3.0, missing: None}
    assert evaluate(render(macro, "x", "m"), inputs) is None


@pytest.mark.parametrize(
    ("macro", "x", "m"),
    [
        ("normalised_balance", 0, 0),
        ("coverage_ratio", 5, 0),
        ("share", 5, 0),
        ("growth_rate", 5, 0),
        ("balance_growth", 5, 0),
        ("cif_fob_factor", 5, 0),
        ("fob_equivalent", 5, 0),
        ("mirror_gap_symmetric", 0, 0),
        ("mirror_gap_log", 5, 0),
        ("mirror_gap_log", 0, 5),
        ("mirror_balance_gap_symmetric", 3, -3),
    ],
)
def test_a_zero_denominator_gives_null(macro: str, x: float, m: float) -> None:
    """Never zero, infinity or an error of the engine."""
    assert evaluate(render(macro, "x", "m"), {"x": x, "m": m}) is None


def test_a_reported_zero_stays_zero() -> None:
    """It is a number like any other."""
    assert evaluate(COVERAGE, {"x": 0, "m": 8}) == 0
    assert evaluate(NORMALISED, {"x": 0, "m": 8}) == -1
    assert evaluate(BALANCE, {"x": 0, "m": 0}) == 0
    assert evaluate(render("deficit", "b"), {"b": 0}) == 0


@pytest.mark.parametrize(("balance", "deficit"), [(-3, 3), (3, 0), (None, None)])
def test_deficit(balance: float | None, deficit: float | None) -> None:
    """A surplus is a deficit of zero, a missing balance is no deficit at all."""
    assert evaluate(render("deficit", "b"), {"b": balance}) == deficit


def test_growth_of_a_balance_keeps_its_direction() -> None:
    """A deficit that grows from 10 to 15 is a balance that falls by half of what it was."""
    growth = render("balance_growth", '"new"', '"old"')
    assert evaluate(growth, {"new": -15, "old": -10}) == -0.5
    assert evaluate(growth, {"new": 5, "old": -10}) == 1.5


@pytest.mark.parametrize(("x0", "xn", "n"), [(0, 5, 2), (-1, 5, 2), (5, -1, 2), (5, 6, 0), (None, 6, 2)])
def test_compound_growth_needs_two_positive_values_and_a_span(x0: float | None, xn: float, n: float) -> None:
    """Everything else has no rate."""
    assert evaluate(render("compound_growth", "x0", "xn", "n"), {"x0": x0, "xn": xn, "n": n}) is None


def test_eleven_months_are_no_year() -> None:
    """Neither are twelve of which one is unknown, nor January and February that came as one."""
    year: list[float | None] = [float(month) for month in range(1, 13)]
    assert _complete_sum(year, 12) == 78
    assert _complete_sum(year[:11], 12) is None
    assert _complete_sum([*year[:11], None], 12) is None
    assert evaluate_rows(render("complete_mean", "v", 12), {"v": year})[0] == 6.5
    assert evaluate_rows(render("complete_mean", "v", 12), {"v": year[1:]})[0] is None


GRID = {"x": [0.0, 1.0, 2.38, 20.23, 1e6] * 5, "m": [value for value in (0.0, 0.5, 2.83, 20.23, 1e9) for _ in range(5)]}


def test_properties_of_the_balance() -> None:
    """NB lies within one and turns its sign with the legs; CV = (1 + NB) / (1 - NB); both ignore the currency."""
    for x, m in zip(GRID["x"], GRID["m"], strict=True):
        there, back = evaluate(NORMALISED, {"x": x, "m": m}), evaluate(NORMALISED, {"x": m, "m": x})
        coverage = evaluate(COVERAGE, {"x": x, "m": m})
        if there is None:
            assert x == m == 0
            continue
        assert -1 <= there <= 1
        assert there == pytest.approx(-back)
        assert there == pytest.approx(evaluate(NORMALISED, {"x": 7.1 * x, "m": 7.1 * m}))
        if coverage is not None and there < 1:
            assert coverage == pytest.approx((1 + there) / (1 - there), rel=1e-6)


def test_properties_of_the_mirror() -> None:
    """The gaps turn their sign with the views; the reconciled flow lies between them, whatever the weight."""
    for x, m in zip(GRID["x"], GRID["m"], strict=True):
        for macro in ("mirror_gap", "mirror_gap_symmetric", "mirror_gap_log"):
            there, back = (evaluate(render(macro, *sides), {"x": x, "m": m}) for sides in (("m", "x"), ("x", "m")))
            assert (there is None) == (back is None)
            assert there is None or there == pytest.approx(-back)
        for weight in (0, 0.2, 0.5, 0.8, 1):
            between = evaluate(render("reconciled_flow", "x", "m", "w"), {"x": x, "m": m, "w": weight})
            assert min(x, m) * (1 - 1e-12) <= between <= max(x, m) * (1 + 1e-12)


@pytest.mark.parametrize(
    ("exporter", "importer", "weight"),
    [(0.5, 0.5, 0.5), (0.01, 0.99, 0.8), (0.99, 0.01, 0.2), (0.4, 0.6, 0.6), (None, 0.5, None), (0, 0, None)],
)
def test_reliability_weight(exporter: float | None, importer: float, weight: float | None) -> None:
    """The steadier record weighs more, within limits; without both variances there is no estimate."""
    sql = render("reliability_weight", "exporter", "importer", "0.2")
    got = evaluate(sql, {"exporter": exporter, "importer": importer})
    assert got is None if weight is None else got == pytest.approx(weight)


@pytest.mark.parametrize(
    ("m_cif", "x_fob", "changes"),
    [(105, 100, True), (120, 100, False), (95, 100, False), (0, 0, False), (110, 100, True)],
)
def test_gap_changes_sign(m_cif: float, x_fob: float, changes: bool) -> None:
    """A gap that freight between 0 and 10 percent explains is not distinguishable from freight."""
    assert evaluate(render("gap_changes_sign", "m", "x", "1.00", "1.10"), {"m": m_cif, "x": x_fob}) is changes
