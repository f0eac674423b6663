"""Spark computes what DuckDB computes: the same models, the same snapshots, the same published file.

Skipped where the extra is not installed (``uv run --extra spark pytest tests/integration/test_spark.py``); with
KARAKORAM_SPARK=required, as in CI, that is a failure.
"""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from orchestration.dbt import check_engine
from orchestration.errors import ConfigurationError
from orchestration.settings import load_settings
from tests.conftest import Home
from tests.support.comparing import differences

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def spark_home(bundle_home, tmp_path_factory) -> Home:
    """The bundle's home, copied and built again by Spark."""
    try:
        check_engine(load_settings(engine="spark"))
    except ConfigurationError as error:
        if os.environ.get("KARAKORAM_SPARK") == "required":
            pytest.fail(str(error))
        pytest.skip(str(error))
    home = replace(bundle_home.copy(tmp_path_factory.mktemp("spark") / "data"), longest=1200)
    result = home.refresh("--no-fetch", "--engine", "spark")
    assert result["exit_code"] == 0, result
    assert result["published"]
    return home


def test_every_mart_is_equal_row_by_row(bundle_home, spark_home):
    found = differences(bundle_home.path / "karakoram.duckdb", spark_home.path / "karakoram.duckdb")
    assert [line for line in found if not line.startswith('marts."publication".value')] == []


def test_spark_has_computed_every_mart(spark_home):
    assert spark_home.rows("select value from marts.publication where fact = 'engine'") == [("spark",)]
    marts = {name for (name,) in spark_home.rows("select table_name from duckdb_tables() where schema_name = 'marts'")}
    left = spark_home.path / "build" / "spark" / "marts.db"
    assert {path.parent.name for path in left.glob("*/*.parquet")} == marts - {"publication"}


def test_comments_and_macros_are_those_of_duckdb(bundle_home, spark_home):
    for question in (
        "select table_name, comment from duckdb_tables() order by all",
        "select table_name, column_name, data_type, comment from duckdb_columns() order by all",
        "select function_name, macro_definition from duckdb_functions() where function_type like '%macro' "
        "and not internal order by all",
        "select period, view, basis, round(balance_usd) from trade_balance_as_of('2024-09-01') order by all",
    ):
        assert spark_home.rows(question) == bundle_home.rows(question)


def test_what_has_not_changed_is_not_computed_again_whoever_has_computed_it(spark_home):
    result = spark_home.refresh("--engine", "duckdb")
    assert (result["exit_code"], result["published"]) == (0, None)


def test_a_cluster_that_is_not_there_publishes_nothing(spark_home):
    before = os.readlink(spark_home.path / "karakoram.duckdb")
    result = spark_home.refresh("--no-fetch", KARAKORAM_ENGINE="spark", KARAKORAM_SPARK_MASTER="nowhere")
    assert (result["exit_code"], result["published"]) == (2, None)
    assert "Spark (nowhere) could not compute: " in result["errors"][0]
    assert "Java gateway process exited" in result["errors"][0]
    assert os.readlink(spark_home.path / "karakoram.duckdb") == before
