"""The source of every dataset in the catalogue: which module fetches it, reads it and holds its contract.

Datasets that an API serves are named by their publisher's module (``SOURCES``). All those that exist only as
published tables share one source: they were carried over in one shape, so that one contract checks them all.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from orchestration.catalog import Catalog, load_catalog
from orchestration.errors import ConfigurationError
from orchestration.ingest.publishers import (
    imf,
    published_figures,
    state_bank_pakistan,
    un_comtrade,
    unesco_uis,
    world_bank,
)
from orchestration.ingest.publishers.base import Source


def sources_of(catalog: Catalog) -> dict[str, Source]:
    """One source for each dataset of ``catalog``; ConfigurationError if the catalogue and the modules disagree."""
    found: dict[str, Source] = {
        **world_bank.SOURCES,
        **un_comtrade.SOURCES,
        **imf.SOURCES,
        **unesco_uis.SOURCES,
        **state_bank_pakistan.SOURCES,
    }
    live = {name for name, dataset in catalog.datasets.items() if dataset.serves == "live"}
    if live != set(found):
        raise ConfigurationError(
            "datasets.yaml and the publishers' modules disagree on what an API serves: "
            f"without a module: {', '.join(sorted(live - set(found))) or 'none'}; "
            f"not in the catalogue as live: {', '.join(sorted(set(found) - live)) or 'none'}"
        )
    return found | {name: published_figures.SOURCE for name in catalog.datasets if name not in live}


SOURCES: Mapping[str, Source] = MappingProxyType(sources_of(load_catalog()))


def source_of(dataset_id: str) -> Source:
    """The source of one dataset; ConfigurationError if the catalogue has no such dataset."""
    try:
        return SOURCES[dataset_id]
    except KeyError:
        raise ConfigurationError(
            f"expected a dataset of the catalogue ({', '.join(sorted(SOURCES))}), got {dataset_id!r}"
        ) from None
