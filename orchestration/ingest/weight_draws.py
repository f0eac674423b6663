"""Random weights for the uncertainty of the cooperation index: drawn here, because SQL has no gamma distribution.

The weights of a group (the pillars; the indicators of one pillar) are Dirichlet distributed around those of the seeds.
A Dirichlet draw is a set of independent gamma draws divided by their sum; the division is left to the SQL that uses
them, which divides by the weights of what is known anyway. No figure of any publisher is touched.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any

from orchestration.seeds import IndexWeights


def draw_weights(weights: IndexWeights) -> Iterator[dict[str, Any]]:
    """One row per run and target: ``run`` from 0, ``level`` ('pillar' or 'indicator'), ``target``, ``weight``.

    Shapes are the concentration times the weight as a share of its group. Each target has random numbers of its own,
    so that another indicator in the seed changes no other target's draws. What has no weight is not drawn.
    """
    yield from _draw("pillar", weights.pillars, weights)
    for pillar in weights.pillars:
        yield from _draw("indicator", weights.indicators.get(pillar, {}), weights)


def _draw(level: str, group: dict[str, float], weights: IndexWeights) -> Iterator[dict[str, Any]]:
    total = sum(group.values())
    for target, weight in group.items():
        if weight > 0:
            random = Random(f"{weights.seed} {level} {target}")
            for run in range(weights.runs):
                drawn = random.gammavariate(weights.concentration * weight / total, 1.0)
                yield {"run": run, "level": level, "target": target, "weight": drawn}
