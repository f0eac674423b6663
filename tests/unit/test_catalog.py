"""The catalogue: what every publisher and dataset must say of itself, and how a wrong entry is refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from orchestration.catalog import load_catalog
from orchestration.errors import ConfigurationError
from orchestration.settings import PROJECT_ROOT

LIVE = {
    "world_bank.wdi",
    "un_comtrade.goods_annual",
    "imf.imts",
    "imf.reserves",
    "imf.ict_services",
    "imf.exchange_rates",
    "unesco_uis.education",
    "state_bank_pakistan.easydata",
}
PUBLISHED = {
    "china_customs.trade_by_country",
    "state_bank_pakistan.trade_by_country",
    "state_bank_pakistan.liquid_reserves",
    "state_bank_pakistan.balance_of_payments",
    "state_bank_pakistan.services_ebops",
    "state_bank_pakistan.exchange_rates",
    "state_bank_pakistan.foreign_investment",
    "federal_reserve.exchange_rates",
    "china_moe.students",
    "world_bank_wits.trade_summary",
    "oec.reconciled_imports",
    "un_comtrade.two_way_totals",
    "ember.solar_exports",
    "aiddata.commitments",
    "wri_cofi.power_plants",
    "cepii_baci.world_exports",
    "pakistan_bureau_of_statistics.exports_by_commodity",
    "pakistan_bureau_of_statistics.textile_exports",
}

PUBLISHERS = """
- id: bank
  name: A bank
  url: https://example.org
  licence: CC BY 4.0
"""
DATASETS = """
- id: bank.rates
  title: Rates
  citation: A bank, Rates
  url: https://example.org/rates
  unit: USD
  frequency: [M]
  usual_lag_days: 5
  serves: published_figures
"""


@pytest.fixture
def refusal(tmp_path: Path) -> Callable[..., str]:
    """What the loader says to a catalogue of one publisher and one dataset."""

    def says(publishers: str = PUBLISHERS, datasets: str = DATASETS) -> str:
        (tmp_path / "publishers.yaml").write_text(publishers, "utf-8")
        (tmp_path / "datasets.yaml").write_text(datasets, "utf-8")
        with pytest.raises(ConfigurationError) as error:
            load_catalog(tmp_path)
        return str(error.value)

    return says


def test_every_dataset_is_there_and_says_how_it_is_served() -> None:
    datasets = load_catalog().datasets
    assert {name for name, dataset in datasets.items() if dataset.serves == "live"} == LIVE
    assert {name for name, dataset in datasets.items() if dataset.serves == "published_figures"} == PUBLISHED


def test_no_publisher_is_listed_in_vain() -> None:
    catalog = load_catalog()
    assert {dataset.publisher_id for dataset in catalog.datasets.values()} == set(catalog.publishers)


def test_addresses_are_addresses() -> None:
    catalog = load_catalog()
    licences = [publisher.licence_url for publisher in catalog.publishers.values() if publisher.licence_url]
    places = [entry.url for entry in (*catalog.publishers.values(), *catalog.datasets.values())]
    assert all(address.startswith(("http://", "https://")) for address in (*licences, *places))


def test_only_what_is_asked_over_the_network_has_a_pace() -> None:
    catalog = load_catalog()
    asked = {dataset.publisher_id for dataset in catalog.datasets.values() if dataset.serves == "live"}
    paced = {name for name, publisher in catalog.publishers.items() if publisher.seconds_per_request > 0}
    assert paced == asked


@pytest.mark.parametrize(
    ("publisher", "seconds"), [("un_comtrade", 2.0), ("imf", 1.5), ("state_bank_pakistan", 3600 / 250)]
)
def test_pace_keeps_the_publishers_limit(publisher: str, seconds: float) -> None:
    assert load_catalog().publishers[publisher].seconds_per_request == seconds


def test_the_only_dataset_that_needs_a_key() -> None:
    needing = {name: dataset.needs_key for name, dataset in load_catalog().datasets.items() if dataset.needs_key}
    assert needing == {"state_bank_pakistan.easydata": "sbp_api_key"}


def test_stopped_series_say_where_they_end() -> None:
    ends = {name: dataset.ends for name, dataset in load_catalog().datasets.items() if dataset.ends}
    assert ends == {
        "china_moe.students": "2018",
        "oec.reconciled_imports": "2014",
        "un_comtrade.two_way_totals": "2018",
    }


def test_a_dataset_has_its_publishers_licence_unless_it_names_its_own() -> None:
    catalog = load_catalog()
    wdi = catalog.datasets["world_bank.wdi"]
    assert catalog.publisher_of(wdi).name == "World Bank"
    assert catalog.licence_of(wdi) == "CC BY 4.0"
    assert catalog.licence_of(wdi.model_copy(update={"licence": "another"})) == "another"
    assert (wdi.publisher_id, wdi.name) == ("world_bank", "wdi")


def test_what_is_downloaded_only_by_who_opts_in() -> None:
    opt_in = {name: dataset.opt_in for name, dataset in load_catalog().datasets.items() if dataset.opt_in}
    names = ("liquid_reserves", "services_ebops", "trade_by_country")
    assert opt_in == {f"state_bank_pakistan.{name}": "sbp_files" for name in names}


def test_an_option_that_nobody_reads_is_not_kept() -> None:
    modules = PROJECT_ROOT / "orchestration" / "ingest" / "publishers"
    seeds = (PROJECT_ROOT / "orchestration" / "seeds.py").read_text("utf-8")
    for name, dataset in load_catalog().datasets.items():
        code = seeds + "".join(path.read_text("utf-8") for path in modules.glob(f"{dataset.publisher_id}*.py"))
        unread = [option for option in dataset.options if f'"{option}"' not in code and f"'{option}'" not in code]
        assert not unread, f"{name}: nothing reads {unread}"


# ---- a wrong entry --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "id: bank.rates",
            "id: rates",
            "datasets.yaml: entry 1 (rates), id: String should match pattern "
            r"'^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$'; got 'rates'",
        ),
        (
            "id: bank.rates",
            "id: bang.rates",
            "datasets.yaml: bang.rates belongs to publisher 'bang', which publishers.yaml does not list; "
            "expected one of bank",
        ),
        ("[M]", "[D]", "datasets.yaml: entry 1 (bank.rates), frequency.0: Input should be "),
        (
            "lag_days: 5",
            "lag_days: soon",
            "datasets.yaml: entry 1 (bank.rates), usual_lag_days: Input should be a valid integer",
        ),
        (
            "lag_days: 5",
            "lag_days: -5",
            "datasets.yaml: entry 1 (bank.rates), usual_lag_days: Input should be greater than or equal to 0; got -5",
        ),
        ("  unit: USD\n", "", "datasets.yaml: entry 1 (bank.rates), unit: Field required"),
        (
            "serves: published_figures",
            "serves: fax",
            "datasets.yaml: entry 1 (bank.rates), serves: Input should be 'live' or 'published_figures'; got 'fax'",
        ),
        (
            "unit: USD",
            "unit: USD\n  colour: red",
            "datasets.yaml: entry 1 (bank.rates), colour: Extra inputs are not permitted; got 'red'",
        ),
    ],
)
def test_a_wrong_dataset_is_named(refusal: Callable[..., str], old: str, new: str, message: str) -> None:
    assert old in DATASETS
    assert refusal(datasets=DATASETS.replace(old, new)).startswith(message)


def test_a_dataset_that_is_listed_twice(refusal: Callable[..., str]) -> None:
    assert refusal(datasets=DATASETS * 2) == "datasets.yaml: bank.rates is listed twice"


def test_a_publisher_without_a_licence(refusal: Callable[..., str]) -> None:
    said = refusal(publishers=PUBLISHERS.replace("  licence: CC BY 4.0\n", ""))
    assert said.startswith("publishers.yaml: entry 1 (bank), licence: Field required")
