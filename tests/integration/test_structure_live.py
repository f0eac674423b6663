"""The structure of trade from UN Comtrade's own layout: chapters without a key, six-digit lines with one.

The publisher's double invents its figures, so what is checked are identities, editions and reasons, never sizes. Only
the datasets and tables that are needed are fetched and built: a whole refresh would show nothing more.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from pydantic import SecretStr

from orchestration.catalog import load_catalog
from orchestration.dbt import dbt_executable
from orchestration.ingest.refresh import Ingest
from orchestration.ingest.store_tables import write_store_tables
from orchestration.seeds import load_seeds
from orchestration.settings import DBT_PROJECT, Settings
from tests.conftest import Home
from tests.support.publishers import FakePublishers

pytestmark = pytest.mark.slow

TABLES = ("trade_structure", "trade_concentration", "trade_indices", "threshold_status")
LONGEST = 300  # seconds


def build(home: Path) -> None:
    """The tables of structure and what they need, without tests."""
    environment = {
        **os.environ,
        "KARAKORAM_HOME": str(home),
        "KARAKORAM_BUILD_FILE": str(home / "structure.duckdb"),
        "DBT_TARGET_PATH": str(home / "dbt_target"),
        "DBT_LOG_PATH": str(home / "dbt_logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    command = [dbt_executable(), "--quiet", "build", "--exclude-resource-type", "unit_test", "test"]
    places = ["--project-dir", str(DBT_PROJECT), "--profiles-dir", str(DBT_PROJECT)]
    command += [*places, "--select", *(f"+{table}" for table in TABLES)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=LONGEST, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def warehouse(bundle_home: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The bundle with a night of UN Comtrade on top, asked with a key."""
    home = tmp_path_factory.mktemp("structure") / "data"
    for name in ("raw", "parsed"):
        shutil.copytree(bundle_home.path / name, home / name)
    with FakePublishers() as publishers:
        key = SecretStr(publishers.keys["COMTRADE_API_KEY"])
        settings = Settings(**publishers.urls, home=home, origin="live", pace=0, comtrade_api_key=key)
        ingest = Ingest(settings, load_catalog(), load_seeds())
        outcome = ingest.refresh(ingest.catalog.datasets["un_comtrade.goods_annual"], "live")
        assert outcome.status == "updated", outcome
        write_store_tables(ingest)
    build(home)
    with duckdb.connect(str(home / "structure.duckdb"), read_only=True) as connection:
        connection.execute("use marts")
        yield connection


def test_both_sides_and_the_world_are_known_by_chapter(warehouse: duckdb.DuckDBPyConnection) -> None:
    """2020 and later: both flows of the pair in both books, and each side's trade with the world."""
    found = warehouse.execute(
        """
        select distinct home_iso3, partner_iso3, level, flow, view from trade_structure
        where grouping = 'hs_chapter' and dataset = 'un_comtrade.goods_annual' and period = '2020'
        """
    ).fetchall()
    flows, views = ("export", "import"), ("home_reported", "partner_reported")
    pair = {("PAK", "CHN", "bilateral", flow, view) for flow in flows for view in views}
    world = {(home, "WLD", "world", flow, "home_reported") for home in ("PAK", "CHN") for flow in flows}
    assert set(found) == pair | world


def test_chapters_add_up_to_what_the_total_says(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        """
        select sum(share), max(coverage_share) from trade_structure
        where grouping = 'hs_chapter' and dataset = 'un_comtrade.goods_annual'
        group by home_iso3, partner_iso3, period, flow, view
        """
    ).fetchall()
    assert len(rows) > 50
    assert all(shares == pytest.approx(1, abs=1e-6) == coverage for shares, coverage in rows)


def test_textiles_are_the_chapters_50_to_63(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Straight from the observations."""
    wanted = "dataset = 'un_comtrade.goods_annual' and reporter_iso3 = 'PAK' and partner_iso3 = 'CHN'"
    (share,) = _one(
        warehouse,
        f"""
        select sum(case when length(product) = 2 and product between '50' and '63' then value end)
            / sum(case when product = 'TOTAL' then value end)
        from observations
        where {wanted} and definition = 'goods_trade' and flow = 'export' and period = '2020'
        """,
    )
    (found,) = _one(
        warehouse,
        """
        select share from trade_structure
        where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and flow = 'export' and view = 'home_reported'
            and period = '2020' and group_code = 'textiles'
        """,
    )
    assert found == pytest.approx(share)


def test_lines_stand_in_their_own_edition(warehouse: duckdb.DuckDBPyConnection) -> None:
    """The double reports in HS 2012, 2017 and 2022 by turns; a code of no edition is unmapped and no guess."""
    found = warehouse.execute(
        """
        select distinct period, hs_edition from trade_structure
        where grouping = 'lall' and product_level = 'hs6' and home_iso3 = 'PAK' and partner_iso3 = 'CHN'
            and period in ('2014', '2018', '2023') order by period
        """
    ).fetchall()
    assert found == [("2014", "H4"), ("2018", "H5"), ("2023", "H6")]


def test_a_large_part_without_a_class_lowers_the_confidence(warehouse: duckdb.DuckDBPyConnection) -> None:
    rows = warehouse.execute(
        """
        select low_confidence, unclassified_share from trade_structure
        where grouping = 'lall' and product_level = 'hs6'
        """
    ).fetchall()
    assert rows
    assert all(low is (unclassified > 0.05) for low, unclassified in rows)


def test_growth_over_a_new_edition_is_withheld_line_by_line(warehouse: duckdb.DuckDBPyConnection) -> None:
    """HS 2017 came in 2017: lines have no margins of growth in that year, chapters have."""
    found = dict(
        warehouse.execute(
            """
            select product_level, count(value) from trade_indices
            where index_name = 'growth_of_entry' and period = '2017' and dataset = 'un_comtrade.goods_annual'
            group by product_level
            """
        ).fetchall()
    )
    assert found["hs6"] == 0
    assert found["hs2"] > 0


def test_margins_multiply_to_the_share_in_what_the_partner_buys(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Extensive x intensive = home's exports in those products over the partner's imports from the world."""
    extensive, intensive = (
        _one(
            warehouse,
            f"""
            select value from trade_indices
            where index_name = '{name}' and product_level = 'hs2' and home_iso3 = 'PAK' and partner_iso3 = 'CHN'
                and flow = 'export' and view = 'home_reported' and period = '2020'
            """,
        )[0]
        for name in ("extensive_margin", "intensive_margin")
    )
    exports, imports = _one(
        warehouse,
        """
        select
            sum(case when reporter_iso3 = 'PAK' and partner_iso3 = 'CHN' and flow = 'export' then value end),
            sum(case when reporter_iso3 = 'CHN' and partner_iso3 = 'WLD' and flow = 'import' then value end)
        from observations
        where dataset = 'un_comtrade.goods_annual' and definition = 'goods_trade' and product = 'TOTAL'
            and period = '2020'
        """,
    )
    assert extensive * intensive == pytest.approx(exports / imports, rel=1e-6)


def test_every_index_of_the_pair_is_there(warehouse: duckdb.DuckDBPyConnection) -> None:
    found = {
        name
        for (name,) in warehouse.execute(
            "select distinct index_name from trade_indices where home_iso3 = 'PAK' and value is not null"
        ).fetchall()
    }
    assert found >= {
        "rca",
        "rsca",
        "structure_difference",
        "trade_complementarity",
        "grubel_lloyd",
        "grubel_lloyd_adjusted",
        "extensive_margin",
        "intensive_margin",
        "growth_of_continuing",
        "value_added_share",
        "unclassified_share",
        "trade_intensity",
        "trade_intensity_without_own",
        "trade_dependence",
        "dependence_asymmetry",
        "terms_of_trade",
    }


def test_concentration_of_the_pair_is_under_the_rules(warehouse: duckdb.DuckDBPyConnection) -> None:
    """The rules on concentration have a state and say from where they are borrowed."""
    rows = warehouse.execute(
        """
        select state, value, source_title from threshold_status
        where subject = 'PAK-CHN' and rule_id like 'product_concentration_hs2%' and is_latest
        """
    ).fetchall()
    assert len(rows) == 2
    assert all(state != "unknown" and value > 0 and "Merger Guidelines" in title for state, value, title in rows)


def _one(connection: duckdb.DuckDBPyConnection, sql: str) -> tuple[Any, ...]:
    row = connection.execute(sql).fetchone()
    assert row is not None
    return row
