"""Claims held against figures, and paths to targets: the macros that the marts use, on numbers that are known."""

from __future__ import annotations

import pytest

from tests.unit.metrics.render import Number, evaluate, evaluate_rows, render, vectors


@pytest.mark.parametrize(
    ("claimed", "rounding", "relative", "tolerance"),
    [
        (18e9, 1e9, 0.005, 0.5e9),  # half of the last digit
        (20.23e9, 0.01e9, 0.005, 0.10115e9),  # another currency's conversion
        (-18.0, 0.0, 0.005, 0.09),
        (5.0, None, 0.005, 0.025),
        (None, 1.0, 0.005, None),
    ],
)
def test_tolerance_is_the_rounding_or_the_conversion(
    claimed: Number, rounding: Number, relative: Number, tolerance: Number
) -> None:
    sql = f"case when c is not null then {render('claim_tolerance', 'c', 'r', 'rel')} end"
    assert evaluate(sql, {"c": claimed, "r": rounding, "rel": relative}) == (
        None if tolerance is None else pytest.approx(tolerance)
    )


@pytest.mark.parametrize(
    ("comparison", "claimed", "observed", "tolerance", "expected"),
    [
        ("about", 2.38, 2.3756, 0.0119, True),
        ("about", 2.38, 2.8218, 0.0119, False),
        ("about", 18, 17.8565, 0.5, True),
        ("about", 18, 17.4103, 0.5, False),
        ("more_than", 28_000, 28_023, 500, True),
        ("more_than", 28_000, 27_600, 500, True),
        ("more_than", 28_000, 24_573, 500, False),
        ("exactly", 2017, 2017, 0, True),
        ("exactly", 2017, 2018, 10, False),
        ("about", 2.38, None, 0.01, None),
        ("more_than", None, 5, 1, None),
    ],
)
def test_what_bears_a_claim_out(
    comparison: str, claimed: Number, observed: Number, tolerance: Number, expected: bool | None
) -> None:
    sql = render("bears_out", "c", "o", f"'{comparison}'", "t")
    assert evaluate(sql, {"c": claimed, "o": observed, "t": tolerance}) is expected


@pytest.mark.parametrize(("claimed", "observed", "percent"), [(18, 13.6169, 32.1887), (3, -2, 250), (3, 0, None)])
def test_the_error_of_a_claim_is_counted_from_the_figure(claimed: Number, observed: Number, percent: Number) -> None:
    got = evaluate(render("percent_error", "c", "o"), {"c": claimed, "o": observed})
    assert got == (None if percent is None else pytest.approx(percent, abs=1e-3))


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [("1951-05-21", "2026-05-20", 74), ("1951-05-21", "2026-05-21", 75), ("2000-02-29", "2001-02-28", 0)],
)
def test_a_year_is_full_on_its_day(start: str, end: str, years: int) -> None:
    assert evaluate(render("full_years", f"date '{start}'", f"date '{end}'"), {"unused": None}) == years


@pytest.mark.parametrize(
    ("earlier", "later", "years"), [("2024-12-31", "2029-12-31", 5), ("2023-12-31", "2029-06-30", 5.5)]
)
def test_years_lie_between_the_ends_of_periods(earlier: str, later: str, years: float) -> None:
    assert evaluate(render("years_between", f"date '{earlier}'", f"date '{later}'"), {"unused": None}) == years


def test_a_moving_sum_is_complete_or_it_is_not() -> None:
    sql = render("complete_window_sum", "v", 3, "(order by i rows between 2 preceding and current row)")
    assert evaluate_rows(sql, {"v": [1, 2, 3, None, 5, 6, 7]}) == [None, None, 6, None, None, None, 18]


@pytest.mark.parametrize("identity", ["T1", "T2", "T3"])
def test_a_path_arrives_at_its_target(identity: str) -> None:
    """After n years of the required growth the deficit is the target, imports having grown as assumed."""
    given = vectors()[identity].inputs
    gm, n = given.get("gm", 0.0), given["n"]
    growth = evaluate(render("required_export_growth", "x0", "m0", "target_deficit", "n", "gm"), {**given, "gm": gm})
    assert given["m0"] * (1 + gm) ** n - given["x0"] * (1 + growth) ** n == pytest.approx(given["target_deficit"])


def test_a_target_that_needs_no_exports_has_no_path() -> None:
    sql = render("required_export_growth", "x", "m", "d", "n", "g")
    assert evaluate(sql, {"x": 2, "m": 5, "d": 6, "n": 5, "g": 0.0}) is None
    assert evaluate(sql, {"x": 0, "m": 5, "d": 1, "n": 5, "g": 0.0}) is None
    assert evaluate(sql, {"x": 2, "m": 5, "d": 1, "n": 5, "g": None}) is None
