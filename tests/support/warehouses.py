"""Small published warehouses that hold nothing but states of thresholds, published as the real ones are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import duckdb

from orchestration.publish.warehouse import Publication, publish
from orchestration.settings import Settings

LOG_COLUMNS = (
    "changed_at timestamp, subject varchar, rule_id varchar, from_state varchar, to_state varchar, period varchar, "
    "revision_effect double, new_data_effect double, cause varchar"
)


@dataclass(frozen=True)
class Row:
    """One row of ``threshold_status``."""

    rule_id: str
    state: str = "ok"
    value: float | None = 0.2
    period: str = "2024"
    subject: str = "PAK-CHN"
    certainty: str | None = "certain"
    limit_value: float = 0.25
    is_latest: bool = True
    description: str = "More than a quarter"
    reason: str | None = None

    def but(self, **changes: Any) -> Row:
        """The same row, changed."""
        return replace(self, **changes)

    def columns(self) -> dict[str, Any]:
        """All columns that alerts read."""
        return {
            **self.__dict__,
            "metric": "import_share",
            "metric_label": "Partner's share of home's imports",
            "watch_value": 0.2,
            "value_view": "home_reported",
            "low": 0.1,
            "high": 0.4,
            "unit": "fraction",
            "direction": "above",
            "since_period": "2020",
            "applies_to": "any pair",
            "source_title": 'Project default: <none> & "nobody"',
            "source_url": None,
            "source_kind": "project_default",
        }


def publish_states(
    settings: Settings, rows: Sequence[Row], day: int, log: Sequence[Mapping[str, Any]] | None = None
) -> Publication:
    """Publish a warehouse of ``rows`` on day number ``day``; ``log`` becomes ``threshold_log``."""
    settings.build.mkdir(parents=True, exist_ok=True)
    settings.build_file.unlink(missing_ok=True)
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("create schema marts")
        connection.execute("create schema seeds")
        columns = rows[0].columns()
        numbers = {"value", "low", "high", "watch_value", "limit_value"}
        kinds = {name: "double" if name in numbers else "varchar" for name in columns} | {"is_latest": "boolean"}
        connection.execute(
            f"create table marts.threshold_status ({', '.join(f'{name} {kind}' for name, kind in kinds.items())})"
        )
        marks = ", ".join("?" * len(columns))
        for row in rows:
            connection.execute(f"insert into marts.threshold_status values ({marks})", list(row.columns().values()))
        if log is not None:
            connection.execute(f"create table marts.threshold_log ({LOG_COLUMNS})")
            for entry in log:
                names, places = ", ".join(entry), ", ".join("?" * len(entry))
                connection.execute(f"insert into marts.threshold_log ({names}) values ({places})", list(entry.values()))
    at = datetime.fromisoformat("2026-11-01T02:30:00+00:00") + timedelta(days=day)
    return publish(settings, fingerprint=f"{day:08d}", at=at, facts={})
