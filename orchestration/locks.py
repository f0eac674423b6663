"""One writer at a time: kernel locks that no crash can leave behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from orchestration.errors import KarakoramError


class AlreadyRunningError(KarakoramError):
    """Another refresh holds the lock. The command says so and leaves with 75."""


@contextmanager
def writer_lock(path: Path, *, wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock of the one writer.

    ``flock`` belongs to the open file: the kernel frees it when the process ends, however it ends.

    Args:
        path: the lock file; made if it is missing, never removed.
        wait: told who has the lock, before waiting for its end; None does not wait.

    Raises:
        AlreadyRunningError: says which process has the lock (never raised when waiting).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 200).decode("utf-8", "replace").strip() or "an unknown process"
            sentence = f"a refresh of {path.parent} is running already ({holder})"
            if wait is None:
                raise AlreadyRunningError(sentence) from None
            wait(sentence)
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC".encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """Hold ``path`` alone, waiting for whoever has it: for short work on one dataset."""
    with _locked(path, fcntl.LOCK_EX):
        yield


@contextmanager
def lock_if_free(path: Path) -> Iterator[bool]:
    """Hold ``path`` alone if nobody has it; whether that is so."""
    with ExitStack() as held:
        try:
            held.enter_context(_locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB))
            free = True
        except BlockingIOError:
            free = False
        yield free


@contextmanager
def _locked(path: Path, how: int) -> Iterator[None]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, how)
        yield
    finally:
        os.close(descriptor)
