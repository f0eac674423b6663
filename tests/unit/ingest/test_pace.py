"""Publishers are asked at their pace, and no more often a day than they allow, by all processes of a home together."""

from __future__ import annotations

import subprocess
import sys
import time
from datetime import date
from itertools import pairwise

import pytest

from orchestration.ingest.pace import Pace, Quota
from tests.conftest import ROOT

PACE, PROCESSES, TURNS = 0.1, 4, 3
PROGRAM = """
import sys, time
from pathlib import Path
from orchestration.ingest.pace import Pace
pace, seen = Pace(Path(sys.argv[1])), []
clock = lambda: seen.append(time.monotonic()) or seen[-1]
for _ in range(int(sys.argv[3])):
    pace.take_turn(float(sys.argv[2]), clock, time.sleep)
    print(seen[-1], flush=True)  # the start that it was given
"""


class Now:
    """A clock that only moves when somebody sleeps."""

    def __init__(self, now: float = 1000.0) -> None:
        self.now, self.slept = now, []

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def take(self, pace: Pace, seconds: float) -> None:
        pace.take_turn(seconds, lambda: self.now, self.sleep)


def test_processes_keep_a_pace_together(tmp_path):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "turns" / "imf"), str(PACE), str(TURNS)]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(PROCESSES)]
    starts = sorted(float(line) for process in running for line in process.communicate(timeout=60)[0].split())
    assert [process.returncode for process in running] == [0] * PROCESSES
    assert len(starts) == PROCESSES * TURNS
    assert min(after - before for before, after in pairwise(starts)) >= PACE - 0.001
    assert starts[-1] - starts[0] >= (PROCESSES * TURNS - 1) * PACE - 0.001


def test_a_process_that_is_killed_while_it_waits_keeps_nobody_waiting(tmp_path):
    command = [sys.executable, "-c", PROGRAM, str(tmp_path / "imf"), "60", "2"]
    waiting = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert waiting.stdout.readline()  # it had its first turn, and waits a minute for the second
    time.sleep(0.2)
    waiting.kill()
    waiting.communicate()
    now = Now(time.monotonic())
    now.take(Pace(tmp_path / "imf"), 60)
    assert now.slept == [pytest.approx(60, abs=5)]  # for the publisher's sake, not for the lock's


@pytest.mark.parametrize("left", ["", "12", "x y", "99999999.0 2.0\n"])
def test_whatever_is_left_in_the_file_delays_one_request_at_most(tmp_path, left):
    (tmp_path / "imf").write_text(left)
    now = Now()
    now.take(Pace(tmp_path / "imf"), 2)
    assert sum(now.slept) <= 2
    now.take(Pace(tmp_path / "imf"), 2)
    assert now.slept[-1] == 2


def test_without_a_file_the_turns_are_this_process_own(tmp_path):
    now, pace = Now(), Pace()
    for seconds in (2, 1, 2):
        now.take(pace, seconds)
    assert now.slept == [2, 1]


COUNTING = """
import sys
from datetime import date
from pathlib import Path
from orchestration.ingest.pace import Quota
quota = Quota(Path(sys.argv[1]))
print(sum(quota.take(50, date(2026, 11, 27)) for _ in range(30)))
"""
TODAY = date(2026, 11, 27)


def test_processes_count_a_days_requests_together(tmp_path):
    command = [sys.executable, "-c", COUNTING, str(tmp_path / "turns" / "imf.day")]
    running = [subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    made = [int(process.communicate(timeout=60)[0]) for process in running]
    assert [process.returncode for process in running] == [0] * 3
    assert sum(made) == 50, "of ninety"


def test_a_day_begins_with_nothing_and_whoever_was_killed_has_taken_nothing_away(tmp_path):
    file = tmp_path / "imf.day"
    taken = [Quota(file).take(3, TODAY) for _ in range(4)]  # each as a process that has just begun
    assert taken == [True, True, True, False]
    assert Quota(file).take(4, TODAY), "the publisher has raised its limit"
    assert [Quota(file).take(1, date(2026, 11, 28)) for _ in range(2)] == [True, False]


@pytest.mark.parametrize("left", ["", "2026-11", "2026-11-26\n.....", "....", "\x00\x00\n.."])
def test_whatever_else_is_left_in_the_file_is_no_request_of_today(tmp_path, left):
    (tmp_path / "imf.day").write_text(left)
    assert [Quota(tmp_path / "imf.day").take(2, TODAY) for _ in range(3)] == [True, True, False]


def test_without_a_file_the_count_is_this_process_own():
    quota = Quota()
    assert [quota.take(2, TODAY) for _ in range(3)] == [True, True, False]
    assert quota.take(2, date(2026, 11, 28))
