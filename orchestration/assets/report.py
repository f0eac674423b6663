"""The report page as an asset: what somebody opens who has never queried anything. It hangs on the published file."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from orchestration.assets.published import KEY as PUBLISHED
from orchestration.assets.snapshots import OWNERS
from orchestration.night import Night

KEY = dg.AssetKey(["published", "report"])
CHECK = "page_is_written"


def report_asset() -> dg.AssetsDefinition:
    """Write the page on the newest published file.

    When that goes wrong the data is published all the same, so the run does not fail: the check does, and the former
    page stays where it is.
    """

    @dg.asset(
        key=KEY,
        group_name="published",
        description=(
            "One HTML file on the first pair of the seed: flags, both views of the balance, and the query behind every "
            "number. It opens from disk and loads nothing. `karakoram report` writes the same page at any time."
        ),
        kinds={"html"},
        owners=OWNERS,
        deps=[PUBLISHED],
        check_specs=[dg.AssetCheckSpec(CHECK, asset=KEY, description="The page could be written and put in place.")],
        output_required=False,
    )
    def report_file(context: dg.AssetExecutionContext, night: dg.ResourceParam[Night]) -> Iterator[Any]:
        try:
            from orchestration.report.page import write_report  # and Altair, which definitions need not wait for

            path = write_report(night.settings)
        except Exception as error:  # noqa: BLE001 whatever it is, a published night must not be called a failed one
            context.log.error(f"the report could not be written: {error}")
            yield dg.AssetCheckResult(
                check_name=CHECK,
                passed=False,
                severity=dg.AssetCheckSeverity.WARN,
                description=f"{type(error).__name__}: {error}. The former page, if there is one, still stands.",
            )
            return
        yield dg.MaterializeResult(
            metadata={"open": dg.MetadataValue.path(str(path)), "bytes": path.stat().st_size},
            check_results=[dg.AssetCheckResult(check_name=CHECK, passed=True)],
        )

    return report_file
