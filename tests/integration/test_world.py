"""`karakoram world` on a world that can be worked out by hand."""

from __future__ import annotations

import hashlib
import json
from math import log
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.conftest import Home
from tests.support.generated_world import generate
from tests.support.tiny_world import CHN, COUNTRIES, LINES, PAK, write_world
from tests.unit.metrics.render import evaluate_rows, render

pytestmark = pytest.mark.slow

N_CODES = 5020  # six-digit lines of HS 1992


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("world") / "data", {})


@pytest.fixture(scope="module")
def result(home: Home) -> dict[str, Any]:
    done = home.karakoram("world", str(write_world(home.path.parent / "baci")), "--json")
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def rows(result: dict[str, Any]) -> Any:
    """Asks the published file as an analyst would."""

    def ask(sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(result["published"], read_only=True) as connection:
            return connection.execute(sql).fetchall()

    return ask


def test_it_is_published_beside_the_nightly_warehouse(home: Home, result: dict[str, Any]) -> None:
    assert (result["status"], result["lines"], result["years"]) == ("published", 9, [2022, 2023])
    assert (home.path / "world.duckdb").resolve() == Path(result["published"])
    assert not (home.path / "karakoram.duckdb").exists()
    assert not list((home.path / "build").glob("world.duckdb*"))
    said = home.karakoram("sql", "--world", "select count(*) as n from trade_balance", "--format", "json")
    assert json.loads(said.stdout) == [{"n": 8}]


def test_balance(rows: Any) -> None:
    found = rows("""
        select exports_usd, imports_usd, balance_usd, total_usd, normalised_balance, coverage_ratio, export_share,
            import_share, balance_growth_yoy, view, basis, null_reason
        from marts.trade_balance where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and period = '2023'""")
    assert found == [
        (
            *(100_000, 300_000, -200_000, 400_000, -0.5, 1 / 3, 1),
            pytest.approx(300 / 400.001),
            *(-9, "third_party", "customs", "GDP and reserves are in the nightly warehouse only"),
        )
    ]


def test_a_flow_that_no_file_has_is_missing_and_a_zero_stays_zero(rows: Any) -> None:
    found = rows("""
        select partner_iso3, exports_usd, imports_usd, balance_usd, total_usd, export_share from marts.trade_balance
        where home_iso3 = 'PAK' and period = '2023' and partner_iso3 <> 'CHN' order by all""")
    assert found == [("FRA", None, 0, None, None, None), ("TWN", None, 100_001, None, None, None)]
    (reason,) = rows("""
        select null_reason from marts.trade_balance
        where home_iso3 = 'PAK' and partner_iso3 = 'TWN' and period = '2023'""")[0]
    assert reason.startswith("exports are not known in this view; GDP")


def test_concentration(rows: Any) -> None:
    found = rows("""
        select hhi, hhi_normalised, theil, theil_within, theil_between, top_share, top_product, n_products, n_codes,
            value_usd, hs_edition, null_reason
        from marts.trade_concentration
        where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and period = '2023' order by flow""")
    entropy = 1.5 * log(2)  # of shares 1/2, 1/4, 1/4
    exact = pytest.approx
    assert found == [
        (
            *(exact(0.375), exact(0.0625), exact(log(N_CODES) - entropy), exact(log(3) - entropy)),
            *(exact(log(N_CODES / 3)), 0.5, "520100", 3, N_CODES, 100_000, "H0", None),
        ),
        (
            exact(1),
            None,
            exact(log(N_CODES)),
            exact(0, abs=1e-9),
            exact(log(N_CODES)),
            1,
            "854140",
            1,
            N_CODES,
            300_000,
            "H0",
            None,
        ),
    ]
    nothing = rows(
        "select hhi, theil, top_share, n_products, null_reason from marts.trade_concentration where hhi is null"
    )
    assert nothing == [(None, None, None, 0, "nothing was traded")] * 2  # as France's export and as Pakistan's import


def test_structure(rows: Any) -> None:
    found = rows("""
        select grouping, group_code, value_usd, share, n_lines from marts.trade_structure
        where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and period = '2023' and flow = 'export' and n_lines > 0
        order by all""")
    assert found == [
        ("article_theme", "rice_and_seeds", 25_000, 0.25, 1),
        ("article_theme", "textiles", 50_000, 0.5, 1),
        ("bec", "consumption", 25_000, 0.25, 1),
        ("bec", "primary", 50_000, 0.5, 1),
        ("bec", "unmapped", 25_000, 0.25, 1),
        ("hs_chapter", "10", 25_000, 0.25, 1),
        ("hs_chapter", "52", 50_000, 0.5, 1),
        ("hs_chapter", "99", 25_000, 0.25, 1),
        ("hs_section", "II", 25_000, 0.25, 1),
        ("hs_section", "NS", 25_000, 0.25, 1),
        ("hs_section", "XI", 50_000, 0.5, 1),
        ("lall", "LDC01", 75_000, 0.75, 2),
        ("lall", "unmapped", 25_000, 0.25, 1),
        ("sitc", "0", 25_000, 0.25, 1),
        ("sitc", "2", 50_000, 0.5, 1),
        ("sitc", "unmapped", 25_000, 0.25, 1),
    ]


def test_groups_that_are_not_traded_are_zero_where_every_night_lists_them(rows: Any) -> None:
    found = rows("""
        select distinct grouping, value_usd, share, n_lines from marts.trade_structure
        where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and period = '2023' and flow = 'export' and n_lines = 0
        order by all""")
    assert found == [(grouping, 0, 0, 0) for grouping in ("article_theme", "bec", "lall", "sitc")]


def test_what_has_no_class_is_told(rows: Any) -> None:
    found = rows("""
        select distinct flow, grouping, unclassified_share, low_confidence from marts.trade_structure
        where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and period = '2023' and grouping in ('sitc', 'hs_chapter')
        order by all""")
    assert found == [
        ("export", "hs_chapter", None, False),
        ("export", "sitc", 0.25, True),
        ("import", "hs_chapter", None, False),
        ("import", "sitc", 0.0, False),
    ]


def test_one_country_s_export_is_the_other_s_import(rows: Any) -> None:
    mirrored = """
        select count(*) from marts.{mart} as a full join marts.{mart} as b
            on a.home_iso3 = b.partner_iso3 and a.partner_iso3 = b.home_iso3 and a.period = b.period
            and {keys} and a.flow <> b.flow and a.{value} is not distinct from b.{value}
        where a.period is null or b.period is null"""
    assert rows(mirrored.format(mart="trade_concentration", keys="true", value="theil")) == [(0,)]
    keys = "a.grouping = b.grouping and a.group_code = b.group_code"
    assert rows(mirrored.format(mart="trade_structure", keys=keys, value="share")) == [(0,)]


def test_the_macros_of_every_night_give_the_same(rows: Any) -> None:
    """The nightly mart takes indices over shares, the world over values in one pass: the same text and figures."""
    values = [float(v) for i, j, _, v in LINES[2023] if (i, j) == (PAK, CHN)]
    shares = [value / sum(values) for value in values]
    nightly = {
        "hhi": render("hhi", "share"),
        "theil": render("theil", "share", str(N_CODES)),
        "theil_within": render("theil", "share", "count(case when share > 0 then 1 end)"),
        "top_share": "max(share)",
    }
    found = rows(f"""
        select {", ".join(nightly)} from marts.trade_concentration
        where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and period = '2023' and flow = 'export'""")[0]
    assert found == pytest.approx([evaluate_rows(sql, {"share": shares})[0] for sql in nightly.values()], abs=1e-12)


def test_the_marts_have_the_nightly_columns_with_their_descriptions(rows: Any) -> None:
    """That names, types and order are the nightly ones is a condition of being published."""
    assert rows("""
        select count(*) from duckdb_columns()
        where schema_name = 'marts' and starts_with(table_name, 'trade_') and comment is null""") == [(0,)]
    assert rows("select count(*) > 90 from duckdb_columns() where starts_with(table_name, 'trade_')") == [(True,)]


def test_generated_figures_never_pass_for_published_ones(rows: Any, result: dict[str, Any]) -> None:
    assert result["origin"] == "generated"
    assert rows("select distinct publisher, dataset from marts.trade_structure") == [("generated", "generated.world")]
    assert rows("select dataset, origin, licence, citation from marts.sources") == [
        ("generated.world", "generated", None, None)
    ]


def test_a_release_of_the_cepii_is_cited(home: Home) -> None:
    folder = write_world(home.path.parent / "release", release="V202601")
    place = Home(home.path.parent / "cited", {})
    done = place.karakoram("world", str(folder), "--json")
    assert done.returncode == 0, done.stderr
    with duckdb.connect(json.loads(done.stdout)["published"], read_only=True) as connection:
        ((dataset, licence, citation, sha256),) = connection.execute(
            "select dataset, licence, citation, sha256 from marts.sources"
        ).fetchall()
        files = connection.execute("select sha256, file from marts.files order by file").fetchall()
    assert (dataset, licence) == ("cepii_baci.world", "Etalab Open Licence 2.0")
    assert "HS92, release V202601; Gaulier, G. and Zignago, S. (2010)" in citation
    listing = "".join(f"{digest}  {name}\n" for digest, name in files)
    assert len(files) == 3
    assert sha256 == hashlib.sha256(listing.encode()).hexdigest()


@pytest.mark.parametrize(
    ("line", "countries", "said"),
    [
        ((PAK, CHN, "520100", "much"), COUNTRIES, ("stg_baci__lines", "much")),
        ((PAK, CHN, "520100", "-1"), COUNTRIES, ("stg_baci__lines", "CHECK")),
        ((PAK, CHN, "520100", "1e10"), COUNTRIES, ("stg_baci__lines", "CHECK")),
        ((PAK, CHN, "520100", "nan"), COUNTRIES, ("stg_baci__lines", "CHECK")),
        ((PAK, 999, "520100", "1"), COUNTRIES, ("relationships_int_world__pairs_importer_code",)),
        (
            (588, CHN, "520100", "1"),
            COUNTRIES + "588,Pakistan to 1971,PK,PAK\n",
            ("unique_row_world_trade_concentration",),
        ),
    ],
)
def test_a_line_that_makes_no_sense_blocks_and_the_former_file_stays(
    home: Home, result: dict[str, Any], line: tuple[int, int, str, str], countries: str, said: tuple[str, ...]
) -> None:
    folder = write_world(
        home.path.parent / f"bad_{'_'.join(map(str, line))}", {2023: [*LINES[2023], line]}, countries=countries
    )
    done = home.karakoram("world", str(folder))
    assert done.returncode == 2, done.stderr
    assert all(text in done.stderr.splitlines()[-1] for text in said), done.stderr
    assert (home.path / "world.duckdb").resolve() == Path(result["published"])
    assert not list((home.path / "build").glob("world.duckdb*"))


def test_a_line_that_stands_twice_is_refused_with_its_file_and_key(home: Home) -> None:
    """Wherever it stands in the file, and whatever its value."""
    again = [(PAK, CHN, "520100", "7"), (CHN, PAK, "854140", "300"), (PAK, CHN, "520100", "50")]
    folder = write_world(home.path.parent / "twice", {2022: LINES[2022], 2023: [*LINES[2023], *again]})
    done = home.karakoram("world", str(folder))
    assert done.returncode == 2
    assert (
        "BACI_HS92_Y2023_V000000.csv: expected one line for each t, i, j, k, got 2 for 2023, 156, 586, 854140 "
        "(and 1 more); unpack the file again from the zip of BACI, or keep one line for each"
    ) in done.stderr


def test_what_does_not_fit_into_memory_goes_to_disk(home: Home) -> None:
    """A million lines in 80 MB: without its temporary folder DuckDB ends with an error, even in 90."""
    folder = home.path.parent / "generated"
    lines = generate(folder, 1_000_000)
    done = home.karakoram("world", str(folder), "--json", "--memory", "80MB")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["lines"] == lines


def test_a_line_of_another_year_than_its_file_blocks(home: Home) -> None:
    folder = write_world(home.path.parent / "years")
    with open(folder / "BACI_HS92_Y2023_V000000.csv", "a", encoding="utf-8") as file:
        file.write(f"2021,{PAK},{CHN},520100,1,\n")
    done = home.karakoram("world", str(folder))
    assert done.returncode == 2
    assert "expected lines of [2022, 2023], as the names say, got [2021, 2022, 2023]" in done.stderr


def test_a_wrong_folder_is_wrong_usage(home: Home, tmp_path: Path) -> None:
    done = home.karakoram("world", str(tmp_path))
    assert done.returncode == 64
    assert "got no file BACI_*.csv" in done.stderr
