"""What people open on the real figures: the report, the example questions, the notebook, dbt's documentation."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import time

import pytest

from orchestration.report.page import write_report
from orchestration.settings import load_settings
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

LARGEST, LONGEST = 3_000_000, 10  # bytes, seconds


def test_a_refresh_leaves_a_report_beside_the_warehouse(bundle_home):
    page = (bundle_home.path / "report.html").read_text("utf-8")
    assert "In 2024 Pakistan had a deficit of" in page
    assert len(page.encode()) < LARGEST


def test_the_report_is_written_fast_and_small_enough(bundle_home, tmp_path):
    settings = load_settings(home=bundle_home.path)
    started = time.perf_counter()
    path = write_report(settings, tmp_path / "report.html")
    assert time.perf_counter() - started < LONGEST
    assert path.stat().st_size < LARGEST


def test_its_first_numbers_are_those_of_the_publishers(bundle_home, tmp_path):
    html = write_report(load_settings(home=bundle_home.path), tmp_path / "report.html").read_text("utf-8")
    opening = html[html.index('class="opening"') : html.index("</dl>")]
    (balance,) = bundle_home.rows(
        "select balance_usd from marts.trade_balance where home_iso3 = 'PAK' and partner_iso3 = 'CHN' and "
        "period = '2024' and view = 'home_reported' and basis = 'customs'"
    )[0]
    assert f'<data value="{-balance}">$13.6\N{NO-BREAK SPACE}bn</data>' in opening
    assert ">$17.4\N{NO-BREAK SPACE}bn</data>" in opening


def test_the_command_writes_it_where_one_wants_it(bundle_home, tmp_path):
    target = tmp_path / "page.html"
    done = bundle_home.karakoram("report", "--output", str(target), "--dyad", "pak-chn")
    assert (done.returncode, done.stdout.strip()) == (0, str(target))
    assert target.exists()
    wrong = bundle_home.karakoram("report", "--dyad", "PAK-XXX", "--output", str(tmp_path / "none.html"))
    assert wrong.returncode == 64
    assert "no pair 'PAK-XXX' in the warehouse; known: PAK-CHN" in wrong.stderr
    assert not (tmp_path / "none.html").exists()


def test_every_example_question_has_an_answer(bundle_home):
    questions = bundle_home.rows("select question_id, question, sql, reads_mart from marts.example_questions")
    assert len(questions) >= 15
    for name, question, sql, mart in questions:
        assert question.endswith("?"), name
        assert f"marts.{mart}" in sql, name
        assert bundle_home.rows(sql), f"{name} answers nothing"
    marts = bundle_home.rows("select table_name from duckdb_tables() where schema_name = 'marts'")
    assert {mart for (mart,) in marts} == {mart for *_, mart in questions}, "a question for every mart"


def test_every_table_and_column_of_the_file_is_explained(bundle_home):
    unexplained = bundle_home.rows(
        "select schema_name, table_name, null from duckdb_tables() where comment is null union all "
        "select schema_name, table_name, column_name from duckdb_columns() where comment is null and not internal"
    )
    assert unexplained == []


def test_the_notebook_runs_from_top_to_bottom(bundle_home, monkeypatch):
    monkeypatch.setenv("KARAKORAM_HOME", str(bundle_home.path))
    spec = importlib.util.spec_from_file_location("explore", ROOT / "notebooks" / "explore.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    _, defined = module.app.run()
    defined["warehouse"].close()  # DuckDB keeps one instance per file and process: an open one would meet later tests
    assert {row["view"] for row in defined["balance"]} == {"home_reported", "partner_reported"}
    assert defined["flags"]
    assert defined["answer"]
    assert defined["chart"].to_dict()["mark"]["type"] == "line"


def test_dbt_documentation_builds(bundle_home, tmp_path):
    build = shutil.copy(bundle_home.path / "build" / "karakoram.duckdb", tmp_path / "karakoram.duckdb")
    shutil.copytree(bundle_home.path / "build" / "dbt", tmp_path / "target")  # what the refresh has parsed already
    environment = {
        "KARAKORAM_HOME": str(bundle_home.path),
        "KARAKORAM_BUILD_FILE": str(build),
        "DBT_TARGET_PATH": str(tmp_path / "target"),
        "DBT_LOG_PATH": str(tmp_path / "logs"),
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
    }
    project = str(ROOT / "dbt_project")
    done = subprocess.run(
        [
            sys.executable, "-c", "from dbt.cli.main import cli; cli()", "docs", "generate", "--static",
            "--project-dir", project, "--profiles-dir", project,
        ],
        env={**os.environ, **environment}, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert (tmp_path / "target" / "static_index.html").stat().st_size > 1_000_000
    catalog = json.loads((tmp_path / "target" / "catalog.json").read_text("utf-8"))
    assert catalog["errors"] is None
    assert "model.karakoram.trade_balance" in catalog["nodes"]
