"""The home before a refresh: may we write here, is it of our format, is there room, and what did a kill leave behind?

Everything here is done by the holder of the writer's lock, except ``check_format``, which every reader may ask.
"""

from __future__ import annotations

import json
import shutil
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from orchestration.errors import KarakoramError, explained
from orchestration.ingest.snapshots import remove_temporary, write_atomically
from orchestration.locks import lock_if_free
from orchestration.publish.warehouse import drop_unfinished, restore_pointer
from orchestration.settings import Settings

if TYPE_CHECKING:
    from orchestration.ingest.refresh import Ingest

FORMAT = 1
"""Of everything below a home. Raised when an older release could no longer read, or would spoil, what we write."""

FORMAT_FILE = "format.json"
ROOM = 100_000_000
"""Bytes that a first refresh from the bundle takes, twice over (measured: 50 MB)."""

TIMES_THE_WAREHOUSE = 6  # build, draft and their temporary files, while the former files stay
AN_HOUR = 3600


class UnusableHome(KarakoramError):
    """The home cannot be written, is full, or was written by a newer release. The command leaves with 2."""


def check_format(settings: Settings) -> None:
    """Refuse a home that a newer release has written: we might misread it, and would spoil it for that release."""
    path = settings.home / FORMAT_FILE
    if not path.exists():
        return
    try:
        given = json.loads(path.read_text("utf-8"))
        found, by = int(given["format"]), str(given["karakoram"])
    except (ValueError, KeyError, TypeError) as error:
        raise UnusableHome(
            f"{path} cannot be read ({error}); restore it from a backup, or remove it if no newer release than "
            f"{version('karakoram')} ever used this home"
        ) from None
    if found > FORMAT:
        raise UnusableHome(
            f"{settings.home} was written by karakoram {by} (format {found}); this is {version('karakoram')}, which "
            f"reads formats up to {FORMAT}: upgrade, or set KARAKORAM_HOME to another folder"
        )


def open_home(settings: Settings) -> None:
    """Make the home, or see that it can be written and is of a format that we know."""
    try:
        settings.home.mkdir(parents=True, exist_ok=True)
        check_format(settings)
        write_atomically(settings.home / FORMAT_FILE, _format())
    except OSError as error:
        raise UnusableHome(f"{settings.home} cannot be written: {explained(error)}") from error


def check_room(settings: Settings) -> None:
    """Refuse to begin what the disk could not hold: a full disk is better noticed before than in the middle."""
    largest = settings.pointer.resolve().stat().st_size if settings.pointer.exists() else 0
    needed = max(ROOM, TIMES_THE_WAREHOUSE * largest)
    free = shutil.disk_usage(settings.home).free
    if free < needed:
        raise UnusableHome(
            f"{settings.home} has {free / 1e6:,.0f} MB of free space, a refresh may need {needed / 1e6:,.0f} MB; "
            "nothing was started; free disk space there, or set KARAKORAM_HOME to a larger disk"
        )


def tidy(ingest: Ingest) -> list[str]:
    """Remove what a killed process left half-written, and see that the pointer names a whole file.

    Returns:
        What was mended, one sentence each; leftovers are not worth one.
    """
    settings = ingest.settings
    for dataset in ingest.catalog.datasets:
        if not ingest.store.folder(dataset).exists():
            continue
        with lock_if_free(ingest.lock_file(dataset)) as free:
            if free:  # else a backfill is at work there, and its half-written files are alive
                ingest.store.sweep(dataset)
                remove_temporary(settings.parsed.joinpath(*dataset.split(".")))
    for folder in (settings.home, settings.build, settings.parsed / "_store"):
        remove_temporary(folder)
    remove_temporary(settings.dagster_home, older_than=AN_HOUR)  # the UI writes there without our lock
    shutil.rmtree(settings.build_file.with_suffix(".duckdb.tmp"), ignore_errors=True)  # DuckDB's own
    drop_unfinished(settings)
    return restore_pointer(settings)


def _format() -> bytes:
    found: dict[str, Any] = {"format": FORMAT, "karakoram": version("karakoram")}
    return json.dumps(found).encode()
