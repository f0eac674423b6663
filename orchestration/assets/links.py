"""Where a person can go from an asset: its publisher, its licence, the code that makes it, the query that shows it."""

import inspect
import sys
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import dagster as dg

from orchestration.catalog import Catalog, Dataset, Publisher
from orchestration.ingest.publishers.registry import source_of

CODE = "dagster/code_references"
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
        CODE: dg.CodeReferencesMetadataValue(
            code_references=[
                dg.LocalFileCodeReference(file_path=_file_of(dataset), label="how it is asked for and read")
            ]
        ),
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


def query(sql: str) -> dg.MetadataValue[Any]:
    """A command that shows the rows, to be copied into a terminal."""
    return dg.MetadataValue.md(f'```\nkarakoram sql "{sql}"\n```')


def freshness_of(dataset: Dataset) -> dg.FreshnessPolicy | None:
    """When the asset should have been asked for again; None for published tables, which nobody can ask for.

    Whether the *figures* are late is another question, answered by the check ``current``.
    """
    if dataset.serves != "live":
        return None
    days = min(UNASKED[frequency] for frequency in dataset.frequency)
    return dg.FreshnessPolicy.time_window(fail_window=timedelta(days=days), warn_window=A_NIGHT_MISSED)


def _file_of(dataset: Dataset) -> str:
    parse = inspect.unwrap(getattr(source_of(dataset.id).parse, "func", source_of(dataset.id).parse))
    return str(sys.modules[parse.__module__].__file__)
