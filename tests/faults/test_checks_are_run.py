"""A check that nobody runs checks nothing: none may vanish, be skipped, be turned into a warning, or go unbound.

``checks.txt`` names the tests of the dbt project that stand in files of their own; those on columns are counted. A new
one is added here; one that is taken out turns this red. That they notice something: ``test_checks_bite``.
"""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from orchestration.assets.warehouse import dbt_project
from orchestration.settings import DBT_PROJECT

LISTED = (Path(__file__).parent / "checks.txt").read_text("utf-8").split()
COLUMNS = {"not_null": 143, "accepted_values": 57, "unique_row": 61, "unique": 24, "relationships": 5}
WARNINGS = {
    "assert_holders_add_up",
    "months_agree_with_cumulated_figures",
    "scored_indicators_are_not_too_much_alike",
    "themes_have_rows",
}


@pytest.fixture(scope="module")
def manifest():
    return json.loads(dbt_project().manifest_path.read_text("utf-8"))


@pytest.fixture(scope="module")
def tests(manifest):
    return {name: node for name, node in manifest["nodes"].items() if node["resource_type"] == "test"}


def kind(node):
    return (node.get("test_metadata") or {}).get("name")


def test_every_check_in_a_file_of_its_own_is_listed_and_known_to_dbt(tests):
    found = {node["name"] for node in tests.values() if kind(node) is None}
    assert found == set(LISTED)
    assert len(LISTED) == len(set(LISTED))


def test_checks_on_columns_do_not_vanish(tests):
    counted = Counter(kind(node) for node in tests.values() if kind(node) is not None)
    assert counted == COLUMNS, "was one taken out? If only some were added, raise the number"


def test_every_mart_has_a_contract_and_a_key_that_is_checked(manifest, tests):
    marts = {name: node for name, node in manifest["nodes"].items() if node["fqn"][1] == "marts"}
    marts = {name: node for name, node in marts.items() if node["resource_type"] == "model"}
    keyed = {node["attached_node"] for node in tests.values() if kind(node) in ("unique_row", "unique")}
    assert marts
    for name, node in marts.items():
        assert node["config"]["contract"]["enforced"], name
        assert name in keyed, f"{name}: nothing checks that a row comes once"


def test_no_check_is_switched_off_or_softened_but_by_name(tests):
    for name, node in tests.items():
        config = node["config"]
        assert config["enabled"], name
        assert config["where"] is None, f"{name} looks at a part only"
        assert config["limit"] is None, name
        assert config["error_if"] == "!= 0", name
    assert {node["name"] for node in tests.values() if node["config"]["severity"].lower() == "warn"} == WARNINGS
    disabled = json.loads(dbt_project().manifest_path.read_text("utf-8"))["disabled"]
    # Those of the world belong to another target (tests/integration/test_world.py).
    assert not [
        name
        for name, (node, *_) in disabled.items()
        if name.startswith(("test.", "unit_test.")) and node["fqn"][1] != "world"
    ]


@pytest.mark.slow
def test_every_check_ran_in_the_refresh_and_none_was_skipped(bundle_home, tests):
    results = json.loads((bundle_home.path / "build" / "dbt" / "run_results.json").read_text("utf-8"))["results"]
    ran = {result["unique_id"]: result["status"] for result in results}
    assert {name for name in tests if name not in ran} == set()
    assert {status for name, status in ran.items() if name in tests} <= {"pass", "warn"}
    softened = {name for name, node in tests.items() if node["config"]["severity"].lower() == "warn"}
    assert {name for name, status in ran.items() if status == "warn"} <= softened


@pytest.mark.slow
def test_every_rule_has_a_state_and_is_a_check(bundle_home):
    with open(DBT_PROJECT / "seeds" / "thresholds.csv", encoding="utf-8", newline="") as file:
        rules = {row["rule_id"] for row in csv.DictReader(file)}
    assert {rule for (rule,) in bundle_home.rows("select distinct rule_id from marts.threshold_status")} == rules


def test_every_model_with_a_formula_has_a_unit_test(manifest):
    tested = {node["model"] for node in manifest["unit_tests"].values()}
    files = [path for path in (DBT_PROJECT / "models").rglob("*.yml")]
    declared = sum(len((yaml.safe_load(path.read_text("utf-8")) or {}).get("unit_tests", [])) for path in files)
    assert declared == len(manifest["unit_tests"]), "a unit test stands in a file but dbt does not know it"
    assert {"trade_balance", "reserve_adequacy", "student_mobility", "ict_exports", "threshold_status"} <= tested
