"""What dbt has made of the project is kept for exactly this project, as it is set, in any home."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from orchestration import parsed
from orchestration.dbt import MANIFEST, PARTIAL_PARSE

PARSE = """
import sys
from pathlib import Path
from orchestration import parsed
parsed.KEPT = Path(sys.argv[1])
from orchestration.dbt_process import parsed_project
manifest, path = parsed_project()
print(path, len(manifest.nodes), len(manifest.flat_graph["nodes"]), path.exists())
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project of one model, and where its parses are kept."""
    folder = tmp_path / "dbt_project"
    (folder / "models").mkdir(parents=True)
    (folder / "dbt_project.yml").write_text("name: tiny")
    (folder / "models" / "one.sql").write_text("select 1 as one")
    monkeypatch.setattr(parsed, "DBT_PROJECT", folder)
    monkeypatch.setattr(parsed, "KEPT", folder / "target" / "parsed")
    return folder


def parse(folder, target, choices=()):
    """As dbt would: its two files, of which the first names the parse."""
    target.mkdir(exist_ok=True)
    for name in (PARTIAL_PARSE, MANIFEST):
        (target / name).write_text(str(target))
    place = parsed.place_of_this_project(choices)
    parsed.keep(place, target)
    return place


def changed(project, how, monkeypatch):
    if how == "a model":
        (project / "models" / "one.sql").write_text("select 2 as one")
    elif how == "a new model":
        (project / "models" / "two.sql").write_text("select 1 as one")
    elif how == "a model less":
        (project / "models" / "one.sql").unlink()
    elif how == "another name":
        (project / "models" / "one.sql").rename(project / "models" / "two.sql")
    elif how == "the profile":
        (project / "profiles.yml").write_text("tiny: {}")
    elif how == "dbt":
        monkeypatch.setattr(parsed, "version", lambda package: "99")
    elif how == "the target":
        monkeypatch.setenv("DBT_TARGET", "other")
    elif how == "the database":
        monkeypatch.setenv("KARAKORAM_BUILD_FILE", "/elsewhere/world.duckdb")
    else:
        return ("--vars", "{edition: H0}")
    return ()


@pytest.mark.parametrize(
    "how",
    [
        "a model",
        "a new model",
        "a model less",
        "another name",
        "the profile",
        "dbt",
        "the target",
        "the database",
        "vars",
    ],
)
def test_whatever_decides_what_is_parsed_has_a_place_of_its_own(project, monkeypatch, how):
    before = parsed.place_of_this_project()
    assert parsed.place_of_this_project(changed(project, how, monkeypatch)) != before


def test_no_home_and_no_log_does(project, monkeypatch):
    monkeypatch.setenv("KARAKORAM_BUILD_FILE", "/one/karakoram.duckdb")
    before = parsed.place_of_this_project()
    monkeypatch.setenv("KARAKORAM_BUILD_FILE", "/two/karakoram.duckdb")
    monkeypatch.setenv("KARAKORAM_HOME", "/two")
    monkeypatch.setenv("DBT_TARGET_PATH", "/two/dbt")
    monkeypatch.setenv("DBT_LOG_FORMAT", "json")
    assert parsed.place_of_this_project() == before


def test_the_newest_few_are_kept_and_the_first_of_two_at_once(project, tmp_path):
    places = []
    for number in range(parsed.MOST + 2):
        (project / "models" / "one.sql").write_text(f"select {number} as one")
        places.append(parse(project, tmp_path / f"target_{number}"))
        os.utime(places[-1], (number, number))
    assert sorted(path.name for path in parsed.KEPT.iterdir()) == sorted(place.name for place in places[2:])
    assert parse(project, tmp_path / "late") == places[-1]
    assert (places[-1] / MANIFEST).read_text() == str(tmp_path / f"target_{parsed.MOST + 1}")
    assert [path for path in parsed.KEPT.iterdir() if path.name.startswith(".")] == []


def test_where_nothing_can_be_written_nothing_is_kept(project, tmp_path):
    (project / "target").write_text("not a folder")
    assert not parse(project, tmp_path / "target").exists()


def test_dbt_parses_once_and_again_when_what_is_kept_is_damaged(tmp_path):
    def run(target):
        environment = {**os.environ, "DBT_TARGET_PATH": str(tmp_path / target), "DBT_LOG_PATH": str(tmp_path / target)}
        command = [sys.executable, "-c", PARSE, str(tmp_path / "kept")]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        path, *told = done.stdout.split()
        assert told[0] == told[1], "what a test asks of `graph` is there"
        return path, told[0], (tmp_path / target / PARTIAL_PARSE).exists()

    path, nodes, has_parsed = run("first")
    assert (path, has_parsed) == (str(tmp_path / "first" / MANIFEST), True)
    (place,) = (tmp_path / "kept").iterdir()
    assert run("second") == (str(place / MANIFEST), nodes, False)
    (place / PARTIAL_PARSE).write_bytes(b"half of it")
    assert run("third") == (str(tmp_path / "third" / MANIFEST), nodes, True)
    assert run("fourth") == (str(place / MANIFEST), nodes, False)
