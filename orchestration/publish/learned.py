"""What the published file has learned that the next night can use: each dataset's usual lag."""

from __future__ import annotations

import duckdb

from orchestration.settings import Settings


def usual_lags(settings: Settings) -> dict[str, int]:
    """Days from the end of a period to its publication, by dataset, as ``marts.release_calendar`` says.

    Empty while nothing is published, or what is published has no calendar: then the catalogue's lags stand.
    """
    if not settings.pointer.exists():
        return {}
    with duckdb.connect(str(settings.pointer.resolve()), read_only=True) as connection:
        try:
            rows = connection.execute("select dataset, usual_lag_days from marts.release_calendar").fetchall()
        except duckdb.CatalogException:  # published by a version that had none
            return {}
    return {dataset: int(days) for dataset, days in rows}
