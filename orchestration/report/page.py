"""Writing the page: the published file in, one HTML file out, put in place by one rename."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import jinja2
from markupsafe import Markup

from orchestration.ingest.snapshots import write_atomically
from orchestration.reading import warehouse
from orchestration.report import wording
from orchestration.report.figures import build_figures
from orchestration.report.findings import Findings
from orchestration.report.queries import Answer, Pair, ask, find_pair
from orchestration.settings import Settings

TEMPLATES = Path(__file__).parent / "templates"
FILE = "report.html"


def write_report(settings: Settings, output: Path | None = None, dyad: str | None = None) -> Path:
    """Write the report on the newest published file; returns where it is.

    Args:
        output: defaults to ``report.html`` in the home.
        dyad: 'PAK-CHN'; defaults to the first pair of the seed.

    Raises:
        NoWarehouse: nothing has been published yet.
        ConfigurationError: the warehouse knows no such pair.
    """
    target = output or settings.home / FILE
    html = report(settings, dyad)
    target.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(target, html.encode())
    return target


def report(settings: Settings, dyad: str | None = None) -> str:
    """The report as one HTML text (see ``write_report``)."""
    with warehouse(settings) as connection:
        pair = find_pair(connection, dyad)
        answers = ask(connection, pair)
    return render(answers, pair)


def render(answers: Mapping[str, Answer], pair: Pair) -> str:
    """The page for these answers; pure."""
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            pair=pair,
            answers=answers,
            figures=build_figures(answers, pair),
            found=Findings(answers, pair),
            style=Markup((TEMPLATES / "style.css").read_text("utf-8")),
        )
    )


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        **wording.KINDS,
        "measured": wording.measured,
        "safe_url": wording.safe_url,
        "sentence": wording.sentence,
    }
    environment.globals |= {
        "n": wording.linked,
        "kinds": wording.KINDS,
        "numeric": wording.NUMERIC,
        "tight": wording.TIGHT,
    }
    return environment
