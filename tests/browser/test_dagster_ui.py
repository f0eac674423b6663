"""The Dagster UI as a data engineer meets it: assets load, a job launched there succeeds, checks explain."""

from __future__ import annotations

import re

import pytest

from tools.screenshots import open_picture, running_ui

pytestmark = pytest.mark.slow
LOOKS, PAUSE = 60, 4_000  # at a run that is going on, and ms between two looks


@pytest.fixture(scope="module")
def home(bundle_home, tmp_path_factory):
    """A copy of a refreshed home that has lost its published files: a job has something to do."""
    home = bundle_home.copy(tmp_path_factory.mktemp("ui") / "data")
    (home.path / "karakoram.duckdb").unlink()
    return home


@pytest.fixture(scope="module")
def ui(home, browser):
    with running_ui(home.path, browser, **home.environment) as running:
        yield running


def test_the_groups_read_as_the_flow(ui):
    page = ui.page("/asset-groups")
    for group in ("snapshots", "seeds", "staging", "intermediate", "marts", "published"):
        page.get_by_text(group, exact=True).first.wait_for()


def test_a_dataset_leads_to_its_publisher_licence_and_query(ui):
    page = ui.page("/assets/world_bank/wdi", height=2000)
    page.get_by_role("link", name="https://data.worldbank.org").wait_for()
    page.get_by_role("link", name="https://creativecommons.org/licenses/by/4.0/").wait_for()
    page.get_by_text("where dataset = 'world_bank.wdi'").wait_for()
    page.get_by_text("orchestration/ingest/publishers/world_bank.py").wait_for()
    page.get_by_text("Freshness policy").first.wait_for()


def test_the_balance_is_drawn(ui):
    page = ui.page("/assets/marts/trade_balance")
    page.get_by_text("picture").wait_for()
    open_picture(page)
    width = page.locator("img[src^='data:image/svg']").evaluate("image => image.naturalWidth")
    assert width > 300


def test_a_check_says_value_limit_and_source(ui, home):
    page = ui.page("/assets/marts/trade_balance?view=checks&checkDetail=coverage_ratio")
    page.get_by_text("the limit is below 0.25").first.wait_for()
    page.get_by_text("Project default: nobody has published a limit").first.wait_for()


def test_a_job_launched_from_the_ui_succeeds_and_publishes(ui, home):
    page = ui.page("/locations/karakoram/jobs/rebuild")
    page.get_by_role("button", name="Materialize all").click()
    said = page.get_by_text("Launched run").inner_text()
    run = re.search(r"Launched run ([0-9a-f]{8})", said)
    assert run, said
    page.goto(f"{ui.url}/runs")
    page.locator(f"a[href^='/runs/{run[1]}']").first.click()
    wait_for_the_end(page)
    assert (home.path / "karakoram.duckdb").exists()
    assert home.rows("select count(*) from marts.trade_balance")[0][0] > 0
    page.goto(f"{ui.url}/assets/published/warehouse")
    page.get_by_text("what_changed").wait_for()


def wait_for_the_end(page):
    """Look at the run until it says how it ended; anew each time, as a long event list does not scroll by itself."""
    for _ in range(LOOKS):
        page.locator("text=/^(Success|Failure|Canceled|Started|Starting|Queued)$/").first.wait_for()
        if page.get_by_text("Failure", exact=True).count():
            break
        if page.get_by_text("Success", exact=True).count():
            return
        page.wait_for_timeout(PAUSE)
        page.reload(wait_until="domcontentloaded")
    pytest.fail(f"the run did not succeed: {page.locator('body').inner_text()[:2000]}")


def test_the_schedule_and_the_sensor_are_on(ui):
    page = ui.page("/automation")
    for name in ("every_night", "tell_changes"):
        page.get_by_text(name).first.wait_for()
    page.locator("input[type=checkbox]:checked").nth(1).wait_for(state="attached")


def test_no_page_complained(ui):
    assert ui.complaints == []
