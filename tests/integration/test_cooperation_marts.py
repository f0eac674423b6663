"""Claims, paths, peers, evidence and themes, built from the bundle: what must come out of real figures."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("claim", "definition", "verdict", "observed", "within", "says"),
    [
        ("exports_to_china_2024", "home_reported_customs", "matches", 2_375_627_611.244, 1, "customs of Pakistan"),
        ("imports_from_china_2024", "partner_reported_customs", "matches", 20.232e9, 1e6, "customs of China"),
        ("trade_total_2024", "partner_reported_customs", "matches", 23.054e9, 1e6, "customs of China"),
        ("deficit_2024", "mixed_exporters_customs", "matches_other_definition", 17.856e9, 1e6, "mixing two reporters"),
        ("deficit_2024", "home_reported_customs", "contradicted", 13_616_937_019.043, 1, "13.617 billion"),
        ("deficit_2024", "partner_reported_customs", "contradicted", 17.410e9, 1e6, "17.41 billion"),
        ("reserves_2024", "total_liquid", "stale", 19_269_500_000, 1, "June 2025"),
        ("students_in_china", "students_all", "stale", 28_023, 0, "in 2018"),
        ("textile_share", "home_reported_customs", "stale", 0.6042, 1e-9, "in 2016"),
        ("ict_exports_fy2025", "ict_services_year_to_date", "not_reproducible", 3.48046e9, 1e5, "a part of FY2025"),
        ("relations_years", "diplomatic_relations", "matches", None, None, "1951-05-21"),
        ("diplomatic_relations", "diplomatic_relations", "contradicted", None, None, "1951-05-21"),
        ("sister_cities_to_form", "tie_karachi_shanghai", "contradicted", None, None, "since 1984"),
        ("sister_cities_to_form", "ties_still_to_form", "contradicted", 2, 0, "Karachi-Shanghai since 1984"),
        ("sco_members_2017", "member_since_pak", "matches", 2017, 0, "2017-06-09"),
        ("sco_members_2017", "member_since_ind", "matches", 2017, 0, "2017-06-09"),
        ("huawei_4g_share", "huawei_ran_share_2019", "not_reproducible", None, None, "up to 60 percent"),
        ("huawei_trainees", "no_public_source", "not_reproducible", None, None, "No public figure"),
    ],
)
def test_what_is_known_of_the_claims_comes_out(bundle_home, claim, definition, verdict, observed, within, says):
    rows = bundle_home.rows(
        "select verdict, observed_value, explanation from marts.claims "
        f"where claim_id = '{claim}' and definition = '{definition}'"
    )
    assert len(rows) == 1
    assert rows[0][0] == verdict
    assert observed is None or rows[0][1] == pytest.approx(observed, abs=within)
    assert says in rows[0][2]


def test_paths_of_2024_start_from_the_published_figures(bundle_home):
    exports, imports, growth, balance = bundle_home.rows(
        "select base_exports_usd, base_imports_usd, required_export_growth, target_balance_usd "
        "from marts.balancing_paths where home_iso3 = 'PAK' and partner_iso3 = 'CHN' "
        "and target_id = 'halve_deficit_2029' and view = 'home_reported' and base_period = '2024'"
    )[0]
    assert (exports, imports) == (2_375_627_611.244, 15_992_564_630.287)
    assert balance == pytest.approx((exports - imports) / 2)
    assert growth == pytest.approx(((imports + balance) / exports) ** 0.2 - 1)


def test_the_published_target_drifts(bundle_home):
    growth = dict(
        bundle_home.rows(
            "select base_period, required_export_growth from marts.balancing_paths "
            "where target_id = 'exports_60bn_fy2029'"
        )
    )
    assert growth["FY2024"] == pytest.approx(0.141337, abs=1e-4)  # metrics vector T4: from 30,980 million
    assert growth["FY2025"] > growth["FY2024"]


def test_peers_of_2024_are_compared_on_one_report(bundle_home):
    rows = bundle_home.rows(
        "select peer_iso3, rank, n_peers, reporter_iso3 from marts.peer_comparison where peer_group = 'SCO' "
        "and partner_iso3 = 'CHN' and metric = 'normalised_balance' and period = '2024'"
    )
    assert {row[3] for row in rows} == {"CHN"}
    assert {row[2] for row in rows} == {9}
    assert sorted(row[1] for row in rows) == list(range(1, 10))


def test_students_of_2018_and_solar_panels_of_twelve_months(bundle_home):
    found = dict(
        bundle_home.rows(
            "select metric, value from marts.peer_comparison where peer_group = 'SAARC' and peer_iso3 = 'PAK' and "
            "(metric, period) in (('students_in_partner', '2018'), ('solar_imports_12m_usd', '2025-09'))"
        )
    )
    assert found == {"students_in_partner": 28_023, "solar_imports_12m_usd": 1_807_172_549}


def test_every_theme_is_answered_or_says_that_nothing_was_found(bundle_home):
    assert bundle_home.rows("select theme_id from marts.theme_coverage where state = 'no_rows'") == []
    named = {name for (name,) in bundle_home.rows("select distinct answered_by from marts.theme_coverage") if name}
    marts = bundle_home.rows("select table_name from duckdb_tables() where schema_name = 'marts'")
    assert named <= {name for (name,) in marts}
    silent = bundle_home.rows("select gap from marts.theme_coverage where state = 'no_public_source'")
    assert silent
    assert all(gap.startswith("No public") for (gap,) in silent)


def test_evidence_has_a_source_a_date_and_an_age(bundle_home):
    assert bundle_home.rows(
        "select count(*) from marts.evidence where source_title is null or source_url is null or observed_on is null "
        "or data_age_years is null or data_age_years < 0"
    ) == [(0,)]
