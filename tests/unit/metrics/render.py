"""The metric macros as the marts use them, rendered without dbt and run on DuckDB.

``dbt_project/macros/metrics/*.sql`` is plain Jinja: each macro takes SQL expressions and gives one SQL expression.
So a published number tests the very text that computes the marts.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
from jinja2 import Environment, StrictUndefined, Template

MACROS = Path(__file__).resolve().parents[3] / "dbt_project" / "macros" / "metrics"
VECTORS = Path(__file__).with_name("vectors.json")

Number = float | None


class Vector(NamedTuple):
    """A known answer: inputs, the expected result (a number, several by name, or a list), and where it comes from."""

    id: str
    metric: str
    inputs: dict[str, Any]
    expected: Any
    tol: float
    provenance: str
    source: str


@cache
def vectors() -> dict[str, Vector]:
    """All vectors by id."""
    return {given["id"]: Vector(**given) for given in json.loads(VECTORS.read_text("utf-8"))}


@cache
def _template() -> Template:
    text = "\n".join(path.read_text("utf-8") for path in sorted(MACROS.glob("*.sql")))
    return Environment(undefined=StrictUndefined, autoescape=False).from_string(text)


def render(macro_name: str, *arguments: object) -> str:
    """The SQL expression that ``macro_name`` gives for SQL ``arguments``; AttributeError if there is no such macro."""
    macro = getattr(_template().module, macro_name)
    return str(macro(*arguments)).strip()


def evaluate(sql: str, inputs: Mapping[str, Number]) -> Any:
    """The value of ``sql`` over one row that has the ``inputs`` as DOUBLE columns."""
    columns = ", ".join(f'cast(? as double) as "{name}"' for name in inputs)
    row = duckdb.execute(f"select {sql} from (select {columns})", list(inputs.values())).fetchone()
    assert row is not None
    return row[0]


def evaluate_rows(sql: str, columns: Mapping[str, Sequence[Number]]) -> list[Any]:
    """The values of ``sql`` over one row for each element of the ``columns``; ``i`` numbers the rows from 0.

    An aggregate gives one value, a window function or a plain expression one for each row, in their order.
    """
    names = ", ".join(f'"{name}"' for name in columns)
    marks = ", ".join(f'unnest(cast(? as double[])) as "{name}"' for name in columns)
    source = f"select row_number() over () - 1 as i, {names} from (select {marks})"
    query = f"select {sql} as result from ({source}) as given"
    found = duckdb.execute(query, [list(values) for values in columns.values()]).fetchall()
    return [value for (value,) in found]
