"""Whole refreshes as processes that may be killed from inside or outside, and what must hold of a home afterwards."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import duckdb

from orchestration.publish.warehouse import table_hashes
from tests.conftest import ROOT, Home

INJECT = ROOT / "tests" / "faults" / "inject"
COMMAND = "orchestration.cli"
VOLATILE = "marts.publication"
Answer = TypeVar("Answer")


def start(home: Home, *arguments: str, kill: str = "", **more: str) -> subprocess.Popen[str]:
    """Start ``karakoram …`` on ``home``; ``kill`` is ``program:N:moment`` (see ``inject/sitecustomize.py``)."""
    environment = {**os.environ, **home.environment, "KARAKORAM_HOME": str(home.path), "KARAKORAM_KILL": kill, **more}
    environment["PYTHONPATH"] = os.pathsep.join([str(INJECT), str(ROOT)] if kill else [str(ROOT)])
    return subprocess.Popen(
        [sys.executable, "-c", f"from {COMMAND} import main; main()", *arguments],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def tables(home: Home) -> dict[str, Any]:
    """Rows and hash of every published table, without the one that says when it was published."""
    return {name: facts for name, facts in home.record()["tables"].items() if name != VOLATILE}


def assert_whole(home: Home) -> None:
    """I1 and I2: the published file opens, and every value of it is what its record says."""
    with duckdb.connect(str((home.path / "karakoram.duckdb").resolve()), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        found = {name: list(facts) for name, facts in table_hashes(connection).items()}
    assert found == home.record()["tables"]


def assert_tidy(home: Home) -> None:
    """Nothing half-written is left: no temporary file, no write-ahead log, no file without its record."""
    left = [path for path in home.path.rglob(".tmp-*") if "dagster" not in path.parts]
    left += [path for path in home.path.rglob("*.duckdb.wal")]
    files = {path.stem for path in (home.path / "published").glob("*.duckdb")}
    records = {path.stem for path in (home.path / "published").glob("*.json")}
    assert not left
    assert files == records


def children(process: int, name: str) -> list[int]:
    """Ids of the processes that ``process`` has started and whose command line holds ``name``."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            status = (path / "status").read_text("utf-8")
            command = (path / "cmdline").read_bytes().decode("utf-8", "replace")
        except OSError:
            continue
        if f"\nPPid:\t{process}\n" in status and name in command:
            found.append(int(path.name))
    return found


def is_alive(process: int) -> bool:
    """Whether a process runs; one that has ended and waits for its parent does not."""
    try:
        return "State:\tZ" not in Path(f"/proc/{process}/status").read_text("utf-8")
    except OSError:
        return False


def wait_until(true: Callable[[], Any], seconds: float = 60) -> Any:
    """The first value of ``true()`` that is not false; AssertionError if it takes too long."""
    ends = time.monotonic() + seconds
    while time.monotonic() < ends:
        if found := true():
            return found
        time.sleep(0.02)
    raise AssertionError(f"still waiting after {seconds:g} s")


def counted(path: Path) -> list[str]:
    """What a surviving program has counted."""
    found: list[str] = json.loads(path.read_text("utf-8"))
    return found


def assert_nowhere(keys: Iterable[str], place: Path, *said: str) -> None:
    """No key is in any file below ``place``, packed or not, nor in what was said."""
    for key in keys:
        for secret in (key.encode(), key.encode("utf-16-le")):
            assert [path for path in place.rglob("*") if path.is_file() and secret in _content(path)] == []
        assert key not in "".join(said)


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    return content + (gzip.decompress(content) if path.suffix == ".gz" else b"")


def command_lines_during(work: Callable[[], Answer]) -> tuple[Answer, str]:
    """What ``work`` returns, and the command lines that anybody could have listed meanwhile."""
    ended, seen = threading.Event(), set[str]()

    def look() -> None:
        while not ended.wait(0.2):
            for path in Path("/proc").glob("[0-9]*/cmdline"):
                with contextlib.suppress(OSError):  # it has ended
                    seen.add(path.read_bytes().decode("utf-8", "replace"))

    looking = threading.Thread(target=look)
    looking.start()
    try:
        answer = work()
    finally:
        ended.set()
        looking.join()
    return answer, "\n".join(seen)
