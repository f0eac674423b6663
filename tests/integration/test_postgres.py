"""Dagster's storage in PostgreSQL, by the lines that dagster.yaml holds for it, on a real server.

Where there is no server these tests are skipped; with KARAKORAM_POSTGRES=required they fail.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import replace

import dagster as dg
import pytest
import sqlalchemy
from dagster._core.storage.dagster_run import DagsterRun

from orchestration.instance import PROCESS_TAG, open_instance
from orchestration.settings import Settings
from tests.support.postgres import programs, running_server

pytestmark = pytest.mark.slow

VARIABLE = "KARAKORAM_POSTGRES_URL"


@pytest.fixture(scope="module")
def database():
    found = programs()
    if found is None:
        if os.environ.get("KARAKORAM_POSTGRES") == "required":
            pytest.fail("no PostgreSQL server: apt-get install -y postgresql")
        pytest.skip("no PostgreSQL server here: apt-get install -y postgresql")
    with running_server(found) as address:
        yield address


@pytest.fixture(scope="module")
def home(bundle_home, tmp_path_factory, database):
    """A copy of a refreshed home whose instance is moved to the server, as the comment in its dagster.yaml says."""
    home = bundle_home.copy(tmp_path_factory.mktemp("postgres") / "data", "history", "schedules")
    config = home.path / "dagster" / "dagster.yaml"
    text = re.sub(r"event_log_storage:\n(  .*\n)+", "", config.read_text("utf-8"))
    text, lines = re.subn(r"(?m)^# (storage:|  +postgres)", r"\1", text)
    assert lines == 3
    config.write_text(text, "utf-8")
    return replace(home, environment={**home.environment, VARIABLE: database})


@pytest.fixture
def settings(home, database, monkeypatch):
    monkeypatch.setenv("DAGSTER_HOME", "")
    monkeypatch.setenv(VARIABLE, database)
    return Settings(home=home.path)


def counted(database, table, where="true"):
    engine = sqlalchemy.create_engine(database)
    try:
        with engine.connect() as connection:
            return connection.execute(sqlalchemy.text(f"select count(*) from {table} where {where}")).scalar_one()
    finally:
        engine.dispose()


def test_a_night_is_kept_on_the_server_and_nothing_in_files(home, database):
    result = home.refresh()
    assert (result["exit_code"], result["errors"]) == (0, [])
    assert counted(database, "runs", f"run_id = '{result['run_id']}' and status = 'SUCCESS'") == 1
    assert counted(database, "event_logs", f"run_id = '{result['run_id']}'") > 100
    assert not list((home.path / "dagster").rglob("*.db"))


def test_the_run_of_a_killed_process_is_closed_there_too_and_its_slot_is_free(settings):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    run = DagsterRun(job_name="nightly", tags={PROCESS_TAG: str(dead.pid)}, status=dg.DagsterRunStatus.STARTED)
    with open_instance(settings) as instance:
        assert type(instance.event_log_storage).__name__ == "PostgresEventLogStorage"
        instance.add_run(run)
        instance.event_log_storage.set_concurrency_slots("build", 1)
        instance.event_log_storage.claim_concurrency_slot("build", run.run_id, "warehouse")
        assert instance.event_log_storage.get_concurrency_info("build").active_slot_count == 1
    with open_instance(settings) as instance:
        assert instance.get_run_by_id(run.run_id).status == dg.DagsterRunStatus.FAILURE
        assert instance.event_log_storage.get_concurrency_info("build").active_slot_count == 0


def test_a_server_that_is_gone_stops_the_night_before_anything_is_built(home, database):
    before = os.readlink(home.path / "karakoram.duckdb")
    gone = re.sub(r":\d+/", ":1/", database)  # a port that nobody listens to
    done = home.karakoram("refresh", "--json", **{VARIABLE: gone})
    assert done.returncode == 2, done.stderr
    assert "karakoram:" in done.stderr.splitlines()[-1]
    assert "nobody-may-see" not in done.stdout + done.stderr
    assert os.readlink(home.path / "karakoram.duckdb") == before
