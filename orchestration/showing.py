"""What people see in the terminal: progress on standard error, results as tables on standard output."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Any

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars
from rich.table import Column, Table

from orchestration.catalog import load_catalog

if TYPE_CHECKING:
    from orchestration.ingest.refresh import DatasetOutcome
    from orchestration.run import RefreshResult

WIDTH_OF_A_PIPE = 200
COLOURS = {
    "updated": "green",
    "published": "green",
    "ok": "green",
    "stale": "yellow",
    "degraded": "yellow",
    "watch": "yellow",
    "failed": "red",
    "blocked": "red",
    "breach": "red",
}


class Progress:
    """Two bars: datasets and models. On a pipe, where bars make no sense, nothing is drawn."""

    def __init__(self) -> None:
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.description:<9}"),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.fields[last]}"),
            console=Console(stderr=True),
            transient=True,
        )
        self._datasets = self._bars.add_task("datasets", total=len(load_catalog().datasets), last="")
        self._models = self._bars.add_task("models", total=None, last="")

    def __enter__(self) -> Progress:
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()

    def note(self, text: str) -> None:
        """Show what a publisher's module has to say."""
        self._bars.update(self._datasets, last=text[:80])

    def dataset_done(self, outcome: DatasetOutcome) -> None:
        """One dataset more."""
        self._bars.update(self._datasets, advance=1, last=f"{outcome.dataset}: {outcome.status}")

    def model_done(self, name: str) -> None:
        """One model more."""
        self._bars.update(self._models, advance=1, last=name)


def show_result(result: RefreshResult) -> None:
    """The closing table of a refresh."""
    terminal = console()
    table = Table(
        Column("dataset", no_wrap=True),
        "status",
        "points",
        "added",
        "revised",
        "deleted",
        "requests",
        title=f"origin: {result.origin}",
        box=box.SIMPLE_HEAD,
    )
    for outcome in result.datasets:
        changes = outcome.changes
        numbers = (outcome.rows, changes.added, changes.revised, changes.deleted, outcome.requests)
        table.add_row(outcome.dataset, _coloured(outcome.status), *(f"{number:,}" for number in numbers))
    terminal.print(table)
    for outcome in result.datasets:
        if outcome.error:
            terminal.print(f"[yellow]{outcome.dataset}[/]: {escape(_printable(outcome.error))}", highlight=False)
    for error in result.errors:
        terminal.print(f"[red]{escape(_printable(error))}", highlight=False)
    for repair in result.repairs:
        terminal.print(f"[yellow]{escape(_printable(repair))}", highlight=False)
    counts = ", ".join(f"{number} {state}" for state, number in result.thresholds.items())
    terminal.print(f"thresholds: {counts}", highlight=False)
    if result.alerts.get("channels") or result.alerts.get("error"):
        terminal.print(f"alerts: {told(result.alerts)}", highlight=False, markup=False)
    terminal.print(_closing(result), highlight=False, soft_wrap=True)


def told(alerts: Mapping[str, Any]) -> str:
    """One sentence on what was told, and which channels did not take it."""
    if alerts.get("error"):
        return str(alerts["error"])
    failing = [f"{channel['name']} ({channel['error']})" for channel in alerts["channels"] if channel["failing_since"]]
    waiting = f"; {alerts['waiting']} wait for {', '.join(failing)}" if failing else ""
    return f"{alerts['told']} told{waiting}"


def show_records(records: Sequence[Mapping[str, Any]], names: Sequence[str] = ()) -> None:
    """Records as a table that a terminal can hold; numbers to the right."""
    columns = list(names or (records[0] if records else ()))
    table = Table(box=box.SIMPLE_HEAD)
    for name in columns:
        number = any(isinstance(record[name], int | float) and not isinstance(record[name], bool) for record in records)
        table.add_column(name, justify="right" if number else "left", overflow="fold", no_wrap=number)
    for record in records:
        table.add_row(*(_cell(record[name]) for name in columns))
    console().print(table if columns else "no rows")


def console() -> Console:
    """Standard output, as wide as the terminal; on a pipe wide enough for every column."""
    return Console() if sys.stdout.isatty() else Console(width=WIDTH_OF_A_PIPE)


def _closing(result: RefreshResult) -> str:
    if result.status == "blocked":
        return "[red]not published[/]: the former warehouse is untouched"
    if result.published is None:
        return f"[green]nothing changed[/]: {result.warehouse} stays"
    return f"{_coloured(result.status)}: {result.published}"


def _coloured(word: str) -> str:
    colour = COLOURS.get(word)
    return f"[{colour}]{word}[/]" if colour else word


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:,.1f}" if abs(value) >= 1000 else f"{value:.4g}"
    text = _printable(str(value))
    return _coloured(text) if text in COLOURS else escape(text)


def _printable(text: str) -> str:
    """``text`` without what a terminal would obey: publishers' names and answers are printed here."""
    return "".join(character if character.isprintable() or character == "\n" else "�" for character in text)
