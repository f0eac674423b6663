"""What stays is loaded without looking for garbage; afterwards all is as before."""

from __future__ import annotations

import gc
import importlib
import subprocess
import sys
import types

import pytest

from orchestration.processes import hidden, loading


@pytest.fixture(autouse=True)
def thawed():
    yield
    gc.unfreeze()


@pytest.mark.parametrize("error", [None, ValueError])
def test_garbage_is_looked_for_again_when_it_is_loaded_or_has_failed(error):
    frozen = gc.get_freeze_count()
    try:
        with loading():
            assert not gc.isenabled()
            kept = [[] for _ in range(1000)]
            if error:
                raise error
    except ValueError:
        pass
    assert gc.isenabled()
    assert gc.get_freeze_count() >= frozen + len(kept)


@pytest.mark.parametrize("former", ["loaded", "never loaded"])
def test_what_is_hidden_cannot_be_imported_and_is_back_afterwards(former, monkeypatch):
    monkeypatch.delitem(sys.modules, "this", raising=False)
    module = types.ModuleType("this")
    if former == "loaded":
        monkeypatch.setitem(sys.modules, "this", module)
    with hidden("this"), pytest.raises(ImportError):
        importlib.import_module("this")
    assert sys.modules.get("this") is (module if former == "loaded" else None)


def test_definitions_load_neither_dbt_nor_what_draws():
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, orchestration.definitions; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert "dagster_dbt" in loaded
    assert not {"dbt.adapters", "dbt.cli", "altair", "vl_convert"} & set(loaded)


def test_what_was_loaded_is_let_go_of_in_silence():
    code = "from orchestration.processes import loading\nwith loading():\n    import duckdb; kept = duckdb.connect()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""
