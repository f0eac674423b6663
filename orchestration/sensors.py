"""The sensor that tells. It looks at the published file, not at runs: one that died after publishing loses nothing.

It starts no run. It also retries the channels that were down, with the pauses that the outbox keeps.
"""

import dagster as dg

from orchestration.errors import KarakoramError
from orchestration.notify.telling import tell
from orchestration.settings import Settings

EVERY_SECONDS = 60


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
