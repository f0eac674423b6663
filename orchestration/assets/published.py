"""The published file as an asset: the end of the lineage, and what analysts, reports and alerts read."""

from collections.abc import Iterable
from importlib.metadata import version
from typing import Any

import dagster as dg

from orchestration.assets.snapshots import OWNERS
from orchestration.ingest.store_tables import reference_date
from orchestration.publish.fingerprint import noted_inputs
from orchestration.publish.warehouse import publish
from orchestration.resources import Night

KEY = dg.AssetKey(["published", "warehouse"])


def published_asset(marts: Iterable[dg.AssetKey]) -> dg.AssetsDefinition:
    """Publish what dbt has built and tested. It runs only if every model was built and no blocking check failed."""

    @dg.asset(
        key=KEY,
        group_name="published",
        description=(
            "An immutable DuckDB file with all marts, and the symlink `karakoram.duckdb` that points to it. Readers "
            "are never blocked; whoever has the former file open keeps its data."
        ),
        kinds={"duckdb", "python"},
        owners=OWNERS,
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
        }
        digest = noted_inputs(night.settings)
        publication = publish(night.settings, fingerprint=digest, at=night.ingest.clock(), facts=facts)
        night.publication = publication
        return dg.MaterializeResult(
            data_version=dg.DataVersion(digest),
            metadata={
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
