"""What counts as a change, and why it happened."""

from __future__ import annotations

import pytest

from orchestration.notify.states import changes_between, read_rows, state_of
from orchestration.settings import load_settings
from tests.support.warehouses import Row, publish_states

BEFORE = Row("import_share", "watch", 0.22, "2023")


@pytest.fixture
def changes(tmp_path):
    settings = load_settings(home=tmp_path / "data")

    def between(before, after, log=None):
        first = read_rows(publish_states(settings, before, 0).path) if before else {}
        path = publish_states(settings, after, 1, log).path
        return changes_between({key: state_of(row) for key, row in first.items()}, read_rows(path), path)

    return between


@pytest.mark.parametrize(
    ("after", "cause"),
    [
        ([BEFORE.but(state="breach", value=0.3)], "revision: the figure of 2023 was 0.22 before"),
        (
            [BEFORE.but(is_latest=False), BEFORE.but(state="breach", value=0.3, period="2024")],
            "new data: 2024 after 2023 (0.22)",
        ),
        (
            [BEFORE.but(state="ok", value=0.1, is_latest=False), BEFORE.but(state="ok", value=0.1, period="2024")],
            "new data for 2024, and the past was revised: 2023 is ok now (0.1; 0.22 before)",
        ),
        ([BEFORE.but(state="breach", limit_value=0.21)], "the rule changed (limit 0.25 before)"),
        (
            [BEFORE.but(state="breach")],
            "neither period nor value moved; the other views, the source's standing or the earlier periods did",
        ),
        (
            [BEFORE.but(state="unknown", value=None, certainty=None, reason="stale")],
            "revision: the figure of 2023 was 0.22 before",
        ),
    ],
)
def test_the_cause_is_told(changes, after, cause):
    assert [change.cause for change in changes([BEFORE], after)] == [cause]


def test_the_log_of_the_warehouse_knows_the_cause_better(changes):
    entry = {"changed_at": "2026-11-02", "subject": "PAK-CHN", "rule_id": "import_share", "to_state": "breach"}
    log = [
        {**entry, "period": "2023", "cause": "revision", "revision_effect": 0.08, "new_data_effect": 0.0},
        {**entry, "period": "2022", "cause": "new_data", "revision_effect": 0.0, "new_data_effect": 0.1},
    ]
    assert changes([BEFORE], [BEFORE.but(state="breach", value=0.3)], log)[0].cause == "revision (revision +0.08)"
    other = [{**log[0], "to_state": "ok"}]
    assert changes([BEFORE], [BEFORE.but(state="breach", value=0.3)], other)[0].cause.startswith("revision: the figure")


def test_a_rule_that_is_new_is_told_only_if_it_is_flagged(changes):
    new = [BEFORE.but(rule_id="a", state="breach"), BEFORE.but(rule_id="b", state="ok"), BEFORE]
    found = changes([BEFORE], new)
    assert [(change.row["rule_id"], change.before) for change in found] == [("a", None)]
    assert found[0].cause == "a rule or subject that was not watched before"


def test_what_is_gone_or_has_moved_within_its_state_is_no_change(changes):
    gone = BEFORE.but(rule_id="gone", state="breach")
    assert changes([BEFORE, gone], [BEFORE.but(value=0.24, period="2024", certainty="possible")]) == []


def test_the_gravest_come_first(changes):
    rules = [BEFORE.but(rule_id=name) for name in "abcd"]
    states = ("ok", "unknown", "breach", "breach")
    after = [row.but(state=state, value=0.3) for row, state in zip(rules, states, strict=True)]
    assert [change.row["rule_id"] for change in changes(rules, after)] == ["c", "d", "b", "a"]


def test_a_file_of_an_older_karakoram_lacks_columns(tmp_path):
    import duckdb

    path = tmp_path / "old.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute(
            "create table marts.threshold_status as select 'PAK' as subject, 'r' as rule_id, 'ok' as state, "
            "'2024' as period, 1.5 as value, true as is_latest"
        )
    assert read_rows(path)[("PAK", "r")]["applies_to"] is None
