"""One asset per dataset of the catalogue: ask, keep, compare. Its checks show what was refused and what is late.

An asset here never fails for a publisher's fault: a publisher that is down shows a red check, and the warehouse is
built from the last good snapshots. What belongs here is only Dagster; the work is done in ``orchestration.ingest``.
"""

import warnings
from collections.abc import Iterator
from datetime import date
from typing import Any

import dagster as dg
import pyarrow as pa

from orchestration.assets.links import dataset_links, freshness_of
from orchestration.catalog import Catalog, Dataset
from orchestration.checks.currency import currency_of, news_of
from orchestration.ingest.publishers import un_comtrade
from orchestration.ingest.refresh import DatasetOutcome
from orchestration.markdown import plain
from orchestration.markdown import table as markdown_table
from orchestration.night import Night
from orchestration.publish.learned import usual_lags

GROUP = "snapshots"
OWNERS = ["team:karakoram"]
ANSWERED = "answered"
CURRENT = "current"
OVERLAP_TAG = "karakoram/overlap"
PREVIEW_ROWS = 5


def snapshot_key(dataset: Dataset) -> dg.AssetKey:
    """['un_comtrade', 'goods_annual']: the same key as the dbt source of that name."""
    return dg.AssetKey([dataset.publisher_id, dataset.name])


def snapshot_assets(catalog: Catalog, years_per_run: int = 1) -> list[dg.AssetsDefinition]:
    """The assets of all datasets, and the yearly history of UN Comtrade (``years_per_run``: of its backfills)."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.BetaWarning)  # of backfill_policy: it would greet everybody on the terminal
        history = comtrade_by_year(catalog, years_per_run)
    return [*(_asset(catalog, dataset) for dataset in catalog.datasets.values()), history]


def _asset(catalog: Catalog, dataset: Dataset) -> dg.AssetsDefinition:
    key = snapshot_key(dataset)

    @dg.asset(
        key=key,
        group_name=GROUP,
        description=_description(catalog, dataset),
        kinds={"python", "http" if dataset.serves == "live" else "csv"},
        owners=OWNERS,
        tags={"publisher": dataset.publisher_id, "serves": dataset.serves},
        metadata=_facts(catalog, dataset),
        freshness_policy=freshness_of(dataset),
        pool=dataset.publisher_id,
        deps=[history_key(dataset)] if dataset.id == un_comtrade.DATASET else [],
        check_specs=[
            dg.AssetCheckSpec(
                ANSWERED, asset=key, description="The last answer came, was understood, and kept its contract."
            ),
            dg.AssetCheckSpec(
                CURRENT, asset=key, description="The newest period is not older than the publisher's usual lag."
            ),
        ],
    )
    def snapshot(
        context: dg.AssetExecutionContext, night: dg.ResourceParam[Night]
    ) -> Iterator[dg.MaterializeResult[Any]]:
        if context.run.tags.get(OVERLAP_TAG):
            night.start(catalog.datasets.values())
        outcome = night.outcome_of(dataset)
        yield _result(night, dataset, outcome)

    return snapshot


def comtrade_by_year(catalog: Catalog, years_per_run: int) -> dg.AssetsDefinition:
    """History by year: a backfill of any years, from the UI or by command, into the same raw store.

    Each run is a process of its own; the pool lets one at a time ask. A run asks for all its years together: those that
    the daemon starts, for the UI; ``dagster job backfill`` starts one for each year.
    """
    dataset = catalog.datasets[un_comtrade.DATASET]

    @dg.asset(
        key=history_key(dataset),
        group_name=GROUP,
        description=(
            "Years of annual goods trade of every pair, asked for whether or not it was released anew. Backfill "
            "years that the nightly window leaves out; the nightly asset below reads the same raw store."
        ),
        kinds={"python", "http"},
        owners=OWNERS,
        tags={"publisher": dataset.publisher_id, "serves": dataset.serves},
        metadata=_facts(catalog, dataset),
        pool=dataset.publisher_id,
        partitions_def=dg.StaticPartitionsDefinition(
            [str(year) for year in range(un_comtrade.FIRST_YEAR, date.today().year)]
        ),
        backfill_policy=dg.BackfillPolicy.multi_run(max_partitions_per_run=years_per_run),
    )
    def goods_annual_by_year(
        context: dg.AssetExecutionContext, night: dg.ResourceParam[Night]
    ) -> dg.MaterializeResult[Any]:
        years = sorted(map(int, context.partition_keys))
        outcome = night.backfill(dataset, lambda fetching: un_comtrade.fetch_years(fetching, years[0], years[-1]))
        if outcome.error:
            raise dg.Failure(description=outcome.error, allow_retries=False)
        return dg.MaterializeResult(metadata=_numbers(outcome))

    return goods_annual_by_year


def history_key(dataset: Dataset) -> dg.AssetKey:
    """The partitioned sibling of a dataset's asset."""
    return dg.AssetKey([dataset.publisher_id, f"{dataset.name}_by_year"])


def _result(night: Night, dataset: Dataset, outcome: DatasetOutcome) -> dg.MaterializeResult[Any]:
    log = night.ingest.log(dataset)
    known = log.known()
    lag = usual_lags(night.settings).get(dataset.id)
    late = currency_of(dataset, known, night.ingest.clock().date(), lag)
    newest = night.ingest.store.latest(dataset.id)
    status = night.ingest.store.status(dataset.id)
    news, sentence = news_of(dataset, late, status, newest.origin if newest else None)
    periods = sorted(known["period"].unique().to_pylist())
    metadata: dict[str, Any] = {
        **_numbers(outcome),
        "periods": f"{periods[0]} … {periods[-1]}" if periods else "none",
        "preview": dg.MetadataValue.md(_preview(known)),
    }
    if outcome.notes:
        metadata["notes"] = dg.MetadataValue.md("\n".join(f"- {plain(note)}" for note in outcome.notes))
    version = dg.DataVersion(outcome.snapshot_id or "nothing")
    answered = dg.AssetCheckResult(
        passed=outcome.error is None,
        check_name=ANSWERED,
        severity=dg.AssetCheckSeverity.ERROR,
        description=outcome.error or _answer(outcome),
        metadata=_standing(night, dataset),
    )
    current = dg.AssetCheckResult(
        passed=not late.is_late,
        check_name=CURRENT,
        severity=dg.AssetCheckSeverity.WARN,
        description=sentence,
        metadata={
            "news": news,
            "latest_period": late.latest_period or "none",
            "expected_by": str(late.expected_by or "never"),
            "usual_lag_days": dataset.usual_lag_days,
            "tolerance_days": dataset.tolerance_days,
        },
    )
    return dg.MaterializeResult(metadata=metadata, data_version=version, check_results=[answered, current])


def _answer(outcome: DatasetOutcome) -> str:
    """What the last answer brought, in one sentence."""
    changes = outcome.changes
    moved = [f"{changes.added} points added", f"{changes.revised} revised", f"{changes.deleted} deleted"]
    asked = f"{outcome.requests} requests answered" if outcome.requests else "nothing was asked"
    return f"{asked}; {', '.join(moved)}; {outcome.rows} points known"


def _standing(night: Night, dataset: Dataset) -> dict[str, Any]:
    status = night.ingest.store.status(dataset.id)
    refused = night.ingest.store.quarantined(dataset.id)
    return {
        "stale_since": str(status.stale_since or "not stale"),
        "last_good_answer": str(status.checked_at or "never"),
        "in_quarantine": len(refused),
        "last_refusal": refused[-1]["refused_because"] if refused else "none",
    }


def _numbers(outcome: DatasetOutcome) -> dict[str, Any]:
    return {
        "status": outcome.status,
        "snapshot_id": outcome.snapshot_id or "none",
        "dagster/row_count": outcome.rows,
        "requests": outcome.requests,
        "added": outcome.changes.added,
        "revised": outcome.changes.revised,
        "deleted": outcome.changes.deleted,
    }


def _facts(catalog: Catalog, dataset: Dataset) -> dict[str, Any]:
    return {
        **dataset_links(catalog, dataset),
        "citation": dataset.citation,
        "unit": dataset.unit,
        "frequency": ", ".join(dataset.frequency),
        "usual_lag_days": dataset.usual_lag_days,
        "tolerance_days": dataset.tolerance_days,
    }


def _description(catalog: Catalog, dataset: Dataset) -> str:
    publisher = catalog.publisher_of(dataset)
    return f"{dataset.title}. Published by {publisher.name}; {catalog.licence_of(dataset)}"


def _preview(table: pa.Table) -> str:
    newest = table.sort_by([("period", "descending")]).slice(0, PREVIEW_ROWS)
    return markdown_table(newest.column_names, [list(row.values()) for row in newest.to_pylist()])
