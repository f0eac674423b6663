"""Publish: copy the built marts into a new file, verify every block of it, flip one symlink.

Readers never meet a half-written file and never wait: a published file is written once, under a name of its own, made
read-only, and never touched again. ``karakoram.duckdb`` is a symlink to the newest. DuckDB keeps one instance per path
in a process, so a file that was overwritten in place would go on showing its old content there; a flipped symlink does
not (measured on DuckDB 2.0.0).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import KarakoramError, explained
from orchestration.ingest.snapshots import sync_folder, write_atomically
from orchestration.settings import Settings

SCHEMAS = ("marts", "seeds")
KEPT = 5  # published files, besides those that somebody has open
STORAGE_VERSION = "v1.4.0"
"""The oldest DuckDB that reads a published file's tables: pinned, else an upgrade of ours would lock clients out.

Its macros want ours: 1.4.0 finds none of their steps, 1.5.0 cannot plan the larger ones.
"""


class NotPublishable(KarakoramError):
    """The build cannot be published; the former warehouse is untouched. The command leaves with 2."""


@dataclass(frozen=True)
class Publication:
    """One published warehouse: where it is and what it holds.

    ``tables`` maps 'schema.table' to [rows, order-free hash of all rows]: equal hashes mean equal tables. ``number``
    counts publications, as no clock does that is set back; ``sha256`` is that of the file.
    """

    path: Path
    fingerprint: str
    published_at: str
    tables: Mapping[str, tuple[int, str]]
    facts: Mapping[str, Any]
    number: int = 0
    sha256: str | None = None


def publish(
    settings: Settings,
    *,
    fingerprint: str,
    at: datetime,
    facts: Mapping[str, Any],
    complete: Callable[[duckdb.DuckDBPyConnection], None] = lambda connection: None,
    in_place: bool = False,
) -> Publication:
    """Publish the build file; NotPublishable if any part of it cannot be read back whole.

    Args:
        fingerprint: identifies inputs, seeds and code (see ``orchestration.publish.fingerprint``).
        at: the moment that names the file, UTC.
        facts: what the file should say of itself (origin, reference date, versions), in ``marts.publication``.
        complete: adds what only a file with all tables can have (``orchestration.publish.history``), before it is
            hashed and verified.
        in_place: move the build file instead of copying from it: it is large, and holds nothing that is not published.
    """
    settings.published.mkdir(parents=True, exist_ok=True)
    draft = settings.published / f".tmp-{uuid.uuid4().hex}.duckdb"
    stated = {**facts, "fingerprint": fingerprint, "published_at": at, "storage_version": STORAGE_VERSION}
    try:
        if in_place:
            os.rename(settings.build_file, draft)
            tables = _finish(draft, stated, complete)
        else:
            tables = _copy(settings.build_file, draft, stated, complete)
        _verify(draft, tables)
        os.chmod(draft, 0o444)
        _sync_file(draft)
        number = max((record.number for record in _records(settings)), default=0) + 1
        digest = _digest(draft)
        target = _free_name(settings, fingerprint, at)
        publication = Publication(target, fingerprint, at.isoformat(), tables, facts, number, digest)
        _place(draft, publication, settings.pointer)
    except (duckdb.Error, OSError, MemoryError) as error:
        raise NotPublishable(f"the new warehouse could not be written: {explained(error)}") from error
    finally:
        _remove_draft(draft)
    with contextlib.suppress(OSError):  # it is published; what cannot be tidied up now is tidied up the next night
        prune(settings)
    return publication


def current(settings: Settings) -> Publication | None:
    """The publication that the pointer names, if there is one and it is whole."""
    if not settings.pointer.is_symlink():
        return None
    found = _record_of(settings.pointer.resolve())
    return found if found and _is_whole(found) else None


def restore_pointer(settings: Settings) -> list[str]:
    """If the pointer names no whole file, let it name the newest that is whole; says so, in one sentence.

    Every block of the file is read, as a damaged one is only noticed when somebody reads it.
    """
    if current(settings) is not None or not settings.published.exists():
        return []
    broken = settings.pointer.is_symlink() or bool(_records(settings))
    for publication in sorted(_records(settings), key=lambda record: record.number, reverse=True):
        if _is_whole(publication):
            _flip(settings.pointer, publication.path)
            return [f"{settings.pointer} named no whole warehouse; it names {publication.path.name} again"]
    return [f"{settings.pointer} names no whole warehouse, and there is no other; it is built anew"] if broken else []


def drop_unfinished(settings: Settings) -> None:
    """Remove what a killed publication left: drafts, files without a record, records without a file."""
    newest = settings.pointer.resolve()
    for draft in settings.published.glob(".tmp-*"):
        shutil.rmtree(draft, ignore_errors=True) if draft.is_dir() else draft.unlink(missing_ok=True)
    for path in settings.published.glob("karakoram-*"):
        other = path.with_suffix(".json" if path.suffix == ".duckdb" else ".duckdb")
        if not other.exists() and path != newest:
            path.unlink(missing_ok=True)


def table_hashes(connection: duckdb.DuckDBPyConnection) -> dict[str, tuple[int, str]]:
    """Rows and an order-free hash of every table of the file; reads every value of the file."""
    hashes = {}
    for schema, table in _tables(connection):
        rows, digest = connection.execute(
            f'select count(*), coalesce(bit_xor(hash(t)), 0)::varchar from "{schema}"."{table}" as t'
        ).fetchone() or (0, "0")
        hashes[f"{schema}.{table}"] = (int(rows), str(digest))
    return hashes


def prune(settings: Settings) -> list[Path]:
    """Remove the oldest published files beyond those kept; a file that any process has open stays."""
    files = [record.path for record in sorted(_records(settings), key=lambda record: (record.number, record.path.name))]
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
    with duckdb.connect(str(draft), config={"storage_compatibility_version": STORAGE_VERSION}) as connection:
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
        connection.execute("detach build")  # and free what was read of it, before more memory is needed
        complete(connection)
        hashes = table_hashes(connection)
        connection.execute("checkpoint")
    return hashes


def _finish(
    draft: Path, facts: Mapping[str, Any], complete: Callable[[duckdb.DuckDBPyConnection], None]
) -> dict[str, tuple[int, str]]:
    with duckdb.connect(str(draft)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        _write_facts(connection, facts)
        complete(connection)
        hashes = table_hashes(connection)
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
        "number": publication.number,
        "sha256": publication.sha256,
    }
    write_atomically(publication.path.with_suffix(".json"), json.dumps(record, indent=1, sort_keys=True).encode())


def _records(settings: Settings) -> list[Publication]:
    """All published files with a record that can be read, in no particular order."""
    found = (_record_of(path) for path in settings.published.glob("karakoram-*.duckdb"))
    return [publication for publication in found if publication]


def _record_of(path: Path) -> Publication | None:
    try:
        given = json.loads(path.with_suffix(".json").read_text("utf-8"))
        return Publication(
            path,
            given["fingerprint"],
            given["published_at"],
            given["tables"],
            given["facts"],
            given.get("number", 0),
            given.get("sha256"),
        )
    except (OSError, ValueError, KeyError, TypeError):  # none, or damaged
        return None


def _is_whole(publication: Publication) -> bool:
    """Whether the file is there and has not changed by a bit; one of an older release has no digest to compare."""
    if publication.path.with_suffix(".duckdb.wal").exists() or not publication.path.exists():
        return False
    return publication.sha256 is None or _digest(publication.path) == publication.sha256


def _digest(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _place(draft: Path, publication: Publication, pointer: Path) -> None:
    """Give the draft its name and its record, and let the pointer name it; unless it does, nothing of it is left."""
    try:
        os.rename(draft, publication.path)
        sync_folder(publication.path.parent)
        _write_record(publication)
        _flip(pointer, publication.path)
    finally:
        if not (pointer.exists() and pointer.samefile(publication.path)):
            publication.path.with_suffix(".json").unlink(missing_ok=True)
            _remove_draft(publication.path)


def _free_name(settings: Settings, fingerprint: str, at: datetime) -> Path:
    """The new file's path; never one that exists, even if the clock stands still."""
    while True:
        path = settings.published / f"karakoram-{at:%Y%m%dT%H%M%S%fZ}-{fingerprint[:8]}.duckdb"
        if not path.exists():
            return path
        at += timedelta(microseconds=1)


def _remove_draft(draft: Path) -> None:
    for leftover in (draft, draft.with_suffix(".duckdb.wal")):
        leftover.unlink(missing_ok=True)
    shutil.rmtree(draft.with_suffix(".duckdb.tmp"), ignore_errors=True)


def _flip(pointer: Path, target: Path) -> None:
    temporary = pointer.with_name(f".tmp-{uuid.uuid4().hex}")
    os.symlink(os.path.relpath(target, pointer.parent), temporary)
    os.replace(temporary, pointer)
    with contextlib.suppress(OSError):  # readers see it; whichever file a power cut leaves the pointer at is whole
        sync_folder(pointer.parent)


def _tables(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    return connection.execute(
        "select schema_name, table_name from duckdb_tables() where database_name = current_database() order by all"
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
