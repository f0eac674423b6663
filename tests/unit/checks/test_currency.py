from __future__ import annotations

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from orchestration.catalog import Dataset
from orchestration.checks.currency import currency_of, following_end, news_of, period_end
from orchestration.ingest.snapshots import DatasetStatus


def dataset(**facts):
    given = {
        "id": "office.figures",
        "title": "t",
        "citation": "c",
        "url": "http://u",
        "unit": "USD",
        "frequency": ["M"],
    }
    return Dataset(**{**given, "usual_lag_days": 30, "tolerance_days": 10, "serves": "live", **facts})


def known(*periods):
    return pa.table({"period": list(periods)})


@pytest.mark.parametrize(
    ("period", "end", "following"),
    [
        ("2024", date(2024, 12, 31), date(2025, 12, 31)),
        ("FY2025", date(2025, 6, 30), date(2026, 6, 30)),
        ("2024-02", date(2024, 2, 29), date(2024, 3, 31)),
        ("2024-12", date(2024, 12, 31), date(2025, 1, 31)),
        ("2024-Q4", date(2024, 12, 31), date(2025, 3, 31)),
        ("2026-03-06", date(2026, 3, 6), date(2026, 3, 13)),
    ],
)
def test_ends_of_periods(period, end, following):
    assert period_end(period) == end
    assert following_end(period) == following


def test_late_only_after_lag_and_tolerance():
    assert not currency_of(dataset(), known("2024-05"), date(2024, 8, 9)).is_late
    late = currency_of(dataset(), known("2024-05", "2024-04"), date(2024, 8, 15))
    assert late.is_late
    assert late.sentence == "newest period 2024-05; the next was due by 2024-07-30 and is 16 days late"


def test_a_series_that_ended_is_never_late():
    ended = currency_of(dataset(ends="2018"), known("2018"), date(2026, 1, 1))
    assert not ended.is_late
    assert "stopped after 2018" in ended.sentence


def test_no_data_is_not_late():
    assert currency_of(dataset(), known(), date(2026, 1, 1)).latest_period is None


ASKED = DatasetStatus("office.figures", checked_at=datetime(2024, 8, 9, tzinfo=UTC))
FAILED = DatasetStatus("office.figures", stale_since=datetime(2024, 8, 1, tzinfo=UTC))


@pytest.mark.parametrize(
    ("facts", "periods", "today", "status", "origin", "news", "said"),
    [
        (
            {},
            ["2024-05"],
            date(2024, 8, 9),
            ASKED,
            "live",
            "nothing_new",
            "answered on 2024-08-09, nothing newer; newest",
        ),
        ({}, ["2024-05"], date(2024, 8, 15), ASKED, "live", "late", "answered on 2024-08-09, nothing newer; newest"),
        ({}, ["2024-05"], date(2024, 8, 15), DatasetStatus("office.figures"), "live", "late", "never asked, nothing"),
        ({}, ["2024-05"], date(2024, 8, 15), FAILED, "live", "pipeline_broken", "no good answer since 2024-08-01"),
        ({}, ["2024-05"], date(2024, 8, 9), ASKED, "bundle", "not_asked", "carried in from the bundle"),
        ({"ends": "2018"}, ["2018"], date(2026, 1, 1), ASKED, "live", "ended", "the publisher stopped after 2018"),
        ({}, [], date(2026, 1, 1), ASKED, None, "empty", "no data yet"),
    ],
)
def test_late_and_broken_and_nothing_new_are_told_apart(facts, periods, today, status, origin, news, said):
    given = dataset(**facts)
    found, sentence = news_of(given, currency_of(given, known(*periods), today), status, origin)
    assert found == news
    assert sentence.startswith(said)
