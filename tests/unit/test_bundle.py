"""The embedded bundle: unchanged, readable by its datasets' parsers, cited, and holding the numbers as published."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest

from orchestration import bundle
from orchestration.bundle import BundleSnapshot
from orchestration.catalog import load_catalog
from orchestration.errors import ContractError
from orchestration.ingest.publishers import published_figures
from orchestration.ingest.publishers.registry import source_of

SNAPSHOTS = bundle.snapshots()
TOTAL_BYTES, FILE_BYTES = 6_000_000, 1_500_000


def name_of(snapshot: BundleSnapshot) -> str:
    return f"{snapshot.dataset}/{snapshot.folder.name}"


@cache
def table_of(name: str) -> pa.Table:
    snapshot = next(s for s in SNAPSHOTS if name_of(s) == name)
    return source_of(snapshot.dataset).parse(snapshot.bodies(), name)


def values(name: str, **wanted: Any) -> list[float]:
    """The values of the rows of one snapshot in which each column is what is wanted."""
    table = table_of(name)
    for column, value in wanted.items():
        table = table.filter(pc.equal(table[column], value))
    found: list[float] = table["primary_value" if "primary_value" in table.schema.names else "value"].to_pylist()
    return found


# ---- every snapshot --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=name_of)
def test_every_snapshot_keeps_its_contract(snapshot: BundleSnapshot) -> None:
    table = table_of(name_of(snapshot))
    assert table.num_rows > 0
    source_of(snapshot.dataset).contract.check(table, name_of(snapshot))


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=name_of)
def test_every_record_says_what_it_is_and_since_when_it_was_known(snapshot: BundleSnapshot) -> None:
    origin = snapshot.origin
    known_from, retrieved_at = (datetime.fromisoformat(origin[name]) for name in ("known_from", "retrieved_at"))
    day, slug = snapshot.folder.name.split("_", 1)
    assert (origin["origin"], origin["scope"]) == ("bundle", f"bundle/{slug}")
    assert (known_from.date(), known_from.utcoffset()) == (date.fromisoformat(day), retrieved_at.utcoffset())
    assert known_from <= retrieved_at
    assert origin["released_at"] in (None, origin["known_from"])
    assert origin["release"]
    assert origin["known_from_basis"]
    assert origin["note"]
    assert origin["url"].startswith(("http://", "https://"))
    assert snapshot.dataset == ".".join(snapshot.folder.parts[-3:-1])


@pytest.mark.parametrize("snapshot", SNAPSHOTS, ids=name_of)
def test_nothing_was_known_before_it_had_happened(snapshot: BundleSnapshot) -> None:
    known_from = snapshot.origin["known_from"][:10]
    for period in table_of(name_of(snapshot))["period"].unique().to_pylist():
        if re.fullmatch(r"(FY)?\d{4}|\d{4}-Q[1-4]", period):
            assert re.findall(r"\d{4}", period)[0] <= known_from[:4], period
        else:  # a month or a week that is over
            assert period < known_from[: len(period)], period


def test_slugs_are_unique_so_that_no_release_seems_to_delete_another() -> None:
    scopes = Counter((snapshot.dataset, snapshot.origin["scope"]) for snapshot in SNAPSHOTS)
    assert max(scopes.values()) == 1


def test_every_dataset_that_no_api_serves_is_here() -> None:
    listed = {name for name, entry in load_catalog().datasets.items() if entry.serves == "published_figures"}
    here = {snapshot.dataset for snapshot in SNAPSHOTS}
    assert here - {"world_bank.wdi", "un_comtrade.goods_annual", "imf.imts"} == listed


def test_it_is_small_plain_text_and_names_no_machine() -> None:
    files = [path for path in bundle.HERE.rglob("*") if path.suffix in (".json", ".csv")]
    sizes = [path.stat().st_size for path in files]
    assert sum(sizes) < TOTAL_BYTES
    assert max(sizes) < FILE_BYTES
    for path in files:
        text = path.read_text("utf-8")
        assert not re.search(r"(?<![\w./-])/(work|tmp|root|home|Users)/", text), path
        assert "\r" not in text, path


# ---- citations -------------------------------------------------------------------------------------------------------


def test_every_figure_has_a_citation_of_its_own_dataset() -> None:
    known = {citation["citation"]: citation for citation in bundle.citations()}
    used: set[str] = set()
    for snapshot in SNAPSHOTS:
        cited = set(snapshot.origin["citations"])
        if source_of(snapshot.dataset).contract is published_figures.CONTRACT:
            assert set(table_of(name_of(snapshot))["citation"].unique().to_pylist()) == cited
        assert cited
        assert {known[name]["dataset"] for name in cited} == {snapshot.dataset}
        assert {known[name]["release"] for name in cited} == {snapshot.origin["release"]}
        used |= cited
    assert used == set(known)


def test_every_citation_says_where_the_figure_was_read() -> None:
    citations = bundle.citations()
    assert len({citation["citation"] for citation in citations}) == len(citations)
    for citation in citations:
        assert tuple(citation) == bundle.CITATION_COLUMNS
        assert citation["publisher_title"]
        assert str(citation["url"]).startswith(("http://", "https://"))
        if "github.com" in str(citation["url"]):
            assert re.fullmatch(r"[0-9a-f]{40}", str(citation["commit_id"]))
            assert citation["path"]


# ---- the numbers, as published ---------------------------------------------------------------------------------------

GOODS = "un_comtrade.goods_annual/2026-03-31_totals-with-china"
RESERVES = "state_bank_pakistan.liquid_reserves/2026-04-30_weekly-release-2026-04-10"
PUBLISHED = [
    (GOODS, {"reporter_code": 586, "partner_code": 156, "flow": "X", "period": "2024"}, 2375627611.244),
    (GOODS, {"reporter_code": 586, "partner_code": 156, "flow": "M", "period": "2024"}, 15992564630.287),
    (GOODS, {"reporter_code": 156, "partner_code": 0, "flow": "X", "period": "2024"}, 3576543293842),
    (
        "un_comtrade.goods_annual/2015-08-31_china-imports-2014",
        {"reporter_code": 156, "partner_code": 586, "cif_value": 2755361249},
        2755361249,
    ),
    ("imf.imts/2026-06-19_exports-2025", {"country": "PAK", "counterpart": "CHN", "period": "2025"}, 2497682322),
    (
        "china_moe.students/2019-04-18_report-2018",
        {"partner_iso3": "PAK", "definition": "students_all", "period": "2018"},
        28023,
    ),
    ("china_moe.students/2019-04-18_report-2018", {"partner_iso3": "WLD"}, 492185),
    (RESERVES, {"definition": "total_liquid", "frequency": "M", "period": "2025-06"}, 19269.5),
    (RESERVES, {"definition": "sbp_held_net", "frequency": "M", "period": "2025-06"}, 14506.1),
    (RESERVES, {"definition": "total_liquid", "frequency": "M", "period": "2024-06"}, 13996.3),
    (
        "state_bank_pakistan.trade_by_country/2026-04-30_by-country-2026-04",
        {"partner_iso3": "CHN", "flow": "export", "period": "FY2025", "unit": "USD thousand"},
        2477751.0022,
    ),
    (
        "state_bank_pakistan.trade_by_country/2026-06-30_china-fy2026-jul-may",
        {"flow": "import", "frequency": "YTD", "period": "2026-05", "unit": "USD million", "is_provisional": True},
        17555.36,
    ),
    (
        "state_bank_pakistan.balance_of_payments/2026-04-30_bpm6-2026-03",
        {"definition": "capital_account_balance", "frequency": "FY", "period": "FY2024"},
        195.0,
    ),
    (
        "state_bank_pakistan.services_ebops/2026-04-30_ebops-2026-04",
        {"definition": "services_credit", "product": "EBOPS:9", "frequency": "M", "period": "2026-03"},
        413622.89200000005,
    ),
    (
        "china_customs.trade_by_country/2025-01-20_report-2024-12",
        {"partner_iso3": "PAK", "flow": "export", "frequency": "A", "unit": "CNY 10,000"},
        14397163.8797,
    ),
    (
        "china_customs.trade_by_country/2025-01-20_implied-rate-2024",
        {"definition": "cny_per_usd_implied", "period": "2024", "is_estimated": True},
        7.116,
    ),
    (
        "world_bank_wits.trade_summary/2018-02-28_bulk-to-2015",
        {"reporter_iso3": "PAK", "flow": "import", "period": "2004", "definition": "goods_trade"},
        1488.77,
    ),
    (
        "world_bank_wits.trade_summary/2022-11-30_bulk-to-2019",
        {
            "reporter_iso3": "PAK",
            "partner_iso3": "CHN",
            "flow": "import",
            "period": "2004",
            "definition": "goods_trade",
        },
        1139.82,
    ),
    (
        "state_bank_pakistan.exchange_rates/2026-04-30_monthly-averages-2026-04",
        {"definition": "pkr_per_usd", "period": "2000-01"},
        51.770247,
    ),
]


@pytest.mark.parametrize(("name", "wanted", "published"), PUBLISHED, ids=[f"{n} {w}" for n, w, _ in PUBLISHED])
def test_the_figure_is_the_published_one(name: str, wanted: dict[str, Any], published: float) -> None:
    assert values(name, **wanted) == [published]


@pytest.mark.parametrize(
    ("vintage", "trillion"),
    [("world_bank.wdi/2024-07-12_china", 17.963), ("world_bank.wdi/2025-12-04_reserves-imports-gdp", 18.317)],
)
def test_china_revised_its_gdp_of_2022(vintage: str, trillion: float) -> None:
    (gdp,) = values(vintage, indicator="NY.GDP.MKTP.CD", country_iso3="CHN", period="2022")
    assert round(gdp / 1e12, 3) == trillion


def test_an_unreported_flow_is_absent_and_a_reported_zero_is_zero() -> None:
    by_country = "state_bank_pakistan.trade_by_country/2026-04-30_by-country-2026-04"
    assert values(by_country, partner_iso3="IRN", flow="import", period="FY2025") == [0]
    assert values(GOODS, reporter_code=64, period="2025") == []  # Bhutan's year was incomplete


def test_customs_legs_add_up_to_their_total() -> None:
    name = "china_customs.trade_by_country/2025-01-20_report-2024-12"
    export, imports, total = (
        values(name, partner_iso3="PAK", frequency="A", flow=flow)[0] for flow in ("export", "import", "total")
    )
    assert export + imports == pytest.approx(total, abs=1e-3)


# ---- a changed bundle is noticed -------------------------------------------------------------------------------------


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """One snapshot in a folder of its own."""
    original = next(s for s in SNAPSHOTS if s.dataset == "imf.imts")
    folder = tmp_path / "imf" / "imts" / original.folder.name
    shutil.copytree(original.folder, folder)
    return folder


def test_the_bundle_is_unchanged() -> None:
    assert bundle.verify() == len(SNAPSHOTS)


def test_a_changed_byte_is_noticed(copy: Path) -> None:
    part = copy / "part-000.csv"
    part.write_bytes(part.read_bytes().replace(b"2497682322", b"2497682323"))
    recorded = json.loads((copy / "origin.json").read_text("utf-8"))["parts"][0]["sha256"]
    with pytest.raises(ContractError) as caught:
        bundle.verify(copy.parents[2])
    assert f"imf.imts {copy.name}/part-000.csv: the embedded bundle was changed" in str(caught.value)
    assert f"expected: sha256 {recorded}, " in str(caught.value)
    assert "next: restore the folder orchestration/bundle from version control" in str(caught.value)


def test_a_missing_part_is_noticed(copy: Path) -> None:
    (copy / "part-000.csv").unlink()
    with pytest.raises(ContractError, match="got: no such file"):
        bundle.verify(copy.parents[2])


def test_a_part_that_no_record_names_is_noticed(copy: Path) -> None:
    (copy / "part-001.csv").write_text("more\n", "utf-8")
    with pytest.raises(ContractError, match=r"files that its record does not name; .*; got: part-001\.csv;"):
        bundle.verify(copy.parents[2])


def test_the_bundle_says_of_itself_that_it_is_one() -> None:
    assert "It says of itself that it is a bundle" in str(bundle.__doc__)
