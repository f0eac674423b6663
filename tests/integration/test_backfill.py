"""Years of UN Comtrade by partition, as the UI launches them: into the same raw store, once."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from itertools import pairwise

import dagster as dg
import pyarrow.parquet as pq
import pytest

from orchestration.catalog import load_catalog
from orchestration.definitions import build_definitions
from orchestration.ingest.refresh import Ingest
from orchestration.instance import open_instance
from orchestration.seeds import load_seeds
from orchestration.settings import load_settings
from tests.conftest import ROOT
from tests.support.publishers import FakePublishers

HISTORY = "un_comtrade/goods_annual_by_year"


@pytest.fixture
def publishers():
    with FakePublishers() as doubles:
        yield doubles


@pytest.fixture
def settings(tmp_path, publishers, monkeypatch):
    for name, value in publishers.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("DAGSTER_HOME", "")
    return load_settings(home=tmp_path / "data", origin="live", pace=0)


def run(settings, year):
    definitions = build_definitions(settings)
    with open_instance(settings) as instance:
        job = definitions.resolve_job_def("backfill_comtrade")
        done = job.execute_in_process(instance=instance, partition_key=year, raise_on_error=False)
        events = done.filter_events(lambda event: event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION)
        metadata = events[0].step_materialization_data.materialization.metadata if events else {}
    return done, {name: value.value for name, value in metadata.items()}


def test_a_year_is_fetched_once_and_asked_again_without_a_trace(settings, publishers):
    done, first = run(settings, "2012")
    assert done.success
    assert first["added"] > 0
    asked = [request for request in publishers.requests("un_comtrade") if "preview" in request.path]
    assert {request.param("period") for request in asked} == {"2012"}
    done, again = run(settings, "2012")
    assert done.success
    assert (again["added"], again["revised"], again["deleted"]) == (0, 0, 0)
    assert again["snapshot_id"] == first["snapshot_id"]


def test_another_year_leaves_every_date_as_it_was(settings, publishers):
    """Old years fetched later became known later; what was known before, and since when, is not touched."""
    ingest = Ingest(settings, load_catalog(), load_seeds())

    def history():
        rows = pq.read_table(ingest.log(ingest.catalog.datasets["un_comtrade.goods_annual"]).folder).to_pylist()
        return {tuple(row.items()) for row in rows}

    run(settings, "2012")
    before, asked_at = history(), datetime.now(UTC)
    done, second = run(settings, "2011")
    assert done.success
    new = history() - before
    assert before <= history()
    assert len(new) == second["added"] + second["revised"] > 0
    assert {dict(row)["period"] for row in new} == {"2011"}
    assert all(dict(row)["known_from"] >= asked_at for row in new)


def test_a_year_that_cannot_be_had_fails_with_the_reason(settings, publishers):
    publishers.set_mode("un_comtrade", "html")
    done, _ = run(settings, "2012")
    assert not done.success
    failure = done.filter_events(lambda event: event.event_type == dg.DagsterEventType.STEP_FAILURE)[0]
    assert "HTML" in str(failure.step_failure_data.user_failure_data.description) or "text/html" in str(
        failure.step_failure_data.user_failure_data.description
    )


def test_a_key_fetches_a_range_of_years_in_one_run_with_few_requests(settings, publishers):
    """As the daemon starts a backfill's runs: by the tags of a range, one materialisation for each year."""
    keyed = load_settings(**settings.model_dump() | {"comtrade_api_key": publishers.states["un_comtrade"].key})
    definitions = build_definitions(keyed)
    history = dg.AssetKey(HISTORY.split("/"))
    assert definitions.resolve_assets_def(history).backfill_policy.max_partitions_per_run == 12
    assert build_definitions(settings).resolve_assets_def(history).backfill_policy.max_partitions_per_run == 1
    with open_instance(keyed) as instance:
        done = definitions.resolve_job_def("backfill_comtrade").execute_in_process(
            instance=instance,
            tags={"dagster/asset_partition_range_start": "2012", "dagster/asset_partition_range_end": "2023"},
        )
    events = done.filter_events(lambda event: event.event_type == dg.DagsterEventType.ASSET_MATERIALIZATION)
    assert {event.partition for event in events} == {str(year) for year in range(2012, 2024)}
    data = [asked for asked in publishers.requests("un_comtrade") if "getDa" not in asked.path]
    totals = [asked for asked in data if asked.param("cmdCode") == "TOTAL"]
    assert {asked.param("period") for asked in totals} == {",".join(map(str, range(2012, 2024)))}
    assert publishers.count() <= 12, "twelve years cost no more than one request a year"


PROGRAM = """
import sys
from orchestration.catalog import load_catalog
from orchestration.ingest.refresh import Ingest
from orchestration.seeds import load_seeds
from orchestration.settings import load_settings
catalog = load_catalog()
outcome = Ingest(load_settings(), catalog, load_seeds()).refresh(catalog.datasets[sys.argv[1]], "live")
assert outcome.status == "updated", outcome
"""


def test_processes_side_by_side_keep_a_publishers_pace_together(settings, publishers):
    """A run of the UI, a backfill and the night may meet at one publisher; the pool does not know of all of them."""
    pace = 0.2
    environment = os.environ | {"KARAKORAM_HOME": str(settings.home), "KARAKORAM_PACE": str(pace)}
    datasets = ("imf.imts", "imf.reserves", "imf.ict_services", "imf.exchange_rates")
    running = [
        subprocess.Popen([sys.executable, "-c", PROGRAM, name], cwd=ROOT, env=environment, stderr=subprocess.PIPE)
        for name in datasets
    ]
    said = [process.communicate(timeout=120)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0] * len(datasets), said
    arrivals = sorted(asked.at for asked in publishers.requests("imf"))
    assert len(arrivals) >= len(datasets)
    seconds = load_catalog().publishers["imf"].seconds_per_request * pace
    assert arrivals[-1] - arrivals[0] >= (len(arrivals) - 1) * seconds - 0.1
    assert min(after - before for before, after in pairwise(arrivals)) > seconds / 2, "the ways to the server differ"
