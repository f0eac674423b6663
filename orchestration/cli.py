"""The command ``karakoram``: thin. It runs the same jobs as the UI and reads the published file."""

from __future__ import annotations

import contextlib
import csv
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from functools import wraps
from pathlib import Path
from typing import Any, NoReturn

import click

from orchestration.errors import ConfigurationError, KarakoramError, advice, explained
from orchestration.locks import AlreadyRunningError
from orchestration.settings import PROJECT_ROOT, load_settings, quiet_telemetry

USAGE, BUSY, BLOCKED, INTERRUPTED = 64, 75, 2, 130


def main() -> None:
    """Entry point. Wrong usage leaves with 64, as 2 means "not published"."""
    quiet_telemetry()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a container's stop is as orderly as Ctrl-C
    try:
        command.main(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except click.Abort:
        _leave(INTERRUPTED)
    except ConfigurationError as error:
        click.echo(f"karakoram: {error}", err=True)
        sys.exit(USAGE)
    except AlreadyRunningError as error:
        click.echo(f"karakoram: {error}", err=True)
        sys.exit(BUSY)
    except KarakoramError as error:
        click.echo(f"karakoram: {error}", err=True)
        sys.exit(BLOCKED)
    except BrokenPipeError:  # `karakoram sql … | head`: nobody reads on
        _leave(0)
    except Exception as error:  # noqa: BLE001 whatever it was, 1 would mean "published"
        if not advice(error):
            traceback.print_exc()
        click.echo(f"karakoram: {type(error).__name__}: {explained(error)}", err=True)
        sys.exit(BLOCKED)


def _leave(code: int) -> NoReturn:
    """End now: a thread may be waiting for a publisher, and nothing that it has begun needs an end."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError):
            stream.flush()
    os._exit(code)


def _validated(function: Callable[..., Any]) -> Callable[..., Any]:
    """Check settings, catalogue and seeds before anything runs."""

    @wraps(function)
    def wrapper(*arguments: Any, **options: Any) -> Any:
        from orchestration.catalog import load_catalog
        from orchestration.seeds import load_seeds

        settings = load_settings(origin=options.pop("origin", None), engine=options.pop("engine", None))
        load_catalog()
        load_seeds()
        return function(settings, *arguments, **options)

    return wrapper


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="karakoram")
def command() -> None:
    """Watch the economic ties of two countries: both sides' figures, their history, and cited thresholds."""


@command.command()
@click.option("--origin", type=click.Choice(["bundle", "live"]), help="Embedded real figures, or the publishers' APIs.")
@click.option("--engine", type=click.Choice(["duckdb", "spark"]), help="Who computes; see dbt_project/ENGINES.md.")
@click.option("--no-fetch", is_flag=True, help="Ask nobody; rebuild from the raw store as it is.")
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="With --no-fetch: rebuild what was known at the end of that day into as_of/; the warehouse stays.",
)
@click.option("--wait", is_flag=True, help="If another refresh runs, wait for its end instead of leaving with 75.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@_validated
def refresh(settings: Any, no_fetch: bool, as_of: datetime | None, wait: bool, as_json: bool) -> None:
    """The nightly job: fetch, build, check, publish."""
    if as_of and not no_fetch:
        raise click.UsageError("--as-of goes with --no-fetch: the past cannot be asked")
    from orchestration.notify.channels import check_channels
    from orchestration.rewind import rebuild_as_of
    from orchestration.run import refresh as run_refresh
    from orchestration.showing import Progress, show_result

    check_channels(settings)
    with Progress() as progress:
        if as_of:
            result = rebuild_as_of(settings, as_of.date(), progress)
        else:
            result = run_refresh(settings, fetch=not no_fetch, reporter=progress, wait=_say_waiting if wait else None)
    if as_json:
        click.echo(json.dumps(result.as_json(), default=_plain))
    else:
        show_result(result)
    sys.exit(result.exit_code)


@command.command()
@click.option("--json", "as_json", is_flag=True)
@_validated
def status(settings: Any, as_json: bool) -> None:
    """Per dataset: last good snapshot, latest period, age, stale since, next release expected."""
    from orchestration.catalog import load_catalog
    from orchestration.home import check_format
    from orchestration.ingest.refresh import Ingest
    from orchestration.notify.telling import channel_standing
    from orchestration.reading import standing
    from orchestration.seeds import load_seeds
    from orchestration.showing import show_records

    check_format(settings)
    rows = standing(Ingest(settings, load_catalog(), load_seeds()))
    if as_json:
        click.echo(json.dumps(rows, default=_plain))
    else:
        shown = (
            "dataset",
            "state",
            "news",
            "origin",
            "latest_period",
            "age_days",
            "stale_since",
            "next_release_expected",
        )
        show_records([{name: row[name] for name in shown} for row in rows])
        for row in rows:
            if row["error"]:
                click.echo(f"{row['dataset']}: {row['error']}", err=True)
    for channel in channel_standing(settings):
        if channel.failing_since:
            click.echo(
                f"alerts: {channel.name} fails since {channel.failing_since}, {channel.waiting} wait for it: "
                f"{channel.error}; `karakoram notify` tries again now",
                err=True,
            )


@command.command()
@click.option("--test", is_flag=True, help="Send a test message to every channel of KARAKORAM_NOTIFY.")
@click.option("--json", "as_json", is_flag=True)
@_validated
def notify(settings: Any, test: bool, as_json: bool) -> None:
    """Tell now what changed and was not told yet; how every channel does."""
    from orchestration.notify.telling import tell, try_channels
    from orchestration.showing import show_records

    if settings.notify is None and test:
        raise ConfigurationError("KARAKORAM_NOTIFY: expected addresses for alerts (see the README), got nothing")
    rows: list[dict[str, Any]]
    if test:
        answers = try_channels(settings)
        rows = [{"name": name, "state": "failed" if error else "ok", "error": error} for name, error in answers]
        found: dict[str, Any] = {"channels": rows}
    else:
        told = tell(settings, patient=False)
        found = told.as_json()
        rows = [
            {
                "name": channel.name,
                "state": "failed" if channel.failing_since else "ok",
                "told": channel.told,
                "waiting": channel.waiting,
                "told_at": channel.told_at,
                "error": channel.error,
            }
            for channel in told.channels
        ]
    if as_json:
        click.echo(json.dumps(found, default=_plain))
    else:
        show_records(rows)
    sys.exit(1 if any(row["state"] == "failed" for row in rows) else 0)


@command.command()
@click.option("--json", "as_json", is_flag=True)
@click.option("--dyad", metavar="PAK-CHN", help="Only this pair and its home country.")
@_validated
def flags(settings: Any, as_json: bool, dyad: str | None) -> None:
    """Thresholds that are breached, on watch or unknown now, each with the rule's source."""
    from orchestration.reading import flags as read_flags
    from orchestration.showing import show_records

    rows = read_flags(settings, dyad.upper() if dyad else None)
    if as_json:
        click.echo(json.dumps(rows, default=_plain))
    else:
        shown = (
            "subject",
            "rule_id",
            "state",
            "certainty",
            "period",
            "value",
            "limit_value",
            "since_period",
            "source_title",
        )
        show_records([{name: row[name] for name in shown} for row in rows])


@command.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option("--memory", default="6GB", show_default=True, help="Beyond this DuckDB writes to a temporary folder.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
@_validated
def world(settings: Any, folder: Path, memory: str, as_json: bool) -> None:
    """Balance, structure and concentration of all pairs of countries, from CEPII BACI's files in FOLDER.

    Published as world.duckdb in the home, beside the nightly warehouse: `karakoram sql --world "…"`.
    """
    from orchestration.showing import show_records
    from orchestration.world import build_world

    result = build_world(settings, folder, memory=memory).as_json()
    if as_json:
        click.echo(json.dumps(result, default=_plain))
    else:
        show_records([{"table": name, "rows": rows} for name, rows in result["rows"].items()])
        click.echo(f"published: {result['published']}")


@command.command()
@click.argument("query")
@click.option("--format", "layout", type=click.Choice(["table", "csv", "json"]), default="table")
@click.option(
    "--as-of", metavar="DATE", help="Plain table names mean the tables as they were known at the end of DATE."
)
@click.option("--world", is_flag=True, help="Ask the warehouse of all pairs of countries (`karakoram world`).")
@_validated
def sql(settings: Any, query: str, layout: str, as_of: str | None, world: bool) -> None:
    """Run QUERY on the published warehouse, read-only."""
    import duckdb

    from orchestration.reading import as_records
    from orchestration.reading import query as run_query
    from orchestration.showing import show_records
    from orchestration.world import world_settings

    if world and as_of:
        raise click.UsageError("--as-of does not go with --world: one release of BACI is all that file knows")
    try:
        names, rows = run_query(world_settings(settings) if world else settings, query, as_of)
    except duckdb.Error as error:
        raise click.UsageError(str(error)) from None
    if layout == "json":
        click.echo(json.dumps(as_records(names, rows), default=_plain))
    elif layout == "csv":
        writer = csv.writer(sys.stdout, lineterminator="\n")
        writer.writerow(names)
        writer.writerows(rows)
    else:
        show_records(as_records(names, rows), names)


@command.command()
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Defaults to report.html in the home.")
@click.option("--dyad", metavar="PAK-CHN", help="Which pair; defaults to the first of dyads.csv.")
@_validated
def report(settings: Any, output: Path | None, dyad: str | None) -> None:
    """Write the report page: one HTML file that opens from disk and loads nothing."""
    from orchestration.report.page import write_report

    click.echo(write_report(settings, output, dyad.upper() if dyad else None))


@command.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Whom to listen to; the UI has no log-in.")
@click.option("--port", default=3000, show_default=True, type=int)
@_validated
def ui(settings: Any, host: str, port: int) -> None:
    """The Dagster UI, schedules and sensors running."""
    from orchestration.assets.warehouse import dbt_project
    from orchestration.home import open_home
    from orchestration.instance import prepare_instance

    open_home(settings)
    prepare_instance(settings)
    dbt_project()
    os.environ["KARAKORAM_HOME"] = str(settings.home)
    os.chdir(PROJECT_ROOT)
    program = Path(sys.executable).with_name("dg")
    os.execv(program, [str(program), "dev", "--host", host, "--port", str(port)])


def _say_waiting(holder: str) -> None:
    click.echo(f"karakoram: {holder}; waiting for its end", err=True)


def _plain(value: object) -> str | float:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value)
    return str(value)
