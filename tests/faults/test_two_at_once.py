"""Two at once: one writes, the other says so and leaves with 75, or waits; a backfill and a night do not collide."""

from __future__ import annotations

import fcntl
import multiprocessing
import subprocess
import sys
import threading
import time
from datetime import timedelta

import pytest

from orchestration.catalog import load_catalog
from orchestration.home import tidy
from orchestration.ingest.refresh import Ingest
from orchestration.locks import AlreadyRunningError, lock_if_free, waiting_lock, writer_lock
from orchestration.processes import PARENT, end_orphans
from orchestration.seeds import load_seeds
from orchestration.settings import load_settings
from tests.conftest import Home
from tests.faults import small_night
from tests.faults.refreshes import is_alive, start, wait_until
from tests.faults.sweep import leftovers, state_of
from tests.support.publishers import FakePublishers

HOLD = (
    "import sys, time; from pathlib import Path; from orchestration.locks import writer_lock\n"
    "with writer_lock(Path(sys.argv[1])):\n    print('held', flush=True); sys.stdin.read()"
)


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "data", {"KARAKORAM_ORIGIN": "bundle"})


@pytest.fixture
def holder(home):
    """Another process that holds the lock until its input is closed."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.path / ".refresh.lock")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()


@pytest.mark.parametrize("arguments", [["refresh"], ["refresh", "--no-fetch"]])
def test_a_second_refresh_says_who_is_at_work_and_leaves_with_75(home, holder, arguments):
    done = home.karakoram(*arguments)
    assert done.returncode == 75
    assert f"is running already (process {holder.pid} since" in done.stderr
    assert done.stdout == ""


def test_a_refresh_that_waits_says_so_and_begins_when_the_other_has_ended(home, holder):
    process = start(home, "refresh", "--no-fetch", "--wait", "--json")
    assert wait_until(lambda: process.stderr.readline()).startswith("karakoram: a refresh of")
    assert process.poll() is None
    holder.stdin.close()
    told, _ = process.communicate(timeout=120)
    assert process.returncode == 2, "there is nothing to build from yet, but its turn came"
    assert "holds no snapshot yet" in told


def test_a_lock_that_is_waited_for_names_its_new_holder(tmp_path):
    path, said = tmp_path / ".refresh.lock", []
    with writer_lock(path):
        waiting = threading.Thread(target=lambda: said.append(_take(path)))
        waiting.start()
        time.sleep(0.1)
        assert said == []
    waiting.join(timeout=10)
    assert "process" in said[0]
    with writer_lock(path), pytest.raises(AlreadyRunningError), writer_lock(path):
        pass


def _take(path):
    heard = []
    with writer_lock(path, wait=heard.append):
        return heard[0]


def test_a_lock_that_is_free_is_held_meanwhile(tmp_path):
    path = tmp_path / ".lock"
    with lock_if_free(path) as free:
        assert free
        with lock_if_free(path) as again:
            assert not again
    with waiting_lock(path), lock_if_free(path) as free:
        assert not free


def test_tidying_up_spares_what_a_backfill_is_writing(tmp_path):
    with FakePublishers() as publishers:
        settings = small_night.settings_of(tmp_path / "data", publishers.urls["imf_url"])
        small_night.run(settings)
    ingest = small_night.ingest_of(settings)
    dataset = "imf.reserves"
    alive = ingest.store.folder(dataset) / ".tmp-alive"
    dead = ingest.store.folder("wri_cofi.power_plants") / ".tmp-dead"
    alive.mkdir()
    dead.mkdir()
    with ingest.alone_with(ingest.catalog.datasets[dataset]):
        tidy(ingest)
        assert alive.exists()
        assert not dead.exists()
    tidy(ingest)
    assert leftovers(settings) == []


def _refresh(home, url, barrier):
    ingest = small_night.ingest_of(small_night.settings_of(home, url))
    barrier.wait()
    ingest.refresh(ingest.catalog.datasets["imf.reserves"], "live")


def test_a_backfill_during_a_night_loses_nothing_and_keeps_nothing_twice(tmp_path):
    spawn = multiprocessing.get_context("spawn")
    with FakePublishers(latency=0.2) as publishers:
        url = publishers.urls["imf_url"]
        alone = small_night.settings_of(tmp_path / "alone", url)
        small_night.run(alone)
        together = small_night.settings_of(tmp_path / "together", url)
        barrier = spawn.Barrier(2)
        both = [spawn.Process(target=_refresh, args=(together.home, url, barrier)) for _ in range(2)]
        for process in both:
            process.start()
        for process in both:
            process.join(timeout=60)
        assert [process.exitcode for process in both] == [0, 0]
        small_night.run(together)
    assert state_of(together) == state_of(alone)


def test_a_day_whose_requests_a_backfill_has_used_up_goes_on_the_next_with_nothing_lost(tmp_path):
    with FakePublishers() as publishers:
        settings = load_settings(home=tmp_path / "data", origin="live", pace=0.001, imf_url=publishers.urls["imf_url"])
        known = load_catalog()
        imf = known.publishers["imf"].model_copy(update={"requests_per_day": 2})
        catalog = known.model_copy(update={"publishers": {**known.publishers, "imf": imf}})

        def night(name, at):
            ingest = Ingest(settings, catalog, load_seeds(), clock=lambda: at)
            return ingest.refresh(catalog.datasets[name], "live"), ingest

        assert night("imf.reserves", small_night.NIGHT)[0].status == "updated"
        night("imf.exchange_rates", small_night.NIGHT)
        late, ingest = night("imf.imts", small_night.NIGHT)
        assert late.status == "stale"
        assert "the 2 requests of a day are used up" in late.error
        assert f"refresh again after {small_night.NIGHT.date() + timedelta(days=1)} 00:00 UTC" in late.error
        assert ingest.store.status("imf.imts").stale_since == small_night.NIGHT
        assert publishers.count() == 2
        healed, ingest = night("imf.imts", small_night.NIGHT + timedelta(days=1))
        assert (healed.status, healed.error) == ("updated", None)
        assert ingest.store.status("imf.imts").stale_since is None


def test_what_arrives_while_a_build_runs_is_in_the_next_one(tmp_path, monkeypatch):
    with FakePublishers() as publishers:
        settings = small_night.settings_of(tmp_path / "data", publishers.urls["imf_url"])
        real = small_night.publish

        def meanwhile(*arguments, **options):
            publishers.release("imf")
            ingest = small_night.ingest_of(settings)
            ingest.refresh(ingest.catalog.datasets["imf.reserves"], "live")
            return real(*arguments, **options)

        monkeypatch.setattr(small_night, "publish", meanwhile)
        first, _ = small_night.run(settings)
        monkeypatch.setattr(small_night, "publish", real)
        second, _ = small_night.run(settings)
    assert second.fingerprint != first.fingerprint, "the file must not claim what it does not hold"
    assert second.tables["marts.reserves"] != first.tables["marts.reserves"]


def test_a_build_waits_for_a_backfill_and_a_backfill_for_a_build(tmp_path):
    ingest = small_night.ingest_of(small_night.settings_of(tmp_path / "data", "http://127.0.0.1:9"))
    with ingest.all_still():
        for dataset in ingest.catalog.datasets:
            with open(ingest.lock_file(dataset), "a") as file, pytest.raises(BlockingIOError):
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_only_an_orphan_of_this_very_home_is_ended(tmp_path):
    here = {"KARAKORAM_BUILD_FILE": str(tmp_path / "here"), PARENT: "1234567"}
    other = {"KARAKORAM_BUILD_FILE": str(tmp_path / "other"), PARENT: "1234567"}
    sleepers = [
        subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, env=environment)
        for environment in (here, other, {**here, PARENT: str(multiprocessing.current_process().pid)}, {})
    ]
    try:
        wait_until(lambda: all(is_alive(sleeper.pid) for sleeper in sleepers))
        assert end_orphans("KARAKORAM_BUILD_FILE", here["KARAKORAM_BUILD_FILE"]) == [sleepers[0].pid]
        assert [is_alive(sleeper.pid) for sleeper in sleepers] == [False, True, True, True]
    finally:
        for sleeper in sleepers:
            sleeper.kill()
            sleeper.wait()
