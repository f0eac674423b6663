"""A year of nights, twelve of which bring a release: does the last night cost what the second did?

What a night does before it decides whether to build is run for real: the home is tidied up, every publisher is asked
(doubles on loopback, the default pair with its peers), answers are kept and compared, the fingerprint of all inputs is
taken, and the standing of every dataset is told. The clock is ours, so a year takes minutes. Left out is what does not
depend on how long it has run: Dagster's bookkeeping, and the build after a release (the states after each release are
remembered; tests/integration/test_history.py counts the evaluations).

Processor time is measured, not the clock on the wall: the doubles answer in the same process at all times alike.
"""

from __future__ import annotations

import statistics
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from orchestration.catalog import load_catalog
from orchestration.home import tidy
from orchestration.ingest.refresh import Ingest
from orchestration.ingest.store_tables import write_store_tables
from orchestration.publish.fingerprint import fingerprint
from orchestration.reading import standing
from orchestration.seeds import load_seeds
from orchestration.settings import Settings
from tests.benchmarks.measuring import keep
from tests.support.publishers import FakePublishers

pytestmark = pytest.mark.benchmark

NIGHTS = 365
RELEASES = tuple(range(30, 365, 30))[:12]
FIRST = datetime(2026, 12, 1, 2, 30, tzinfo=UTC)  # after everything in the bundle
MOST_RATIO, MOST_GROWTH = 1.2, 0.05
SIDE = 5  # quiet nights on either end whose median counts


class Year:
    """A home, publishers that answer, and a clock that moves by nights."""

    def __init__(self, home: Path, publishers: FakePublishers) -> None:
        self.publishers, self.now = publishers, FIRST
        publishers.clock = lambda: self.now
        settings = Settings(home=home, pace=0, origin="live", **publishers.urls)
        self.ingest = Ingest(settings, load_catalog(), load_seeds(), clock=lambda: self.now)
        self.digest = ""

    def night(self, number: int) -> tuple[float, bool]:
        """Processor seconds of a night up to its decision, and whether it would have built anything."""
        self.now = FIRST + timedelta(days=number)
        if number in RELEASES:
            for publisher in ("world_bank", "un_comtrade", "imf", "unesco_uis"):
                self.publishers.release(publisher)
        started = time.process_time()
        assert tidy(self.ingest) == []
        for dataset in self.ingest.catalog.datasets.values():
            outcome = self.ingest.refresh(dataset, "live")
            assert outcome.error is None, outcome
        self.ingest.sync()
        write_store_tables(self.ingest)
        # The month is fixed: each new one rebuilds once, release or not, which is not what is measured here.
        digest = fingerprint(self.ingest, FIRST.date())
        assert {row["state"] for row in standing(self.ingest)} <= {"ok", "empty", "disabled"}
        spent = time.process_time() - started
        changed, self.digest = digest != self.digest, digest
        self.publishers.forget()
        return spent, changed

    def size(self) -> int:
        """Bytes of the raw store and of what was parsed from it."""
        folders = (self.ingest.settings.raw, self.ingest.settings.parsed)
        return sum(path.stat().st_size for folder in folders for path in folder.rglob("*") if path.is_file())


def test_a_night_costs_what_changed_not_how_long_it_has_run(tmp_path: Path) -> None:
    spent, built, quiet_growth = {}, [], 0
    with FakePublishers() as publishers:
        year = Year(tmp_path / "home", publishers)
        for number in range(NIGHTS):
            before = year.size()
            spent[number], changed = year.night(number)
            if changed:
                built.append(number)
            else:
                quiet_growth += year.size() - before
        size = year.size()
    quiet = [number for number in spent if number not in built]
    early = statistics.median(spent[number] for number in quiet[:SIDE])
    late = statistics.median(spent[number] for number in quiet[-SIDE:])
    result = {
        "nights": NIGHTS,
        "built": built,
        "ratio": late / early,
        "growth_over_quiet_nights": quiet_growth / size,
        "bytes": size,
        "measured": spent,
    }
    keep("history_cost", result)
    assert built == [0, *RELEASES]
    assert result["growth_over_quiet_nights"] < MOST_GROWTH
    assert result["ratio"] <= MOST_RATIO
