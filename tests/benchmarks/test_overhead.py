"""What the frame around dbt costs: a first refresh and a quiet night, against a bare ``dbt build``."""

from __future__ import annotations

import resource
import shutil
import sys
from pathlib import Path

import pytest

from orchestration.dbt import dbt_executable
from orchestration.parsed import KEPT
from tests.benchmarks.measuring import ROOT, keep, ratio, run, side_by_side

pytestmark = pytest.mark.benchmark

COMMAND = [sys.executable, "-c", "from orchestration.cli import main; main()", "refresh", "--json"]
DBT = [dbt_executable(), "--quiet", "build", "--exclude-resource-type", "unit_test"]
MOST_OVERHEAD, MOST_QUIET = 1.4, 0.35
MOST_MEMORY, LARGEST_FILE = 1e9, 50e6


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home after a refresh: its inputs serve the bare build, its state the quiet night."""
    home = tmp_path_factory.mktemp("bench") / "data"
    run(COMMAND, {"KARAKORAM_HOME": str(home)})
    return home


def bare_build(home: Path) -> None:
    """dbt alone, on the inputs that a refresh has prepared; it parses the project, as a first refresh must."""
    project, target = str(ROOT / "dbt_project"), home.parent / "target"
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    build_file = home.parent / "bare.duckdb"
    build_file.unlink(missing_ok=True)
    environment = {
        "KARAKORAM_HOME": str(home),
        "KARAKORAM_BUILD_FILE": str(build_file),
        "DBT_TARGET_PATH": str(target),
        "DBT_LOG_PATH": str(target),
    }
    run([*DBT, "--project-dir", project, "--profiles-dir", project], environment)


def first_refresh(home: Path) -> None:
    """A refresh into an empty home, of a project that nobody has parsed yet."""
    shutil.rmtree(KEPT, ignore_errors=True)
    refresh_of_another_home(home)


def refresh_of_another_home(home: Path) -> None:
    """A refresh into an empty home, of a project that was parsed before."""
    shutil.rmtree(home.parent / "fresh", ignore_errors=True)
    run(COMMAND, {"KARAKORAM_HOME": str(home.parent / "fresh")})


def quiet_night(home: Path) -> None:
    """A refresh in which nothing was released."""
    run(COMMAND, {"KARAKORAM_HOME": str(home)})


def test_overhead_of_a_refresh_and_of_a_quiet_night(filled: Path) -> None:
    measured = side_by_side(
        {
            "bare dbt build": lambda: bare_build(filled),
            "first refresh": lambda: first_refresh(filled),
            "first refresh of another home": lambda: refresh_of_another_home(filled),
            "quiet night": lambda: quiet_night(filled),
        }
    )
    overhead = ratio(measured, "first refresh", "bare dbt build")
    quiet = ratio(measured, "quiet night", "bare dbt build")
    keep("overhead", {"ratio": round(overhead, 2), "bound": MOST_OVERHEAD, "measured": measured})
    keep("quiet_night", {"ratio": round(quiet, 2), "bound": MOST_QUIET, "measured": measured})
    assert overhead <= MOST_OVERHEAD
    assert quiet <= MOST_QUIET


def test_memory_and_disk(filled: Path) -> None:
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    size = (filled / "karakoram.duckdb").resolve().stat().st_size
    keep("memory_and_disk", {"largest process, bytes": peak, "published file, bytes": size})
    assert peak < MOST_MEMORY
    assert size < LARGEST_FILE
