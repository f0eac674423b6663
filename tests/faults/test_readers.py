"""Readers never wait and never fail: eight of them, through twenty publications and a failed gate."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta

import duckdb
import pytest

from orchestration.publish.warehouse import KEPT, NotPublishable, publish
from orchestration.settings import Settings

READERS, PUBLICATIONS = 8, 20
MARTS = ("trade_balance", "reserve_adequacy", "observations")
ROWS = 2_000
MORNING = datetime(2026, 1, 31, 2, 30, tzinfo=UTC)
LONGEST_READ = 10.0  # seconds, with eight readers and a writer on two cores; none ever waits for the writer

READER = f"""
import json, os, sys, time
import duckdb
pointer, stop = sys.argv[1:]
reads, slowest, seen, errors = 0, 0.0, set(), []
print("ready", flush=True)
while not os.path.exists(stop) or not reads:
    began = time.monotonic()
    try:
        with duckdb.connect(pointer, read_only=True) as connection:
            told = connection.execute(
                "select value from marts.publication where fact = 'fingerprint'"
            ).fetchone()[0]
            found = {{told}}
            for mart in {MARTS!r}:
                rows, low, high = connection.execute(
                    f"select count(*), min(made_by), max(made_by) from marts.{{mart}}"
                ).fetchone()
                found |= {{low, high}}
                if rows != {ROWS}:
                    errors.append(f"{{mart}} has {{rows}} rows")
            if len(found) != 1:
                errors.append(f"a mixture: {{sorted(found)}}")
            seen |= found
    except Exception as error:
        errors.append(repr(error))
    time.sleep(0.02)
    reads, slowest = reads + 1, max(slowest, time.monotonic() - began)
print(json.dumps({{"reads": reads, "slowest": slowest, "seen": len(seen), "errors": errors}}))
"""


def build(settings, name):
    settings.build.mkdir(parents=True, exist_ok=True)
    settings.build_file.unlink(missing_ok=True)
    with duckdb.connect(str(settings.build_file)) as connection:
        connection.execute("create schema marts; create schema seeds")
        for mart in MARTS:
            connection.execute(
                f"create table marts.{mart} as select '{name}' as made_by, range as n, hash(range) as filler "
                f"from range({ROWS})"
            )


def publish_as(settings, number):
    name = f"{number:08d}"
    build(settings, name)
    return publish(settings, fingerprint=name, at=MORNING + timedelta(days=number), facts={"origin": "bundle"})


def test_eight_readers_through_twenty_publications_and_a_failed_gate(tmp_path):
    settings = Settings(home=tmp_path / "home")
    first = publish_as(settings, 0)
    stop = tmp_path / "stop"
    readers = [
        subprocess.Popen(
            [sys.executable, "-c", READER, str(settings.pointer), str(stop)], stdout=subprocess.PIPE, text=True
        )
        for _ in range(READERS)
    ]
    try:
        for reader in readers:
            assert reader.stdout.readline() == "ready\n"
        with duckdb.connect(str(first.path), read_only=True) as held:
            for number in range(1, PUBLICATIONS + 1):
                publish_as(settings, number)
                if number == PUBLICATIONS // 2:
                    settings.build_file.write_bytes(settings.build_file.read_bytes()[:8_000])
                    with pytest.raises(NotPublishable):
                        publish(settings, fingerprint="bad", at=MORNING, facts={})
                time.sleep(0.05)
            assert held.execute("select min(made_by), max(made_by) from marts.observations").fetchall() == [
                ("00000000", "00000000")
            ]
            assert first.path.exists(), "a file that somebody has open is not removed"
    finally:
        stop.touch()
    told = [json.loads(reader.communicate(timeout=60)[0]) for reader in readers]
    assert [reader["errors"] for reader in told] == [[]] * READERS
    assert sum(reader["seen"] for reader in told) > READERS, "they have seen publications come and go"
    assert max(reader["slowest"] for reader in told) < LONGEST_READ
    assert len(list(settings.published.glob("*.duckdb"))) <= KEPT + 1
