"""The warehouse as it would have been published on a past day, by today's code: a rebuild from the raw store cut there.

The cut is made at the very beginning: a private home holds links to the snapshots that were known by the end of that
day, and everything after is the ordinary rebuild. So nothing that became known later can leak in, and the result is a
replay of the raw store rather than a second way to compute it. The file lies beside the published ones, under
``as_of/``; the pointer of the analysts is not touched.
"""

from __future__ import annotations

import os
import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from orchestration.catalog import load_catalog
from orchestration.errors import KarakoramError
from orchestration.ingest.snapshots import DatasetStatus, SnapshotStore
from orchestration.run import BLOCKED, RefreshResult, refresh
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.night import Reporter

FOLDER = "as_of"


def rebuild_as_of(settings: Settings, day: date, reporter: Reporter | None = None) -> RefreshResult:
    """Rebuild what was known at the end of ``day`` (UTC) into ``<home>/as_of/karakoram-<day>.duckdb``.

    Raises:
        KarakoramError: nothing was known by then.
    """
    place = settings.build / FOLDER / day.isoformat()
    shutil.rmtree(place, ignore_errors=True)
    private = settings.model_copy(update={"home": place})
    try:
        _cut(SnapshotStore(settings.raw), SnapshotStore(private.raw), day)
        result = refresh(private, fetch=False, reporter=reporter)
        if result.exit_code == BLOCKED or result.published is None:
            return result
        kept = _keep(Path(result.published), settings.home / FOLDER / f"karakoram-{day.isoformat()}.duckdb")
    finally:
        shutil.rmtree(place, ignore_errors=True)
    pointed = str(settings.pointer.resolve()) if settings.pointer.exists() else None
    return replace(result, published=str(kept), warehouse=pointed)


def _cut(whole: SnapshotStore, part: SnapshotStore, day: date) -> None:
    """Link the snapshots known by the end of ``day`` into ``part``, with the statuses as far as they were known."""
    end = datetime.combine(day, time(), UTC) + timedelta(days=1)
    linked = 0
    for dataset in load_catalog().datasets:
        folder = part.folder(dataset)
        folder.mkdir(parents=True)
        for snapshot in whole.history(dataset):
            if snapshot.known_from < end:
                os.symlink(whole.folder(dataset) / snapshot.folder_name, folder / snapshot.folder_name)
                linked += 1
        part.write_status(_status_before(whole.status(dataset), end))
    if not linked:
        raise KarakoramError(f"nothing in {whole.root} was known by {day}; the oldest snapshots say when it begins")


def _status_before(status: DatasetStatus, end: datetime) -> DatasetStatus:
    """``status`` without what happened after ``end``; the last attempt, from which ages count, is laid on its eve."""
    last = end - timedelta(microseconds=1)
    stale = status.stale_since if status.stale_since and status.stale_since < end else None
    return replace(
        status,
        attempted_at=min(status.attempted_at, last) if status.attempted_at else None,
        checked_at=status.checked_at if status.checked_at and status.checked_at < end else None,
        stale_since=stale,
        error=status.error if stale else None,
        notes=(),
        scopes={},
    )


def _keep(published: Path, target: Path) -> Path:
    """Move the file and its record to where they stay; whoever has a former one open keeps it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    os.replace(published.with_suffix(".json"), target.with_suffix(".json"))
    os.replace(published, target)
    return target
