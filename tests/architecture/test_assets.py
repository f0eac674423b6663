"""The asset graph itself: one lineage from publisher to published file, every check bound, everything described."""

from __future__ import annotations

import warnings

import dagster as dg
import pytest

from orchestration.assets.published import KEY as PUBLISHED
from orchestration.assets.snapshots import history_key, snapshot_key
from orchestration.catalog import load_catalog
from orchestration.checks.thresholds import read_rules
from orchestration.definitions import build_definitions
from orchestration.settings import load_settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    return load_settings(home=tmp_path_factory.mktemp("home") / "data")


@pytest.fixture(scope="module")
def definitions(settings):
    return build_definitions(settings)


@pytest.fixture(scope="module")
def graph(definitions):
    return definitions.resolve_asset_graph()


def test_building_definitions_greets_nobody_with_dagsters_warnings(settings):
    with warnings.catch_warnings():
        warnings.simplefilter("error", dg.BetaWarning)
        warnings.simplefilter("error", dg.PreviewWarning)
        build_definitions(settings)


def test_building_definitions_writes_nothing_into_the_home(definitions, settings):
    assert not settings.home.exists()


def test_every_dataset_has_an_asset_and_every_asset_of_a_snapshot_a_dataset(graph):
    catalog = load_catalog()
    datasets = {snapshot_key(dataset) for dataset in catalog.datasets.values()}
    found = {key for key in graph.get_all_asset_keys() if graph.get(key).group_name == "snapshots"}
    assert found == datasets | {history_key(catalog.datasets["un_comtrade.goods_annual"])}


def test_every_snapshot_leads_to_the_published_file(graph):
    upstream = graph.get_ancestor_asset_keys(PUBLISHED)
    for key in graph.get_all_asset_keys():
        if graph.get(key).group_name in ("snapshots", "staging", "marts"):
            assert key in upstream, f"{key.to_user_string()} leads nowhere"


def test_no_asset_of_the_lineage_is_only_a_name(graph):
    for key in graph.get_ancestor_asset_keys(PUBLISHED) | {PUBLISHED}:
        assert graph.get(key).is_executable, f"{key.to_user_string()} is referred to but nothing makes it"


def test_each_check_is_bound_to_an_asset_that_is_made(graph):
    checks = graph.asset_check_keys
    assert len(checks) > 50
    for check in checks:
        assert graph.has(check.asset_key), check
        assert graph.get(check.asset_key).is_executable, check


def test_every_threshold_is_a_check(graph):
    rules = {rule["rule_id"] for rule in read_rules()}
    assert rules <= {check.name for check in graph.asset_check_keys}


def test_everything_has_a_description_a_group_an_owner_and_kinds(graph):
    for key in graph.get_all_asset_keys():
        node = graph.get(key)
        assert node.description, key
        assert node.group_name != "default", key
        assert node.owners, key
        assert node.kinds, key


def test_the_nightly_schedule_is_on_by_default(definitions):
    schedule = definitions.resolve_schedule_def("every_night")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert schedule.job_name == "nightly"


def test_publishers_are_asked_one_run_at_a_time(definitions):
    for asset in definitions.resolve_all_asset_specs():
        if asset.group_name == "snapshots":
            assert asset.key.path[0] in load_catalog().publishers
