"""The report as an asset: downstream of the published file, and never the reason for a failed night."""

from __future__ import annotations

import dagster as dg

from orchestration.assets.published import KEY as PUBLISHED
from orchestration.assets.report import CHECK, KEY, report_asset
from orchestration.catalog import load_catalog
from orchestration.ingest.refresh import Ingest
from orchestration.night import Night
from orchestration.seeds import load_seeds
from orchestration.settings import load_settings
from tests.support.small_warehouse import publish_small


def run(settings):
    night = Night(ingest=Ingest(settings, load_catalog(), load_seeds()), origin=None)
    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize([report_asset()], resources={"night": night}, instance=instance, raise_on_error=False)


def test_it_hangs_on_the_published_file():
    assert report_asset().asset_deps[KEY] == {PUBLISHED}


def test_it_writes_the_page_into_the_home(tmp_path):
    settings = publish_small(tmp_path / "data", filled=True)
    done = run(settings)
    assert done.success
    assert (settings.home / "report.html").exists()
    assert [(check.check_name, check.passed) for check in done.get_asset_check_evaluations()] == [(CHECK, True)]


def test_a_page_that_cannot_be_written_is_a_failed_check_and_no_failed_night(tmp_path):
    settings = load_settings(home=tmp_path / "data")
    settings.home.mkdir()
    former = settings.home / "report.html"
    former.write_text("the former page", "utf-8")
    done = run(settings)
    assert done.success
    (check,) = done.get_asset_check_evaluations()
    assert not check.passed
    assert check.severity == dg.AssetCheckSeverity.WARN
    assert "does not exist yet: run `karakoram refresh` first" in check.description
    assert former.read_text("utf-8") == "the former page"
    assert not done.asset_materializations_for_node("published__report")
