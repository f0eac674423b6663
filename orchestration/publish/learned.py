"""What the published file has learned that the next night can use: each dataset's usual lag."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import duckdb

from orchestration.settings import Settings


def usual_lags(settings: Settings) -> dict[str, int]:
    """Days from the end of a period to its publication, by dataset, as ``marts.release_calendar`` says.

    Empty while nothing is published, or what is published has no calendar: then the catalogue's lags stand.
    """
    return dict(_lags_of(settings.pointer.resolve())) if settings.pointer.exists() else {}


@lru_cache(maxsize=4)
def _lags_of(published: Path) -> Mapping[str, int]:
    """A published file never changes, and every dataset's check asks."""
    with duckdb.connect(str(published), read_only=True) as connection:
        try:
            rows = connection.execute("select dataset, usual_lag_days from marts.release_calendar").fetchall()
        except duckdb.CatalogException:  # published by a version that had none
            return {}
    return {dataset: int(days) for dataset, days in rows}
