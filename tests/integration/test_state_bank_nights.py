"""Several nights of the State Bank's datasets, from publisher to change log, without a warehouse: turns and history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from orchestration.catalog import load_catalog
from orchestration.ingest.publishers.published_figures import CONTRACT
from orchestration.ingest.refresh import DatasetOutcome, Ingest
from orchestration.seeds import load_seeds
from orchestration.settings import Settings
from tests.support.publishers import FakePublishers

EASYDATA = "state_bank_pakistan.easydata"
RESERVES = "state_bank_pakistan.liquid_reserves"
FILES = (RESERVES, "state_bank_pakistan.services_ebops", "state_bank_pakistan.trade_by_country")
NAMES = (EASYDATA, *FILES)
OTHERS = 8  # requests of a quiet night to the other publishers, see test_refresh_live
MOST = 15


@pytest.fixture
def publishers() -> Iterator[FakePublishers]:
    with FakePublishers() as running:
        yield running


class Nights:
    """One home and a clock that ticks, and jumps from night to night."""

    def __init__(self, home: Path, publishers: FakePublishers, *, files: bool = True) -> None:
        settings = Settings(
            home=home,
            origin="live",
            pace=0,
            sbp_files=files,
            **publishers.urls,
            sbp_api_key=publishers.keys["SBP_API_KEY"],
        )
        self.publishers = publishers
        self.now = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
        self.ingest = Ingest(settings, load_catalog(), load_seeds(), clock=self.tick)

    def tick(self) -> datetime:
        """A second later each time, as answers come one after the other."""
        self.now += timedelta(seconds=1)
        return self.now

    def next(self, *names: str) -> dict[str, DatasetOutcome]:
        """Refresh the State Bank's datasets, or some, a day after the last time."""
        self.publishers.forget()
        self.now += timedelta(days=1)
        return {name: self.ingest.refresh(self.ingest.catalog.datasets[name], "live") for name in names or NAMES}

    def known(self, name: str) -> dict[tuple[Any, ...], float]:
        """Value by the key of a point; the definition comes first, the period last."""
        table = self.ingest.log(self.ingest.catalog.datasets[name]).known()
        columns = ("definition", *(c for c in CONTRACT.key if c not in ("definition", "period")), "period")
        return {tuple(row[column] for column in columns): row["value"] for row in table.to_pylist()}


@pytest.fixture
def nights(tmp_path: Path, publishers: FakePublishers) -> Callable[..., Nights]:
    return lambda **given: Nights(tmp_path / "data", publishers, **given)


def test_a_night_asks_little_and_nothing_waits_long(nights: Callable[..., Nights], publishers: FakePublishers) -> None:
    run = nights()
    first = run.next()
    assert {name: outcome.requests for name, outcome in first.items()} == dict(zip(NAMES, (15, 1, 1, 2), strict=True))
    assert not [outcome.error for outcome in first.values() if outcome.error]
    series: list[set[str]] = []
    files: Counter[str] = Counter()
    for _ in range(8):
        outcomes = run.next()
        assert OTHERS + sum(outcome.requests for outcome in outcomes.values()) <= MOST
        assert {outcome.status for outcome in outcomes.values()} == {"unchanged"}
        asked = [request.path for request in publishers.requests("state_bank_pakistan")]
        series.append({path for path in asked if path.endswith("/data")})
        files.update(
            request.path for place in ("site", "archive") for request in publishers.requests(f"state_bank_{place}")
        )
    everything = set().union(*series)
    assert len(everything) == 13
    for start in range(len(series) - 3):
        assert set().union(*series[start : start + 4]) == everything, "every series within four nights"
    assert files == {
        "/forex.pdf": 4,
        "/dt.xls": 1,
        "/Export_Receipts_by_all_Countries.xls": 1,
        "/Import-Payments-by-All-Countries.xlsx": 1,
    }


def test_what_leaves_a_file_stays_in_the_history(nights: Callable[..., Nights], publishers: FakePublishers) -> None:
    run = nights()
    run.next(RESERVES)
    before = run.known(RESERVES)
    publishers.release("state_bank_site")
    run.next(RESERVES)
    outcome = run.next(RESERVES)[RESERVES]
    assert (outcome.status, outcome.changes.added, outcome.changes.deleted) == ("updated", 3, 0)
    after = run.known(RESERVES)
    new = {(key[0], key[-1]) for key in set(after) - set(before)}
    assert new == {(name, "2026-11-20") for name in ("sbp_held_net", "banks_held", "total_liquid")}
    assert set(before) <= set(after), "the first week is in the file no more"


def test_who_has_not_opted_in_asks_for_no_file(nights: Callable[..., Nights], publishers: FakePublishers) -> None:
    run = nights(files=False)
    outcomes = run.next(*FILES)
    assert publishers.count() == 0
    for outcome in outcomes.values():
        assert (outcome.requests, outcome.error) == (0, None)
        assert outcome.rows > 0, "the bundle stands in"
    june = {key[0]: value for key, value in run.known(RESERVES).items() if key[-1] == "2025-06"}
    assert june == {"sbp_held_net": 14_506.1, "banks_held": 4_763.4, "total_liquid": 19_269.5}


@pytest.mark.parametrize("mode", ["html", "times_1000", "down"])
def test_what_a_place_serves_instead_of_the_file_changes_nothing(
    nights: Callable[..., Nights], publishers: FakePublishers, mode: str
) -> None:
    run = nights()
    run.next(*FILES)
    before = {name: run.known(name) for name in FILES}
    run.now += timedelta(days=10)
    for place in ("state_bank_site", "state_bank_archive"):
        publishers.release(place)
        publishers.set_mode(place, mode)
    assert {outcome.status for outcome in run.next(*FILES).values()} == {"stale"}
    assert {name: run.known(name) for name in FILES} == before
    publishers.set_all_modes("ok")
    assert {outcome.status for outcome in run.next(*FILES).values()} == {"updated"}
