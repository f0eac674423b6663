"""The World Bank's parser on hand-written bodies, and its fetcher against a server that answers like the publisher."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.catalog import Dataset, Publisher
from orchestration.errors import ContractError, PermanentSourceError, SourceError, TransientSourceError
from orchestration.ingest.http import HttpClient
from orchestration.ingest.publishers import world_bank
from orchestration.ingest.publishers.base import Answer, FetchContext
from orchestration.ingest.publishers.world_bank import CONTRACT, parse
from orchestration.seeds import Country, Indicator, Seeds
from orchestration.settings import Settings
from tests.support.loopback import HTML, Asked, LoopbackServer, Reply, json_reply

WHERE = "world_bank.wdi test"
UPDATED = "2026-07-13"
TODAY = date(2026, 10, 10)

BAD_VALUE = [{"message": [{"id": "120", "key": "Invalid value", "value": "The provided parameter value is not valid"}]}]
ARCHIVED = [
    {
        "message": [
            {
                "id": "175",
                "key": "Invalid format",
                "value": "The indicator was not found. It may have been deleted or archived.",
            }
        ]
    }
]
EMPTY = [{"page": 0, "pages": 0, "per_page": 0, "total": 0, "sourceid": None, "lastupdated": None}, None]


def row(indicator: str = "FI.RES.TOTL.CD", iso3: str = "PAK", day: str = "2024", value: Any = 1.5) -> dict[str, Any]:
    return {
        "indicator": {"id": indicator, "value": f"Name of {indicator}"},
        "country": {"id": iso3[:2], "value": f"Name of {iso3}"},
        "countryiso3code": iso3,
        "date": day,
        "value": value,
        "unit": "",
        "obs_status": "",
        "decimal": 1,
    }


def page(rows: list[dict[str, Any]], number: int = 1, pages: int = 1, total: int | None = None, **header: Any) -> Any:
    given = {"page": number, "pages": pages, "per_page": "32500", "total": len(rows) if total is None else total}
    return [{**given, "sourceid": "2", "lastupdated": UPDATED, **header}, rows]


def table(*pages: Any) -> list[dict[str, Any]]:
    parsed = parse([json.dumps(body).encode() for body in pages], WHERE)
    CONTRACT.check(parsed, WHERE)
    return parsed.to_pylist()


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_a_page_becomes_a_typed_table() -> None:
    assert table(page([row(value=19_269_500_000), row(day="2023", value=13730052000.0)])) == [
        {
            "indicator": "FI.RES.TOTL.CD",
            "country_iso3": "PAK",
            "period": period,
            "value": value,
            "unit": None,
            "obs_status": None,
        }
        for period, value in (("2024", 19_269_500_000.0), ("2023", 13_730_052_000.0))
    ]


def test_a_null_is_left_out_and_a_zero_stays() -> None:
    assert [
        (r["period"], r["value"]) for r in table(page([row(day="2024", value=None), row(day="2023", value=0)]))
    ] == [("2023", 0.0)]


def test_unit_and_status_are_kept_when_they_say_something() -> None:
    (only,) = table(page([{**row(), "unit": "US$", "obs_status": "E"}]))
    assert (only["unit"], only["obs_status"]) == ("US$", "E")


@pytest.mark.parametrize(
    ("day", "period"), [("2024", "2024"), ("2024Q1", "2024-Q1"), ("2024M03", "2024-03"), ("2024M12", "2024-12")]
)
def test_dates_become_periods(day: str, period: str) -> None:
    assert table(page([row(day=day)]))[0]["period"] == period


@pytest.mark.parametrize("day", ["YTD", "2024Q5", "2024M13", "24", 2024, None, "2024 "])
def test_a_date_of_another_form_is_refused(day: Any) -> None:
    with pytest.raises(ContractError, match="a date cannot be read"):
        table(page([row(day=day)]))


@pytest.mark.parametrize(
    ("iso3", "identity", "country"),
    [("PAK", "PK", "PAK"), ("WLD", "1W", "WLD"), ("", "CHN", "CHN"), (None, "CHN", "CHN")],
)
def test_the_country_is_its_three_letter_code(iso3: Any, identity: str, country: str) -> None:
    (only,) = table(page([{**row(), "countryiso3code": iso3, "country": {"id": identity, "value": "x"}}]))
    assert only["country_iso3"] == country


@pytest.mark.parametrize(("iso3", "identity"), [("", "XD"), ("", "1W"), ("pakistan", "PAK"), ("", ""), ("", None)])
def test_a_row_without_a_three_letter_code_is_refused(iso3: str, identity: Any) -> None:
    given = {**row(), "countryiso3code": iso3, "country": {"id": identity, "value": "High income"}}
    with pytest.raises(ContractError, match="a row has no three-letter country code"):
        table(page([given]))


@pytest.mark.parametrize("field", ["indicator", "country", "countryiso3code", "date", "value"])
def test_a_renamed_field_is_named_in_the_error(field: str) -> None:
    given = row()
    given[f"{field}_"] = given.pop(field)
    with pytest.raises(ContractError, match=f"a row lacks the field '{field}'"):
        table(page([given]))


@pytest.mark.parametrize("indicator", ["", None, 5])
def test_a_row_without_an_indicator_is_refused(indicator: Any) -> None:
    with pytest.raises(ContractError, match="a row has no indicator"):
        table(page([{**row(), "indicator": {"id": indicator, "value": "x"}}]))


@pytest.mark.parametrize("value", ["1.5", True, [1], {}])
def test_a_value_that_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ContractError, match="a value is not a number"):
        table(page([row(value=value)]))


def test_pages_are_read_as_one_answer() -> None:
    first, second = row(day="2024"), row(day="2023")
    assert len(table(page([first], 1, 2, 2), page([second], 2, 2, 2))) == 2


def test_the_empty_body_is_an_answer_without_rows() -> None:
    assert table(EMPTY) == []


TWO = [row(day="2024"), row(day="2023")]


@pytest.mark.parametrize(
    ("pages", "message"),
    [
        ([page(TWO[:1], 1, 2, 2)], "pages are missing or doubled"),
        ([page(TWO[:1], 1, 2, 2), page(TWO[1:], 1, 2, 2)], "pages are missing or doubled"),
        ([page(TWO[:1], 1, 2, 2), page(TWO[:1], 2, 2, 2)], "two pages carry the same rows"),
        ([page(TWO[:1], 1, 2, 2), page(TWO[1:], 2, 2, 3)], "the pages belong to different answers"),
        ([page(TWO[:1], 1, 2, 2), page(TWO[1:], 2, 2, 2, lastupdated="2026-08-01")], "belong to different answers"),
        ([page(TWO[:1], total=2)], "the answer is not whole"),
        ([page(TWO, total=1)], "the answer is not whole"),
        ([page([], 0, 0, 3)], "pages are missing or doubled"),
        ([page(TWO, pages="two")], "the header's pages is no count"),
        ([page(TWO, total=-1)], "the header's total is no count"),
        ([page(TWO, pages="9" * 5_000)], "the header's pages is no count"),
        ([page(TWO, pages=10**30)], "pages are missing or doubled"),
        ([[page(TWO)[0]]], "the answer is not a pair of header and rows"),
        ([{"error": "x"}], "the answer is not a pair of header and rows"),
        ([[page(TWO)[0], {"rows": []}]], "the second half of the answer is no list of rows"),
        ([BAD_VALUE], r"answered with an error \(id 120, Invalid value: The provided parameter value is not valid\)"),
        ([ARCHIVED], r"answered with an error \(id 175, Invalid format: The indicator was not found"),
        ([[{"message": "Service is down"}]], r"answered with an error \(Service is down\)"),
        ([], "the answer has no page at all"),
    ],
)
def test_what_is_no_whole_answer_is_refused(pages: list[Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        table(*pages)


def test_bytes_that_are_no_json_are_refused() -> None:
    for body in (b"<html></html>", json.dumps(page(TWO)).encode()[:-5], b"", b"\xff\xfe"):
        with pytest.raises(ContractError):
            parse([body], WHERE)


def test_an_error_says_where_what_was_expected_and_what_came() -> None:
    with pytest.raises(ContractError) as caught:
        table(page([row(day="24")]))
    assert str(caught.value) == (
        "world_bank.wdi test: a date cannot be read; expected: '2024', '2024Q1' or '2024M03'; got: '24'; "
        "next: read the quarantined answer"
    )


def test_a_point_that_comes_twice_breaks_the_contract() -> None:
    with pytest.raises(ContractError, match="come more than once"):
        table(page([row(value=1), row(value=2)]))


recorded = pytest.mark.skipif("KARAKORAM_RECORDED" not in os.environ, reason="KARAKORAM_RECORDED is not set")


@recorded
def test_recorded_answers_of_the_publisher() -> None:
    folder = Path(os.environ["KARAKORAM_RECORDED"]) / "world_bank"
    japan = parse([(folder / "country_jp_gdp.json").read_bytes()], WHERE).to_pylist()
    assert (len(japan), japan[0]["country_iso3"], japan[0]["period"], japan[0]["value"]) == (
        5,
        "JPN",
        "2004",
        38677.5708064787,
    )
    assert parse([(folder / "ni_cpi_inflation_2015_2024.json").read_bytes()], WHERE).num_rows == 10
    assert parse([(folder / "empty_no_data_for_scope_85bytes.json").read_bytes()], WHERE).num_rows == 0
    for name in ("bad_indicator.json", "error_175_archived_indicator.json"):
        with pytest.raises(ContractError, match="answered with an error"):
            parse([(folder / name).read_bytes()], WHERE)
    with pytest.raises(ContractError, match="a row lacks the field"):
        parse([(folder / "countries.json").read_bytes()], WHERE)


# ---- asking ----------------------------------------------------------------------------------------------------------


class WorldBank:
    """A small World Bank: rows for every country, indicator and year asked for; what else it does is set by tests."""

    def __init__(self) -> None:
        self.updated = UPDATED
        self.retired: set[str] = set()  # refuse the whole request, as an archived code does
        self.foreign: set[str] = set()  # of another source: give no rows
        self.cap = 32_500
        self.value: Callable[[str, str, str], Any] = lambda indicator, iso3, year: len(indicator) + int(year)
        self.spoil: Callable[[Asked, Any], Any] = lambda asked, body: body

    def __call__(self, asked: Asked) -> Reply:
        _, country, countries, _, indicators = asked.path.strip("/").split("/")[-5:]
        assert country == "country"
        assert len(asked.path) + len(asked.query) <= 4_000
        assert asked.param("source") == "2"
        assert asked.param("format") == "json"
        return json_reply(self.spoil(asked, self.answer(asked, countries.split(";"), indicators.split(";"))))

    def answer(self, asked: Asked, countries: list[str], indicators: list[str]) -> Any:
        if self.retired & set(indicators):
            return ARCHIVED
        first, last = map(int, asked.param("date").split(":"))
        rows = [
            row(code, iso3, str(year), self.value(code, iso3, str(year)))
            for code in indicators
            if code not in self.foreign
            for iso3 in countries
            for year in range(last, first - 1, -1)
        ]
        if not rows:
            return EMPTY
        size, number = min(int(asked.param("per_page")), self.cap), int(asked.param("page"))
        pages = -(-len(rows) // size)
        return page(rows[(number - 1) * size : number * size], number, pages, len(rows), lastupdated=self.updated)


COUNTRIES = ("PAK", "CHN", "IND", "AFG", "BGD", "BTN", "LKA", "MDV", "NPL")
CODES = tuple(f"AA.BBB.CC{number:02d}.DD" for number in range(50))


def seeds_of(codes: Iterable[str], countries: Iterable[str] = COUNTRIES) -> Seeds:
    def country(iso3: str) -> Country:
        return Country(iso3, iso3[:2], 1, f"Name of {iso3}", 1, iso3, iso3, iso3, "USD")

    known = {iso3: country(iso3) for iso3 in (*countries, "WLD")}
    return Seeds(
        dyads=tuple(("PAK", iso3) for iso3 in known if iso3 not in ("PAK", "WLD")),
        countries=known,
        memberships=(),
        indicators=tuple(Indicator(code, "world_bank.wdi", code, "USD", "trade") for code in codes),
    )


def context_of(
    server: LoopbackServer, seeds: Seeds, since: int = 2015, notes: list[str] | None = None, **given: Any
) -> FetchContext:
    publisher = Publisher(id="world_bank", name="World Bank", url="https://data.worldbank.org", licence="CC BY 4.0")
    dataset = Dataset(
        id="world_bank.wdi",
        title="t",
        citation="c",
        url="u",
        unit="u",
        frequency=("A",),
        usual_lag_days=1,
        serves="live",
        options={"since": since, "recheck_days": 7},
    )
    return FetchContext(
        dataset=dataset,
        settings=Settings(world_bank_url=f"{server.url}/v2"),
        seeds=seeds,
        http=HttpClient(publisher, pace=0),
        today=TODAY,
        note=(notes if notes is not None else []).append,
        **given,
    )


def ask(context: FetchContext) -> tuple[list[Answer], SourceError | None]:
    """All answers that were yielded, and the error that ended the asking."""
    answers: list[Answer] = []
    try:
        for answer in world_bank.fetch(context):
            answers.append(answer)
    except SourceError as error:
        return answers, error
    return answers, None


def remembered(answers: list[Answer], day: datetime) -> dict[str, Any]:
    """What the refresh would hand to the next night."""
    return {
        "known": {answer.scope: answer.revision_key for answer in answers},
        "checked_at": {answer.scope: day for answer in answers},
    }


def points(answer: Answer) -> list[dict[str, Any]]:
    return parse([part.body for part in answer.parts], answer.scope).to_pylist()


def test_the_first_night_takes_one_answer_and_few_requests() -> None:
    seventeen = [f"{letter}AA" for letter in "ABCDEFGHIJKLMNO"] + ["PAK", "CHN"]
    bank = WorldBank()
    bank.cap = 3_000
    with LoopbackServer(bank) as server:
        context = context_of(server, seeds_of(CODES, seventeen), since=2021)
        (answer,), error = ask(context)
    assert error is None
    assert context.http.requests == len(answer.parts) == 2
    found = points(answer)
    assert len(found) == 50 * 18 * 6
    assert (answer.release, answer.revision_key) == ("WDI 2026-07-13", "2026-07-13")
    assert answer.released_at == datetime(2026, 7, 13, tzinfo=UTC)
    assert answer.scope.startswith("wdi/1-of-1/")
    assert {point["country_iso3"] for point in found} == {*seventeen, "WLD"}


def test_a_quiet_night_is_one_request_and_yields_nothing() -> None:
    with LoopbackServer(WorldBank()) as server:
        answers, _ = ask(context_of(server, seeds_of(CODES[:3])))
        context = context_of(server, seeds_of(CODES[:3]), **remembered(answers, datetime(2026, 10, 4, tzinfo=UTC)))
        assert ask(context) == ([], None)
        assert context.http.requests == 1
        assert server.seen[-1].param("per_page") == "1"


def test_after_a_week_the_same_release_is_asked_for_again() -> None:
    with LoopbackServer(WorldBank()) as server:
        answers, _ = ask(context_of(server, seeds_of(CODES[:3])))
        context = context_of(server, seeds_of(CODES[:3]), **remembered(answers, datetime(2026, 10, 3, tzinfo=UTC)))
        (again,), error = ask(context)
    assert error is None
    assert context.http.requests == 1
    assert again.scope == answers[0].scope


def test_a_new_release_is_asked_for_under_the_same_scope() -> None:
    bank = WorldBank()
    with LoopbackServer(bank) as server:
        answers, _ = ask(context_of(server, seeds_of(CODES[:3])))
        bank.updated = "2026-10-09"
        context = context_of(server, seeds_of(CODES[:3]), **remembered(answers, datetime(2026, 10, 9, tzinfo=UTC)))
        (again,), _ = ask(context)
    assert (again.scope, again.revision_key) == (answers[0].scope, "2026-10-09")
    assert context.http.requests == 2


def test_more_indicators_than_a_request_may_name_are_cut_into_groups() -> None:
    codes = [f"AA.BBB.CC{number:03d}.DD" for number in range(130)]
    with LoopbackServer(WorldBank()) as server:
        context = context_of(server, seeds_of(codes), since=2024)
        answers, error = ask(context)
        named = [asked.path.split("/")[-1] for asked in server.seen]
    assert error is None
    assert [answer.scope.split("/")[1] for answer in answers] == ["1-of-3", "2-of-3", "3-of-3"]
    assert sorted(code for group in named for code in group.split(";")) == codes
    assert all(len(group.split(";")) <= 60 and len(group) <= 1_500 for group in named)


def test_long_codes_are_cut_by_the_length_of_the_address() -> None:
    codes = [f"{number:02d}" + "X" * 60 for number in range(50)]
    with LoopbackServer(WorldBank()) as server:
        answers, error = ask(context_of(server, seeds_of(codes), since=2024))
        assert all(len(asked.path.split("/")[-1]) <= 1_500 for asked in server.seen)
    assert error is None
    assert len(answers) == 3


def test_pages_are_as_large_as_the_server_says_not_as_we_asked() -> None:
    bank = WorldBank()
    bank.cap = 100
    with LoopbackServer(bank) as server:
        (answer,), error = ask(context_of(server, seeds_of(CODES[:3]), since=2020))
    assert error is None
    assert len(answer.parts) == 3
    assert len(points(answer)) == 3 * 10 * 7


def test_more_pages_than_are_reasonable_are_refused() -> None:
    bank = WorldBank()
    bank.cap = 3
    with LoopbackServer(bank) as server:
        answers, error = ask(context_of(server, seeds_of(CODES[:3]), since=2020))
        assert len(server.seen) == 1
    assert answers == []
    assert isinstance(error, ContractError)
    assert "the answer has too many pages; expected: 60 at most; got: 70 pages" in str(error)


@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"total": 11}, "page 1 said (3, 210, '2026-07-13')"),
        ({"pages": 4}, "page 1 said"),
        ({"lastupdated": "2026-10-10"}, "page 1 said"),
        ({"page": 1}, "page 2 says page 1 of"),
        ("repeat", "page 2 of 3 repeats the rows of a page before it"),
        ("refuse", "page 2 of 3 was refused"),
    ],
)
def test_an_answer_that_moves_is_read_once_more_and_then_given_up(change: Any, said: str, times: int) -> None:
    bank = WorldBank()
    bank.cap = 100
    spoiled: list[Asked] = []
    first: list[Any] = []

    def spoil(asked: Asked, body: Any) -> Any:
        if asked.param("page") == "1":
            first[:] = body[1]
        if asked.param("page") != "2" or len(spoiled) == times:
            return body
        spoiled.append(asked)
        if change == "refuse":
            return BAD_VALUE
        return [body[0], first] if change == "repeat" else [{**body[0], **change}, body[1]]

    bank.spoil = spoil
    notes: list[str] = []
    with LoopbackServer(bank) as server:
        answers, error = ask(context_of(server, seeds_of(CODES[:3]), since=2020, notes=notes))
        assert len(server.seen) == (5 if times == 1 else 4)
    assert said in notes[0]
    if times == 1:
        assert error is None
        assert len(points(answers[0])) == 210
    else:
        assert answers == []
        assert isinstance(error, TransientSourceError)
        assert said in str(error)


def test_retired_indicators_are_found_and_the_rest_is_kept() -> None:
    bank = WorldBank()
    bank.retired = {CODES[7], CODES[31]}
    with LoopbackServer(bank) as server:
        context = context_of(server, seeds_of(CODES), since=2024)
        (answer,), error = ask(context)
    assert {point["indicator"] for point in points(answer)} == set(CODES) - bank.retired
    assert answer.scope.endswith(f"/without/{CODES[7]},{CODES[31]}")
    assert isinstance(error, PermanentSourceError)
    assert f"2 of 50 indicators gave nothing: {CODES[7]}, {CODES[31]}" in str(error)
    assert "id 175, Invalid format: The indicator was not found" in str(error)
    assert "look for the successor of each at data.worldbank.org, or remove its line from indicators.csv" in str(error)
    assert context.http.requests <= 2 + 2 * 2 * 6


def test_a_retired_indicator_is_reported_every_night_at_the_price_of_one_request() -> None:
    bank = WorldBank()
    bank.retired = {CODES[0]}
    with LoopbackServer(bank) as server:
        answers, _ = ask(context_of(server, seeds_of(CODES[:4])))
        known = remembered(answers, datetime(2026, 10, 9, tzinfo=UTC))
        context = context_of(server, seeds_of(CODES[:4]), **known)
        again, error = ask(context)
    assert again == []
    assert f"1 of 4 indicators gave nothing: {CODES[0]}" in str(error)
    assert context.http.requests == 1


def test_indicators_that_are_refused_together_and_not_one_by_one_are_an_error() -> None:
    bank = WorldBank()
    bank.retired = {CODES[0]}
    bank.spoil = lambda asked, body: ARCHIVED if asked.path.count(CODES[1][:3]) == 3 else body
    with LoopbackServer(bank) as server:
        answers, error = ask(context_of(server, seeds_of(CODES[:4])))
    assert answers == []
    assert isinstance(error, PermanentSourceError)
    assert "indicators that were accepted in part are refused together; expected: rows of 3 indicators" in str(error)


def test_a_release_that_appears_between_two_questions_is_not_taken_for_the_known_one() -> None:
    codes = [f"AA.BBB.CC{number:03d}.DD" for number in range(130)]
    bank = WorldBank()
    with LoopbackServer(bank) as server:
        answers, _ = ask(context_of(server, seeds_of(codes), since=2024))
        known = remembered(answers, datetime(2026, 10, 9, tzinfo=UTC))
        known["known"][answers[1].scope] = "2026-07-01"
        bank.spoil = lambda asked, body: (
            [{**body[0], "lastupdated": "2026-10-09"}, body[1]] if codes[60] in asked.path else body
        )
        again, error = ask(context_of(server, seeds_of(codes), since=2024, **known))
    assert error is None
    assert [answer.scope for answer in again] == [answer.scope for answer in answers[1:]]


def test_an_indicator_without_a_row_is_reported_and_the_rest_is_kept() -> None:
    bank = WorldBank()
    bank.foreign = {CODES[2]}
    with LoopbackServer(bank) as server:
        notes: list[str] = []
        context = context_of(server, seeds_of(CODES[:4]), notes=notes)
        (answer,), error = ask(context)
    assert error is None
    assert {point["indicator"] for point in points(answer)} == {CODES[0], CODES[1], CODES[3]}
    assert answer.scope.endswith(f"/silent/{CODES[2]}")
    assert context.http.requests == 1
    assert f"{CODES[2]}: no rows; it may belong to another source of the World Bank" in notes


def test_a_batch_that_is_wholly_empty_is_an_error_without_an_answer() -> None:
    bank = WorldBank()
    bank.foreign = set(CODES[:4])
    with LoopbackServer(bank) as server:
        answers, error = ask(context_of(server, seeds_of(CODES[:4])))
    assert answers == []
    assert isinstance(error, PermanentSourceError)
    assert "4 of 4 indicators gave nothing" in str(error)


def test_when_everything_is_refused_the_search_ends_and_points_at_the_countries() -> None:
    bank = WorldBank()
    bank.spoil = lambda asked, body: BAD_VALUE
    with LoopbackServer(bank) as server:
        answers, error = ask(context_of(server, seeds_of(CODES)))
        assert len(server.seen) == 1 + world_bank.PROBES_AT_MOST
    assert answers == []
    assert isinstance(error, PermanentSourceError)
    assert "a wrong world_bank_code in countries.csv refuses every request" in str(error)


def test_an_indicator_with_rows_but_no_value_gets_a_note() -> None:
    bank = WorldBank()
    bank.value = lambda indicator, iso3, year: None if indicator == CODES[1] else 1
    notes: list[str] = []
    with LoopbackServer(bank) as server:
        answers, error = ask(context_of(server, seeds_of(CODES[:2]), notes=notes))
    assert error is None
    assert len(answers) == 1
    assert notes == [f"{CODES[1]} has rows but not one value for these countries and years"]


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (row("ZZ.OTHER"), "only indicator of those 2 asked for; got: also ZZ.OTHER"),
        (row(CODES[0], "BRA"), "only country_iso3 of those 10 asked for; got: also BRA"),
        (row(CODES[0], "PAK", "1960"), "only periods from 2015 to 2026; got: also 1960"),
        (row(CODES[0], "PAK", "2027"), "only periods from 2015 to 2026; got: also 2027"),
    ],
)
def test_an_unfiltered_answer_is_refused(extra: dict[str, Any], message: str) -> None:
    bank = WorldBank()
    bank.spoil = lambda asked, body: [{**body[0], "total": body[0]["total"] + 1}, [*body[1], extra]]
    with LoopbackServer(bank) as server:
        answers, error = ask(context_of(server, seeds_of(CODES[:2])))
    assert answers == []
    assert isinstance(error, ContractError)
    assert "an unfiltered answer: rows came that were not asked for" in str(error)
    assert message in str(error)


def test_an_answer_that_cannot_be_read_is_handed_on_to_be_quarantined() -> None:
    bank = WorldBank()
    bank.spoil = lambda asked, body: [body[0], body[1][:-1]]
    with LoopbackServer(bank) as server:
        (answer,), error = ask(context_of(server, seeds_of(CODES[:2])))
    assert error is None
    with pytest.raises(ContractError, match="the answer is not whole"):
        points(answer)


def test_a_web_page_in_place_of_an_answer_is_refused() -> None:
    with LoopbackServer(lambda asked: HTML) as server:
        answers, error = ask(context_of(server, seeds_of(CODES[:2])))
    assert answers == []
    assert isinstance(error, ContractError)


def test_what_was_answered_before_an_error_stays() -> None:
    bank = WorldBank()
    codes = [f"AA.BBB.CC{number:03d}.DD" for number in range(61)]
    with LoopbackServer(lambda asked: HTML if codes[60] in asked.path else bank(asked)) as server:
        answers, error = ask(context_of(server, seeds_of(codes), since=2024))
    assert [answer.scope.split("/")[1] for answer in answers] == ["1-of-2"]
    assert isinstance(error, ContractError)


def test_a_country_that_the_world_bank_does_not_know_gets_a_note() -> None:
    seeds = seeds_of(CODES[:2])
    unknown = Country("AFG", "AF", 4, "Afghanistan", 4, "AFG", "", "AFG", "AFN")
    without = Seeds(seeds.dyads, {**seeds.countries, "AFG": unknown}, (), seeds.indicators)
    notes: list[str] = []
    with LoopbackServer(WorldBank()) as server:
        (answer,), _ = ask(context_of(server, without, notes=notes))
        assert "AFG" not in server.seen[0].path
    assert "AFG" not in {point["country_iso3"] for point in points(answer)}
    assert notes == ["AFG is not asked for, because countries.csv gives it no world_bank_code"]


def test_the_scope_depends_on_what_is_asked_for_and_on_nothing_else() -> None:
    def scope(codes: Iterable[str], since: int = 2015, countries: Iterable[str] = COUNTRIES) -> str:
        with LoopbackServer(WorldBank()) as server:
            (answer,), _ = ask(context_of(server, seeds_of(codes, countries), since))
        return answer.scope

    assert scope(CODES[:3]) == scope(reversed(CODES[:3])) == scope(CODES[:3], countries=reversed(COUNTRIES))
    assert len({scope(CODES[:3]), scope(CODES[:4]), scope(CODES[:3], 2016), scope(CODES[:3], 2015, COUNTRIES[:4])}) == 4
