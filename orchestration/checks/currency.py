"""Is a dataset late? Judged by each publisher's usual lag, never by when we fetched.

A series that has ended (``ends`` in the catalogue) is never late: its age is shown with every number instead.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pyarrow as pa

from orchestration.catalog import Dataset
from orchestration.ingest.snapshots import DatasetStatus

News = Literal["nothing_new", "late", "pipeline_broken", "ended", "empty", "not_asked"]


@dataclass(frozen=True)
class Currency:
    """Whether the newest period is older than it should be, in one sentence and three facts."""

    latest_period: str | None
    expected_by: date | None
    is_late: bool
    sentence: str


def currency_of(dataset: Dataset, known: pa.Table, today: date, usual_lag_days: int | None = None) -> Currency:
    """Judge the newest period of ``known`` (contract columns) against the dataset's lag and tolerance, in days.

    Args:
        usual_lag_days: as learned from observed releases; the catalogue's if None.
    """
    periods = [period for period in known["period"].unique().to_pylist() if period]
    if not periods:
        return Currency(None, None, False, "no data yet")
    latest = max(periods, key=period_end)
    if dataset.ends:
        return Currency(
            latest, None, False, f"the publisher stopped after {dataset.ends}; the newest period is {latest}"
        )
    due = following_end(latest) + timedelta(days=dataset.usual_lag_days if usual_lag_days is None else usual_lag_days)
    late = today > due + timedelta(days=dataset.tolerance_days)
    sentence = f"newest period {latest}; the next was due by {due}" + (
        f" and is {(today - due).days} days late" if late else ""
    )
    return Currency(latest, due, late, sentence)


def news_of(dataset: Dataset, current: Currency, status: DatasetStatus, origin: str | None) -> tuple[News, str]:
    """Whether there is nothing new, the publisher is late, or we could not ask: the last two are never confused.

    Args:
        current: the verdict of ``currency_of``.
        status: when the publisher was asked and how that went.
        origin: of the newest snapshot: 'live', 'bundle', or None if there is none.
    """
    if status.stale_since is not None:
        return "pipeline_broken", (
            f"no good answer since {status.stale_since:%Y-%m-%d}: whether anything was released is not known"
        )
    if current.latest_period is None:
        return "empty", current.sentence
    if dataset.ends:
        return "ended", current.sentence
    if origin == "bundle":
        return "not_asked", f"carried in from the bundle, nobody was asked; {current.sentence}"
    asked = f"answered on {status.checked_at:%Y-%m-%d}" if status.checked_at else "never asked"
    return ("late" if current.is_late else "nothing_new"), f"{asked}, nothing newer; {current.sentence}"


def period_end(period: str) -> date:
    """The last day of a period: '2024', 'FY2025', '2024-06', '2024-Q2' or '2024-06-30'."""
    if period.startswith("FY"):
        return date(int(period[2:]), 6, 30)
    if len(period) == 4:
        return date(int(period), 12, 31)
    if "Q" in period:
        return _month_end(int(period[:4]), 3 * int(period[-1]))
    if len(period) == 7:
        return _month_end(int(period[:4]), int(period[5:]))
    return date.fromisoformat(period)


def following_end(period: str) -> date:
    """The last day of the period after ``period``."""
    end = period_end(period)
    if len(period) == 10:
        return end + timedelta(days=7)
    months = 12 if len(period) == 4 or period.startswith("FY") else 3 if "Q" in period else 1
    total = end.year * 12 + end.month - 1 + months
    return _month_end(total // 12, total % 12 + 1)


def _month_end(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
