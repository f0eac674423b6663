"""No formula is there for its vector alone: a model or a test of the gate uses it, directly or within another."""

from __future__ import annotations

import re

from tests.unit.metrics.render import MACROS

PROJECT = MACROS.parents[1]
DEFINED = re.compile(r"{%-?\s*macro\s+(\w+)\s*\(")


def test_every_formula_is_used() -> None:
    texts = [path.read_text("utf-8") for path in sorted(MACROS.glob("*.sql"))]
    bodies = {}
    for text in texts:
        starts = [*DEFINED.finditer(text)]
        ends = [match.start() for match in starts[1:]] + [len(text)]
        bodies |= {match[1]: text[match.end() : end] for match, end in zip(starts, ends, strict=True)}
    folders = ("models", "tests")  # an identity that the gate holds every build to is used too
    users = "\n".join(path.read_text("utf-8") for folder in folders for path in (PROJECT / folder).rglob("*.sql"))
    used = {name for name in bodies if re.search(rf"\b{name}\(", users)}
    while more := {name for user in used for name in bodies if name not in used and f"{name}(" in bodies[user]}:
        used |= more
    assert len(bodies) > 50
    assert set(bodies) == used
