"""The page on a small warehouse: everything filled, nothing filled, and texts that want to do harm."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from orchestration.errors import ConfigurationError
from orchestration.reading import NoWarehouse, warehouse
from orchestration.report import charts
from orchestration.report.page import report, write_report
from orchestration.report.queries import load_queries
from orchestration.settings import load_settings
from tests.support.small_warehouse import publish_small

SECTIONS = [
    "flags",
    "deficit",
    "mirror",
    "traded",
    "reserves",
    "ict",
    "students",
    "peers",
    "cooperation",
    "claims",
    "revised",
    "sources",
    "queries",
]
VOID = {"meta", "link", "br", "img", "hr", "input"}


class Page(HTMLParser):
    """What a test wants to know of a page."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.ids, self.links, self.open, self.free_data = [], [], [], [], []
        self.attributes = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        self.tags.append(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a":
            self.links.append(given.get("href"))
        if tag == "data" and "table" not in self.open and "a" not in self.open:
            self.free_data.append(given)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert tag in self.open, f"</{tag}> closes nothing"
        while self.open.pop() != tag:
            pass


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    return publish_small(tmp_path_factory.mktemp("filled") / "data", filled=True)


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    return publish_small(tmp_path_factory.mktemp("bare") / "data", filled=False)


@pytest.fixture(scope="module")
def html(filled):
    return report(filled)


def test_every_section_is_there_in_its_order_and_filled(html):
    assert re.findall(r'<section id="([a-z]+)"', html) == SECTIONS
    assert "not known here" not in html
    figures = set(re.findall(r'<figure id="f-([a-z_]+)"', html))
    assert figures == {
        "balance",
        "mirror",
        "structure_export",
        "structure_import",
        "reserves",
        "ict",
        "students",
        "peers",
        "index",
    }


def test_a_warehouse_without_marts_gives_a_page_of_honest_sentences(bare):
    html = report(bare)
    assert re.findall(r'<section id="([a-z]+)"', html) == SECTIONS
    assert "<figure" not in html
    assert html.count("not known here: this warehouse has no table") == 12
    assert "No year is known here" in html


def test_empty_marts_are_told_apart_from_missing_ones(filled):
    html = report(filled, "BBB-AAA")
    assert "the table <code>trade_balance</code> holds nothing on this pair" in html
    assert "has no table" not in html


def test_opening_sentences_are_computed(html):
    opening = re.sub(r"<[^>]+>", "", html[html.index('class="opening"') : html.index("</dl>")]).replace("\xa0", " ")
    assert "In 2024 Aland had a deficit of $13.5 bn in goods with Bland &amp; Co by its own customs’ figures" in opening
    assert "a deficit of $17.2 bn by Bland &amp; Co’s" in opening
    assert "between −$17.9 bn and −$12.4 bn" in opening
    assert "For 2025 only Bland &amp; Co has reported both directions: a deficit of $19.1 bn" in opening
    assert "Of 6 limits watched, 2 are breached (2 published by somebody else" in opening
    assert "asks for 3 months of imports. Aland has 2.94 months" in opening
    assert "The cooperation index is withheld: Two pillars have no recent figure." in opening


def test_a_flag_says_why_it_changed(html):
    assert "last changed from watch to breach by new data" in html


def test_the_world_stands_in_only_where_the_pair_is_unknown(html):
    assert "What Aland sells to Bland &amp; Co, 2024" in html
    assert "sells to the world" not in html


def test_texts_of_others_are_text(html):
    page = Page(html)
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]
    assert all(link.startswith(("#", "https://", "http://")) for link in page.links)
    assert "&lt;script&gt;" in html


def test_the_file_needs_nothing_but_itself(html):
    page = Page(html)
    assert not {"script", "iframe", "object", "embed", "base", "form"} & set(page.tags)
    loaded = [
        value for tag, name, value in page.attributes if name in ("src", "srcset") or (tag, name) == ("link", "href")
    ]
    assert loaded == ["data:,"]
    assert not re.search(r"@import|url\((?!#)", html)
    assert "default-src 'none'" in html


def test_every_link_inside_the_page_leads_somewhere_and_no_id_is_given_twice(html):
    page = Page(html)
    assert sorted(page.ids) == sorted(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_every_number_in_a_sentence_leads_to_its_query(html):
    assert Page(html).free_data == []
    assert html.count('class="n"') > 40


def test_every_chart_says_unit_source_and_vintage_and_has_its_table(html):
    for figure in re.findall(r"<figure.*?</figure>", html, re.DOTALL):
        assert 'class="unit"' in figure
        assert ">Sources:</span>" in figure or ">Source:</span>" in figure
        assert "As known on" in figure
        assert 'href="#q-' in figure
        assert "<table>" in figure
        assert "<caption>" in figure
    balance = html[html.index('id="f-balance"') :]
    assert "UN Comtrade</a> (newest figure public since 1 November 2026, bundle)" in balance


def test_charts_take_their_colours_from_the_page(html):
    for svg in re.findall(r"<svg.*?</svg>", html, re.DOTALL):
        assert not re.search(r'"(#[0-9a-fA-F]{3,8}|white|black|rgb[^"]*)"', svg)
        assert " id=" not in svg


def test_the_printed_query_is_the_one_that_was_run(html, filled):
    shown = html[html.index('id="q-balance"') :]
    assert "home_iso3 = &#39;AAA&#39;" in shown
    assert "$home" not in html
    with warehouse(filled) as connection:
        for query in load_queries():
            assert query.title, query.name
            assert connection.execute("select 1 from duckdb_tables() where table_name = ?", [query.needs]).fetchall()


def test_a_gap_in_the_figures_is_a_gap_in_the_line():
    from datetime import date

    rows = [{"at": date(2000 + n, 1, 1), "value": value} for n, value in enumerate([1.0, 2.0, None, 4.0, 5.0])]
    wide, _ = charts.drawn(charts.over_time(rows, {"value": "Value"}, time="at"))
    line = re.search(r'class="mark-line[^>]*><path[^>]* d="([^"]+)"', wide)
    assert line is not None
    assert line[1].count("M") == 2


def test_every_chart_is_what_vega_lite_allows(filled, monkeypatch):
    """The page draws without validation, which takes as long as the drawing; so it is validated here."""
    drawings = []
    monkeypatch.setattr(charts, "drawn", lambda drawing: (drawings.append(drawing), ("", ""))[1])
    report(filled)
    assert len(drawings) > 7
    for drawing in drawings:
        for width in (charts.WIDE, charts.NARROW):
            assert drawing(width).to_dict(validate=True)["layer"]


def test_an_unknown_pair_is_named_with_those_known(filled):
    with pytest.raises(ConfigurationError, match="no pair 'AAA-CCC' in the warehouse; known: AAA-BBB, BBB-AAA"):
        report(filled, "AAA-CCC")


def test_before_the_first_refresh_it_says_what_to_do(tmp_path):
    with pytest.raises(NoWarehouse, match="run `karakoram refresh` first"):
        write_report(load_settings(home=tmp_path / "nothing"))


def test_the_page_is_put_in_place_at_once(filled, tmp_path):
    target = write_report(filled, tmp_path / "new" / "page.html")
    assert target.read_text("utf-8").startswith("<!doctype html>")
    assert list(target.parent.iterdir()) == [target]
