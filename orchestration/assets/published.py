"""The published file as an asset: the end of the lineage, and what analysts, reports and alerts read."""

from collections.abc import Iterable, Mapping
from importlib.metadata import version
from typing import Any

import dagster as dg
import duckdb

from orchestration.assets.links import PUBLISHED_AT_LEAST
from orchestration.assets.snapshots import OWNERS
from orchestration.ingest.refresh import DatasetOutcome
from orchestration.ingest.store_tables import reference_date
from orchestration.night import Night
from orchestration.notify.states import Change, changes_between, read_rows, state_of
from orchestration.publish.fingerprint import noted_inputs
from orchestration.publish.history import completion
from orchestration.publish.warehouse import Publication, current, publish

KEY = dg.AssetKey(["published", "warehouse"])


def published_asset(marts: Iterable[dg.AssetKey]) -> dg.AssetsDefinition:
    """Publish what dbt has built and tested. It runs only if every model was built and no blocking check failed."""

    @dg.asset(
        key=KEY,
        group_name="published",
        description=(
            "An immutable DuckDB file with all marts, and the symlink `karakoram.duckdb` that points to it. Readers "
            "are never blocked; whoever has the former file open keeps its data. Nothing is published when nothing "
            "changed, but once a month at least."
        ),
        kinds={"duckdb", "python"},
        owners=OWNERS,
        metadata={"query": "karakoram flags"},
        freshness_policy=dg.FreshnessPolicy.time_window(fail_window=PUBLISHED_AT_LEAST),
        deps=list(marts),
        pool="build",
    )
    def warehouse_file(context: dg.AssetExecutionContext, night: dg.ResourceParam[Night]) -> dg.MaterializeResult[Any]:
        night.lock()
        reference = reference_date(night.settings)
        origins = sorted({snapshot.origin for snapshot in night.ingest.latest_snapshots()})
        facts = {
            "origin": "+".join(origins),
            "reference_date": reference,
            "karakoram_version": version("karakoram"),
            "duckdb_version": version("duckdb"),
            "engine": night.settings.engine,
        }
        digest = noted_inputs(night.settings)
        former = current(night.settings)
        at = night.ingest.clock()

        def evaluated() -> None:
            if night.ahead and not night.ahead.wait():
                context.log.warning(f"the past's states are evaluated here: {night.ahead.log} says why not ahead")

        complete = completion(night.settings, at, evaluated)
        publication = publish(night.settings, fingerprint=digest, at=at, facts=facts, complete=complete)
        night.publication = publication
        return dg.MaterializeResult(
            data_version=dg.DataVersion(digest),
            metadata={
                "what_changed": dg.MetadataValue.md(what_changed(night.outcomes, former, publication)),
                "file": dg.MetadataValue.path(str(publication.path)),
                "open_as": dg.MetadataValue.path(str(night.settings.pointer)),
                "bytes": publication.path.stat().st_size,
                "dagster/row_count": sum(rows for rows, _ in publication.tables.values()),
                "tables": dg.MetadataValue.md(
                    "| table | rows |\n| --- | ---: |\n"
                    + "\n".join(f"| {name} | {rows} |" for name, (rows, _) in sorted(publication.tables.items()))
                ),
                **{name: str(value) for name, value in facts.items()},
            },
        )

    return warehouse_file


def what_changed(outcomes: Mapping[str, DatasetOutcome], former: Publication | None, publication: Publication) -> str:
    """What this publication brought since the former one, as Markdown: datasets, thresholds, tables.

    Args:
        outcomes: what was asked in this run, by dataset; empty after a rebuild.
        former: None for the first publication.
    """
    parts = ["**Datasets**", _datasets(outcomes)]
    if former is None:
        return "\n\n".join([*parts, "This is the first publication."])
    try:
        parts += ["**Thresholds**", _thresholds(former, publication)]
    except duckdb.Error as error:  # what is published is published, even beside a former file that nobody can read
        parts += [f"The states before cannot be read: {error}"]
    return "\n\n".join([*parts, _tables(former, publication)])


def _datasets(outcomes: Mapping[str, DatasetOutcome]) -> str:
    if not outcomes:
        return "Nobody was asked: rebuilt from the raw store."
    moved = [outcome for outcome in outcomes.values() if outcome.status not in ("unchanged", "disabled")]
    rows = [
        f"| {outcome.dataset} | {outcome.status} | {outcome.changes.added} | {outcome.changes.revised} | "
        f"{outcome.changes.deleted} |"
        for outcome in moved
    ]
    still = f"{len(outcomes) - len(moved)} of {len(outcomes)} datasets brought nothing new."
    if not rows:
        return still
    head = ["| dataset | status | added | revised | deleted |", "| --- | --- | ---: | ---: | ---: |"]
    return "\n".join([*head, *rows]) + f"\n\n{still}"


def _thresholds(former: Publication, publication: Publication) -> str:
    before = {key: state_of(row) for key, row in read_rows(former.path).items()}
    changes = changes_between(before, read_rows(publication.path), publication.path)
    return "\n".join(map(_line, changes)) or "No threshold changed its state."


def _line(change: Change) -> str:
    row, before = change.row, change.before.state if change.before else "not watched"
    return f"- {row['subject']} {row['metric_label']} ({row['rule_id']}): {before} → **{row['state']}**; {change.cause}"


def _tables(former: Publication, publication: Publication) -> str:
    names = sorted({*former.tables, *publication.tables})
    moved = [name for name in names if _hash(former, name) != _hash(publication, name)]
    return f"**Tables**: {len(moved)} of {len(names)} differ from {former.path.name}" + (
        f": {', '.join(moved)}" if moved else ""
    )


def _hash(publication: Publication, name: str) -> tuple[int, str] | None:
    found = publication.tables.get(name)
    return (int(found[0]), str(found[1])) if found else None
