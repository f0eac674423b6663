from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime

import pytest

from orchestration.ingest.snapshots import DatasetStatus, ScopeStatus, SnapshotStore, part_name, remove_temporary
from tests.support.tables import snapshot


@pytest.fixture
def store(tmp_path):
    return SnapshotStore(tmp_path / "raw")


def test_what_is_put_comes_back_byte_for_byte_with_its_origin(store):
    kept, bodies = snapshot("PAK,2024,1", "2025-01-31")
    assert store.put(kept, bodies)
    assert store.latest("office.figures") == kept
    assert store.bodies(kept) == bodies
    record = json.loads((store.folder("office.figures") / kept.folder_name / "origin.json").read_text())
    assert record["url"] == "http://127.0.0.1/figures"
    assert record["parts"][0]["bytes"] == len(bodies[0])


def test_the_same_bytes_again_make_no_new_snapshot(store):
    store.put(*snapshot("PAK,2024,1", "2025-01-31"))
    assert not store.put(*snapshot("PAK,2024,1", "2025-02-28"))
    assert len(store.history("office.figures")) == 1


def test_the_same_bytes_for_another_request_are_kept(store):
    store.put(*snapshot("PAK,2024,1", "2025-01-31", scope="a"))
    assert store.put(*snapshot("PAK,2024,1", "2025-01-31", scope="b"))
    assert len(store.history("office.figures")) == 2


def test_bytes_that_came_back_after_a_change_are_news(store):
    for text, day in (("PAK,2024,1", "2025-01-31"), ("PAK,2024,2", "2025-02-28"), ("PAK,2024,1", "2025-03-31")):
        assert store.put(*snapshot(text, day))
    assert [s.known_from.month for s in store.history("office.figures")] == [1, 2, 3]


def test_a_damaged_snapshot_is_noticed(store):
    kept, bodies = snapshot("PAK,2024,1", "2025-01-31")
    store.put(kept, bodies)
    other, other_bodies = snapshot("PAK,2024,2", "2025-02-28")
    store.put(other, other_bodies)
    folder = store.folder("office.figures")
    name = kept.parts[0].file
    (folder / kept.folder_name / name).write_bytes((folder / other.folder_name / name).read_bytes())
    with pytest.raises(OSError, match="no longer match their sha256"):
        store.bodies(kept)


def test_quarantine_keeps_bytes_and_reason_and_nobody_reads_them(store):
    refused, bodies = snapshot("<html>", "2025-01-31")
    folder = store.quarantine(refused, bodies, "the answer is an HTML page")
    assert store.history("office.figures") == ()
    assert store.quarantined("office.figures")[0]["refused_because"] == "the answer is an HTML page"
    assert (folder / refused.parts[0].file).exists()


def test_status_survives_the_round_trip(store):
    moment = datetime(2025, 1, 31, 2, 30, tzinfo=UTC)
    status = DatasetStatus(
        "office.figures", moment, moment, None, "down", ("a note",), {"all": ScopeStatus("key", moment, "id")}
    )
    store.write_status(status)
    assert store.status("office.figures") == status


def test_a_killed_write_leaves_nothing_after_the_sweep(store):
    store.put(*snapshot("PAK,2024,1", "2025-01-31"))
    half = store.folder("office.figures") / ".tmp-dead"
    half.mkdir()
    (half / "part-000.csv.gz").write_bytes(b"half")
    store.sweep("office.figures")
    assert not half.exists()
    assert len(store.history("office.figures")) == 1


@pytest.mark.parametrize(
    ("content_type", "name"),
    [
        ("text/csv; charset=utf-8", "part-007.csv.gz"),
        ("application/json", "part-007.json.gz"),
        ("application/pdf", "part-007.bin.gz"),
    ],
)
def test_a_part_is_named_after_its_place_and_kind(content_type, name):
    assert part_name(7, content_type) == name


def test_what_another_may_still_be_writing_is_left_to_him(tmp_path):
    old, young, link = tmp_path / ".tmp-old", tmp_path / ".tmp-young", tmp_path / ".tmp-link"
    elsewhere = tmp_path / "elsewhere"
    for folder in (old, young, elsewhere):
        folder.mkdir()
        (folder / "file").touch()
    link.symlink_to(elsewhere)
    hour_ago = time.time() - 3600
    for path in (old, link):
        os.utime(path, (hour_ago, hour_ago), follow_symlinks=False)
    remove_temporary(tmp_path, older_than=600)
    assert sorted(path.name for path in tmp_path.iterdir()) == [".tmp-young", "elsewhere"]
    remove_temporary(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["elsewhere"]
    assert (elsewhere / "file").exists()
