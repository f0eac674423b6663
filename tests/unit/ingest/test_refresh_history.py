"""What a night may do to history: deletions only from a complete answer to the same request, never many at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pyarrow.parquet as pq
import pytest

from orchestration.catalog import load_catalog
from orchestration.errors import SourceError
from orchestration.ingest import refresh as refreshing
from orchestration.ingest.http import HttpResponse
from orchestration.ingest.publishers import un_comtrade
from orchestration.ingest.publishers.base import Answer, Source
from orchestration.ingest.refresh import Ingest
from orchestration.seeds import load_seeds
from orchestration.settings import Settings
from tests.support.publishers import FakePublishers
from tests.support.tables import CONTRACT, parse

FIRST = datetime(2026, 1, 1, 2, 30, tzinfo=UTC)
YEARS = [f"PAK,{year},{year}" for year in range(1920, 2020)]


class Office:
    """A publisher of figures, and a clock: each night it answers what it was told to."""

    def __init__(self, home, monkeypatch):
        self.now = FIRST
        self.dataset = load_catalog().datasets["imf.imts"]
        monkeypatch.setattr(refreshing, "source_of", lambda name: Source(parse, CONTRACT, self.fetch))
        monkeypatch.setattr(refreshing.bundle, "snapshots", lambda **asked: [])
        self.ingest = Ingest(Settings(home=home), load_catalog(), load_seeds(), clock=lambda: self.now)
        self.answers = []

    def fetch(self, context):
        for scope, text in self.answers:
            if text is None:
                raise SourceError("hung up", where="imf.imts")
            yield Answer(scope, [HttpResponse(text.encode(), 200, "http://127.0.0.1/x", {"content-type": "text/csv"})])

    def night(self, *answers):
        self.now += timedelta(days=1)
        self.answers = answers
        return self.ingest.refresh(self.dataset, "live")

    @property
    def status(self):
        return self.ingest.store.status("imf.imts")

    @property
    def changes(self):
        table = pq.read_table(self.ingest.log(self.dataset).folder)
        return [(row["period"], row["change"], row["known_from"]) for row in table.to_pylist()]


@pytest.fixture
def office(tmp_path, monkeypatch):
    return Office(tmp_path / "home", monkeypatch)


def test_a_point_that_a_complete_answer_lacks_was_deleted(office):
    office.night(("all", " ".join(YEARS)))
    outcome = office.night(("all", " ".join(YEARS[1:])))
    assert (outcome.status, outcome.changes.deleted, outcome.rows) == ("updated", 1, 99)
    assert [change for change in office.changes if change[1] == "deleted"] == [("1920", "deleted", office.now)]


def test_many_deletions_at_once_are_quarantined_and_the_last_good_stands(office):
    office.night(("all", " ".join(YEARS)))
    outcome = office.night(("all", " ".join(YEARS[10:])))
    assert (outcome.status, outcome.changes.total, outcome.rows) == ("stale", 0, 100)
    assert "10 of 100 points of the former answer to the same request are missing" in outcome.error
    assert len(office.ingest.store.quarantined("imf.imts")) == 1
    assert {change for _, change, _ in office.changes} == {"added"}


def test_an_answer_that_breaks_off_deletes_nothing(office):
    office.night(("old", " ".join(YEARS[:50])), ("new", " ".join(YEARS[50:])))
    outcome = office.night(("old", " ".join(YEARS[:50])), ("new", None))
    assert (outcome.status, outcome.changes.total, outcome.rows) == ("stale", 0, 100)


def test_a_smaller_request_deletes_nothing(office):
    office.night(("all", " ".join(YEARS)))
    outcome = office.night(("recent", " ".join(YEARS[90:])))
    assert (outcome.status, outcome.changes.total, outcome.rows) == ("updated", 0, 100)


def test_nights_that_bring_nothing_leave_nothing(office):
    office.night(("all", " ".join(YEARS)))
    kept = {path: path.read_bytes() for path in office.ingest.settings.home.rglob("*") if path.is_file()}
    for _ in range(3):
        assert office.night(("all", " ".join(YEARS))).status == "unchanged"
    after = {path: path.read_bytes() for path in office.ingest.settings.home.rglob("*") if path.is_file()}
    assert {path.name for path in after if after[path] != kept.get(path)} == {"status.json"}


def test_stale_since_the_first_failure_until_the_next_good_answer(office):
    first = office.night(("all", "PAK,2023,1"))
    good = office.now
    kept = office.ingest.store.latest("imf.imts")
    assert (first.status, first.snapshot_id, kept.url) == ("updated", kept.snapshot_id, "http://127.0.0.1/x")
    assert (office.status.checked_at, office.status.stale_since) == (good, None)
    assert office.night(("all", None)).status == "stale"
    broken = office.now
    assert office.night(("all", None)).status == "stale"
    assert (office.status.attempted_at, office.status.checked_at) == (office.now, good)
    assert office.status.stale_since == broken
    before = office.status
    nobody_asked = office.ingest.refresh(office.dataset)
    assert (nobody_asked.status, office.status) == ("stale", before)
    assert "hung up" in nobody_asked.error
    assert office.night(("all", "PAK,2023,1")).status == "unchanged"
    assert (office.status.checked_at, office.status.stale_since, office.status.error) == (office.now, None, None)
    assert office.ingest.refresh(office.dataset).status == "unchanged"


def test_without_any_snapshot_a_failure_is_no_staleness(office):
    outcome = office.night(("all", None))
    assert (outcome.status, outcome.snapshot_id) == ("failed", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("PAK,2024,many", "our parser stumbled: ValueError"),
        ("PAK,2024", "imf.imts all: a line without three cells"),
        ("PAK,2024,-1", "imf.imts all: 1 values of value are not numbers within their bounds"),
    ],
)
def test_what_cannot_be_read_is_kept_aside_with_the_reason(office, text, said):
    outcome = office.night(("all", text))
    assert said in outcome.error
    assert ("stumbled" in outcome.error) == ("stumbled" in said)
    assert said in office.ingest.store.quarantined("imf.imts")[0]["refused_because"]
    assert office.ingest.store.latest("imf.imts") is None


def test_nobody_is_asked_without_a_key_or_an_opt_in_or_from_the_bundle(office):
    given = office.dataset
    office.answers = [("all", "PAK,2023,1")]
    office.dataset = given.model_copy(update={"needs_key": "sbp_api_key"})
    assert office.night(("all", "PAK,2023,1")).status == "disabled"
    office.dataset = given.model_copy(update={"opt_in": "sbp_files"})
    assert not office.ingest.asks(office.dataset)
    assert office.night(("all", "PAK,2023,1")).status == "unchanged"
    looked = office.status.checked_at
    assert looked == office.now
    office.now += timedelta(days=1)
    assert office.ingest.refresh(given, "bundle").status == "unchanged"
    assert (office.status.attempted_at, office.status.checked_at) == (office.now, looked)
    assert office.ingest.store.history("imf.imts") == ()
    office.ingest.settings = office.ingest.settings.model_copy(update={"sbp_files": True})
    assert office.night(("all", "PAK,2023,1")).status == "updated"


def test_a_backfill_that_is_repeated_rewrites_no_date(tmp_path):
    """The same year fetched twice, and once more after a release: what was known keeps the day it became known."""
    with FakePublishers() as publishers:
        start = datetime.now(UTC)  # a clock that is off the publisher's own by days is not believed
        clock = [start]
        settings = Settings(home=tmp_path / "home", pace=0, comtrade_url=publishers.urls["comtrade_url"])
        ingest = Ingest(settings, load_catalog(), load_seeds(), clock=lambda: clock[0])
        dataset = ingest.catalog.datasets[un_comtrade.DATASET]

        def backfill(hour):
            clock[0] = start + timedelta(hours=hour)
            fetch = partial(un_comtrade.fetch_years, since=2024, until=2024)
            return ingest.refresh(dataset, "live", fetch_with=fetch)

        def history():
            return pq.read_table(ingest.log(dataset).folder).to_pylist()

        first = backfill(0)
        known = history()
        assert first.changes.added > 0
        assert backfill(1).changes.total == 0
        assert history() == known
        publishers.release("un_comtrade")
        later = backfill(2)
        assert later.changes.revised > 0
        kept = {tuple(row.items()) for row in known}
        assert kept <= {tuple(row.items()) for row in history()}
        new = {row["known_from"] for row in history() if tuple(row.items()) not in kept}
        assert all(clock[0] <= moment < clock[0] + timedelta(seconds=1) for moment in new), "a microsecond an answer"
