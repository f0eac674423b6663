"""Where a look beats a number: small charts in the metadata of two marts, drawn by Vega-Lite, shown by the Dagster UI.

Years without a figure stay empty; no line is drawn across them.
"""

import base64
import json
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import dagster as dg
import duckdb

YEARS = 30  # shown; all of them are in the mart
MOST_PAIRS = 4  # of the watched pairs; a picture of more is none
WIDTH, HEIGHT = 420, 200
COLOURS = ["#1b6ca8", "#c8553d", "#2e7d32", "#7b5ea7"]
YEAR = {"field": "year", "type": "temporal", "timeUnit": "utcyear", "title": None, "axis": {"tickCount": 6}}


def load_what_draws() -> None:
    """Altair and Vega-Lite, for which definitions need not wait. If they cannot be had, whoever draws hears of it."""
    with suppress(Exception):
        from orchestration.report.charts import warm_up

        warm_up()


def picture_of(connection: duckdb.DuckDBPyConnection, table: str) -> dict[str, Any]:
    """The picture of one mart as metadata; empty for marts without one and while there is nothing to show.

    Args:
        connection: to the build file.
        table: name of the mart.
    """
    drawing = DRAWINGS.get(table)
    if drawing is None:
        return {}
    sql, series, draw = drawing
    rows = _records(connection, sql)
    if not rows:
        return {}
    return {"picture": dg.MetadataValue.md(f"![{table}]({_image(draw(_with_gaps(rows, series)))})")}


RECENT = f"cast(period as int) > year(current_date) - {YEARS}"
BALANCE = f"""
    select home_iso3 || '-' || partner_iso3 as pair, cast(period as int) as year, replace(view, '_', ' ') as view,
           balance_usd / 1e9 as balance, balance_low_usd / 1e9 as low, balance_high_usd / 1e9 as high
    from marts.trade_balance
    where dyad_role = 'focus' and frequency = 'A' and basis = 'customs' and {RECENT}
      and home_iso3 || '-' || partner_iso3 in (
          select distinct home_iso3 || '-' || partner_iso3 from marts.trade_balance where dyad_role = 'focus'
          order by 1 limit {MOST_PAIRS}
      )
    order by pair, view, period
"""
GAP = f"""
    select home_iso3 || '-' || partner_iso3 as pair, cast(period as int) as year, home_iso3 || ' ' || flow as flow,
           reporter, usd / 1e9 as reported
    from marts.mirror_ledger
    unpivot include nulls (usd for reporter in (
        home_reported_usd as 'home reported', partner_reported_usd as 'partner reported'
    ))
    where dyad_role = 'focus' and frequency = 'A' and {RECENT}
      and home_iso3 || '-' || partner_iso3 in (
          select distinct home_iso3 || '-' || partner_iso3 from marts.mirror_ledger where dyad_role = 'focus'
          order by 1 limit {MOST_PAIRS}
      )
    order by pair, flow, reporter, period
"""


def _balance(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Home's balance in every view, and the bounds of the reconciled one."""
    view = {"field": "view", "title": None, "scale": {"range": COLOURS}}
    money = {"type": "quantitative", "title": "Balance of goods, billion US dollars"}
    return _chart(
        rows,
        [
            {
                "mark": {"type": "rule", "strokeWidth": 5, "opacity": 0.35},
                "encoding": {"x": YEAR, "y": {"field": "low", **money}, "y2": {"field": "high"}, "color": view},
            },
            _line({"x": YEAR, "y": {"field": "balance", **money}, "color": view}),
        ],
        {"row": {"field": "pair", "title": None}},
    )


def _gap(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The same flow in both countries' books: the space between the lines is the gap."""
    reporter = {"field": "reporter", "title": None, "scale": {"range": COLOURS}}
    money = {"field": "reported", "type": "quantitative", "title": "Goods as reported, billion US dollars"}
    return _chart(
        rows,
        [_line({"x": YEAR, "y": money, "color": reporter})],
        {"row": {"field": "pair", "title": None}, "column": {"field": "flow", "title": None}},
        independent={"y": "independent"},
    )


DRAWINGS: dict[str, tuple[str, tuple[str, ...], Callable[[list[dict[str, Any]]], dict[str, Any]]]] = {
    "trade_balance": (BALANCE, ("pair", "view"), _balance),
    "mirror_ledger": (GAP, ("pair", "flow", "reporter"), _gap),
}


def _with_gaps(rows: list[dict[str, Any]], series: tuple[str, ...]) -> list[dict[str, Any]]:
    """``rows`` with an empty row for each year that a series leaves out, so that no line is drawn across it."""
    filled = []
    for key in sorted({tuple(row[name] for name in series) for row in rows}):
        by_year = {row["year"]: row for row in rows if tuple(row[name] for name in series) == key}
        for year in range(min(by_year), max(by_year) + 1):
            row = by_year.get(year) or dict.fromkeys(rows[0]) | dict(zip(series, key, strict=True))
            filled.append({**row, "year": f"{year}-01-01"})
    return filled


def _line(encoding: dict[str, Any]) -> dict[str, Any]:
    return {"mark": {"type": "line", "point": True, "invalid": "break-paths-show-domains"}, "encoding": encoding}


def _chart(
    rows: list[dict[str, Any]],
    layers: list[dict[str, Any]],
    facet: dict[str, Any],
    independent: dict[str, Any] | None = None,
) -> dict[str, Any]:
    return {
        "$schema": "https://vega.github.io/schema/vega-lite/v6.json",
        "background": "white",
        "data": {"values": rows},
        "facet": facet,
        "spec": {"width": WIDTH if "column" not in facet else WIDTH * 2 // 3, "height": HEIGHT, "layer": layers},
        "resolve": {"scale": independent or {}},
        "config": {
            "legend": {"orient": "bottom", "symbolOpacity": 1},
            "axis": {"labelFontSize": 11},
            "header": {"labelFontSize": 12},
        },
    }


def _image(chart: dict[str, Any]) -> str:
    """The chart as a data: address (SVG, some 20 KB)."""
    import vl_convert

    from orchestration.report.charts import VEGA_LITE

    svg = vl_convert.vegalite_to_svg(json.dumps(chart), vl_version=VEGA_LITE)
    return f"data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}"


def _records(connection: duckdb.DuckDBPyConnection, sql: str) -> list[dict[str, Any]]:
    result = connection.execute(sql)
    names = [column[0] for column in result.description]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]
