from __future__ import annotations

import pytest

from orchestration.errors import ContractError
from orchestration.ingest.changes import ChangeLog
from orchestration.ingest.guards import check_deletions, check_units
from orchestration.ingest.snapshots import SnapshotStore
from tests.support.tables import CONTRACT, SOURCE, parse, snapshot


def table(text):
    return parse([text.encode()], "test")


YEARS = range(2010, 2020)
KNOWN = " ".join(f"PAK,{year},{100 + year}" for year in YEARS)


def test_a_unit_a_thousand_times_off_is_refused():
    wrong = " ".join(f"PAK,{year},{(100 + year) * 1000}" for year in YEARS)
    with pytest.raises(ContractError, match=r"value is 1000 times what was known") as caught:
        check_units(CONTRACT, table(wrong), table(KNOWN), "office.figures")
    assert "change the parser" in caught.value.todo


def test_a_unit_a_million_times_off_is_refused_downwards_too():
    wrong = " ".join(f"PAK,{year},{(100 + year) / 1e6}" for year in YEARS)
    with pytest.raises(ContractError, match="1e-06 times"):
        check_units(CONTRACT, table(wrong), table(KNOWN), "office.figures")


def test_new_periods_alone_in_another_unit_are_refused():
    known = table("PAK,2023,10 IND,2023,20 CHN,2023,30 IRN,2023,40")
    with pytest.raises(ContractError, match="1000 times"):
        check_units(CONTRACT, table("PAK,2024,11000 IND,2024,21000 CHN,2024,33000 IRN,2024,39000"), known, "x")


@pytest.mark.parametrize(
    "news",
    [
        " ".join(f"PAK,{year},{(100 + year) * 1.4}" for year in YEARS),  # a large, real revision
        " ".join(f"PAK,{year},{7 * year}" for year in YEARS),
        "PAK,2010,2110000 " + " ".join(f"PAK,{year},{100 + year}" for year in range(2011, 2020)),  # a single wild point
        "IND,2010,1 IND,2011,2 IND,2012,3",  # nothing in common
    ],
)
def test_revisions_pass(news):
    check_units(CONTRACT, table(news), table(KNOWN), "office.figures")


@pytest.fixture
def log(tmp_path):
    store = SnapshotStore(tmp_path / "raw")
    store.put(*snapshot(KNOWN, "2025-01-31"))
    log = ChangeLog(tmp_path / "parsed", "office.figures", SOURCE, store)
    log.sync()
    return log


def test_half_an_answer_is_refused_as_deletions(log):
    former = table(KNOWN)
    half = table(" ".join(KNOWN.split()[:4]))
    with pytest.raises(ContractError, match="6 of 10 points of the former answer to the same request are missing"):
        check_deletions(former, log.compare(half, former), "office.figures")


def test_an_emptied_answer_is_refused_however_small(log):
    former = table("PAK,2010,2110")
    with pytest.raises(ContractError, match="1 of 1 points"):
        check_deletions(former, log.compare(table(""), former), "office.figures")


def test_a_few_withdrawn_points_pass(log):
    former = table(KNOWN)
    check_deletions(former, log.compare(table(" ".join(KNOWN.split()[:-2])), former), "office.figures")
