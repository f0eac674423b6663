"""The State Bank live, with a key and its files, from the command to the marts."""

from __future__ import annotations

import pytest

from tests.conftest import Home
from tests.support.publishers import FakePublishers

pytestmark = pytest.mark.slow

BANK = "state_bank_pakistan"
QUIET_NIGHT = 15


@pytest.fixture(scope="module")
def nights(tmp_path_factory):
    """A home after a first and a quiet night, and what the two said."""
    with FakePublishers() as publishers:
        environment = {
            **publishers.environment,
            "SBP_API_KEY": publishers.keys["SBP_API_KEY"],
            "KARAKORAM_SBP_FILES": "1",
            "KARAKORAM_ORIGIN": "live",
            "KARAKORAM_PACE": "0",
        }
        home = Home(tmp_path_factory.mktemp("state_bank") / "data", environment)
        first = home.refresh()
        return home, first, home.refresh()


def test_a_quiet_night_with_a_key_stays_small(nights):
    _, first, quiet = nights
    assert (first["exit_code"], quiet["exit_code"]) == (0, 0), first["errors"]
    assert quiet["requests"] <= QUIET_NIGHT
    assert {dataset["status"] for dataset in quiet["datasets"]} == {"unchanged"}
    asked = {dataset["dataset"]: dataset["requests"] for dataset in quiet["datasets"]}
    assert asked[f"{BANK}.easydata"] == 4


def test_every_series_of_easydata_is_an_observation_under_its_meaning(nights):
    home, _, _ = nights
    rows = home.rows(
        f"select definition, partner_iso3, flow, basis, unit from marts.observations "
        f"where dataset = '{BANK}.easydata' group by all"
    )
    assert set(rows) == {
        ("gold", None, None, None, "USD million"),
        ("sbp_held_gross", None, None, None, "USD million"),
        ("sbp_held_net", None, None, None, "USD million"),
        ("banks_held", None, None, None, "USD million"),
        ("gross_reserves", None, None, None, "USD million"),
        ("current_account_balance", None, None, "payments", "USD million"),
        ("fdi_net", None, None, "payments", "USD million"),
        ("goods_trade", "WLD", "export", "payments", "USD million"),
        ("goods_trade", "WLD", "import", "payments", "USD million"),
        ("remittances", None, None, "payments", "USD million"),
        ("pkr_per_usd", None, None, None, "PKR per USD"),
        ("export_receipts", "CHN", "export", "payments", "USD million"),
        ("import_payments", "CHN", "import", "payments", "USD million"),
    }


def test_the_marts_take_each_figure_from_where_the_seeds_say(nights):
    home, _, _ = nights
    flows = home.rows(
        "select distinct frequency, period >= 'FY2024', dataset from marts.trade_flows "
        "where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and basis = 'payments' and frequency in ('FY', 'M')"
    )
    assert {(frequency, dataset) for frequency, recent, dataset in flows if recent or frequency == "M"} == {
        ("M", f"{BANK}.easydata"),
        ("FY", f"{BANK}.trade_by_country"),
    }
    assert ("FY", False, f"{BANK}.easydata") in flows, "fiscal years before the workbook's are sums of twelve months"
    stocks = home.rows(
        "select distinct frequency, definition, dataset from marts.reserve_adequacy "
        "where country_iso3 = 'PAK' and period > '2026-08' and frequency in ('M', 'W') and definition not like 'imf%'"
    )
    assert set(stocks) == {
        ("M", "central_bank_held", f"{BANK}.easydata"),
        ("M", "banks_held", f"{BANK}.easydata"),
        ("M", "total_liquid", f"{BANK}.liquid_reserves"),
        ("W", "central_bank_held", f"{BANK}.liquid_reserves"),
        ("W", "banks_held", f"{BANK}.liquid_reserves"),
        ("W", "total_liquid", f"{BANK}.liquid_reserves"),
    }
    assert home.rows(
        "select period, dataset, is_provisional from marts.ict_exports "
        "where country_iso3 = 'PAK' and frequency = 'M' and definition = 'ict_services' order by period desc limit 1"
    ) == [("2026-09", f"{BANK}.services_ebops", True)]


def test_files_are_cited_as_live_and_older_figures_stay(nights):
    home, _, _ = nights
    origins = dict(home.rows(f"select dataset, origin from marts.sources where dataset like '{BANK}.%'"))
    assert {name.partition(".")[2] for name, origin in origins.items() if origin == "live"} == {
        "easydata",
        "liquid_reserves",
        "services_ebops",
        "trade_by_country",
    }
    assert home.rows(
        "select value from marts.observations "
        "where definition = 'total_liquid' and frequency = 'M' and period = '2025-06'"
    ) == [(19_269.5,)]
