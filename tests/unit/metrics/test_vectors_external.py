"""Reserves, current account, threshold states, concentration, structure, targets, composites: known numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from typing import Any

import duckdb
import pytest

from tests.unit.metrics.render import Number, Vector, evaluate, evaluate_rows, render, vectors

Inputs = dict[str, Any]
Formula = Callable[[Inputs], Any]


def _plain(macro: str, *names: str) -> Formula:
    """The macro over the vector's inputs of these names."""
    return lambda inputs: evaluate(render(macro, *names), inputs)


def _rows(sql: str, *names: str) -> Formula:
    """An aggregate over the vector's lists of these names."""
    return lambda inputs: evaluate_rows(sql, {name: inputs[name] for name in names})[0]


def _by_name(formulas: Mapping[str, Formula]) -> Formula:
    return lambda inputs: {name: formula(inputs) for name, formula in formulas.items()}


def _adequacy(inputs: Inputs) -> dict[str, Any]:
    regime = f"'{inputs['regime']}'"
    numbers = {name: value for name, value in inputs.items() if name != "regime"}
    benchmark = render("ara_benchmark", regime, "std", "ol", "m2", "x")
    return {
        "benchmark": evaluate(benchmark, numbers),
        "ratio": evaluate(render("share", "res", benchmark), numbers),
    }


def _current_account(inputs: Inputs) -> Any:
    years = {"percent_of_gdp": [inputs["a"], inputs["b"], inputs["c"]]}
    return evaluate_rows(render("complete_mean", "percent_of_gdp", 3), years)[0]


def threshold_states(
    values: Sequence[Number],
    *,
    limit: float,
    n_on: int = 1,
    n_off: int = 1,
    hyst: float = 0.0,
    direction: str = "below",
    watch: Number = None,
    limit_is_breach: bool = False,
) -> list[str]:
    """States of one series by the very query that ``int_thresholds__readings`` runs, in the order of ``values``."""
    readings = """
        select 's' as series_key, cast(i as int) as period_end, cast(v as double) as value, ? as direction,
            cast(? as double) as watch_value, ? as limit_value, ? as limit_is_breach, ? as n_on, ? as n_off,
            ? as hysteresis
        from (select unnest(range(len(?))) as i, unnest(cast(? as double[])) as v)
    """
    given = [direction, watch, limit, limit_is_breach, n_on, n_off, hyst, list(values), list(values)]
    query = f"""
        with readings as ({readings}), states as ({render("threshold_states", "readings")})
        select state from states order by period_end
    """
    return [state for (state,) in duckdb.execute(query, given).fetchall()]


def _alert(inputs: Inputs) -> list[str]:
    rule = {name: inputs[name] for name in ("limit", "n_on", "n_off", "hyst")}
    return threshold_states(inputs["values"], **rule)


def _theil(inputs: Inputs) -> Any:
    active = "count(case when v > 0 then v end)"
    formulas = {
        "total": _rows(render("theil", "v", "count(*)"), "v"),
        "between": _rows(render("theil_between", "count(*)", active), "v"),
        "within": _rows(render("theil", "v", active), "v"),
    }
    found = _by_name(formulas)(inputs)
    return found if 0 in inputs["v"] else found["total"]


def _lines(inputs: Inputs, first: str, second: str) -> dict[str, list[Number]]:
    """Two dictionaries by product as two columns; a line that one of them lacks is NULL there."""
    products = sorted({*inputs[first], *inputs[second]})
    return {name: [inputs[name].get(product) for product in products] for name in (first, second)}


def _margins(inputs: Inputs) -> dict[str, Any]:
    lines = _lines(inputs, "ref", "x")
    extensive, intensive = render("extensive_margin", "ref", "x"), render("intensive_margin", "ref", "x")
    formulas = {"em": extensive, "im": intensive, "share": f"{extensive} * {intensive}"}
    return {name: evaluate_rows(sql, lines)[0] for name, sql in formulas.items()}


def _growth_margins(inputs: Inputs) -> dict[str, Any]:
    lines = _lines(inputs, "t0", "t1")
    macros = {"intensive": "growth_of_continuing", "entry": "growth_of_entry", "exit": "growth_of_exit"}
    return {name: evaluate_rows(render(macro, "t0", "t1"), lines)[0] for name, macro in macros.items()}


def _required_growth(inputs: Inputs) -> Any:
    return _plain("required_export_growth", "x0", "m0", "target_deficit", "n", "gm")({"gm": 0.0, **inputs})


def _distance(inputs: Inputs) -> list[Any]:
    # Distance to target runs from the worst value of the panel: the least, or the greatest when less is better.
    worst = max(inputs["x"]) if inputs.get("direction") == -1 else min(inputs["x"])
    macro = "between_goalposts" if inputs["cap"] else "distance_to_target"
    return evaluate_rows(render(macro, "x", worst, inputs["targ"]), {"x": inputs["x"]})


def _goalposts(scale: str) -> Formula:
    def score(inputs: Inputs) -> Any:
        given = {"direction": 1, **inputs}
        return _plain("goalpost_score", "x", "lo", "hi", "direction", f"'{scale}'")(given)

    return score


def _without_each(inputs: Inputs) -> list[Any]:
    """As the experiments leave out one pillar: the mean of the rows that are left."""
    values = inputs["v"]
    others = [values[:place] + values[place + 1 :] for place in range(len(values))]
    return [evaluate_rows(render("mean_if_observed", "v", "1.0", "0"), {"v": rest})[0] for rest in others]


def _first_order(inputs: Inputs) -> list[Any]:
    """Of y = sum(a X) with every X uniform: each takes the middles of five equal parts of (0, 1), in all combinations.

    The indices of a linear y do not depend on how finely X is cut: a variance of X that all share cancels out.
    """
    coefficients = inputs["coef"]
    runs = list(product([0.1, 0.3, 0.5, 0.7, 0.9], repeat=len(coefficients)))
    columns = {f"x{n}": [run[n] for run in runs] for n in range(len(coefficients))}
    columns["y"] = [sum(a * x for a, x in zip(coefficients, run, strict=True)) for run in runs]
    rows = "select " + ", ".join(f'unnest(cast(? as double[])) as "{name}"' for name in columns)
    means = [f"{render('exact_mean', 'y', f'over (partition by x{n})')} as m{n}" for n in range(len(coefficients))]
    shares = [render("first_order_share", f"m{n}", "y") for n in range(len(coefficients))]
    query = f"select {', '.join(shares)} from (select y, {', '.join(means)} from ({rows}))"
    found = duckdb.execute(query, list(columns.values())).fetchone()
    assert found is not None
    return list(found)


HHI = render("hhi", "v")
MEAN = render("mean_if_observed", "v", "1.0", "2.0 / 3")
RELATIVE = ("xij", "Xi", "xwj", "Xw")

FORMULAS: dict[str, Formula] = {
    **{f"RS{n}": _plain("import_cover_months", "res", "m12") for n in (1, 2, 3)},
    **{f"RS{n}": _plain("share", "a", "b") for n in (4, 7, 8)},
    **{f"RS{n}": _adequacy for n in (5, 6)},
    "CA1": _current_account,
    "A1": _alert,
    **{f"H{n}": _rows(f"10000 * {render('hhi', 'sh')}", "sh") for n in (1, 2, 3)},
    **{f"H{n}": _rows(HHI, "v") for n in (4, 5, 6)},
    "H7": _rows(render("hhi_normalised", HHI, "count(*)"), "v"),
    "H8": _rows(render("unctad_concentration", HHI, "count(*)"), "v"),
    "TH1": _theil,
    "TH2": _theil,
    "D1": _rows(render("structure_difference", "a", "b"), "a", "b"),
    "R1": _plain("relative_share", *RELATIVE),
    "R2": _plain("symmetric_advantage", "r"),
    "R3": _plain("symmetric_advantage", "r"),
    **{f"GL{n}": _rows(render("grubel_lloyd", "X", "M"), "X", "M") for n in (1, 3)},
    **{f"GL{n}": _rows(render("grubel_lloyd_adjusted", "X", "M"), "X", "M") for n in (2, 4)},
    "EM1": _margins,
    "EM2": _growth_margins,
    "I1": _plain("relative_share", *RELATIVE),
    "I2": _plain("relative_share", "xij", "Xi", "xwj - xij", "Xw - Xi"),
    **{f"C{n}": _rows(render("trade_complementarity", "m", "x"), "m", "x") for n in (1, 2, 3)},
    "P1": _plain("terms_of_trade", "px", "pm"),
    **{f"T{n}": _required_growth for n in (1, 2, 3)},
    **{f"T{n}": _plain("compound_growth", "x0", "xn", "n") for n in (4, 5, 6)},
    **{name: _distance for name in ("X1", "X2", "X3", "X3c")},
    **{name: _goalposts("linear") for name in ("X4a", "X4b", "X4c", "X4d", "X4e", "X4f", "X5")},
    "X6": _goalposts("log"),
    **{f"X{n}": _rows(MEAN, "v") for n in (7, 9, 10)},
    "X8": _rows(render("geometric_mean_if_observed", "v", "1.0", "2.0 / 3", "0.01"), "v"),
    "X11": _without_each,
    "X12": _first_order,
}


def _close(found: Any, expected: Any, tol: float) -> bool:
    if isinstance(expected, Mapping):
        return found.keys() == expected.keys() and all(_close(found[k], expected[k], tol) for k in expected)
    if isinstance(expected, list):
        return len(found) == len(expected) and all(_close(a, b, tol) for a, b in zip(found, expected, strict=True))
    if expected is None or isinstance(expected, str):
        return bool(found == expected)
    return found is not None and abs(found - expected) <= max(tol, 1e-9)


@pytest.mark.parametrize("vector", [vectors()[name] for name in FORMULAS], ids=lambda vector: vector.id)
def test_formula_gives_the_known_answer(vector: Vector) -> None:
    found = FORMULAS[vector.id](vector.inputs)

    assert _close(found, vector.expected, vector.tol), f"{vector.metric}: {found}, expected {vector.expected}"


@pytest.mark.parametrize(
    ("sql", "inputs"),
    [
        (render("import_cover_months", "r", "m"), {"r": 5.0, "m": 0.0}),
        (render("import_cover_months", "r", "m"), {"r": 5.0, "m": None}),
        (render("import_cover_months", "r", "m"), {"r": None, "m": 12.0}),
        (render("ara_benchmark", "'floating'", "a", "b", "c", "d"), {"a": 1.0, "b": None, "c": 1.0, "d": 1.0}),
        (render("ara_benchmark", "'fixed'", "a", "b", "c", "d"), {"a": 1.0, "b": 1.0, "c": 1.0, "d": None}),
        (render("percent_of", "p", "b"), {"p": None, "b": 12.0}),
        (render("relative_share", "a", "b", "c", "d"), {"a": 1.0, "b": 1.0, "c": 0.0, "d": 1.0}),
        (render("terms_of_trade", "a", "b"), {"a": 1.0, "b": 0.0}),
        (render("between_goalposts", "x", "0", "10"), {"x": None}),
        (render("distance_to_target", "x", "3", "3"), {"x": 3.0}),
        (render("required_export_growth", "x", "m", "d", "5", "0"), {"x": 0.0, "m": 20.0, "d": 9.0}),
        (render("required_export_growth", "x", "m", "d", "5", "0"), {"x": 2.0, "m": 8.0, "d": 9.0}),
        (render("hhi_normalised", "h", "1"), {"h": 1.0}),
    ],
)
def test_missing_input_or_zero_denominator_gives_null(sql: str, inputs: dict[str, Number]) -> None:
    assert evaluate(sql, inputs) is None


def test_reserves_of_zero_stay_zero() -> None:
    assert evaluate(render("import_cover_months", "r", "m"), {"r": 0.0, "m": 12.0}) == 0.0


@pytest.mark.parametrize("values", [[0.0, 0.0], []])
def test_no_trade_has_no_concentration(values: list[float]) -> None:
    assert evaluate_rows(HHI, {"v": values})[0] is None


@pytest.mark.parametrize("scale", [1.0, 278.5])
def test_concentration_knows_no_currency(scale: float) -> None:
    values = [scale * value for value in (6.0, 2.0, 1.0, 0.0)]
    theil = render("theil", "v", "4")

    assert evaluate_rows(HHI, {"v": values})[0] == pytest.approx(41 / 81)
    assert evaluate_rows(theil, {"v": values})[0] == pytest.approx(evaluate_rows(theil, {"v": [6.0, 2.0, 1.0, 0.0]})[0])


@pytest.mark.parametrize(
    ("direction", "limit_is_breach", "expected"),
    [
        ("below", False, ["ok", "ok", "breach"]),
        ("below", True, ["ok", "breach", "breach"]),
        ("above", False, ["breach", "ok", "ok"]),
        ("above", True, ["breach", "breach", "ok"]),
    ],
)
def test_limit_itself_is_a_breach_only_where_the_rule_says_at_least(
    direction: str, limit_is_breach: bool, expected: list[str]
) -> None:
    assert threshold_states([4, 3, 2], limit=3, direction=direction, limit_is_breach=limit_is_breach) == expected


def test_watch_lies_between_watch_value_and_limit() -> None:
    assert threshold_states([5, 3.5, 2.9, 2.8, 3.5], limit=3, watch=4, n_on=2) == [
        "ok",
        "watch",
        "watch",
        "breach",
        "watch",
    ]


def test_missing_value_is_unknown_and_interrupts_no_run() -> None:
    assert threshold_states([2, None, 2, None], limit=3, n_on=2) == ["ok", "unknown", "breach", "unknown"]


def test_without_any_value_all_is_unknown() -> None:
    assert threshold_states([None, None], limit=3, n_on=2) == ["unknown", "unknown"]


def test_hysteresis_holds_a_breach_until_the_value_is_clearly_better() -> None:
    assert threshold_states([0.3, 0.24, 0.23, 0.2], limit=0.25, hyst=0.02, direction="above") == [
        "breach",
        "breach",
        "ok",
        "ok",
    ]


def test_states_of_two_series_do_not_touch() -> None:
    readings = """
        select * from (values
            ('a', 1, 2.0), ('a', 2, 2.0), ('b', 1, 2.0), ('b', 2, 4.0), ('c', 2, 2.0)
        ) as given (series_key, period_end, value)
        cross join (select 'below' as direction, cast(null as double) as watch_value, 3.0 as limit_value,
            false as limit_is_breach, 2 as n_on, 1 as n_off, 0.0 as hysteresis)
    """
    query = f"""
        with readings as ({readings}), states as ({render("threshold_states", "readings")})
        select series_key, state from states order by series_key, period_end
    """

    assert duckdb.execute(query).fetchall() == [("a", "ok"), ("a", "breach"), ("b", "ok"), ("b", "ok"), ("c", "ok")]


@pytest.mark.parametrize(
    ("n_known", "n_breach", "n_watch", "expected"),
    [
        (0, 0, 0, ("unknown", None)),
        (2, 2, 0, ("breach", "certain")),
        (2, 1, 0, ("breach", "possible")),
        (2, 1, 1, ("breach", "possible")),
        (1, 1, 0, ("breach", "certain")),
        (2, 0, 2, ("watch", "certain")),
        (2, 0, 1, ("watch", "possible")),
        (2, 0, 0, ("ok", "certain")),
    ],
)
def test_views_vote_on_state_and_certainty(
    n_known: int, n_breach: int, n_watch: int, expected: tuple[str, str | None]
) -> None:
    counts = {"known": n_known, "breach": n_breach, "watch": n_watch}
    found = tuple(evaluate(render(f"combined_{what}", *counts), counts) for what in ("state", "certainty"))

    assert found == expected


@pytest.mark.parametrize(
    ("period_end", "reference_date", "years"),
    [("2018-12-31", "2025-12-15", 7.0), ("2018-12-31", "2026-11-26", 7 + 11 / 12), ("2026-06-30", "2026-06-30", 0.0)],
)
def test_age_counts_months_from_the_end_of_the_period(period_end: str, reference_date: str, years: float) -> None:
    sql = render("age_years", f"date '{period_end}'", f"date '{reference_date}'")

    assert evaluate(sql, {"unused": None}) == pytest.approx(years)


def test_months_are_numbered_without_a_gap_over_new_year() -> None:
    december, january = (render("month_number", f"date '{day}'") for day in ("2025-12-31", "2026-01-01"))

    assert evaluate(f"{january} - {december}", {"unused": None}) == 1
