"""The source of every dataset in the catalogue: which module fetches it, reads it and holds its contract.

Datasets that an API serves are named by their publisher's module (``SOURCES``). All those that exist only as
published tables share one source: they were carried over in one shape, so that one contract checks them all. Some of
those can also be downloaded by who opts in; their module reads the publisher's file into that same shape.
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
    state_bank_pakistan_files,
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
    files: dict[str, Source] = {**state_bank_pakistan_files.SOURCES}
    live = {name for name, dataset in catalog.datasets.items() if dataset.serves == "live"}
    opt_in = {name for name, dataset in catalog.datasets.items() if dataset.opt_in and name not in live}
    for wanted, given, kind, what in (
        (live, set(found), "live", "what an API serves"),
        (opt_in, set(files), "opt_in", "what is downloaded on request"),
    ):
        if wanted != given:
            raise ConfigurationError(
                f"datasets.yaml and the publishers' modules disagree on {what}: "
                f"without a module: {', '.join(sorted(wanted - given)) or 'none'}; "
                f"not in the catalogue as {kind}: {', '.join(sorted(given - wanted)) or 'none'}"
            )
    return {name: published_figures.SOURCE for name in catalog.datasets} | found | files


SOURCES: Mapping[str, Source] = MappingProxyType(sources_of(load_catalog()))


def source_of(dataset_id: str) -> Source:
    """The source of one dataset; ConfigurationError if the catalogue has no such dataset."""
    try:
        return SOURCES[dataset_id]
    except KeyError:
        raise ConfigurationError(
            f"expected a dataset of the catalogue ({', '.join(sorted(SOURCES))}), got {dataset_id!r}"
        ) from None
