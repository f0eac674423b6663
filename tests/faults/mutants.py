"""Tests of the tests: change one thing in a check, a gate or a parser, and see whether the suite notices.

    python -m tests.faults.mutants                  all modules below, some minutes each
    python -m tests.faults.mutants guards currency  some of them

A mutant is one comparison turned, one condition negated, one number moved, one ``and`` made ``or``, or one ``raise``
taken out. It is killed when a test of its module fails; the survivors are listed with their line.
"""

from __future__ import annotations

import ast
import copy
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import ROOT

MODULES = {
    "guards": ("orchestration/ingest/guards.py", ["tests/unit/ingest/test_guards.py"]),
    "contracts": (
        "orchestration/ingest/contracts.py",
        ["tests/unit/ingest/test_contracts.py", "tests/unit/ingest/publishers/test_published_figures.py"],
    ),
    "currency": ("orchestration/checks/currency.py", ["tests/unit/checks/test_currency.py"]),
    "changes": ("orchestration/ingest/changes.py", ["tests/unit/ingest/test_changes.py"]),
    "decoding": ("orchestration/ingest/decoding.py", ["tests/unit/ingest/test_decoding.py"]),
    "published_figures": (
        "orchestration/ingest/publishers/published_figures.py",
        ["tests/unit/ingest/publishers/test_published_figures.py"],
    ),
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
LONGEST = 240  # seconds; a mutant that hangs is noticed too
CHEAP = "not newer and not read_only and not command_leaves and not zone and not full_disk"


def main() -> None:
    """Print, per module, how many mutants were killed, and the survivors."""
    names = sys.argv[1:] or list(MODULES)
    report = {name: survivors_of(*MODULES[name]) for name in names}
    print(json.dumps(report, indent=1))


def survivors_of(file: str, tests: list[str]) -> dict[str, object]:
    """Counts, and the survivors as 'line: what was changed'."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        for name in ("orchestration", "tests", "tools"):
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy(ROOT / "pyproject.toml", place)
        (place / "dbt_project").symlink_to(ROOT / "dbt_project")
        source = (ROOT / file).read_text("utf-8")
        if not passes(place, tests):
            raise SystemExit(f"the tests of {file} fail as they are")
        alive, all_of_them = [], list(mutants(source))
        for what, mutated in all_of_them:
            (place / file).write_text(mutated, "utf-8")
            if passes(place, tests):
                alive.append(what)
        return {"mutants": len(all_of_them), "killed": len(all_of_them) - len(alive), "survivors": alive}


def passes(place: Path, tests: list[str]) -> bool:
    """Whether the tests still pass."""
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-k", CHEAP, *tests],
            cwd=place,
            env={**os.environ, "PYTHONPATH": str(place), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            timeout=LONGEST,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def mutants(source: str) -> Iterator[tuple[str, str]]:
    """Every mutant of a module: what was changed, and the whole text."""
    tree = ast.parse(source)
    for place, node in enumerate(ast.walk(tree)):
        for number in range(choices(node)):
            mutated = copy.deepcopy(tree)
            changed = next(found for at, found in enumerate(ast.walk(mutated)) if at == place)
            before = ast.unparse(changed)[:70]
            change(changed, number)
            after = ast.unparse(changed)[:70]
            yield (
                f"{getattr(node, 'lineno', 0)}: {before!r} -> {after!r}",
                ast.unparse(ast.fix_missing_locations(mutated)),
            )


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


def change(node: ast.AST, number: int) -> None:
    """Change a node in its ``number``-th way."""
    if isinstance(node, ast.Compare):
        place = [at for at, operator in enumerate(node.ops) if type(operator) in TURNED][number]
        node.ops[place] = TURNED[type(node.ops[place])]()
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.FunctionDef):
        _remove_raise(node, number)
    elif isinstance(node, ast.Constant):
        node.value = node.value + 1  # type: ignore[operator]
    elif isinstance(node, ast.BoolOp):
        node.op = ast.Or() if isinstance(node.op, ast.And) else ast.And()


def _remove_raise(function: ast.FunctionDef, number: int) -> None:
    target = [statement for statement in ast.walk(function) if isinstance(statement, ast.Raise)][number]
    for parent in ast.walk(function):
        for _, block in ast.iter_fields(parent):
            if isinstance(block, list) and target in block:
                block[block.index(target)] = ast.Pass()


if __name__ == "__main__":
    main()
