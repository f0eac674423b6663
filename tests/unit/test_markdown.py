"""What a publisher wrote must reach the UI as text: no element, link, picture or cell of its own."""

from __future__ import annotations

import duckdb
import pytest

from orchestration.assets.warehouse import table_facts
from orchestration.markdown import plain, table


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
        ("![x](https://elsewhere.invalid/count.png)", r"!\[x\](https://elsewhere.invalid/count.png)"),
        ("&lt;b&gt; a|b `c` *d* \\|", r"\&lt;b\&gt; a\|b \`c\` \*d\* \\\|"),
        ("two\n| lines\t", r"two \| lines"),
        (None, ""),
        (2.5, "2.5"),
    ],
)
def test_nothing_in_a_text_means_anything(given, shown):
    assert plain(given) == shown


def test_a_table_has_as_many_cells_as_columns_whatever_they_hold():
    assert table(["a", "b"], [["1|2", "x\ny"], [None, "<i>"]]).split("\n") == [
        "| a | b |",
        "| --- | --- |",
        r"| 1\|2 | x y |",
        r"|  | \<i\> |",
    ]


def test_the_preview_of_a_mart_shows_publishers_text_as_text(tmp_path):
    path = tmp_path / "build.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create table marts.sources as select '<img src=x onerror=alert(1)>' as title")
    preview = table_facts(path)["marts.sources"]["preview"].value
    assert r"\<img src=x onerror=alert(1)\>" in preview
    assert "<img" not in preview.replace(r"\<", "")
