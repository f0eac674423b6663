"""Evidence, claims, targets, themes: what the committed rows hold, and what a senseless row is answered with."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest

from orchestration.errors import ConfigurationError
from orchestration.seeds import load_seeds
from orchestration.settings import SEEDS

CLAIMED = {
    "trade_total_2024",
    "exports_to_china_2024",
    "imports_from_china_2024",
    "deficit_2024",
    "reserves_2024",
    "textile_share",
    "huawei_4g_share",
    "huawei_trainees",
    "ict_exports_fy2025",
    "students_in_china",
    "relations_years",
    "sister_cities_to_form",
    "diplomatic_relations",
    "sco_members_2017",
}
RAISED = {
    "non_tariff_barriers",
    "border_delays",
    "perishable_exports",
    "textile_share",
    "textile_machinery",
    "mobile_networks",
    "ict_training",
    "solar_factories",
    "e_commerce",
    "startups",
    "students",
    "mandarin_teaching",
    "urdu_teaching",
    "tourism",
    "visas_and_security",
    "films_and_drama",
    "cultural_sensitivity",
    "sister_cities",
    "friendship_centre",
    "corridor",
    "sco",
    "saarc",
    "central_asia",
    "regional_security",
}


def committed(name: str) -> list[dict[str, str]]:
    with (SEEDS / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def refused(folder: Path, name: str, changes: dict[str, str]) -> str:
    """What the loader says when the first row of a seed is changed so."""
    for path in SEEDS.glob("*.csv"):
        shutil.copy(path, folder)
    rows = committed(name)
    rows[0] |= changes
    with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    with pytest.raises(ConfigurationError) as error:
        load_seeds(folder)
    return str(error.value)


def test_every_claim_of_the_essays_has_its_row() -> None:
    assert {row["claim_id"] for row in committed("claims")} >= CLAIMED


def test_every_theme_of_the_essays_has_its_row() -> None:
    assert {row["theme_id"] for row in committed("themes")} >= RAISED


def test_published_targets_say_where_and_when_they_were_set() -> None:
    published = [row for row in committed("targets") if row["source_kind"] == "published_target"]
    assert {row["target_id"] for row in published} >= {"exports_60bn_fy2029", "ict_exports_10bn_fy2029"}
    assert all(row["source_url"] and row["set_on"] and row["set_by"] for row in published)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source_title": ""}, "source_title: expected a value, got an empty cell"),
        ({"source_url": ""}, "source_url: expected an address that starts with http:// or https://, got an empty cell"),
        ({"observed_on": ""}, "observed_on: expected a month written like 2017-06, got an empty cell"),
        ({"observed_on": "2023"}, "observed_on: expected a month written like 2017-06, got '2023'"),
        ({"observed_precision": "day", "observed_on": "2023-02-30"}, "observed_on: expected a date written like"),
        ({"observed_precision": "decade"}, "observed_precision: expected one of day, month, year, got 'decade'"),
        ({"pillar": "technolgy"}, "pillar: expected one of trade, technology, education, culture_regional, got 'tech"),
        ({"home_iso3": "PKI"}, "home_iso3: expected an ISO 3166 alpha-3 code listed in countries.csv, got 'PKI'"),
        ({"value": "many"}, "value: expected a number written like 0.25, got 'many'"),
    ],
)
def test_evidence_without_a_source_or_a_date_is_refused(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    assert refused(tmp_path, "evidence", changes).startswith(f"evidence.csv, row 2, column {message}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"metric": "exports"}, "metric: expected a metric listed in claim_metrics.csv, got 'exports'; did you mean"),
        ({"claimed_value": ""}, "claimed_value: expected a number written like 0.25, got an empty cell"),
        ({"comparison": "nearly"}, "comparison: expected one of about, more_than, exactly, got 'nearly'"),
        ({"period": "FY25"}, "period: expected a period written like 2024, FY2025 or 2024-06, got 'FY25'"),
        ({"claimed_date": "22 May 1951"}, "claimed_date: expected a date written like 2017-06-09, got '22 May 1951'"),
        ({"partner_iso3": "CN"}, "partner_iso3: expected an ISO 3166 alpha-3 code listed in countries.csv, got 'CN'"),
        ({"statement": ""}, "statement: expected a value, got an empty cell"),
    ],
)
def test_claims_that_make_no_sense(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    assert refused(tmp_path, "claims", changes).startswith(f"claims.csv, row 2, column {message}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"remaining_share": "half"}, "remaining_share: expected a number written like 0.25, got 'half'"),
        ({"target_period": "soon"}, "target_period: expected a year written like 2030 or FY2029, got 'soon'"),
        ({"source_kind": "published_target"}, "source_url: expected an address that starts with http:// or https://"),
        ({"source_kind": "published_target", "source_url": "https://example.org"}, "set_on: expected a date written"),
        ({"source_kind": "published_rule"}, "source_kind: expected one of published_target, project_default, got"),
    ],
)
def test_targets_that_make_no_sense(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    assert refused(tmp_path, "targets", changes).startswith(f"targets.csv, row 2, column {message}")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"answered_by": "", "gap": ""}, "gap: expected a value, got an empty cell"),
        ({"answer": ""}, "answer: expected a value, got an empty cell"),
        ({"pillar": "politics"}, "pillar: expected one of trade, technology, education, culture_regional, got"),
    ],
)
def test_themes_that_make_no_sense(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    assert refused(tmp_path, "themes", changes).startswith(f"themes.csv, row 2, column {message}")
