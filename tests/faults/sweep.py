"""Kill a night at its N-th side effect, or fill its disk then, for every N, and see that the next night heals it.

    python -m tests.faults.sweep                        every N of two nights, at every moment; prints a report
    python -m tests.faults.sweep --sample 20 --seed 7   some of them: what CI does

Each night runs in a fork of this process, which itself only prepares and counts: so a kill costs a second, not ten.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb

from orchestration.publish.warehouse import current, table_hashes
from orchestration.settings import Settings
from tests.faults import small_night
from tests.faults.killer import FULL, MOMENTS, TAKES_ROOM, TIMED, Killer
from tests.support.publishers import FakePublishers

NEXT_NIGHT = small_night.NIGHT + timedelta(days=1)
LONGEST = 60  # seconds that one night may take before it counts as hung
TIMED_KILLS = 60  # per night
VOLATILE = "marts.publication"  # says when it was published


@dataclass
class Stage:
    """One kind of night: the home before it, when it is, and what an undisturbed one leads to."""

    name: str
    before: Path
    at: Any
    undisturbed: dict[str, Any] = field(default_factory=dict)
    effects: list[str] = field(default_factory=list)
    milliseconds: int = 0


def main() -> None:
    """Run the sweep; leaves with 1 if any kill was not healed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sample", type=int, default=0, help="how many kills; 0 is all")
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, FakePublishers() as publishers:
        place = Path(folder)
        stages = prepare(place, publishers)
        cases = [
            (stage, number, moment)
            for stage in stages
            for number, effect in enumerate(stage.effects, start=1)
            for moment in (*MOMENTS, FULL)
            if (moment != "power" or effect == "fsync") and (moment != FULL or effect in TAKES_ROOM)
        ]
        chance = random.Random(given.seed)
        cases += [(stage, chance.randint(1, stage.milliseconds), TIMED) for stage in stages for _ in range(TIMED_KILLS)]
        chosen = chance.sample(cases, given.sample) if given.sample else cases
        wrong = {}
        for stage, number, moment in chosen:
            if found := kill_and_heal(place, stage, number, moment, publishers.urls["imf_url"]):
                name = "ms" if moment == TIMED else stage.effects[number - 1]
                wrong[f"{stage.name} night, {moment} {name} {number}"] = found
    report = {
        "seed": given.seed,
        "side_effects": {stage.name: dict(Counter(stage.effects)) for stage in stages},
        "cases": len(cases),
        "killed": len(chosen),
        "not_healed": wrong,
        "seconds": round(time.monotonic() - started, 1),
    }
    print(json.dumps(report, indent=1))
    sys.exit(1 if wrong else 0)


def prepare(place: Path, publishers: FakePublishers) -> list[Stage]:
    """The very first night, and the night after a release; each counted and run once undisturbed."""
    url = publishers.urls["imf_url"]
    empty, later = place / "empty", place / "later"
    empty.mkdir()
    first = Stage("first", empty, small_night.NIGHT)
    _undisturbed(place, first, url)
    shutil.copytree(place / "first-undisturbed", later, symlinks=True)
    publishers.release("imf")
    second = Stage("second", later, NEXT_NIGHT)
    _undisturbed(place, first, url)  # anew: the publisher's figures are others now
    _undisturbed(place, second, url)
    return [first, second]


def _undisturbed(place: Path, stage: Stage, url: str) -> None:
    home = _fresh(place, stage, f"{stage.name}-undisturbed")

    def night() -> dict[str, Any]:
        killer, began = Killer(0).install(), time.monotonic()
        small_night.run(small_night.settings_of(home, url), stage.at)
        took = int(1000 * (time.monotonic() - began))
        return {"effects": list(killer.seen), "took": took, "state": state_of(small_night.settings_of(home, url))}

    found = in_a_fork(night)
    stage.effects, stage.undisturbed, stage.milliseconds = found["effects"], found["state"], found["took"]


def kill_and_heal(place: Path, stage: Stage, number: int, moment: str, url: str) -> list[str]:
    """What is wrong after the kill, after the next night, or after the one that follows; empty if all is well."""
    home = _fresh(place, stage, "killed")
    settings = small_night.settings_of(home, url)
    former = _pointed(settings)

    def night() -> None:
        Killer(number, moment).install()
        small_night.run(settings, stage.at)

    ended = in_a_fork(night)
    if ended != {"signal": signal.SIGKILL} and moment not in (TIMED, FULL):  # a timer may come too late
        return [f"the night was not killed: {ended}"]
    if moment == FULL and (ended is not None and "No space left on device" not in str(ended)):
        return [f"the night did not say that the disk is full: {ended}"]

    def verdict() -> list[str]:
        found = whole(settings, former)
        if moment == FULL:
            found += leftovers(settings)  # it lives, so it has tidied up itself
        small_night.run(settings, stage.at)
        found += whole(settings, None) + leftovers(settings)
        found += differences(stage.undisturbed, state_of(settings))
        healed = _pointed(settings)
        _, statuses = small_night.run(settings, stage.at)
        if _pointed(settings) != healed or set(statuses) != {"unchanged"}:
            found.append(f"the night after told it once more: {statuses}")
        return found

    judged = in_a_fork(verdict)
    return judged if isinstance(judged, list) else [f"the next night failed: {judged}"]


def whole(settings: Settings, former: str | None) -> list[str]:
    """I1 and I2: what the pointer names opens, and is what its record says; it may not be missing if it was there."""
    if not settings.pointer.exists():
        return [] if former is None else ["the published file is gone"]
    publication = current(settings)
    if publication is None:
        return ["the pointer names no whole publication"]
    with duckdb.connect(str(publication.path), read_only=True) as connection:
        connection.execute("set timezone = 'UTC'")
        found = {name: list(facts) for name, facts in table_hashes(connection).items()}
    return [] if found == dict(publication.tables) else ["the published file is not what its record says"]


def leftovers(settings: Settings) -> list[str]:
    """Half-written files, write-ahead logs, records without a file and files without a record."""
    kept = [path for path in settings.home.rglob("*") if path.parent != settings.build]  # each build begins anew
    found = [path for path in kept if path.name.startswith(".tmp-") or path.suffix == ".wal"]
    for path in settings.published.glob("*"):
        if not path.with_suffix(".json" if path.suffix == ".duckdb" else ".duckdb").exists():
            found.append(path)
    return [f"left behind: {path.relative_to(settings.home)}" for path in found]


def state_of(settings: Settings) -> dict[str, Any]:
    """All that two homes must have in common: published tables, snapshots, change logs, standing."""
    publication = current(settings)
    tables = {name: list(facts) for name, facts in publication.tables.items()} if publication else {}
    tables.pop(VOLATILE, None)
    ingest = small_night.ingest_of(settings)
    datasets = ingest.catalog.datasets.values()
    return {
        "tables": tables,
        "files": sorted(
            str(path.relative_to(settings.home))
            for root in (settings.raw, settings.parsed)
            for path in root.rglob("*")
            if path.is_file()
        ),
        "stale": [dataset.id for dataset in datasets if ingest.store.status(dataset.id).stale_since],
        "known": {dataset.id: ingest.log(dataset).known_rows() for dataset in datasets},
    }


def differences(expected: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """I3: names of what differs."""
    return [
        f"{name} differ: {_unlike(expected[name], found[name])}" for name in expected if expected[name] != found[name]
    ]


def _unlike(expected: Any, found: Any) -> Any:
    if isinstance(expected, list):
        return sorted(map(str, {str(e) for e in expected} ^ {str(f) for f in found}))[:5]
    return {name: (expected.get(name), found.get(name)) for name in expected if expected.get(name) != found.get(name)}


def _pointed(settings: Settings) -> str | None:
    return os.readlink(settings.pointer) if settings.pointer.is_symlink() else None


def _fresh(place: Path, stage: Stage, name: str) -> Path:
    home = place / name
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(stage.before, home, symlinks=True)
    return home


def in_a_fork(work: Callable[[], Any]) -> Any:
    """What ``work`` returns, or {"signal": n}, or {"error": traceback}: done in a child, ended if it hangs."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        signal.alarm(LONGEST)
        try:
            answer = {"result": work()}
        except BaseException:  # noqa: BLE001 told to the parent
            answer = {"error": traceback.format_exc()}
        os.write(writing, json.dumps(answer).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return {"signal": os.WTERMSIG(status)}
    answer = json.loads(told or "{}")
    return answer.get("result", answer)


if __name__ == "__main__":
    main()
