"""Years of UN Comtrade by partition, as the UI launches them: into the same raw store, once."""

from __future__ import annotations

import dagster as dg
import pytest

from orchestration.definitions import build_definitions
from orchestration.instance import open_instance
from orchestration.settings import load_settings
from tests.support.publishers import FakePublishers


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


def test_a_year_that_cannot_be_had_fails_with_the_reason(settings, publishers):
    publishers.set_mode("un_comtrade", "html")
    done, _ = run(settings, "2012")
    assert not done.success
    failure = done.filter_events(lambda event: event.event_type == dg.DagsterEventType.STEP_FAILURE)[0]
    assert "HTML" in str(failure.step_failure_data.user_failure_data.description) or "text/html" in str(
        failure.step_failure_data.user_failure_data.description
    )
