"""Fills ``marts.threshold_log``: the states after each step of history, evaluated by the marts' own SQL.

A step is a day on which figures changed, or a change of the rules. At each step the whole chain of models up to
``threshold_status`` is evaluated on the history cut at that moment. Many moments are evaluated together, model by
model: DuckDB carries the moment through every join, window and aggregate of a model (a lateral join), and each model's
rows of all moments stay only until the last model that reads them. (In one query for the whole chain, planning alone
took 0.45 GB; one moment at a time takes ten times as long.) What a step gave is kept by the content that it was made
of, so one more release costs one more evaluation.

Belongs here: which moments, and remembering. How states and causes are computed say the dbt models.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest.rules import Rules
from orchestration.ingest.snapshots import write_atomically
from orchestration.publish.macros import HISTORY, LEAVES, Lineage

LOG, WORLDS, STATUS, RULES = "threshold_log", "int_thresholds__worlds", "threshold_status", "thresholds"
MOST_JOINED = 2  # models that another may read and still be computed within the one that reads it
MOST_POINTS = 500_000  # known points in all worlds of one batch: memory grows with them (0.5 GB for so many)
STATES = pa.schema(
    [
        ("digest", pa.string()),
        *((name, pa.string()) for name in ("subject", "rule_id", "period", "state")),
        *((name, pa.float64()) for name in ("value", "low", "high")),
    ]
)
ANSWERS = pa.schema(
    [
        ("step", pa.int32()),
        ("step_kind", pa.string()),
        ("changed_at", pa.timestamp("us")),
        ("has_revisions", pa.bool_()),
        ("datasets", pa.string()),
        ("world", pa.string()),
        *(STATES.field(name) for name in STATES.names[1:]),
    ]
)
# What a release brings: not what a later one changes (known_to), nor what is converted.
BROUGHT = (
    "series_id, reporter_iso3, partner_iso3, product, flow, definition, basis, valuation, frequency, period, "
    "period_label, value, unit, is_provisional, is_estimated, known_from, change"
)
ORIGIN = ("snapshot_id", "release", "citation", "note")


@dataclass(frozen=True)
class World:
    """One evaluation: which points are known, with which figures, under which rules.

    Each is the first instant that is too late to count. ``digest`` identifies all content that the answer depends on,
    ``n_points`` is how much that is.
    """

    step: int
    kind: str
    points: datetime
    values: datetime
    rules: datetime
    digest: str
    n_points: int


@dataclass(frozen=True)
class Step:
    """A day on which figures changed, or (kind 'rules') on which the rules did."""

    number: int
    kind: str
    changed_at: datetime
    has_revisions: bool
    datasets: str | None
    worlds: tuple[World, ...]


def fill(connection: duckdb.DuckDBPyConnection, lineage: Lineage, rules: Sequence[Rules], cache: Path) -> int:
    """Fill ``marts.threshold_log`` of the open file; returns how many evaluations were not remembered.

    Args:
        connection: a file with all marts and seeds, in which ``threshold_log`` is still empty.
        lineage: of the dbt run that made them.
        rules: every version of the seed ``thresholds``, oldest first.
        cache: Parquet file of what was evaluated before.
    """
    if LOG not in lineage.models:
        return 0
    steps, known, n_missing = remember(connection, lineage, rules, cache)
    if steps:
        _write_log(connection, lineage, steps, known)
    return n_missing


def remember(
    connection: duckdb.DuckDBPyConnection, lineage: Lineage, rules: Sequence[Rules], cache: Path
) -> tuple[list[Step], Mapping[str, Sequence[Mapping[str, Any]]], int]:
    """Evaluate what the cache does not know yet, and keep it there. For the arguments see ``fill``.

    Returns:
        All steps; the states of each of their worlds, by its digest; how many worlds were evaluated. No steps if one of
        the models up to the states reads what is not published.
    """
    chain = _chain(lineage)
    if chain is None:
        return [], {}, 0
    _load_figures(connection)
    _load_rules(connection, rules)
    steps = list(_steps(connection, rules, _code_digest(connection, lineage, chain)))
    worlds = [world for step in steps for world in step.worlds]
    known = _remembered(cache, {world.digest for world in worlds})
    missing = list({w.digest: w for w in worlds if w.digest not in known}.values())
    stages = _stages(chain)
    for batch in _batches(missing):
        known |= _evaluated(connection, stages, batch)
    if missing:
        _remember(cache, known)
    for table in ("figures", "rules", "worlds"):
        connection.execute(f"drop table if exists temp.{table}")
    return steps, known, len(missing)


def _chain(lineage: Lineage) -> Mapping[str, str] | None:
    """The models up to threshold_status: queries on those before them and on the columns of ``worlds``."""
    instead = {
        HISTORY: LEAVES[HISTORY]
        .format(values="worlds.values")
        .replace("marts.observation_history", "temp.figures")
        .replace("fx_source", "fx_source, first_known")
        + " and first_known < worlds.points",
        "stg_store__datasets": "select * replace (cast(null as timestamp) as stale_since) from marts.sources",
        # How wide the index scatters moves no state: its thousand runs under other methods would take 15 s and 3 GB.
        "stg_store__weight_draws": "select * from seeds.weight_draws where run = 0",
        "cooperation_experiments": "select * from seeds.cooperation_experiments where kind = 'base'",
        RULES: "select * exclude (rules_from, rules_to) from temp.rules "
        "where rules_from < worlds.rules and coalesce(rules_to >= worlds.rules, true)",
    }
    return lineage.queries(STATUS, values="worlds.values", points="worlds.points", instead=instead)


def _load_figures(connection: duckdb.DuckDBPyConnection) -> None:
    """The history without what says where a figure is from: no state depends on it, and it would be the larger part."""
    nothing = ", ".join(f"cast(null as varchar) as {name}" for name in ORIGIN)
    connection.execute(
        f"create or replace temp table figures as select * replace ({nothing}), "
        "min(known_from) over (partition by series_id, period) as first_known from marts.observation_history"
    )


def _load_rules(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rules]) -> None:
    """All versions of all rules, typed as the seed of today. The first version of a rule counts from the beginning."""
    connection.execute(
        "create or replace temp table rules as select *, timestamp '0001-01-01' as rules_from, "
        "cast(null as timestamp) as rules_to from seeds.thresholds"
    )
    if not rules:
        return
    connection.execute("delete from temp.rules")
    columns = connection.execute("select name, type from pragma_table_info('temp.rules')").fetchall()[:-2]
    marks = ", ".join(f"cast(? as {kind})" for _, kind in columns)
    seen: set[str] = set()
    for place, version in enumerate(rules):
        ends = rules[place + 1].known_from if place + 1 < len(rules) else None
        for row in csv.DictReader(io.StringIO(version.content.decode("utf-8"))):
            begins = version.known_from if row["rule_id"] in seen else datetime.min
            seen.add(row["rule_id"])
            given = [row.get(name) or None for name, _ in columns]
            connection.execute(f"insert into temp.rules values ({marks}, ?, ?)", [*given, begins, ends])


def _rules_digest(connection: duckdb.DuckDBPyConnection, bound: datetime) -> str:
    """Digest of the rules in force just before ``bound``."""
    rows = connection.execute(
        "select cast(bit_xor(hash(r)) as varchar) from (select * exclude (rules_from, rules_to) from temp.rules "
        "where rules_from < ? and coalesce(rules_to >= ?, true)) as r",
        [bound, bound],
    ).fetchall()
    return str(rows[0][0])


def _steps(connection: duckdb.DuckDBPyConnection, rules: Sequence[Rules], code: str) -> Iterator[Step]:
    """The days of the history in order, and between them the changes of the rules."""
    content = code
    before: tuple[datetime, str, int] | None = None
    n_points = 0
    days = _days(connection)
    changes = {version.known_from.date(): version for version in rules[1:]}
    applied = _rules_digest(connection, datetime.min + timedelta(days=1))
    number = 0
    for day in sorted({*days, *changes}):
        bound = datetime.combine(day, datetime.min.time()) + timedelta(days=1)
        if day in changes:
            applied = _rules_digest(connection, bound)
            if before is not None:
                number += 1
                digest = _digest(before[1], before[1], applied)
                world = World(number, "known", before[0], before[0], bound, digest, before[2])
                yield Step(number, "rules", changes[day].known_from, False, None, (world,))
        if day not in days:
            continue
        changed_at, revised, datasets, n_changes, digest = days[day]
        n_points += n_changes
        content = _digest(content, str(day), digest)
        number += 1
        worlds = [World(number, "known", bound, bound, bound, _digest(content, content, applied), n_points)]
        if revised and before is not None:
            mixed = _digest(before[1], content, applied)
            worlds.append(World(number, "revised", before[0], bound, bound, mixed, n_points))
        yield Step(number, "figures", changed_at, revised and before is not None, datasets, tuple(worlds))
        before = (bound, content, n_points)


def _days(connection: duckdb.DuckDBPyConnection) -> dict[Any, tuple[datetime, bool, str, int, str]]:
    """Per day: its last change, whether anything known was rewritten, the datasets, how many figures, their digest."""
    return {
        day: tuple(rest)
        for day, *rest in connection.execute(
            f"""
            select
                cast(known_from as date), max(known_from), bool_or(change <> 'added'),
                string_agg(distinct dataset, ', ' order by dataset), count(*),
                cast(bit_xor(hash({BROUGHT})) as varchar)
            from marts.observation_history group by 1 order by 1
            """
        ).fetchall()
    }


def _batches(worlds: Iterable[World]) -> Iterator[list[World]]:
    """Worlds that are evaluated together: no more points than memory has room for, but one world at least."""
    batch: list[World] = []
    for world in worlds:
        if batch and sum(each.n_points for each in batch) + world.n_points > MOST_POINTS:
            yield batch
            batch = []
        batch.append(world)
    if batch:
        yield batch


@dataclass(frozen=True)
class Stage:
    """A table that is made on the way: its query in one world, and the tables that nobody reads after it."""

    name: str
    sql: str
    done_with: tuple[str, ...]


def _stages(chain: Mapping[str, str]) -> list[Stage]:
    """The tables of a chain in order. What one model alone reads is computed within that one, as far as it asks for it.

    A third of the time goes with the tables that are not made so. A model that joins many stays a table all the same:
    planned together with its reader it would take memory, and gain nothing.
    """
    reads = {name: [other for other in chain if f'"as_of {other}"' in sql] for name, sql in chain.items()}
    n_readers = Counter(other for others in reads.values() for other in others)
    within = {name for name in chain if n_readers[name] == 1 and len(reads[name]) <= MOST_JOINED}
    within.add(HISTORY)  # a part of the one table of all worlds
    needs = {name: _needed(name, reads, within) for name in chain if name not in within}
    last_reader = {other: name for name, others in needs.items() for other in others}
    return [
        Stage(
            name,
            _in_one_world(chain, name, others, within),
            tuple(other for other in others if other not in within and last_reader[other] == name),
        )
        for name, others in needs.items()
    ]


def _needed(name: str, reads: Mapping[str, Sequence[str]], within: Set[str]) -> list[str]:
    """What a model reads, those before it that are computed within it, and what these read; in order."""
    found: list[str] = []
    for other in reads[name]:
        inner = _needed(other, reads, within) if other in within else []
        found += [each for each in (*inner, other) if each not in found]
    return found


def _in_one_world(chain: Mapping[str, str], name: str, needs: Sequence[str], within: Set[str]) -> str:
    """A model's query that finds, under the names of the models it reads, their rows of one world alone."""
    own = 'select * exclude ("of world") from temp."as_of {}" where "of world" = worlds.world'
    rows = [f'"as_of {other}" as (\n{chain[other] if other in within else own.format(other)}\n)' for other in needs]
    return f"with {', '.join(rows)} select * from (\n{chain[name]}\n)" if rows else chain[name]


def _evaluated(
    connection: duckdb.DuckDBPyConnection, stages: Iterable[Stage], worlds: Sequence[World]
) -> dict[str, list[dict[str, Any]]]:
    """The newest states of all subjects and rules, by digest of the world."""
    given = [(number, world.points, world.values, world.rules) for number, world in enumerate(worlds)]
    connection.execute(
        'create or replace temp table worlds (world int, points timestamp, "values" timestamp, rules timestamp)'
    )
    connection.executemany("insert into temp.worlds values (?, ?, ?, ?)", given)
    for stage in stages:
        connection.execute(
            f'create temp table "as_of {stage.name}" as select worlds.world as "of world", made.* '
            f"from temp.worlds as worlds, lateral (\n{stage.sql}\n) as made"
        )
        for other in stage.done_with:
            connection.execute(f'drop table temp."as_of {other}"')
    names = ", ".join(STATES.names[1:])
    answers = connection.execute(
        f'select "of world", {names} from temp."as_of {STATUS}" where is_latest order by all'
    ).fetchall()
    connection.execute(f'drop table temp."as_of {STATUS}"')
    found: dict[str, list[dict[str, Any]]] = {world.digest: [] for world in worlds}
    for number, *states in answers:
        digest = worlds[number].digest
        found[digest].append({"digest": digest, **dict(zip(STATES.names[1:], states, strict=True))})
    return found


def _remembered(cache: Path, wanted: set[str]) -> dict[str, list[dict[str, Any]]]:
    if not cache.exists():
        return {}
    found: dict[str, list[dict[str, Any]]] = {}
    for row in pq.read_table(cache).to_pylist():
        if row["digest"] in wanted:
            found.setdefault(row["digest"], []).append(row)
    return found


def _remember(cache: Path, known: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    cache.parent.mkdir(parents=True, exist_ok=True)
    rows = [dict(row) for digest in sorted(known) for row in known[digest]]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows, schema=STATES), sink)
    write_atomically(cache, sink.getvalue().to_pybytes())


def _write_log(
    connection: duckdb.DuckDBPyConnection,
    lineage: Lineage,
    steps: Iterable[Step],
    known: Mapping[str, Sequence[Mapping[str, Any]]],
) -> None:
    """Lay the states in where the model of the log expects them, and run it."""
    rows = [
        {
            "step": step.number,
            "step_kind": step.kind,
            "changed_at": step.changed_at,
            "has_revisions": step.has_revisions,
            "datasets": step.datasets,
            "world": world.kind,
            **{name: row[name] for name in STATES.names[1:]},
        }
        for step in steps
        for world in step.worlds
        for row in known[world.digest]
    ]
    connection.register("given_answers", pa.Table.from_pylist(rows, schema=ANSWERS))
    connection.execute("create or replace temp table answers as select * from given_answers")
    connection.unregister("given_answers")
    sql = lineage.models[LOG].sql
    for name, model in lineage.models.items():
        published = "temp.answers" if name == WORLDS else f'"{model.schema}"."{model.name}"'
        sql = sql.replace(model.relation, published) if model.relation else sql
    connection.execute(f"insert into marts.{LOG} select * from ({sql}\n) order by all")
    connection.execute("drop table temp.answers")


def _code_digest(connection: duckdb.DuckDBPyConnection, lineage: Lineage, chain: Mapping[str, str]) -> str:
    """Digest of everything but figures and rules that a state depends on: the SQL, the seeds it reads, the engine."""
    seeds = [n for n in lineage.steps(STATUS) or () if lineage.models[n].kind == "seed" and n != RULES]
    contents = [
        connection.execute(f'select cast(bit_xor(hash(t)) as varchar) from seeds."{name}" as t').fetchall()[0][0] or ""
        for name in sorted(seeds)
    ]
    return _digest(*chain.values(), duckdb.__version__, *contents)


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:24]
