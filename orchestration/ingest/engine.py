"""The DuckDB in memory that compares answers with what is known: one for the whole process.

Starting one takes 10 ms, longer than most comparisons; a night makes some hundreds, in several threads.
"""

from __future__ import annotations

from functools import cache

import duckdb


def session() -> duckdb.DuckDBPyConnection:
    """A connection of one's own: what is registered in it, nobody else sees. A context manager."""
    return _database().cursor()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()
