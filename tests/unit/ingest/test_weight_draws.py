"""Random weights: the same for the same seeds, around the weights of the seeds, each target by itself."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest

from orchestration.ingest.weight_draws import draw_weights
from orchestration.seeds import IndexWeights

WEIGHTS = IndexWeights(
    pillars={"trade": 1, "education": 3},
    indicators={"trade": {"evenness": 1, "depth": 1, "shown": 0}, "education": {"students": 2}},
    runs=4000,
    concentration=10,
    seed=7,
)
PINNED = [3.7486189701868584, 7.166814219378929, 4.319323684421902, 4.700425590401519, 10.70628069880209]


def _drawn(weights: IndexWeights) -> dict[tuple[str, str], list[float]]:
    found: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in draw_weights(weights):
        assert row["run"] == len(found[row["level"], row["target"]])
        found[row["level"], row["target"]].append(row["weight"])
    return found


def test_every_run_has_every_weight_but_those_that_are_zero() -> None:
    drawn = _drawn(WEIGHTS)
    assert set(drawn) == {
        ("pillar", "trade"),
        ("pillar", "education"),
        ("indicator", "evenness"),
        ("indicator", "depth"),
        ("indicator", "students"),
    }
    assert all(len(values) == 4000 and min(values) > 0 for values in drawn.values())


def test_divided_by_their_sum_they_are_dirichlet_draws() -> None:
    """Mean w and variance w (1 - w) / (alpha + 1), here 0.25 and 0.25 x 0.75 / 11."""
    drawn = _drawn(WEIGHTS)
    pairs = zip(drawn["pillar", "trade"], drawn["pillar", "education"], strict=True)
    shares = [trade / (trade + education) for trade, education in pairs]
    mean = sum(shares) / len(shares)
    assert mean == pytest.approx(0.25, abs=0.01)
    assert sum((share - mean) ** 2 for share in shares) / len(shares) == pytest.approx(0.25 * 0.75 / 11, rel=0.1)


def test_the_same_seed_gives_the_same_draws_and_another_one_others() -> None:
    assert _drawn(WEIGHTS) == _drawn(WEIGHTS)
    assert _drawn(replace(WEIGHTS, seed=8))["pillar", "trade"] != _drawn(WEIGHTS)["pillar", "trade"]


def test_the_first_draws_are_these() -> None:
    """Pinned: another Python that draws otherwise would change published intervals without a word."""
    first = [row["weight"] for row in draw_weights(replace(WEIGHTS, runs=1))]
    assert first == pytest.approx(PINNED, rel=1e-12)


def test_another_pillar_s_indicator_changes_no_draw() -> None:
    more = {**WEIGHTS.indicators, "education": {"students": 2, "grants": 1}}
    ours, theirs = _drawn(WEIGHTS), _drawn(replace(WEIGHTS, indicators=more))
    assert theirs["indicator", "evenness"] == ours["indicator", "evenness"]
    assert theirs["pillar", "trade"] == ours["pillar", "trade"]
