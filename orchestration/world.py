"""``karakoram world``: the trade of all pairs of countries, from CEPII BACI's files, as a warehouse of its own.

The formulas are those of every night (``dbt_project/macros/metrics``), and so are the columns of the marts; the models
(``dbt_project/models/world``, target ``world``) read a hundred million lines once and keep on the way what is needed,
in memory or, beyond the limit, in a temporary folder. The file is published like the nightly one, under ``world/``.

BACI: one CSV a year and edition of the HS, ``BACI_HS92_Y2024_V202601.csv`` with t, i, j, k, v, q (year, exporter,
importer, six-digit product, thousand US dollars FOB, metric tons), and ``country_codes_V202601.csv``. Gaulier and
Zignago (2010), CEPII Working Paper 2010-23; Etalab Open Licence 2.0.
"""

from __future__ import annotations

import csv
import hashlib
import json
import re
import shutil
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb

from orchestration.catalog import load_catalog
from orchestration.dbt import dbt_environment, refusals, run_dbt
from orchestration.errors import ConfigurationError
from orchestration.home import UnusableHome, open_home
from orchestration.locks import writer_lock
from orchestration.processes import end_orphans
from orchestration.publish.fingerprint import project_sources
from orchestration.publish.warehouse import NotPublishable, Publication, drop_unfinished, publish
from orchestration.settings import Settings

EDITIONS = {"HS92": "H0", "HS96": "H1", "HS02": "H2", "HS07": "H3", "HS12": "H4", "HS17": "H5", "HS22": "H6"}
GENERATED = "V000000"
"""The release of files that nobody published (tests and benchmarks): every row of their marts says `generated`."""

FILES = re.compile(r"BACI_(HS\d\d)_Y(\d{4})_(V\d{6}[a-z]?)\.csv")
HEADER = ["t", "i", "j", "k", "v", "q"]
COUNTRIES = ["country_code", "country_name", "country_iso2", "country_iso3"]
CITATION = (
    "CEPII, BACI, {edition}, release {release}; Gaulier, G. and Zignago, S. (2010), BACI: International Trade Database "
    "at the Product-Level, CEPII Working Paper 2010-23"
)
TYPES = {"string": "VARCHAR", "int": "INTEGER"}
ROOM = 1.5  # bytes of disk for each byte of CSV: what spills, the build and its file (measured: 0.9)


class WorldSettings(Settings):
    """The settings of a home, with the places of the world's warehouse instead of the nightly one's."""

    @property
    def build_file(self) -> Path:
        """The DuckDB file that dbt builds."""
        return self.build / "world.duckdb"

    @property
    def published(self) -> Path:
        """Immutable warehouses of the world."""
        return self.home / "world"

    @property
    def pointer(self) -> Path:
        """A symlink to the newest."""
        return self.home / "world.duckdb"

    @property
    def made_by(self) -> str:
        """The command that publishes it."""
        return "karakoram world FOLDER"

    @property
    def lock_file(self) -> Path:
        """Held by the one build of the world that runs; a refresh may run beside it."""
        return self.home / "world" / ".lock"


@dataclass(frozen=True)
class Release:
    """The files of one folder: an edition of the HS, a release, and a file for each year."""

    folder: Path
    edition: str
    release: str
    years: Mapping[int, Path]
    countries: Path

    @property
    def publisher(self) -> str:
        """Id of the publisher."""
        return "generated" if self.release == GENERATED else "cepii_baci"

    @property
    def files(self) -> list[Path]:
        """All files, in the order of their names."""
        return sorted([*self.years.values(), self.countries])


@dataclass(frozen=True)
class WorldResult:
    """What `karakoram world` has done."""

    published: str
    edition: str
    release: str
    origin: str
    years: Sequence[int]
    lines: int
    rows: Mapping[str, int]
    seconds: float
    models_seconds: float

    def as_json(self) -> dict[str, Any]:
        """The object that ``world --json`` prints."""
        return {"status": "published", "exit_code": 0, **asdict(self)}


def world_settings(settings: Settings) -> WorldSettings:
    """The same settings for the world's warehouse."""
    return WorldSettings(**settings.model_dump())


def build_world(settings: Settings, folder: Path, *, memory: str = "6GB") -> WorldResult:
    """Build and publish the warehouse of the world from ``folder``.

    Args:
        settings: of the home.
        folder: BACI's files, unpacked: one edition and release, one file or more.
        memory: how much DuckDB may use ("6GB"); beyond it, it writes to a temporary folder beside the build file. The
            process takes up to a gigabyte more.

    Raises:
        ConfigurationError: the folder does not hold what BACI publishes; nothing was started.
        AlreadyRunningError: another process builds the world of this home.
        NotPublishable: a line cannot be read, a check failed, or the file cannot be written.
    """
    started = datetime.now(UTC)
    release = read_release(folder)
    place = world_settings(settings)
    open_home(settings)
    with writer_lock(place.lock_file):
        _check_room(place, release)
        drop_unfinished(place)
        place.build.mkdir(exist_ok=True)
        end_orphans("KARAKORAM_BUILD_FILE", str(place.build_file))
        _clear(place)
        try:
            with ThreadPoolExecutor(1) as pool:  # while dbt starts and reads
                hashes = pool.submit(lambda: {path.name: _sha256(path) for path in release.files})
                target = _build(place, release, memory)
                publication = _publish(place, release, hashes.result(), target, started)
        finally:
            _clear(place)
    rows = {name: count for name, (count, _) in publication.tables.items()}
    return WorldResult(
        published=str(publication.path),
        edition=release.edition,
        release=release.release,
        origin="generated" if release.release == GENERATED else "files",
        years=sorted(release.years),
        lines=publication.facts["lines"],
        rows={
            # read through views; of the next two each stored row is one country's export and the other's import
            "trade_balance": rows["intermediate.int_world__balance"],
            "trade_concentration": 2 * rows["intermediate.int_world__pairs"],
            "trade_structure": 2 * rows["intermediate.int_world__structure"],
        },
        seconds=(datetime.now(UTC) - started).total_seconds(),
        models_seconds=model_seconds(target),
    )


def read_release(folder: Path) -> Release:
    """What a folder holds, by the names of its files and their headers; ConfigurationError if that is not BACI's."""
    if "," in str(folder.resolve()):
        raise ConfigurationError(f"{folder}: expected a path without a comma, which DuckDB would cut it at; rename it")
    found = sorted(folder.glob("BACI_*.csv")) if folder.is_dir() else []
    matches = {path: FILES.fullmatch(path.name) for path in found}
    strange = [path.name for path, match in matches.items() if not match or match[1] not in EDITIONS]
    if not found or strange:
        raise ConfigurationError(
            f"{folder}: expected BACI's files as they are in its zip (BACI_HS92_Y2024_V202601.csv, one for each year), "
            f"got {strange[0] if strange else 'no file BACI_*.csv'}; unpack the zip of one edition there"
        )
    kinds = {(match[1], match[3]) for match in matches.values() if match}
    if len(kinds) > 1:
        shown = ", ".join("_".join(kind) for kind in sorted(kinds))
        raise ConfigurationError(
            f"{folder}: expected one edition and release, got {shown}; keep each in a folder of its own"
        )
    (edition, release) = kinds.pop()
    countries = folder / f"country_codes_{release}.csv"
    if not countries.exists() or len(list(folder.glob("country_codes_V*.csv"))) > 1:
        raise ConfigurationError(
            f"{folder}: expected {countries.name}, and no other list of countries; it is in BACI's zip"
        )
    _check_header(countries, COUNTRIES)
    years = {int(match[2]): path for path, match in matches.items() if match}
    for year, path in years.items():
        first = _check_header(path, HEADER)
        if first[:1] != [str(year)]:
            raise ConfigurationError(
                f"{path}, line 2, column t: expected {year}, the year in the file's name, got {first[:1]}"
            )
    return Release(folder.resolve(), edition, release, years, countries)


def _check_header(path: Path, expected: list[str]) -> list[str]:
    """The first line below the header, if that is what is expected."""
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = csv.reader(file)
        header, first = next(lines, []), next(lines, [])
    if header != expected:
        raise ConfigurationError(f"{path}, line 1: expected {','.join(expected)}, got {','.join(header)!r}")
    if len(first) != len(expected):
        raise ConfigurationError(f"{path}, line 2: expected {len(expected)} values, got {len(first)}")
    return first


def _check_room(place: WorldSettings, release: Release) -> None:
    needed = ROOM * sum(path.stat().st_size for path in release.files)
    free = shutil.disk_usage(place.home).free
    if free < needed:
        raise UnusableHome(
            f"{place.home} has {free / 1e9:,.1f} GB of free space, this world may need {needed / 1e9:,.1f} GB; nothing "
            "was started; free disk space there, or set KARAKORAM_HOME to a larger disk"
        )


def _clear(place: WorldSettings) -> None:
    """Remove the build and what spilled beside it."""
    for leftover in (place.build_file, place.build_file.with_suffix(".duckdb.wal")):
        leftover.unlink(missing_ok=True)
    shutil.rmtree(place.build_file.with_suffix(".duckdb.tmp"), ignore_errors=True)


def _build(place: WorldSettings, release: Release, memory: str) -> Path:
    """Run dbt; returns its target folder. NotPublishable with dbt's reasons."""
    target = place.build / "world_dbt"
    results = target / "run_results.json"
    results.unlink(missing_ok=True)
    code = run_dbt(
        [
            *("build", "--target", "world", "--select", "+path:models/world", "--indirect-selection", "cautious"),
            *("--exclude-resource-type", "unit_test"),
            *("--vars", json.dumps(_variables(release))),
        ],
        {
            **dbt_environment(place),
            "KARAKORAM_WORLD": str(release.folder),
            "KARAKORAM_WORLD_MEMORY": memory,
            "DBT_TARGET_PATH": str(target),
            "DBT_LOG_PATH": str(target),
        },
    )
    if code:
        raise NotPublishable("; ".join(refusals(results)) or f"dbt ended with {code}: see {target / 'dbt.log'}")
    return target


def _variables(release: Release) -> dict[str, str]:
    """What the models are told of the files."""
    return {
        "baci_edition": EDITIONS[release.edition],
        "baci_publisher": release.publisher,
        "baci_file": f"BACI_{release.edition}_Y{{year}}_{release.release}.csv",
    }


def model_seconds(target: Path) -> float:
    """How long the models alone took, without dbt's start, seeds and tests."""
    results = json.loads((target / "run_results.json").read_text("utf-8"))["results"]
    return sum(result["execution_time"] for result in results if result["unique_id"].startswith("model."))


def _publish(
    place: WorldSettings, release: Release, hashes: Mapping[str, str], target: Path, at: datetime
) -> Publication:
    manifest = json.loads((target / "manifest.json").read_text("utf-8"))["nodes"]
    digest = hashlib.sha256(f"world duckdb {version('duckdb')} {sorted(hashes.items())}".encode())
    for path in project_sources():
        digest.update(path.read_bytes())
    with duckdb.connect(str(place.build_file), read_only=True) as connection:
        lines, years = connection.execute(
            "select sum(n_lines), list_sort(list(distinct year)) from intermediate.int_world__pairs"
        ).fetchall()[0]
    if years != sorted(release.years):
        raise NotPublishable(
            f"{release.folder}: expected lines of {sorted(release.years)}, as the names say, got {years}"
        )
    facts = {
        "origin": "generated" if release.release == GENERATED else "files",
        "edition": release.edition,
        "release": release.release,
        "lines": int(lines),
        "karakoram": version("karakoram"),
        "duckdb": version("duckdb"),
    }

    def complete(connection: duckdb.DuckDBPyConnection) -> None:
        for model in [
            node for node in manifest.values() if node["fqn"][1:2] == ["world"] and node["schema"] == "marts"
        ]:
            mart = model["name"].removeprefix("world_")
            kind = "view" if model["config"]["materialized"] == "view" else "table"
            connection.execute(f'alter {kind} marts."{model["name"]}" rename to "{mart}"')
            _describe(connection, kind, mart, manifest[f"model.karakoram.{mart}"])
        _write_sources(connection, release, hashes, at)

    return publish(place, fingerprint=digest.hexdigest(), at=at, facts=facts, complete=complete, in_place=True)


def _describe(connection: duckdb.DuckDBPyConnection, kind: str, mart: str, promised: Mapping[str, Any]) -> None:
    """Carry the promise of the nightly mart over: the same columns and types, or NotPublishable; its comments."""
    columns = promised["columns"].values()
    expected = [(column["name"], TYPES.get(column["data_type"], column["data_type"].upper())) for column in columns]
    found = connection.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = 'marts' and table_name = ? "
        "order by column_index",
        [mart],
    ).fetchall()
    if found != expected:
        wrong = [pair for pair in {*found, *expected} if (pair in found) != (pair in expected)]
        raise NotPublishable(f"world_{mart} is not {mart}: expected its columns in its order, differs in {wrong}")
    connection.execute(f'comment on {kind} marts."{mart}" is {_quoted(promised["description"])}')
    for column in columns:
        connection.execute(f'comment on column marts."{mart}"."{column["name"]}" is {_quoted(column["description"])}')


def _write_sources(
    connection: duckdb.DuckDBPyConnection, release: Release, hashes: Mapping[str, str], at: datetime
) -> None:
    """Where the figures are from (``marts.sources``), file by file (``marts.files``)."""
    publisher = load_catalog().publishers["cepii_baci"]
    is_real = release.release != GENERATED
    connection.execute("create table marts.files (file varchar, bytes bigint, sha256 varchar)")
    connection.execute("comment on table marts.files is 'The files that this warehouse was built from'")
    connection.executemany(
        "insert into marts.files values (?, ?, ?)",
        [[path.name, path.stat().st_size, hashes[path.name]] for path in release.files],
    )
    listing = "".join(f"{hashes[path.name]}  {path.name}\n" for path in release.files)
    row = {
        "dataset": f"{release.publisher}.world",
        "publisher": release.publisher,
        "publisher_name": publisher.name if is_real else "nobody: generated for tests and benchmarks",
        "title": f"BACI, {release.edition}, all pairs and lines" if is_real else "Generated, not real figures",
        "licence": publisher.licence if is_real else None,
        "citation": CITATION.format(edition=release.edition, release=release.release) if is_real else None,
        "url": "https://www.cepii.fr/CEPII/en/bdd_modele/bdd_modele_item.asp?id=37" if is_real else None,
        "origin": "files" if is_real else "generated",
        "retrieved_at": at.replace(tzinfo=None),
        "latest_period": str(max(release.years)),
        "stale_since": None,
        "sha256": hashlib.sha256(listing.encode()).hexdigest(),  # of what `sha256sum` would print
    }
    kinds = {"retrieved_at": "timestamp", "stale_since": "timestamp"}
    columns = ", ".join(f"{name} {kinds.get(name, 'varchar')}" for name in row)
    connection.execute(f"create table marts.sources ({columns})")
    connection.execute(f"insert into marts.sources values ({', '.join('?' * len(row))})", list(row.values()))
    connection.execute("comment on table marts.sources is 'Publisher, release, licence and citation of the figures'")


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
