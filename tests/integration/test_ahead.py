"""The process that evaluates the past's states ahead of a publication: what it finds is what the publication would."""

from __future__ import annotations

import shutil

import duckdb
import pyarrow.parquet as pq
import pytest

from orchestration.ahead import Ahead, evaluate
from orchestration.ingest.rules import rules_history
from orchestration.publish.history import STATES
from orchestration.publish.macros import Lineage
from orchestration.publish.threshold_log import fill
from orchestration.settings import load_settings

pytestmark = pytest.mark.slow


@pytest.fixture
def settings(bundle_home, tmp_path, monkeypatch):
    """Of a home whose build is done and published, and which remembers nothing of the past's states."""
    home = bundle_home.copy(tmp_path / "data", "dagster", "_states")
    monkeypatch.setenv("KARAKORAM_HOME", str(home.path))
    return load_settings(home=home.path, origin="bundle")


def test_it_leaves_nothing_to_evaluate_for_the_publication(settings, tmp_path):
    process = Ahead(settings)
    process.begin()
    assert process.wait(), process.log.read_text("utf-8")
    assert evaluate(settings) == 0, "all is remembered"
    published = tmp_path / "published.duckdb"
    shutil.copyfile(settings.pointer.resolve(), published)
    with duckdb.connect(str(published)) as file:
        file.execute("set timezone = 'UTC'")
        logged = file.execute("from marts.threshold_log order by all").fetchall()
        lineage, rules = Lineage.read(settings.build / "dbt" / "manifest.json"), rules_history(settings.raw)
        for cache, evaluated in ((settings.parsed / STATES, 0), (tmp_path / "own.parquet", 48)):
            file.execute("delete from marts.threshold_log")
            assert fill(file, lineage, rules, cache) == evaluated
            assert file.execute("from marts.threshold_log order by all").fetchall() == logged != []
    assert pq.read_table(settings.parsed / STATES).equals(pq.read_table(tmp_path / "own.parquet"))


def test_one_that_fails_says_so_and_why(settings):
    settings.build_file.unlink()
    process = Ahead(settings)
    process.begin()
    assert not process.wait()
    assert "karakoram.duckdb" in process.log.read_text("utf-8")


def test_one_that_nobody_needs_ends_at_once(settings):
    assert not Ahead(settings).wait()
    assert not (settings.parsed / STATES).exists()
