"""The DuckDB in memory that compares answers with what is known: one for the whole process.

Starting one takes 10 ms, longer than most comparisons; a night makes some hundreds, in several threads.
"""

from __future__ import annotations

import os
from functools import cache

import duckdb


def session() -> duckdb.DuckDBPyConnection:
    """A connection of one's own: what is registered in it, nobody else sees. A context manager."""
    return _database(os.getpid()).cursor()


@cache
def _database(process: int) -> duckdb.DuckDBPyConnection:
    """Of this process: a fork inherits its parent's without the threads that work in it, and would wait for ever."""
    return duckdb.connect()
