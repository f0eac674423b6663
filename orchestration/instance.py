"""The Dagster instance of one home: shared by the command, the schedule and the UI: every run shows up there."""

from __future__ import annotations

import json
import os
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
from dagster._core.storage.dagster_run import DagsterRun, RunsFilter
from dagster._core.storage.tags import GRPC_INFO_TAG

from orchestration.event_storage import PooledSqliteEventLogStorage
from orchestration.ingest.snapshots import write_atomically
from orchestration.settings import Settings, quiet_telemetry

OWN_STORAGE = re.compile(r"(?m)^( +base_dir: ).*/dagster/history/runs$")
"""Where events are, by the name of a home: one that was moved or copied must not write into the one it came from."""

PROCESS_TAG = "karakoram/process"
HERE = "localhost"  # where code servers of this machine are; of another's processes we know nothing
FORGOTTEN_AT_ONCE = 20  # a refresh leaves one run: more only after the limit was lowered
FINISHED = [dg.DagsterRunStatus.SUCCESS, dg.DagsterRunStatus.FAILURE, dg.DagsterRunStatus.CANCELED]
UNFINISHED = [dg.DagsterRunStatus.STARTING, dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.CANCELING]
CONFIG = """\
# Written once by `karakoram`; yours to change (another run launcher, PostgreSQL).
telemetry:
  enabled: false
event_log_storage:
  module: orchestration.event_storage
  class: PooledSqliteEventLogStorage
  config:
    base_dir: {storage}
# For PostgreSQL put these lines in place of event_log_storage and its four lines; `--extra postgres` brings the driver.
# storage:
#   postgres:
#     postgres_url: {{env: KARAKORAM_POSTGRES_URL}} # postgresql+psycopg2://user:password@host:5432/name
run_launcher:
  module: orchestration.run_launcher
  class: WatchedRunLauncher # notices a run that died with its code server, and a code server that died alone
concurrency:
  pools:
    default_limit: 1 # one run at a time asks a publisher, one builds
    granularity: op
run_queue: # runs wait until a code server that died has started again
  max_user_code_failure_retries: 12
  user_code_failure_retry_delay: 10
run_monitoring:
  enabled: true
  start_timeout_seconds: 60
  poll_interval_seconds: 10
  free_slots_after_run_end_seconds: 10 # else one killed run would block a pool for good
run_retries:
  enabled: true
  max_retries: 1
  retry_on_asset_or_op_failure: false # the HTTP client has tried already; only a died process is tried again
"""


def prepare_instance(settings: Settings) -> Path:
    """Make the instance's folder and its configuration if they are missing, and point Dagster at them."""
    quiet_telemetry()
    settings.dagster_home.mkdir(parents=True, exist_ok=True)
    config, storage = settings.dagster_home / "dagster.yaml", settings.dagster_home / "history" / "runs"
    text = config.read_text("utf-8") if config.exists() else CONFIG.format(storage=storage)
    moved = OWN_STORAGE.sub(lambda found: f"{found[1]}{storage}", text)
    if not config.exists() or moved != text:
        write_atomically(config, moved.encode())
    os.environ["DAGSTER_HOME"] = str(settings.dagster_home)
    return settings.dagster_home


def open_instance(settings: Settings) -> dg.DagsterInstance:
    """The instance, with the runs of dead processes closed and their pool slots freed."""
    home = prepare_instance(settings)
    instance = dg.DagsterInstance.from_config(str(home))
    for run in instance.get_runs(RunsFilter(statuses=UNFINISHED)):
        if is_dead(instance, run):
            instance.report_run_failed(run, message="the process of this run ended before the run did")
            instance.event_log_storage.free_concurrency_slots_for_run(run.run_id)
    return instance


def forget_old_runs(instance: dg.DagsterInstance, days: int) -> list[str]:
    """Delete finished runs older than ``days``, a few at a time; returns their ids.

    Runs that hold the newest of anything stay, however old: a partition filled years ago still shows as filled. Only
    in our own event storage: whoever names another one in ``dagster.yaml`` decides there.
    """
    storage = instance.event_log_storage
    if not isinstance(storage, PooledSqliteEventLogStorage):
        return []
    before = datetime.now(UTC) - timedelta(days=days)
    old = instance.get_run_ids(RunsFilter(statuses=FINISHED, updated_before=before))
    in_use = storage.runs_in_use() if old else set()
    forgotten = [run_id for run_id in reversed(old) if run_id not in in_use][:FORGOTTEN_AT_ONCE]
    for run_id in forgotten:
        storage.delete_events(run_id)
        instance.compute_log_manager.delete_logs(prefix=[run_id])
        instance.run_storage.delete_run(run_id)  # last: what a kill has left is made good the next time
    return forgotten


def process_tag() -> dict[str, str]:
    """Says which process runs a run that was started by the command."""
    return {PROCESS_TAG: str(os.getpid())}


def process_of(instance: dg.DagsterInstance, run: DagsterRun) -> int | None:
    """The process of a run: the command tags its own, others say it first thing; None before they do."""
    if PROCESS_TAG in run.tags:
        return int(run.tags[PROCESS_TAG])
    said = instance.get_records_for_run(run.run_id, of_type=dg.DagsterEventType.ENGINE_EVENT).records
    events = [record.event_log_entry.dagster_event for record in said]
    numbers = [event.engine_event_data.metadata.get("pid") for event in events if event]
    return next((int(str(number.value)) for number in numbers if number), None)


def is_dead(instance: dg.DagsterInstance, run: DagsterRun) -> bool:
    """True for a run whose process is gone from this machine; its number may belong to another program by now."""
    process = process_of(instance, run)
    server = json.loads(run.tags.get(GRPC_INFO_TAG, "{}"))
    if process is None or process == os.getpid() or server.get("host", HERE) != HERE:
        return False
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    programs = ("karakoram",) if PROCESS_TAG in run.tags else ("dagster", "multiprocessing")
    return not any(name in _command_of(process) for name in programs)


def _command_of(process: int) -> str:
    """The command line of a living process (its number may have been given to another program since)."""
    try:
        return Path(f"/proc/{process}/cmdline").read_text("utf-8", errors="replace")
    except OSError:
        return "karakoram, dagster"  # no /proc here: believed
