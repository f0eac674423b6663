"""Which chart each section has, from which rows, and the table behind it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from markupsafe import Markup

from orchestration.report import charts, wording
from orchestration.report.queries import Answer, Pair

Row = Mapping[str, Any]
Answers = Mapping[str, Answer]
Columns = tuple[tuple[str, str, str], ...]  # heading, column of the rows, kind of number (wording.KINDS)

BILLION = 1e9
LARGEST = 12  # groups of goods drawn; the table has them all
FLOWS = {"export": "What {home} sells to {partner}", "import": "What {home} buys from {partner}"}


@dataclass(frozen=True)
class Figure:
    """One chart with all that must stand beside it.

    ``says`` is what somebody hears who cannot see it. ``datasets`` are those of the rows drawn; ``origin`` says where
    they come from when they are no publisher's.
    """

    name: str
    title: str
    unit: str
    says: str
    query: str
    wide: Markup
    narrow: Markup
    columns: Columns
    rows: Sequence[Row]
    datasets: Sequence[str]
    origin: str | None


def build_figures(answers: Answers, pair: Pair) -> dict[str, Figure]:
    """Every figure that has at least one row to draw, by name."""
    made = (make(answers, pair) for make in _FIGURES)
    return {figure.name: figure for figure in made if figure}


def _balance(answers: Answers, pair: Pair) -> Figure | None:
    views = ("home_balance_usd", "partner_balance_usd", "third_party_balance_usd")
    sides = _with_any(answers["balance"], *views[:2])
    if not sides:
        return None
    rows = [row for row in _with_any(answers["balance"], *views) if row["period"] >= sides[0]["period"]]
    names = (f"As {pair.home_name} reports", f"As {pair.partner_name} reports", "As a third party reconciled it")
    columns = {view: name for view, name in zip(views, names, strict=True) if _with_any(rows, view)}
    drawing = charts.over_time(
        rows,
        columns,
        time="period_start",
        scale=BILLION,
        style=".0f",
        band=("low_usd", "high_usd", "Between the two records"),
        colours=charts.COUNTRIES,
    )
    table = (("Year", "period", "period"), *((name, view, "usd") for view, name in columns.items()))
    bounds = (("Lowest", "low_usd", "usd"), ("Highest", "high_usd", "usd"))
    return _figure(
        "balance",
        f"{pair.home_name}’s balance of goods trade with {pair.partner_name}",
        "US dollars, billion, calendar years, customs figures; below zero is a deficit",
        drawing,
        (*table, *bounds),
        rows,
        [row["dataset"] for row in answers["balance_datasets"].where(basis="customs")],
    )


def _mirror(answers: Answers, pair: Pair) -> Figure | None:
    rows = _with_any(answers["mirror"], "gap_symmetric")
    if not rows:
        return None
    labels = {flow: text.format(home=pair.home_name, partner=pair.partner_name) for flow, text in FLOWS.items()}
    flags = [flag for flag in answers["flags"].where(metric="mirror_gap") if flag["limit_value"] is not None]
    limits = {
        f"limit {wording.share(sign * flag['limit_value'])}": sign * flag["limit_value"]
        for flag in flags
        for sign in (1, -1)
    }
    return _figure(
        "mirror",
        "How far apart the two records of the same goods are",
        "percent of their mean, imports without freight; above zero the buyer records more than the seller",
        charts.by_year(rows, period="period", value="gap_symmetric", group="flow", labels=labels, limits=limits),
        (
            ("Year", "period", "period"),
            ("Flow", "flow", "text"),
            (f"{pair.home_name} records", "home_reported_usd", "usd"),
            (f"{pair.partner_name} records", "partner_reported_usd", "usd"),
            ("CIF/FOB", "cif_fob_factor", "number"),
            ("Gap", "gap_usd", "usd"),
            ("Gap, share of mean", "gap_symmetric", "share"),
            ("Verdict", "flag", "text"),
        ),
        rows,
        [row[side] for row in rows for side in ("home_dataset", "partner_dataset")],
    )


def _structure(flow: str) -> Callable[[Answers, Pair], Figure | None]:
    def make(answers: Answers, pair: Pair) -> Figure | None:
        found = answers["structure"].where(flow=flow)
        if not found:
            return None
        rows = found[:LARGEST]
        first = rows[0]
        with_whom = pair.partner_name if first["partner_iso3"] == pair.partner else "the world"
        reporter = pair.home_name if first["reporter_iso3"] == pair.home else pair.partner_name
        title = FLOWS[flow].format(home=pair.home_name, partner=with_whom)
        return _figure(
            f"structure_{flow}",
            f"{title}, {first['period']}",
            f"percent of {first['share_of']}, the largest groups of goods, as {reporter} reports",
            charts.ranked(rows, label="group_label", value="share", style=".0%"),
            (
                ("Group", "group_label", "text"),
                ("Code", "group_code", "text"),
                ("Value", "value_usd", "usd"),
                ("Share", "share", "share"),
                ("Classification", "grouping", "text"),
            ),
            found,
            [row["dataset"] for row in rows],
            query="structure",
        )

    return make


def _reserves(answers: Answers, pair: Pair) -> Figure | None:
    rows = _with_any(answers["reserves"], "import_cover_months")
    if not rows:
        return None
    names = {row["definition"]: row["label"] for row in rows}
    wide = _pivoted(rows, "period_end", "definition", "import_cover_months")
    flags = answers["flags"].where(metric="import_cover_months")
    limits = {
        f"{flag['limit_value']:g} months": flag["limit_value"] for flag in flags if flag["limit_value"] is not None
    }
    return _figure(
        "reserves",
        f"How many months of imports {pair.home_name}’s reserves pay for",
        "months of imports, by definition of reserves, end of month or year",
        charts.over_time(wide, names, time="period_end", style=".0f", limits=limits),
        (
            ("Definition", "label", "text"),
            ("Period", "period", "period"),
            ("Reserves", "reserves_usd", "usd"),
            ("Months of imports", "import_cover_months", "number"),
            ("Imports counted", "imports_basis", "text"),
        ),
        rows,
        [row["dataset"] for row in rows],
    )


def _ict(answers: Answers, pair: Pair) -> Figure | None:
    rows = [row for row in answers["ict"].where(frequency="A") if row["exports_usd"] is not None]
    if not rows:
        return None
    names = {row["definition"]: row["definition"].replace("_", " ").replace("ict", "ICT") for row in rows}
    path = [{**row, "definition": "path", "label": row["target_source"]} for row in answers["ict_path"]]
    if path:
        names["path"] = f"Path to {wording.usd(path[0]['target_exports_usd'])} in {path[0]['target_period']}"
    wide = _pivoted([*rows, *path], "period_start", "definition", "exports_usd")
    return _figure(
        "ict",
        f"{pair.home_name}’s exports of information and communication technology",
        "US dollars, billion, by year, to the world; services and goods are never added",
        charts.over_time(wide, names, time="period_start", scale=BILLION),
        (
            ("Definition", "label", "text"),
            ("Year", "period", "period"),
            ("Exports", "exports_usd", "usd"),
            ("Growth", "growth_yoy", "share"),
            ("Share of services exports", "share_of_services_exports", "share"),
            ("Derived", "is_derived", "text"),
        ),
        [*rows, *path],
        [row["dataset"] for row in rows],
    )


def _students(answers: Answers, pair: Pair) -> Figure | None:
    rows = _with_any(answers["students"], "students")
    if not rows:
        return None
    drawn = [row for row in rows if row["definition"] in ("students_all", "students_degree", "scholarship_holders")]
    names = {pair.home: pair.home_name, pair.partner: pair.partner_name}
    origins = {row["origin_iso3"] for row in rows}
    series = {
        f"{row['origin_iso3']}{row['definition']}": (
            row["label"] if len(origins) == 1 else f"From {names[row['origin_iso3']]}: {row['label']}"
        )
        for row in drawn or rows
    }
    keyed = [{**row, "series": f"{row['origin_iso3']}{row['definition']}"} for row in drawn or rows]
    wide = _pivoted(keyed, "period_start", "series", "students")
    return _figure(
        "students",
        f"Students from {' and '.join(sorted(names[origin] for origin in origins))} in the other country",
        "persons, as the host country counts them",
        charts.over_time(wide, series, time="period_start", style=",.0f"),
        (
            ("From", "origin_iso3", "text"),
            ("In", "host_iso3", "text"),
            ("Year", "period", "period"),
            ("Who", "label", "text"),
            ("Students", "students", "count"),
            ("Age of the figure, years", "data_age_years", "years"),
        ),
        rows,
        [row["dataset"] for row in rows],
    )


def _peers(answers: Answers, pair: Pair) -> Figure | None:
    """The first measure, in the first group of peers, in which the home country stands."""
    if not answers["peers"]:
        return None
    first = answers["peers"].rows[0]
    same = {name: first[name] for name in ("peer_group", "metric", "period", "partner_iso3")}
    rows = [row for row in answers["peers"].where(**same) if row["value"] is not None]
    publishers = {row["publisher"] for row in rows}
    label = first["metric"].replace("_", " ").capitalize()
    return _figure(
        "peers",
        f"{label} with {pair.partner_name}, members of the {first['peer_group']}, {first['period']}",
        f"{first['unit']}; {first['view'].replace('_', ' ')}",
        charts.ranked(rows, label="peer", value="value", style=".3~g", highlight=pair.home_name),
        (("Country", "peer", "text"), ("Rank", "rank", "count"), ("Value", "value", "number")),
        rows,
        [row["dataset"] for row in answers["sources"] if row["publisher"] in publishers],
    )


def _index(answers: Answers, pair: Pair) -> Figure | None:
    scored = _with_any(answers["index"], "score")
    if not scored:
        return None
    rows = [{**row, "at": _year(row["period"])} for row in answers["index"] if row["period"] >= scored[0]["period"]]
    return _figure(
        "index",
        "Cooperation index",
        "from 0 to 1, with the interval that other defensible choices of method give",
        charts.over_time(rows, {"score": "Score"}, time="at", style=".2f", band=("low", "high", "Interval")),
        (
            ("Year", "period", "period"),
            ("Score", "score", "number"),
            ("Low", "low", "number"),
            ("High", "high", "number"),
            ("Coverage", "coverage", "share"),
            ("Grade", "grade", "text"),
            ("Why withheld", "withheld_reason", "text"),
        ),
        rows,
        [],
        origin="our own, from the indicators listed below",
    )


_FIGURES: tuple[Callable[[Answers, Pair], Figure | None], ...] = (
    _balance,
    _mirror,
    _structure("export"),
    _structure("import"),
    _reserves,
    _ict,
    _students,
    _peers,
    _index,
)


def _figure(
    name: str,
    title: str,
    unit: str,
    drawing: charts.Drawing,
    columns: Columns,
    rows: Sequence[Row],
    datasets: Sequence[str | None],
    query: str | None = None,
    origin: str | None = None,
) -> Figure:
    wide, narrow = charts.drawn(drawing)
    says = f"Chart: {title}. {unit[0].upper()}{unit[1:]}. The figures are in the table below it."
    used = sorted({dataset for dataset in datasets if dataset})
    return Figure(name, title, unit, says, query or name, wide, narrow, columns, rows, used, origin)


def _with_any(rows: Sequence[Row] | Answer, *columns: str) -> list[Row]:
    return [row for row in rows if any(row[column] is not None for column in columns)]


def _pivoted(rows: Sequence[Row], time: str, series: str, value: str) -> list[Row]:
    """Long rows as wide ones. A moment at which a series has no row is left out of that series, not a gap in it."""
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        found.setdefault(row[time], {time: row[time]})[row[series]] = row[value]
    return [found[moment] for moment in sorted(found)]


def _year(period: str) -> date:
    return date(int(period[-4:]), 1, 1)
