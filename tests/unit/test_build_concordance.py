"""The concordance of HS codes: made from small tables, and the committed one against known classes."""

from __future__ import annotations

import csv
import importlib.util
from collections.abc import Mapping
from types import ModuleType

import pytest

from orchestration.settings import SEEDS
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    """``tools/build_concordance.py``, which is no package."""
    spec = importlib.util.spec_from_file_location("build_concordance", ROOT / "tools" / "build_concordance.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def committed() -> list[dict[str, str]]:
    """The rows of the seed."""
    with (SEEDS / "hs_concordance.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def chain(*steps: str, bec4: str = "41") -> Mapping[str, str]:
    """One way of a code through the six editions of the chained table."""
    editions = ("hs92", "hs96", "hs02", "hs07", "hs12", "hs17")
    return {**dict(zip(editions, steps, strict=True)), "bec4": bec4}


LALL = [
    {"hs12": "851712", "sitc3": "76411", "lall_code": "LDC09"},
    {"hs12": "851769", "sitc3": "764", "lall_code": "LDC09"},
    {"hs12": "852580", "sitc3": "76482", "lall_code": "LDC05"},
]
USES = {"41": "capital", "62": "consumption"}


def test_a_code_with_successors_of_one_class_has_that_class(tool: ModuleType) -> None:
    rows = tool.concordance(
        [
            chain("851710", "851710", "851710", "851712", "851712", "851712"),
            chain("851710", "851710", "851710", "851769", "851769", "851769"),
        ],
        LALL,
        ["851769"],
        USES,
    )
    assert ("851710", "012", "7", "764", "capital", "LDC09") in rows
    assert ("851712", "345", "7", "764", "capital", "LDC09") in rows, (
        "HS 2022 has no such code: no 6 among its editions"
    )
    assert ("851769", "3456", "7", "764", "capital", "LDC09") in rows


def test_a_code_that_became_several_in_different_classes_is_ambiguous(tool: ModuleType) -> None:
    rows = tool.concordance(
        [
            chain("852500", "852500", "852500", "851712", "851712", "851712"),
            chain("852500", "852500", "852500", "852580", "852580", "852580", bec4="62"),
        ],
        LALL,
        [],
        USES,
    )
    assert ("852500", "012", "7", "764", "ambiguous", "ambiguous") in rows


def test_what_the_tables_do_not_know_is_empty_and_no_goods_have_no_row(tool: ModuleType) -> None:
    rows = tool.concordance(
        [chain(*["710820"] * 6, bec4="NULL"), chain(*["999999"] * 6, bec4="7"), chain(*["NULL"] * 6)], LALL, [], USES
    )
    assert rows == [("710820", "012345", "", "", "", "")]


KNOWN = {  # from the published lookup of HS 2012 codes
    "210111": "LDC01",
    "220300": "LDC02",
    "220710": "LDC07",
    "252310": "LDC03",
    "260300": "LDC03",
    "270900": "LDC01",
    "271600": "LDC99",
    "284410": "LDC10",
    "290511": "LDC07",
    "300490": "LDC10",
    "300660": "LDC10",
    "300670": "LDC07",
    "300691": "LDC05",
    "310210": "LDC07",
    "240110": "LDC01",
    "240220": "LDC02",
}


def test_the_committed_classes_are_the_published_ones(committed: list[dict[str, str]]) -> None:
    found = {row["hs6"]: row["lall"] for row in committed if "4" in row["editions"]}
    assert {code: found[code] for code in KNOWN} == KNOWN


def test_every_edition_has_its_number_of_lines(committed: list[dict[str, str]]) -> None:
    """The Theil index divides by it; HS 2022 has rows only for codes that HS 2017 had too."""
    with (SEEDS / "product_levels.csv").open(encoding="utf-8", newline="") as file:
        expected = {
            row["edition"]: int(row["n_codes"]) for row in csv.DictReader(file) if row["product_level"] == "hs6"
        }
    counted = {f"H{digit}": sum(digit in row["editions"] for row in committed) for digit in "0123456"}
    assert {edition: n for edition, n in counted.items() if edition != "H6"} == {
        edition: n for edition, n in expected.items() if edition != "H6"
    }
    assert counted["H6"] == 5242


def test_a_code_has_one_row_in_each_of_its_editions(committed: list[dict[str, str]]) -> None:
    pairs = [(row["hs6"], digit) for row in committed for digit in row["editions"]]
    assert len(pairs) == len(set(pairs))


def test_ambiguous_codes_are_few_in_recent_editions(committed: list[dict[str, str]]) -> None:
    counts = {n: sum(row["lall"] == "ambiguous" for row in committed if n in row["editions"]) for n in "0345"}
    assert counts == {"0": 179, "3": 26, "4": 0, "5": 7}
