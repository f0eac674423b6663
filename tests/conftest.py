"""Shared homes: one refresh from the bundle, made once, read by many tests; and how many tests run side by side."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.locks import waiting_lock

ROOT = Path(__file__).resolve().parent.parent
LONGEST = 300  # seconds; a hung refresh fails its test
MOST_WORKERS = 4  # a whole refresh takes up to a gigabyte of memory
BEGUN_FIRST = (  # by length; the second and third need no shared home, so that nobody waits while the first makes it
    "integration/test_spark.py",
    "integration/test_refresh_live.py",
    "faults/test_daemon.py",
    "integration/test_history.py",
    "browser/test_dagster_ui.py",
    "integration/test_refresh_state_bank.py",
    "integration/test_extending.py",
    "integration/test_structure_live.py",
    "faults/test_kill.py",
    "faults/test_hostile_answers.py",
)


@dataclass(frozen=True)
class Home:
    """A KARAKORAM_HOME and the way to use it as a person or a program would: by the command."""

    path: Path
    environment: Mapping[str, str]

    project: Path = ROOT
    longest: float = LONGEST
    shared: bool = False  # with tests that run at the same time: it may be read, not refreshed

    def copy(self, place: Path, *left_out: str) -> Home:
        """The same home elsewhere, to be refreshed or spoiled, without the files of the names ``left_out``."""
        shutil.copytree(self.path, place, symlinks=True, ignore=shutil.ignore_patterns(*left_out))
        return replace(self, path=place, shared=False)

    def karakoram(self, *arguments: str, project: Path | None = None, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command of this project, or of a copy of it; its output is captured."""
        assert not (self.shared and "refresh" in arguments), "other tests read this home: refresh a copy of it"
        place = project or self.project
        command = [sys.executable, "-c", "from orchestration.cli import main; main()", *arguments]
        environment = {**os.environ, **self.environment, "KARAKORAM_HOME": str(self.path), **more}
        environment["PYTHONPATH"] = str(place)
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=place, timeout=self.longest, check=False
        )

    def refresh(self, *arguments: str, **more: str) -> dict[str, Any]:
        """``karakoram refresh --json``, its one JSON object, with the exit code checked against the process."""
        done = self.karakoram("refresh", "--json", *arguments, **more)
        assert done.stdout.count("\n") == 1, done.stdout + done.stderr
        result: dict[str, Any] = json.loads(done.stdout)
        assert result["exit_code"] == done.returncode, done.stderr
        return result

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """Rows of a query on the published file, opened as an analyst would."""
        with duckdb.connect(str((self.path / "karakoram.duckdb").resolve()), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def record(self) -> dict[str, Any]:
        """What the newest published file says of its tables."""
        path = (self.path / "karakoram.duckdb").resolve().with_suffix(".json")
        record: dict[str, Any] = json.loads(path.read_text("utf-8"))
        return record


def copy_of_the_project(place: Path) -> Path:
    """The project's code, dbt project and bundle in another folder, to be edited by a test."""
    left_out = shutil.ignore_patterns("__pycache__", "target", "logs", ".*")
    for name in ("orchestration", "dbt_project"):
        shutil.copytree(ROOT / name, place / name, ignore=left_out)
    return place


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """A worker for each core, up to four, when all is run; none for what is named: its output one wants at once."""
    if config.args_source is pytest.Config.ArgsSource.ARGS:
        config.option.dist = "no"
        return 0
    return min(os.cpu_count() or 2, MOST_WORKERS)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long: whoever is done with it takes small files, and nobody is idle at the end."""
    places = {f"{ROOT}/tests/{name}": place for place, name in enumerate(BEGUN_FIRST)}
    items.sort(key=lambda item: places.get(str(item.path), len(places)))


@pytest.fixture(scope="session")
def bundle_home(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Home:
    """A home after its first refresh from the bundle, one for all workers. Read only: see ``Home.copy``."""
    base = tmp_path_factory.getbasetemp()
    place = (base if worker_id == "master" else base.parent) / "bundle"
    home = Home(place / "data", {"KARAKORAM_ORIGIN": "bundle"})
    with waiting_lock(place / "lock"):
        record = home.path / "first_refresh.json"
        if not record.exists():
            result = home.refresh()
            assert result["exit_code"] == 0, result
            record.write_text(json.dumps(result), "utf-8")
    return replace(home, shared=True)
