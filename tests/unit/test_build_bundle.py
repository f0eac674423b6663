"""The maintainer's tool: the same bytes each time, values never through a float, doubt named and not guessed."""

from __future__ import annotations

import csv
import importlib
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from orchestration import bundle
from orchestration.ingest.publishers.registry import source_of

TOOLS = Path(__file__).resolve().parents[2] / "tools"
FIGURE = {
    "source": "Office",
    "dataset": "Table 1",
    "reporter_iso3": "PAK",
    "partner_iso3": "CHN",
    "indicator_or_hs": "TOTAL",
    "flow": "export",
    "period": "2024",
    "frequency": "A",
    "unit": "USD",
    "value": "2375627611.244",
    "vintage_or_release": "Release 1",
    "provenance_repo": "someone/tables",
    "provenance_path": "table.csv",
    "provenance_commit": "0" * 40,
    "note": "",
}
SNAPSHOT = {
    "dataset": "",
    "slug": "one",
    "release": "The first",
    "released_at": "",
    "known_from": "2026-03-31",
    "known_from_basis": "end of the month of release",
    "carried_over_on": "2026-04-01",
    "url": "https://office.example/table",
    "note": "Carried over.",
}


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> ModuleType:
    """The tool, reading its tables from a folder of this test."""
    monkeypatch.syspath_prepend(str(TOOLS))
    module = importlib.import_module("build_bundle")
    tables = tmp_path / "tools"
    tables.mkdir()
    for name in ("bundle_definitions.csv", "bundle_layouts.csv"):
        shutil.copy(TOOLS / name, tables)
    header = (TOOLS / "bundle_by_hand.csv").read_text("utf-8").splitlines()[0]
    (tables / "bundle_by_hand.csv").write_text(header + "\n", "utf-8")
    monkeypatch.setattr(module, "HERE", tables)
    return module


@pytest.fixture
def shapes(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TOOLS))
    return importlib.import_module("bundle_shapes")


def write(path: Path, rows: list[dict[str, str]]) -> None:
    path.parent.mkdir(exist_ok=True)
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def build(tool: ModuleType, folder: Path, dataset: str, figures: list[dict[str, str]], out: str = "out") -> Path:
    """Run the tool over ``figures`` as the only snapshot, of ``dataset``."""
    write(folder / "figures" / "figures_one.csv", [{**FIGURE, **figure} for figure in figures])
    write(tool.HERE / "bundle_snapshots.csv", [{**SNAPSHOT, "dataset": dataset}])
    line = {"figures": "figures_one", "series": "Table 1", "vintage": "Release 1", "citation": "office-1", "note": ""}
    write(tool.HERE / "bundle_inputs.csv", [{"dataset": dataset, "slug": "one", **line}])
    (folder / out).mkdir(exist_ok=True)
    tool.main(["--figures", str(folder / "figures"), "--out", str(folder / out)])
    return folder / out


@pytest.mark.parametrize(
    ("dataset", "figure", "literal"),
    [
        ("un_comtrade.goods_annual", {"value": "2375627611.244000000001"}, b'"primaryValue":2375627611.244000000001,'),
        ("imf.imts", {"value": "416855716508.2263"}, b",416855716508.2263,"),
        (
            "world_bank.wdi",
            {"indicator_or_hs": "FI.RES.TOTL.CD", "value": "374890295666.69366"},
            b'"value":374890295666.69366,',
        ),
        ("un_comtrade.two_way_totals", {"flow": "exports+imports", "value": "5.0"}, b",5.0,USD,"),
    ],
)
def test_a_value_is_carried_over_letter_by_letter_and_can_be_read(
    tool: ModuleType, tmp_path: Path, dataset: str, figure: dict[str, str], literal: bytes
) -> None:
    out = build(tool, tmp_path, dataset, [figure])
    (snapshot,) = bundle.snapshots(out)
    (body,) = snapshot.bodies()
    assert literal in body
    table = source_of(dataset).parse([body], dataset)
    source_of(dataset).contract.check(table, dataset)


def test_the_same_figures_give_the_same_bytes_in_any_order(tool: ModuleType, tmp_path: Path) -> None:
    figures = [{"period": str(year), "value": f"{year}.5"} for year in range(2010, 2020)]
    first = build(tool, tmp_path, "un_comtrade.goods_annual", figures)
    second = build(tool, tmp_path, "un_comtrade.goods_annual", figures[::-1], out="again")
    files = sorted(path.relative_to(first) for path in first.rglob("*") if path.is_file())
    assert len(files) == 3
    assert [(first / name).read_bytes() for name in files] == [(second / name).read_bytes() for name in files]
    assert bundle.verify(build(tool, tmp_path, "un_comtrade.goods_annual", figures)) == 1  # replaced, not added to


def test_pages_of_the_world_bank_agree(tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tool, "ROWS_PER_PAGE", 2)
    years = [{"indicator_or_hs": "SP.POP.TOTL", "period": str(year)} for year in range(2010, 2015)]
    (snapshot,) = bundle.snapshots(build(tool, tmp_path, "world_bank.wdi", years))
    assert len(snapshot.bodies()) == 3
    assert source_of("world_bank.wdi").parse(snapshot.bodies(), "pages").num_rows == 5


def test_what_must_not_stand_among_totals_is_left_out_and_said(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    incomplete = {"period": "2025", "note": "2025 incomplete"}
    build(tool, tmp_path, "un_comtrade.goods_annual", [{}, incomplete])
    said = capsys.readouterr().out
    assert "un_comtrade.goods_annual: 1 rows" in said
    assert "left out of un_comtrade.goods_annual: 1, the year is incomplete" in said


def test_one_point_under_two_labels_keeps_both(tool: ModuleType, tmp_path: Path) -> None:
    reserves = {"indicator_or_hs": "Total liquid FX reserves", "partner_iso3": "", "value": "19269.5"}
    labels = [{"frequency": "A-FY", "period": "FY2025 end-Jun"}, {"frequency": "M", "period": "2025-06"}]
    dataset = "state_bank_pakistan.liquid_reserves"
    out = build(tool, tmp_path, dataset, [{**reserves, **label} for label in labels])
    (row,) = source_of(dataset).parse(bundle.snapshots(out)[0].bodies(), dataset).to_pylist()
    assert (row["period"], row["period_label"]) == ("2025-06", "FY2025 end-Jun; 2025-06")
    with pytest.raises(ValueError, match=r"one release, two figures for .*: 19269\.5 and 19269\.2"):
        build(tool, tmp_path, dataset, [{**reserves, **labels[0]}, {**reserves, **labels[1], "value": "19269.2"}])


@pytest.mark.parametrize(
    ("figure", "message"),
    [
        ({"value": "1,000"}, r"figures_one\.csv, line 2: '1,000' is not a plain decimal number"),
        ({"vintage_or_release": "Release 2"}, "figures_one: no figure of 'Table 1', release 'Release 1'"),
    ],
)
def test_faults_are_named(tool: ModuleType, tmp_path: Path, figure: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build(tool, tmp_path, "imf.imts", [figure])


@pytest.mark.parametrize(
    ("frequency", "label", "period"),
    [
        ("A", "2024", ("A", "2024")),
        ("A-FY(Jul-Jun)", "FY2025", ("FY", "FY2025")),
        ("A-FY", "FY2025 end-Jun", ("M", "2025-06")),
        ("YTD", "FY2026 Jul-Mar", ("YTD", "2026-03")),
        ("YTD", "FY2026 Jul-Dec", ("YTD", "2025-12")),
        ("YTD", "2024 Jan-Jun", ("YTD", "2024-06")),
        ("YTD", "2024 Jan", ("YTD", "2024-01")),
        ("Q", "FY2026 Jul-Sep", ("Q", "2025-Q3")),
        ("Q", "FY2026 Jan-Mar", ("Q", "2026-Q1")),
        ("W", "2026-03-06", ("W", "2026-03-06")),
    ],
)
def test_printed_periods(shapes: ModuleType, frequency: str, label: str, period: tuple[str, str]) -> None:
    assert shapes.period_of(frequency, label) == period


def test_a_period_that_is_not_understood_or_not_there(shapes: ModuleType) -> None:
    with pytest.raises(ValueError, match="period 'Ramadan 2026' of frequency YTD is not understood"):
        shapes.period_of("YTD", "Ramadan 2026")
    with pytest.raises(shapes.LeftOut, match="it has no period"):
        shapes.period_of("project", "")


@pytest.mark.parametrize(
    ("dataset", "figure", "expected"),
    [
        (
            "china_customs.trade_by_country",
            {"flow": "import"},
            {"definition": "goods_trade", "basis": "customs", "valuation": "CIF", "is_provisional": "true"},
        ),
        ("china_customs.trade_by_country", {"flow": "exports+imports"}, {"flow": "total", "valuation": ""}),
        (
            "state_bank_pakistan.trade_by_country",
            {"flow": "import", "vintage_or_release": "SBP Jul-May FY26 (provisional)"},
            {"definition": "import_payments", "basis": "payments", "valuation": "FOB", "is_provisional": "false"},
        ),
        (
            "ember.solar_exports",
            {"indicator_or_hs": "HS85414300 Panels", "unit": "MW"},
            {"product": "85414300", "definition": "solar_exports_capacity", "is_estimated": "true", "note": "Panels"},
        ),
        (
            "world_bank_wits.trade_summary",
            {"indicator_or_hs": "PARTNER_SHARE", "unit": "percent"},
            {"product": "TOTAL", "definition": "partner_share"},
        ),
        (
            "state_bank_pakistan.services_ebops",
            {"indicator_or_hs": "9.2.5 Freelance of Computer and Information Services", "flow": "credit"},
            {"product": "EBOPS:9.2.5", "flow": "export", "definition": "services_credit"},
        ),
        (
            "wri_cofi.power_plants",
            {
                "indicator_or_hs": "PAK2021003 | nan | nuclear | Debt",
                "frequency": "project",
                "unit": "USD million (debt)",
                "note": "equity: nan; debt year: 2004.0; period = commissioning year",
            },
            {
                "product": "PAK2021003",
                "definition": "power_plant_debt",
                "unit": "USD million",
                "note": "unnamed; nuclear; finance: debt; debt of 2004",
            },
        ),
    ],
)
def test_shapes(shapes: ModuleType, dataset: str, figure: dict[str, str], expected: dict[str, Any]) -> None:
    row = shapes.shape(dataset, {**FIGURE, **figure}, {})
    assert {column: row[column] for column in expected} == expected


def test_a_label_without_a_definition_is_not_guessed(shapes: ModuleType) -> None:
    with pytest.raises(ValueError, match=r"china_moe\.students: no definition for 'Pilots'"):
        shapes.shape("china_moe.students", {**FIGURE, "indicator_or_hs": "Pilots", "unit": "students"}, {})
