"""What the raw store knows about itself, as Parquet for dbt: datasets, snapshots, citations, the reference date.

These four tables put provenance one join away from every number; a fifth holds the random weights that SQL cannot draw.
They hold no figure of any publisher.
"""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from orchestration import bundle
from orchestration.ingest.refresh import Ingest
from orchestration.ingest.snapshots import write_atomically
from orchestration.ingest.weight_draws import draw_weights
from orchestration.seeds import load_index_weights
from orchestration.settings import Settings

TIME = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
DATASETS = pa.schema(
    [
        ("dataset", TEXT),
        ("publisher", TEXT),
        ("publisher_name", TEXT),
        ("title", TEXT),
        ("licence", TEXT),
        ("citation", TEXT),
        ("url", TEXT),
        ("unit", TEXT),
        ("frequencies", TEXT),
        ("usual_lag_days", pa.int32()),
        ("tolerance_days", pa.int32()),
        ("ends", TEXT),
        ("retrieved_at", TIME),
        ("checked_at", TIME),
        ("stale_since", TIME),
        ("last_error", TEXT),
        ("origin", TEXT),
        ("sha256", TEXT),
        ("snapshot_id", TEXT),
        ("n_snapshots", pa.int32()),
    ]
)
SNAPSHOTS = pa.schema(
    [
        ("snapshot_id", TEXT),
        ("dataset", TEXT),
        ("scope", TEXT),
        ("origin", TEXT),
        ("release", TEXT),
        ("released_at", TIME),
        ("known_from", TIME),
        ("known_from_basis", TEXT),
        ("retrieved_at", TIME),
        ("url", TEXT),
        ("sha256", TEXT),
        ("n_rows", pa.int64()),
        ("n_added", pa.int64()),
        ("n_revised", pa.int64()),
        ("n_deleted", pa.int64()),
    ]
)
CITATIONS = pa.schema(
    [(name, TEXT) for name in ("citation", "dataset", "publisher_title", "release", "url", "path", "commit_id", "note")]
)
REFERENCE = pa.schema([("reference_date", pa.date32()), ("known_at", TIME)])
WEIGHT_DRAWS = pa.schema([("run", pa.int32()), ("level", TEXT), ("target", TEXT), ("weight", pa.float64())])


def write_store_tables(ingest: Ingest) -> date:
    """Write these tables below ``parsed/_store``; returns the reference date from which ages are counted.

    The reference date is the day of the last attempt, not of this build: rebuilding gives the same tables.
    """
    folder = ingest.settings.parsed / "_store"
    folder.mkdir(parents=True, exist_ok=True)
    datasets, snapshots, attempts = [], [], []
    for dataset in ingest.catalog.datasets.values():
        history = ingest.store.history(dataset.id)
        status = ingest.store.status(dataset.id)
        attempts.append(status.attempted_at)
        last = history[-1] if history else None
        datasets.append(
            {
                "dataset": dataset.id,
                "publisher": dataset.publisher_id,
                "publisher_name": ingest.catalog.publisher_of(dataset).name,
                "title": dataset.title,
                "licence": ingest.catalog.licence_of(dataset),
                "citation": dataset.citation,
                "url": dataset.url,
                "unit": dataset.unit,
                "frequencies": ",".join(dataset.frequency),
                "usual_lag_days": dataset.usual_lag_days,
                "tolerance_days": dataset.tolerance_days,
                "ends": dataset.ends,
                "retrieved_at": last.retrieved_at if last else None,
                "checked_at": status.checked_at,
                "stale_since": status.stale_since,
                "last_error": status.error,
                "origin": last.origin if last else None,
                "sha256": last.sha256 if last else None,
                "snapshot_id": last.snapshot_id if last else None,
                "n_snapshots": len(history),
            }
        )
        counts = ingest.log(dataset).counts()
        for snapshot in history:
            changed = counts[snapshot.snapshot_id]
            numbers = {f"n_{name}": value for name, value in asdict(changed).items()}
            snapshots.append({**asdict(snapshot), **numbers})
    known_at = max((moment for moment in attempts if moment), default=datetime.combine(date.today(), time(), UTC))
    _write(folder / "datasets.parquet", datasets, DATASETS)
    _write(folder / "snapshots.parquet", snapshots, SNAPSHOTS)
    _write(folder / "citations.parquet", list(bundle.citations()), CITATIONS)
    _write(folder / "reference.parquet", [{"reference_date": known_at.date(), "known_at": known_at}], REFERENCE)
    _write(folder / "weight_draws.parquet", list(draw_weights(load_index_weights())), WEIGHT_DRAWS)
    return known_at.date()


def _write(path: Path, rows: list[dict[str, Any]], schema: pa.Schema) -> None:
    table = pa.Table.from_pylist([{name: row.get(name) for name in schema.names} for row in rows], schema=schema)
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    write_atomically(path, sink.getvalue().to_pybytes())


def reference_date(settings: Settings) -> date:
    """The date from which ages are counted in the present build, as ``write_store_tables`` left it."""
    table = pq.read_table(settings.parsed / "_store" / "reference.parquet")
    found: date = table["reference_date"][0].as_py()
    return found
