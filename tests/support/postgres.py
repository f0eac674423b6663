"""A PostgreSQL server of the system's own packages, on a private folder and a loopback port."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

OWNER = "postgres"  # the server refuses to run as root
LONGEST_START = 30  # seconds


def programs() -> Path | None:
    """The folder of ``initdb`` and ``postgres``: Debian keeps them off PATH. None if there is no server here."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    beside = shutil.which("initdb")
    return found[-1].parent if found else Path(beside).parent if beside else None


@contextmanager
def running_server(bin_folder: Path) -> Iterator[str]:
    """The address of an empty database; the server is stopped and its folder removed at the end."""
    as_owner: dict[str, Any] = {"user": OWNER, "group": OWNER, "extra_groups": []} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="karakoram-postgres-"))
    if as_owner:
        shutil.chown(folder, OWNER, OWNER)
    data, log = folder / "data", folder / "log"
    usual: dict[str, Any] = {"cwd": folder, "stdout": subprocess.DEVNULL, **as_owner}
    server: subprocess.Popen[bytes] | None = None
    try:
        initdb = [
            bin_folder / "initdb",
            "-D",
            data,
            "-U",
            OWNER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--locale=C",
            "--no-sync",
        ]
        subprocess.run(initdb, check=True, **usual)
        port = _free_port()
        options = ["-D", data, "-k", folder, "-h", "127.0.0.1", "-p", str(port), "-F"]
        with open(log, "wb") as said:
            server = subprocess.Popen([bin_folder / "postgres", *options], stderr=said, **usual)
        _wait_for(bin_folder, port, server, log)
        yield f"postgresql+psycopg2://{OWNER}:a-password-nobody-may-see@127.0.0.1:{port}/postgres"
    finally:
        if server:
            server.terminate()
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(bin_folder: Path, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + LONGEST_START
    while subprocess.run([bin_folder / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(port)], check=False).returncode:
        assert server.poll() is None, log.read_text("utf-8", "replace")
        assert time.monotonic() < ends, f"the server did not answer within {LONGEST_START} s"
        time.sleep(0.1)
