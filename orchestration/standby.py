"""A dbt process that gets ready while others still prepare: it imports dbt, parses the project, awaits a command.

A first refresh has to load Dagster and to bring in the bundle before dbt can build, and dbt takes as long again before
its first model. Here the two happen side by side, and the project is parsed once: what was parsed serves Dagster too.
Other builds begin it when they know that they build: for what dbt loads, no garbage is looked for, which saves 2 s, and
a project that was parsed before is not parsed again.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from orchestration.dbt import dbt_environment, forget_another_project
from orchestration.processes import end_orphans, loading
from orchestration.settings import DBT_PROJECT, Settings

PARSED, FAILED = "parsed", "failed"
SERVE = "from orchestration.standby import serve; serve()"


class Standby:
    """The process and its one command. Whoever leaves the ``with`` block without a command has ended it."""

    def __init__(self, settings: Settings) -> None:
        self.target = settings.build / "dbt"
        end_orphans("KARAKORAM_BUILD_FILE", str(settings.build_file))
        forget_another_project(self.target)
        environment = {
            **os.environ,
            **dbt_environment(settings),
            "DAGSTER_DBT_CLI": "true",
            "DBT_LOG_FORMAT": "json",
            "DBT_TARGET_PATH": os.fspath(self.target),
            "DBT_LOG_PATH": os.fspath(self.target),
            "PYTHONUNBUFFERED": "1",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-c", SERVE],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=DBT_PROJECT,
        )
        self._said: list[str] | None = None
        self._told = False

    def __enter__(self) -> Standby:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not self._told:
            self._process.kill()
            self._process.wait()

    def manifest(self) -> Path | None:
        """What dbt has made of the project, once it has; None if it could not."""
        if self._said is None:
            assert self._process.stdout
            self._said = self._process.stdout.readline().decode("utf-8", "replace").strip().split(" ", 1)
        return Path(self._said[1]) if self._said[0] == PARSED else None

    def is_free_for(self, target: Path) -> bool:
        """Whether it waits for a command, and has parsed for this very target folder."""
        return not self._told and target == self.target and self.manifest() is not None and self._process.poll() is None

    def run(self, arguments: Sequence[str]) -> subprocess.Popen[bytes]:
        """Let the process run ``dbt arguments``; its output is that of dbt from now on, its end that of dbt."""
        assert self._process.stdin
        self._told = True
        with suppress(BrokenPipeError):  # its exit code says more
            self._process.stdin.write(json.dumps(list(arguments)).encode() + b"\n")
            self._process.stdin.close()
        return self._process


def serve() -> None:
    """The process: parse, say where, run the command that comes, and leave with dbt's exit code. No command, no run."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # Ctrl-C reaches the whole group; the command says what happened
    from orchestration.dbt_process import dbtRunner, exit_code, parsed_project

    with loading():
        parsed = parsed_project()
    sys.stdout.write(f"{PARSED} {parsed[1]}\n" if parsed else f"{FAILED}\n")
    sys.stdout.flush()
    command = sys.stdin.readline()
    if not command or not parsed:
        return
    done = dbtRunner(manifest=parsed[0]).invoke(json.loads(command))
    sys.stdout.flush()
    sys.exit(exit_code(done))
