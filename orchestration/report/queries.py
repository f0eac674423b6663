"""The page's queries: what is printed beside a number is the very text that was run for it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb

from orchestration.errors import ConfigurationError

FOLDER = Path(__file__).parent / "queries"
_ISO3 = re.compile(r"[A-Z]{3}")
_HEADER = re.compile(r"-- (title|needs): (.+)")


@dataclass(frozen=True)
class Pair:
    """The pair that the page is about; ``home`` and ``partner`` are ISO 3166 alpha-3 codes."""

    home: str
    partner: str
    home_name: str
    partner_name: str

    @property
    def dyad(self) -> str:
        """'PAK-CHN': how thresholds name the pair."""
        return f"{self.home}-{self.partner}"


@dataclass(frozen=True)
class Query:
    """One query: ``needs`` is the mart without which it cannot be asked."""

    name: str
    title: str
    needs: str
    sql: str

    def about(self, pair: Pair) -> str:
        """The text with the pair written into it, ready to be pasted into ``karakoram sql``."""
        text = self.sql
        for name, value in (("dyad", pair.dyad), ("partner", pair.partner), ("home", pair.home)):
            text = text.replace(f"${name}", f"'{value}'")
        return text


@dataclass(frozen=True)
class Answer:
    """Rows of one query. ``is_built`` is False when the warehouse has no such mart."""

    query: Query
    sql: str
    is_built: bool = True
    rows: tuple[Mapping[str, Any], ...] = field(default=())

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        return iter(self.rows)

    def __bool__(self) -> bool:
        return bool(self.rows)

    def where(self, **wanted: Any) -> list[Mapping[str, Any]]:
        """Rows whose columns have these values."""
        return [row for row in self.rows if all(row[name] == value for name, value in wanted.items())]

    def last(self, *known: str, **wanted: Any) -> Mapping[str, Any] | None:
        """The last row, in the query's order, in which every column of ``known`` has a value."""
        found = [row for row in self.where(**wanted) if all(row[name] is not None for name in known)]
        return found[-1] if found else None


def load_queries() -> tuple[Query, ...]:
    """Every query of the page, by name."""
    return tuple(_read(path) for path in sorted(FOLDER.glob("*.sql")))


def ask(connection: duckdb.DuckDBPyConnection, pair: Pair) -> dict[str, Answer]:
    """Run every query whose mart is there."""
    built = {name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()}
    built |= {name for (name,) in connection.execute("select view_name from duckdb_views()").fetchall()}
    return {query.name: _answer(connection, query, pair, query.needs in built) for query in load_queries()}


def find_pair(connection: duckdb.DuckDBPyConnection, dyad: str | None) -> Pair:
    """The pair to show: ``dyad`` ('PAK-CHN'), or the first of the seed.

    Raises:
        ConfigurationError: the warehouse knows no such pair.
    """
    rows = connection.execute(
        """select d.home_iso3, d.partner_iso3, h.name, p.name
           from seeds.dyads as d
           left join seeds.countries as h on d.home_iso3 = h.iso3
           left join seeds.countries as p on d.partner_iso3 = p.iso3
           order by d.rowid"""
    ).fetchall()
    pairs = {f"{home}-{partner}": Pair(home, partner, *names) for home, partner, *names in rows}
    for pair in pairs.values():
        if not (_ISO3.fullmatch(pair.home) and _ISO3.fullmatch(pair.partner)):
            raise ConfigurationError(f"dyads: {pair.dyad!r} is no pair of ISO 3166 alpha-3 codes")
    if dyad is None:
        return next(iter(pairs.values()))
    if dyad not in pairs:
        raise ConfigurationError(f"no pair {dyad!r} in the warehouse; known: {', '.join(pairs)}")
    return pairs[dyad]


def _read(path: Path) -> Query:
    lines = path.read_text("utf-8").strip().splitlines()
    header = {match[1]: match[2] for match in map(_HEADER.fullmatch, lines) if match}
    body = "\n".join(line for line in lines if not _HEADER.fullmatch(line))
    return Query(path.stem, header["title"], header["needs"], body)


def _answer(connection: duckdb.DuckDBPyConnection, query: Query, pair: Pair, is_built: bool) -> Answer:
    sql = query.about(pair)
    if not is_built:
        return Answer(query, sql, is_built=False)
    result = connection.execute(sql)
    names = [column[0] for column in result.description or []]
    return Answer(query, sql, rows=tuple(dict(zip(names, row, strict=True)) for row in result.fetchall()))
