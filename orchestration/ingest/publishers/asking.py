"""What fetchers that send several requests share: who reports with whom, and going on after one request failed.

Belongs here: what holds for any publisher of two-sided trade. Does not belong here: codes, addresses, formats.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from orchestration.errors import ContractError, SourceError, TransientSourceError
from orchestration.ingest.publishers.base import Answer
from orchestration.seeds import Seeds

FAILURES_IN_A_ROW = 3  # then the publisher is down, or answers otherwise than we think: asking on would be abuse


class Named(Protocol):
    """A planned request."""

    @property
    def name(self) -> str:
        """What it asks for, for people ("TOTAL 2019 of 15 reporters")."""


Code = TypeVar("Code", int, str)
Planned = TypeVar("Planned", bound=Named)


def partners_by_reporter(seeds: Seeds) -> dict[str, tuple[str, ...]]:
    """Both sides of every dyad and of its peers: per reporter (ISO3), whom it is asked about, without World.

    Every home and peer reports on all partners, and every partner on all homes and peers, so that each flow is seen
    from both sides. Nobody reports on itself, and each reporter has one set of partners: no point is asked for twice.
    """
    partners = set(seeds.partners)
    homes = {home for partner in partners for home in seeds.homes_of(partner)}
    asked = {}
    for reporter in sorted(homes | partners):
        others = (partners if reporter in homes else set()) | (homes if reporter in partners else set())
        asked[reporter] = tuple(sorted(others - {reporter}))
    return asked


def counterparts_in_dyads(seeds: Seeds) -> dict[str, tuple[str, ...]]:
    """Per country that is named in dyads.csv (ISO3), the other side of each of its dyads; peers are left out."""
    asked: dict[str, set[str]] = {}
    for home, partner in seeds.dyads:
        asked.setdefault(home, set()).add(partner)
        asked.setdefault(partner, set()).add(home)
    return {reporter: tuple(sorted(others)) for reporter, others in sorted(asked.items())}


def grouped_by_partners(asked: Mapping[Code, Sequence[Code]]) -> list[tuple[tuple[Code, ...], tuple[Code, ...]]]:
    """Reporters that are asked about the same partners, together: pairs (reporters, partners), both in order."""
    groups: dict[tuple[Code, ...], list[Code]] = {}
    for reporter, partners in asked.items():
        groups.setdefault(tuple(sorted(partners)), []).append(reporter)
    return sorted((tuple(sorted(reporters)), partners) for partners, reporters in groups.items())


def short_hash(value: Any) -> str:
    """Twelve hexadecimal digits that change when ``value`` (anything JSON can hold) does."""
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()[:12]


def ask_each(
    requests: Sequence[Planned], ask: Callable[[Planned], tuple[Answer, SourceError | None]], where: str
) -> Iterator[Answer]:
    """Ask one after the other; what one answered stands, whatever becomes of the next.

    Args:
        requests: what to ask, the most important first; what is likely to fail together (one year) apart.
        ask: the answer and, where it cannot be read, why: such an answer is handed on all the same, because it is
            read again where it is kept, and quarantined there for a person to look at. Raises SourceError if there is
            no answer to hand on.
        where: the dataset, for the closing error.

    Raises:
        SourceError: after all else was asked, one error that names every request which failed. After three failures
            in a row nothing more is asked. It is transient if all failures were.
    """
    failed: list[tuple[Planned, SourceError]] = []
    in_a_row = 0
    left: Sequence[Planned] = ()
    for number, request in enumerate(requests, start=1):
        try:
            answer, unreadable = ask(request)
        except SourceError as error:
            failed.append((request, error))
            in_a_row += 1
        else:
            yield answer
            in_a_row = in_a_row + 1 if unreadable else 0
        if in_a_row == FAILURES_IN_A_ROW:
            left = requests[number:]
            break
    if failed or left:
        raise _closing_error(failed, left, len(requests), where)


def _closing_error(
    failed: Sequence[tuple[Planned, SourceError]], left: Sequence[Planned], planned: int, where: str
) -> SourceError:
    errors = [error for _, error in failed]
    unasked = f"{len(left)} of {planned} requests were not sent after {FAILURES_IN_A_ROW} failures in a row"
    again = "what failed or was not sent is asked for again the next night"
    if not errors:
        return ContractError(
            unasked,
            where=where,
            expected="answers that can be read",
            got=f"{FAILURES_IN_A_ROW} that can not, in a row",
            todo=f"read the quarantined answers: the format has changed; {again}",
        )
    if planned == 1:
        return errors[0]
    what = f"{len(failed)} of {planned} requests failed: {', '.join(request.name for request, _ in failed)}"
    kind = next((type(error) for error in errors if not error.transient), TransientSourceError)
    return kind(
        f"{what}; {unasked}; the first: {errors[0].what}" if left else f"{what}; the first: {errors[0].what}",
        where=where,
        expected=errors[0].expected,
        got=errors[0].got,
        todo="; ".join(filter(None, (errors[0].todo, again, f"the first was {errors[0].where}"))),
    )
