"""dbt as a process: where it is, what it is told by the environment, and which of its results are refusals."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from orchestration.errors import ConfigurationError, shorten
from orchestration.processes import PARENT
from orchestration.settings import DBT_PROJECT, Settings

NO_TELEMETRY = {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
STDERR = 2
PARTIAL_PARSE, MANIFEST = "partial_parse.msgpack", "manifest.json"
PROJECT_FILES = ("models/**/*", "macros/**/*", "seeds/*", "tests/**/*")  # beside its settings
PLACES = ("--project-dir", os.fspath(DBT_PROJECT), "--profiles-dir", os.fspath(DBT_PROJECT))


def dbt_environment(settings: Settings) -> dict[str, str]:
    """What dbt's profile reads: where the snapshots are, where to build, and who computes on Spark."""
    alone = {"SPARK_LOCAL_IP": "127.0.0.1"} if settings.spark_master.startswith("local") else {}
    return {
        **alone,  # else Spark looks up this machine's name, and listens to others
        "KARAKORAM_SPARK_MASTER": settings.spark_master,
        "DBT_LOG_LEVEL_FILE": "info",  # debug is 10 MB for each build
        "DBT_USE_COLORS_FILE": "false",
        "DBT_LOG_FORMAT_FILE": "debug",  # plain lines with their time; JSON is what Dagster reads
        "KARAKORAM_HOME": str(settings.home),
        "KARAKORAM_BUILD_FILE": str(settings.build_file),
        PARENT: str(os.getpid()),
        **NO_TELEMETRY,
    }


def dbt_executable() -> str:
    """The dbt of this very environment, even when its folder is not on PATH."""
    beside = Path(sys.executable).with_name("dbt")
    return str(beside) if beside.exists() else "dbt"


def forget_another_project(target: Path) -> None:
    """dbt remembers here what it parsed, by the project's folder: of another folder's project it must know nothing."""
    note, here = target / "project.txt", os.fspath(DBT_PROJECT)
    if not note.exists() or note.read_text("utf-8") != here:
        (target / PARTIAL_PARSE).unlink(missing_ok=True)
        target.mkdir(parents=True, exist_ok=True)
        note.write_text(here, "utf-8")


def check_engine(settings: Settings) -> None:
    """ConfigurationError, saying what to do, if the engine that is set cannot run here."""
    if settings.engine != "spark":
        return
    todo = "next: `uv run --extra spark karakoram refresh --engine spark`, or leave KARAKORAM_ENGINE at duckdb"
    missing = [name for name in ("pyspark", "dbt.adapters.spark") if find_spec(name) is None]
    if missing:
        raise ConfigurationError(f"KARAKORAM_ENGINE: spark needs {' and '.join(missing)}, not installed here; {todo}")
    if not (os.environ.get("JAVA_HOME") or shutil.which("java")):
        raise ConfigurationError(
            "KARAKORAM_ENGINE: spark needs Java 17 or later, found neither JAVA_HOME nor java on PATH; "
            "next: install it (Debian: apt-get install default-jre-headless), or leave KARAKORAM_ENGINE at duckdb"
        )


def refusals(results: Path) -> list[str]:
    """The tests that failed and the models that could not be built, each with its reason."""
    if not results.exists():
        return []
    found = json.loads(results.read_text("utf-8"))["results"]
    wrong = [result for result in found if result["status"] in ("fail", "error")]
    return [f"{result['unique_id'].split('.')[2]}: {shorten(result['message'] or '')}" for result in wrong]


def run_dbt(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run dbt on this project, its progress on standard error; returns its exit code."""
    command = [sys.executable, "-m", "orchestration.dbt_process", "--no-use-colors", *arguments, *PLACES]
    return subprocess.run(command, env={**os.environ, **environment}, stdout=STDERR, check=False).returncode
