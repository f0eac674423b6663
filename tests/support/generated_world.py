"""World trade that nobody traded, in the layout and with the skew of CEPII's BACI: for tests and benchmarks only.

About 220 countries and 5,000 six-digit lines whose sizes fall off as in Zipf's law, up to ten million lines a year: the
median pair has some 70 lines, the largest 4,800, and one percent of the lines holds two thirds of the value. The
release is V000000, by which `karakoram world` knows what it is: every row made of it says `generated`. Hashes of the
keys stand in for a random generator, so the same seed gives the same bytes.

``python -m tests.support.generated_world FOLDER ROWS`` writes the files.
"""

from __future__ import annotations

import math
import sys
from pathlib import Path

import duckdb

from orchestration.settings import SEEDS
from orchestration.world import GENERATED

LINES_A_YEAR = 10_000_000
LAST_YEAR = 2024
STEEPNESS = 0.75  # how much faster than their product large countries and products trade with each other
MOST = 0.95  # even the largest pairs do not trade every line
WHOLE = 2.0**64

COUNTRIES = """
    select comtrade_code as code, name, iso2, iso3, pow(row_number() over (order by hash(iso3, ?)), -1.1) as size
    from read_csv('{seeds}/countries.csv', all_varchar = true)
    where comtrade_code is not null and iso3 <> 'WLD'"""
PRODUCTS = """
    select hs6 as code, pow(row_number() over (order by hash(hs6, ?)), -0.7) as size
    from read_csv('{seeds}/hs_concordance.csv', all_varchar = true)
    where editions like '%0%'"""
LINES = """
    with pairs as materialized (
        select a.code as i, b.code as j, a.size * b.size as size, hash(a.code, b.code, {seed}) as pair
        from countries as a, countries as b
        where a.code <> b.code
    ), lines as (
        select i, j, code as k, ln(pairs.size * products.size) as size, hash(hash(pair, code)) as line
        from pairs, products
    ), traded as (
        select * from lines where hash(hash(line, {year})) / {whole} < least({most}, exp({scale} + {steepness} * size))
    ), valued as (
        select
            i, j, k,
            greatest(0.001, round(exp(
                10 + 0.6 * size + 0.02 * ({year} - {last})
                + 2.4 * sqrt(-2 * ln(greatest(hash(hash(line, 'u')) / {whole}, 1e-12))) * cos(2 * pi() * hash(hash(line, 'w')) / {whole})
            ), 3)) as v,
            hash(hash(line, 'q')) / {whole} as u
        from traded
    )
    select {year} as t, i, j, k, v, case when u < 0.03 then 'NA' else cast(round(v * exp(3 * u - 2), 3) as varchar) end as q
    from valued
    order by cast(i as int), cast(j as int), k"""  # noqa: E501


def generate(folder: Path, lines: int, seed: int = 1) -> int:
    """Write about ``lines`` lines as one file for each ten million, and the list of countries; returns their number."""
    folder.mkdir(parents=True, exist_ok=True)
    years = max(1, round(lines / LINES_A_YEAR))
    with duckdb.connect() as db:
        db.execute("set enable_progress_bar = false")
        db.execute("create table countries as " + COUNTRIES.format(seeds=SEEDS), [seed])
        db.execute("create table products as " + PRODUCTS.format(seeds=SEEDS), [seed])
        db.execute(f"""copy (
            select code as country_code, name as country_name, iso2 as country_iso2,
                case code when '490' then 'S19' else iso3 end as country_iso3 -- as BACI has it
            from countries order by cast(code as int)
        ) to '{folder}/country_codes_{GENERATED}.csv' (header)""")
        scale = _scale(db, lines / years)
        written = 0
        for year in range(LAST_YEAR - years + 1, LAST_YEAR + 1):
            query = LINES.format(
                seed=seed, year=year, last=LAST_YEAR, whole=WHOLE, most=MOST, scale=scale, steepness=STEEPNESS
            )
            ((count,),) = db.execute(
                f"copy ({query}) to '{folder}/BACI_HS92_Y{year}_{GENERATED}.csv' (header)"
            ).fetchall()
            written += count
    return written


def _scale(db: duckdb.DuckDBPyConnection, wanted: float) -> float:
    """The level at which the expected number of lines of a year is ``wanted``, by halving."""
    cells = db.execute("""
        with pairs as (
            select round(ln(a.size * b.size), 2) as size, count(*) as n
            from countries as a, countries as b where a.code <> b.code group by all
        ), lines as (select round(ln(size), 2) as size, count(*) as n from products group by all)
        select pairs.size + lines.size, sum(pairs.n * lines.n) from pairs, lines group by all""").fetchall()
    low, high = -40.0, 40.0
    for _ in range(50):
        middle = (low + high) / 2
        expected = sum(n * min(MOST, math.exp(middle + STEEPNESS * size)) for size, n in cells)
        low, high = (low, middle) if expected > wanted else (middle, high)
    return middle


if __name__ == "__main__":
    print(generate(Path(sys.argv[1]), int(float(sys.argv[2]))))
