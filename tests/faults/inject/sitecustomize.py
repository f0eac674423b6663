"""Python runs this at its start if its folder is on PYTHONPATH: it puts the killer into one program of several.

KARAKORAM_KILL is ``program:N:moment``, program being part of the command line; children inherit it, and look for
their own name. KARAKORAM_KILL_LOG is the file into which a program that survives writes what it has counted.
"""

import atexit
import json
import os
import sys

given = os.environ.get("KARAKORAM_KILL", "")
if given:
    program, at, moment = given.split(":")
    if any(program in word for word in sys.orig_argv):
        sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
        import killer

        sys.path.pop(0)
        real_open = open
        installed = killer.Killer(int(at), moment).install()

        def tell() -> None:
            if log := os.environ.get("KARAKORAM_KILL_LOG"):
                with real_open(log, "w", encoding="utf-8") as file:
                    json.dump(installed.seen, file)

        atexit.register(tell)
