"""Killed at any side effect: the published file stays whole, the next night heals, nothing is left behind."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
from contextlib import suppress

import duckdb
import pytest

from orchestration.locks import writer_lock
from tests.conftest import ROOT
from tests.faults.refreshes import (
    COMMAND,
    assert_tidy,
    assert_whole,
    children,
    is_alive,
    start,
    tables,
    wait_until,
)

KILLS = 14  # and full disks, of some 1,100, in CI; all of them: python -m tests.faults.sweep
SEED = 20261126
WHOLE = 10  # whole refreshes, on demand: pytest -m sweep
EFFECTS = 2500  # of a whole refresh (measured: 2,557, most of them commits of the event log)


def test_a_night_killed_anywhere_is_healed_by_the_next():
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.sweep", "--sample", str(KILLS), "--seed", str(SEED)],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    report = json.loads(done.stdout or "{}")
    assert report.get("not_healed") == {}, done.stdout + done.stderr
    assert report["killed"] == KILLS
    assert {"connect", "symlink", "rename", "fsync"} <= set(report["side_effects"]["second"]), (
        "the killer sees them all"
    )


def building(home):
    """A refresh whose dbt is at work on a build file of its own, and that dbt."""
    file = home.path / "build" / "karakoram.duckdb"
    former = made(file)
    process = start(home, "refresh", "--no-fetch")
    dbt = wait_until(lambda: children(process.pid, "standby"))
    wait_until(lambda: made(file) not in (None, former))
    return process, dbt


def made(file):
    """When the file was made; None if there is none."""
    with suppress(FileNotFoundError):
        return file.stat().st_ctime_ns


@pytest.mark.slow
def test_a_refresh_killed_with_its_dbt_still_running_is_healed_at_once(bundle_home, tmp_path):
    """Even with somebody who has forgotten the former build open, and so locks it."""
    home = bundle_home.copy(tmp_path / "data")
    with duckdb.connect(str(home.path / "build" / "karakoram.duckdb"), read_only=True) as forgotten:
        kill_and_heal(home)
        assert forgotten.execute("select count(*) > 0 from marts.observations").fetchall() == [(True,)]


def kill_and_heal(home):
    before = tables(home)
    process, dbt = building(home)
    process.kill()
    process.communicate(timeout=30)
    orphan = next((child for child in dbt if is_alive(child)), None)
    assert_whole(home)
    healed = home.refresh("--no-fetch")
    assert (healed["exit_code"], healed["errors"]) == (0, [])
    assert orphan is None or not is_alive(orphan), "it would have written below the new build"
    assert tables(home) == before
    assert_whole(home)
    assert_tidy(home)


@pytest.mark.slow
def test_a_stop_is_orderly_quick_and_leaves_no_process(bundle_home, tmp_path):
    home = bundle_home.copy(tmp_path / "data")
    process, dbt = building(home)
    process.terminate()
    _, said = process.communicate(timeout=15)
    assert process.returncode in (2, 130), said
    with writer_lock(home.path / ".refresh.lock"):
        pass
    wait_until(lambda: not any(is_alive(child) for child in dbt), seconds=10)
    assert_whole(home)


@pytest.mark.sweep
@pytest.mark.parametrize("number", random.Random(SEED).sample(range(1, EFFECTS), WHOLE))
def test_a_whole_refresh_killed_anywhere_is_healed_by_the_next(bundle_home, tmp_path, number):
    home = bundle_home.copy(tmp_path / "data")
    before = tables(home)
    process = start(home, "refresh", "--no-fetch", kill=f"{COMMAND}:{number}:{random.choice(('before', 'after'))}")
    process.communicate(timeout=300)
    assert process.returncode == -signal.SIGKILL
    assert_whole(home)
    healed = home.refresh("--no-fetch")
    assert (healed["exit_code"], healed["errors"]) == (0, [])
    assert tables(home) == before
    assert_tidy(home)
