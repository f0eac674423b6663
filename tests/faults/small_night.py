"""A whole night in a second: the real ingest, change logs, store tables and publication, without Dagster and dbt.

In place of dbt a few statements build marts from the parsed changes. Everything that writes below a home is the
project's own code, so a fault anywhere in it is a fault of the project.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import duckdb

from orchestration.catalog import Catalog, load_catalog
from orchestration.home import check_room, open_home, tidy
from orchestration.ingest.refresh import Ingest
from orchestration.ingest.store_tables import write_store_tables
from orchestration.locks import writer_lock
from orchestration.publish.fingerprint import fingerprint, note_inputs, noted_inputs
from orchestration.publish.warehouse import Publication, current, publish
from orchestration.seeds import load_seeds
from orchestration.settings import Settings

NIGHT = datetime(2026, 11, 26, 2, 30, tzinfo=UTC)
DATASETS = ("imf.reserves", "wri_cofi.power_plants", "state_bank_pakistan.liquid_reserves")
"""One that is asked for and of which the bundle has nothing, one release, and three releases."""


def ingest_of(settings: Settings, at: datetime = NIGHT) -> Ingest:
    """The project's ingest with three datasets and a clock that stands still."""
    catalog = load_catalog()
    few = Catalog(publishers=catalog.publishers, datasets={name: catalog.datasets[name] for name in DATASETS})
    return Ingest(settings, few, load_seeds(), clock=lambda: at)


def build(settings: Settings) -> None:
    """Two marts and a seed from the parsed changes: a pure function of the store, as dbt's are."""
    for leftover in (settings.build_file, settings.build_file.with_suffix(".duckdb.wal")):
        leftover.unlink(missing_ok=True)
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("set timezone = 'UTC'")
        connection.execute("create schema marts; create schema seeds")
        for name in DATASETS:
            publisher, dataset = name.split(".")
            folder = settings.parsed / publisher / dataset
            connection.execute(
                f"create table marts.{dataset} as select * from "
                f"read_parquet('{folder.as_posix()}/*.parquet', union_by_name = true)"
            )
        store = settings.parsed / "_store"
        connection.execute(
            f"create table marts.snapshots as from read_parquet('{(store / 'snapshots.parquet').as_posix()}')"
        )
        connection.execute("create table seeds.dyads as select 'PAK' as home_iso3, 'CHN' as partner_iso3")


def run(settings: Settings, at: datetime = NIGHT) -> tuple[Publication | None, list[str]]:
    """One night; the publication that stands afterwards, and how each dataset fared."""
    open_home(settings)
    with writer_lock(settings.lock_file):
        check_room(settings)
        ingest = ingest_of(settings, at)
        tidy(ingest)
        statuses = [ingest.refresh(dataset, settings.origin).status for dataset in ingest.catalog.datasets.values()]
        ingest.sync()
        with ingest.all_still():
            digest = fingerprint(ingest, write_store_tables(ingest))
            published = current(settings)
            if published and published.fingerprint == digest:
                return published, statuses
            settings.build.mkdir(parents=True, exist_ok=True)
            note_inputs(settings, digest)
            build(settings)
        return publish(settings, fingerprint=noted_inputs(settings), at=at, facts={"origin": "live"}), statuses


def settings_of(home: Path, imf_url: str) -> Settings:
    """Live, on a server of the test's own."""
    return Settings(home=home, origin="live", imf_url=imf_url, pace=0)
