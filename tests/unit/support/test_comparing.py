"""The comparison of two files sees what it must see, and nothing else."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from tests.support.comparing import differences

ROWS = "(1, 'a', 100.0), (2, 'b', null), (3, null, 0.0)"


def file(folder: Path, name: str, rows: str = ROWS, columns: str = "key int, word varchar, number double") -> Path:
    with duckdb.connect(str(folder / name)) as connection:
        connection.execute("create schema marts")
        connection.execute(f"create table marts.t ({columns})")
        connection.execute(f"insert into marts.t values {rows}")
    return folder / name


@pytest.mark.parametrize(
    "rows",
    [
        "(3, null, 0.0), (1, 'a', 100.0), (2, 'b', null)",
        "(1, 'a', 100.00000009), (2, 'b', null), (3, null, 0.0)",
    ],
    ids=["another order", "the tenth digit of a float"],
)
def test_equal(tmp_path, rows):
    assert differences(file(tmp_path, "one"), file(tmp_path, "other", rows)) == []


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("(1, 'a', 100.0000002), (2, 'b', null), (3, null, 0.0)", '"t".number: 1 of 3 rows'),
        ("(1, 'a', 100.0), (2, 'b', 0.0), (3, null, 0.0)", '"t".number: 1 of 3 rows'),
        ("(1, 'a', 100.0), (2, 'b', null), (3, null, 'nan')", '"t".number: 1 of 3 rows'),
        ("(1, 'a', 100.0), (2, 'b', null), (3, '', 0.0)", '"t".word: 1 of 3 rows'),
        ("(1, 'a', 100.0), (2, 'b', null)", '"t": 3 rows and 2'),
    ],
    ids=["the ninth digit", "a null", "not a number", "an empty text", "a row less"],
)
def test_unequal(tmp_path, rows, said):
    found = differences(file(tmp_path, "one"), file(tmp_path, "other", rows))
    assert len(found) == 1
    assert said in found[0]


def test_another_type_and_another_table(tmp_path):
    other = file(tmp_path, "other", columns="key bigint, word varchar, number double")
    with duckdb.connect(str(other)) as connection:
        connection.execute("create table marts.more (n int)")
    found = differences(file(tmp_path, "one"), other)
    assert [line.split(":")[0] for line in found] == ["more", "t"]
