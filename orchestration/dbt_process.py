"""What runs inside every dbt process of ours: dbt as it is, without the work that nobody asks for.

Imported by nobody who is not such a process: it loads dbt.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from orchestration.dbt import MANIFEST, PARTIAL_PARSE, PLACES
from orchestration.parsed import keep, place_of_this_project
from orchestration.processes import loading

with loading():
    from dbt.cli.main import dbtRunner, dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest
    from dbt.parser.manifest import extended_mashumuro_decoder
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager

__all__ = ["WithoutDebug", "dbtRunner", "exit_code", "main", "parsed_project"]

UNHEARD = (EventLevel.DEBUG, EventLevel.TEST)


class WithoutDebug(EventManager):
    """Does nothing for events that no log of ours takes.

    dbt writes out each event for each of its logs, as JSON where a log is JSON, and only then drops it: 10,000 in a
    build, a third of all that dbt computes in Python.
    """

    def fire_event(self, e: BaseEvent, level: EventLevel | None = None, *given: Any, **named: Any) -> None:
        """As dbt's own, for events that are heard."""
        if (level or e.level_tag()) not in UNHEARD:
            super().fire_event(e, level, *given, **named)


ctx_set_event_manager(WithoutDebug())


def parsed_project(choices: Sequence[str] = ()) -> tuple[Manifest, Path] | None:
    """The project as dbt has parsed it, now or before, and where the same lies as JSON; None if dbt cannot parse it.

    Args:
        choices: arguments of dbt that decide what it parses (``--target``, ``--vars``).
    """
    place = place_of_this_project(choices)
    try:
        manifest = Manifest.from_msgpack((place / PARTIAL_PARSE).read_bytes(), decoder=extended_mashumuro_decoder)
    except Exception as error:  # noqa: BLE001 not kept, or damaged: then dbt parses
        if not isinstance(error, FileNotFoundError):
            shutil.rmtree(place, ignore_errors=True)
        done = dbtRunner().invoke(["--quiet", "parse", *choices, *PLACES])
        if not done.success:
            return None
        target = Path(os.environ["DBT_TARGET_PATH"])
        if place_of_this_project(choices) == place:  # nobody has changed it meanwhile
            keep(place, target)
        return done.result, target / MANIFEST  # type: ignore[return-value]
    manifest.build_flat_graph()  # type: ignore[no-untyped-call]
    return manifest, place / MANIFEST


def exit_code(done: dbtRunnerResult) -> int:
    """As dbt's own command has it: 0 all well, 1 something was refused, 2 dbt could not run."""
    return 0 if done.success else 2 if done.exception else 1


def main() -> None:
    """``dbt`` with the arguments of this process."""
    choosing = argparse.ArgumentParser(allow_abbrev=False)
    choosing.add_argument("--target")
    choosing.add_argument("--vars")
    chosen = vars(choosing.parse_known_args()[0])
    with loading():
        parsed = parsed_project([word for name, value in chosen.items() if value for word in (f"--{name}", value)])
    if not parsed:
        sys.exit(2)
    done = dbtRunner(manifest=parsed[0]).invoke(sys.argv[1:])
    if done.exception:
        sys.stderr.write(f"{done.exception}\n")
    sys.exit(exit_code(done))


if __name__ == "__main__":
    main()
