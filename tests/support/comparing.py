"""Whether two published files hold the same tables, row by row."""

from __future__ import annotations

from pathlib import Path

import duckdb

FLOATS = ("DOUBLE", "FLOAT")


def differences(one: Path, other: Path, *, schema: str = "marts", within: float = 1e-9) -> list[str]:
    """One line for each table or column in which two files differ; none if all are equal.

    Rows are paired in the order of all that is no float, which every table's key is. Floats may differ by ``within``,
    relative to the greater one; everything else must be the same.
    """
    with duckdb.connect() as connection:
        for name, path in (("one", one), ("other", other)):
            connection.execute(f"attach '{path.resolve().as_posix()}' as {name} (read_only)")
        mine, theirs = (_columns(connection, name, schema) for name in ("one", "other"))
        found = []
        for table in sorted({*mine, *theirs}):
            if mine.get(table) == theirs.get(table):
                found += _unequal(connection, f'{schema}."{table}"', mine[table], within)
            else:
                found.append(f"{table}: {mine.get(table)} and {theirs.get(table)}")
    return found


def _columns(connection: duckdb.DuckDBPyConnection, name: str, schema: str) -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    for table, column, kind in connection.execute(
        "select table_name, column_name, data_type from duckdb_columns() where database_name = ? and schema_name = ? "
        "order by table_name, column_index",
        [name, schema],
    ).fetchall():
        found.setdefault(table, {})[column] = kind
    return found


def _unequal(connection: duckdb.DuckDBPyConnection, table: str, columns: dict[str, str], within: float) -> list[str]:
    order = ", ".join(f'"{name}"' for name in sorted(columns, key=lambda name: columns[name] in FLOATS))
    for side in ("one", "other"):
        connection.execute(f"create or replace temp table {side}_rows as from {side}.{table} order by {order}")
    rows = [connection.execute(f"select count(*) from {side}_rows").fetchall()[0][0] for side in ("one", "other")]
    if rows[0] != rows[1]:
        return [f"{table}: {rows[0]} rows and {rows[1]}"]
    found = []
    for name, kind in columns.items():
        a, b = f'one_rows."{name}"', f'other_rows."{name}"'
        near = f"isfinite({a}) and isfinite({b}) and abs({a} - {b}) <= {within} * greatest(abs({a}), abs({b}))"
        wrong = connection.execute(
            f"select {a}, {b} from one_rows positional join other_rows "
            f"where {a} is distinct from {b} and not coalesce({near if kind in FLOATS else False}, false)"
        ).fetchall()
        if wrong:
            found.append(f"{table}.{name}: {len(wrong)} of {rows[0]} rows, {wrong[0][0]!r} and {wrong[0][1]!r}")
    return found
