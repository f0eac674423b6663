"""The Dagster UI as a data engineer meets it: assets load, a job launched there succeeds, checks are shown."""

from __future__ import annotations

import os
import re
import shutil

import pytest

from tests.conftest import Home

pytestmark = pytest.mark.slow
REQUIRED = os.environ.get("KARAKORAM_BROWSER") == "required"
A_BUILD = 240_000  # ms


@pytest.fixture(scope="module")
def home(bundle_home, tmp_path_factory):
    """A copy of a refreshed home that has lost its published files: a job has something to do."""
    path = tmp_path_factory.mktemp("ui") / "data"
    shutil.copytree(bundle_home.path, path, symlinks=True)
    (path / "karakoram.duckdb").unlink()
    return Home(path, bundle_home.environment)


@pytest.fixture(scope="module")
def ui(home):
    try:
        from tools.screenshots import chromium, running_ui
    except ImportError as error:
        if REQUIRED:
            raise
        pytest.skip(f"no Playwright: {error}")
    if chromium() is None and not REQUIRED:
        pytest.skip("no Chromium on this machine; KARAKORAM_BROWSER=required makes that a failure")
    with running_ui(home.path, **home.environment) as running:
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
    from tools.screenshots import open_picture

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
    page.get_by_text("RUN_SUCCESS").wait_for(timeout=A_BUILD)
    assert (home.path / "karakoram.duckdb").exists()
    assert home.rows("select count(*) from marts.trade_balance")[0][0] > 0
    page.goto(f"{ui.url}/assets/published/warehouse")
    page.get_by_text("what_changed").wait_for()


def test_the_schedule_and_the_sensor_are_on(ui):
    page = ui.page("/automation")
    for name in ("every_night", "tell_changes"):
        page.get_by_text(name).first.wait_for()
    page.wait_for_function("document.querySelectorAll('input[type=checkbox]:checked').length === 2")


def test_no_page_complained(ui):
    assert ui.complaints == []
