"""The same job against publishers that answer by their contracts, on loopback: two nights, then trouble."""

from __future__ import annotations

import json
import shutil

import pytest

from orchestration.catalog import load_catalog
from orchestration.ingest.refresh import Ingest
from orchestration.seeds import load_seeds
from orchestration.settings import load_settings
from tests.conftest import Home
from tests.support.publishers import FakePublishers

pytestmark = pytest.mark.slow

FIRST_NIGHT = 120  # requests at most, default pair with peers
QUIET_NIGHT = 15
LIVE = {
    "world_bank.wdi",
    "un_comtrade.goods_annual",
    "imf.imts",
    "imf.reserves",
    "imf.ict_services",
    "imf.exchange_rates",
    "unesco_uis.education",
}


@pytest.fixture(scope="module")
def publishers():
    with FakePublishers() as doubles:
        yield doubles


@pytest.fixture(scope="module")
def nights(tmp_path_factory, publishers):
    """A home after a first and a quiet night, and what the two said."""
    home = Home(
        tmp_path_factory.mktemp("live") / "data",
        {**publishers.environment, "KARAKORAM_ORIGIN": "live", "KARAKORAM_PACE": "0"},
    )
    first = home.refresh()
    publishers.forget()
    quiet = home.refresh()
    return home, first, quiet


@pytest.fixture
def home(nights, tmp_path):
    """A copy of that home, to be spoiled."""
    original, _, _ = nights
    shutil.copytree(original.path, tmp_path / "data", symlinks=True)
    return Home(tmp_path / "data", original.environment)


def ingest_of(place, publishers):
    """What fetches into a home, without the warehouse."""
    settings = load_settings(home=place, origin="live", pace=0, **publishers.urls)
    return Ingest(settings, load_catalog(), load_seeds())


def datasets(result):
    return {dataset["dataset"]: dataset for dataset in result["datasets"]}


def test_the_first_night_asks_everything_within_its_budget(nights):
    _, first, _ = nights
    assert (first["status"], first["exit_code"], first["origin"]) == ("published", 0, "live"), first["errors"]
    assert first["requests"] <= FIRST_NIGHT
    assert {name for name, dataset in datasets(first).items() if dataset["requests"]} == LIVE
    assert {datasets(first)[name]["status"] for name in LIVE} == {"updated"}


def test_a_night_in_which_nothing_was_released_asks_little_and_rebuilds_nothing(nights, publishers):
    _, first, quiet = nights
    assert (quiet["status"], quiet["exit_code"]) == ("published", 0)
    assert quiet["requests"] <= QUIET_NIGHT
    assert quiet["published"] is None
    assert quiet["warehouse"] == first["published"]
    assert {dataset["status"] for dataset in quiet["datasets"]} == {"unchanged"}


def test_live_figures_replace_the_bundles_and_the_rest_stays(nights):
    home, _, _ = nights
    origins = dict(home.rows("select dataset, origin from marts.sources"))
    assert {name for name, origin in origins.items() if origin == "live"} == LIVE
    assert origins["china_moe.students"] == "bundle"
    assert home.rows(
        "select students from marts.student_mobility where origin_iso3 = 'PAK' and host_iso3 = 'CHN' and "
        "period = '2018' and definition = 'students_all'"
    ) == [(28_023,)]
    months = home.rows(
        "select count(*) from marts.trade_flows where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and "
        "frequency = 'M' and publisher = 'imf'"
    )
    assert months[0][0] > 100


def test_a_release_is_fetched_and_only_what_was_released(home, publishers):
    publishers.release("un_comtrade")
    ingest = ingest_of(home.path, publishers)
    found = {name: ingest.refresh(ingest.catalog.datasets[name], "live") for name in sorted(LIVE)}
    assert {name for name, outcome in found.items() if outcome.status == "updated"} == {"un_comtrade.goods_annual"}
    assert found["un_comtrade.goods_annual"].changes.added > 0
    assert {outcome.status for outcome in found.values()} == {"updated", "unchanged"}


def test_whatever_the_publishers_send_the_last_good_data_stands_and_the_next_night_heals(home, publishers):
    before = home.record()["tables"]["marts.observations"]
    spoiled = {"world_bank": "html", "un_comtrade": "times_1000", "imf": "missing_column", "unesco_uis": "down"}
    for publisher, mode in spoiled.items():
        publishers.release(publisher)
        publishers.set_mode(publisher, mode)
    try:
        bad = home.refresh()
    finally:
        publishers.set_all_modes("ok")
    assert (bad["status"], bad["exit_code"]) == ("degraded", 1)
    assert {name for name, dataset in datasets(bad).items() if dataset["status"] == "stale"} == LIVE
    for name in LIVE:
        assert datasets(bad)[name]["error"], name
    assert home.record()["tables"]["marts.observations"] == before
    rows = {row["dataset"]: row for row in json.loads(home.karakoram("status", "--json").stdout)}
    assert {name for name, row in rows.items() if row["stale_since"]} == LIVE
    assert rows["un_comtrade.goods_annual"]["quarantined"] > 0
    assert "kept in quarantine as raw/_quarantine" in rows["un_comtrade.goods_annual"]["error"]
    healed = home.refresh()
    assert (healed["exit_code"], healed["errors"]) == (0, [])
    assert datasets(healed)["un_comtrade.goods_annual"]["status"] == "updated"
    assert healed["published"] is not None
    assert home.record()["tables"]["marts.observations"] != before, "what was released meanwhile is there"
    assert not [row for row in json.loads(home.karakoram("status", "--json").stdout) if row["stale_since"]]


def test_a_publisher_that_is_down_is_stale_or_failed_and_the_others_are_asked(tmp_path, publishers):
    ingest = ingest_of(tmp_path / "data", publishers)
    publishers.set_mode("imf", "down")
    try:
        found = {name: ingest.refresh(ingest.catalog.datasets[name], "live") for name in sorted(LIVE)}
    finally:
        publishers.set_mode("imf", "ok")
    assert found["imf.imts"].status == "stale", "the bundle's figures of 2025 stand in"
    assert found["imf.reserves"].status == "failed", "nothing is there to stand in"
    assert found["world_bank.wdi"].status == "updated"
    assert found["un_comtrade.goods_annual"].status == "updated"
