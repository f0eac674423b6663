"""The sensor that tells, and the one that forgets. Neither starts a run.

The first looks at the published file, not at runs: one that died after publishing loses nothing. It also retries the
channels that were down, with the pauses that the outbox keeps.
"""

import dagster as dg

from orchestration.errors import KarakoramError
from orchestration.instance import forget_old_runs
from orchestration.notify.telling import tell
from orchestration.settings import Settings

EVERY_SECONDS = 60
A_DAY = 86_400


def alert_sensor(settings: Settings) -> dg.SensorDefinition:
    """Every minute: tell what was published and not told yet, by the addresses of KARAKORAM_NOTIFY and in the feed."""

    @dg.sensor(
        name="tell_changes",
        minimum_interval_seconds=EVERY_SECONDS,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Tells each change of a threshold's state once: to the channels of KARAKORAM_NOTIFY and in `alerts.atom` "
            "beside the warehouse. A channel that is down is tried again later; `karakoram notify` shows how each does."
        ),
    )
    def tell_changes(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        try:
            told = tell(settings)
        except KarakoramError as error:
            context.log.error(str(error))
            return dg.SkipReason(f"nothing told: {error}")
        for channel in told.failing:
            context.log.warning(f"{channel.name} fails since {channel.failing_since}: {channel.error}")
        return dg.SkipReason(f"{told.told} told, {told.waiting} waiting, {len(told.channels)} channels")

    return tell_changes


def old_runs_sensor(settings: Settings) -> dg.SensorDefinition:
    """Every day: what the command does after each refresh, for those who only ever run the schedule."""

    @dg.sensor(
        name="forget_old_runs",
        minimum_interval_seconds=A_DAY,
        default_status=dg.DefaultSensorStatus.RUNNING,
        description=(
            "Deletes runs older than KARAKORAM_KEEP_RUNS_DAYS, but for those that hold the newest of an asset, a "
            "partition or a check. Raw snapshots are never touched."
        ),
    )
    def forget(context: dg.SensorEvaluationContext) -> dg.SkipReason:
        forgotten = forget_old_runs(context.instance, settings.keep_runs_days)
        return dg.SkipReason(f"{len(forgotten)} runs older than {settings.keep_runs_days} days forgotten")

    return forget
