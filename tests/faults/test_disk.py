"""Full, read-only and failing disks, clocks that are wrong: the old warehouse stays, the message says what to do."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import resource
import shutil
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import duckdb
import pytest

from orchestration import home as home_module
from orchestration.assets.warehouse import dbt_project
from orchestration.catalog import load_catalog
from orchestration.checks.currency import following_end, period_end
from orchestration.errors import ContractError, advice, explained
from orchestration.home import FORMAT, UnusableHome, check_format, check_room, open_home, tidy
from orchestration.ingest.http import HttpResponse
from orchestration.ingest.publishers.base import Answer
from orchestration.ingest.refresh import _check_clock
from orchestration.publish import warehouse
from orchestration.publish.warehouse import STORAGE_VERSION, NotPublishable, _is_whole, current, prune
from orchestration.settings import DBT_PROJECT
from tests.conftest import ROOT, Home
from tests.faults import small_night
from tests.faults.sweep import in_a_fork, leftovers, state_of, whole
from tests.support.publishers import FakePublishers

NIGHT = small_night.NIGHT
NEXT_NIGHT = NIGHT + timedelta(days=1)


@pytest.fixture
def publishers():
    with FakePublishers() as doubles:
        yield doubles


@pytest.fixture
def settings(tmp_path, publishers):
    """A home after its first small night."""
    given = small_night.settings_of(tmp_path / "data", publishers.urls["imf_url"])
    small_night.run(given)
    return given


def limited(program: str, *, limit: int, home, **more: str) -> subprocess.CompletedProcess[str]:
    """Run Python code that can write no file larger than ``limit`` bytes (the kernel says EFBIG, as a full disk)."""
    return subprocess.run(
        [sys.executable, "-c", program],
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
        env={**os.environ, "PYTHONPATH": str(ROOT), "KARAKORAM_HOME": str(home), **more},
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )


@pytest.mark.parametrize("limit", [50, 5_000, 100_000])
def test_a_full_disk_leaves_the_old_warehouse_and_no_temporary_file(settings, publishers, limit):
    former = os.readlink(settings.pointer)
    publishers.release("imf")
    program = (
        "from datetime import timedelta; from pathlib import Path; import os\n"
        "from tests.faults import small_night as n\n"
        f"n.run(n.settings_of(Path(os.environ['KARAKORAM_HOME']), {settings.imf_url!r}), n.NIGHT + timedelta(days=1))"
    )
    done = limited(program, limit=limit, home=settings.home)
    assert done.returncode != 0
    assert "next: free disk space where KARAKORAM_HOME is" in done.stderr or "File too large" in done.stderr
    assert os.readlink(settings.pointer) == former
    assert whole(settings, former) == []
    assert leftovers(settings) == []
    healed, statuses = small_night.run(settings, NEXT_NIGHT)
    assert healed is not None
    assert os.readlink(settings.pointer) != former
    assert "updated" in statuses or limit > 5_000


@pytest.mark.parametrize("limit", [60_000])
def test_the_command_leaves_with_2_and_says_what_to_free(tmp_path, limit):
    dbt_project()  # else the manifest, which is no part of the home, would be the first file that is too large
    program = "from orchestration.cli import main; import sys; sys.argv = ['karakoram', 'refresh']; main()"
    done = limited(program, limit=limit, home=tmp_path / "data", KARAKORAM_ORIGIN="bundle")
    assert done.returncode == 2, done.stderr
    assert "free disk space where KARAKORAM_HOME is" in done.stdout + done.stderr
    assert not (tmp_path / "data" / "karakoram.duckdb").exists()
    program = (
        "from orchestration.settings import load_settings; from orchestration.instance import open_instance\n"
        "print(open_instance(load_settings()).get_runs_count())"
    )
    healed = limited(program, limit=resource.RLIM_INFINITY, home=tmp_path / "data")
    assert healed.returncode == 0, "what a full disk has left of the event log is of use again: " + healed.stderr


def test_a_disk_without_room_is_noticed_before_anything_starts(settings, monkeypatch):
    monkeypatch.setattr(home_module.shutil, "disk_usage", lambda path: SimpleNamespace(free=12_000_000))
    with pytest.raises(UnusableHome, match=r"12 MB of free space, a refresh may need 100 MB.*free disk space there"):
        check_room(settings)


def test_room_grows_with_the_warehouse(settings, monkeypatch):
    monkeypatch.setattr(home_module, "ROOM", 0)
    size = settings.pointer.resolve().stat().st_size
    monkeypatch.setattr(home_module.shutil, "disk_usage", lambda path: SimpleNamespace(free=6 * size))
    check_room(settings)
    monkeypatch.setattr(home_module.shutil, "disk_usage", lambda path: SimpleNamespace(free=6 * size - 1))
    with pytest.raises(UnusableHome):
        check_room(settings)


def test_a_home_that_cannot_be_made_is_refused_with_2(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    done = Home(tmp_path / "file" / "data", {}).karakoram("refresh")
    assert done.returncode == 2
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.skipif(not shutil.which("unshare"), reason="needs a mount of its own")
def test_a_read_only_disk_is_refused_with_2_and_can_still_be_read(tmp_path, settings):
    script = (
        'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" && shift && '
        '"$@" refresh; echo "left with $?" >&2; "$@" sql "select 41 + 1 as answer"'
    )
    command = [sys.executable, "-c", "from orchestration.cli import main; main()"]
    done = subprocess.run(
        ["unshare", "-rm", "sh", "-c", script, "sh", str(settings.home), *command],
        env={**os.environ, "PYTHONPATH": str(ROOT), "KARAKORAM_HOME": str(settings.home)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    if "unshare" in done.stderr or "mount" in done.stderr.split("karakoram")[0]:
        pytest.skip("this machine allows no mount")
    assert "left with 2" in done.stderr
    assert "make KARAKORAM_HOME writable" in done.stderr
    assert "Traceback" not in done.stderr
    assert "42" in done.stdout


def test_an_fsync_that_fails_is_no_publication(settings, publishers, monkeypatch):
    former = os.readlink(settings.pointer)

    def broken(path):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(warehouse, "_sync_file", broken)
    publishers.release("imf")
    with pytest.raises(NotPublishable, match=r"Input/output error; next: free disk space .* check the disk"):
        small_night.run(settings, NEXT_NIGHT)
    assert os.readlink(settings.pointer) == former
    assert leftovers(settings) == []


@pytest.mark.parametrize("step", ["sync_folder", "_write_record", "_flip"])
def test_a_file_that_could_not_be_named_takes_no_room(settings, publishers, monkeypatch, step):
    former, published = os.readlink(settings.pointer), sorted(settings.published.iterdir())

    def full(*arguments):
        raise OSError(errno.ENOSPC, "No space left on device")

    publishers.release("imf")
    with monkeypatch.context() as filled:
        filled.setattr(warehouse, step, full)
        with pytest.raises(NotPublishable, match="free disk space"):
            small_night.run(settings, NEXT_NIGHT)
    assert os.readlink(settings.pointer) == former
    assert sorted(settings.published.iterdir()) == published
    healed, _ = small_night.run(settings, NEXT_NIGHT)
    assert healed.number == 2


@pytest.mark.parametrize("error", [KeyboardInterrupt(), OSError(errno.EIO, "Input/output error")])
def test_a_file_that_readers_see_stays_whatever_comes_then(settings, publishers, monkeypatch, error):
    replaced = os.replace

    def last(source, target):
        replaced(source, target)
        if target == settings.pointer:
            monkeypatch.setattr(warehouse, "sync_folder", broken)

    def broken(path):
        raise error

    monkeypatch.setattr(os, "replace", last)
    publishers.release("imf")
    former = os.readlink(settings.pointer)
    with contextlib.suppress(KeyboardInterrupt):
        small_night.run(settings, NEXT_NIGHT)
    assert os.readlink(settings.pointer) != former
    assert whole(settings, former) == []


@pytest.mark.parametrize("error", [MemoryError(), duckdb.OutOfMemoryException("could not allocate block")])
def test_without_memory_nothing_is_published(settings, publishers, monkeypatch, error):
    former = os.readlink(settings.pointer)

    def starved(connection):
        raise error

    monkeypatch.setattr(warehouse, "table_hashes", starved)
    publishers.release("imf")
    with pytest.raises(NotPublishable, match="give this process more memory"):
        small_night.run(settings, NEXT_NIGHT)
    assert os.readlink(settings.pointer) == former
    assert leftovers(settings) == []


STARVED = """
import os, resource
from pathlib import Path
from datetime import timedelta
from tests.faults import small_night as n
used = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
limit = used + int(os.environ["LEFT"]) * 1_000_000
resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
n.run(n.settings_of(Path(os.environ["KARAKORAM_HOME"]), os.environ["IMF"]), n.NIGHT + timedelta(days=1))
"""


@pytest.mark.parametrize("megabytes", [1, 60])
def test_a_night_that_runs_out_of_memory_is_made_good_by_the_next(settings, publishers, megabytes):
    former = os.readlink(settings.pointer)
    publishers.release("imf")
    more = {"LEFT": str(megabytes), "IMF": settings.imf_url}
    done = limited(STARVED, limit=resource.RLIM_INFINITY, home=settings.home, **more)
    # A library may raise, or end the process; so does the C library, with 127, when a thread can have no memory.
    died = done.returncode < 0 or (done.returncode == 127 and "cannot allocate memory" in done.stderr)
    assert died or (done.returncode == 1 and "more memory" in advice(done.stderr)), done.stderr
    assert os.readlink(settings.pointer) == former
    assert whole(settings, former) == []
    _, statuses = small_night.run(settings, NEXT_NIGHT)
    assert statuses == ["updated", "unchanged", "unchanged"]
    assert os.readlink(settings.pointer) != former
    assert whole(settings, former) + leftovers(settings) == []


def test_a_damaged_published_file_is_noticed_and_the_former_takes_its_place(settings, publishers):
    former = current(settings)
    publishers.release("imf")
    newest, _ = small_night.run(settings, NEXT_NIGHT)
    os.chmod(newest.path, 0o644)
    with open(newest.path, "r+b") as file:  # one bit, in the middle
        file.seek(newest.path.stat().st_size // 2)
        byte = file.read(1)[0]
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte ^ 1]))
    assert current(settings) is None
    said = tidy(small_night.ingest_of(settings))
    assert said == [f"{settings.pointer} named no whole warehouse; it names {former.path.name} again"]
    assert current(settings).path == former.path
    healed, _ = small_night.run(settings, NEXT_NIGHT + timedelta(hours=1))
    assert healed.tables["marts.reserves"] == newest.tables["marts.reserves"]


@pytest.mark.parametrize("spoil", ["pointer", "record", "file", "wal"])
def test_a_pointer_that_leads_nowhere_is_mended(settings, spoil):
    found = current(settings)
    if spoil == "pointer":
        settings.pointer.unlink()
    elif spoil == "record":
        found.path.with_suffix(".json").write_text("{")
    elif spoil == "file":
        found.path.unlink()
    else:
        found.path.with_suffix(".duckdb.wal").write_bytes(b"stale")
    healed, _ = small_night.run(settings, NEXT_NIGHT)
    assert whole(settings, "it was there") == []
    without = {name: facts for name, facts in found.tables.items() if name != "marts.publication"}
    assert {name: tuple(facts) for name, facts in healed.tables.items() if name in without} == {
        name: tuple(facts) for name, facts in without.items()
    }


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "free disk space"),
        (OSError(errno.EROFS, "Read-only file system"), "writable"),
        ("IO Error: Could not write file: File too large", "free disk space"),
        ("(sqlite3.OperationalError) database or disk is full", "free disk space"),
        (MemoryError(), "more memory"),
        ("Out of Memory Error: could not allocate block", "more memory"),
    ],
)
def test_faults_of_this_machine_come_with_advice(error, said):
    assert said in advice(error)
    assert said in explained(error)


def test_other_faults_come_without():
    assert advice(ValueError("a wrong value")) == ""
    assert explained(ValueError("a wrong value")) == "a wrong value"


# ---- clocks ----------------------------------------------------------------------------------------------------------


def test_a_clock_set_back_a_little_keeps_the_order_of_answers(settings, publishers):
    publishers.release("imf")
    before, _ = small_night.run(settings, NIGHT - timedelta(hours=3))
    history = small_night.ingest_of(settings).store.history("imf.reserves")
    assert len(history) == 2
    assert history[1].known_from == NIGHT + timedelta(microseconds=1)
    assert before.number == 2


def test_a_clock_set_back_far_asks_nobody_and_says_so(settings, publishers):
    asked = publishers.count()
    _, statuses = small_night.run(settings, NIGHT - timedelta(days=400))
    assert statuses[0] == "stale"
    assert publishers.count() == asked
    status = small_night.ingest_of(settings).store.status("imf.reserves")
    assert "this machine's clock says 2025-10-22" in status.error
    assert "set the clock" in status.error
    _, statuses = small_night.run(settings, NEXT_NIGHT)
    assert statuses[0] != "stale"


@pytest.mark.parametrize(("headers", "refused"), [({}, False), ({"date": "nonsense"}, False), (None, True)])
def test_a_clock_that_runs_ahead_of_the_publishers_dates_nothing(headers, refused):
    given = {"date": "Thu, 26 Nov 2026 02:30:00 GMT"} if headers is None else headers
    answer = Answer("all", [HttpResponse(b"", 200, "http://127.0.0.1", given)])
    _check_clock(answer, NIGHT, "here")
    future = datetime(2099, 1, 1, tzinfo=UTC)
    if refused:
        with pytest.raises(ContractError, match="clock"):
            _check_clock(answer, future, "here")
    else:
        _check_clock(answer, future, "here")


def test_an_old_answer_from_a_cache_is_as_old_as_it_says():
    cached = {"date": "Sun, 22 Nov 2026 02:30:00 GMT", "age": str(4 * 24 * 3600)}
    _check_clock(Answer("all", [HttpResponse(b"", 200, "http://127.0.0.1", cached)]), NIGHT, "here")


def test_publications_count_on_when_the_clock_goes_back(settings, publishers):
    for night in range(1, 7):
        publishers.release("imf")
        small_night.run(settings, NIGHT - timedelta(minutes=night))
    assert current(settings).number == 7
    prune(settings)
    kept = sorted(json.loads(path.read_text())["number"] for path in settings.published.glob("*.json"))
    assert kept == [3, 4, 5, 6, 7]


@pytest.mark.parametrize("zone", ["America/New_York", "Europe/London", "Asia/Karachi", "Pacific/Apia"])
def test_the_zone_of_the_machine_and_its_summer_time_change_nothing(settings, publishers, zone, monkeypatch):
    before = current(settings).tables
    monkeypatch.setenv("TZ", zone)

    def rebuilt():
        import time

        time.tzset()
        shutil.rmtree(settings.parsed)
        publication, _ = small_night.run(settings, NIGHT)
        return dict(publication.tables)

    after = in_a_fork(rebuilt)
    assert {name: facts for name, facts in after.items() if name != "marts.publication"} == {
        name: facts for name, facts in before.items() if name != "marts.publication"
    }


def test_the_fiscal_year_turns_between_the_last_of_june_and_the_first_of_july():
    assert period_end("FY2026") == date(2026, 6, 30)
    assert following_end("FY2026") == date(2027, 6, 30)
    assert following_end("2026-06-30") == date(2026, 7, 7)
    assert (following_end("2024-01"), following_end("2023-12")) == (date(2024, 2, 29), date(2024, 1, 31))


# ---- old and new -----------------------------------------------------------------------------------------------------


def test_a_home_of_a_newer_release_is_refused_by_name(settings):
    (settings.home / "format.json").write_text(json.dumps({"format": FORMAT + 1, "karakoram": "9.1.0"}))
    for command in (["refresh"], ["status"]):
        done = Home(settings.home, {}).karakoram(*command)
        assert done.returncode == 2, command
        assert f"was written by karakoram 9.1.0 (format {FORMAT + 1})" in done.stderr
        assert "upgrade, or set KARAKORAM_HOME" in done.stderr
    assert whole(settings, "it was there") == []


def test_a_home_of_an_older_release_is_taken_over_with_its_history(settings):
    history = small_night.ingest_of(settings).store.history("state_bank_pakistan.liquid_reserves")
    (settings.home / "format.json").unlink()
    record = current(settings).path.with_suffix(".json")
    given = json.loads(record.read_text())
    del given["number"], given["sha256"]
    record.write_text(json.dumps(given))
    publication, statuses = small_night.run(settings, NEXT_NIGHT)
    assert statuses == ["unchanged"] * 3
    assert publication.fingerprint == given["fingerprint"]
    assert json.loads((settings.home / "format.json").read_text())["format"] == FORMAT
    assert small_night.ingest_of(settings).store.history("state_bank_pakistan.liquid_reserves") == history


@pytest.mark.parametrize("changed", ["storage version", "duckdb", "seeds"])
def test_an_upgrade_is_built_anew_from_the_same_history(settings, monkeypatch, tmp_path, changed):
    """DuckDB, what its files are written as, and the seeds: up, and down again."""
    former, before = current(settings), state_of(settings)
    with monkeypatch.context() as upgraded:
        if changed == "seeds":
            shutil.copytree(DBT_PROJECT / "seeds", tmp_path / "dbt_project" / "seeds")
            with open(tmp_path / "dbt_project" / "seeds" / "dyads.csv", "a", encoding="utf-8") as file:
                file.write("IND,CHN\n")
            upgraded.setattr("orchestration.publish.fingerprint.DBT_PROJECT", tmp_path / "dbt_project")
        else:
            upgraded.setattr("orchestration.publish.fingerprint.version", lambda package: "99.0.0")
        if changed == "storage version":
            upgraded.setattr(warehouse, "STORAGE_VERSION", "v1.5.0")
        newer, statuses = small_night.run(settings, NEXT_NIGHT)
    assert newer.path != former.path
    assert statuses == ["unchanged"] * 3
    assert storage_of(newer) == ("v1.5.0+" if changed == "storage version" else f"{STORAGE_VERSION}+")
    assert state_of(settings) == before
    assert _is_whole(former), "who has the older file open keeps it"
    again, _ = small_night.run(settings, NEXT_NIGHT + timedelta(days=1))
    assert storage_of(again) == f"{STORAGE_VERSION}+"
    assert state_of(settings) == before


def storage_of(publication) -> str:
    with duckdb.connect(str(publication.path), read_only=True) as connection:
        found = connection.execute(
            "select tags['storage_version'] from duckdb_databases() where database_name = current_database()"
        ).fetchone()
    return found[0]


def test_a_format_file_that_cannot_be_read_is_no_licence_to_go_on(settings):
    (settings.home / "format.json").write_text("{}")
    with pytest.raises(UnusableHome, match="restore it from a backup"):
        check_format(settings)


def test_the_format_is_written_at_once(tmp_path):
    given = small_night.settings_of(tmp_path / "new", "http://127.0.0.1:9")
    open_home(given)
    check_format(given)


def test_every_dataset_keeps_its_history_when_its_parser_changes(settings, monkeypatch):
    ingest = small_night.ingest_of(settings)
    dataset = load_catalog().datasets["state_bank_pakistan.liquid_reserves"]
    before = ingest.log(dataset).known_rows(), ingest.log(dataset).counts()
    monkeypatch.setattr("orchestration.ingest.changes.fingerprint", lambda source: "another parser")
    assert len(ingest.log(dataset).sync()) == 3
    assert (ingest.log(dataset).known_rows(), ingest.log(dataset).counts()) == before
