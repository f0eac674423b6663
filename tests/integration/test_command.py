"""Wrong usage and configuration: 64 before anything runs, with a sentence that helps."""

from __future__ import annotations

import pytest

from tests.conftest import Home, copy_of_the_project


@pytest.fixture
def home(tmp_path):
    return Home(tmp_path / "data", {})


@pytest.mark.parametrize(
    ("arguments", "variables", "sentence"),
    [
        (["refresh", "--origin", "moon"], {}, "'moon' is not one of 'bundle', 'live'"),
        (["refresh", "--wrong"], {}, "No such option"),
        (["fetch"], {}, "No such command"),
        (["refresh"], {"KARAKORAM_ORIGIN": "moon"}, "KARAKORAM_ORIGIN: Input should be 'bundle' or 'live'; got 'moon'"),
        (["refresh"], {"KARAKORAM_IMF_URL": "api.imf.org"}, "KARAKORAM_IMF_URL: Value error, must start with http"),
    ],
)
def test_wrong_usage_leaves_with_64_and_touches_nothing(home, arguments, variables, sentence):
    done = home.karakoram(*arguments, **variables)
    assert done.returncode == 64
    assert sentence in done.stderr
    assert done.stdout == ""
    assert not home.path.exists()


def test_a_seed_row_that_makes_no_sense_is_named_by_file_row_and_column(home, tmp_path):
    project = copy_of_the_project(tmp_path / "project")
    with open(project / "dbt_project" / "seeds" / "dyads.csv", "a", encoding="utf-8") as file:
        file.write("PAK,CHX\n")
    done = home.karakoram("refresh", project=project)
    assert done.returncode == 64
    assert "dyads.csv, row 3, column partner_iso3" in done.stderr
    assert "CHX" in done.stderr
    assert not home.path.exists()


def test_reading_before_the_first_refresh_says_what_to_do(home):
    for command in (["flags"], ["sql", "select 1"]):
        done = home.karakoram(*command)
        assert done.returncode == 2
        assert "run `karakoram refresh` first" in done.stderr


def test_a_rebuild_of_nothing_is_refused(home):
    done = home.karakoram("refresh", "--no-fetch")
    assert done.returncode == 2
    assert "holds no snapshot yet" in done.stdout + done.stderr
