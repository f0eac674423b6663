"""THE ENTRY: ``build_definitions(settings)`` -> everything that Dagster shows and runs.

Importing this module asks no publisher and touches no data; it prepares dbt's manifest when that is missing or old.
"""

from __future__ import annotations

import dagster as dg

from orchestration.assets.published import KEY as PUBLISHED
from orchestration.assets.published import published_asset
from orchestration.assets.report import KEY as REPORT
from orchestration.assets.report import report_asset
from orchestration.assets.snapshots import history_key, snapshot_assets, snapshot_key
from orchestration.assets.warehouse import dbt_project, warehouse_assets
from orchestration.catalog import load_catalog
from orchestration.checks.thresholds import threshold_checks
from orchestration.ingest.publishers import un_comtrade
from orchestration.ingest.refresh import Ingest
from orchestration.jobs import NIGHTLY, jobs, schedules
from orchestration.night import Night
from orchestration.resources import dbt_resource
from orchestration.seeds import load_seeds
from orchestration.sensors import alert_sensor, old_runs_sensor
from orchestration.settings import Settings, load_settings, quiet_telemetry


def build_definitions(settings: Settings | None = None, night: Night | None = None) -> dg.Definitions:
    """All assets, checks, jobs, schedules and resources of one home.

    Args:
        settings: defaults to those of the environment.
        night: what this process's runs share; defaults to a night that asks the settings' origin.
    """
    quiet_telemetry()
    settings = settings or load_settings()
    catalog, project = load_catalog(), dbt_project(night.standby if night else None)
    night = night or Night(Ingest(settings, catalog, load_seeds()), settings.origin)
    # years that a key may ask for together are fetched by one run; without one there is nothing to gain, and shorter
    # runs keep the night waiting less
    snapshots = snapshot_assets(catalog, un_comtrade.WINDOW if settings.comtrade_api_key else 1)
    warehouse = warehouse_assets(project)
    published = published_asset(key for key in warehouse.keys if key.path[0] == "marts")
    comtrade = catalog.datasets[un_comtrade.DATASET]
    history = dg.AssetSelection.assets(history_key(comtrade))
    datasets = dg.AssetSelection.assets(*(snapshot_key(dataset) for dataset in catalog.datasets.values()))
    downstream = dg.AssetSelection.assets(*warehouse.keys, PUBLISHED, REPORT)
    every_job = jobs(datasets | downstream, downstream, history)
    return dg.Definitions(
        assets=[*snapshots, warehouse, published, report_asset()],
        asset_checks=threshold_checks(warehouse),
        jobs=every_job,
        schedules=schedules(next(job for job in every_job if job.name == NIGHTLY)),
        sensors=[alert_sensor(settings), old_runs_sensor(settings)],
        resources={"night": night, "dbt": dbt_resource()},
        executor=dg.in_process_executor,  # a process per step would import everything again, 30 times
    )


@dg.definitions
def defs() -> dg.Definitions:
    """What ``dg`` and ``dagster dev`` load."""
    return build_definitions()
