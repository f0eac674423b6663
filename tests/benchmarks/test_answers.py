"""How long an answer takes: every example question on the default warehouse, and the heaviest mart at the world's size.

Beside each stands the same question asked of raw observations: on the default warehouse the same query over the marts
as their macros compute them from ``observation_history`` (``karakoram sql --as-of``), and for the world a query over
BACI's lines, once as they lie in the CSV and once in a table of their own, in the order of the files.
"""

from __future__ import annotations

import csv
import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from orchestration.reading import warehouse
from orchestration.settings import SEEDS, Settings
from tests.benchmarks.measuring import keep, seconds
from tests.benchmarks.test_world import SIZES, generated, home_of, world
from tests.benchmarks.world_by_hand import CLASSES
from tests.conftest import Home

pytestmark = pytest.mark.benchmark

RUNS = 5
SLOWEST, SLOWEST_OF_THE_WORLD = 0.25, 1.0  # seconds
README = {
    "README: both views of the balance": """
        select view, basis, exports_usd / 1e6, imports_usd / 1e6, balance_usd / 1e6 from trade_balance
        where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and period in ('2024', 'FY2025') order by basis, view""",
    "README: reserves by definition": """
        select definition, reserves_usd / 1e6, import_cover_months from reserve_adequacy
        where country_iso3 = 'PAK' and period = '2025-06'""",
    "README: why the gap": "from explain_gap('PAK', 'CHN', '2024')",
    "README: known on a day, observations": "select count(*) from as_of('2024-09-01')",
    "README: known on a day, balance": "select * from trade_balance_as_of('2024-09-01') where home_iso3 = 'PAK'",
}


def milliseconds(action: Callable[[], object]) -> float:
    """The median of five, after one that warms up."""
    action()
    return round(1000 * statistics.median(seconds(action) for _ in range(RUNS)), 1)


def plain(sql: str) -> str:
    """Names of marts without their schema: then ``as_of`` reaches them."""
    return sql.replace("marts.", "")


def test_every_question_on_the_default_warehouse(bundle_home: Home) -> None:
    settings = Settings(home=bundle_home.path)
    with open(SEEDS / "example_questions.csv", encoding="utf-8", newline="") as file:
        questions = README | {row["question_id"]: plain(row["sql"]) for row in csv.DictReader(file)}
    with warehouse(settings) as connection:
        answers = {
            name: milliseconds(lambda sql=sql: connection.execute(sql).fetchall()) for name, sql in questions.items()
        }
    ((moment,),) = bundle_home.rows("select value from marts.publication where fact = 'published_at'")
    raw: dict[str, float | str] = {}
    with warehouse(settings, as_of=str(moment)) as connection:
        for name, sql in questions.items():
            if "as_of(" in sql or "explain_gap" in sql:
                continue
            try:
                raw[name] = milliseconds(lambda sql=sql: connection.execute(sql).fetchall())
            except duckdb.Error:
                continue  # a mart without history: there is nothing raw to ask
    both = {name: round(raw[name] / answers[name], 1) for name in raw}
    keep(
        "answers",
        {
            "slowest, ms": max(answers.values()),
            "median, ms": statistics.median(answers.values()),
            "median from raw observations, ms": statistics.median(raw.values()),
            "times as fast as from raw observations, median": statistics.median(both.values()),
            "measured": {name: {"ms": answers[name], "raw ms": raw.get(name)} for name in answers},
        },
    )
    assert len(raw) >= 10
    assert max(answers.values()) < 1000 * SLOWEST


PAIR = "home_iso3 = 'PAK' and partner_iso3 = 'CHN'"
OF_THE_WORLD = {
    "structure of a pair, one year": (
        f"select group_label, share from marts.trade_structure where {PAIR} and period = '2024' "
        "and flow = 'export' and grouping = 'sitc' order by share desc",
        "select sitc, sum(v) / sum(sum(v)) over () as share from {lines} inner join classes using (k) "
        "where t = 2024 and i = 586 and j = 156 group by sitc order by share desc",
    ),
    "structure of a pair, all years, both flows": (
        f"select period, flow, group_label, share from marts.trade_structure where {PAIR} and grouping = 'sitc' "
        "order by all",
        "select t, i, sitc, sum(v) / sum(sum(v)) over (partition by t, i) as share "
        "from {lines} inner join classes using (k) "
        "where (i = 586 and j = 156) or (i = 156 and j = 586) group by t, i, sitc order by all",
    ),
    "largest partners in a chapter": (
        "select partner_iso3, value_usd from marts.trade_structure where home_iso3 = 'PAK' and period = '2024' "
        "and flow = 'import' and grouping = 'hs_chapter' and group_code = '85' order by value_usd desc limit 10",
        "select i, sum(v) as value from {lines} where t = 2024 and j = 586 and k // 10000 = 85 group by i "
        "order by value desc limit 10",
    ),
    "concentration of a country's exports by partner": (
        "select partner_iso3, hhi, theil from marts.trade_concentration "
        "where home_iso3 = 'PAK' and period = '2024' and flow = 'export' order by hhi",
        "select j, sum(v * v) / sum(v) ** 2 as hhi, sum(v * ln(v)) / sum(v) - ln(sum(v) / 5020) as theil from {lines} "
        "where t = 2024 and i = 586 group by j order by hhi",
    ),
    "balance with all partners, all years": (
        "select period, partner_iso3, balance_usd from marts.trade_balance where home_iso3 = 'PAK' order by all",
        "select t, case i when 586 then j else i end as partner, "
        "sum(case i when 586 then v end) - sum(case j when 586 then v end) as balance "
        "from {lines} where i = 586 or j = 586 group by all order by all",
    ),
    "most concentrated pairs of the world": (
        "select home_iso3, partner_iso3, hhi from marts.trade_concentration "
        "where flow = 'export' and period = '2024' and value_usd > 1e8 order by hhi desc limit 10",
        "select i, j, sum(v * v) / sum(v) ** 2 as hhi from {lines} where t = 2024 group by i, j "
        "having sum(v) > 1e5 order by hhi desc limit 10",
    ),
    "the world's trade by technology": (
        "select period, group_label, sum(value_usd) as value from marts.trade_structure "
        "where flow = 'export' and grouping = 'lall' group by all order by all",
        "select t, lall, sum(v) as value from {lines} inner join classes using (k) group by all order by all",
    ),
}


@pytest.mark.parametrize("lines", SIZES)
def test_the_heaviest_marts_at_the_size_of_the_world(lines: int, tmp_path: Path) -> None:
    folder, pointer = generated(lines), home_of(lines) / "world.duckdb"
    if not pointer.exists():
        world(folder, home_of(lines))
    from_csv = (
        f"(select t, i, j, try_cast(k as int) as k, v from read_csv('{folder}/BACI_*.csv', header = true, "
        "auto_detect = false, delim = ',', "
        "columns = {'t': 'smallint', 'i': 'smallint', 'j': 'smallint', 'k': 'varchar', 'v': 'double', 'q': 'varchar'}))"
    )
    found: dict[str, dict[str, Any]] = {}
    with duckdb.connect(str(tmp_path / "raw.duckdb")) as raw:
        raw.execute(f"set enable_progress_bar = false; create table classes as {CLASSES}")
        raw.execute(f"create table lines as from {from_csv}")
        for name, (_, sql) in OF_THE_WORLD.items():
            found[name] = {
                "raw table, ms": milliseconds(lambda sql=sql: raw.execute(sql.format(lines="lines")).fetchall())
            }
            once = 1000 * seconds(lambda sql=sql: raw.execute(sql.format(lines=from_csv)).fetchall())
            found[name]["raw csv, once, ms"] = round(once)
    with duckdb.connect(str(pointer.resolve()), read_only=True) as connection:
        for name, (sql, _) in OF_THE_WORLD.items():
            found[name]["mart, ms"] = milliseconds(lambda sql=sql: connection.execute(sql).fetchall())
    keep(f"answers_world_{lines}", found)
    print(json.dumps(found, indent=1))
    assert max(answer["mart, ms"] for answer in found.values()) < 1000 * SLOWEST_OF_THE_WORLD * max(1, lines / 1e7)
