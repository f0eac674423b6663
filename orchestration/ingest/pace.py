"""One publisher's pace: the starts of its requests stay apart, and a day has no more of them than the publisher allows.

Whichever thread, client or process they come from: a backfill is many processes, and a night may run beside it. Each at
the publisher's pace, they would be too fast, and each within a day's quota, they would be too many.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import ExitStack
from datetime import date
from pathlib import Path

from orchestration.locks import waiting_lock


class Pace:
    """The turns to ask one publisher.

    Args:
        file: shares the turns with other processes of this machine: it holds the start of the last request, on the
            clock that they have in common (seconds since the machine's start), and the pace then kept. Whoever has
            the turn holds its lock, waits, and writes. None shares them within this process only.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file, self._lock = file, threading.Lock()
        self._last: tuple[float, float] | None = None

    def take_turn(self, seconds: float, clock: Callable[[], float], sleep: Callable[[float], None]) -> None:
        """Wait until the request may start; the next one starts ``seconds`` later or after."""
        with ExitStack() as held:
            held.enter_context(self._lock)
            if self._file:
                held.enter_context(waiting_lock(self._file))
            if last := self._read():
                start, pace = last
                wait = min(start + pace - clock(), pace)  # a start that lies ahead is of before the machine's restart
                if wait > 0:
                    sleep(wait)
            self._write(clock(), seconds)

    def _read(self) -> tuple[float, float] | None:
        if self._file is None:
            return self._last
        try:
            start, pace = map(float, self._file.read_text("ascii").split())
        except ValueError:  # nothing yet, or half a line of one that was killed
            return None
        return start, pace

    def _write(self, start: float, seconds: float) -> None:
        self._last = start, seconds
        if self._file:
            self._file.write_text(f"{start} {seconds}\n", "ascii")


class Quota:
    """The requests of one day (UTC) to one publisher.

    Args:
        file: shares the count with other processes of this machine: the day, and below it a dot for each request. A dot
            is only ever added, so that a process that is killed meanwhile takes none away. None counts within this
            process only.
    """

    def __init__(self, file: Path | None = None) -> None:
        self._file, self._lock = file, threading.Lock()
        self._counted: tuple[date | None, int] = None, 0

    def take(self, most: int, today: date) -> bool:
        """Count one request, unless ``most`` were made ``today``; whether it may be made."""
        with ExitStack() as held:
            held.enter_context(self._lock)
            if self._file:
                held.enter_context(waiting_lock(self._file))
            made = self._made(today)
            if made < most:
                self._count(today, made)
            return made < most

    def _made(self, today: date) -> int:
        if self._file is None:
            day, made = self._counted
            return made if day == today else 0
        day_said, _, dots = self._file.read_text("ascii", "replace").partition("\n")
        return len(dots) if day_said == f"{today}" else 0

    def _count(self, today: date, made: int) -> None:
        self._counted = today, made + 1
        if self._file:
            with open(self._file, "a" if made else "w", encoding="ascii") as file:
                file.write("." if made else f"{today}\n.")
