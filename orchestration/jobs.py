"""Jobs and the nightly schedule. The command, the schedule and the UI run these very jobs."""

from __future__ import annotations

from collections.abc import Sequence

import dagster as dg

from orchestration.assets.snapshots import OVERLAP_TAG

NIGHTLY = "nightly"
REBUILD = "rebuild"
BACKFILL = "backfill_comtrade"


def jobs(
    everything: dg.AssetSelection, downstream: dg.AssetSelection, history: dg.AssetSelection
) -> Sequence[dg.UnresolvedAssetJobDefinition]:
    """The three jobs.

    Args:
        everything: fetch, build, check, publish.
        downstream: build, check, publish; nobody is asked.
        history: the partitioned asset of UN Comtrade's years.
    """
    return [
        dg.define_asset_job(
            NIGHTLY,
            selection=everything,
            description="Ask every publisher, build from the last good snapshots, check, publish.",
            tags={OVERLAP_TAG: "true"},
        ),
        dg.define_asset_job(
            REBUILD,
            selection=downstream,
            description="Build, check and publish from the raw store as it is; nobody is asked.",
        ),
        dg.define_asset_job(
            BACKFILL,
            selection=history,
            description="Fetch years of UN Comtrade into the raw store; the next night builds from them.",
        ),
    ]


def schedules(nightly: dg.UnresolvedAssetJobDefinition) -> Sequence[dg.ScheduleDefinition]:
    """Every night at 02:30 UTC: after the close of business in Washington, before Islamabad and Beijing open."""
    return [
        dg.ScheduleDefinition(
            name="every_night",
            job=nightly,
            cron_schedule="30 2 * * *",
            execution_timezone="UTC",
            description="Every night at 02:30 UTC: ask every publisher, build, check, publish.",
            default_status=dg.DefaultScheduleStatus.RUNNING,
        )
    ]
