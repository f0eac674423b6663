"""Dagster's SQLite event log, with its connections kept open.

Dagster opens and closes a connection for each of the thousand events of a night, and waits for the disk after each:
of a refresh of 23 s from the bundle, 12 s went there. This storage keeps one small pool per database and lets SQLite's
write-ahead log be flushed at its checkpoints: a killed process loses nothing, a power cut may lose the last events of
the run that it also killed. Tables, files and queries are Dagster's own; ``dagster.yaml`` can name any other storage.

A full refresh leaves 10 MB here, half of it in a file of the run, half in the index; Dagster keeps both for ever. So a
run can be deleted whole, and which ones may not be can be asked: those that the UI still reads from.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster import DagsterEventType
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._core.storage.event_log.schema import AssetCheckExecutionsTable, SqlEventLogStorageTable
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event, func, select

KEPT_OPEN = 8  # databases: the index, and the runs looked at last
BUSY_SECONDS = 30
NEWEST_SHOWN = (DagsterEventType.ASSET_MATERIALIZATION.value, DagsterEventType.ASSET_OBSERVATION.value)


class PooledSqliteEventLogStorage(SqliteEventLogStorage):
    """``SqliteEventLogStorage`` whose connections outlive one statement."""

    _engines: OrderedDict[str, Engine]

    @classmethod
    def from_config_value(
        cls, inst_data: ConfigurableClassData | None, config_value: Any
    ) -> PooledSqliteEventLogStorage:
        """As ``dagster.yaml`` names it."""
        return cls(inst_data=inst_data, **config_value)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            engine = self._engine_of(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    def _engine_of(self, shard: str) -> Engine:
        engines = self.__dict__.setdefault("_engines", OrderedDict())
        if shard not in engines:
            engine = create_engine(
                self.conn_string_for_shard(shard),
                poolclass=QueuePool,
                pool_size=1,
                max_overflow=4,
                connect_args={"timeout": BUSY_SECONDS, "check_same_thread": False},
            )
            event.listen(engine, "connect", _flush_at_checkpoints)
            engines[shard] = engine
        engines.move_to_end(shard)
        while len(engines) > KEPT_OPEN:
            engines.popitem(last=False)[1].dispose()
        return engines[shard]

    def has_table(self, table_name: str) -> bool:
        """As Dagster's own, which looks into the file anew before it stores the result of each check."""
        inherited = super().has_table
        return self._once(("table", table_name), lambda: inherited(table_name))

    def has_secondary_index(self, name: str) -> bool:
        """As Dagster's own, which asks anew for each asset that it looks up, as for the columns below."""
        inherited = super().has_secondary_index
        return self._once(("index", name), lambda: inherited(name))

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        inherited = super()._has_asset_key_col_on_connection
        return self._once(("column", column_name), lambda: inherited(conn, column_name))

    def _once(self, what: tuple[str, str], look: Callable[[], bool]) -> bool:
        """Whether the file has something. What was found is not looked for again: migrations only add."""
        found = self.__dict__.setdefault("_found", set())
        if what not in found and look():
            found.add(what)
        return what in found

    def runs_in_use(self) -> set[str]:
        """Ids of the runs that hold what is newest of an asset, a partition or a check."""
        events, checks = SqlEventLogStorageTable.c, AssetCheckExecutionsTable.c
        newest_events = (
            select(func.max(events.id))
            .where(events.dagster_event_type.in_(NEWEST_SHOWN))
            .group_by(events.asset_key, events.partition, events.dagster_event_type)
        )
        newest_checks = select(func.max(checks.id)).group_by(checks.asset_key, checks.check_name, checks.partition)
        with self.index_connection() as connection:
            found = connection.execute(
                select(events.run_id)
                .where(events.id.in_(newest_events))
                .union(select(checks.run_id).where(checks.id.in_(newest_checks)))
            ).fetchall()
        return {str(run_id) for (run_id,) in found}

    def delete_events(self, run_id: str) -> None:
        """Delete what a run has left: its file, its part of the index, and the results of its checks with them."""
        with self.index_connection() as connection:
            self.delete_events_for_run(connection, run_id)
            connection.execute(AssetCheckExecutionsTable.delete().where(AssetCheckExecutionsTable.c.run_id == run_id))
        self.free_concurrency_slots_for_run(run_id)
        engine = self.__dict__.get("_engines", {}).pop(run_id, None)
        if engine is not None:
            engine.dispose()
        self._initialized_dbs.discard(run_id)
        for ending in ("", "-wal", "-shm"):
            Path(f"{self.path_for_shard(run_id)}{ending}").unlink(missing_ok=True)

    def dispose(self) -> None:
        """Close every connection."""
        for engine in self.__dict__.get("_engines", {}).values():
            engine.dispose()
        super().dispose()


def _flush_at_checkpoints(connection: Any, record: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
