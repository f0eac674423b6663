"""An engine that cannot run here is refused before anything starts, saying what to do."""

from __future__ import annotations

from pathlib import Path

import pytest

from orchestration import dbt
from orchestration.dbt import check_engine, dbt_environment
from orchestration.errors import ConfigurationError
from orchestration.settings import load_settings


@pytest.fixture
def installed(monkeypatch):
    """Everything that Spark needs, as far as one can see; what is taken out of the set is missing."""
    there = {"pyspark", "dbt.adapters.spark"}
    monkeypatch.setattr(dbt, "find_spec", lambda name: name if name in there else None)
    monkeypatch.setenv("JAVA_HOME", "/usr")
    return there


def test_duckdb_needs_nothing(installed, tmp_path):
    installed.clear()
    check_engine(load_settings(home=tmp_path))


def test_spark_with_all_it_needs(installed, tmp_path):
    check_engine(load_settings(home=tmp_path, engine="spark"))


def test_without_the_extra(installed, tmp_path):
    installed.clear()
    with pytest.raises(ConfigurationError, match=r"needs pyspark and dbt\.adapters\.spark.*uv run --extra spark"):
        check_engine(load_settings(home=tmp_path, engine="spark"))


def test_without_java(installed, tmp_path, monkeypatch):
    monkeypatch.delenv("JAVA_HOME")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigurationError, match=r"needs Java 17 or later.*default-jre-headless"):
        check_engine(load_settings(home=tmp_path, engine="spark"))


def test_an_engine_that_does_not_exist(monkeypatch, tmp_path):
    monkeypatch.setenv("KARAKORAM_ENGINE", "fire")
    with pytest.raises(ConfigurationError, match=r"KARAKORAM_ENGINE.*'duckdb' or 'spark'.*'fire'"):
        load_settings(home=tmp_path)


def test_only_a_cluster_is_spoken_to_over_the_network(tmp_path: Path):
    assert dbt_environment(load_settings(home=tmp_path))["SPARK_LOCAL_IP"] == "127.0.0.1"
    cluster = dbt_environment(load_settings(home=tmp_path, spark_master="spark://head:7077"))
    assert cluster["KARAKORAM_SPARK_MASTER"] == "spark://head:7077"
    assert "SPARK_LOCAL_IP" not in cluster
