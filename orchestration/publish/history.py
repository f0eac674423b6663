"""What a published file knows of its own past: the log of states, and the macros that give each mart as of a moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import duckdb

from orchestration.ingest.rules import record_rules, rules_history
from orchestration.publish.macros import Lineage, carry, create_macros
from orchestration.publish.threshold_log import LOG, fill
from orchestration.publish.warehouse import NotPublishable
from orchestration.settings import SEEDS, Settings

STATES = "_states/states.parquet"


def completion(
    settings: Settings, at: datetime, evaluated: Callable[[], object] | None = None
) -> Callable[[duckdb.DuckDBPyConnection], None]:
    """The step of ``publish`` that adds the past to a file with all its tables.

    Args:
        settings: the home whose build is being published.
        at: the moment of publication, from which on the present rules count as announced.
        evaluated: returns when nobody else evaluates the past's states any more (``orchestration.ahead``).
    """
    lineage = Lineage.read(settings.build / "dbt" / "manifest.json")

    def complete(connection: duckdb.DuckDBPyConnection) -> None:
        record_rules(settings.raw, (SEEDS / "thresholds.csv").read_bytes(), at)
        carry(connection, lineage, settings.home)
        create_macros(connection, lineage)
        if evaluated:
            evaluated()
        fill(connection, lineage, rules_history(settings.raw), settings.parsed / STATES)
        check_log(connection, lineage)

    return complete


def check_log(connection: duckdb.DuckDBPyConnection, lineage: Lineage) -> None:
    """Run the log's dbt tests again, now that it has rows: dbt saw it empty.

    Raises:
        NotPublishable: a test finds rows, or dbt has left none to run.
    """
    tests = lineage.tests.get(LOG, {})
    if LOG in lineage.models and not all(tests.values()):
        raise NotPublishable(f"dbt has not compiled the tests of {LOG}: build all models, not a selection")
    for name, sql in tests.items():
        own = sql.replace(lineage.models[LOG].relation, f"marts.{LOG}")
        found = connection.execute(f"select count(*) from ({own}\n)").fetchall()[0][0]
        if found:
            raise NotPublishable(
                f"the check {name} refuses {found} rows of marts.{LOG}; next: report it with this line"
            )
