"""What the README promises to those who extend it: a pair, an indicator, a threshold, a claim: one line each."""

from __future__ import annotations

import pytest

from tests.conftest import Home, copy_of_the_project

pytestmark = pytest.mark.slow


def test_a_pair_an_indicator_a_threshold_and_a_claim_are_one_line_each(tmp_path):
    project = copy_of_the_project(tmp_path / "project")
    seeds = project / "dbt_project" / "seeds"
    lines = {
        "dyads.csv": "IND,CHN",
        "thresholds.csv": (
            "export_share_quarter,export_share,,dyad,,customs,A,above,,0.25,false,fraction,1,1,0,"
            "Project default: a test,,project_default,any pair,More than a quarter of exports go to the partner"
        ),
        "claims.csv": (
            "exports_2023,1,Pakistan sold goods worth 2.74 billion US dollars to China in 2023.,"
            "2740000000,,USD,about,10000000,2023,PAK,CHN,exports_usd,,false,"
        ),
        "indicators.csv": "EN.POP.DNST,world_bank.wdi,Population density,persons,macro",
    }
    for name, line in lines.items():
        with open(seeds / name, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    home = Home(tmp_path / "data", {}, project)
    result = home.refresh()
    assert result["exit_code"] == 0, result["errors"]
    balance = home.rows(
        "select dyad_role, balance_usd from marts.trade_balance where home_iso3 = 'IND' and partner_iso3 = 'CHN' and "
        "period = '2024' and view = 'home_reported' and basis = 'customs'"
    )
    assert balance[0][0] == "focus"
    assert balance[0][1] < -90e9
    assert home.rows("select count(*) from marts.threshold_status where subject = 'IND-CHN' and is_latest")[0][0] > 5
    assert {
        row[0] for row in home.rows("select subject from marts.threshold_status where rule_id = 'export_share_quarter'")
    } == {
        "PAK-CHN",
        "IND-CHN",
    }
    assert home.rows(
        "select verdict from marts.claims where claim_id = 'exports_2023' and definition = 'home_reported_customs'"
    ) == [("matches",)]
