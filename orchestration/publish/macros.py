"""The macros of the published file: every mart as it was known at a moment, and the mirror gap taken apart.

No formula is written twice: a macro is the SQL that dbt compiled for the mart and for all models between it and the
history of observations, as common table expressions, with the history cut at the moment asked for. So
``trade_balance_as_of('2024-09-01')`` is what ``marts.trade_balance`` would have held that day, computed by the code,
seeds and rules of today, with the exchange rates known then.

    as_of(ts)            the observations
    <mart>_as_of(ts)     any mart that is made of observations, seeds and what the raw store says of itself
    explain_gap(home, partner, period)

``ts`` is a day (DATE, or text such as '2024-09-01': the state at the end of that day, UTC) or a moment (TIMESTAMP,
TIMESTAMP WITH TIME ZONE, or longer text; without a zone it is UTC).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb

from orchestration.errors import KarakoramError

HISTORY = "int_observations__history"
STORE = "stg_store__"
CARRIED_SCHEMA = "seeds"
SHORT_NAMES = {"observations": "as_of"}
EXPLAIN_GAP = Path(__file__).with_name("explain_gap.sql")

JUST_AFTER = r"""
case
    when typeof(ts) = 'DATE' then cast(cast(ts as varchar) as timestamp) + interval 1 day
    when typeof(ts) = 'TIMESTAMP WITH TIME ZONE' then timezone('UTC', cast(ts as timestamptz)) + interval 1 microsecond
    when typeof(ts) = 'VARCHAR' and length(trim(cast(ts as varchar))) <= 10
        then cast(cast(ts as varchar) as timestamp) + interval 1 day
    when typeof(ts) = 'VARCHAR' and regexp_matches(cast(ts as varchar), '(Z|[+-]\d\d(:?\d\d)?)\s*$')
        then timezone('UTC', cast(cast(ts as varchar) as timestamptz)) + interval 1 microsecond
    else cast(cast(ts as varchar) as timestamp) + interval 1 microsecond
end"""

# What stands in for the models that read Parquet, and therefore are not in the published file. {values} is the first
# instant that is too late for a figure, {points} the same for a point's first appearance and for the calendar.
LEAVES = {
    HISTORY: """
        select * exclude (value_usd, is_converted, fx_rate, fx_source)
            replace (case when known_to < {values} then known_to end as known_to)
        from marts.observation_history
        where known_from < {values}""",
    "stg_store__reference": """
        select cast(least(cast(value as timestamp), {points} - interval 1 microsecond) as date) as reference_date
        from marts.publication
        where fact = 'reference_date'""",
    "stg_store__datasets": """
        select sources.* exclude (retrieved_at, origin, sha256, snapshot_id, n_snapshots)
            replace (
                case when checked_at < {values} then checked_at end as checked_at,
                case when stale_since < {values} then stale_since end as stale_since,
                case when stale_since < {values} then last_error end as last_error
            ),
            kept.retrieved_at, kept.origin, kept.sha256, kept.snapshot_id,
            cast(coalesce(kept.n_snapshots, 0) as int) as n_snapshots
        from marts.sources as sources
        left join (
            select
                dataset,
                max_by(retrieved_at, (known_from, snapshot_id)) as retrieved_at,
                max_by(origin, (known_from, snapshot_id)) as origin,
                max_by(sha256, (known_from, snapshot_id)) as sha256,
                max_by(snapshot_id, (known_from, snapshot_id)) as snapshot_id,
                count(*) as n_snapshots
            from marts.snapshots
            where known_from < {values}
            group by dataset
        ) as kept on kept.dataset = sources.dataset""",
    "stg_store__snapshots": "select * from marts.snapshots where known_from < {values}",
    "stg_store__citations": "select * from marts.citations",
    "threshold_log": "select * from marts.threshold_log where changed_at < {values}",
}


@dataclass(frozen=True)
class Model:
    """A model or seed of a dbt run: its compiled SQL, the relation that others read, and what it reads itself."""

    name: str
    kind: str
    schema: str
    relation: str
    sql: str
    parents: tuple[str, ...]
    description: str
    columns: Mapping[str, str]  # descriptions by column

    @property
    def table(self) -> str:
        """The name of its table, which need not be the model's: a seed may have taken that."""
        return self.relation.rsplit(".", 1)[-1].strip('"')


class Lineage:
    """The models and seeds of one dbt run, by name, and the compiled SQL of each model's tests."""

    def __init__(self, models: Mapping[str, Model], tests: Mapping[str, Mapping[str, str]] | None = None) -> None:
        self.models = models
        self.tests = tests or {}

    @classmethod
    def read(cls, manifest: Path) -> Lineage:
        """The lineage that a dbt run has left in its manifest; KarakoramError if there is none."""
        if not manifest.exists():
            raise KarakoramError(f"{manifest} is missing: dbt has not built anything; run a refresh with --no-fetch")
        nodes = json.loads(manifest.read_text("utf-8"))["nodes"]
        names = {key: node["name"] for key, node in nodes.items() if node["resource_type"] in ("model", "seed")}
        tests: dict[str, dict[str, str]] = {}
        for node in nodes.values():
            if node["resource_type"] == "test" and node.get("attached_node") in names:
                tests.setdefault(names[node["attached_node"]], {})[node["name"]] = node.get("compiled_code") or ""
        return cls(
            {
                name: Model(
                    name=name,
                    kind=nodes[key]["resource_type"],
                    schema=nodes[key]["schema"],
                    relation=nodes[key]["relation_name"] or "",
                    sql=nodes[key].get("compiled_code") or "",
                    parents=tuple(names.get(parent, parent) for parent in nodes[key]["depends_on"].get("nodes", ())),
                    description=nodes[key].get("description", ""),
                    columns={
                        column: facts.get("description", "") for column, facts in nodes[key].get("columns", {}).items()
                    },
                )
                for key, name in names.items()
            },
            tests,
        )

    @property
    def marts(self) -> list[str]:
        """Names of all marts."""
        return [model.name for model in self.models.values() if model.kind == "model" and model.schema == "marts"]

    @cached_property
    def carried(self) -> list[str]:
        """Models of the store's own tables that are the same at any moment: fixed inputs, like seeds."""
        return [name for name in self.models if name.startswith(STORE) and name not in LEAVES]

    def steps(self, name: str) -> list[str] | None:
        """The models that lead to ``name``, in order, leaves first; None if one of them reads what is not published."""
        found: list[str] = []
        return found if self._walk(name, found) else None

    def _walk(self, name: str, found: list[str]) -> bool:
        model = self.models.get(name)
        if model is None:  # a source: Parquet, which is not published
            return False
        if name in found:
            return True
        is_given = name in LEAVES or name in self.carried or model.kind == "seed"
        if not is_given and "read_parquet(" in model.sql:  # Parquet is not published
            return False
        if not is_given and not all(self._walk(parent, found) for parent in model.parents):
            return False
        found.append(name)
        return True

    def query(self, name: str, *, values: str, points: str, instead: Mapping[str, str] | None = None) -> str | None:
        """One query that computes ``name`` from the published tables alone, or None if that cannot be done.

        Args:
            values: SQL of the first instant that is too late for a figure to be known.
            points: the same for the calendar (and, for leaves given in ``instead``, whatever they make of it).
            instead: SQL that stands in for other models or seeds.
        """
        steps = self.queries(name, values=values, points=points, instead=instead)
        if steps is None:
            return None
        parts = [f'"as_of {step}" as (\n{sql}\n)' for step, sql in steps.items()]
        return f'with {", ".join(parts)}\nselect * from "as_of {name}"'

    def queries(
        self, name: str, *, values: str, points: str, instead: Mapping[str, str] | None = None
    ) -> dict[str, str] | None:
        """The same query in its steps: model by model, leaves first, each reading others as ``"as_of <model>"``."""
        steps = self.steps(name)
        if steps is None:
            return None
        leaves = {key: text.format(values=values, points=points) for key, text in LEAVES.items()} | dict(instead or {})
        made = [step for step in steps if step in leaves or not self._is_table(step)]
        return {step: leaves.get(step) or self._compiled(step, leaves) for step in made}

    def _is_table(self, name: str) -> bool:
        return self.models[name].kind == "seed" or name in self.carried

    def _compiled(self, step: str, leaves: Mapping[str, str]) -> str:
        sql = self.models[step].sql
        if not sql:
            raise KarakoramError(f"dbt has not compiled {step} in its last run: build all models, not a selection")
        for other in self.models[step].parents:
            is_table = self._is_table(other) and other not in leaves
            sql = sql.replace(self.models[other].relation, published(other) if is_table else f'"as_of {other}"')
        if re.search(r"\bts\b", sql):
            raise KarakoramError(f"the model {step} uses the name ts, which its as-of macro needs; rename it there")
        return sql


def published(name: str) -> str:
    """Where a seed, or a fixed input that is carried along, stands in the published file."""
    return f'"{CARRIED_SCHEMA}"."{name.removeprefix(STORE)}"'


def carry(connection: duckdb.DuckDBPyConnection, lineage: Lineage, home: Path) -> None:
    """Copy the fixed inputs that macros need into the open file; ``home`` is where their Parquet paths begin."""
    connection.execute(f"set file_search_path = '{home.as_posix()}'")
    for name in lineage.carried:
        model = lineage.models[name]
        connection.execute(f"create table {published(name)} as {model.sql}")
        connection.execute(f"comment on table {published(name)} is {_quoted(model.description)}")
        for column, description in model.columns.items():
            connection.execute(f'comment on column {published(name)}."{column}" is {_quoted(description)}')


def create_macros(connection: duckdb.DuckDBPyConnection, lineage: Lineage) -> list[str]:
    """Create all macros in schema main of the open file; returns the marts that have an as-of version."""
    connection.execute(f"create macro main.just_after(ts) as {JUST_AFTER}")
    connection.execute(
        "comment on macro main.just_after is 'The first instant after a day (DATE, or text of one) or a moment, UTC'"
    )
    made = []
    for mart in lineage.marts:
        query = lineage.query(mart, values="just_after(ts)", points="just_after(ts)")
        if query is None:
            continue
        table = lineage.models[mart].table
        macro = macro_of(table)
        connection.execute(f'create macro main."{macro}"(ts) as table\n{query}')
        connection.execute(f"comment on macro table main.\"{macro}\" is 'marts.{table} as it was known at ts'")
        made.append(table)
    if {"mirror_ledger", "gap_causes"} <= set(lineage.models):
        connection.execute(EXPLAIN_GAP.read_text("utf-8"))
        connection.execute(
            "comment on macro table main.explain_gap is 'The gap between both countries'' records of a period, by step'"
        )
    return made


def macro_of(mart: str) -> str:
    """The name of the macro that gives ``mart`` as it was known at a moment."""
    return SHORT_NAMES.get(mart, f"{mart}_as_of")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
