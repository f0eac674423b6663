"""The cooperation index step by step: measuring, normalising, aggregating, and going back to the details."""

from __future__ import annotations

from itertools import pairwise
from math import exp, log
from typing import Any

import pytest

from tests.unit.metrics.render import Number, evaluate, evaluate_rows, render

FLOOR = "0.01"


def _value(measure: str, x: Number, y: Number = None) -> Any:
    return evaluate(render("indicator_value", f"'{measure}'", "x", "y"), {"x": x, "y": y})


@pytest.mark.parametrize(
    ("measure", "x", "y", "expected"),
    [
        ("plain", 3, None, 3),
        ("evenness", -0.75, None, 0.25),
        ("evenness", 0.75, None, 0.25),
        ("ratio", 3, 4, 0.75),
        ("ratio", 3, 0, None),
        ("closeness", 2, 8, 0.25),
        ("closeness", 8, 2, 0.25),
        ("closeness", 0, 8, 0),
        ("closeness", 0, 0, None),
        ("closeness", -1, 8, None),
        ("agreement", 120, 80, 0.6),
        ("agreement", 80, 120, 0.6),
        ("agreement", 300, 1, 0),
        ("agreement", 0, 0, None),
        *[(measure, None, 4, None) for measure in ("plain", "evenness", "ratio", "closeness", "agreement")],
        *[(measure, 4, None, None) for measure in ("ratio", "closeness", "agreement")],
    ],
)
def test_measures(measure: str, x: Number, y: Number, expected: Number) -> None:
    """Each measure of the seed, from both sides, with nothing and with zero."""
    found = _value(measure, x, y)
    assert found is None if expected is None else found == pytest.approx(expected)


@pytest.mark.parametrize(
    ("x", "direction", "scale", "expected"),
    [
        (10, 1, "log", 0.5),
        (10, -1, "log", 0.5),
        (1000, 1, "log", 1),
        (1000, -1, "log", 0),
        (0, 1, "log", 0),
        (0, -1, "log", 1),
        (None, 1, "log", None),
        (None, 1, "linear", None),
    ],
)
def test_goalposts_on_a_log_scale(x: Number, direction: int, scale: str, expected: Number) -> None:
    """Zero has no logarithm: it stands on the low goalpost. What is missing stays missing."""
    sql = render("goalpost_score", "x", "low", "high", "direction", f"'{scale}'")
    found = evaluate(sql, {"x": x, "low": 1, "high": 100, "direction": direction})
    assert found is None if expected is None else found == pytest.approx(expected)


def test_nothing_known_is_no_mean() -> None:
    """Neither is a known indicator that weighs nothing: no zero, no infinity, no error."""
    mean, geometric = (
        render("mean_if_observed", "v", "w", "0"),
        render("geometric_mean_if_observed", "v", "w", "0", FLOOR),
    )
    for columns in ({"v": [None, None], "w": [1, 1]}, {"v": [0.5, None], "w": [0, 0]}):
        assert evaluate_rows(mean, columns)[0] is None
        assert evaluate_rows(geometric, columns)[0] is None


def test_coverage_is_judged_by_the_nominal_weights() -> None:
    """A random weight that happens to be small does not make known what is not."""
    sql = render("mean_if_observed", "v", "drawn", "0.6666", "nominal")
    columns = {"v": [0.2, None, None], "drawn": [100, 1, 1], "nominal": [1, 1, 1]}
    assert evaluate_rows(sql, columns)[0] is None
    columns["v"] = [0.2, 0.8, None]
    assert evaluate_rows(sql, columns)[0] == pytest.approx((20 + 0.8) / 101)


def test_a_zero_is_not_bought_off_and_does_not_wipe_out() -> None:
    """A pillar at zero counts as the floor in the geometric mean."""
    sql = render("geometric_mean_if_observed", "v", "1.0", "0.75", FLOOR)
    assert evaluate_rows(sql, {"v": [0.0, 1, 1, 1]})[0] == pytest.approx(0.01**0.25)


@pytest.mark.parametrize(
    "pillars",
    [[0.8, 0.4, 0.6, 0.2], [1, 1, 1], [0.0, 0.5, 0.9, 1], [0.0, 0, 0], [0.01, 0.01, 0.010001], [0.3, 0.0, 0.7, 0.02]],
)
def test_contributions_of_pillars_sum_to_their_geometric_mean(pillars: list[float]) -> None:
    """Also when all stand on the floor; none is negative; the better pillar contributes no less."""
    weight = 1 / len(pillars)
    mean = exp(sum(log(max(value, 0.01)) for value in pillars) / len(pillars))
    sql = render("geometric_contribution", f"cast({mean!r} as double)", "v", repr(weight), FLOOR)
    parts = evaluate_rows(sql, {"v": pillars})
    assert sum(parts) == pytest.approx(mean, abs=1e-9)
    assert min(parts) >= 0
    ordered = sorted(zip(pillars, parts, strict=True))
    assert all(one[1] <= other[1] + 1e-12 for one, other in pairwise(ordered))


def test_correlation() -> None:
    """Of the pairs in which both are known; nothing for what never changes."""
    sql = render("correlation", "x", "y")
    assert evaluate_rows(sql, {"x": [1, 2, 3, None, 9], "y": [2, 4, 6, 5, None]})[0] == pytest.approx(1)
    assert evaluate_rows(sql, {"x": [1, 2, 3], "y": [3, 2, 1]})[0] == pytest.approx(-1)
    assert evaluate_rows(sql, {"x": [0, 0, 1, 1], "y": [0, 1, 0, 1]})[0] == pytest.approx(0)
    assert evaluate_rows(sql, {"x": [0.3, 0.3, 0.3], "y": [1, 2, 3]})[0] is None


def test_a_factor_that_changes_nothing_explains_nothing() -> None:
    """And what does not vary at all has no shares."""
    sql = render("first_order_share", "m", "y")
    assert evaluate_rows(sql, {"m": [2.0, 2, 2], "y": [1, 2, 3]})[0] == 0
    assert evaluate_rows(sql, {"m": [2.0, 2, 2], "y": [2, 2, 2]})[0] is None
