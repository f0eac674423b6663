"""What several fetchers share: who is asked about whom, and what becomes of a night in which a request fails."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from orchestration.errors import ContractError, PermanentSourceError, SourceError, TransientSourceError
from orchestration.ingest.publishers.asking import (
    ask_each,
    counterparts_in_dyads,
    grouped_by_partners,
    partners_by_reporter,
    short_hash,
)
from orchestration.ingest.publishers.base import Answer
from tests.support.nights import seeds_of

GONE = PermanentSourceError("gone", where="http://publisher/b", expected="an answer", got="status 404", todo="mend it")
DOWN = TransientSourceError("down", where="http://publisher/c")
ODD = ContractError("odd", where="http://publisher/d")


def test_each_flow_is_seen_from_both_sides() -> None:
    asked = partners_by_reporter(seeds_of(("PAK", "CHN"), groups={"G": ("PAK", "IND")}))
    assert asked == {"CHN": ("IND", "PAK"), "IND": ("CHN",), "PAK": ("CHN",)}


def test_a_country_that_is_home_and_partner_is_asked_about_both_and_never_about_itself() -> None:
    asked = partners_by_reporter(seeds_of(("PAK", "IND"), ("IND", "CHN"), groups={}))
    assert asked == {"CHN": ("IND", "PAK"), "IND": ("CHN", "PAK"), "PAK": ("CHN", "IND")}


def test_counterparts_are_those_of_the_dyads_alone() -> None:
    assert counterparts_in_dyads(seeds_of(("PAK", "CHN"), ("IND", "CHN"))) == {
        "CHN": ("IND", "PAK"),
        "IND": ("CHN",),
        "PAK": ("CHN",),
    }


def test_reporters_with_the_same_partners_are_asked_together() -> None:
    assert grouped_by_partners({2: (9, 0), 1: (0, 9), 9: (0, 1, 2)}) == [((1, 2), (0, 9)), ((9,), (0, 1, 2))]


def test_a_short_hash_tells_questions_apart() -> None:
    assert short_hash([[1, 2], [3]]) != short_hash([[1], [2, 3]])
    assert len(short_hash([])) == 12


@dataclass(frozen=True)
class Planned:
    """A request that ends as it says: an error raised, an answer that can't be read, or (None) a good answer."""

    name: str
    error: SourceError | None = None
    unreadable: bool = False


def night(requests: Sequence[Planned]) -> tuple[str, SourceError | None]:
    """The names of the answers that were handed on, and the closing error."""

    def ask(request: Planned) -> tuple[Answer, SourceError | None]:
        if request.error and not request.unreadable:
            raise request.error
        return Answer(request.name, []), request.error

    handed_on = ""
    try:
        for answer in ask_each(requests, ask, "publisher.dataset"):
            handed_on += answer.scope
    except SourceError as error:
        return handed_on, error
    return handed_on, None


def test_a_good_night() -> None:
    assert night([Planned("a"), Planned("b")]) == ("ab", None)
    assert night([]) == ("", None)


def test_the_others_are_asked_and_the_failures_named() -> None:
    handed_on, error = night([Planned("a"), Planned("b", GONE), Planned("c", DOWN), Planned("d")])
    assert handed_on == "ad"
    assert isinstance(error, PermanentSourceError)
    assert str(error) == (
        "publisher.dataset: 2 of 4 requests failed: b, c; the first: gone; expected: an answer; got: status 404; "
        "next: mend it; what failed or was not sent is asked for again the next night; the first was http://publisher/b"
    )


@pytest.mark.parametrize(
    ("errors", "kind"),
    [((DOWN, DOWN), TransientSourceError), ((DOWN, ODD), ContractError), ((GONE, ODD), PermanentSourceError)],
)
def test_the_closing_error_is_transient_only_if_all_are(errors: Sequence[SourceError], kind: type[SourceError]) -> None:
    assert type(night([Planned(str(number), error) for number, error in enumerate(errors)])[1]) is kind


def test_three_failures_in_a_row_end_it_and_two_do_not() -> None:
    two = [Planned("a", DOWN), Planned("b", DOWN), Planned("c")]
    assert night([*two, *two, *two])[0] == "ccc"
    handed_on, error = night([Planned("a"), *(Planned(name, DOWN) for name in "bcd"), Planned("e"), Planned("f")])
    assert handed_on == "a"
    assert "3 of 6 requests failed: b, c, d; 2 of 6 requests were not sent after 3 failures in a row" in str(error)


def test_answers_that_cannot_be_read_are_handed_on_and_counted() -> None:
    assert night([Planned("a", ODD, unreadable=True), Planned("b")]) == ("ab", None)
    handed_on, error = night([Planned(name, ODD, unreadable=True) for name in "abcd"])
    assert handed_on == "abc"
    assert isinstance(error, ContractError)
    assert "1 of 4 requests were not sent after 3 failures in a row" in str(error)


def test_a_single_request_fails_in_its_own_words() -> None:
    assert night([Planned("a", GONE)]) == ("", GONE)
