"""What a threshold's check says of the states that the mart holds."""

from __future__ import annotations

import dagster as dg
import duckdb
import pytest

from orchestration.checks.thresholds import FALLBACK, _result, mart_of

SPEC = dg.AssetCheckSpec(name="cover", asset=FALLBACK)


@pytest.fixture
def connection():
    with duckdb.connect() as opened:
        opened.execute("create schema marts")
        opened.execute(
            "create table marts.threshold_status (subject varchar, period varchar, value double, low double, "
            "high double, unit varchar, direction varchar, limit_value double, state varchar, certainty varchar, "
            "since_period varchar, reason varchar, rule_id varchar, is_latest boolean, period_end date)"
        )
        yield opened


def judged(connection, *states, **changes):
    """The check's result when the subjects A, B, C … are in these states."""
    for subject, state in zip("ABCDEFGHIJKLMNOP", states, strict=False):
        row = {
            "subject": subject,
            "period": "2024",
            "value": None if state == "unknown" else 2.5,
            "low": 2.5,
            "high": 2.5,
            "unit": "months",
            "direction": "below",
            "limit_value": 3,
            "state": state,
            "certainty": "certain",
            "since_period": "2024",
            "reason": None,
            "rule_id": "cover",
            "is_latest": True,
            "period_end": "2024-12-31",
            **changes,
        }
        connection.execute(
            f"insert into marts.threshold_status ({', '.join(row)}) values ({', '.join('?' * len(row))})",
            list(row.values()),
        )
    return _result(connection, SPEC)


@pytest.mark.parametrize(
    ("states", "passed"),
    [
        (["ok"], True),
        (["ok", "ok"], True),
        (["ok", "unknown"], False),
        (["ok", "watch"], False),
        (["breach", "ok"], False),
        (["unknown"], False),
        ([], False),
    ],
)
def test_only_what_is_known_to_be_ok_passes_and_nothing_blocks(connection, states, passed):
    result = judged(connection, *states)
    assert result.passed == passed
    assert result.severity == dg.AssetCheckSeverity.WARN


def test_another_rule_and_a_former_state_are_no_concern_of_it(connection):
    judged(connection, "breach", rule_id="another")
    judged(connection, "breach", is_latest=False)
    assert judged(connection, "ok").passed


def test_the_gravest_comes_first_and_is_counted(connection):
    result = judged(connection, "ok", "unknown", "watch", "breach", "ok")
    assert result.metadata["subjects"].value == "1 breach, 1 watch, 1 unknown, 2 ok"
    assert result.metadata["value"].value == 2.5
    assert result.description == (
        "D: breach (certain), 2.5 months in 2024; the limit is below 3; "
        "C: watch (certain), 2.5 months in 2024; the limit is below 3; "
        "B: unknown in 2024: no figure; and 2 more subjects"
    )


def test_views_that_differ_and_a_state_that_lasts_are_said(connection):
    result = judged(connection, "breach", low=2.1, high=2.9, since_period="2022")
    assert result.description == (
        "A: breach since 2022 (certain), 2.5 months in 2024, views from 2.1 to 2.9; the limit is below 3"
    )


def test_without_a_figure_there_is_a_reason_and_no_value(connection):
    result = judged(connection, "unknown", reason="the publisher is late")
    assert result.description == "A: unknown in 2024: the publisher is late"
    assert "value" not in result.metadata
    connection.execute("delete from marts.threshold_status")
    assert judged(connection).description == "no subject has a figure or an expected period for this rule"


def test_a_rule_stands_on_the_mart_of_its_metric_if_there_is_one():
    @dg.asset(key=["marts", "reserve_adequacy"])
    def mart():
        """A mart."""

    marts = {"import_cover_months": "reserve_adequacy", "gini": "nowhere"}
    assert mart_of({"metric": "import_cover_months"}, marts, mart) == mart.key
    assert mart_of({"metric": "gini"}, marts, mart) == FALLBACK
    assert mart_of({"metric": "SP.POP.TOTL"}, marts, mart) == FALLBACK
