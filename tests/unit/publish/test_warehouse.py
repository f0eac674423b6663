from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from itertools import count

import duckdb
import pytest

from orchestration.publish import warehouse
from orchestration.publish.warehouse import NotPublishable, current, prune, publish
from orchestration.settings import Settings

MORNING = datetime(2026, 1, 31, 2, 30, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path / "home")


def build(settings, value):
    settings.build.mkdir(parents=True, exist_ok=True)
    settings.build_file.unlink(missing_ok=True)
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("create schema marts; create schema seeds; create schema staging")
        connection.execute("create table marts.trade_balance (period varchar not null, balance_usd double)")
        connection.execute("comment on table marts.trade_balance is 'Balance, by the year'")
        connection.execute(
            "comment on column marts.trade_balance.balance_usd is "
            "'Exports less imports, USD; it''s negative for a deficit'"
        )
        connection.execute("insert into marts.trade_balance values ('2024', ?), ('2023', null)", [value])
        connection.execute("create table seeds.dyads as select 'PAK' as home_iso3, 'CHN' as partner_iso3")
        connection.execute("create view staging.stg_x as select 1 as x")


def publish_value(settings, value, at=MORNING):
    build(settings, value)
    return publish(settings, fingerprint=f"{value:08d}", at=at, facts={"origin": "bundle"})


def read(settings):
    with duckdb.connect(str(settings.pointer), read_only=True) as connection:
        return connection.execute("select balance_usd from marts.trade_balance where period = '2024'").fetchone()[0]


def test_the_pointer_opens_the_new_file_with_its_comments_and_constraints(settings):
    publication = publish_value(settings, -13617)
    assert read(settings) == -13617
    assert settings.pointer.is_symlink()
    assert os.readlink(settings.pointer) == f"published/{publication.path.name}"
    with duckdb.connect(str(settings.pointer), read_only=True) as connection:
        comments = connection.execute(
            "select comment from duckdb_columns() where table_name = 'trade_balance' and column_name = 'balance_usd'"
        ).fetchone()
        nullable = connection.execute(
            "select is_nullable from duckdb_columns() where table_name = 'trade_balance' and column_name = 'period'"
        ).fetchone()
        facts = dict(connection.execute("select fact, value from marts.publication").fetchall())
        schemas = {row[0] for row in connection.execute("select distinct schema_name from duckdb_tables()").fetchall()}
    assert comments == ("Exports less imports, USD; it's negative for a deficit",)
    assert nullable == (False,)
    assert facts["origin"] == "bundle"
    assert schemas == {"marts", "seeds"}


def test_a_published_file_is_read_only_and_has_no_wal(settings):
    publication = publish_value(settings, 1)
    assert publication.path.stat().st_mode & 0o777 == 0o444
    assert [p.name for p in settings.published.iterdir() if p.suffix not in (".duckdb", ".json")] == []
    assert publication.tables["marts.trade_balance"][0] == 2
    assert current(settings).tables == {name: list(facts) for name, facts in publication.tables.items()}


def test_a_reader_that_is_open_keeps_its_data_while_new_connections_see_the_new(settings):
    publish_value(settings, 1)
    with duckdb.connect(str(settings.pointer.resolve()), read_only=True) as old:
        publish_value(settings, 2, MORNING + timedelta(days=1))
        assert old.execute("select balance_usd from marts.trade_balance where period = '2024'").fetchone() == (1,)
        with duckdb.connect(str(settings.pointer.resolve()), read_only=True) as new:
            assert new.execute("select balance_usd from marts.trade_balance where period = '2024'").fetchone() == (2,)


def test_a_build_that_cannot_be_read_leaves_the_old_warehouse(settings):
    publish_value(settings, 1)
    settings.build_file.write_bytes(settings.build_file.read_bytes()[:5000])
    with pytest.raises((NotPublishable, duckdb.Error)):
        publish(settings, fingerprint="00000002", at=MORNING + timedelta(days=1), facts={})
    assert read(settings) == 1
    assert not list(settings.published.glob(".tmp*"))


def test_a_file_that_changed_while_it_was_written_is_not_published(settings, monkeypatch):
    publish_value(settings, 1)
    build(settings, 2)
    real, calls = warehouse.table_hashes, count()
    monkeypatch.setattr(warehouse, "table_hashes", lambda c: {**real(c), "marts.trade_balance": (2, str(next(calls)))})
    with pytest.raises(NotPublishable, match=r"tables changed while they were written: marts\.trade_balance"):
        publish(settings, fingerprint="00000002", at=MORNING + timedelta(days=1), facts={})
    assert read(settings) == 1


def test_equal_tables_have_equal_hashes_in_any_order(settings):
    first = publish_value(settings, 5)
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute(
            "create or replace table marts.trade_balance as select * from marts.trade_balance order by period"
        )
    second = publish(settings, fingerprint="00000005", at=MORNING + timedelta(days=1), facts={"origin": "bundle"})
    assert first.tables["marts.trade_balance"] == second.tables["marts.trade_balance"]


def test_old_files_go_but_never_one_that_is_open(settings):
    first = publish_value(settings, 0)
    with duckdb.connect(str(first.path), read_only=True):
        for day in range(1, 9):
            publish_value(settings, day, MORNING + timedelta(days=day))
        assert first.path.exists()
        assert len(list(settings.published.glob("*.duckdb"))) == warehouse.KEPT + 1
    prune(settings)
    assert not first.path.exists()
    assert read(settings) == 8


def test_without_a_pointer_nothing_is_current(settings):
    assert current(settings) is None


def spoiling(monkeypatch, spoil):
    """Let ``spoil`` happen to the draft once it is written and closed."""
    real = warehouse._copy

    def copied(build, draft, facts, complete):
        tables = real(build, draft, facts, complete)
        spoil(draft)
        return tables

    monkeypatch.setattr(warehouse, "_copy", copied)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda draft: draft.with_suffix(".duckdb.wal").touch(), "still has a write-ahead log"),
        (lambda draft: os.truncate(draft, 5_000), "cannot be read back"),
    ],
)
def test_a_file_that_is_not_whole_is_not_published(settings, monkeypatch, spoil, said):
    publish_value(settings, 1)
    spoiling(monkeypatch, spoil)
    with pytest.raises(NotPublishable, match=said):
        publish_value(settings, 2, MORNING + timedelta(days=1))
    assert read(settings) == 1
    assert len(list(settings.published.iterdir())) == 2


def test_two_publications_of_one_moment_are_two_files(settings):
    former = publish_value(settings, 1)
    newer = publish_value(settings, 1)
    assert former.path.exists()
    assert former.path != newer.path == settings.pointer.resolve()
    assert newer.number == former.number + 1


def test_the_file_that_the_pointer_names_stays_however_old(settings, monkeypatch):
    first, second, third = (publish_value(settings, day, MORNING + timedelta(days=day)) for day in range(3))
    warehouse._flip(settings.pointer, first.path)
    monkeypatch.setattr(warehouse, "KEPT", 1)
    assert prune(settings) == [second.path]
    assert third.path.exists()
    assert read(settings) == 0


def test_what_a_killed_publication_left_is_removed_and_nothing_else(settings):
    kept = publish_value(settings, 1)
    newest = publish_value(settings, 2, MORNING + timedelta(days=1))
    newest.path.with_suffix(".json").unlink()  # killed just before: the pointer names it all the same
    whole = sorted(settings.published.iterdir())
    (settings.published / ".tmp-file.duckdb").touch()
    (settings.published / ".tmp-folder").mkdir()
    (settings.published / "karakoram-1.duckdb").touch()
    (settings.published / "karakoram-2.json").touch()
    warehouse.drop_unfinished(settings)
    assert sorted(settings.published.iterdir()) == whole
    assert kept.path in whole


def test_a_record_says_what_the_file_is(settings):
    build(settings, 1)
    publication = publish(settings, fingerprint="00000001", at=MORNING, facts={"origin": "bundle", "nobody": None})
    assert current(settings).facts == {"origin": "bundle", "nobody": None}
    with duckdb.connect(str(publication.path), read_only=True) as connection:
        facts = dict(connection.execute("select fact, value from marts.publication").fetchall())
    assert (facts["origin"], facts["nobody"]) == ("bundle", None)


def test_a_build_that_is_moved_is_published_as_it_is(settings):
    build(settings, 3)
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("drop view staging.stg_x")
    publish(settings, fingerprint="00000003", at=MORNING, facts={}, in_place=True)
    assert read(settings) == 3
    assert not settings.build_file.exists()
