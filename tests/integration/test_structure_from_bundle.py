"""What the embedded figures say of the structure of trade; numbers read from the publishers by hand."""

from __future__ import annotations

import pytest

from tests.conftest import Home

pytestmark = pytest.mark.slow


def test_textiles_are_sixty_percent_in_some_years_only(bundle_home: Home) -> None:
    """WITS prints 60.20 for 2007 and 60.42 for 2016, 57.50 for 2019 and 52.41 for 2008."""
    shares = dict(
        bundle_home.rows(
            """
            select period, share from marts.trade_structure
            where home_iso3 = 'PAK' and partner_iso3 = 'WLD' and flow = 'export' and frequency = 'A'
                and grouping = 'article_theme' and group_code = 'textiles'
            """
        )
    )
    assert shares["2007"] == pytest.approx(0.6020)
    assert shares["2016"] == pytest.approx(0.6042)
    assert shares["2019"] == pytest.approx(0.5750)
    assert shares["2008"] == pytest.approx(0.5241)
    assert [year for year, share in sorted(shares.items()) if 0.59 < share < 0.61] == ["2007", "2016", "2017"]


def test_the_pair_has_no_shares_where_only_totals_are_known(bundle_home: Home) -> None:
    """A sample of lines of Pakistan's exports to China is in the bundle: it gives no share, and the row says why."""
    rows = bundle_home.rows(
        """
        select value_usd, share, null_reason from marts.trade_structure
        where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and frequency = 'A' and group_code = 'textiles'
        """
    )
    assert rows
    assert all(value is share is None and "only the total" in reason for value, share, reason in rows)


def test_technology_needs_lines(bundle_home: Home) -> None:
    """BACI's own sums by class are taken; its chapters are never classified."""
    rows = bundle_home.rows(
        """
        select grouping, count(value_usd), min(null_reason) from marts.trade_structure
        where home_iso3 = 'CHN' and dataset = 'cepii_baci.world_exports' and grouping in ('lall', 'sitc', 'bec')
        group by grouping order by grouping
        """
    )
    assert rows[0][:2] == ("bec", 0)
    assert rows[1][:2] == ("lall", 120)
    assert rows[2][:2] == ("sitc", 0)
    assert "only HS chapters are known" in rows[0][2]


def test_chinas_solar_exports_to_pakistan_are_a_value_without_a_share(bundle_home: Home) -> None:
    """June 2024: panels 230,622,598 and cells 664,641 US dollars (Ember, China's customs)."""
    rows = bundle_home.rows(
        """
        select value_usd, share, null_reason from marts.trade_structure
        where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and flow = 'import' and period = '2024-06'
            and group_code = 'solar_cells'
        """
    )
    assert rows == [
        (231_287_239.0, None, "the publisher counts no other goods, so there is no total to share"),
    ]


def test_one_tariff_line_knows_the_partners_part(bundle_home: Home) -> None:
    """Frozen toothfish, FY2021: PKR 345,988 thousand to China of 404,376 thousand to the world."""
    rows = bundle_home.rows(
        """
        select value, partner_share, is_sample from marts.trade_lines
        where line_code = '03038300' and period = 'FY2021' and partner_iso3 = 'CHN'
        """
    )
    assert rows == [(345_988.0, pytest.approx(345_988 / 404_376), True)]
