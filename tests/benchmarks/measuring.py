"""Measuring side by side: medians of alternating runs, kept as JSON."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
RUNS = 5


def seconds(action: Callable[[], object]) -> float:
    """Wall time of ``action``."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def side_by_side(actions: Mapping[str, Callable[[], object]], runs: int = RUNS) -> dict[str, list[float]]:
    """Seconds of each action, ``runs`` times, in turn: whatever slows the machine slows all of them."""
    measured: dict[str, list[float]] = {name: [] for name in actions}
    for _ in range(runs):
        for name, action in actions.items():
            measured[name].append(seconds(action))
    return measured


def ratio(measured: Mapping[str, list[float]], of: str, to: str) -> float:
    """Median of the ratios of each round: within one, both meet the same machine, whose speed drifts."""
    return statistics.median(one / other for one, other in zip(measured[of], measured[to], strict=True))


def keep(name: str, result: Mapping[str, Any]) -> None:
    """Print a result and write it to ``.benchmarks/<name>.json``."""
    folder = ROOT / ".benchmarks"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.json").write_text(json.dumps(result, indent=1), "utf-8")
    print(f"\n{name}: {json.dumps({key: value for key, value in result.items() if key != 'measured'})}")


def run(command: list[str], environment: Mapping[str, str]) -> None:
    """Run a command, silently; raises if it fails."""
    subprocess.run(command, env={**os.environ, **environment}, cwd=ROOT, check=True, capture_output=True)
