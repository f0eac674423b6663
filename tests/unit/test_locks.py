from __future__ import annotations

import subprocess
import sys

import pytest

from orchestration.locks import AlreadyRunningError, writer_lock


def test_a_second_writer_is_told_who_holds_the_lock(tmp_path):
    path = tmp_path / ".refresh.lock"
    with (
        writer_lock(path),
        pytest.raises(AlreadyRunningError, match=r"running already \(process \d+ since"),
        writer_lock(path),
    ):
        pass
    with writer_lock(path):
        pass


def test_a_killed_holder_leaves_no_lock(tmp_path):
    path = tmp_path / ".refresh.lock"
    program = (
        "import os, sys; from pathlib import Path; from orchestration.locks import writer_lock\n"
        "with writer_lock(Path(sys.argv[1])):\n    print('held', flush=True); os.kill(os.getpid(), 9)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.stdout == "held\n"
    assert done.returncode == -9
    with writer_lock(path):
        assert "process" in path.read_text()
