"""Dagster's SQLite event log, with its connections kept open.

Dagster opens and closes a connection for each of the thousand events of a night, and waits for the disk after each:
of a refresh of 23 s from the bundle, 12 s went there. This storage keeps one small pool per database and lets SQLite's
write-ahead log be flushed at its checkpoints: a killed process loses nothing, a power cut may lose the last events of
the run that it also killed. Tables, files and queries are Dagster's own; ``dagster.yaml`` can name any other storage.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, QueuePool, create_engine, event

KEPT_OPEN = 8  # databases: the index, and the runs looked at last
BUSY_SECONDS = 30


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

    def dispose(self) -> None:
        """Close every connection."""
        for engine in self.__dict__.get("_engines", {}).values():
            engine.dispose()
        super().dispose()


def _flush_at_checkpoints(connection: Any, record: object) -> None:
    connection.execute("PRAGMA synchronous = NORMAL")
