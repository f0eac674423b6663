"""Where a person can go from an asset: its publisher, its licence, the code that makes it, the query that shows it."""

import inspect
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from orchestration.catalog import Catalog, Dataset, Publisher
from orchestration.ingest.publishers.registry import source_of

# How long nobody may ask before a release could be missed: by the shortest frequency of a dataset, in days.
UNASKED = {"W": 3, "M": 7, "YTD": 7, "Q": 14, "A": 30, "FY": 30}
A_NIGHT_MISSED = timedelta(hours=36)
PUBLISHED_AT_LEAST = timedelta(days=35)  # the month is part of what decides whether a warehouse is built anew


def dataset_links(catalog: Catalog, dataset: Dataset) -> dict[str, Any]:
    """Of a dataset's asset."""
    return {
        "dataset_page": dg.MetadataValue.url(dataset.url),
        **publisher_links(catalog.publisher_of(dataset), catalog.licence_of(dataset)),
        "query": query(
            f"select * from marts.observations where dataset = '{dataset.id}' order by period_start desc limit 20"
        ),
        "code": _module_of(dataset),
    }


def publisher_links(publisher: Publisher, licence: str) -> dict[str, Any]:
    """Who publishes the figures, and under which terms."""
    terms = {"licence_page": dg.MetadataValue.url(publisher.licence_url)} if publisher.licence_url else {}
    return {
        "publisher": publisher.name,
        "publisher_page": dg.MetadataValue.url(publisher.url),
        "licence": licence,
        **terms,
    }


def model_links(catalog: Catalog, props: Mapping[str, Any]) -> dict[str, Any]:
    """Of a dbt model's asset (its node in the manifest): publisher and licence of a staging model, query of a mart."""
    folders = props["fqn"][1:-1]
    if folders[:1] == ["staging"] and len(folders) > 1 and folders[1] in catalog.publishers:
        publisher = catalog.publishers[folders[1]]
        return publisher_links(publisher, publisher.licence)
    if props["resource_type"] == "seed":
        return {"query": query(f"select * from seeds.{props['name']}")}
    if folders[:1] == ["marts"]:
        return {"query": query(f"select * from marts.{props['name']} limit 20")}
    return {}


def test_description(props: Mapping[str, Any]) -> str:
    """What a dbt test (its node in the manifest) promises, in one sentence and what follows from a failure."""
    generic = props.get("test_metadata")
    arguments = (generic or {}).get("kwargs", {})
    said = "; ".join(
        f"{name}: {', '.join(map(str, given)) if isinstance(given, list) else given}"
        for name, given in (arguments | arguments.get("arguments", {})).items()
        if name not in ("model", "arguments")
    )
    what = props.get("description") or (f"{generic['name'].replace('_', ' ')} ({said})" if generic else props["name"])
    file = f"dbt_project/{props['original_file_path']}"
    return f"{what.strip().rstrip('.')}. Contract: a failure blocks the publication. Tested by {file}"


def query(sql: str) -> str:
    """A command that shows the rows, to be copied into a terminal. Plain text: the UI folds longer Markdown away."""
    return f'karakoram sql "{sql}"'


def freshness_of(dataset: Dataset) -> dg.FreshnessPolicy | None:
    """When the asset should have been asked for again; None for published tables, which nobody can ask for.

    Whether the *figures* are late is another question, answered by the check ``current``.
    """
    if dataset.serves != "live":
        return None
    days = min(UNASKED[frequency] for frequency in dataset.frequency)
    return dg.FreshnessPolicy.time_window(fail_window=timedelta(days=days), warn_window=A_NIGHT_MISSED)


def _module_of(dataset: Dataset) -> str:
    """Where it is said how a dataset is asked for and read."""
    parse = source_of(dataset.id).parse
    module = inspect.unwrap(getattr(parse, "func", parse)).__module__
    return f"{module.replace('.', '/')}.py"
