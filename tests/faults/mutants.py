"""Tests of the tests: change one thing in a check, a gate or a parser, and see whether the suite notices.

    python -m tests.faults.mutants                  all modules below, some minutes each
    python -m tests.faults.mutants guards currency  some of them

A mutant is one comparison turned, one condition negated, one number moved, one ``and`` made ``or``, or one ``raise``
taken out. It is killed when a test of its module fails; the survivors are listed with their line.

Killed of all, November 2026: currency 44/44, published_figures 23/23, guards 26/28, contracts 23/27, http 94/106,
imf 77/82, world_bank 146/164, changes 26/31, decoding 10/12, refresh 50/65, snapshots 25/35. Most of what survives
moves a limit by a hair, a word of a message or a default; of the refresh also what it does with the bundle, which
only whole refreshes test. Not yet scored to the end: warehouse, thresholds, wire, asking, and the other publishers.
"""

from __future__ import annotations

import ast
import copy
import importlib
import json
import math
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

from tests.conftest import ROOT

INGEST, UNIT = "orchestration/ingest", "tests/unit/ingest"
CLOCKS = "tests/faults/test_disk.py::test_a_clock_that_runs_ahead_of_the_publishers"
MODULES = {
    "guards": (f"{INGEST}/guards.py", [f"{UNIT}/test_guards.py", f"{UNIT}/test_guards_limits.py"]),
    "contracts": (
        f"{INGEST}/contracts.py",
        [f"{UNIT}/test_contracts.py", f"{UNIT}/publishers/test_published_figures.py"],
    ),
    "thresholds": ("orchestration/checks/thresholds.py", ["tests/unit/checks/test_thresholds.py"]),
    "currency": ("orchestration/checks/currency.py", ["tests/unit/checks/test_currency.py"]),
    "changes": (f"{INGEST}/changes.py", [f"{UNIT}/test_changes.py"]),
    "decoding": (f"{INGEST}/decoding.py", [f"{UNIT}/test_decoding.py"]),
    "snapshots": (f"{INGEST}/snapshots.py", [f"{UNIT}/test_snapshots.py", f"{UNIT}/test_refresh_history.py"]),
    "refresh": (f"{INGEST}/refresh.py", [f"{UNIT}/test_refresh_history.py", f"{CLOCKS}_dates_nothing"]),
    "http": (f"{INGEST}/http.py", [f"{UNIT}/test_http.py"]),
    "wire": (f"{INGEST}/wire.py", [f"{UNIT}/test_wire.py", f"{UNIT}/test_http.py"]),
    **{
        name: (f"{INGEST}/publishers/{name}.py", [f"{UNIT}/publishers/test_{name}.py"])
        for name in (
            "published_figures",
            "world_bank",
            "un_comtrade",
            "imf",
            "unesco_uis",
            "state_bank_pakistan",
            "state_bank_pakistan_files",
            "state_bank_pakistan_tables",
            "asking",
        )
    },
    "warehouse": (
        "orchestration/publish/warehouse.py",
        ["tests/unit/publish/test_warehouse.py", "tests/faults/test_disk.py", "tests/faults/test_surfaces.py"],
    ),
}
TURNED = {
    ast.Lt: ast.GtE,
    ast.GtE: ast.Lt,
    ast.Gt: ast.LtE,
    ast.LtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}
CHEAP = "not newer and not read_only and not command_leaves and not zone and not full_disk"
HEAVY = (
    "hypothesis",
    "pyarrow.parquet",
    "pyarrow.compute",
    "duckdb",
    "requests",
    "pydantic_settings",
    "yaml",
    "dagster",
)
SPARE = 30  # seconds; a mutant that takes so much longer than five times what the tests take as they are hangs


def main() -> None:
    """Print, per module, how many mutants were killed, and the survivors."""
    names = sys.argv[1:] or list(MODULES)
    for name in HEAVY:  # once for all mutants, each of which is a fork
        importlib.import_module(name)
    for name in names:
        print(json.dumps({name: survivors_of(*MODULES[name])}, indent=1), flush=True)


def survivors_of(file: str, tests: list[str]) -> dict[str, object]:
    """Counts, and the survivors as 'line: what was changed'."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("orchestration", "tests", "tools"):
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", place)
        (place / "dbt_project").symlink_to(ROOT / "dbt_project")
        source, began = (ROOT / file).read_text("utf-8"), time.monotonic()
        if not passes(place, tests, math.inf):
            raise SystemExit(f"the tests of {file} fail as they are")
        longest = SPARE + 5 * (time.monotonic() - began)
        alive, all_of_them = [], list(mutants(source))
        for what, mutated in all_of_them:
            (place / file).write_text(mutated, "utf-8")
            if passes(place, tests, longest):
                alive.append(what)
                print(f"{file}:{what}", file=sys.stderr, flush=True)  # kept even if the run is cut short
        return {"mutants": len(all_of_them), "killed": len(all_of_them) - len(alive), "survivors": alive}


def passes(place: Path, tests: list[str], longest: float) -> bool:
    """Whether the tests still pass, in a fork that has yet to import any module of ours."""
    child = os.fork()
    if not child:
        _run(place, tests)
    ends = time.monotonic() + longest
    while time.monotonic() < ends:
        ended, status = os.waitpid(child, os.WNOHANG)
        if ended:
            return os.waitstatus_to_exitcode(status) == 0
        time.sleep(0.02)
    os.killpg(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return False


def _run(place: Path, tests: list[str]) -> NoReturn:
    """Run the tests in this process, and end it with their exit code."""
    os.setsid()  # a group of its own, to be killed with all that it started
    os.chdir(place)
    os.environ.update(PYTHONPATH=str(place), PYTHONDONTWRITEBYTECODE="1")
    sys.dont_write_bytecode = True
    sys.path[:] = [str(place), *(path for path in sys.path if path not in ("", str(ROOT)))]
    for name in [name for name in sys.modules if name.partition(".")[0] in ("orchestration", "tests", "tools")]:
        del sys.modules[name]
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    cheap = ["-k", CHEAP] if any("test_disk" in test for test in tests) else []
    os._exit(pytest.main(["-x", "-q", "-p", "no:cacheprovider", *cheap, *tests]))


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Every mutant of a module: what was changed, and the whole text."""
    tree = ast.parse(source)
    for place, node in enumerate(ast.walk(tree)):
        for number in range(choices(node)):
            mutated = copy.deepcopy(tree)
            changed = next(found for at, found in enumerate(ast.walk(mutated)) if at == place)
            what = change(changed, number)
            yield f"{getattr(node, 'lineno', 0)}: {what}", ast.unparse(ast.fix_missing_locations(mutated))


def choices(node: ast.AST) -> int:
    """In how many ways a node may be changed."""
    if isinstance(node, ast.Compare):
        return sum(type(operator) in TURNED for operator in node.ops)
    if isinstance(node, ast.If | ast.IfExp):
        return 0 if isinstance(node.test, ast.Compare) else 1
    if isinstance(node, ast.FunctionDef):
        return sum(isinstance(statement, ast.Raise) for statement in ast.walk(node))
    if isinstance(node, ast.Constant):
        return int(isinstance(node.value, int | float) and not isinstance(node.value, bool))
    return int(isinstance(node, ast.BoolOp))


def change(node: ast.AST, number: int) -> str:
    """Change a node in its ``number``-th way, and say how."""
    before = ast.unparse(node)[:70]
    if isinstance(node, ast.Compare):
        place = [at for at, operator in enumerate(node.ops) if type(operator) in TURNED][number]
        node.ops[place] = TURNED[type(node.ops[place])]()
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
        return f"not {before!r}"
    elif isinstance(node, ast.FunctionDef):
        return f"without {_remove_raise(node, number)!r}"
    elif isinstance(node, ast.Constant):
        node.value = node.value + 1  # type: ignore[operator]
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()
    return f"{before!r} -> {ast.unparse(node)[:70]!r}"


def _remove_raise(function: ast.FunctionDef, number: int) -> str:
    target = [statement for statement in ast.walk(function) if isinstance(statement, ast.Raise)][number]
    for parent in ast.walk(function):
        for _, block in ast.iter_fields(parent):
            if isinstance(block, list) and target in block:
                block[block.index(target)] = ast.Pass()
    return ast.unparse(target)[:70]


if __name__ == "__main__":
    main()
