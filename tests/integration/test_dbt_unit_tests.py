"""dbt's unit tests of formulas and NULL rules. The nightly job leaves them out; here none may fail or be missing."""

from __future__ import annotations

import json
import os
import shutil
import subprocess

import pytest

from orchestration.dbt import dbt_executable
from tests.conftest import ROOT

pytestmark = pytest.mark.slow


def test_every_unit_test_of_the_dbt_project_passes(bundle_home, tmp_path):
    shutil.copy(bundle_home.path / "build" / "karakoram.duckdb", tmp_path / "karakoram.duckdb")
    project, target = str(ROOT / "dbt_project"), tmp_path / "target"
    done = subprocess.run(
        [dbt_executable(), "test", "-s", "test_type:unit", "--project-dir", project, "--profiles-dir", project],
        env={
            **os.environ,
            "KARAKORAM_HOME": str(bundle_home.path),
            "KARAKORAM_BUILD_FILE": str(tmp_path / "karakoram.duckdb"),
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(target),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-4000:]
    results = json.loads((target / "run_results.json").read_text("utf-8"))["results"]
    declared = json.loads((target / "manifest.json").read_text("utf-8"))["unit_tests"]
    assert len(results) == len(declared) > 30
    assert {result["status"] for result in results} == {"pass"}
