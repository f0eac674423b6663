"""The guards exactly at their limits: one point more or less, one factor more or less, decides."""

from __future__ import annotations

import re
from dataclasses import replace

import pyarrow as pa
import pytest

from orchestration.errors import ContractError
from orchestration.ingest.changes import ChangeLog
from orchestration.ingest.contracts import Contract
from orchestration.ingest.guards import check_deletions, check_units
from orchestration.ingest.snapshots import SnapshotStore
from tests.support.tables import CONTRACT, SOURCE, parse, snapshot


def table(text):
    return parse([text.encode()], "test")


def years(number, factor=1.0):
    return " ".join(f"PAK,{2000 + year},{(100 + year) * factor}" for year in range(number))


@pytest.mark.parametrize("factor", [1e3, 1e6, 1e9, 1e-3, 1e-6, 1e-9])
def test_every_power_of_a_thousand_is_seen(factor):
    with pytest.raises(ContractError, match=re.escape(f"value is {factor:g} times what was known, in 10 points")):
        check_units(CONTRACT, table(years(10, factor)), table(years(10)), "here")


@pytest.mark.parametrize("factor", [1e2, 1e4, 2_000, 500, 1e-4])
def test_another_factor_is_a_revision(factor):
    check_units(CONTRACT, table(years(10, factor)), table(years(10)), "here")


@pytest.mark.parametrize("factor", [1_400, 720])
def test_a_unit_with_revisions_on_top_is_seen(factor):
    with pytest.raises(ContractError, match="1000 times"):
        check_units(CONTRACT, table(years(10, factor)), table(years(10)), "here")


def test_three_points_in_common_say_something_and_two_do_not():
    with pytest.raises(ContractError, match="in 3 points"):
        check_units(CONTRACT, table(years(3, 1000)), table(years(3)), "here")
    check_units(CONTRACT, table(years(2, 1000)), table(years(2)), "here")


def test_four_of_five_points_are_a_cluster_and_three_are_not():
    known = table(years(5))
    four = f"{years(4, 1000)} PAK,2004,104"
    three = f"{years(3, 1000)} PAK,2003,103 PAK,2004,104"
    with pytest.raises(ContractError, match="in 4 points"):
        check_units(CONTRACT, table(four), known, "here")
    check_units(CONTRACT, table(three), known, "here")


def test_a_group_with_a_wrong_unit_is_named_and_not_hidden_by_the_others():
    schema = pa.schema([("unit", pa.string()), *CONTRACT.schema])
    grouped = replace(CONTRACT, schema=schema, key=("unit", "country", "period"), group=("unit",))

    def of(usd, kg):
        values = {"USD": usd, "kg": kg}
        rows = [
            {"unit": unit, "country": "PAK", "period": str(2000 + year), "value": (1.0 + year) * factor}
            for unit, factor in values.items()
            for year in range(20 if unit == "kg" else 4)
        ]
        return grouped.table(rows, "here")

    with pytest.raises(ContractError, match="in 4 points of USD"):
        check_units(grouped, of(1000, 1), of(1, 1), "here")


def test_values_that_are_no_measure_have_no_unit():
    schema = pa.schema([("period", pa.string()), ("is_estimated", pa.bool_())])
    contract = Contract(schema=schema, key=("period",), values=("is_estimated",))
    rows = contract.table([{"period": str(year), "is_estimated": True} for year in range(2000, 2010)], "here")
    check_units(contract, rows, rows, "here")


def changed(deleted, kept=0):
    kinds = ["revised"] * kept + ["deleted"] * deleted
    return pa.table({"change": kinds, "n": list(range(len(kinds)))})


def former(rows):
    return table(years(rows)) if rows else table("PAK,2000,1").slice(1)


def test_a_first_answer_and_an_empty_former_one_can_lose_nothing():
    check_deletions(None, changed(9), "here")
    check_deletions(former(0), changed(0), "here")


@pytest.mark.parametrize(("rows", "deleted"), [(120, 6), (100, 5), (10, 5), (6, 5)])
def test_a_twentieth_or_a_handful_may_go(rows, deleted):
    check_deletions(former(rows), changed(deleted, kept=2), "here")


@pytest.mark.parametrize(("rows", "deleted"), [(119, 6), (120, 7), (7, 6), (5, 5), (1, 1)])
def test_more_may_not(rows, deleted):
    with pytest.raises(ContractError, match=f"{deleted} of {rows} points") as caught:
        check_deletions(former(rows), changed(deleted, kept=2), "here")
    shown = min(deleted, 3)
    assert caught.value.got.count("'deleted'") == shown


def test_swapped_periods_are_no_unit_but_each_is_a_revision_on_record(tmp_path):
    """Two periods that a publisher has swapped pass the guards: nothing here can know. The change log tells them."""

    store = SnapshotStore(tmp_path / "raw")
    log = ChangeLog(tmp_path / "parsed", "office.figures", SOURCE, store)
    store.put(*snapshot("PAK,2023,10 PAK,2024,20 IND,2023,30 IND,2024,40", "2025-01-31"))
    store.put(*snapshot("PAK,2023,20 PAK,2024,10 IND,2023,40 IND,2024,30", "2025-02-28"))
    *_, swapped = log.sync().values()
    assert (swapped.added, swapped.revised, swapped.deleted) == (0, 4, 0)
