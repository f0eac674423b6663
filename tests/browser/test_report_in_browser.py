"""The report as somebody meets it: from disk, on a desk and on a phone, by day and by night, on paper, by ear."""

from __future__ import annotations

from contextlib import contextmanager

import pytest
from axe_playwright_python.sync_playwright import Axe

from orchestration.report.page import write_report
from orchestration.settings import load_settings
from tests.support.small_warehouse import publish_small

WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}
SCHEMES = ("light", "dark")


@contextmanager
def opened(browser, path, width="desktop", scheme="light"):
    """The page in a fresh profile that cannot reach anything, with all that it printed or asked for."""
    size = dict(zip(("width", "height"), WIDTHS[width], strict=True))
    context = browser.new_context(viewport=size, color_scheme=scheme, offline=True)
    page = context.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(message.text))
    page.on("pageerror", lambda error: page.said.append(str(error)))
    page.on("request", lambda request: page.asked.append(request.url))
    page.goto(path.as_uri())
    yield page
    context.close()


@pytest.fixture(scope="module")
def filled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("filled")
    return write_report(publish_small(folder / "data", filled=True), folder / "report.html")


@pytest.fixture(scope="module")
def bare(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bare")
    return write_report(publish_small(folder / "data", filled=False), folder / "report.html")


def inspect(browser, path, width, scheme):
    with opened(browser, path, width, scheme) as page:
        assert page.said == []
        assert page.asked == [path.as_uri()]
        assert page.evaluate("document.documentElement.scrollWidth") <= WIDTHS[width][0], "it scrolls sideways"
        page.evaluate("for (const d of document.querySelectorAll('details')) d.open = true")
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        assert page.evaluate("document.querySelector('.chart svg text') === null") == (path.parent.name[:4] == "bare")


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_a_filled_page_asks_for_nothing_says_nothing_and_passes_axe(browser, filled, width, scheme):
    inspect(browser, filled, width, scheme)


def test_so_does_a_page_of_gaps(browser, bare):
    inspect(browser, bare, "phone", "dark")


@pytest.mark.slow
@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_so_does_the_page_on_real_figures(browser, bundle_home, tmp_path, width, scheme):
    path = write_report(load_settings(home=bundle_home.path), tmp_path / "report.html")
    inspect(browser, path, width, scheme)


def test_charts_follow_the_dark(browser, filled):
    colours = {}
    for scheme in SCHEMES:
        with opened(browser, filled, scheme=scheme) as page:
            colours[scheme] = page.evaluate(
                """[...document.querySelectorAll('#f-balance .wide [stroke], #f-balance .wide text')]
                   .map(e => getComputedStyle(e).stroke + getComputedStyle(e).fill)"""
            )
    assert len(colours["light"]) == len(colours["dark"])
    same = [pair for pair in zip(*colours.values(), strict=True) if pair[0] == pair[1] and "rgb" in pair[0]]
    assert same == []


def test_each_screen_gets_the_chart_drawn_for_it(browser, filled):
    for width in WIDTHS:
        with opened(browser, filled, width) as page:
            wide, narrow = (page.locator(f"#f-balance .chart.{kind}").is_visible() for kind in ("wide", "narrow"))
            assert (wide, narrow) == ((True, False) if width == "desktop" else (False, True))
            size = page.evaluate(
                """Math.min(...[...document.querySelectorAll('#f-balance .chart text')]
                   .filter(e => e.getBoundingClientRect().height > 0)
                   .map(e => parseFloat(getComputedStyle(e).fontSize) * e.getScreenCTM().a))"""
            )
            assert size >= 10, f"labels of {size} pixels on a {width}"


def test_a_number_leads_to_its_query(browser, filled):
    with opened(browser, filled) as page:
        page.locator(".lead a.n").first.click()
        query = page.locator("#q-balance")
        assert query.is_visible()
        assert page.evaluate("document.querySelector('#q-balance').getBoundingClientRect().top") < WIDTHS["desktop"][1]
        assert "from marts.trade_balance" in query.inner_text()


def test_the_keyboard_skips_to_the_report(browser, filled):
    with opened(browser, filled) as page:
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"
        page.keyboard.press("Enter")
        assert page.evaluate("document.activeElement.id") == "main"


def test_it_prints_in_ink_on_white(browser, filled):
    with opened(browser, filled, scheme="dark") as page:
        page.emulate_media(media="print")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert not page.locator("nav").is_visible()
        assert page.locator("#f-balance .chart.wide").is_visible()
        assert page.pdf(format="A4").startswith(b"%PDF")
