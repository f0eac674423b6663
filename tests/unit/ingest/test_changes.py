from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from orchestration.ingest.changes import ChangeCounts, ChangeLog, Compared
from orchestration.ingest.snapshots import SnapshotStore
from tests.support.tables import CONTRACT, SOURCE, snapshot


@pytest.fixture
def store(tmp_path):
    return SnapshotStore(tmp_path / "raw")


@pytest.fixture
def log(tmp_path, store):
    return ChangeLog(tmp_path / "parsed" / "office" / "figures", "office.figures", SOURCE, store)


def known(log):
    assert log.known_rows() == log.known().num_rows
    return {(row["country"], row["period"]): row["value"] for row in log.known().to_pylist()}


def changes(log):
    return pq.read_table(log.folder).sort_by("known_from").to_pylist()


def test_an_empty_log_is_readable_and_typed(log):
    log.sync()
    assert log.known().num_rows == 0
    assert pq.read_schema(log.folder / "schema.parquet").names[-4:] == [
        "change",
        "known_from",
        "snapshot_id",
        "release",
    ]


def test_added_revised_and_unchanged(store, log):
    first, bodies = snapshot("PAK,2023,1 PAK,2024,2", "2025-01-31")
    store.put(first, bodies)
    assert log.sync() == {first.snapshot_id: ChangeCounts(rows=2, added=2)}
    second, bodies = snapshot("PAK,2023,1 PAK,2024,3 PAK,2025,4", "2026-01-31")
    store.put(second, bodies)
    assert log.sync() == {second.snapshot_id: ChangeCounts(rows=3, added=1, revised=1)}
    assert known(log) == {("PAK", "2023"): 1, ("PAK", "2024"): 3, ("PAK", "2025"): 4}
    assert [row["change"] for row in changes(log)] == ["added", "added", "revised", "added"]


def test_a_point_missing_from_the_same_request_is_deleted_with_its_last_value(store, log):
    store.put(*snapshot("PAK,2023,1 PAK,2024,2", "2025-01-31"))
    store.put(*snapshot("PAK,2023,1", "2026-01-31"))
    log.sync()
    assert known(log) == {("PAK", "2023"): 1}
    assert changes(log)[-1] | {"known_from": None, "snapshot_id": None} == {
        "country": "PAK",
        "period": "2024",
        "value": 2,
        "change": "deleted",
        "known_from": None,
        "snapshot_id": None,
        "release": None,
    }


def test_a_smaller_answer_to_another_request_deletes_nothing(store, log):
    store.put(*snapshot("PAK,2023,1 CHN,2023,9", "2025-01-31", scope="all"))
    store.put(*snapshot("PAK,2023,1", "2026-01-31", scope="only PAK"))
    log.sync()
    assert known(log) == {("PAK", "2023"): 1, ("CHN", "2023"): 9}


def test_a_deleted_point_that_returns_is_added(store, log):
    for text, day in (
        ("PAK,2023,1 PAK,2024,2", "2024-01-31"),
        ("PAK,2023,1", "2025-01-31"),
        ("PAK,2023,1 PAK,2024,2", "2026-01-31"),
    ):
        store.put(*snapshot(text, day))
    log.sync()
    assert [row["change"] for row in changes(log)] == ["added", "added", "deleted", "added"]
    assert known(log)[("PAK", "2024")] == 2


def test_an_older_vintage_that_arrives_late_rebuilds_the_log(store, log):
    store.put(*snapshot("PAK,2023,5", "2026-01-31", scope="new"))
    log.sync()
    store.put(*snapshot("PAK,2023,4", "2024-01-31", scope="old"))
    log.sync()
    assert [(row["change"], row["value"]) for row in changes(log)] == [("added", 4), ("revised", 5)]


def test_the_log_is_a_function_of_the_raw_store(tmp_path, store, log):
    for text, day in (
        ("PAK,2023,1 PAK,2024,2", "2024-01-31"),
        ("PAK,2023,1", "2025-01-31"),
        ("PAK,2023,3", "2026-01-31"),
    ):
        store.put(*snapshot(text, day))
        log.sync()
    again = ChangeLog(tmp_path / "elsewhere", "office.figures", SOURCE, store)
    again.sync()
    assert pq.read_table(again.folder).equals(pq.read_table(log.folder))
    assert {p.name: p.read_bytes() for p in again.folder.iterdir()} == {
        p.name: p.read_bytes() for p in log.folder.iterdir()
    }


def test_a_snapshot_that_changes_nothing_writes_no_file(store, log):
    store.put(*snapshot("PAK,2023,1", "2025-01-31", scope="a"))
    store.put(*snapshot("PAK,2023,1", "2025-02-28", scope="b"))
    log.sync()
    assert len(list(log.folder.glob("2025*.parquet"))) == 1
    assert len(log.counts()) == 2


def test_a_log_of_a_release_that_named_the_empty_file_otherwise_is_made_anew(store, log):
    store.put(*snapshot("PAK,2023,1", "2025-01-31"))
    log.sync()
    (log.folder / "schema.parquet").rename(log.folder / "_schema.parquet")
    log.sync()
    assert known(log) == {("PAK", "2023"): 1}
    assert not (log.folder / "_schema.parquet").exists()


def test_a_number_printed_otherwise_is_no_revision(store, log):
    store.put(*snapshot("PAK,2023,17963170521079.4", "2024-01-31"))
    store.put(*snapshot("PAK,2023,17963170521079.45", "2025-01-31"))
    store.put(*snapshot("PAK,2023,17963170521080", "2026-01-31"))
    assert [counts.revised for counts in log.sync().values()] == [0, 0, 1]


def test_a_key_that_is_null_names_the_same_point_each_time(store, tmp_path):
    contract = replace(CONTRACT, nullable_key=("country",))

    def parsed(parts, where):
        table = SOURCE.parse(parts, where)
        countries = [None if name == "ALL" else name for name in table["country"].to_pylist()]
        return table.set_column(0, "country", pa.array(countries, pa.string()))

    source = replace(SOURCE, parse=parsed, contract=contract)
    log = ChangeLog(tmp_path / "parsed", "office.figures", source, store)
    store.put(*snapshot("ALL,2023,1 PAK,2023,2", "2025-01-31"))
    store.put(*snapshot("ALL,2023,1 PAK,2023,3", "2026-01-31"))
    assert [(counts.added, counts.revised) for counts in log.sync().values()] == [(2, 0), (0, 1)]


def test_what_was_compared_beforehand_counts_only_if_nothing_else_is_new(store, log):
    log.sync()
    table = SOURCE.parse(snapshot("PAK,2023,2", "2026-01-31")[1], "here")
    ready = Compared(7, log.compare(table, None))
    store.put(*snapshot("PAK,2023,1", "2025-01-31"))
    assert [counts.rows for counts in log.sync(ready).values()] == [7]
    store.put(*snapshot("PAK,2023,3", "2026-01-31"))
    store.put(*snapshot("PAK,2023,4", "2026-02-28"))
    assert [(counts.rows, counts.revised) for counts in log.sync(ready).values()] == [(1, 1), (1, 1)]
    assert known(log) == {("PAK", "2023"): 4}
