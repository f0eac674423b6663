"""The dbt project as assets: staging, intermediate, marts, in a private build file that nobody else opens.

Here Dagster and dbt meet, and nothing else: the fingerprint decides what changed, SQL how to compute.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import dagster as dg
import duckdb

from orchestration.ahead import Ahead
from orchestration.assets.links import model_links, test_description
from orchestration.assets.pictures import load_what_draws, picture_of
from orchestration.assets.snapshots import OWNERS
from orchestration.catalog import load_catalog
from orchestration.dbt import (
    NO_TELEMETRY,
    PROJECT_FILES,
    check_engine,
    dbt_environment,
    forget_another_project,
    refusals,
)
from orchestration.errors import ConfigurationError, KarakoramError
from orchestration.ingest.snapshots import write_atomically
from orchestration.ingest.store_tables import write_store_tables
from orchestration.locks import waiting_lock
from orchestration.markdown import table as markdown_table
from orchestration.night import Night
from orchestration.processes import end_orphans
from orchestration.publish.fingerprint import fingerprint, note_inputs
from orchestration.publish.warehouse import current
from orchestration.resources import (
    DagsterDbtTranslator,
    DagsterDbtTranslatorSettings,
    DbtCliInvocation,
    DbtProject,
    LeanDbt,
    dbt_assets,
)
from orchestration.settings import DBT_PROJECT
from orchestration.standby import PARSED, SERVE, Standby

PREVIEW_ROWS = 5
SHOWN_REFUSALS = 10
BUILD = ("build", "--exclude-resource-type", "unit_test")
GROUP_OF = {"seed": "seeds", "source": "snapshots"}


class Translator(DagsterDbtTranslator):
    """dbt nodes as assets: keys that name the table, groups that read as the flow, the folder of a mart as its tag."""

    def get_asset_key(self, dbt_resource_props: Mapping[str, Any]) -> dg.AssetKey:
        """Schema and table. A mart that a seed has taken the name of (evidence, claims) goes by its alias."""
        key = super().get_asset_key(dbt_resource_props)
        if dbt_resource_props["resource_type"] != "model":
            return key
        return dg.AssetKey([*key.path[:-1], dbt_resource_props["alias"]])

    def get_group_name(self, dbt_resource_props: Mapping[str, Any]) -> str:
        """seeds, staging, intermediate or marts: the first folder below models/."""
        kind = dbt_resource_props["resource_type"]
        return GROUP_OF.get(kind) or str(dbt_resource_props["fqn"][1])

    def get_asset_check_spec(
        self, asset_spec: dg.AssetSpec, manifest: Mapping[str, Any], unique_id: str, project: DbtProject | None
    ) -> dg.AssetCheckSpec | None:
        """A dbt test as a check that says what it tests and what its failure does."""
        spec = super().get_asset_check_spec(asset_spec, manifest, unique_id, project)
        return spec and spec._replace(description=test_description(manifest["nodes"][unique_id]))

    def get_owners(self, dbt_resource_props: Mapping[str, Any]) -> list[str]:
        """Everybody who works on Karakoram."""
        return OWNERS

    def get_metadata(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, Any]:
        """What dagster-dbt knows (columns, tests), and where to go from here."""
        return {**super().get_metadata(dbt_resource_props), **model_links(load_catalog(), dbt_resource_props)}

    def get_tags(self, dbt_resource_props: Mapping[str, Any]) -> Mapping[str, str]:
        """The subject of a mart: trade, external, technology …"""
        folders = dbt_resource_props["fqn"][1:-1]
        return {"subject": folders[1]} if len(folders) > 1 else {}


def dbt_project(standby: Standby | None = None) -> DbtProject:
    """The dbt project; its manifest is prepared when it is missing or older than any file of the project.

    Args:
        standby: a process that is parsing the project already.
    """
    project = DbtProject(project_dir=DBT_PROJECT, profiles_dir=DBT_PROJECT)
    with waiting_lock(DBT_PROJECT / "target" / ".lock"):
        if manifest_is_stale(project.manifest_path):
            parsed = standby.manifest() if standby else None
            if parsed:
                write_atomically(project.manifest_path, parsed.read_bytes())
            else:
                _parse(project.manifest_path)
    return project


def _parse(manifest: Path) -> None:
    """What ``prepare_if_dev`` does in three times the time, by way of dbt's version and an adapter."""
    target = os.fspath(manifest.parent / "parse")
    done = subprocess.run(
        [sys.executable, "-c", SERVE],
        env={**os.environ, **NO_TELEMETRY, "DBT_TARGET_PATH": target, "DBT_LOG_PATH": target},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    said, _, place = done.stdout.strip().rpartition("\n")[2].partition(" ")
    if said != PARSED:
        raise ConfigurationError(f"the dbt project cannot be parsed:\n{done.stdout}{done.stderr}")
    write_atomically(manifest, Path(place).read_bytes())


def manifest_is_stale(manifest: Path) -> bool:
    """True when the manifest is missing or older than a file it was made from."""
    if not manifest.exists():
        return True
    made = manifest.stat().st_mtime
    files = [path for pattern in PROJECT_FILES for path in DBT_PROJECT.glob(pattern) if path.is_file()]
    return any(path.stat().st_mtime > made for path in [*files, DBT_PROJECT / "dbt_project.yml"])


def warehouse_assets(project: DbtProject) -> dg.AssetsDefinition:
    """All models and seeds, as one step: dbt builds them in one process, tests included."""

    @dbt_assets(
        manifest=project.manifest_path,
        project=project,
        dagster_dbt_translator=Translator(
            settings=DagsterDbtTranslatorSettings(enable_asset_checks=True, enable_code_references=True)
        ),
        name="warehouse",
        pool="build",
    )
    def warehouse(context: dg.AssetExecutionContext, dbt: LeanDbt, night: dg.ResourceParam[Night]) -> Iterator[Any]:
        night.lock()
        night.ingest.sync()
        with night.ingest.all_still():  # a backfill may land before or after this build, not in the middle of it
            yield from build(context, dbt, night)

    def build(context: dg.AssetExecutionContext, dbt: LeanDbt, night: Night) -> Iterator[Any]:
        digest = prepare_inputs(night)
        published = current(night.settings)
        if published and published.fingerprint == digest and not night.force:
            context.log.info(f"nothing changed since {published.path.name}: nothing is rebuilt, nothing republished")
            return
        night.settings.build.mkdir(parents=True, exist_ok=True)
        end_orphans("KARAKORAM_BUILD_FILE", str(night.settings.build_file))
        for leftover in (night.settings.build_file, night.settings.build_file.with_suffix(".duckdb.wal")):
            leftover.unlink(missing_ok=True)
        shutil.rmtree(night.settings.spark_tables, ignore_errors=True)
        note_inputs(night.settings, digest)
        os.environ.update(dbt_environment(night.settings))
        target = night.settings.build / "dbt"
        forget_another_project(target)
        command = [*BUILD]
        standby = night.standby
        if night.settings.engine == "spark":
            compute_on_spark(dbt, night)
            command += ["--vars", "engine: spark"]
        elif standby is None or not standby.is_free_for(target):
            standby = Standby(night.settings)
        invocation = dbt.cli(
            command,
            standby=standby,
            context=context,
            target_path=target,
            manifest=project.manifest_path,
        )
        yield from _events(context, invocation, night)

    return warehouse


def compute_on_spark(dbt: LeanDbt, night: Night) -> None:
    """All seeds and models, computed by Spark into Parquet below ``build/spark``; dg.Failure naming what could not be.

    The build on DuckDB that follows loads these tables instead of computing them (``macros/engine.sql``), checks their
    contracts and runs every test on what will be published, whoever has computed it.
    """
    check_engine(night.settings)
    target = night.settings.build / "dbt-spark"
    forget_another_project(target)
    invocation = dbt.cli([*BUILD, "test", "--target", "spark"], target_path=target, raise_on_error=False)
    try:
        for event in invocation.stream_raw_events():
            if event.is_result_event:
                night.reporter.model_done(event.raw_event["data"]["node_info"]["node_name"])
    finally:
        stop(invocation.process)
    if not invocation.is_successful():
        said = refusals(target / "run_results.json")[:SHOWN_REFUSALS]
        said = said or [str(invocation.get_error()).strip().splitlines()[-1], "next: read logs/refresh.log in the home"]
        raise dg.Failure(
            description=f"Spark ({night.settings.spark_master}) could not compute: {'; '.join(said)}",
            allow_retries=False,
        )


def prepare_inputs(night: Night) -> str:
    """Bring the store's own tables up to date with the change logs; returns the fingerprint of all inputs."""
    ingest = night.ingest
    if not any(ingest.store.latest(dataset) for dataset in ingest.catalog.datasets):
        raise KarakoramError(
            f"{ingest.settings.raw} holds no snapshot yet: run a refresh without --no-fetch first, "
            "or restore the raw store from a backup"
        )
    reference = write_store_tables(ingest)
    return fingerprint(ingest, reference)


def _events(context: dg.AssetExecutionContext, invocation: DbtCliInvocation, night: Night) -> Iterator[Any]:
    """dbt's events; those of tables wait until dbt has let go of the file, to carry row counts and previews."""
    waiting: list[dg.Output[Any]] = []
    failure: Exception | None = None
    try:
        night.ahead = Ahead(night.settings)  # not before dbt has parsed: there are two cores
        load_what_draws()
        for event in invocation.stream():
            if isinstance(event, dg.Output):
                night.reporter.model_done(event.output_name)
                waiting.append(event)
            else:
                yield event
    except Exception as error:  # noqa: BLE001 raised again below, after the tables that were built are on record
        failure = error
    finally:
        stop(invocation.process)
    if night.ahead:
        night.ahead.wait() if failure else night.ahead.begin()
    facts = table_facts(night.settings.build_file)
    for output in waiting:
        name = ".".join(context.asset_key_for_output(output.output_name).path)
        context.add_output_metadata(facts.get(name, {}), output_name=output.output_name)
        yield output
    if failure:
        refused = refusals(invocation.target_path / "run_results.json")
        if not refused:
            raise failure
        raise dg.Failure(
            description=f"the gate refuses this build: {'; '.join(refused[:SHOWN_REFUSALS])}", allow_retries=False
        ) from failure


def stop(process: subprocess.Popen[bytes]) -> None:
    """End dbt if it still runs: nobody reads its output any more, and waiting for a full pipe would last for ever."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def table_facts(path: Path) -> dict[str, dict[str, Any]]:
    """Row count and a small preview of every table in the build file, by 'schema.table'."""
    if not path.exists():
        return {}
    facts: dict[str, dict[str, Any]] = {}
    with duckdb.connect(str(path), read_only=True) as connection:
        for schema, table, rows in connection.execute(
            "select schema_name, table_name, estimated_size from duckdb_tables()"
        ).fetchall():
            name = f"{schema}.{table}"
            facts[name] = {"dagster/row_count": rows}
            if schema == "marts":
                facts[name]["preview"] = dg.MetadataValue.md(_preview(connection, schema, table))
                facts[name].update(picture_of(connection, table))
    return facts


def _preview(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> str:
    result = connection.execute(f'select * from "{schema}"."{table}" limit {PREVIEW_ROWS}')
    return markdown_table([column[0] for column in result.description], result.fetchall())
