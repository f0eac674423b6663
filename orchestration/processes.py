"""Processes: how one loads quickly what it will keep, and how those end that outlived the one that started them."""

from __future__ import annotations

import atexit
import contextlib
import gc
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PARENT = "KARAKORAM_PARENT"
PROC = Path("/proc")
LONGEST_DEATH = 10.0  # seconds until a killed process is gone; a disk that hangs may hold one longer


@contextlib.contextmanager
def loading() -> Iterator[None]:
    """For what stays until the process ends: nobody looks for garbage in it, neither meanwhile nor afterwards.

    Python would look a hundred times: a sixth of what Dagster's modules take, and of dbt's parsing.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.enable()
        atexit.register(gc.unfreeze)  # else DuckDB's module says at the end what it still has, and calls it leaked


@contextlib.contextmanager
def hidden(module: str) -> Iterator[None]:
    """Within the block ``module`` cannot be imported, as if it were not installed: for what is imported without it."""
    nothing = object()
    former = sys.modules.get(module, nothing)
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]
        if former is not nothing:
            sys.modules[module] = former  # type: ignore[assignment]


def end_orphans(variable: str, value: str) -> list[int]:
    """Kill what a dead refresh has left: processes with ``variable=value`` whose parent is not the one they name.

    An orphaned dbt would go on writing below the path where the next run builds anew, write-ahead log included.
    Only for the holder of the writer's lock: then no other refresh of this home can be alive. Linux; elsewhere nothing.

    Returns:
        The ids of the processes that were ended.
    """
    orphans = [process for process in _processes() if _is_orphan(process, variable, value)]
    for process in orphans:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
    ends = time.monotonic() + LONGEST_DEATH
    while any(_is_running(process) for process in orphans) and time.monotonic() < ends:
        time.sleep(0.02)
    return orphans


def _processes() -> list[int]:
    return [int(path.name) for path in PROC.glob("[0-9]*") if int(path.name) != os.getpid()]


def _is_orphan(process: int, variable: str, value: str) -> bool:
    given = _environment(process)
    parent = given.get(PARENT)
    return given.get(variable) == value and parent is not None and parent != _status(process).get("PPid")


def _is_running(process: int) -> bool:
    return _status(process).get("State", "Z")[0] not in "ZX"


def _environment(process: int) -> dict[str, str]:
    try:
        text = (PROC / str(process) / "environ").read_text("utf-8", errors="replace")
    except OSError:  # it ended, or belongs to somebody else
        return {}
    pairs = (line.partition("=") for line in text.split("\0"))
    return {name: value for name, _, value in pairs}


def _status(process: int) -> dict[str, str]:
    try:
        lines = (PROC / str(process) / "status").read_text("utf-8", errors="replace").splitlines()
    except OSError:
        return {}
    pairs = (line.partition(":") for line in lines)
    return {name: value.strip() for name, _, value in pairs}
