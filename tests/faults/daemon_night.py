"""A night that goes on until it is told to end: what Dagster's daemon runs while its faults are tried.

The job's name, its schedule and the pool are the project's own; only the work is none.
"""

import os
import time
from pathlib import Path

import dagster as dg

from orchestration.jobs import NIGHTLY, schedules

END = "KARAKORAM_TEST_END"  # names the file whose appearance ends every night


@dg.asset(pool="build")
def warehouse() -> None:
    while not Path(os.environ[END]).exists():
        time.sleep(0.05)


nightly = dg.define_asset_job(NIGHTLY, selection=[warehouse])
defs = dg.Definitions(assets=[warehouse], jobs=[nightly], schedules=schedules(nightly), executor=dg.in_process_executor)
