"""The weights of the cooperation index: what the committed seeds hold, and what a row that makes no sense is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from orchestration.errors import ConfigurationError
from orchestration.seeds import PILLARS, load_index_weights
from orchestration.settings import SEEDS

PILLAR_FILE, INDICATOR_FILE = "cooperation_pillars.csv", "cooperation_indicator_definitions.csv"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in (PILLAR_FILE, INDICATOR_FILE, "parameters.csv"):
        shutil.copy(SEEDS / name, tmp_path)
    return tmp_path


def test_the_committed_weights_load() -> None:
    weights = load_index_weights()
    assert tuple(weights.pillars) == PILLARS
    assert set(weights.pillars.values()) == {1}, "equal by default: other weights are the business of the sensitivity"
    assert weights.indicators["trade"]["export_coverage"] == 0, "a function of the evenness: shown, not scored"
    assert (weights.runs, weights.concentration) == (1000, 10)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            PILLAR_FILE,
            "education,education,1",
            "eduction,education,1",
            "cooperation_pillars.csv, row 4, column pillar: expected one of trade, technology, education, "
            "culture_regional, got 'eduction'; did you mean education?",
        ),
        (
            PILLAR_FILE,
            "education,education,1",
            "education,education,0",
            "cooperation_pillars.csv: expected a row with a weight for education",
        ),
        (
            PILLAR_FILE,
            "education,education,1",
            "education,education,-1",
            "cooperation_pillars.csv, row 4, column weight: expected a number that is not negative, got '-1'",
        ),
        (
            INDICATOR_FILE,
            "trade_evenness,trade,",
            "trade_evenness,trades,",
            "cooperation_indicator_definitions.csv, row 2, column pillar: expected a pillar listed in "
            "cooperation_pillars.csv, got 'trades'; did you mean trade?",
        ),
        (
            INDICATOR_FILE,
            "1,linear,0,0.15",
            "1,linear,0,-0.15",
            "cooperation_indicator_definitions.csv, row 3, column goalpost_high: expected a number above goalpost_low "
            "(0), got '-0.15'",
        ),
        (
            INDICATOR_FILE,
            "1,linear,0,0.15",
            "2,linear,0,0.15",
            "cooperation_indicator_definitions.csv, row 3, column direction: expected 1 (more is better) or -1 "
            "(less is better), got '2'",
        ),
        (
            "parameters.csv",
            "index_runs",
            "index_rums",
            "parameters.csv: expected a row for the parameter 'index_runs', found none",
        ),
    ],
)
def test_a_row_that_makes_no_sense_is_named(folder: Path, file: str, old: str, new: str, message: str) -> None:
    path = folder / file
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")
    with pytest.raises(ConfigurationError) as error:
        load_index_weights(folder)
    assert str(error.value) == message
