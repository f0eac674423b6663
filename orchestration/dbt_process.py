"""What runs inside every dbt process of ours: dbt as it is, without the work that nobody asks for.

Imported by nobody who is not such a process: it loads dbt.
"""

from __future__ import annotations

import sys
from typing import Any

from orchestration.processes import loading

with loading():
    from dbt.cli.main import dbtRunner, dbtRunnerResult
    from dbt_common.events.base_types import BaseEvent, EventLevel
    from dbt_common.events.event_manager import EventManager
    from dbt_common.events.event_manager_client import ctx_set_event_manager

__all__ = ["WithoutDebug", "dbtRunner", "exit_code", "main"]

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


def exit_code(done: dbtRunnerResult) -> int:
    """As dbt's own command has it: 0 all well, 1 something was refused, 2 dbt could not run."""
    return 0 if done.success else 2 if done.exception else 1


def main() -> None:
    """``dbt`` with the arguments of this process."""
    done = dbtRunner().invoke(sys.argv[1:])
    if done.exception:
        sys.stderr.write(f"{done.exception}\n")
    sys.exit(exit_code(done))


if __name__ == "__main__":
    main()
