"""What dbt has made of the project, kept beside it: no home and no night parses again what another has parsed.

dbt remembers a parse by where the build file is, so that another home could not use it. What comes of it is the same in
every home, and dbt takes it as it is (``dbtRunner(manifest=...)``). A folder for each state of the project, named by a
digest of all that decides what dbt makes of it; the newest few are kept.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from tempfile import mkdtemp

from orchestration.dbt import MANIFEST, PARTIAL_PARSE, PROJECT_FILES
from orchestration.settings import DBT_PROJECT

KEPT = DBT_PROJECT / "target" / "parsed"
MOST = 4
READ = ("*.yml", *PROJECT_FILES)
PARSERS = ("dbt-core", "dbt-common", "dbt-adapters", "dbt-duckdb", "dbt-spark")
NO_MATTER = ("DBT_TARGET_PATH", "DBT_LOG_", "DBT_USE_COLORS", "DBT_SEND_ANONYMOUS_USAGE_STATS")


def place_of_this_project(choices: Sequence[str] = ()) -> Path:
    """The folder of the project as it is now, for dbt as it is installed and set: by the environment, and ``choices``.

    Args:
        choices: arguments of dbt that decide what it parses (``--target``, ``--vars``).
    """
    digest = hashlib.sha256()
    for path in sorted(path for pattern in READ for path in DBT_PROJECT.glob(pattern) if path.is_file()):
        digest.update(f"{path.relative_to(DBT_PROJECT)}\0".encode() + path.read_bytes() + b"\0")
    set_so = {
        name: value for name, value in os.environ.items() if name.startswith("DBT_") and not name.startswith(NO_MATTER)
    }
    # The build file's name is the name of the database, in every node.
    database = Path(os.environ.get("KARAKORAM_BUILD_FILE", "karakoram.duckdb")).name
    others = {"at": os.fspath(DBT_PROJECT), "database": database, "set": [set_so, *choices], "parsers": _installed()}
    digest.update(json.dumps(others, sort_keys=True).encode())
    return KEPT / digest.hexdigest()[:32]


def keep(place: Path, target: Path) -> None:
    """Keep in ``place`` what dbt has just left in ``target``; where nothing can be written, nothing is kept."""
    with suppress(OSError):
        KEPT.mkdir(parents=True, exist_ok=True)
        begun = Path(mkdtemp(dir=KEPT, prefix="."))
        try:
            for name in (PARTIAL_PARSE, MANIFEST):
                shutil.copyfile(target / name, begun / name)
            begun.chmod(0o755)
            os.rename(begun, place)  # OSError: another process was faster
        finally:
            shutil.rmtree(begun, ignore_errors=True)
    for old in sorted(KEPT.glob("*"), key=_age)[MOST:]:
        shutil.rmtree(old, ignore_errors=True)


def _age(path: Path) -> float:
    try:
        return -path.stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _installed() -> dict[str, str]:
    found = {}
    for package in PARSERS:
        with suppress(PackageNotFoundError):
            found[package] = version(package)
    return found
