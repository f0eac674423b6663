"""The change log: what each snapshot added, revised or deleted, one Parquet file per snapshot that changed anything.

A publisher that keeps no history gets one here. Each new snapshot is compared with what was known before it:

* ``added``    a point that was not known
* ``revised``  a point whose values differ
* ``deleted``  a point that was in the former answer to the *same request* and is missing from this complete one

A point that is merely absent from some other, smaller answer is not deleted. The log is a pure function of the raw
store: it can be thrown away, and is rebuilt when a parser changes or an older vintage arrives late.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import shutil
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest.contracts import Contract
from orchestration.ingest.engine import session
from orchestration.ingest.publishers.base import Source
from orchestration.ingest.snapshots import Snapshot, SnapshotStore, write_atomically

EMPTY_FILE = "schema.parquet"  # with a leading underscore Spark would not see it
STATE_FILE = "_state.json"
SAME = 1e-14  # relative; 56 of 193 "revisions" of the bundled WDI vintages were the same number printed otherwise
EXTRA_COLUMNS = (
    pa.field("change", pa.string()),
    pa.field("known_from", pa.timestamp("us", tz="UTC")),
    pa.field("snapshot_id", pa.string()),
    pa.field("release", pa.string()),
)


@dataclass(frozen=True)
class ChangeCounts:
    """How many points one snapshot added, revised and deleted, and how many rows it had."""

    rows: int = 0
    added: int = 0
    revised: int = 0
    deleted: int = 0

    @property
    def total(self) -> int:
        """All changed points."""
        return self.added + self.revised + self.deleted


@dataclass(frozen=True)
class Compared:
    """A snapshot held against what was known: how many rows it has, and those that changed anything."""

    rows: int
    changed: pa.Table


class ChangeLog:
    """The change log of one dataset below ``parsed/<publisher>/<dataset>``."""

    def __init__(self, folder: Path, dataset: str, source: Source, store: SnapshotStore) -> None:
        self.folder, self.dataset, self.source, self.store = folder, dataset, source, store

    @property
    def contract(self) -> Contract:
        """The contract of the dataset."""
        return self.source.contract

    @property
    def schema(self) -> pa.Schema:
        """The contract's columns and those that say what changed, when, and by which snapshot."""
        return pa.schema([*self.contract.schema, *EXTRA_COLUMNS])

    def counts(self) -> dict[str, ChangeCounts]:
        """Per applied snapshot, what it changed."""
        return {identity: ChangeCounts(**counts) for identity, counts in self._state()["applied"].items()}

    def known(self) -> pa.Table:
        """The newest values of every point that is not deleted, in the contract's columns."""
        if not any(counts.total for counts in self.counts().values()):
            return self.contract.schema.empty_table()
        return self._query(f"select {self._columns()} from ({self._newest()}) where change <> 'deleted'")

    def known_rows(self) -> int:
        """How many points are known now: those added and not deleted since, as the counts say; no file is read."""
        return sum(counts.added - counts.deleted for counts in self.counts().values())

    def sync(self, ready: Compared | None = None) -> dict[str, ChangeCounts]:
        """Bring the log up to date with the raw store; returns the counts of the snapshots that were applied now.

        Args:
            ready: the one snapshot that is new, if it was read and compared just before it was kept.
        """
        history = self.store.history(self.dataset)
        state = self._state()
        applied = list(state["applied"])
        is_whole = state["parser"] == fingerprint(self.source) and (self.folder / EMPTY_FILE).exists()
        if not is_whole or applied != [s.snapshot_id for s in history[: len(applied)]]:
            self._start_over()
            applied = []
        missing = history[len(applied) :]
        compared = ready if len(missing) == 1 else None
        return {snapshot.snapshot_id: self._apply(snapshot, history, compared) for snapshot in missing}

    def compare(self, table: pa.Table, former: pa.Table | None, known: pa.Table | None = None) -> pa.Table:
        """``table`` against what is known: its changed points, with the column ``change``.

        Args:
            table: a parsed snapshot, in the contract's columns.
            former: the former answer to the same request, or None if there was none: then nothing was deleted.
            known: what ``known`` gives, if it is at hand.
        """
        known = self.known() if known is None else known
        if not known.num_rows:  # a dataset's first answer: a query would say the same, and take 0.1 s
            added = pa.array(["added"] * table.num_rows, pa.string())
            return table.select(self.contract.schema.names).append_column("change", added)
        with session() as connection:
            connection.register("incoming", table)
            connection.register("former", former if former is not None else table)
            connection.register("known_points", known)
            return connection.sql(
                f"""
                with known as (select *, true as is_known from known_points)
                select {self._columns("i")}, case when k.is_known then 'revised' else 'added' end as change
                from incoming as i left join known as k on {self._same("i", "k")}
                where k.is_known is null or not ({self._same_values("i", "k")})
                union all
                select {self._columns("k")}, 'deleted' as change
                from known as k join former as f on {self._same("k", "f")}
                where not exists (select 1 from incoming as i where {self._same("i", "k")})
                """
            ).to_arrow_table()

    def former_answer(self, snapshot: Snapshot, history: tuple[Snapshot, ...]) -> pa.Table | None:
        """The parsed answer to the same request that came before ``snapshot``."""
        before = [s for s in history if s.scope == snapshot.scope and s.order < snapshot.order]
        return self.source.parse(self.store.bodies(before[-1]), before[-1].snapshot_id) if before else None

    def _apply(self, snapshot: Snapshot, history: tuple[Snapshot, ...], compared: Compared | None) -> ChangeCounts:
        file = f"{snapshot.folder_name}.parquet"
        (self.folder / file).unlink(missing_ok=True)  # of one killed before it was on record: it would hide its changes
        if compared is None:
            table = self.source.parse(self.store.bodies(snapshot), snapshot.snapshot_id)
            self.contract.check(table, snapshot.snapshot_id)
            compared = Compared(table.num_rows, self.compare(table, self.former_answer(snapshot, history)))
        changed = compared.changed
        kinds = changed["change"].to_pylist()
        counts = ChangeCounts(compared.rows, *(kinds.count(kind) for kind in ("added", "revised", "deleted")))
        if counts.total:
            self._write(file, self._with_extras(changed, snapshot))
        state = self._state()
        state["applied"][snapshot.snapshot_id] = vars(counts)
        write_atomically(self.folder / STATE_FILE, json.dumps(state, indent=1).encode())
        return counts

    def _with_extras(self, changed: pa.Table, snapshot: Snapshot) -> pa.Table:
        order = [(name, "ascending") for name in self.contract.key]
        rows = changed.sort_by(order)
        for column, value in zip(
            EXTRA_COLUMNS[1:], (snapshot.known_from, snapshot.snapshot_id, snapshot.release), strict=True
        ):
            rows = rows.append_column(column, pa.array([value] * rows.num_rows, type=column.type))
        return rows.cast(self.schema)

    def _start_over(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self._write(EMPTY_FILE, self.schema.empty_table())
        state = {"parser": fingerprint(self.source), "applied": {}}
        write_atomically(self.folder / STATE_FILE, json.dumps(state, indent=1).encode())

    def _write(self, name: str, table: pa.Table) -> None:
        sink = pa.BufferOutputStream()
        pq.write_table(table, sink, compression="zstd")
        write_atomically(self.folder / name, sink.getvalue().to_pybytes())

    def _state(self) -> dict[str, Any]:
        path = self.folder / STATE_FILE
        return json.loads(path.read_text("utf-8")) if path.exists() else {"parser": None, "applied": {}}

    def _newest(self) -> str:
        key = ", ".join(self.contract.key)
        return f"""
            select * exclude (place) from (
                select *, row_number() over (partition by {key} order by known_from desc, snapshot_id desc) as place
                from read_parquet('{self.folder.as_posix()}/*.parquet', union_by_name = true)
            ) where place = 1"""

    def _columns(self, alias: str = "") -> str:
        prefix = f"{alias}." if alias else ""
        return ", ".join(f"{prefix}{name}" for name in self.contract.schema.names)

    def _same(self, left: str, right: str) -> str:
        """The same point. Plain equality where NULL cannot be: it joins faster."""
        nullable = self.contract.nullable_key
        return " and ".join(
            f"{left}.{c} is not distinct from {right}.{c}" if c in nullable else f"{left}.{c} = {right}.{c}"
            for c in self.contract.key
        )

    def _same_values(self, left: str, right: str) -> str:
        """The same values: numbers that differ only in how their last digit was printed are no revision."""
        floats = {f.name for f in self.contract.schema if pa.types.is_floating(f.type)}
        return " and ".join(
            f"({left}.{c} is not distinct from {right}.{c} or coalesce(abs({left}.{c} - {right}.{c}) "
            f"<= {SAME} * greatest(abs({left}.{c}), abs({right}.{c})), false))"
            if c in floats
            else f"{left}.{c} is not distinct from {right}.{c}"
            for c in self.contract.values
        )

    def _query(self, sql: str) -> pa.Table:
        with session() as connection:
            return connection.sql(sql).to_arrow_table()


@cache
def _code_hash(module_file: str) -> str:
    return hashlib.sha256(Path(module_file).read_bytes()).hexdigest()


def fingerprint(source: Source) -> str:
    """Changes when the parser's module, what it reads with or the contract does: then the log is made anew."""
    files = (inspect.getsourcefile(source.parse) or "", *source.reads_with)
    code = "".join(map(_code_hash, files))
    return hashlib.sha256(f"{code}{source.contract}".encode()).hexdigest()[:16]
