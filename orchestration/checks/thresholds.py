"""Imbalance thresholds as checks on the marts: findings about the world, never failures of a run.

The rules, limits and sources stand in ``dbt_project/seeds/thresholds.csv``; states are computed by the mart
``threshold_status``. Here each rule only becomes a check that a person meets on the mart that holds its metric.
"""

import csv
from collections.abc import Iterator, Sequence
from typing import Any

import dagster as dg
import duckdb

from orchestration.resources import Night
from orchestration.settings import SEEDS

SHOWN_ROWS = 12
FALLBACK = dg.AssetKey(["marts", "threshold_status"])


def threshold_checks(warehouse: dg.AssetsDefinition) -> list[dg.AssetChecksDefinition]:
    """One check per rule of the seed, on the mart that the rule names."""
    rules = read_rules()
    specs = [
        dg.AssetCheckSpec(
            name=rule["rule_id"],
            asset=mart_of(rule, warehouse),
            description=f"{rule['description']} Source: {rule['source_title']} ({rule['source_kind']}).",
            metadata={
                "source": dg.MetadataValue.url(rule["source_url"]),
                "limit": rule["limit_value"],
                "unit": rule["unit"],
            },
        )
        for rule in rules
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
    with open(SEEDS / "thresholds.csv", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def mart_of(rule: dict[str, str], warehouse: dg.AssetsDefinition) -> dg.AssetKey:
    """The mart that holds a rule's metric; the mart of states if it is a metric of no mart."""
    key = dg.AssetKey(["marts", rule.get("mart") or FALLBACK.path[1]])
    return key if key in warehouse.keys else FALLBACK


def _result(connection: duckdb.DuckDBPyConnection, spec: dg.AssetCheckSpec) -> dg.AssetCheckResult:
    relation = connection.execute(
        "select subject, period, value, low, high, limit_value, state, certainty, since_period, reason "
        "from marts.threshold_status where rule_id = ? and is_latest order by subject, period",
        [spec.name],
    )
    names = [column[0] for column in relation.description]
    rows = [dict(zip(names, row, strict=True)) for row in relation.fetchall()]
    found = [row for row in rows if row["state"] in ("breach", "watch")]
    unknown = [row for row in rows if row["state"] == "unknown"]
    return dg.AssetCheckResult(
        passed=not found,
        check_name=spec.name,
        asset_key=spec.asset_key,
        severity=dg.AssetCheckSeverity.WARN,
        description=_sentence(found, unknown),
        metadata={
            "breach_or_watch": len(found),
            "unknown": len(unknown),
            "rows": dg.MetadataValue.md(_table(names, [*found, *unknown, *rows][:SHOWN_ROWS])),
            **({"value": float(found[0]["value"]), "period": str(found[0]["period"])} if found else {}),
            **({"limit": float(rows[0]["limit_value"])} if rows and rows[0]["limit_value"] is not None else {}),
        },
    )


def _sentence(found: Sequence[dict[str, Any]], unknown: Sequence[dict[str, Any]]) -> str:
    if not found:
        return f"unknown for {len(unknown)} subjects" if unknown else "within the limit"
    row = found[0]
    against = f"{row['value']:.4g} against {row['limit_value']:.4g}"
    return f"{row['subject']}: {row['state']} ({row['certainty']}) in {row['period']}: {against}"


def _table(names: Sequence[str], rows: Sequence[dict[str, Any]]) -> str:
    lines = ["| " + " | ".join(str(row[name]) for name in names) + " |" for row in rows]
    return "\n".join([f"| {' | '.join(names)} |", f"|{' --- |' * len(names)}", *dict.fromkeys(lines)])
