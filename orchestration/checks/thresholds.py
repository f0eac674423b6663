"""Imbalance thresholds as checks on the marts: findings about the world, never failures of a run.

The rules, limits and sources stand in ``dbt_project/seeds/thresholds.csv``; states are computed by the mart
``threshold_status``. Here each rule only becomes a check that a person meets on the mart that holds its metric.
"""

import csv
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import duckdb

from orchestration.markdown import table
from orchestration.night import Night
from orchestration.settings import SEEDS

SHOWN_ROWS = 12
SAID_SUBJECTS = 3
FALLBACK = dg.AssetKey(["marts", "threshold_status"])


def threshold_checks(warehouse: dg.AssetsDefinition) -> list[dg.AssetChecksDefinition]:
    """One check per rule of the seed, on the mart that holds its metric."""
    marts = _marts_of_metrics()
    specs = [
        dg.AssetCheckSpec(
            name=rule["rule_id"],
            asset=mart_of(rule, marts, warehouse),
            description=(
                f"A finding about the world; it never blocks anything. A breach means: {rule['description']}. "
                f"Source: {rule['source_title']} ({rule['source_kind'].replace('_', ' ')}). "
                f"Applies to: {rule['applies_to']}"
            ),
            metadata={
                **({"source": dg.MetadataValue.url(rule["source_url"])} if rule["source_url"] else {}),
                "limit": f"{rule['direction']} {rule['limit_value']} {rule['unit']}",
                "watch": f"{rule['direction']} {rule['watch_value']} {rule['unit']}" if rule["watch_value"] else "none",
            },
        )
        for rule in read_rules()
    ]

    @dg.multi_asset_check(specs=specs, name="thresholds", can_subset=True, pool="build")
    def thresholds(
        context: dg.AssetCheckExecutionContext, night: dg.ResourceParam[Night]
    ) -> Iterator[dg.AssetCheckResult]:
        with duckdb.connect(str(night.settings.build_file), read_only=True) as connection:
            for spec in specs:
                if spec.key in context.selected_asset_check_keys:
                    yield _result(connection, spec)

    return [thresholds]


def read_rules() -> list[dict[str, str]]:
    """The rows of thresholds.csv (validated by ``orchestration.seeds``)."""
    return _read("thresholds.csv")


def mart_of(rule: dict[str, str], marts: dict[str, str], warehouse: dg.AssetsDefinition) -> dg.AssetKey:
    """The mart that holds a rule's metric; the mart of states if no other does (World Development Indicators)."""
    key = dg.AssetKey(["marts", marts.get(rule["metric"], FALLBACK.path[1])])
    return key if key in warehouse.keys else FALLBACK


def _marts_of_metrics() -> dict[str, str]:
    """Metric → the first mart that metric_definitions.csv names for it."""
    return {row["metric"]: row["mart"].split(",")[0] for row in _read("metric_definitions.csv")}


def _read(seed: str) -> list[dict[str, str]]:
    with open(SEEDS / seed, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _result(connection: duckdb.DuckDBPyConnection, spec: dg.AssetCheckSpec) -> dg.AssetCheckResult:
    relation = connection.execute(
        "select subject, period, value, low, high, unit, direction, limit_value, state, certainty, since_period, "
        "reason from marts.threshold_status where rule_id = ? and is_latest "
        "order by case state when 'breach' then 1 when 'watch' then 2 when 'unknown' then 3 else 4 end, subject",
        [spec.name],
    )
    names = [column[0] for column in relation.description]
    rows = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    counts = {state: sum(row["state"] == state for row in rows) for state in ("breach", "watch", "unknown", "ok")}
    where = f"rule_id = '{spec.name}' order by period_end desc"
    metadata: dict[str, Any] = {
        "subjects": ", ".join(f"{number} {state}" for state, number in counts.items() if number) or "none",
        "rows": dg.MetadataValue.md(table(names, [list(row.values()) for row in rows[:SHOWN_ROWS]])),
        "query": f'karakoram sql "select * from marts.threshold_status where {where}"',
    }
    if rows and rows[0]["value"] is not None:
        metadata |= {"value": float(rows[0]["value"]), "period": str(rows[0]["period"])}
    return dg.AssetCheckResult(
        passed=bool(rows) and counts["ok"] == len(rows),  # unknown is not ok
        check_name=spec.name,
        asset_key=spec.asset_key,
        severity=dg.AssetCheckSeverity.WARN,
        description=explain(rows),
        metadata=metadata,
    )


def explain(rows: Sequence[dict[str, Any]]) -> str:
    """How the rule stands, in one sentence per subject; the gravest first, at most three."""
    if not rows:
        return "no subject has a figure or an expected period for this rule"
    more = f"; and {len(rows) - SAID_SUBJECTS} more subjects" if len(rows) > SAID_SUBJECTS else ""
    return "; ".join(map(_sentence, rows[:SAID_SUBJECTS])) + more


def _sentence(row: dict[str, Any]) -> str:
    if row["state"] == "unknown":
        return f"{row['subject']}: unknown in {row['period']}: {row['reason'] or 'no figure'}"
    limit = f"the limit is {row['direction']} {row['limit_value']:.6g}"
    span = f", views from {row['low']:.4g} to {row['high']:.4g}" if row["low"] != row["high"] else ""
    since = f" since {row['since_period']}" if row["since_period"] != row["period"] else ""
    return (
        f"{row['subject']}: {row['state']}{since} ({row['certainty']}), {row['value']:.4g} {row['unit']} in "
        f"{row['period']}{span}; {limit}"
    )
