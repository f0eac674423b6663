"""The cooperation index on the embedded figures: a number, how far to trust it, and withholding it."""

from __future__ import annotations

from math import exp, log

import pytest

from tests.conftest import Home

pytestmark = pytest.mark.slow

PAIR = "home_iso3 = 'PAK' and partner_iso3 = 'CHN'"


def test_it_withholds_itself_when_too_few_pillars_are_known(bundle_home: Home) -> None:
    """2025: the ministry's students stop in 2018 and the sister cities were counted in 2021."""
    ((score, low, high, grade, pillars, reason),) = bundle_home.rows(
        f"select score, low, high, grade, n_pillars, withheld_reason from marts.cooperation_index where {PAIR} "
        "and period = '2025'"
    )
    assert (score, low, high, grade, pillars) == (None, None, None, "withheld", 2)
    assert reason == (
        "Only 2 of 4 pillars have enough figures that are recent (missing: education, culture and regional ties); "
        "three are needed for a number."
    )


def test_it_withholds_itself_when_too_little_weight_is_known(bundle_home: Home) -> None:
    """2023: three pillars, but only one of them whole (China's own total of the trade was not read for 2019-2023)."""
    ((score, grade, pillars, coverage, reason),) = bundle_home.rows(
        f"select score, grade, n_pillars, coverage, withheld_reason from marts.cooperation_index where {PAIR} "
        "and period = '2023'"
    )
    assert (score, grade, pillars) == (None, "withheld", 3)
    assert coverage == pytest.approx((2 / 3 + 1 + 2 / 3) / 4)
    assert reason.startswith("Figures that are recent enough are known for 58 percent of the weight")


def test_what_is_withheld_is_neither_explained_nor_varied(bundle_home: Home) -> None:
    """A number that leaks through a side door is a number."""
    for mart in ("cooperation_contributions", "cooperation_sensitivity"):
        ((leaks,),) = bundle_home.rows(
            f"select count(*) from marts.{mart} as details inner join marts.cooperation_index as cooperation "
            "using (home_iso3, partner_iso3, period) where cooperation.score is null"
        )
        assert leaks == 0


def test_a_score_worked_by_hand(bundle_home: Home) -> None:
    """PAK-CHN 2018 from the published figures; technology, whose figures are sums of many rows, as normalised."""
    shown = dict(
        bundle_home.rows(
            f"select indicator, normalised from marts.cooperation_indicators where {PAIR} and period = '2018'"
        )
    )
    ((exports, imports, partner_total),) = bundle_home.rows(
        "select max(exports_usd), max(imports_usd), max(case when view = 'partner_reported' then total_usd end) "
        f"from marts.trade_balance where {PAIR} and period = '2018' and basis = 'customs' "
        "and view in ('home_reported', 'partner_reported')"
    )
    ((gdp, population),) = bundle_home.rows(
        "select max(case when definition = 'NY.GDP.MKTP.CD' then value end), "
        "max(case when definition = 'SP.POP.TOTL' then value end) "
        "from marts.observations where reporter_iso3 = 'PAK' and period = '2018'"
    )
    total = exports + imports
    trade = [
        1 - abs(exports - imports) / total,
        total / gdp / 0.15,
        1 - abs(total - partner_total) / ((total + partner_total) / 2),
    ]
    education = [log(28023 / population * 1e6) / log(1000), 8168 / 28023 / 0.3, min(1, 12474 / 28023 / 0.4)]
    technology = [
        shown[name]
        for name in ("solar_capacity", "development_finance", "high_technology_closeness", "ict_services_closeness")
    ]
    pillars = [sum(values) / len(values) for values in (trade, education, technology)]
    ((score, coverage, grade),) = bundle_home.rows(
        f"select score, coverage, grade from marts.cooperation_index where {PAIR} and period = '2018'"
    )
    assert score == pytest.approx(exp(sum(map(log, pillars)) / 3), abs=1e-12)
    assert coverage == pytest.approx((1 + 1 + 1 + 1 / 3) / 4)
    assert grade == "B"


def test_old_figures_age_out(bundle_home: Home) -> None:
    """The count of students of 2018 stands until 2021, each year older, and is gone in 2022."""
    rows = bundle_home.rows(
        f"select period, value is not null, is_observed, data_age_years from marts.cooperation_indicators where {PAIR} "
        "and indicator = 'students_per_million' and period >= '2018' order by period"
    )
    assert rows[:5] == [
        ("2018", True, True, 0),
        ("2019", True, False, 1),
        ("2020", True, False, 2),
        ("2021", True, False, 3),
        ("2022", False, False, None),
    ]


def test_contributions_and_shares_of_the_variance_add_up(bundle_home: Home) -> None:
    ((pairs, gap),) = bundle_home.rows(
        "select count(*), max(abs(difference)) from (select sum(contribution) - max(score) as difference "
        "from marts.cooperation_contributions group by home_iso3, partner_iso3, period)"
    )
    assert pairs > 10
    assert gap < 1e-9
    shares = bundle_home.rows(
        "select sum(variance_share) from marts.cooperation_sensitivity where kind = 'first_order' "
        "group by home_iso3, partner_iso3, period"
    )
    assert all(total == pytest.approx(1) for (total,) in shares)


def test_peers_have_their_index_or_their_reason(bundle_home: Home) -> None:
    """Every peer of Pakistan has a row in every late year; some with a number, most without."""
    rows = bundle_home.rows(
        "select home_iso3, score, withheld_reason from marts.cooperation_index where partner_iso3 = 'CHN' "
        "and period = '2018' and dyad_role = 'peer'"
    )
    assert len(rows) == 14
    assert 1 <= sum(score is not None for _, score, _ in rows) < 14
    assert all((score is None) == (reason is not None) for _, score, reason in rows)
