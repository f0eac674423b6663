"""Data moves right and imports point left: a module may only use what stands before it in the flow."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.conftest import ROOT

ORDER = (
    ("errors",),
    ("settings", "locks", "processes", "markdown"),
    ("dbt",),
    ("parsed",),
    ("dbt_process",),
    ("standby",),
    ("catalog",),
    ("seeds", "bundle"),
    ("ingest",),
    ("publish",),
    ("ahead",),
    ("notify",),
    ("night",),
    ("resources",),
    ("checks",),
    ("reading",),
    ("report",),
    ("assets",),
    ("instance", "event_storage"),
    ("jobs", "sensors"),
    ("definitions",),
    ("execution",),
    ("home",),
    ("run_launcher",),
    ("run", "world"),
    ("rewind",),
    ("showing",),
    ("cli",),
)
RANK = {name: place for place, names in enumerate(ORDER) for name in names}
NETWORK = {"requests", "urllib3", "http", "socket", "urllib"}
MODULES = sorted((ROOT / "orchestration").rglob("*.py"))


def layer(path: Path) -> str | None:
    parts = path.relative_to(ROOT / "orchestration").with_suffix("").parts
    return None if parts == ("__init__",) else parts[0]


def imported(path: Path) -> set[str]:
    names = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_left(path):
    mine = layer(path)
    if mine is None:
        return
    assert mine in RANK, f"{mine} has no place in the flow yet: add it to ORDER"
    for name in imported(path):
        if name.startswith("orchestration."):
            other = name.split(".")[1]
            if other in RANK:
                assert RANK[other] <= RANK[mine], f"{path.name} ({mine}) imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_only_ingest_touches_the_network_and_only_settings_reads_the_environment(path):
    text = path.read_text("utf-8")
    if layer(path) != "ingest":
        assert not {name.split(".")[0] for name in imported(path)} & NETWORK
    if layer(path) not in ("settings", "instance", "dbt", "parsed", "dbt_process", "standby", "ahead", "assets", "cli"):
        assert "os.environ" not in text
        assert "getenv" not in text


def test_publishers_know_nothing_of_dagster():
    for path in MODULES:
        if layer(path) in ("ingest", "publish", "notify", "catalog", "seeds", "bundle", "reading", "report"):
            assert not {name.split(".")[0] for name in imported(path)} & {"dagster", "dagster_dbt"}, path
