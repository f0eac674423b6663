"""Published numbers about why a value changed, run through the macros that the log uses."""

from __future__ import annotations

from tests.unit.metrics.render import evaluate, render, vectors


def test_v1_revision_and_new_data_sum_to_the_whole():
    vector = vectors()["V1"]
    revision = evaluate(render("revision_effect", "old_old", "old_new"), vector.inputs)
    new_data = evaluate(render("new_data_effect", "old_new", "new_new"), vector.inputs)
    assert {"revision": revision, "new_data": new_data, "total": revision + new_data} == vector.expected
