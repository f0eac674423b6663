"""The world's balance, structure and concentration written by hand, as well as each tool can do it, to compare with.

``python -m tests.benchmarks.world_by_hand duckdb FOLDER OUTPUT`` prints one JSON object: seconds (imports left out),
processor seconds, peak memory. All write narrow tables of numbers with BACI's codes: no names of countries or groups,
no reasons, no checks, no published file. pandas and polars leave out the groups that a pair trades nothing of.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
CLASSES = f"""
    select
        cast(hs6 as int) as k,
        cast(substr(hs6, 1, 2) as utinyint) as hs_chapter,
        coalesce(chapters.parent, 'NS') as hs_section,
        coalesce(sitc_section, 'unmapped') as sitc,
        coalesce(bec_use, 'unmapped') as bec,
        coalesce(lall, 'unmapped') as lall
    from read_csv('{SEEDS}/hs_concordance.csv', all_varchar = true) as concordance
    left join read_csv('{SEEDS}/product_groups.csv', all_varchar = true) as chapters
        on substr(hs6, 1, 2) = group_code and grouping = 'hs_chapter'
    where editions like '%0%'"""
THEMES = f"""
    select distinct cast(hs6 as int) as k, theme
    from read_csv('{SEEDS}/hs_concordance.csv', all_varchar = true)
    inner join read_csv('{SEEDS}/article_themes.csv', all_varchar = true)
        on code_kind = 'hs' and starts_with(hs6, code)
    where editions like '%0%'"""
GROUPINGS = ("sitc", "bec", "lall")
N_CODES = 5020  # lines of HS 1992


def by_duckdb(folder: Path, output: Path, memory: str = "6GB") -> None:
    """One script, doubles, each aggregate over the fewest rows that it can be had from."""
    db = duckdb.connect(str(output / "by_hand.duckdb"))
    small = "\nunion all\n".join(
        f"select t, i, j, '{name}' as grouping, {name} as group_code, sum(v) as value, count(*) as n "
        "from lines inner join classes using (k) group by all"
        for name in GROUPINGS
    )
    db.execute(f"""
        set enable_progress_bar = false; set preserve_insertion_order = false;
        set memory_limit = '{memory}'; set temp_directory = '{output}/spilled';
        create temp table classes as {CLASSES};
        create temp table themes as {THEMES};
        create temp table lines as
            select t, i, j, case k when '9999AA' then 999999 else cast(k as int) end as k, 1000 * v as v
            from read_csv('{folder}/BACI_HS*_Y*_V*.csv', header = true, auto_detect = false, delim = ',', columns = {{
                't': 'smallint', 'i': 'smallint', 'j': 'smallint', 'k': 'varchar', 'v': 'double', 'q': 'varchar'}});
        create table concentration as
            with sums as (
                select
                    t, i, j, sum(v) as value, sum(v * v) as squares, sum(case when v > 0 then v * ln(v) end) as logs,
                    max(v) as largest, arg_max(k, v) as top_product, count(*) as n
                from lines group by all
            )
            select
                t, i, j, value, squares / value ** 2 as hhi, (hhi - 1.0 / n) / nullif(1 - 1.0 / n, 0) as hhi_normalised,
                logs / value - ln(value / {N_CODES}) as theil, logs / value - ln(value / n) as theil_within,
                ln({N_CODES} / n) as theil_between, largest / value as top_share, top_product, n
            from sums;
        create temp table chapters as
            select t, i, j, cast(k // 10000 as utinyint) as hs_chapter, sum(v) as value, count(*) as n
            from lines group by all;
        create temp table small as {small} union all
            select t, i, j, 'article_theme', theme, sum(v), count(*)
            from lines inner join themes using (k) group by all;
        create table structure as
            with known as (
                select t, i, j, 'hs_chapter' as grouping, cast(hs_chapter as varchar) as group_code, value, n
                from chapters
                union all
                select t, i, j, 'hs_section', hs_section, sum(value), cast(sum(n) as bigint)
                from chapters inner join (select distinct hs_chapter, hs_section from classes) using (hs_chapter)
                group by all
                union all
                from small
                union all
                select t, i, j, grouping, group_code, 0, 0
                from concentration cross join (
                    select distinct grouping, group_code from small where group_code not in ('ambiguous', 'unmapped')
                ) anti join small using (t, i, j, grouping, group_code)
            )
            select known.* replace (known.value as value), known.value / concentration.value as share
            from known inner join concentration using (t, i, j);
        create table balance as
            with legs as (
                select t, home, partner, max(x) as exports, max(m) as imports from (
                    select t, i as home, j as partner, value as x, null as m from concentration
                    union all select t, j, i, null, value from concentration
                ) group by all
            ), totals as (select t, home, sum(exports) as x, sum(imports) as m from legs group by all)
            select
                legs.*, legs.exports - legs.imports as balance, legs.exports + legs.imports as total,
                balance / nullif(total, 0) as normalised_balance,
                legs.exports / nullif(legs.imports, 0) as coverage_ratio,
                legs.exports / totals.x as export_share, legs.imports / totals.m as import_share,
                (balance - (earlier.exports - earlier.imports)) / abs(earlier.exports - earlier.imports) as growth
            from legs inner join totals using (t, home)
            left join legs as earlier
                on legs.t = earlier.t + 1 and legs.home = earlier.home and legs.partner = earlier.partner;
        checkpoint;
    """)
    db.close()


def by_polars(folder: Path, output: Path) -> None:
    """Lazy queries over lines that are read once, side by side on all cores."""
    import polars as pl

    classes = pl.from_arrow(duckdb.sql(CLASSES).to_arrow_table()).with_columns(pl.col("k").cast(pl.Int32)).lazy()
    themes = pl.from_arrow(duckdb.sql(THEMES).to_arrow_table()).with_columns(pl.col("k").cast(pl.Int32)).lazy()
    lines = (
        pl.scan_csv(
            sorted(folder.glob("BACI_*.csv")),
            schema={"t": pl.Int16, "i": pl.Int16, "j": pl.Int16, "k": pl.String, "v": pl.Float64, "q": pl.String},
        )
        .select(
            "t", "i", "j",
            pl.col("k").replace("9999AA", "999999").cast(pl.Int32),
            pl.col("v") * 1000,
        )
        .collect()
        .lazy()
    )  # fmt: skip
    pair, v = ["t", "i", "j"], pl.col("v")
    concentration = (
        lines.group_by(pair)
        .agg(
            value=v.sum(),
            squares=(v * v).sum(),
            logs=(v * v.log()).sum(),
            largest=v.max(),
            top_product=pl.col("k").get(v.arg_max()),
            n=pl.len(),
        )
        .with_columns(hhi=pl.col("squares") / pl.col("value") ** 2)
        .with_columns(
            hhi_normalised=(pl.col("hhi") - 1 / pl.col("n")) / (1 - 1 / pl.col("n")),
            theil=pl.col("logs") / pl.col("value") - (pl.col("value") / N_CODES).log(),
            theil_within=pl.col("logs") / pl.col("value") - (pl.col("value") / pl.col("n")).log(),
            theil_between=(N_CODES / pl.col("n")).log(),
            top_share=pl.col("largest") / pl.col("value"),
        )
        .collect()
    )
    totals = concentration.lazy().select(*pair, total="value")
    sums = [v.sum().alias("value"), pl.len().alias("n")]
    chapters = lines.group_by(*pair, hs_chapter=pl.col("k") // 10000).agg(sums).collect().lazy()
    sections = classes.select(pl.col("hs_chapter").cast(pl.Int32), "hs_section").unique()
    classed = lines.join(classes, on="k")
    found = [
        chapters,
        chapters.join(sections, on="hs_chapter").group_by(*pair, "hs_section").agg(pl.col("value", "n").sum()),
        *(classed.group_by(*pair, name).agg(sums) for name in GROUPINGS),
        lines.join(themes, on="k").group_by(*pair, "theme").agg(sums),
    ]
    shared = [part.join(totals, on=pair).with_columns(share=pl.col("value") / pl.col("total")) for part in found]
    for number, table in enumerate(pl.collect_all(shared)):
        table.write_parquet(output / f"structure_{number}.parquet")
    legs = (
        totals.select("t", home="i", partner="j", exports="total")
        .join(
            totals.select("t", home="j", partner="i", imports="total"),
            on=["t", "home", "partner"],
            how="full",
            coalesce=True,
        )
        .with_columns(balance=pl.col("exports") - pl.col("imports"), total=pl.col("exports") + pl.col("imports"))
    )
    balance = (
        legs.with_columns(
            normalised_balance=pl.col("balance") / pl.col("total"),
            coverage_ratio=pl.col("exports") / pl.col("imports"),
            export_share=pl.col("exports") / pl.col("exports").sum().over("t", "home"),
            import_share=pl.col("imports") / pl.col("imports").sum().over("t", "home"),
        )
        .join(
            legs.select((pl.col("t") + 1).cast(pl.Int16), "home", "partner", before="balance"),
            on=["t", "home", "partner"],
            how="left",
        )
        .with_columns(growth=(pl.col("balance") - pl.col("before")) / pl.col("before").abs())
    )
    concentration.write_parquet(output / "concentration.parquet")
    balance.collect().write_parquet(output / "balance.parquet")


def by_pandas(folder: Path, output: Path) -> None:
    """Few columns of small types, categories for texts, no sorting of groups."""
    import numpy as np
    import pandas as pd

    classes = duckdb.sql(CLASSES).df()
    themes = duckdb.sql(THEMES).df()
    parts = [
        pd.read_csv(path, usecols=["t", "i", "j", "k", "v"], dtype={"t": "int16", "i": "int16", "j": "int16"})
        for path in sorted(folder.glob("BACI_*.csv"))
    ]
    lines = pd.concat(parts, ignore_index=True)
    del parts
    if lines["k"].dtype.kind != "i":
        lines["k"] = lines["k"].replace("9999AA", "999999").astype("int32")
    lines["v"] *= 1000
    pair = ["t", "i", "j"]
    lines["squares"] = lines["v"] ** 2
    lines["logs"] = lines["v"] * np.log(lines["v"])
    grouped = lines.groupby(pair, sort=False)
    found = grouped.agg(
        value=("v", "sum"),
        squares=("squares", "sum"),
        logs=("logs", "sum"),
        largest=("v", "max"),
        n=("v", "size"),
        row=("v", "idxmax"),
    )
    found["top_product"] = lines["k"].to_numpy()[found.pop("row").to_numpy()]
    lines = lines.drop(columns=["squares", "logs"])
    found["hhi"] = found["squares"] / found["value"] ** 2
    found["hhi_normalised"] = (found["hhi"] - 1 / found["n"]) / (1 - 1 / found["n"])
    found["theil"] = found["logs"] / found["value"] - np.log(found["value"] / N_CODES)
    found["theil_within"] = found["logs"] / found["value"] - np.log(found["value"] / found["n"])
    found["theil_between"] = np.log(N_CODES / found["n"])
    found["top_share"] = found["largest"] / found["value"]
    total = found["value"].rename("total")

    def summed(table: pd.DataFrame, by: str) -> pd.DataFrame:
        parts = table.groupby([*pair, by], sort=False, observed=True)["v"].agg(value="sum", n="size").reset_index()
        return parts.join(total, on=pair).assign(share=lambda part: part["value"] / part["total"])

    classes[["hs_section", *GROUPINGS]] = classes[["hs_section", *GROUPINGS]].astype("category")
    structure = [summed(lines.assign(hs_chapter=lines["k"] // 10000), "hs_chapter")]
    for name in ("hs_section", *GROUPINGS):
        structure.append(summed(lines.merge(classes[["k", name]], on="k"), name))
    structure.append(summed(lines.merge(themes, on="k"), "theme"))
    for number, table in enumerate(structure):
        table.to_parquet(output / f"structure_{number}.parquet")
    exports = total.rename("exports").rename_axis(["t", "home", "partner"])
    imports = total.rename("imports").rename_axis(["t", "partner", "home"]).reorder_levels(["t", "home", "partner"])
    balance = pd.concat([exports, imports], axis=1)
    balance["balance"] = balance["exports"] - balance["imports"]
    balance["total"] = balance["exports"] + balance["imports"]
    balance["normalised_balance"] = balance["balance"] / balance["total"]
    balance["coverage_ratio"] = balance["exports"] / balance["imports"]
    for flow in ("export", "import"):
        balance[f"{flow}_share"] = balance[f"{flow}s"] / balance.groupby(["t", "home"])[f"{flow}s"].transform("sum")
    balance = balance.reset_index()
    before = balance[["t", "home", "partner", "balance"]].assign(t=balance["t"] + 1)
    balance = balance.merge(before, on=["t", "home", "partner"], how="left", suffixes=("", "_before"))
    balance["growth"] = (balance["balance"] - balance["balance_before"]) / balance["balance_before"].abs()
    found.reset_index().to_parquet(output / "concentration.parquet")
    balance.to_parquet(output / "balance.parquet")


TOOLS: dict[str, Callable[[Path, Path], None]] = {"duckdb": by_duckdb, "polars": by_polars, "pandas": by_pandas}


def main() -> None:
    """Run one tool and say what it took."""
    name, folder, output = sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3])
    output.mkdir(parents=True, exist_ok=True)
    if name != "duckdb":
        __import__(name)
    started = time.perf_counter()
    TOOLS[name](folder, output)
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(
        json.dumps(
            {
                "seconds": time.perf_counter() - started,
                "processor_seconds": usage.ru_utime + usage.ru_stime,
                "peak_bytes": usage.ru_maxrss * 1024,
            }
        )
    )


if __name__ == "__main__":
    main()
