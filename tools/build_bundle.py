"""Build the embedded bundle, ``orchestration/bundle``, from a folder of researched figures. Run by a maintainer.

    uv run python tools/build_bundle.py --figures DIR [--out DIR]

The same input gives the same bytes: nothing is read from the clock, the machine or the network.

Input
    ``DIR/figures_*.csv``           one published figure a row, with its release and where it was read
    ``bundle_snapshots.csv``        the snapshots: dataset, release, when it became known and how we know that
    ``bundle_inputs.csv``           which figures go into which snapshot: file, series and release, spelled as there
    ``bundle_definitions.csv``      printed label -> the definition's name
    ``bundle_layouts.csv``          the columns of the figures' files, and the fields of the two APIs' rows
    ``bundle_by_hand.csv``          the few figures that are in no file of figures
    ``dbt_project/seeds/countries.csv``  names and codes of countries

Output: one folder per dataset and snapshot with ``origin.json`` and its parts, and ``citations.csv``. Datasets that an
API serves are written in that API's layout, so that one parser reads both; all others in the published-figures layout.

Rules
    A value's text is carried over as it is, never through a float.
    What is not known is null or empty. Where two labels of one release name the same point, the figure must be equal.
    A new release is a new snapshot: rows are added to the two tables, none is changed.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bundle_shapes import Figure, LeftOut, Row, shape

from orchestration.bundle import CITATION_COLUMNS
from orchestration.ingest.publishers.published_figures import COLUMNS, CONTRACT

HERE = Path(__file__).resolve().parent
OUT = HERE.parent / "orchestration" / "bundle"
COUNTRIES = HERE.parent / "dbt_project" / "seeds" / "countries.csv"

POINT = tuple(sorted(CONTRACT.key, key=lambda column: column != "definition"))  # rows are sorted by what they measure

NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
ROWS_PER_PAGE = 1000


@dataclass(frozen=True)
class Part:
    """One file of a snapshot."""

    file: str
    body: bytes
    content_type: str


@dataclass
class Build:
    """What the build has gathered: citations by id, figures by input line, and what was left out and why."""

    countries: Mapping[str, Mapping[str, str]]
    definitions: Mapping[tuple[str, str], str]
    layouts: Mapping[str, list[str]]
    citations: dict[str, Row] = field(default_factory=dict)
    carried: Counter[str] = field(default_factory=Counter)
    left_out: Counter[tuple[str, str]] = field(default_factory=Counter)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the bundle and say what went in and what did not; 0, or an exception that names the row."""
    asked = argparse.ArgumentParser(description="Build the embedded bundle of published figures.")
    asked.add_argument("--figures", type=Path, required=True, help="folder with the researched figures_*.csv")
    asked.add_argument("--out", type=Path, default=OUT, help="folder of the bundle")
    given = asked.parse_args(arguments)

    snapshots, inputs = read_table(HERE / "bundle_snapshots.csv"), read_table(HERE / "bundle_inputs.csv")
    by_hand = read_table(HERE / "bundle_by_hand.csv")
    defined, fields = read_table(HERE / "bundle_definitions.csv"), read_table(HERE / "bundle_layouts.csv")
    build = Build(
        countries={row["iso3"]: row for row in read_table(COUNTRIES)},
        definitions={(row["dataset"], row["printed"]): row["definition"] for row in defined},
        layouts={row["layout"]: [f["column"] for f in fields if f["layout"] == row["layout"]] for row in fields},
    )
    files = sorted(given.figures.glob("figures_*.csv"))
    figures = {path.stem: read_figures(path, build.layouts["figures"]) for path in files}
    clear(given.out)
    for snapshot in snapshots:
        wanted = [line for line in inputs if key(line) == key(snapshot)]
        chosen = [(line, choose(figures, line)) for line in wanted]
        write_snapshot(given.out, snapshot, parts_of(build, snapshot, chosen, by_hand), cited_by(build, snapshot))
    write_csv(
        given.out / "citations.csv", CITATION_COLUMNS, [build.citations[name] for name in sorted(build.citations)]
    )
    report(build, figures, inputs)
    return 0


# ---- reading ---------------------------------------------------------------------------------------------------------


def read_table(path: Path) -> list[Row]:
    """A CSV with a header, as one mapping per row."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


def read_figures(path: Path, columns: Sequence[str]) -> list[Row]:
    """One file of researched figures; ValueError naming file and line unless it has the columns and numbers."""
    rows = read_table(path)
    if rows and list(rows[0]) != columns:
        raise ValueError(f"{path.name}: expected the columns {columns}, got {list(rows[0])}")
    for line, row in enumerate(rows, start=2):
        if not NUMBER.fullmatch(row["value"]):
            raise ValueError(f"{path.name}, line {line}: {row['value']!r} is not a plain decimal number")
    return rows


def choose(figures: Mapping[str, list[Row]], line: Row) -> list[Row]:
    """The figures that one line of ``bundle_inputs.csv`` names; ValueError if there are none."""
    found = [
        figure
        for figure in figures[line["figures"]]
        if figure["dataset"] == line["series"] and figure["vintage_or_release"] == line["vintage"]
    ]
    if not found:
        raise ValueError(f"{line['figures']}: no figure of {line['series']!r}, release {line['vintage']!r}")
    return found


def key(row: Row) -> tuple[str, str]:
    """What names a snapshot."""
    return row["dataset"], row["slug"]


# ---- the layouts -----------------------------------------------------------------------------------------------------


def parts_of(
    build: Build, snapshot: Row, chosen: Sequence[tuple[Row, list[Row]]], by_hand: Sequence[Row]
) -> list[Part]:
    """The files of one snapshot, in the layout of its dataset."""
    layout = {"world_bank.wdi": world_bank, "un_comtrade.goods_annual": comtrade, "imf.imts": imts}
    if snapshot["dataset"] not in layout:
        chosen = [(line, fit(build, snapshot["dataset"], found)) for line, found in chosen]
    for line, found in chosen:
        cite(build, snapshot, line, found)
    if snapshot["dataset"] in layout:
        figures = [figure for _, found in chosen for figure in found]
        return layout[snapshot["dataset"]](build, snapshot, figures)
    rows = [row for line, found in chosen for row in published_rows(build, snapshot["dataset"], line, found)]
    rows += [cite_by_hand(build, snapshot, row) for row in by_hand if key(row) == key(snapshot)]
    build.carried[snapshot["dataset"]] += len(merged := merge(rows))
    text = csv_text(COLUMNS, sorted(merged, key=lambda row: [row[column] for column in POINT]))
    return [Part("part-000.csv", text.encode(), "text/csv")]


def published_rows(build: Build, dataset: str, line: Row, figures: Iterable[Row]) -> Iterator[Row]:
    """The figures of one input as rows of the published-figures layout."""
    places = places_of(line, figures := list(figures))
    for figure in figures:
        yield {**shape(dataset, figure, build.definitions), "citation": places[place(figure)]}


def fit(build: Build, dataset: str, figures: Iterable[Row]) -> list[Row]:
    """The figures that go into the bundle; the others are counted with their reason, and cited nowhere."""
    kept = []
    for figure in figures:
        try:
            shape(dataset, figure, build.definitions)
        except LeftOut as reason:
            build.left_out[dataset, str(reason)] += 1
        else:
            kept.append(figure)
    return kept


def merge(rows: Iterable[Row]) -> list[Row]:
    """One row per point: a release may print a figure twice, under two labels; then both labels are kept."""
    found: dict[tuple[str, ...], Row] = {}
    for row in rows:
        point = tuple(row[column] for column in POINT)
        former = found.setdefault(point, row)
        if former is row:
            continue
        if former["value"] != row["value"]:
            raise ValueError(f"one release, two figures for {point}: {former['value']} and {row['value']}")
        found[point] = {**former, "period_label": f"{former['period_label']}; {row['period_label']}"}
    return list(found.values())


def world_bank(build: Build, snapshot: Row, figures: list[Row]) -> list[Part]:
    """Pages ``[header, rows]`` of the Indicators API, newest year first."""
    figures = sorted(figures, key=lambda f: (f["indicator_or_hs"], f["reporter_iso3"], -int(f["period"])))
    build.carried[snapshot["dataset"]] += len(figures)
    pages = [figures[start : start + ROWS_PER_PAGE] for start in range(0, len(figures), ROWS_PER_PAGE)]
    parts = []
    for number, page in enumerate(pages, start=1):
        header = {
            "page": number,
            "pages": len(pages),
            "per_page": ROWS_PER_PAGE,
            "total": len(figures),
            "sourceid": "2",
            "lastupdated": snapshot["known_from"],
        }
        rows = ",\n".join(world_bank_row(build, figure) for figure in page)
        text = f"[{compact(header)},[\n{rows}\n]]\n"
        parts.append(Part(f"part-{number - 1:03d}.json", text.encode(), "application/json"))
    return parts


def world_bank_row(build: Build, figure: Figure) -> str:
    """One row of the Indicators API; the research keeps the indicator's name in ``unit``."""
    country = build.countries[figure["reporter_iso3"]]
    iso2 = "1W" if country["iso3"] == "WLD" else country["iso2"]
    return with_number(
        {
            "indicator": {"id": figure["indicator_or_hs"], "value": figure["unit"]},
            "country": {"id": iso2, "value": country["name"]},
            "countryiso3code": country["iso3"],
            "date": figure["period"],
            "value": NUMBER_HERE,
            "unit": "",
            "obs_status": "",
            "decimal": 0,
        },
        figure["value"],
    )


def comtrade(build: Build, snapshot: Row, figures: list[Row]) -> list[Part]:
    """One answer of the Comtrade API. A total is customs procedure C00, all transport, all second partners."""
    dataset = snapshot["dataset"]
    kept = []
    for figure in figures:
        if reason := unfit_for_comtrade(figure):
            build.left_out[dataset, reason] += 1
        else:
            kept.append(figure)
    build.carried[dataset] += len(kept)
    kept.sort(key=lambda f: (f["reporter_iso3"], f["partner_iso3"], f["flow"], f["period"]))
    rows = ",\n".join(comtrade_row(build, figure) for figure in kept)
    text = f'{{"elapsedTime":null,"count":{len(kept)},"data":[\n{rows}\n],"error":""}}\n'
    return [Part("part-000.json", text.encode(), "application/json")]


def unfit_for_comtrade(figure: Figure) -> str | None:
    """Why a figure must not stand among the annual totals, or None."""
    if "incomplete" in figure["note"]:
        return "the year is incomplete"
    if figure["vintage_or_release"] == "Comtrade, Aug 2015" and re.search(r"0{7}$", figure["value"]):
        return "the sheet rounds it to three digits"
    return None


def comtrade_row(build: Build, figure: Figure) -> str:
    """One row of the Comtrade API with all its fields; those that were not recorded are null."""
    known: dict[str, object] = {
        "typeCode": "C",
        "freqCode": "A",
        "refYear": int(figure["period"]),
        "refMonth": 52,
        "period": figure["period"],
        "reporterCode": int(build.countries[figure["reporter_iso3"]]["comtrade_code"]),
        "reporterISO": figure["reporter_iso3"],
        "flowCode": {"export": "X", "import": "M"}[figure["flow"]],
        "partnerCode": int(build.countries[figure["partner_iso3"]]["comtrade_code"]),
        "partnerISO": "W00" if figure["partner_iso3"] == "WLD" else figure["partner_iso3"],
        "partner2Code": 0,
        "classificationCode": "H4" if "(H4)" in figure["note"] else "HS",
        "classificationSearchCode": "HS",
        "cmdCode": figure["indicator_or_hs"],
        "customsCode": "C00",
        "motCode": 0,
        "primaryValue": NUMBER_HERE,
    }
    if "reported, CIF" in figure["note"]:
        known["cifvalue"] = NUMBER_HERE
    return with_number({name: known.get(name) for name in build.layouts["un_comtrade"]}, figure["value"])


def imts(build: Build, snapshot: Row, figures: list[Row]) -> list[Part]:
    """SDMX-CSV of the IMF with all its columns; those that were not recorded are empty."""
    build.carried[snapshot["dataset"]] += len(figures)
    rows = [
        {
            **dict.fromkeys(build.layouts["imf"], ""),
            "DATAFLOW": "IMF.STA:IMTS",
            "COUNTRY": build.countries[figure["reporter_iso3"]]["imf_code"],
            "INDICATOR": {"export": "XG_FOB_USD"}[figure["flow"]],
            "COUNTERPART_COUNTRY": build.countries[figure["partner_iso3"]]["imf_code"],
            "FREQUENCY": figure["frequency"],
            "TIME_PERIOD": figure["period"],
            "OBS_VALUE": figure["value"],
            "TRADE_FLOW": "XG",
            "VALUATION": "FOB",
            "UNIT": figure["unit"],
        }
        for figure in figures
    ]
    rows.sort(key=lambda row: (row["COUNTRY"], row["COUNTERPART_COUNTRY"], row["TIME_PERIOD"]))
    return [Part("part-000.csv", csv_text(build.layouts["imf"], rows).encode(), "text/csv")]


NUMBER_HERE = "\0number\0"


def with_number(row: Mapping[str, object], literal: str) -> str:
    """``row`` as compact JSON in which the placeholder is the number's own text: no float ever rounds it."""
    return compact(row).replace(compact(NUMBER_HERE), literal)


def compact(content: object) -> str:
    """JSON without blanks."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


# ---- citations -------------------------------------------------------------------------------------------------------


def place(figure: Figure) -> tuple[str, str, str]:
    """Where a figure was read."""
    return figure["provenance_path"], figure["provenance_repo"], figure["provenance_commit"]


def places_of(line: Row, figures: Iterable[Figure]) -> dict[tuple[str, str, str], str]:
    """The citation of each place that one input was read in: its own name, numbered if there are several."""
    places = sorted({place(figure) for figure in figures})
    width = len(str(len(places)))
    numbered = (f"{line['citation']}-{number:0{width}d}" for number in range(1, len(places) + 1))
    return dict(zip(places, numbered if len(places) > 1 else [line["citation"]], strict=True))


def cite(build: Build, snapshot: Row, line: Row, figures: Sequence[Row]) -> None:
    """Put the places of one input into the list of citations."""
    first = figures[0]
    for (path, repository, commit), name in places_of(line, figures).items():
        page, rest = path, ""
        if repository != "web page":
            page, rest = f"https://github.com/{repository}", path
        elif " (" in path:
            page, rest = path.removesuffix(")").split(" (", 1)
        add_citation(
            build,
            {
                "citation": name,
                "dataset": snapshot["dataset"],
                "publisher_title": f"{first['source']}: {first['dataset']}",
                "release": snapshot["release"],
                "url": page,
                "path": rest,
                "commit_id": commit,
                "note": line["note"],
            },
        )


def cite_by_hand(build: Build, snapshot: Row, row: Row) -> Row:
    """Put the citation of one figure that was entered by hand into the list; returns the figure."""
    add_citation(
        build,
        {
            "citation": row["citation"],
            "dataset": snapshot["dataset"],
            "publisher_title": row["publisher_title"],
            "release": snapshot["release"],
            "url": row["url"],
            "path": "",
            "commit_id": "",
            "note": row["citation_note"],
        },
    )
    return {column: row[column] for column in COLUMNS}


def add_citation(build: Build, citation: Row) -> None:
    """Add one citation; ValueError if its name stands for another place already."""
    former = build.citations.setdefault(citation["citation"], citation)
    if former != citation:
        raise ValueError(f"citation {citation['citation']} stands for two places: {former} and {citation}")


def cited_by(build: Build, snapshot: Row) -> list[str]:
    """The citations of one snapshot, so far known to the build."""
    release = (snapshot["dataset"], snapshot["release"])
    return sorted(c["citation"] for c in build.citations.values() if (c["dataset"], c["release"]) == release)


# ---- writing ---------------------------------------------------------------------------------------------------------


def clear(out: Path) -> None:
    """Remove the former bundle, and nothing but what this tool wrote."""
    for origin in sorted(out.glob("*/*/*/origin.json")):
        shutil.rmtree(origin.parent)
        for folder in (origin.parent.parent, origin.parent.parent.parent):
            if not any(folder.iterdir()):
                folder.rmdir()


def write_snapshot(out: Path, snapshot: Row, parts: Sequence[Part], citations: Sequence[str]) -> None:
    """One folder: the parts, and the record of where they come from."""
    publisher, name = snapshot["dataset"].split(".")
    folder = out / publisher / name / f"{snapshot['known_from']}_{snapshot['slug']}"
    folder.mkdir(parents=True)
    origin = {
        "dataset": snapshot["dataset"],
        "scope": f"bundle/{snapshot['slug']}",
        "origin": "bundle",
        "release": snapshot["release"],
        "released_at": midnight(snapshot["released_at"]),
        "known_from": midnight(snapshot["known_from"]),
        "known_from_basis": snapshot["known_from_basis"],
        "retrieved_at": midnight(snapshot["carried_over_on"]),
        "url": snapshot["url"],
        "note": snapshot["note"],
        "citations": list(citations),
        "parts": [
            {
                "file": part.file,
                "sha256": hashlib.sha256(part.body).hexdigest(),
                "bytes": len(part.body),
                "content_type": part.content_type,
                "url": snapshot["url"],
            }
            for part in parts
        ],
    }
    for part in parts:
        (folder / part.file).write_bytes(part.body)
    text = json.dumps(origin, ensure_ascii=False, indent=1)
    (folder / "origin.json").write_text(text + "\n", encoding="utf-8")


def midnight(date: str) -> str | None:
    """The date as a moment, UTC."""
    return f"{date}T00:00:00+00:00" if date else None


def csv_text(columns: Sequence[str], rows: Iterable[Row]) -> str:
    """A CSV with exactly these columns."""
    buffer = io.StringIO()
    writer = csv.DictWriter(buffer, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def write_csv(path: Path, columns: Sequence[str], rows: Iterable[Row]) -> None:
    """Write a CSV with exactly these columns."""
    path.write_text(csv_text(columns, rows), encoding="utf-8")


def report(build: Build, figures: Mapping[str, list[Row]], inputs: Sequence[Row]) -> None:
    """Say what went in, what was left out and why, and which figures no input names."""
    for dataset, rows in sorted(build.carried.items()):
        print(f"{dataset}: {rows} rows")
    for (dataset, reason), rows in sorted(build.left_out.items()):
        print(f"left out of {dataset}: {rows}, {reason}")
    named = {(line["figures"], line["series"], line["vintage"]) for line in inputs}
    unnamed = Counter(
        (name, figure["dataset"], figure["vintage_or_release"])
        for name, rows in figures.items()
        for figure in rows
        if (name, figure["dataset"], figure["vintage_or_release"]) not in named
    )
    for (name, series, release), rows in sorted(unnamed.items()):
        print(f"named by no input: {name}, {series}, {release}: {rows} figures")


if __name__ == "__main__":
    sys.exit(main())
