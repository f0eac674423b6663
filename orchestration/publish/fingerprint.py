"""What a warehouse is a function of, as one digest: if it has not changed, nothing needs to be rebuilt."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import date
from importlib.metadata import version
from pathlib import Path

from orchestration.dbt import PROJECT_FILES
from orchestration.errors import KarakoramError
from orchestration.ingest.changes import STATE_FILE
from orchestration.ingest.refresh import Ingest
from orchestration.ingest.snapshots import write_atomically
from orchestration.settings import DBT_PROJECT, PROJECT_ROOT, Settings

DBT_SOURCES = ("dbt_project.yml", *PROJECT_FILES)
INPUTS = "inputs.json"
# Code that shapes the published file besides dbt.
DECIDES = ("publish/*.py", "publish/*.sql", "ingest/store_tables.py", "ingest/weight_draws.py")


def fingerprint(ingest: Ingest, reference: date) -> str:
    """Digest of every dataset's change log and standing, the dbt project, the seeds, DuckDB's version and the month.

    Who computed it, DuckDB or Spark, is not in it: both give the same tables (``tests/integration/test_spark.py``).
    The month is in it so that ages and calendars move on even in a month without any release.
    """
    digest = hashlib.sha256(f"{reference:%Y-%m} duckdb {version('duckdb')}".encode())
    for dataset in ingest.catalog.datasets.values():
        state = ingest.log(dataset).folder / STATE_FILE
        status = ingest.store.status(dataset.id)
        digest.update(dataset.model_dump_json().encode())
        digest.update(state.read_bytes() if state.exists() else b"-")
        digest.update(f"{status.stale_since}{status.error}".encode())
    for path in project_sources():
        digest.update(path.name.encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def note_inputs(settings: Settings, digest: str) -> None:
    """Write beside the build what it is made from. Snapshots may arrive while it is built; it does not hold those."""
    write_atomically(settings.build / INPUTS, json.dumps({"fingerprint": digest}).encode())


def noted_inputs(settings: Settings) -> str:
    """The fingerprint of what the present build was made from; KarakoramError if nothing says so."""
    path = settings.build / INPUTS
    try:
        return str(json.loads(path.read_text("utf-8"))["fingerprint"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KarakoramError(f"{path} does not say what the build was made from ({error}): refresh again") from None


def project_sources() -> Iterable[Path]:
    """Every file that decides what a published file holds: the dbt project, and the code beside it."""
    project = [path for pattern in DBT_SOURCES for path in DBT_PROJECT.glob(pattern)]
    code = [path for pattern in DECIDES for path in (PROJECT_ROOT / "orchestration").glob(pattern)]
    return sorted(path for path in [*project, *code] if path.is_file())
