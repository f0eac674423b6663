"""The gate: broken data is never published, the former warehouse stays, and the reason is said."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

import pytest

from orchestration.ingest.snapshots import Snapshot, SnapshotStore, identified, make_part
from tests.conftest import Home

pytestmark = pytest.mark.slow

UNKNOWN_COUNTRY = (
    "reporter_iso3,partner_iso3,product,flow,definition,basis,valuation,frequency,period,period_label,value,unit,"
    "is_provisional,is_estimated,citation,note\n"
    "CHN,ZZZ,,,students_all,,,A,2018,2018,5,persons,false,false,moe-2018,\n"
)


@pytest.fixture
def spoiled(bundle_home, tmp_path):
    """A home whose raw store holds a snapshot that keeps its contract and is nonsense all the same."""
    shutil.copytree(bundle_home.path, tmp_path / "data", symlinks=True)
    home = Home(tmp_path / "data", bundle_home.environment)
    body = UNKNOWN_COUNTRY.encode()
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    url = "http://127.0.0.1/students"
    draft = Snapshot(
        snapshot_id="",
        dataset="china_moe.students",
        scope="by hand",
        origin="bundle",
        release="by hand",
        released_at=None,
        known_from=moment,
        known_from_basis="a test",
        retrieved_at=moment,
        url=url,
        sha256="",
        parts=(make_part(0, body, content_type="text/csv", url=url),),
    )
    SnapshotStore(home.path / "raw").put(identified(draft), [body])
    return home


def test_a_failed_gate_leaves_the_former_warehouse_and_says_why(spoiled):
    before = (spoiled.path / "karakoram.duckdb").resolve()
    result = spoiled.refresh()
    assert (result["status"], result["exit_code"], result["published"]) == ("blocked", 2, None)
    assert result["errors"] == [
        "the gate refuses this build: countries_are_all_mapped: Got 1 result, configured to fail if != 0"
    ]
    assert (spoiled.path / "karakoram.duckdb").resolve() == before
    assert spoiled.rows("select count(*) from marts.observations where partner_iso3 = 'ZZZ'") == [(0,)]
