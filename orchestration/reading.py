"""Reading the published warehouse: read-only, on the resolved file, with no way to other files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb

from orchestration.catalog import Catalog
from orchestration.checks.currency import currency_of, news_of
from orchestration.errors import ConfigurationError, KarakoramError
from orchestration.ingest.refresh import Ingest
from orchestration.publish.learned import usual_lags
from orchestration.publish.macros import macro_of
from orchestration.settings import Settings

STATES = ("breach", "watch", "ok", "unknown")
FLAGGED = ("breach", "watch", "unknown")


class NoWarehouse(KarakoramError):
    """Nothing has been published yet."""


@contextmanager
def warehouse(settings: Settings, as_of: str | None = None) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to the newest published file: read-only, external access off, ``marts`` first on the search path.

    Each is a DuckDB of its own with the file attached: locked settings hold for a whole instance, and connections that
    are opened on one path share theirs.

    Args:
        as_of: a day ('2024-09-01', its end) or a moment (UTC): plain names of marts then mean the marts as they were
            known at that time. ``marts.<name>`` still means those of today.
    """
    if not settings.pointer.exists():
        raise NoWarehouse(f"{settings.pointer} does not exist yet: run `{settings.made_by}` first")
    file = settings.pointer.resolve().as_posix().replace("'", "''")
    with duckdb.connect() as connection:
        connection.execute(f"attach '{file}' as karakoram (read_only)")
        connection.execute("use karakoram")
        connection.execute("set timezone = 'UTC'")
        connection.execute("set enable_progress_bar = false")  # it would be drawn on standard output
        connection.execute("set search_path = 'marts,main,seeds'")
        connection.execute("set python_enable_replacements = false")  # a query names tables, not our variables
        connection.execute("set enable_external_access = false")
        connection.execute("set lock_configuration = true")
        if as_of is not None:
            _set_as_of(connection, as_of)
        yield connection


def _set_as_of(connection: duckdb.DuckDBPyConnection, moment: str) -> None:
    """Lay temporary views over the marts: a plain name finds them first."""
    given = "'" + moment.replace("'", "''") + "'"
    try:
        connection.execute(f"select just_after({given})")
    except duckdb.Error:
        raise ConfigurationError(f"--as-of: expected a day or a moment such as 2024-09-01, got {moment!r}") from None
    macros = {name for (name,) in connection.execute("select function_name from duckdb_functions()").fetchall()}
    for (mart,) in connection.execute(
        "select table_name from duckdb_tables() where schema_name = 'marts' and not internal"
    ).fetchall():
        macro = macro_of(mart)
        if macro in macros:
            connection.execute(f'create temp view "{mart}" as select * from "{macro}"({given})')
        else:
            said = f"{mart} has no history: ask for marts.{mart}, as it is today"
            refusal = f"(select 1 where error('{said}') is null)"
            connection.execute(f'create temp view "{mart}" as select * from marts."{mart}" where exists {refusal}')


def query(settings: Settings, sql: str, as_of: str | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of one query; ``as_of`` as in ``warehouse``."""
    with warehouse(settings, as_of) as connection:
        result = connection.execute(sql)
        return [column[0] for column in result.description or []], result.fetchall()


def threshold_counts(settings: Settings) -> dict[str, int]:
    """How many rules are in each state now, over all subjects; zeros while nothing is published."""
    counts = dict.fromkeys(STATES, 0)
    if settings.pointer.exists():
        _, rows = query(settings, "select state, count(*) from marts.threshold_status where is_latest group by state")
        counts.update({state: int(number) for state, number in rows})
    return counts


def flags(settings: Settings, dyad: str | None = None) -> list[dict[str, Any]]:
    """The newest state of every rule that is breached, on watch or unknown, the gravest first.

    Args:
        dyad: 'PAK-CHN' shows that pair and its home country; None shows everything.
    """
    subjects = [dyad, dyad.split("-")[0]] if dyad else []
    wanted = f"and subject in ({', '.join('?' * len(subjects))})" if dyad else ""
    with warehouse(settings) as connection:
        known = connection.execute("select distinct subject from marts.threshold_status").fetchall()
        if dyad and (dyad,) not in known:
            raise KarakoramError(f"no pair {dyad!r} in the warehouse; known: {', '.join(sorted(s for (s,) in known))}")
        result = connection.execute(
            f"""select subject, rule_id, metric, metric_label, frequency, period, value, low, high, limit_value, unit,
                       state, certainty, since_period, reason, source_title, source_url, source_kind
                from marts.threshold_status where is_latest and state <> 'ok' {wanted}
                order by case state when 'breach' then 1 when 'watch' then 2 else 3 end, subject, rule_id""",
            subjects,
        )
        names = [column[0] for column in result.description]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


def standing(ingest: Ingest) -> list[dict[str, Any]]:
    """Per dataset: last good snapshot, latest period, age, stale since, next release expected, whether it is late.

    ``news`` and ``sentence`` tell "nothing new" from "late" and from "the pipeline is broken".
    """
    lags = usual_lags(ingest.settings)
    return [_standing_of(ingest, ingest.catalog, name, lags.get(name)) for name in ingest.catalog.datasets]


def _standing_of(ingest: Ingest, catalog: Catalog, name: str, lag: int | None) -> dict[str, Any]:
    dataset = catalog.datasets[name]
    status = ingest.store.status(name)
    latest = ingest.store.latest(name)
    now = ingest.clock()
    late = currency_of(dataset, ingest.log(dataset).known(), now.date(), lag) if latest else None
    news, sentence = (
        news_of(dataset, late, status, latest.origin) if late and latest else _no_news(status.stale_since is not None)
    )
    return {
        "dataset": name,
        "state": _state(ingest, dataset.id, latest is not None, status.stale_since is not None),
        "origin": latest.origin if latest else None,
        "snapshot_id": latest.snapshot_id if latest else None,
        "latest_period": late.latest_period if late else None,
        "retrieved_at": latest.retrieved_at if latest else None,
        "age_days": (now - latest.known_from).days if latest else None,
        "stale_since": status.stale_since,
        "next_release_expected": late.expected_by if late else None,
        "is_late": late.is_late if late else None,
        "news": news,
        "sentence": sentence,
        "error": status.error,
        "quarantined": len(ingest.store.quarantined(name)),
    }


def _no_news(broken: bool) -> tuple[str, str]:
    return ("pipeline_broken", "never answered well") if broken else ("empty", "no data yet")


def _state(ingest: Ingest, name: str, present: bool, stale: bool) -> str:
    if not ingest.enabled(ingest.catalog.datasets[name]):
        return "disabled"
    if stale:
        return "stale" if present else "failed"
    return "ok" if present else "empty"


def as_records(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """Rows as objects, for JSON."""
    return [dict(zip(names, row, strict=True)) for row in rows]
