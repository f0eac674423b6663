"""The registry: every dataset of the catalogue has a source, and nothing else has."""

from __future__ import annotations

import pytest

from orchestration.catalog import Catalog, Dataset, load_catalog
from orchestration.errors import ConfigurationError
from orchestration.ingest.publishers import published_figures
from orchestration.ingest.publishers.registry import SOURCES, source_of, sources_of


def without(dataset: str) -> Catalog:
    """The catalogue less one dataset."""
    catalog = load_catalog()
    return catalog.model_copy(
        update={"datasets": {name: entry for name, entry in catalog.datasets.items() if name != dataset}}
    )


def test_catalogue_and_registry_agree() -> None:
    assert set(SOURCES) == set(load_catalog().datasets)


@pytest.mark.parametrize("dataset", load_catalog().datasets.values(), ids=lambda dataset: dataset.id)
def test_what_an_api_serves_can_be_fetched_and_the_rest_cannot(dataset: Dataset) -> None:
    source = source_of(dataset.id)
    assert (source.fetch is not None) == (dataset.serves == "live" or dataset.opt_in is not None)
    assert (source is published_figures.SOURCE) == (source.fetch is None)
    assert (source.contract is published_figures.CONTRACT) == (dataset.serves == "published_figures")


def test_every_contract_has_a_period_in_its_key() -> None:
    assert all("period" in source.contract.key for source in SOURCES.values())


def test_an_unknown_dataset() -> None:
    with pytest.raises(ConfigurationError, match=r"^expected a dataset of the catalogue \(.*\), got 'imf\.dots'$"):
        source_of("imf.dots")


def test_a_module_whose_dataset_is_not_in_the_catalogue() -> None:
    with pytest.raises(ConfigurationError) as error:
        sources_of(without("imf.imts"))
    assert str(error.value) == (
        "datasets.yaml and the publishers' modules disagree on what an API serves: "
        "without a module: none; not in the catalogue as live: imf.imts"
    )


def test_a_live_dataset_that_no_module_fetches() -> None:
    catalog = load_catalog()
    stray = catalog.datasets["china_moe.students"].model_copy(update={"serves": "live"})
    with pytest.raises(
        ConfigurationError, match=r"without a module: china_moe\.students; not in the catalogue as live: none$"
    ):
        sources_of(catalog.model_copy(update={"datasets": catalog.datasets | {stray.id: stray}}))


def test_a_published_dataset_may_be_left_out() -> None:
    assert "china_moe.students" not in sources_of(without("china_moe.students"))
