"""What stays is loaded without looking for garbage; afterwards all is as before."""

from __future__ import annotations

import gc

import pytest

from orchestration.processes import loading


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
