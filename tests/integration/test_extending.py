"""What the README promises to those who extend it: one line for a pair, an indicator, a threshold, a claim; and what a
publisher takes: its entries, its module, its staging model. Here all are added at once to a copy of the project.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT, Home, copy_of_the_project

pytestmark = pytest.mark.slow

PUBLISHER = """
- id: example_office
  name: Example Office
  url: https://example.org
  licence: CC0
  seconds_per_request: 1.0
"""
DATASET = """
- id: example_office.companies
  title: Companies founded
  citation: Example Office, Companies founded
  url: https://example.org/companies
  unit: companies
  frequency: [A]
  usual_lag_days: 90
  serves: live
"""
ADDRESS = """    example_office_url: str = Field(default="https://example.org", alias="KARAKORAM_EXAMPLE_OFFICE_URL")
"""
DOUBLE = '''"""Example Office: one list."""

from tests.support.loopback import json_reply


def answer(asked, path, state):
    """A row for each of two countries."""
    values = {"PAK": 10.0 + state.release, "CHN": 9.0}
    return json_reply([{"country": code, "year": 2024, "value": value} for code, value in values.items()])
'''

MODULE = '''"""Example Office: one JSON list for all countries."""

import pyarrow as pa

from orchestration.errors import ContractError
from orchestration.ingest.contracts import Contract
from orchestration.ingest.decoding import decode_json
from orchestration.ingest.publishers.base import Answer, Source

CONTRACT = Contract(
    schema=pa.schema({"country_iso3": pa.string(), "period": pa.string(), "value": pa.float64()}),
    key=("country_iso3", "period"),
    values=("value",),
    group=("country_iso3",),
)


def fetch(context):
    """One request, one answer."""
    answer = context.http.get(f"{context.settings.example_office_url}/companies.json")
    key = answer.headers.get("etag")
    if key is None or key != context.known.get("all"):
        yield Answer("all", [answer], revision_key=key)


def parse(parts, where):
    """The list as a table; ContractError if it is none."""
    rows = []
    for body in parts:
        content = decode_json(body, where)
        try:
            rows += [
                {"country_iso3": row["country"], "period": str(row["year"]), "value": row["value"]} for row in content
            ]
        except (KeyError, TypeError) as error:
            raise ContractError(
                f"a row lacks {error}", where=where, expected="country, year, value", got=str(content), todo="read it"
            ) from error
    return CONTRACT.table(rows, where)


SOURCES = {"example_office.companies": Source(parse=parse, contract=CONTRACT, fetch=fetch)}
'''
STAGING = """with named as (

    select
        country_iso3 as reporter_iso3,
        cast(null as string) as partner_iso3,
        cast(null as string) as product,
        cast(null as string) as flow,
        'companies_founded' as definition,
        cast(null as string) as basis,
        cast(null as string) as valuation,
        'A' as frequency,
        period,
        cast(null as string) as period_label,
        value,
        'companies' as unit,
        false as is_provisional,
        false as is_estimated,
        cast(null as string) as citation,
        cast(null as string) as note,
        change,
        known_from,
        snapshot_id,
        release
    from {{ read_parsed('example_office', 'companies') }}

)

{{ observation_layout('named', 'example_office', 'companies') }}
"""


def append(path: Path, text: str) -> None:
    with open(path, "a", encoding="utf-8") as file:
        file.write(text)


def put(path: Path, before: str, text: str) -> None:
    """``text`` before the first ``before`` of a file."""
    content = path.read_text("utf-8")
    assert before in content, (path, before)
    path.write_text(content.replace(before, text + before, 1), "utf-8")


def add_a_publisher(project: Path) -> None:
    """What the README lists, in its order."""
    append(project / "orchestration" / "catalog" / "publishers.yaml", PUBLISHER)
    append(project / "orchestration" / "catalog" / "datasets.yaml", DATASET)
    publishers = project / "orchestration" / "ingest" / "publishers"
    (publishers / "example_office.py").write_text(MODULE, "utf-8")
    put(publishers / "registry.py", "    imf,\n", "    example_office,\n")
    put(publishers / "registry.py", "        **imf.SOURCES,\n", "        **example_office.SOURCES,\n")
    put(project / "orchestration" / "settings.py", "    imf_url: ", ADDRESS)
    models = project / "dbt_project" / "models"
    put(
        models / "sources.yml",
        "  - name: imf\n",
        "  - name: example_office\n    description: Example Office\n    tables:\n      - name: companies\n"
        "        description: Companies founded.\n",
    )
    (models / "staging" / "example_office").mkdir()
    (models / "staging" / "example_office" / "stg_example_office__companies.sql").write_text(STAGING, "utf-8")
    changes = models / "intermediate" / "observations" / "int_observations__changes.sql"
    put(changes, "    'stg_imf__imts',\n", "    'stg_example_office__companies',\n")


def add_a_double(project: Path) -> None:
    """The publisher on loopback, for tests."""
    support = project / "tests" / "support"
    (support / "fake_example_office.py").write_text(DOUBLE, "utf-8")
    put(support / "publishers.py", "    fake_imf,\n", "    fake_example_office,\n")
    entry = 'Double("example_office_url", "/example_office", fake_example_office.answer)'
    put(support / "publishers.py", '    "imf": ', f'    "example_office": {entry},\n')


def add_a_snapshot(project: Path) -> None:
    """An answer of the publisher in the bundle, so that it is there without a network too."""
    body = json.dumps([{"country": "PAK", "year": 2024, "value": 7}]).encode()
    folder = project / "orchestration" / "bundle" / "example_office" / "companies" / "2025-02-01_first"
    folder.mkdir(parents=True)
    (folder / "part-000.json").write_bytes(body)
    part = {
        "file": "part-000.json",
        "sha256": hashlib.sha256(body).hexdigest(),
        "bytes": len(body),
        "content_type": "application/json",
        "url": "https://example.org/api/companies.json",
    }
    at = "2025-02-01T00:00:00+00:00"
    origin = {
        "dataset": "example_office.companies",
        "scope": "all",
        "origin": "bundle",
        "release": None,
        "released_at": None,
        "known_from": at,
        "known_from_basis": "release date",
        "retrieved_at": at,
        "url": "https://example.org/api/companies.json",
        "note": "Made by a test",
        "citations": [],
        "parts": [part],
    }
    (folder / "origin.json").write_text(json.dumps(origin), "utf-8")


def test_a_publisher_that_is_added_as_the_readme_says_passes_the_template(tmp_path):
    project = copy_of_the_project(tmp_path / "project")
    shutil.copytree(ROOT / "tests", project / "tests", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", project)
    add_a_publisher(project)
    add_a_double(project)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "tests/unit/ingest/publishers/test_template.py", "-k", "example_office"],
        cwd=project,
        env={**os.environ, "PYTHONPATH": str(project)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_pair_an_indicator_a_threshold_a_claim_and_a_publisher(tmp_path):
    project = copy_of_the_project(tmp_path / "project")
    add_a_publisher(project)
    add_a_snapshot(project)
    seeds = project / "dbt_project" / "seeds"
    lines = {
        "dyads.csv": "IND,CHN",
        "thresholds.csv": (
            "export_share_quarter,export_share,,dyad,,customs,A,above,,0.25,false,fraction,1,1,0,"
            "Project default: a test,,project_default,any pair,More than a quarter of exports go to the partner"
        ),
        "claims.csv": (
            "exports_2023,1,Pakistan sold goods worth 2.74 billion US dollars to China in 2023.,"
            "2740000000,,USD,about,10000000,2023,PAK,CHN,exports_usd,,false,"
        ),
        "indicators.csv": "EN.POP.DNST,world_bank.wdi,Population density,persons,macro",
    }
    for name, line in lines.items():
        with open(seeds / name, "a", encoding="utf-8") as file:
            file.write(line + "\n")
    home = Home(tmp_path / "data", {}, project)
    result = home.refresh()
    assert result["exit_code"] == 0, result["errors"]
    balance = home.rows(
        "select dyad_role, balance_usd from marts.trade_balance where home_iso3 = 'IND' and partner_iso3 = 'CHN' and "
        "period = '2024' and view = 'home_reported' and basis = 'customs'"
    )
    assert balance[0][0] == "focus"
    assert balance[0][1] < -90e9
    assert home.rows("select count(*) from marts.threshold_status where subject = 'IND-CHN' and is_latest")[0][0] > 5
    assert {
        row[0] for row in home.rows("select subject from marts.threshold_status where rule_id = 'export_share_quarter'")
    } == {
        "PAK-CHN",
        "IND-CHN",
    }
    assert home.rows(
        "select verdict from marts.claims where claim_id = 'exports_2023' and definition = 'home_reported_customs'"
    ) == [("matches",)]
    assert home.rows(
        "select publisher, value, unit from marts.observations where dataset = 'example_office.companies'"
    ) == [("example_office", 7.0, "companies")]
