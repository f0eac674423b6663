"""Makes the N-th side effect of a process its last: SIGKILL, with nothing cleaned up. Or fills the disk just then.

A side effect is a call that the outside can see: a file opened for writing, an fsync, a rename, a symlink, a removal,
a folder made, a commit to SQLite, a process started, a connection to a publisher. Used by tests alone.
"""

from __future__ import annotations

import builtins
import contextlib
import errno
import io
import os
import signal
import socket
import sqlite3
import subprocess
import threading
from collections.abc import Callable
from typing import Any

MOMENTS = ("before", "after", "power")
"""Just before the N-th call; just after it; or as a power cut: half of what was to be flushed is lost, then death."""

FULL = "full"
"""No death: from the N-th call on the disk is full. What takes room fails; renaming and removing still work."""

TAKES_ROOM = ("open", "fsync", "mkdir", "symlink", "commit")

TIMED = "timed"
"""N milliseconds after the start, wherever that is: inside of DuckDB, most likely, whose calls nobody can patch."""

OF_OS = ("rename", "replace", "fsync", "symlink", "unlink", "mkdir", "rmdir", "chmod", "truncate")


class Killer:
    """Counts side effects; the ``at``-th (from 1) kills. With ``at`` 0 it only counts and names them."""

    def __init__(self, at: int, moment: str = "before") -> None:
        self.at, self.moment = at, moment
        self.seen: list[str] = []
        self._lock = threading.RLock()

    def install(self) -> Killer:
        """Patch this process; there is no way back, so do it in one that may die."""
        if self.moment == TIMED:
            timer = threading.Timer(self.at / 1000, _die)
            timer.daemon = True
            timer.start()
            return self
        for name in OF_OS:
            setattr(os, name, self._deadly(name, getattr(os, name)))
        opened = self._deadly_open(builtins.open)
        builtins.open = io.open = opened  # type: ignore[assignment]
        subprocess.Popen.__init__ = self._deadly("start", subprocess.Popen.__init__)  # type: ignore[method-assign]
        socket.socket.connect = self._deadly("connect", socket.socket.connect)  # type: ignore[method-assign]
        sqlite3.connect = sqlite3.dbapi2.connect = self._deadly_sqlite()  # type: ignore[assignment]
        return self

    def _deadly(self, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any, **options: Any) -> Any:
            dies = self._count(name)
            if self.moment == FULL:
                self._refuse_if_full(name)
                return real(*arguments, **options)
            if dies and self.moment == "power" and name == "fsync":
                with contextlib.suppress(OSError):  # a folder has no half
                    os.ftruncate(arguments[0], os.fstat(arguments[0]).st_size // 2)
            if dies and self.moment != "after":
                _die()
            try:
                return real(*arguments, **options)
            finally:  # one that fails is one too: a folder that is there already, a file that is not
                if dies:
                    _die()

        return call

    def _deadly_open(self, real: Callable[..., Any]) -> Callable[..., Any]:
        deadly = self._deadly("open", real)

        def call(file: Any, mode: str = "r", *arguments: Any, **options: Any) -> Any:
            writes = any(letter in mode for letter in "wax+") and file != os.devnull
            return (deadly if writes else real)(file, mode, *arguments, **options)

        return call

    def _deadly_sqlite(self) -> Callable[..., Any]:
        killer, real = self, sqlite3.connect

        class Connection(sqlite3.Connection):
            def commit(self) -> None:
                killer._deadly("commit", super().commit)()

        def connect(*arguments: Any, **options: Any) -> sqlite3.Connection:
            return real(*arguments, **{"factory": Connection, **options})

        return connect

    def _refuse_if_full(self, name: str) -> None:
        if 0 < self.at <= len(self.seen) and name in TAKES_ROOM:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _count(self, name: str) -> bool:
        with self._lock:
            self.seen.append(name)
            return len(self.seen) == self.at


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)
