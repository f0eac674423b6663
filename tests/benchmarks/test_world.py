"""The world at size: `karakoram world` beside the same tables written by hand in DuckDB's SQL, polars and pandas.

Ten million lines on every machine; ``KARAKORAM_WORLD_LINES=1e6,3e6,1e7,3e7,1e8`` asks for other sizes (1e8: 3 GB of
disk, and minutes). The files are generated once and kept in ``.benchmarks/world``.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.benchmarks.measuring import ROOT, keep, ratio
from tests.support.generated_world import LINES_A_YEAR, generate

pytestmark = pytest.mark.benchmark

GENERATED = ROOT / ".benchmarks" / "world"
SIZES = [int(float(size)) for size in os.environ.get("KARAKORAM_WORLD_LINES", "1e7").split(",")]
LEAST = {"duckdb": 0.8, "polars": 1.0, "pandas": 3.0}  # how many times as fast as each
RUNS = int(os.environ.get("KARAKORAM_WORLD_RUNS", "5"))
LARGE_RUNS = 1
LARGE = 2 * LINES_A_YEAR  # beyond this each is run once
ALL_IN_MEMORY = 5 * LINES_A_YEAR  # and beyond this pandas and polars not at all
MOST_MEMORY = 8e9
SLOWEST = 1.5  # seconds a line may cost at the largest size, over those at the smallest of at least ten million


def measured(*command: str) -> dict[str, float]:
    """Run a command; what it prints as its last line, with the wall time and the largest process below it."""
    program = (
        "import json, resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True); "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); sys.stderr.write(done.stderr); "
        "said = json.loads(done.stdout.splitlines()[-1]); "
        "print(json.dumps({**said, 'peak_bytes': used.ru_maxrss * 1024, "
        "'processor_seconds': used.ru_utime + used.ru_stime}))"
    )
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program, *command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return {**json.loads(done.stdout), "wall_seconds": time.perf_counter() - started}


def generated(lines: int) -> Path:
    """The folder of that many lines, made the first time."""
    folder = GENERATED / str(lines)
    if not folder.exists():
        generate(folder, lines)
    return folder


def home_of(lines: int) -> Path:
    """Where the world of that many lines is published."""
    return GENERATED / f"home_{lines}"


def world(folder: Path, home: Path) -> dict[str, Any]:
    """The whole command; ``seconds`` are those of the models, as dbt reports them."""
    shutil.rmtree(home, ignore_errors=True)
    os.environ["KARAKORAM_HOME"] = str(home)
    found = measured(sys.executable, "-c", "from orchestration.cli import main; main()", "world", str(folder), "--json")
    return {**found, "seconds": found["models_seconds"]}


def by_hand(tool: str, folder: Path, output: Path) -> dict[str, float]:
    """One tool, in a process of its own that begins with an empty folder."""
    shutil.rmtree(output, ignore_errors=True)
    return measured(sys.executable, "-m", "tests.benchmarks.world_by_hand", tool, str(folder), str(output))


@pytest.mark.parametrize("lines", SIZES)
def test_the_world_beside_what_is_written_by_hand(lines: int, tmp_path: Path) -> None:
    folder = generated(lines)
    runs: dict[str, list[dict[str, Any]]] = {"world": [], "duckdb": [], "polars": [], "pandas": []}
    for _ in range(LARGE_RUNS if lines > LARGE else RUNS):
        runs["world"].append(world(folder, home_of(lines)))
        runs["duckdb"].append(by_hand("duckdb", folder, tmp_path / "duckdb"))
        if lines <= ALL_IN_MEMORY:
            runs["polars"].append(by_hand("polars", folder, tmp_path / "polars"))
            runs["pandas"].append(by_hand("pandas", folder, tmp_path / "pandas"))
    agree(Path(runs["world"][-1]["published"]), tmp_path)

    def median(tool: str, what: str) -> float:
        return statistics.median(run[what] for run in runs[tool])

    def to_world(tool: str, what: str) -> float:
        return ratio({name: [run[what] for run in runs[name]] for name in (tool, "world")}, tool, "world")

    ratios = {tool: to_world(tool, "seconds") for tool in LEAST if runs[tool]}
    keep(
        f"world_{lines}",
        {
            "lines": runs["world"][-1]["lines"],
            "times as fast as": {tool: round(found, 2) for tool, found in ratios.items()},
            "the same in processor seconds, whole processes": {
                tool: round(to_world(tool, "processor_seconds"), 2) for tool in ratios
            },
            "seconds": {tool: round(median(tool, "seconds"), 2) for tool in runs if runs[tool]},
            "whole command, seconds": round(median("world", "wall_seconds"), 2),
            "peak memory, GB": {
                tool: round(max(run["peak_bytes"] for run in runs[tool]) / 1e9, 2) for tool in runs if runs[tool]
            },
            "published file, MB": round(Path(runs["world"][-1]["published"]).stat().st_size / 1e6),
            "load of the machine": round(os.getloadavg()[1], 1),
            "measured": runs,
        },
    )
    assert max(run["peak_bytes"] for run in runs["world"]) < MOST_MEMORY
    if lines >= LINES_A_YEAR:  # below, what dbt takes to start each model counts
        assert {tool for tool, found in ratios.items() if found < LEAST[tool]} == set(), ratios


def agree(published: Path, outputs: Path) -> None:
    """The hand-written tables hold the same figures: same rows, indices and shares."""
    with duckdb.connect(str(published), read_only=True) as connection:
        connection.execute(f"attach '{outputs}/duckdb/by_hand.duckdb' as by_hand (read_only)")
        tables = ["by_hand.concentration"]
        tables += [f"'{path}'" for path in sorted(outputs.glob("p*/concentration.parquet"))]
        for table in tables:
            ((theirs, ours, hhi, theil),) = connection.execute(f"""
                select
                    (select count(*) from {table}), count(*), max(abs(a.hhi - b.hhi)), max(abs(a.theil - b.theil))
                from intermediate.int_world__pairs as a inner join {table} as b
                    on a.year = b.t and a.exporter_code = b.i and a.importer_code = b.j""").fetchall()
            assert theirs == ours, table
            assert max(hhi, theil) < 1e-9, table
        tables = ["(select * from by_hand.structure where n > 0)"]
        tables += [
            f"read_parquet('{outputs}/{tool}/structure_*.parquet', union_by_name = true)"
            for tool in ("polars", "pandas")
            if (outputs / tool).exists()
        ]
        query = "select count(*), sum(share), sum({value}) from {table}"
        ours = "marts.trade_structure where flow = 'export' and n_lines > 0"
        ((rows, share, value),) = connection.execute(query.format(value="value_usd", table=ours)).fetchall()
        for table in tables:
            found = connection.execute(query.format(value="value", table=table)).fetchall()[0]
            assert found == pytest.approx((rows, share, value), rel=1e-9), table


def test_cost_grows_with_the_lines_and_no_faster() -> None:
    """Over the sizes measured so far, from ten million lines: seconds a line, at the largest over the smallest."""
    found = {}
    for path in (ROOT / ".benchmarks").glob("world_[0-9]*.json"):
        result = json.loads(path.read_text("utf-8"))
        found[result["lines"]] = result["seconds"]["world"] / result["lines"]
    sizes = sorted(lines for lines in found if lines >= 0.9 * LINES_A_YEAR)
    if len(sizes) < 2:
        pytest.skip("one size was measured: ask for others with KARAKORAM_WORLD_LINES")
    keep(
        "world_growth",
        {"seconds for a million lines": {lines: round(1e6 * found[lines], 3) for lines in sorted(found)}},
    )
    assert found[sizes[-1]] / found[sizes[0]] < SLOWEST
