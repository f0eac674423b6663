"""The dbt process that gets ready in advance: it does what dbt does, or hands over to it."""

from __future__ import annotations

import json

import pytest

from orchestration.dbt import dbt_environment
from orchestration.resources import dbt_resource
from orchestration.settings import load_settings
from orchestration.standby import Standby

pytestmark = pytest.mark.slow

SEED = "targets"


@pytest.fixture
def settings(tmp_path, monkeypatch):
    made = load_settings(home=tmp_path / "data", origin="bundle")
    made.build.mkdir(parents=True)
    for name, value in dbt_environment(made).items():
        monkeypatch.setenv(name, value)
    return made


def test_it_runs_the_command_on_what_it_has_parsed(settings):
    with Standby(settings) as standby:
        manifest = json.loads(standby.manifest().read_text("utf-8"))
        assert any(name.endswith(f".{SEED}") for name in manifest["nodes"])
        invocation = dbt_resource().cli(["seed", "--select", SEED], standby=standby, target_path=standby.target)
        events = [event.raw_event["info"]["name"] for event in invocation.stream_raw_events()]
    assert invocation.is_successful()
    assert events.count("LogSeedResult") == 1
    assert "serve()" in invocation.process.args[-1], "no other process did it"
    assert not standby.is_free_for(standby.target), "one command, and no more"
    log = (standby.target / "dbt.log").read_text("utf-8")
    assert log.count(" Found ") == 1, "parsed once"
    assert "[debug]" not in log


def test_a_command_that_fails_leaves_with_dbts_own_exit_code(settings):
    with Standby(settings) as standby:
        dbt = dbt_resource()
        invocation = dbt.cli(["seed", "--what"], standby=standby, target_path=standby.target, raise_on_error=False)
        assert not invocation.is_successful()
    assert invocation.process.returncode == 2


def test_a_project_that_cannot_be_parsed_is_left_to_dbt_itself(settings, monkeypatch):
    monkeypatch.setenv("DBT_PROFILE", "nobody")
    with Standby(settings) as standby:
        assert standby.manifest() is None
        assert not standby.is_free_for(standby.target)
        invocation = dbt_resource().cli(
            ["seed", "--select", SEED], standby=standby, target_path=standby.target, raise_on_error=False
        )
        assert not invocation.is_successful()
    assert "nobody" in str(invocation.get_error())


def test_it_ends_without_a_command_and_with_the_one_that_started_it(settings):
    with Standby(settings) as standby:
        process = standby._process
    assert process.returncode is not None
    with Standby(settings) as orphan:
        orphan.manifest()
        orphan._process.stdin.close()  # as the kernel does when the refresh is killed
        assert orphan._process.wait(timeout=20) == 0


def test_one_that_was_killed_is_not_needed(settings):
    with Standby(settings) as standby:
        standby.manifest()
        standby._process.kill()
        standby._process.wait()
        invocation = dbt_resource().cli(["seed", "--select", SEED], standby=standby, target_path=standby.target)
        assert invocation.is_successful()
    assert "serve()" not in invocation.process.args[-1]
