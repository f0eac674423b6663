"""UN Comtrade: reading its answers, planning the questions, and asking them of a publisher that misbehaves."""

from __future__ import annotations

import json
import os
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from orchestration.errors import (
    ConfigurationError,
    ContractError,
    PermanentSourceError,
    SourceError,
    TransientSourceError,
)
from orchestration.ingest.publishers import un_comtrade
from orchestration.ingest.publishers.un_comtrade import (
    CONTRACT,
    DATASET,
    LINES,
    PRODUCTS,
    Request,
    fetch,
    fetch_years,
    parse,
    plan,
    plan_backfill,
    read_releases,
)
from orchestration.seeds import load_seeds
from tests.support.nights import Night, Question, StubHttp, seeds_of, settings_of

PAK, CHN, IND, WORLD = 586, 156, 699, 0
HERE = "un_comtrade.goods_annual test"
RECORDED = os.environ.get("KARAKORAM_RECORDED")


def a_row(**changed: Any) -> dict[str, Any]:
    """A row with the fields of a real preview; figures are made up."""
    row = {
        "typeCode": "C",
        "freqCode": "A",
        "refPeriodId": 20230101,
        "refYear": 2023,
        "refMonth": 52,
        "period": "2023",
        "reporterCode": PAK,
        "reporterISO": "PAK",
        "reporterDesc": None,
        "flowCode": "M",
        "flowDesc": None,
        "partnerCode": CHN,
        "partnerISO": "CHN",
        "partnerDesc": None,
        "partner2Code": 0,
        "partner2ISO": "W00",
        "classificationCode": "H6",
        "isOriginalClassification": True,
        "cmdCode": "TOTAL",
        "cmdDesc": None,
        "aggrLevel": None,
        "customsCode": "C00",
        "mosCode": "0",
        "motCode": 0,
        "qty": 0,
        "netWgt": 0,
        "isNetWgtEstimated": True,
        "cifvalue": 1500,
        "fobvalue": 1400,
        "primaryValue": 1500,
        "legacyEstimationFlag": 4,
        "isReported": False,
        "isAggregate": True,
    }
    return row | changed


def without(name: str) -> dict[str, Any]:
    return {key: value for key, value in a_row().items() if key != name}


def a_body(*rows: Any, **changed: Any) -> bytes:
    return json.dumps(
        {"elapsedTime": "0.5 secs", "count": len(rows), "data": list(rows), "error": ""} | changed
    ).encode()


def refusal(*parts: bytes) -> str:
    with pytest.raises(ContractError) as caught:
        CONTRACT.check(parse(parts, HERE), HERE)
    return str(caught.value)


# ---- parsing ---------------------------------------------------------------------------------------------------------


def test_a_preview_and_a_keyed_answer_give_the_same_table() -> None:
    export = {"flowCode": "X", "cifvalue": None, "fobvalue": 900, "primaryValue": 900}
    preview = parse([a_body(a_row(), a_row(**export))], HERE)
    decimals = {"cifvalue": 1500.0, "fobvalue": 1400.0, "primaryValue": 1500.0, "netWgt": 0.0}
    keyed = parse([a_body(a_row(**decimals), a_row(**export | {"fobvalue": 900.0, "primaryValue": 900.0}))], HERE)
    CONTRACT.check(preview, HERE)
    assert preview.equals(keyed)
    assert preview.to_pylist()[1] == {
        "reporter_code": PAK,
        "partner_code": CHN,
        "flow": "X",
        "classification": "H6",
        "product": "TOTAL",
        "period": "2023",
        "primary_value": 900.0,
        "cif_value": None,
        "fob_value": 900.0,
        "net_weight_kg": None,
        "is_reported": False,
        "is_aggregate": True,
    }


def test_an_answer_without_rows_is_an_empty_typed_table() -> None:
    table = parse([a_body()], HERE)
    assert table.schema == CONTRACT.schema
    assert table.num_rows == 0


def test_a_reported_zero_stays_zero_and_a_weight_of_nothing_is_unknown() -> None:
    zero = parse([a_body(a_row(primaryValue=0, cifvalue=0, fobvalue=None, netWgt=0))], HERE).to_pylist()[0]
    assert (zero["primary_value"], zero["cif_value"], zero["fob_value"], zero["net_weight_kg"]) == (0.0, 0.0, None, 0.0)
    weighed = parse([a_body(a_row(netWgt=12.5))], HERE).to_pylist()[0]
    assert weighed["net_weight_kg"] == 12.5


@pytest.mark.parametrize(
    ("flow", "cif", "fob", "value"),
    [("M", 15, 14, 15.0), ("M", None, 14, 14.0), ("X", None, 9, 9.0), ("X", 11, 9, 9.0)],
)
def test_a_primary_value_left_out_is_taken_from_what_it_is_made_of(
    flow: str, cif: int | None, fob: int | None, value: float
) -> None:
    body = a_body(a_row(flowCode=flow, cifvalue=cif, fobvalue=fob, primaryValue=None))
    assert parse([body], HERE)["primary_value"].to_pylist() == [value]


def test_a_row_without_any_value_is_refused_not_made_zero() -> None:
    text = refusal(a_body(a_row(primaryValue=None, cifvalue=None, fobvalue=None)))
    assert "a row without any value" in text
    assert "reporterCode 586, partnerCode 156, flowCode M" in text


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"partner2Code": 842}, "a breakdown by partner2Code where a total was asked for"),
        ({"motCode": 2100}, "a breakdown by motCode"),
        ({"customsCode": "C01"}, "a breakdown by customsCode"),
        ({"reporterCode": "586"}, "the field reporterCode is no whole number"),
        ({"reporterCode": True}, "the field reporterCode is no whole number"),
        ({"reporterCode": 2**40}, "column reporter_code holds a value that is no int32"),
        ({"period": 2023}, "the field period is no text"),
        ({"period": "202301"}, "a period that is no year"),
        ({"flowCode": "RX"}, "a flow or product of an unknown kind"),
        ({"cmdCode": "chapters"}, "a flow or product of an unknown kind"),
        ({"primaryValue": "1500"}, "the field primaryValue is no number"),
        ({"primaryValue": 10**400}, "primary_value"),
        ({"primaryValue": 2e14}, "not numbers within their bounds"),
        ({"primaryValue": -1}, "not numbers within their bounds"),
        ({"isReported": 1}, "the field isReported is no truth value"),
    ],
)
def test_rows_that_make_no_sense_are_refused(changed: Mapping[str, Any], said: str) -> None:
    assert said in refusal(a_body(a_row(**changed)))


@pytest.mark.parametrize("name", ["reporterCode", "cmdCode", "cifvalue", "fobvalue", "primaryValue", "netWgt"])
def test_a_renamed_field_is_named(name: str) -> None:
    text = refusal(a_body(without(name) | {f"{name}New": 1}))
    assert f"the field {name} is missing" in text
    assert "change the parser" in text


def test_totals_with_null_descriptions_of_the_breakdown_pass() -> None:
    loose = a_row(partner2Code=None, motCode="0", customsCode=None, mosCode=None, classificationCode=None)
    assert parse([a_body(loose)], HERE)["classification"].to_pylist() == [None]


@pytest.mark.parametrize("parts", [(a_body(a_row(), a_row()),), (a_body(a_row()), a_body(a_row()))])
def test_a_doubled_point_speaks_of_a_breakdown(parts: tuple[bytes, ...]) -> None:
    text = refusal(*parts)
    assert "1 points come more than once" in text
    assert "a breakdown was returned where a total was asked for" in text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>down</html>", "the answer is not JSON"),
        (b'{"data": [', "the answer is not JSON"),
        (a_body(a_row()).replace(b"1500", b"NaN"), "NaN is no number"),
        (b"[]", "the answer has no list of rows"),
        (b'{"count": 0, "data": null, "error": ""}', "the answer has no list of rows"),
        (b'{"statusCode": 429, "message": "Rate limit is exceeded."}', "got: statusCode, message"),
        (a_body(error="Bad period"), "an error message instead of rows"),
        (a_body(a_row(), count=2), "the answer is cut; expected: 2 rows, as it says; got: 1 rows"),
        (a_body("row"), "a row is no object"),
    ],
)
def test_bodies_that_are_no_answer_are_refused(body: bytes, said: str) -> None:
    text = refusal(body)
    assert said in text
    assert text.startswith(HERE)


def test_of_several_parts_the_bad_one_is_named() -> None:
    assert f"{HERE} part 2: the answer is not JSON" in refusal(a_body(a_row()), b"")


# ---- what has been released ------------------------------------------------------------------------------------------


def a_release(
    reporter: int, year: int, checksum: Any = 1, released: str = "2026-02-01T15:56:35.4", **more: Any
) -> dict:
    return {
        "datasetCode": 1,
        "typeCode": "C",
        "freqCode": "A",
        "period": year,
        "reporterCode": reporter,
        "reporterISO": "PAK",
        "classificationCode": "H6",
        "totalRecords": 100_000,
        "datasetChecksum": checksum,
        "firstReleased": "2020-02-01T15:56:35.4",
        "lastReleased": released,
    } | more


def test_releases_are_read_whether_years_are_text_or_numbers() -> None:
    lines = [
        a_release(PAK, 2023),
        a_release(CHN, 2023, period="2023"),
        a_release(IND, 2023, totalRecords=0),
        a_release(IND, 202301, freqCode="M"),
    ]
    found = read_releases(a_body(*lines), HERE)
    assert [(release.reporter, release.period) for release in found] == [(CHN, 2023), (PAK, 2023)]
    assert found[0].released_at == datetime(2026, 2, 1, 15, 56, 35, 400_000, UTC)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"reporterCode": PAK, "period": 2023, "lastReleased": "2026-02-01"}, "lacks datasetChecksum"),
        (a_release(PAK, 2023, released="yesterday"), "the list of releases is of another form"),
        (a_release(PAK, 2023, period="all"), "the list of releases is of another form"),
        ("line", "lacks reporterCode, period, datasetChecksum, lastReleased"),
    ],
)
def test_a_list_of_releases_in_another_form_is_refused(line: Any, said: str) -> None:
    with pytest.raises(ContractError, match=re.escape(said)):
        read_releases(a_body(line), HERE)


# ---- planning --------------------------------------------------------------------------------------------------------

DEFAULT = seeds_of(("PAK", "CHN"))
MANY = seeds_of(("PAK", "CHN"), ("IND", "CHN"), ("PAK", "IND"), ("LKA", "USA"), ("NPL", "IND"))


def test_the_default_pair_takes_four_requests_a_year() -> None:
    requests = plan(DEFAULT, 2010, 2025, keyed=False)
    assert len(requests) == 64
    assert Counter(len(request.periods) for request in requests) == {1: 64}
    homes, partner, *chapters = sorted(
        (request for request in requests if request.label == "2024"),
        key=lambda r: (r.level != "TOTAL", -len(r.reporters)),
    )
    assert (len(homes.reporters), homes.partners) == (15, (WORLD, CHN))
    assert (partner.reporters, len(partner.partners)) == ((CHN,), 16)
    assert {(c.level, c.reporters, c.partners) for c in chapters} == {
        ("AG2", (PAK,), (WORLD, CHN)),
        ("AG2", (CHN,), (WORLD, PAK)),
    }
    assert [request.label for request in requests[:3]] == ["2025", "2024", "2023"], "a bad year comes once in a while"


def test_what_a_request_says() -> None:
    request = plan(DEFAULT, 2024, 2024, keyed=False)[-1]
    assert request.params == {
        "reporterCode": "586",
        "period": "2024",
        "cmdCode": "AG2",
        "flowCode": "M,X",
        "partnerCode": "0,156",
        "partner2Code": "0",
        "motCode": "0",
        "customsCode": "C00",
        "includeDesc": "true",
        "maxRecords": "500",
    }
    assert request.path == "/public/v1/preview/C/A/HS"
    assert re.fullmatch(r"A/preview/AG2/586-[0-9a-f]{12}/2024", request.scope)
    assert request.name == "AG2 2024 of 586"


def points(request: Request) -> Iterable[tuple[str, int, int, int]]:
    return (
        (request.level, reporter, partner, period)
        for reporter in request.reporters
        for partner in request.partners
        for period in request.periods
    )


@pytest.mark.parametrize("keyed", [False, True])
@pytest.mark.parametrize("seeds", [DEFAULT, MANY])
def test_every_request_fits_its_cap_and_its_address_and_no_point_is_asked_twice(seeds: Any, keyed: bool) -> None:
    requests = plan(seeds, 2010, 2025, keyed)
    asked = Counter(point for request in requests for point in points(request))
    assert set(asked.values()) == {1}
    assert not [point for point in asked if point[1] == point[2]], "nobody reports on itself"
    assert len({request.scope for request in requests}) == len(requests)
    for request in requests:
        pairs = len(request.reporters) * len(request.partners)
        assert pairs * len(request.periods) * 2 * LINES[request.level] < request.cap, request.name
        assert len(f"https://comtradeapi.un.org{request.path}?{urlencode(request.params)}") <= 4_096, request.name


@pytest.mark.parametrize("seeds", [DEFAULT, MANY])
def test_everything_wanted_is_asked_for(seeds: Any) -> None:
    code = {iso3: country.comtrade_code for iso3, country in seeds.countries.items()}
    asked = {point for request in plan(seeds, 2024, 2024, keyed=True) for point in points(request)}
    for partner in seeds.partners:
        for home in seeds.homes_of(partner):
            if home != partner:
                assert {("TOTAL", code[home], code[partner], 2024), ("TOTAL", code[partner], code[home], 2024)} <= asked
    for home, partner in seeds.dyads:
        for one, other in ((home, partner), (partner, home)):
            for level in LINES:
                assert {(level, code[one], code[other], 2024), (level, code[one], WORLD, 2024)} <= asked


def test_a_second_partner_splits_the_chapters_where_three_would_not_fit() -> None:
    requests = plan(seeds_of(("PAK", "CHN"), ("PAK", "USA"), groups={}), 2024, 2024, keyed=False)
    pakistan = [request.partners for request in requests if request.level == "AG2" and request.reporters == (PAK,)]
    assert sorted(pakistan) == [(WORLD, CHN), (842,)]


def test_a_key_asks_in_windows_whose_identity_does_not_move() -> None:
    requests = plan(DEFAULT, 2010, 2025, keyed=True)
    labels = {level: {r.label for r in requests if r.level == level} for level in LINES}
    assert labels["TOTAL"] == labels["AG2"] == {"2010-2015", "2016-2027"}
    assert labels["AG6"] == {"2010-2015", "2016-2021", "2022-2027"}, "12 years would not fit"
    assert max(len(request.periods) for request in requests) <= 12
    assert {request.path for request in requests} == {"/data/v1/get/C/A/HS"}
    a_year_later = {request.scope for request in plan(DEFAULT, 2010, 2026, keyed=True)}
    assert {request.scope for request in requests} == a_year_later
    assert not {request.scope for request in plan(DEFAULT, 2012, 2025, True)} & {
        request.scope for request in requests if request.periods[0] < 2012 <= request.periods[-1]
    }, "fewer years are another question"


def test_a_backfill_of_one_year_is_another_question_than_its_window() -> None:
    nightly = {request.scope for request in plan(DEFAULT, 2010, 2025, True)}
    one_year = plan_backfill(DEFAULT, 2012, 2012, True)
    assert {request.periods for request in one_year} == {(2012,)}
    assert not nightly & {request.scope for request in one_year}
    keyless = {request.scope for request in plan(DEFAULT, 2010, 2025, False)}
    assert {request.scope for request in plan_backfill(DEFAULT, 2012, 2012, False)} <= keyless


def test_another_set_of_countries_is_another_question() -> None:
    smaller = seeds_of(("PAK", "CHN"), groups={"SCO": ("PAK", "CHN", "IND")})
    totals = {request.scope for request in plan(smaller, 2024, 2024, False) if request.level == "TOTAL"}
    assert not totals & {request.scope for request in plan(DEFAULT, 2024, 2024, False)}


def test_a_country_without_a_code_is_left_out_and_said() -> None:
    seeds = seeds_of(("PAK", "CHN"), groups={"G": ("PAK", "LIE", "IND")})
    assert seeds.countries["LIE"].comtrade_code is None
    homes = next(request for request in plan(seeds, 2024, 2024, False) if len(request.reporters) > 1)
    assert homes.reporters == (PAK, IND)
    night = Comtrade().night(seeds=seeds)
    assert any("no comtrade_code: LIE" in note for note in night.notes)


# ---- asking ----------------------------------------------------------------------------------------------------------


@dataclass
class Comtrade:
    """Answers like the publisher: filters by what is asked, one row per line, cut at the cap without a word."""

    years: Iterable[int] = range(2010, 2026)
    lines: Mapping[str, int] = field(default_factory=lambda: {"TOTAL": 1, "AG2": 97, "AG6": 40})
    checksums: dict[tuple[int, int], int] = field(default_factory=dict)
    unreleased: set[tuple[int, int]] = field(default_factory=set)
    spoil: Callable[[Question], bytes | SourceError | None] = lambda question: None
    cap: int | None = None

    def night(self, fetching: Callable[..., Any] = fetch, **given: Any) -> Night:
        return Night(DATASET, StubHttp(self.answer), **given).run(fetching)

    def answer(self, question: Question) -> bytes | SourceError:
        spoilt = self.spoil(question)
        if spoilt is not None:
            return spoilt
        if "getDa" in question.url:
            return a_body(*self.releases([int(code) for code in question.params["reporterCode"].split(",")]))
        rows = [row for row in self.rows(question.params)]
        return a_body(*rows[: self.cap or int(question.params["maxRecords"])])

    def releases(self, reporters: list[int]) -> list[dict[str, Any]]:
        return [
            a_release(code, year, self.checksums.get((code, year), 1))
            for code in reporters
            for year in self.years
            if (code, year) not in self.unreleased
        ]

    def rows(self, params: Mapping[str, str]) -> Iterable[dict[str, Any]]:
        level = params["cmdCode"]
        products = ["TOTAL"] if level == "TOTAL" else [f"{n:0{level[-1]}}" for n in range(1, self.lines[level] + 1)]
        for period in params["period"].split(","):
            for reporter in params["reporterCode"].split(","):
                if (int(reporter), int(period)) in self.unreleased or int(period) not in self.years:
                    continue
                for partner in params["partnerCode"].split(","):
                    for flow in params["flowCode"].split(","):
                        for line in products:
                            yield a_row(
                                reporterCode=int(reporter),
                                partnerCode=int(partner),
                                period=period,
                                flowCode=flow,
                                cmdCode=line,
                            )


def test_the_first_night_of_the_default_pair_stays_below_70_requests() -> None:
    night = Comtrade(lines={"TOTAL": 1, "AG2": 9}).night()
    assert night.error is None
    assert len(night.http.asked) == 65 <= 70
    assert len(night.answers) == 64
    for answer in night.answers:
        CONTRACT.check(parse([part.body for part in answer.parts], HERE), HERE)
        assert answer.released_at == datetime(2026, 2, 1, 15, 56, 35, 400_000, UTC)
        assert answer.revision_key
    assert "64 of 64 requests are due; 0 have no data yet" in night.notes


def test_getda_is_asked_first_once_for_all_reporters() -> None:
    night = Comtrade().night(options={"since": 2025})
    first = night.http.asked[0]
    assert first.url == "https://comtradeapi.un.org/public/v1/getDa/C/A/HS"
    assert len(first.params["reporterCode"].split(",")) == 16
    assert not first.headers


def test_a_quiet_night_is_one_request() -> None:
    publisher = Comtrade()
    recent = {"since": 2020}
    quiet = publisher.night(known=publisher.night(options=recent).keys, options=recent)
    assert (len(quiet.http.asked), quiet.answers, quiet.error) == (1, [], None)


def test_only_what_was_released_anew_is_asked_again() -> None:
    recent = {"since": 2018}
    known = Comtrade().night(options=recent).keys
    revised = Comtrade(checksums={(CHN, 2019): 2}).night(known=known, options=recent)
    assert [request.params["reporterCode"] for request in revised.http.asked[1:]] == ["156", "156"]
    assert {request.params["period"] for request in revised.http.asked[1:]} == {"2019"}
    assert {answer.scope for answer in revised.answers} <= set(known)


def test_years_that_nobody_has_released_are_not_asked_for() -> None:
    unreleased = {(country.comtrade_code or 0, 2025) for country in DEFAULT.countries.values()}
    night = Comtrade(unreleased=unreleased).night(options={"since": 2024})
    assert night.error is None
    assert len(night.http.asked) == 5
    assert "4 of 8 requests are due; 4 have no data yet" in night.notes


def test_a_reporter_that_is_late_does_not_hold_up_the_others() -> None:
    night = Comtrade(unreleased={(PAK, 2025)}).night(options={"since": 2024})
    assert night.error is None
    assert len(night.answers) == 7, "only the chapters that Pakistan reports are not asked for"


def test_a_backfill_asks_one_year_whatever_is_known() -> None:
    publisher = Comtrade(years=range(1990, 2026))
    known = publisher.night(options={"since": 2012}, today=date(2014, 6, 1)).keys
    night = publisher.night(lambda context: fetch_years(context, 2012, 2012), known=known)
    assert len(night.http.asked) == 5
    assert {request.params["period"] for request in night.http.asked[1:]} == {"2012"}
    assert {answer.scope: answer.revision_key for answer in night.answers}.items() <= known.items()
    old = publisher.night(lambda context: fetch_years(context, 1995, 1995))
    assert len(old.answers) == 4


@pytest.mark.parametrize(("since", "until"), [(1987, 1990), (2026, 2026), (2010, 2009)])
def test_a_backfill_of_years_without_figures_is_a_wrong_setting(since: int, until: int) -> None:
    with pytest.raises(ConfigurationError, match=f"from 1988 to 2025; got {since} to {until}"):
        Comtrade().night(lambda context: fetch_years(context, since, until))


def test_twelve_years_of_a_backfill_are_one_question_with_a_key_and_twelve_without() -> None:
    publisher = Comtrade(years=range(1990, 2026))
    keyed = publisher.night(lambda context: fetch_years(context, 1990, 2001), settings=KEYED)
    assert keyed.error is None
    totals = [asked for asked in keyed.http.asked if asked.params.get("cmdCode") == "TOTAL"]
    assert {len(asked.params["period"].split(",")) for asked in totals} == {12}
    keyless = publisher.night(lambda context: fetch_years(context, 1990, 2001))
    assert {asked.params["period"] for asked in keyless.http.asked[1:]} == {str(year) for year in range(1990, 2002)}
    assert len(keyless.http.asked) == 12 * 4 + 1


@pytest.mark.parametrize(("keyed", "most"), [(False, 7_050), (True, 1_800)])
def test_two_hundred_pairs_and_thirty_years_are_planned_below_the_cap_and_once(keyed: bool, most: int) -> None:
    partners = ("CHN", "USA", "DEU", "JPN", "IND", "GBR", "FRA", "ITA", "BRA", "KOR")
    everybody = load_seeds()
    coded = (iso3 for iso3, country in everybody.countries.items() if country.comtrade_code and iso3 not in partners)
    homes = sorted(coded)[:20]
    wide = replace(everybody, dyads=tuple((home, partner) for home in homes for partner in partners))
    step = un_comtrade.WINDOW if keyed else 1  # years in a run of the backfill
    runs = [plan_backfill(wide, first, min(first + step - 1, 2024), keyed) for first in range(1995, 2025, step)]
    requests = [request for run in runs for request in run]
    asked = Counter(point for request in requests for point in points(request))
    assert set(asked.values()) == {1}
    assert asked.keys() == {point for request in plan(wide, 1995, 2024, keyed) for point in points(request)}
    for request in requests:
        pairs = len(request.reporters) * len(request.partners)
        assert pairs * len(request.periods) * 2 * LINES[request.level] < request.cap, request.name
    assert len(requests) + len(runs) <= most, "requests, and one a run for what was released"


KEYED = settings_of("k3y-0123456789")


def failing(*periods: str, error: SourceError | None = None) -> Callable[[Question], SourceError | None]:
    trouble = error or TransientSourceError("no answer", where="un_comtrade", got="status 503", todo="wait")
    return lambda question: trouble if question.params.get("period") in periods else None


def test_one_year_of_many_that_fails_costs_that_year_and_no_other() -> None:
    recent = {"since": 2016}
    night = Comtrade(spoil=failing("2017")).night(options=recent)
    assert len(night.answers) == 36
    assert isinstance(night.error, TransientSourceError)
    text = str(night.error)
    assert "4 of 40 requests failed: TOTAL 2017 of 15 reporters, TOTAL 2017 of 156, AG2 2017 of " in text
    assert "the first: no answer" in text
    assert "got: status 503; next: wait; what failed or was not sent is asked for again the next night" in text
    again = Comtrade().night(known=night.keys, options=recent)
    assert again.error is None
    assert [request.params["period"] for request in again.http.asked[1:]] == ["2017"] * 4


def test_three_failures_in_a_row_end_the_night() -> None:
    quota = PermanentSourceError("the quota is used up", where="un_comtrade", got="Out of call volume quota")
    night = Comtrade(spoil=failing("2022", "2021", "2020", error=quota)).night()
    assert len(night.http.asked) == 1 + 3 + 3
    assert len(night.answers) == 3
    assert isinstance(night.error, PermanentSourceError)
    assert "3 of 64 requests failed" in str(night.error)
    assert "58 of 64 requests were not sent after 3 failures in a row; the first: the quota" in str(night.error)


def test_without_getda_nothing_is_asked() -> None:
    broken = TransientSourceError("no answer", where="un_comtrade")
    night = Comtrade(spoil=lambda question: broken if "getDa" in question.url else None).night()
    assert night.error is broken
    assert len(night.http.asked) == 1


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (a_body(), "none of our reporters has ever released anything"),
        (a_body(error="Invalid reporterCode"), "the list of releases is an error message"),
        (b"<html>", "the answer is not JSON"),
    ],
)
def test_a_getda_that_says_nothing_is_an_error(body: bytes, said: str) -> None:
    night = Comtrade(spoil=lambda question: body if "getDa" in question.url else None).night()
    assert said in str(night.error)
    assert not night.answers


def test_a_list_of_releases_that_may_be_cut_is_asked_in_halves() -> None:
    publisher = Comtrade()

    def cut_at_40(question: Question) -> bytes | None:
        if "getDa" not in question.url:
            return None
        codes = [int(code) for code in question.params["reporterCode"].split(",")]
        return a_body(*publisher.releases(codes)[:40])

    night = Comtrade(spoil=cut_at_40).night(options={"cap_free": 40, "since": 2025})
    whole = [
        q.params["reporterCode"]
        for q in night.http.asked
        if "getDa" in q.url and q.params["reporterCode"].count(",") < 2
    ]
    assert len(",".join(whole).split(",")) == 16, "16 years of two reporters fit in 40 rows"
    assert "7 of 7 requests are due; 0 have no data yet" in night.notes


def spoilt(body: Callable[[Question], bytes | None], **given: Any) -> Night:
    """A night in which only 2025 is asked for and the totals of all homes are answered otherwise."""

    def spoil(question: Question) -> bytes | None:
        homes = question.params.get("cmdCode") == "TOTAL" and question.params.get("partnerCode") == "0,156"
        return body(question) if homes else None

    return Comtrade(spoil=spoil).night(options={"since": 2025}, **given)


def test_emptiness_is_not_believed_where_getda_lists_a_release() -> None:
    night = spoilt(lambda question: a_body())
    assert len(night.answers) == 3
    assert "an answer without rows, although the publisher lists a release" in str(night.error)
    assert "no rows and no error message" in str(night.error)


def test_emptiness_is_believed_of_a_partner_that_may_have_no_trade() -> None:
    def spoil(question: Question) -> bytes | None:
        return a_body() if question.params.get("partnerCode") == "842" else None

    seeds = seeds_of(("PAK", "CHN"), ("PAK", "USA"), groups={})
    night = Comtrade(spoil=spoil).night(seeds=seeds, options={"since": 2025})
    assert night.error is None


def test_an_error_message_in_a_200_is_an_error() -> None:
    night = spoilt(lambda question: a_body(error="Invalid value for partner2Code"))
    assert isinstance(night.error, PermanentSourceError)
    assert "Invalid value for partner2Code" in str(night.error)


def test_a_reporter_missing_from_an_answer_is_said() -> None:
    def without_nepal(question: Question) -> bytes:
        return a_body(*(row for row in Comtrade().rows(question.params) if row["reporterCode"] != 524))

    night = spoilt(without_nepal)
    assert night.error is None
    assert "TOTAL 2025 of 15 reporters: released, says getDa, but not in the answer: 524 2025" in night.notes


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"reporterCode": 588}, "reporter_code 588 was not asked for, and countries.csv has no country with the"),
        (
            {"partnerCode": 842},
            "partner_code 842 was not asked for; expected: only what TOTAL 2025 of 15 reporters asks for",
        ),
        ({"period": "2024"}, "period 2024 was not asked for;"),
        ({"cmdCode": "01"}, "product 01 was not asked for;"),
    ],
)
def test_what_was_not_asked_for_is_refused(changed: Mapping[str, Any], said: str) -> None:
    night = spoilt(lambda question: a_body(*Comtrade().rows(question.params), a_row(**{"period": "2025"} | changed)))
    assert isinstance(night.error, ContractError)
    assert said in str(night.error)
    assert len(night.answers) == 3


@pytest.mark.parametrize(
    "body",
    [b"<html>", a_body(without("cifvalue")), a_body(a_row(period="2025"), a_row(period="2025"))],
)
def test_an_unreadable_answer_is_handed_on_to_be_quarantined(body: bytes) -> None:
    night = spoilt(lambda question: body)
    assert night.error is None
    handed_on = [answer for answer in night.answers if answer.parts[0].body == body]
    assert len(handed_on) == 1
    refusal(*(part.body for part in handed_on[0].parts))


def test_three_unreadable_answers_in_a_row_end_the_night() -> None:
    night = Comtrade(spoil=lambda question: None if "getDa" in question.url else b"<html>").night()
    assert len(night.answers) == 3
    assert "61 of 64 requests were not sent after 3 failures in a row" in str(night.error)
    assert "read the quarantined answers" in str(night.error)


# ---- caps ------------------------------------------------------------------------------------------------------------


ALONE = seeds_of(("PAK", "CHN"), groups={})
MORE_CHAPTERS = {"TOTAL": 1, "AG2": 99, "AG6": 40}


def test_a_preview_at_the_cap_is_thrown_away_and_asked_in_halves() -> None:
    night = Comtrade(lines=MORE_CHAPTERS).night(seeds=ALONE, options={"since": 2025, "cap_free": 195})
    assert night.error is None
    chapters = [answer for answer in night.answers if "/AG2/" in answer.scope]
    assert {len(answer.parts) for answer in chapters} == {2}
    for answer in chapters:
        table = parse([part.body for part in answer.parts], HERE)
        CONTRACT.check(table, HERE)
        assert table.num_rows == 2 * 99
    assert "AG2 2025 of 156: an answer was cut at 195 rows; asked again in halves" in night.notes


def test_what_cannot_be_split_further_is_refused() -> None:
    night = Comtrade().night(seeds=ALONE, options={"since": 2025, "cap_free": 60})
    assert {"/AG2/" in answer.scope for answer in night.answers} == {False}
    assert isinstance(night.error, ContractError)
    assert "the answer is silently cut, and what was asked cannot be split further" in str(night.error)
    assert "use a key (COMTRADE_API_KEY)" in str(night.error)


def test_an_answer_that_announces_more_rows_than_it_has_is_cut() -> None:
    def short_by_one(question: Question) -> bytes | None:
        rows = list(Comtrade().rows(question.params)) if question.params.get("cmdCode") == "TOTAL" else []
        return a_body(*rows[:3], count=len(rows)) if len(rows) > 3 else None

    night = Comtrade(spoil=short_by_one).night(seeds=ALONE, options={"since": 2025})
    assert night.error is None
    assert {len(answer.parts) for answer in night.answers if "/TOTAL/" in answer.scope} == {2}


def test_a_keyed_answer_at_the_cap_is_split_by_years_first() -> None:
    publisher = Comtrade(lines=MORE_CHAPTERS, years=range(2016, 2022))
    night = publisher.night(settings=KEYED, seeds=ALONE, options={"since": 2016, "cap_keyed": 1_165})
    assert night.error is None
    chapters = [answer for answer in night.answers if "/AG2/" in answer.scope]
    assert len(chapters) == 4, "two reporters, each with its counterpart and with World"
    for answer in chapters:
        table = parse([part.body for part in answer.parts], HERE)
        CONTRACT.check(table, HERE)
        assert (len(answer.parts), table.num_rows) == (2, 6 * 2 * 99)
    periods = [q.params["period"] for q in night.http.asked if q.params.get("cmdCode") == "AG2"][:3]
    assert periods == ["2016,2017,2018,2019,2020,2021", "2016,2017,2018", "2019,2020,2021"]


def test_the_key_goes_into_a_header_and_nowhere_else() -> None:
    night = Comtrade().night(settings=KEYED, seeds=ALONE, options={"since": 2024})
    assert {question.headers["Ocp-Apim-Subscription-Key"] for question in night.http.asked} == {"k3y-0123456789"}
    assert night.http.asked[0].url.endswith("/data/v1/getDa/C/A/HS")
    assert not any("k3y" in part.url or "k3y" in answer.scope for answer in night.answers for part in answer.parts)
    assert "k3y" not in " ".join(night.notes)


def test_a_request_is_halved_until_one_flow_of_one_pair_in_one_year_is_left() -> None:
    request = Request("TOTAL", (1, 2, 3), (4, 5), (2020, 2021), "2016-2027", True, 10)
    whole, left = [], [request]
    while left:
        halves = left.pop().halves()
        if halves is None:
            continue
        left += halves
        whole += [half for half in halves if half.halves() is None]
    assert len(whole) == 3 * 2 * 2 * 2
    assert {len(points) for half in whole for points in (half.reporters, half.partners, half.periods, half.flows)} == {
        1
    }


def test_a_request_that_stays_cut_is_given_up_after_a_bounded_number_of_calls() -> None:
    def always_cut(question: Question) -> bytes | None:
        return a_body(a_row(), count=2) if question.params.get("cmdCode") == "TOTAL" else None

    night = Comtrade(spoil=always_cut).night(settings=KEYED, options={"since": 2025})
    totals = [question for question in night.http.asked if question.params.get("cmdCode") == "TOTAL"]
    assert len(totals) <= 2 * un_comtrade.MOST_CALLS
    assert "silently cut" in str(night.error)


# ---- recorded answers ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(RECORDED is None, reason="KARAKORAM_RECORDED names no folder of recorded answers")
def test_a_recorded_preview_is_read() -> None:
    body = Path(str(RECORDED), "un_comtrade", "preview_usa_jpn_TOTAL_A_2023.json").read_bytes()
    table = parse([body], HERE)
    CONTRACT.check(table, HERE)
    imports, exports = table.sort_by("flow").to_pylist()
    assert (imports["primary_value"], imports["cif_value"], imports["fob_value"]) == (
        151_580_564_290.0,
        151_580_564_290.0,
        147_340_317_186.0,
    )
    assert (exports["primary_value"], exports["cif_value"]) == (76_154_045_176.0, None)
    assert imports["classification"] == "H6"
    assert (imports["is_reported"], imports["is_aggregate"]) == (False, True)


@pytest.mark.skipif(RECORDED is None, reason="KARAKORAM_RECORDED names no folder of recorded answers")
def test_a_recorded_empty_answer_is_an_empty_table() -> None:
    body = Path(str(RECORDED), "un_comtrade", "keyed_get_services_EB_empty_200.body.json").read_bytes()
    assert parse([body], HERE).num_rows == 0


def test_products_of_every_level_are_told_apart() -> None:
    for level, code in (("TOTAL", "TOTAL"), ("AG2", "99"), ("AG6", "9999AA"), ("AG6", "010121")):
        assert re.fullmatch(PRODUCTS[level], code)  # type: ignore[index]
    assert not re.fullmatch(PRODUCTS["AG2"], "0101")
