"""Publish: copy the built marts into a new file, verify every block of it, flip one symlink.

Readers never meet a half-written file and never wait: a published file is written once, under a name of its own, made
read-only, and never touched again. ``karakoram.duckdb`` is a symlink to the newest. DuckDB keeps one instance per path
in a process, so a file that was overwritten in place would go on showing its old content there; a flipped symlink does
not (measured on DuckDB 2.0.0).
"""

from __future__ import annotations

import json
import os
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import KarakoramError
from orchestration.ingest.snapshots import sync_folder, write_atomically
from orchestration.settings import Settings

SCHEMAS = ("marts", "seeds")
KEPT = 5  # published files, besides those that somebody has open


class NotPublishable(KarakoramError):
    """The build cannot be published; the former warehouse is untouched. The command leaves with 2."""


@dataclass(frozen=True)
class Publication:
    """One published warehouse: where it is and what it holds.

    ``tables`` maps 'schema.table' to [rows, order-free hash of all rows]: equal hashes mean equal tables.
    """

    path: Path
    fingerprint: str
    published_at: str
    tables: Mapping[str, tuple[int, str]]
    facts: Mapping[str, Any]


def publish(
    settings: Settings,
    *,
    fingerprint: str,
    at: datetime,
    facts: Mapping[str, Any],
    complete: Callable[[duckdb.DuckDBPyConnection], None] = lambda connection: None,
) -> Publication:
    """Publish the build file; NotPublishable if any part of it cannot be read back whole.

    Args:
        fingerprint: identifies inputs, seeds and code (see ``orchestration.publish.fingerprint``).
        at: the moment that names the file, UTC.
        facts: what the file should say of itself (origin, reference date, versions), in ``marts.publication``.
        complete: adds what only a file with all tables can have (``orchestration.publish.history``), before it is
            hashed and verified.
    """
    settings.published.mkdir(parents=True, exist_ok=True)
    name = f"karakoram-{at:%Y%m%dT%H%M%S%fZ}-{fingerprint[:8]}.duckdb"
    draft = settings.published / f".tmp-{uuid.uuid4().hex}.duckdb"
    try:
        tables = _copy(settings.build_file, draft, {**facts, "fingerprint": fingerprint, "published_at": at}, complete)
        _verify(draft, tables)
        os.chmod(draft, 0o444)
        _sync_file(draft)
        target = settings.published / name
        os.rename(draft, target)
    finally:
        for leftover in (draft, draft.with_suffix(".duckdb.wal")):
            leftover.unlink(missing_ok=True)
    sync_folder(settings.published)
    publication = Publication(target, fingerprint, at.isoformat(), tables, facts)
    _write_record(publication)
    _flip(settings.pointer, target)
    prune(settings)
    return publication


def current(settings: Settings) -> Publication | None:
    """The publication that the pointer names, if there is one and it is whole."""
    if not settings.pointer.is_symlink():
        return None
    path = settings.pointer.resolve()
    record = path.with_suffix(".json")
    if not (path.exists() and record.exists()):
        return None
    given = json.loads(record.read_text("utf-8"))
    return Publication(path, given["fingerprint"], given["published_at"], given["tables"], given["facts"])


def table_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    """Rows and an order-free hash of every table in the published schemas; reads every value of the file."""
    hashes = {}
    for schema, table in _tables(connection):
        rows, digest = connection.execute(
            f'select count(*), coalesce(bit_xor(hash(t)), 0)::varchar from "{schema}"."{table}" as t'
        ).fetchone() or (0, "0")
        hashes[f"{schema}.{table}"] = (int(rows), str(digest))
    return hashes


def prune(settings: Settings) -> list[Path]:
    """Remove the oldest published files beyond those kept; a file that any process has open stays."""
    files = sorted(settings.published.glob("karakoram-*.duckdb"))
    newest = settings.pointer.resolve()
    candidates = [path for path in files[:-KEPT] if path != newest]
    in_use = _open_files() if candidates else set()
    removed = [path for path in candidates if str(path) not in in_use]
    for path in removed:
        path.with_suffix(".json").unlink(missing_ok=True)
        path.unlink(missing_ok=True)
    return removed


def _copy(
    build: Path, draft: Path, facts: Mapping[str, Any], complete: Callable[[duckdb.DuckDBPyConnection], None]
) -> dict[str, tuple[int, str]]:
    with duckdb.connect(str(draft)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")  # it would be drawn on standard output
        connection.execute(f"attach '{build.as_posix()}' as build (read_only)")
        for schema in SCHEMAS:
            connection.execute(f"create schema {schema}")
        for schema, table, sql in connection.execute(
            "select schema_name, table_name, sql from duckdb_tables() "
            "where database_name = 'build' and list_contains(?, schema_name) order by all",
            [list(SCHEMAS)],
        ).fetchall():
            connection.execute(sql)
            connection.execute(f'insert into "{schema}"."{table}" from build."{schema}"."{table}"')
        _copy_comments(connection)
        _write_facts(connection, facts)
        complete(connection)
        hashes = table_hashes(connection)
        connection.execute("detach build")
        connection.execute("checkpoint")
    return hashes


def _copy_comments(connection: duckdb.DuckDBPyConnection) -> None:
    for schema, table, comment in connection.execute(
        "select schema_name, table_name, comment from duckdb_tables() "
        "where database_name = 'build' and comment is not null and list_contains(?, schema_name)",
        [list(SCHEMAS)],
    ).fetchall():
        connection.execute(f'comment on table "{schema}"."{table}" is {_quoted(comment)}')
    for schema, table, column, comment in connection.execute(
        "select schema_name, table_name, column_name, comment from duckdb_columns() "
        "where database_name = 'build' and comment is not null and list_contains(?, schema_name)",
        [list(SCHEMAS)],
    ).fetchall():
        connection.execute(f'comment on column "{schema}"."{table}"."{column}" is {_quoted(comment)}')


def _write_facts(connection: duckdb.DuckDBPyConnection, facts: Mapping[str, Any]) -> None:
    connection.execute("create table marts.publication (fact varchar primary key, value varchar)")
    connection.execute(
        "comment on table marts.publication is 'What this file is: fingerprint, origin, dates, versions'"
    )
    connection.execute("comment on column marts.publication.fact is 'Name of the fact'")
    connection.execute("comment on column marts.publication.value is 'Its value, as text'")
    rows = [[name, None if value is None else str(value)] for name, value in sorted(facts.items())]
    connection.executemany("insert into marts.publication values (?, ?)", rows)


def _verify(draft: Path, expected: Mapping[str, tuple[int, str]]) -> None:
    if draft.with_suffix(".duckdb.wal").exists():
        raise NotPublishable(
            f"{draft.name} still has a write-ahead log after its checkpoint; free disk space and run again"
        )
    try:
        with duckdb.connect(str(draft), read_only=True) as connection:
            connection.execute("set timezone = 'UTC'")
            found = table_hashes(connection)
    except duckdb.Error as error:
        raise NotPublishable(f"the new warehouse cannot be read back: {error}") from error
    if found != dict(expected):
        wrong = sorted(name for name in {*found, *expected} if found.get(name) != expected.get(name))
        raise NotPublishable(f"tables changed while they were written: {', '.join(wrong)}; check the disk")


def _write_record(publication: Publication) -> None:
    record = {
        "fingerprint": publication.fingerprint,
        "published_at": publication.published_at,
        "tables": publication.tables,
        "facts": {name: None if value is None else str(value) for name, value in publication.facts.items()},
    }
    write_atomically(publication.path.with_suffix(".json"), json.dumps(record, indent=1, sort_keys=True).encode())


def _flip(pointer: Path, target: Path) -> None:
    temporary = pointer.with_name(f".tmp-{uuid.uuid4().hex}")
    os.symlink(os.path.relpath(target, pointer.parent), temporary)
    os.replace(temporary, pointer)
    sync_folder(pointer.parent)


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = current_database() and list_contains(?, schema_name) order by all",
        [list(SCHEMAS)],
    ).fetchall()


def _sync_file(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _open_files() -> set[str]:
    """Paths that any process of this machine has open, as far as we may look (Linux; elsewhere: none)."""
    found = set()
    for link in Path("/proc").glob("[0-9]*/fd/*") if Path("/proc").exists() else ():
        try:
            found.add(os.readlink(link))
        except OSError:  # the process ended, or belongs to somebody else
            continue
    return found


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
