"""One writer at a time: kernel locks that no crash can leave behind."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from orchestration.errors import KarakoramError


class AlreadyRunningError(KarakoramError):
    """Another refresh holds the lock. The command says so and leaves with 75."""


@contextmanager
def writer_lock(path: Path) -> Iterator[None]:
    """Hold the lock of the one writer; AlreadyRunningError says which process has it.

    ``flock`` belongs to the open file: the kernel frees it when the process ends, however it ends.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 200).decode("utf-8", "replace").strip() or "an unknown process"
            raise AlreadyRunningError(f"a refresh of {path.parent} is running already ({holder})") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"process {os.getpid()} since {datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC".encode())
        yield
    finally:
        os.close(descriptor)


@contextmanager
def waiting_lock(path: Path) -> Iterator[None]:
    """Hold ``path`` alone, waiting for whoever has it: for short work on one dataset."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
