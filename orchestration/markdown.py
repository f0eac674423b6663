"""Text and tables for the Markdown that the Dagster UI renders. What publishers wrote is shown, never obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_MEANS_SOMETHING = re.compile(r"[\\`*\[\]<>&|~]")  # HTML, links, pictures, code, emphasis, the cells of a table


def plain(value: object) -> str:
    """``value`` as text on one line that reads the same after rendering; None is empty."""
    text = "" if value is None else " ".join(str(value).split())
    return _MEANS_SOMETHING.sub(r"\\\g<0>", text)


def table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with ``names`` as its head."""
    lines = (f"| {' | '.join(map(plain, row))} |" for row in rows)
    return "\n".join([f"| {' | '.join(map(plain, names))} |", f"|{' --- |' * len(names)}", *lines])
