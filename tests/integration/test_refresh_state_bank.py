"""The State Bank live, with a key and its files, from the command to the marts; and the keys nowhere on the way."""

from __future__ import annotations

import pytest

from tests.conftest import Home
from tests.faults.refreshes import assert_nowhere, command_lines_during
from tests.support.publishers import FakePublishers

pytestmark = pytest.mark.slow

BANK = "state_bank_pakistan"


@pytest.fixture(scope="module")
def night(tmp_path_factory):
    """A home after its first night with every key, what was said, and all command lines that were seen meanwhile."""
    with FakePublishers() as publishers:
        environment = {
            **publishers.environment,
            **publishers.keys,
            "KARAKORAM_SBP_FILES": "1",
            "KARAKORAM_ORIGIN": "live",
            "KARAKORAM_PACE": "0",
        }
        home = Home(tmp_path_factory.mktemp("state_bank") / "data", environment)
        done, listed = command_lines_during(lambda: home.karakoram("refresh", "--json"))
        yield home, done, listed, publishers


def test_keys_are_in_no_file_no_output_and_no_command_line(night):
    home, done, listed, publishers = night
    assert done.returncode == 0, done.stdout + done.stderr
    status = home.karakoram("status")
    asked = [str(request) for request in publishers.requests()]
    keys = publishers.keys.values()
    assert all(any(key in request for request in asked) for key in keys), "the publishers were asked with the keys"
    assert "orchestration.cli" in listed, "the refresh was seen at work"
    assert_nowhere(keys, home.path, done.stdout, done.stderr, status.stdout, status.stderr, listed)


def test_every_series_of_easydata_is_an_observation_under_its_meaning(night):
    home, *_ = night
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


def test_the_marts_take_each_figure_from_where_the_seeds_say(night):
    home, *_ = night
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


def test_files_are_cited_as_live_and_older_figures_stay(night):
    home, *_ = night
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
