"""A check that notices nothing is as good as none: each condition of each check of the dbt project, broken once.

What a refresh from the bundle built passes every check; here one row of it is spoiled, and the check must name it.
"""

from __future__ import annotations

import json
import shutil

import duckdb
import pytest

from tests.faults.test_checks_are_run import LISTED

pytestmark = pytest.mark.slow


def one(table: str, change: str, such: str = "true") -> str:
    """Change one row of ``table`` such as is described."""
    return f"update {table} set {change} where rowid = (select min(rowid) from {table} where {such})"


def gone(table: str, such: str = "true") -> str:
    """Take one row away."""
    return f"delete from {table} where rowid = (select min(rowid) from {table} where {such})"


def twice(table: str, such: str = "true") -> str:
    """Have one row twice."""
    return f"insert into {table} select * from {table} where {such} limit 1"


CLAIMS, CLAIMED = "marts.claims", "seeds.claims"
INDEX, PARTS = "marts.cooperation_index", "marts.cooperation_indicators"
PEERS, STATES, RULES = "marts.peer_comparison", "marts.threshold_status", "seeds.thresholds"
CHANGES, HISTORY, TODAY = "intermediate.int_observations__changes", "marts.observation_history", "marts.observations"
CONCENTRATION, INDICES, STRUCTURE = "marts.trade_concentration", "marts.trade_indices", "marts.trade_structure"
PATHS, MIRROR, TARGETS, BALANCE = "marts.balancing_paths", "marts.mirror_ledger", "seeds.targets", "marts.trade_balance"
CODES = "seeds.hs_concordance"
SAMPLE = "dataset = 'pakistan_bureau_of_statistics.exports_by_commodity'"
OPEN = "known_to is null and change <> 'deleted'"
WITHIN_ONE = (
    "structure_difference",
    "grubel_lloyd",
    "grubel_lloyd_adjusted",
    "extensive_margin",
    "primary_resource_share",
    "medium_high_technology_share",
    "value_added_share",
    "unclassified_share",
)

SPOILED: dict[str, list[str]] = {
    "claims_all_have_a_verdict": [
        f"delete from {CLAIMS} where claim_id = (select min(claim_id) from {CLAIMED})",
        one(CLAIMS, "explanation = 'no full stop'"),
        one(CLAIMS, "observed_value = null, observed_date = null", "verdict = 'matches'"),
        one(CLAIMS, "is_mixed = true", "verdict = 'matches'"),
        one(CLAIMS, "gap_pct = 1", "verdict = 'not_reproducible'"),
    ],
    "claims_make_sense": [
        one(CLAIMED, "claimed_value = null", "claimed_value is not null"),
        one(CLAIMED, "claimed_value = 1", "claimed_date is not null"),
        one(CLAIMED, "metric = 'reserves_usd'", "metric = 'evidence_date'"),
        one(CLAIMED, "rounding = null", "comparison = 'about'"),
        one(CLAIMED, "rounding = 0", "rounding > 0"),
        one(CLAIMED, "item = null", "metric = 'evidence_date'"),
        one(CLAIMED, "partner_iso3 = null", "metric = 'students'"),
    ],
    "contributions_sum_to_the_score": [
        one("marts.cooperation_contributions", "contribution = contribution + 1e-6"),
        "delete from marts.cooperation_contributions",
    ],
    "cooperation_base_experiment_is_the_score": [
        one("marts.cooperation_sensitivity", "score = score + 1e-6", "experiment = 'base' and score is not null"),
        one("marts.cooperation_sensitivity", "shift = 0.1", "experiment = 'base' and score is not null"),
        gone("marts.cooperation_sensitivity", "experiment = 'base' and score is not null"),
    ],
    "cooperation_figures_are_not_too_old": [
        one(PARTS, "data_age_years = 99", "value is not null"),
        one(PARTS, "source_period = '9999'", "value is not null and not is_observed"),
        one(PARTS, "is_observed = not is_observed", "value is not null"),
        one(PARTS, "null_reason = 'none'", "value is not null"),
        one(PARTS, "null_reason = null", "value is null"),
        one(PARTS, "normalised = null", "value is not null"),
    ],
    "cooperation_index_is_honest": [
        one(INDEX, "grade = 'withheld'", "score is not null"),
        one(INDEX, "withheld_reason = null", "score is null"),
        one(INDEX, "low = null", "score is not null"),
        one(INDEX, "high = null", "score is not null"),
        one(INDEX, "low = score + 0.001", "score < high - 0.001"),
        one(INDEX, "high = score - 0.001", "score > low + 0.001"),
        one(INDEX, "low = -0.001", "score is not null"),
        one(INDEX, "high = 1.001", "score is not null"),
        one(INDEX, "coverage = -0.001", "score is null"),
        one(INDEX, "coverage = 1.001", "score is null"),
        one(INDEX, "n_pillars = 2", "score is not null"),
        one(INDEX, "coverage = 0.666", "score is not null"),
    ],
    "cooperation_weights_sum_to_one": [one(PARTS, "weight = weight + 1e-6"), gone(PARTS, "weight > 0")],
    "evidence_is_of_the_past": [
        one("seeds.evidence", "observed_on = '9999'"),
        one("marts.evidence", "observed_precision = 'day'", "observed_precision <> 'day'"),
    ],
    "peers_keep_their_ranks": [
        one(PEERS, "rank = null", "value is not null"),
        one(PEERS, "null_reason = null", "value is null"),
        one(PEERS, "rank = 0", "rank = 1"),
        one(PEERS, "rank = n_peers + 1", "rank > 1"),
        one(PEERS, "n_peers = 1", "rank = 1"),
        one(PEERS, "view = 'another'", "value is not null"),
        one(PEERS, "n_peers = n_peers + 1", "value is not null"),
        f"update {PEERS} set rank = rank + 1 where rank < n_peers",
    ],
    "scored_indicators_are_not_too_much_alike": [
        one("marts.cooperation_correlations", "is_too_much_alike = true", "are_both_scored and not is_too_much_alike")
    ],
    "themes_have_rows": [one("marts.theme_coverage", "state = 'no_rows'", "state <> 'no_rows'")],
    "themes_name_marts_that_exist": [
        one("seeds.themes", "answered_by = 'nowhere'", "answered_by is not null"),
        one("seeds.themes", "answer = null", "answered_by is not null"),
        one("seeds.themes", "gap = null", "answered_by is null"),
    ],
    "assert_every_number_is_defined": [
        "delete from marts.definitions where column_name = 'balance_usd'",
        "update marts.definitions set mart = 'another' where column_name = 'balance_usd'",
    ],
    "assert_every_rule_speaks": [
        one(STATES, "is_latest = false", "is_latest"),
        one(STATES, "is_latest = true", "not is_latest"),
    ],
    "assert_holders_add_up": [
        one(
            "marts.reserve_adequacy",
            "reserves_usd = reserves_usd + 200000",
            "definition = 'total_liquid' and country_iso3 = 'PAK' and period = '2025-06'",
        )
    ],
    "assert_rules_make_sense": [
        one(RULES, "watch_value = limit_value + 1", "direction = 'above'"),
        one(RULES, "watch_value = limit_value - 1", "direction = 'below'"),
        one(RULES, "n_on = 0"),
        one(RULES, "n_off = 0"),
        one(RULES, "hysteresis = -0.1"),
        one(RULES, "source_url = null", "source_kind <> 'project_default'"),
    ],
    "assert_rules_name_known_metrics": [one(RULES, "metric = 'misspelt'")],
    "assert_states_follow_values": [
        one(STATES, "value = null", "state = 'ok'"),
        one(STATES, "reason = null", "state = 'unknown'"),
        one(STATES, "certainty = null", "state = 'ok'"),
        one(STATES, "low = value + 1", "value is not null"),
        one(STATES, "high = value - 1", "value is not null"),
    ],
    "countries_are_all_mapped": [
        one(CHANGES, "reporter_iso3 = 'ZZZ'"),
        one(CHANGES, "partner_iso3 = 'ZZZ'", "partner_iso3 is not null"),
        one(CHANGES, "partner_iso3 = null", "dataset = 'imf.imts'"),
        one(CHANGES, "partner_iso3 = null, dataset = 'un_comtrade.goods_annual'"),
    ],
    "months_agree_with_cumulated_figures": [f"update {TODAY} set value = value * 1.006 where frequency = 'M'"],
    "observation_history_has_no_gap_and_one_newest_row": [
        one(HISTORY, "known_to = null", "known_to is not null"),
        one(HISTORY, "known_from = known_to", "known_to is not null"),
        one(HISTORY, "known_to = known_from + interval 1 day", "known_to is null"),
    ],
    "observations_are_what_history_knows_today": [
        gone(TODAY),
        gone(HISTORY, OPEN),
        one(TODAY, "value = value + 1"),
        one(TODAY, "unit = 'another'"),
        one(HISTORY, "change = 'deleted'", OPEN),
        one(HISTORY, "known_to = known_from", OPEN),
    ],
    "series_keep_their_currency": [
        one(HISTORY, "unit = 'tons'", f"series_id = (select mode(series_id) from {HISTORY} where unit like '%USD%')")
    ],
    "units_of_money_are_all_mapped": [
        one(TODAY, f"unit = '{unit}'")
        for unit in ("old USD", "old US$", "old CNY", "old PKR", "old Dollars", "Old Yuan", "old Rupees")
    ],
    "concentration_keeps_its_identities": [
        one(CONCENTRATION, "hhi = 1.001"),
        one(CONCENTRATION, "hhi = 0.9 / n_products", "n_products > 0"),
        one(CONCENTRATION, "hhi_normalised = -0.001"),
        one(CONCENTRATION, "hhi_normalised = 1.001"),
        one(CONCENTRATION, "theil = theil + 0.001", "theil_between is not null"),
        one(CONCENTRATION, "n_products = n_codes + 1", "hhi > 0.5"),
        one(CONCENTRATION, "hhi = null, null_reason = null"),
    ],
    "every_code_has_one_row_in_each_edition": [
        one(CODES, f"hs6 = (select min(hs6) from {CODES} where {of})", f"{of} and hs6 > '5'")
        for of in (f"editions like '%{edition}%'" for edition in range(7))
    ],
    "growth_by_margin_adds_up": [one(INDICES, "value = value + 2", "index_name = 'growth_of_entry'")],
    "indices_lie_within_their_bounds": [
        one(INDICES, "null_reason = 'none'", "value is not null"),
        one(INDICES, "null_reason = null", "value is null"),
        *(
            one(INDICES, f"index_name = '{name}', value = {value}, null_reason = null")
            for name, value in (
                ("rca", -0.001),
                ("rsca", -1.001),
                ("rsca", 1.001),
                ("trade_complementarity", -0.001),
                ("trade_complementarity", 100.001),
                *((name, value) for name in WITHIN_ONE for value in (-0.001, 1.001)),
            )
        ),
    ],
    "samples_are_never_turned_into_shares": [one(table, SAMPLE) for table in (STRUCTURE, CONCENTRATION, INDICES)],
    "structure_says_why_a_number_is_missing": [
        one(STRUCTURE, "null_reason = 'none'", "share is not null"),
        one(STRUCTURE, "null_reason = null", "share is null"),
        one(STRUCTURE, "value_usd = null", "share is not null"),
        one(STRUCTURE, "share = -0.001", "share is not null"),
        one(STRUCTURE, "share = 1.051", "share is not null"),
        one(STRUCTURE, "value_usd = -1"),
    ],
    "structure_shares_add_up_to_their_coverage": [
        one(STRUCTURE, "share = share + 0.001", "share is not null and grouping = 'hs_section'")
    ],
    "balancing_paths_arrive": [
        one(PATHS, "required_export_growth = required_export_growth + 1e-6", "required_export_growth > 0"),
        one(
            PATHS,
            "required_export_growth_with_import_growth = required_export_growth_with_import_growth + 1e-6",
            "required_export_growth_with_import_growth > 0",
        ),
        one(PATHS, "target_balance_usd = target_balance_usd + 1e6", "required_exports_usd - base_imports_usd < 1e12"),
        one(PATHS, "years_to_target = 0", "required_export_growth is null"),
        one(PATHS, "required_export_growth = null, null_reason = null", "required_export_growth > 0"),
    ],
    "mirror_ledger_lies_within_its_bounds": [
        one(MIRROR, "reconciled_usd = low_usd * 0.999", "reconciled_usd is not null"),
        one(MIRROR, "reconciled_usd = high_usd * 1.001", "reconciled_usd is not null"),
        one(MIRROR, "low_usd = 2, high_usd = 1", "reconciled_usd is null"),
        one(MIRROR, "gap_symmetric = -2.001", "gap_symmetric is not null"),
        one(MIRROR, "gap_symmetric = 2.001", "gap_symmetric is not null"),
        one(MIRROR, "home_reported_usd = null", "flag = 'ok'"),
        one(MIRROR, "partner_reported_usd = null", "flag = 'ok'"),
        one(MIRROR, "reconciled_usd = null", "flag = 'ok'"),
        one(MIRROR, "cif_fob_factor = 0.999"),
        one(MIRROR, "cif_fob_factor = 9"),
    ],
    "published_totals_are_the_sum_of_their_legs": [
        f"update {TODAY} set value = value * 1.0001 where definition = 'goods_trade' and flow = 'total'"
    ],
    "targets_make_sense": [
        one(TARGETS, "remaining_share = null", "metric = 'deficit_usd'"),
        one(TARGETS, "remaining_share = 0.5", "metric <> 'deficit_usd'"),
        one(TARGETS, "target_value_usd = null", "metric <> 'deficit_usd'"),
        one(TARGETS, "remaining_share = -0.1", "metric = 'deficit_usd'"),
        one(TARGETS, "remaining_share = 1", "metric = 'deficit_usd'"),
        one(TARGETS, "target_value_usd = 0", "target_value_usd is not null"),
        one(TARGETS, "source_url = null", "source_kind = 'published_target'"),
        one(TARGETS, "set_on = null", "source_kind = 'published_target'"),
        one(TARGETS, "home_iso3 = null", "target_value_usd is not null"),
        one(TARGETS, "partner_iso3 = null", "target_value_usd is not null"),
    ],
    "trade_balance_keeps_its_identities": [
        one(BALANCE, "total_usd = total_usd * 1.001", "balance_usd is not null"),
        one(BALANCE, "balance_usd = balance_usd + 1e-6 * total_usd, balance_low_usd = null", "balance_usd is not null"),
        one(BALANCE, "balance_usd = null", "exports_usd is not null and imports_usd is not null"),
        one(BALANCE, "normalised_balance = -1.001, coverage_ratio = null"),
        one(BALANCE, "normalised_balance = 1.001, coverage_ratio = null"),
        one(BALANCE, "coverage_ratio = coverage_ratio * 1.001", "coverage_ratio > 0"),
        one(BALANCE, "export_share = -0.001"),
        one(BALANCE, "export_share = 1.001"),
        one(BALANCE, "import_share = -0.001"),
        one(BALANCE, "import_share = 1.001"),
        one(BALANCE, "deficit_to_reserves = -0.001", "frequency = 'A'"),
        one(BALANCE, "balance_low_usd = balance_usd + 1e-6 * total_usd", "balance_usd is not null"),
        one(BALANCE, "balance_high_usd = balance_usd - 1e-6 * total_usd", "balance_usd is not null"),
        one(BALANCE, "basis = 'payments'", "view = 'reconciled'"),
        one(BALANCE, "balance_to_gdp = 0.1", "frequency <> 'A'"),
        one(BALANCE, "deficit_to_reserves = 0.1", "frequency <> 'A'"),
    ],
    "trade_flows_are_never_negative": [one("marts.trade_flows", "value_usd = -1")],
}
SPOILS = [
    pytest.param(check, spoil, id=f"{check}-{number}")
    for check, spoils in SPOILED.items()
    for number, spoil in enumerate(spoils)
]


@pytest.fixture(scope="module")
def checks(bundle_home):
    """The tests of the dbt project as they ran in the refresh."""
    nodes = json.loads((bundle_home.path / "build" / "dbt" / "manifest.json").read_text("utf-8"))["nodes"]
    return {node["name"]: node for node in nodes.values() if node["resource_type"] == "test"}


@pytest.fixture(scope="module")
def build(bundle_home, tmp_path_factory):
    """What the refresh built, to be spoiled."""
    place = tmp_path_factory.mktemp("spoiled") / "karakoram.duckdb"
    shutil.copy(bundle_home.path / "build" / "karakoram.duckdb", place)
    with duckdb.connect(str(place)) as connection:
        yield connection


def named_anew(build, check, spoil):
    """The rows that ``check`` names after ``spoil`` and had not named before."""
    before = build.execute(check["compiled_code"]).fetchall()
    build.execute("begin")
    try:
        build.execute(spoil)
        return [row for row in build.execute(check["compiled_code"]).fetchall() if row not in before]
    finally:
        build.execute("rollback")


def test_every_check_is_tried():
    assert set(SPOILED) == set(LISTED)


@pytest.mark.parametrize(("check", "spoil"), SPOILS)
def test_a_check_names_what_it_is_there_for(build, checks, check, spoil):
    assert named_anew(build, checks[check], spoil)


def test_a_row_that_comes_twice_is_named_in_every_table_with_a_key(build, checks):
    keyed = [check for check in checks.values() if (check.get("test_metadata") or {}).get("name") == "unique_row"]
    tables = {check["name"]: check["compiled_code"].split("from ")[1].split()[0] for check in keyed}
    filled = [check for check in keyed if '."staging".' not in tables[check["name"]]]
    filled = [check for check in filled if build.execute(f"select 1 from {tables[check['name']]} limit 1").fetchone()]
    assert len(filled) > 50
    for check in filled:
        assert named_anew(build, check, twice(tables[check["name"]])), check["name"]
