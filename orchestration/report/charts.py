"""The charts: Altair specifications, drawn as static SVG by vl-convert while the page is written.

Colours are CSS variables of the page, so one drawing serves light, dark and paper. Each chart is drawn twice, for wide
and for narrow screens: an SVG that is merely scaled down has labels nobody can read on a phone.
Missing values stay gaps: no line is drawn through a year that nobody has reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import altair as alt
import vl_convert
from markupsafe import Markup

Rows = Sequence[Mapping[str, Any]]
Drawing = Callable[[int], alt.LayerChart | alt.Chart]

VEGA_LITE = "v6.4"  # what Altair writes
WIDE, NARROW = 720, 350
HEIGHT = 300
THICKEST = 36  # pixels; a single year would else fill the chart
SHAPES = ["circle", "square", "diamond", "triangle-up", "cross"]
DASHES = [[1, 0], [5, 3], [2, 2], [8, 3, 2, 3], [1, 3]]
COUNTRIES = ["var(--home)", "var(--partner)", "var(--s1)"]
SERIES = [f"var(--s{number})" for number in range(1, 6)]
STACKED = {"top": {"direction": "vertical", "anchor": "start", "margin": 4}}  # Vega has it, Altair's schema does not
LETTER = 5.8  # pixels, the mean of Helvetica at 12; only the number of columns of a legend hangs on it
_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')  # the page describes the chart as one image
_SIZE = re.compile(r'^(<svg[^>]*?) width="[\d.]+" height="[\d.]+"')


def drawn(drawing: Drawing) -> tuple[Markup, Markup]:
    """The chart as two SVG texts, wide and narrow, without scripts, sizes or colours of their own."""
    return _svg(drawing(WIDE)), _svg(drawing(NARROW))


def warm_up() -> None:
    """Let what draws get ready: it would make the first chart take ten times as long."""
    vl_convert.vegalite_to_svg({"data": {"values": []}, "mark": "point"}, vl_version=VEGA_LITE)


def over_time(
    rows: Rows,
    columns: Mapping[str, str],
    *,
    time: str,
    scale: float = 1,
    style: str = ".1f",
    band: tuple[str, str, str] | None = None,
    limits: Mapping[str, float] | None = None,
    colours: Sequence[str] = SERIES,
) -> Drawing:
    """Lines with points, one for each of ``columns`` (column -> label); years without a value are gaps.

    Args:
        rows: wide rows, one for each moment.
        time: the column with the date.
        scale: values are divided by it (1e9: billions).
        style: how the axis prints numbers (d3-format).
        band: two columns between which a bar is drawn at each moment, and its label.
        limits: label -> value of horizontal lines.
        colours: one for each column.
    """
    long = [
        {"at": row[time].isoformat(), "what": label, "value": _over(row[column], scale)}
        for row in rows
        for column, label in columns.items()
        if column in row
    ]
    labels = list(columns.values())

    def draw(width: int) -> alt.LayerChart:
        x = alt.X(
            "at:T",
            scale=alt.Scale(type="utc"),  # else a machine west of Greenwich draws the year before
            axis=_years([row[time] for row in rows], width),
        )
        y = alt.Y("value:Q", axis=_axis(style))
        legend = _legend(labels, width)
        colour = alt.Color("what:N", scale=alt.Scale(domain=labels, range=list(colours)[: len(labels)]), legend=legend)
        shape = alt.Shape("what:N", scale=alt.Scale(domain=labels, range=SHAPES[: len(labels)]), legend=legend)
        base = alt.Chart(alt.InlineData(values=long)).encode(x=x, y=y, color=colour)
        layers: list[Any] = []
        if band:
            layers += _band(rows, time, band, scale, width)
        layers += [
            base.mark_line(strokeWidth=1.6),
            base.mark_point(filled=True, size=38, opacity=1).encode(shape=shape),
        ]
        layers += _limit_rules(limits or {}, scale)
        return _layered(layers, width, HEIGHT)

    return draw


# Bars have square corners: round ones bring clip paths, and an id that stands in a hidden chart too clips to nothing.
def by_year(
    rows: Rows,
    *,
    period: str,
    value: str,
    group: str,
    labels: Mapping[str, str],
    limits: Mapping[str, float],
    style: str = ".0%",
) -> Drawing:
    """Grouped bars, one group of bars a period."""
    long = [{"at": row[period], "what": labels[row[group]], "value": row[value]} for row in rows]
    names = list(labels.values())

    def draw(width: int) -> alt.LayerChart:
        base = alt.Chart(alt.InlineData(values=long)).encode(
            x=alt.X("at:O", axis=alt.Axis(title=None, labelAngle=0, labelOverlap=True), scale=alt.Scale(padding=0.35)),
            xOffset=alt.XOffset("what:N", sort=names),
            y=alt.Y("value:Q", axis=_axis(style)),
            color=alt.Color(
                "what:N",
                sort=names,
                scale=alt.Scale(domain=names, range=SERIES[: len(names)]),
                legend=_legend(names, width),
            ),
        )
        thick = min(THICKEST, (width - 60) / (2.6 * len({row[period] for row in rows})))
        layers: list[Any] = [base.mark_bar(size=thick), *_limit_rules(limits, 1)]
        return _layered(layers, width, HEIGHT)

    return draw


def ranked(
    rows: Rows, *, label: str, value: str, style: str, highlight: str | None = None, scale: float = 1
) -> Drawing:
    """Horizontal bars in the order of the rows; ``highlight`` is the label that stands out."""
    values = [
        {"what": row[label], "value": _over(row[value], scale), "mine": row[label] == highlight or highlight is None}
        for row in rows
    ]

    def draw(width: int) -> alt.LayerChart:
        base = alt.Chart(alt.InlineData(values=values)).encode(
            y=alt.Y("what:N", sort=None, axis=alt.Axis(title=None, labelLimit=int(width * 0.45), labelPadding=6)),
            x=alt.X("value:Q", axis=_axis(style, width // 120)),
        )
        bars = base.mark_bar(height={"band": 0.62}).encode(
            color=alt.condition("datum.mine", alt.value("var(--home)"), alt.value("var(--quiet)"))
        )
        return _layered([bars], width, 48 + 26 * len(values))

    return draw


def _band(rows: Rows, time: str, band: tuple[str, str, str], scale: float, width: int) -> list[Any]:
    low, high, label = band
    values = [
        {"at": row[time].isoformat(), "low": row[low] / scale, "high": row[high] / scale, "band": label}
        for row in rows
        if row[low] is not None and row[high] is not None
    ]
    chart = alt.Chart(alt.InlineData(values=values)).mark_rule(strokeWidth=12 if width == WIDE else 8)
    legend = alt.Legend(title=None, symbolType="stroke", symbolStrokeWidth=10, labelLimit=width - 60)
    return [
        chart.encode(
            x=alt.X("at:T", scale=alt.Scale(type="utc")),
            y=alt.Y("low:Q"),
            y2="high:Q",
            stroke=alt.Stroke("band:N", scale=alt.Scale(domain=[label], range=["var(--band)"]), legend=legend),
        )
    ]


def _limit_rules(limits: Mapping[str, float], scale: float) -> list[Any]:
    values = [{"limit": value / scale, "name": name} for name, value in limits.items()]
    if not values:
        return []
    chart = alt.Chart(alt.InlineData(values=values)).encode(y=alt.Y("limit:Q"))
    place: dict[str, Any] = {"align": "left", "baseline": "bottom", "dx": 3, "dy": -3, "fontSize": 11}
    halo = chart.mark_text(**place, color="var(--paper)", stroke="var(--paper)", strokeWidth=4, strokeJoin="round")
    text = chart.mark_text(**place, color="var(--limit)")
    return [
        chart.mark_rule(strokeDash=[5, 4], strokeWidth=1.4, color="var(--limit)"),
        *(layer.encode(x=alt.value(0), text="name:N") for layer in (halo, text)),
    ]


def _years(moments: Sequence[date], width: int) -> alt.Axis:
    """An axis of whole years, as many as have room."""
    span = max(moments).year - min(moments).year + 1
    step = alt.TimeIntervalStep(interval="year", step=-(-span // max(1, width // 60)))
    return alt.Axis(title=None, format="%Y", tickCount=step, labelOverlap=True, labelFlush=False)


def _legend(labels: Sequence[str], width: int) -> alt.Legend:
    """In as many columns as the labels leave room for."""
    widest = max(len(label) for label in labels) * LETTER + 40
    return alt.Legend(title=None, columns=max(1, int((width - 50) // widest)), labelLimit=width - 60)


def _axis(style: str, ticks: int = 5) -> alt.Axis:
    return alt.Axis(title=None, format=style, tickCount=ticks, grid=True)


def _layered(layers: Sequence[Any], width: int, height: int) -> alt.LayerChart:
    return (
        alt.layer(*layers)
        .properties(width=width, height=height, autosize=alt.AutoSizeParams(type="fit", contains="padding"))
        .configure(aria=False, background="transparent", font="Helvetica, Arial, sans-serif", padding=4)
        .configure_axis(
            labelColor="var(--muted)",
            labelFontSize=12,
            gridColor="var(--rule)",
            domain=False,
            ticks=False,
            labelPadding=8,
        )
        .configure_axisX(grid=False)
        .configure_legend(
            orient="top", labelColor="var(--ink)", labelFontSize=12, symbolSize=80, rowPadding=4, columnPadding=18
        )
        .configure_view(stroke=None)
    )


def _svg(chart: alt.LayerChart | alt.Chart) -> Markup:
    specification = chart.to_dict(validate=False)  # the tests validate; here it would take as long as the drawing
    specification["config"]["legend"]["layout"] = STACKED
    text = vl_convert.vegalite_to_svg(specification, vl_version=VEGA_LITE)
    return Markup(_SIZE.sub(r'\1 aria-hidden="true"', _ROLES.sub("", text), count=1))


def _over(value: float | None, scale: float) -> float | None:
    return None if value is None else value / scale
