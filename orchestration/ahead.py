"""The past's states, evaluated in a process of its own while Dagster is still told what dbt has built.

They are the longest part of a publication, and need nothing that it adds: the build is all. What this process finds it
leaves in the cache into which the publication looks first; should it fail, the publication evaluates for itself. It
also keeps the refresh below a gigabyte of memory.
"""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress

import duckdb

from orchestration.dbt import dbt_environment
from orchestration.ingest.rules import rules_history, with_present
from orchestration.ingest.store_tables import reference_date
from orchestration.publish.history import STATES
from orchestration.publish.macros import Lineage, carry
from orchestration.publish.threshold_log import remember
from orchestration.publish.warehouse import SCHEMAS
from orchestration.settings import SEEDS, Settings, load_settings

LOG = "ahead.log"
LONGEST = 600.0  # seconds
SERVE = "from orchestration.ahead import serve; serve()"


class Ahead:
    """The process: it gets ready while dbt builds, begins when told to, and ends by itself with whoever started it."""

    def __init__(self, settings: Settings) -> None:
        self.log = settings.build / LOG
        with open(self.log, "w", encoding="utf-8") as file:
            self._process = subprocess.Popen(
                [sys.executable, "-c", SERVE],
                env={**os.environ, **dbt_environment(settings)},
                stdin=subprocess.PIPE,
                stdout=file,
                stderr=file,
            )
        self._told = False

    def begin(self) -> None:
        """Let it evaluate: the build is whole, and nobody writes to it any more."""
        self._end_input(b"evaluate\n")
        self._told = True

    def wait(self) -> bool:
        """Wait for its end; False if it has not evaluated, for reasons that its log may say."""
        if not self._told:
            self._end_input()
        try:
            return self._process.wait(LONGEST) == 0 and self._told
        except subprocess.TimeoutExpired:
            self.stop()
            return False

    def stop(self) -> None:
        """End it, whatever it does: nobody needs any more what it would find."""
        self._process.kill()
        self._process.wait()

    def _end_input(self, said: bytes = b"") -> None:
        assert self._process.stdin
        with suppress(BrokenPipeError):  # its exit code says more
            self._process.stdin.write(said)
            self._process.stdin.close()


def serve() -> None:
    """The process. If nobody tells it to begin, it does nothing."""
    if sys.stdin.readline():
        evaluate(load_settings())


def evaluate(settings: Settings) -> int:
    """Evaluate on the build of this home, and remember; returns how many evaluations that took."""
    lineage = Lineage.read(settings.build / "dbt" / "manifest.json")
    rules = with_present(rules_history(settings.raw), (SEEDS / "thresholds.csv").read_bytes())
    with duckdb.connect() as connection:
        connection.execute("set timezone = 'UTC'")
        _show_as_published(connection, settings)
        carry(connection, lineage, settings.home)
        return remember(connection, lineage, rules, settings.parsed / STATES)[2]


def _show_as_published(connection: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """The tables of the build under the names that they will have in the published file, with nothing copied."""
    connection.execute(f"attach '{settings.build_file.as_posix()}' as build (read_only)")
    tables = connection.execute(
        "select schema_name, table_name from duckdb_tables() "
        "where database_name = 'build' and list_contains(?, schema_name)",
        [list(SCHEMAS)],
    ).fetchall()
    for schema in SCHEMAS:
        connection.execute(f"create schema {schema}")
    for schema, table in tables:
        connection.execute(f'create view "{schema}"."{table}" as select * from build."{schema}"."{table}"')
    connection.execute("create table marts.publication (fact varchar, value varchar)")
    connection.execute("insert into marts.publication values ('reference_date', ?)", [str(reference_date(settings))])
