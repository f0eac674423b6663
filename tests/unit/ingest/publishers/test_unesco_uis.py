"""The UIS parser on hand-written bodies, and its fetcher against a server that answers like the publisher."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from orchestration.catalog import Dataset, Publisher
from orchestration.errors import ContractError, PermanentSourceError, SourceError
from orchestration.ingest.http import HttpClient
from orchestration.ingest.publishers import unesco_uis
from orchestration.ingest.publishers.base import Answer, FetchContext
from orchestration.ingest.publishers.unesco_uis import CONTRACT, parse
from orchestration.seeds import Country, Indicator, Seeds
from orchestration.settings import Settings
from tests.support.loopback import Asked, LoopbackServer, Reply, json_reply

WHERE = "unesco_uis.education test"
VERSION = "20260507-91260335"
FIXED = ("25053", "26637", "OE.5T8.40510")


def record(
    indicator: str = "25053", country: str = "PAK", year: Any = 2023, value: Any = 2_580_000, **more: Any
) -> dict[str, Any]:
    given = {"indicatorId": indicator, "geoUnit": country, "year": year, "value": value}
    return {**given, "magnitude": None, "qualifier": None, **more}


def answer_of(*records: dict[str, Any], hints: Iterable[Any] = ()) -> dict[str, Any]:
    return {"hints": list(hints), "records": list(records), "indicatorMetadata": []}


def definition(code: str, name: str) -> dict[str, Any]:
    return {"indicatorCode": code, "name": name, "theme": "EDUCATION", "lastDataUpdate": "02/09/2026"}


def by_origin(code: str, origin: str, area: str = "Asia") -> dict[str, Any]:
    name = f"Inbound internationally mobile students from {area}: Students from {origin}, both sexes (number)"
    return definition(code, name)


def table(*parts: Any) -> list[dict[str, Any]]:
    parsed = parse([json.dumps(part).encode() for part in parts], WHERE)
    CONTRACT.check(parsed, WHERE)
    return parsed.to_pylist()


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_records_become_a_typed_table_and_definitions_name_them() -> None:
    definitions = [definition("25053", "Enrolment in tertiary education, all programmes, both sexes (number)")]
    assert table(definitions, answer_of(record(), record("GER.5T8", value=12.15, qualifier="UIS_EST"))) == [
        {
            "indicator": "25053",
            "country_iso3": "PAK",
            "period": "2023",
            "value": 2_580_000.0,
            "magnitude": None,
            "qualifier": None,
            "indicator_name": "Enrolment in tertiary education, all programmes, both sexes (number)",
        },
        {
            "indicator": "GER.5T8",
            "country_iso3": "PAK",
            "period": "2023",
            "value": 12.15,
            "magnitude": None,
            "qualifier": "UIS_EST",
            "indicator_name": None,
        },
    ]


def test_a_null_is_left_out_and_a_zero_keeps_its_magnitude() -> None:
    found = table(answer_of(record(year=2022, value=None, magnitude="NA"), record(value=0, magnitude="NIL")))
    assert [(r["period"], r["value"], r["magnitude"]) for r in found] == [("2023", 0.0, "NIL")]


def test_several_data_answers_are_one_table() -> None:
    assert len(table(answer_of(record()), answer_of(record("26637")))) == 2


def test_an_empty_answer_has_no_rows() -> None:
    assert table(answer_of()) == []


@pytest.mark.parametrize("field", ["indicatorId", "geoUnit", "year", "value", "magnitude", "qualifier"])
def test_a_renamed_field_is_named_in_the_error(field: str) -> None:
    given = record()
    given[f"{field}_"] = given.pop(field)
    with pytest.raises(ContractError, match=f"a record lacks the field '{field}'"):
        table(answer_of(given))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"value": "12"}, "a value is not a number"),
        ({"value": True}, "a value is not a number"),
        ({"year": "2023"}, "a year is not a year"),
        ({"year": 23}, "a year is not a year"),
        ({"year": True}, "a year is not a year"),
        ({"year": None}, "a year is not a year"),
        ({"geoUnit": ""}, "a record has no indicator or no country"),
        ({"indicatorId": 25053}, "a record has no indicator or no country"),
        ({"qualifier": 7}, "column qualifier holds a value that is no string"),
    ],
)
def test_a_cell_of_another_kind_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ContractError, match=message):
        table(answer_of({**record(), **change}))


@pytest.mark.parametrize(
    ("part", "message"),
    [
        ({"message": "Bad request"}, "the answer has no list of records"),
        ({"records": {}}, "the answer has no list of records"),
        ("text", "the answer has no list of records"),
        ([{"name": "x"}], "a definition lacks its code or name"),
        (["x"], "a definition lacks its code or name"),
        (answer_of("x"), "a record lacks the field"),  # type: ignore[arg-type]
    ],
)
def test_what_is_no_answer_is_refused(part: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        table(part)


def test_bytes_that_are_no_json_are_refused() -> None:
    for body in (b"<html></html>", json.dumps(answer_of(record())).encode()[:-5], b""):
        with pytest.raises(ContractError):
            parse([body], WHERE)


def test_a_point_that_comes_twice_breaks_the_contract() -> None:
    with pytest.raises(ContractError, match="come more than once"):
        table(answer_of(record(), record(value=1)))


recorded = pytest.mark.skipif("KARAKORAM_RECORDED" not in os.environ, reason="KARAKORAM_RECORDED is not set")


@recorded
def test_recorded_answers_of_the_publisher() -> None:
    folder = Path(os.environ["KARAKORAM_RECORDED"]) / "unesco_uis"
    bodies = {path.stem: path.read_bytes() for path in folder.glob("*.json")}
    found = parse([bodies["uis_definitions_indicators"], bodies["uis_data_records"]], WHERE).to_pylist()
    assert (len(found), found[0]["country_iso3"], found[0]["period"], found[0]["value"]) == (14, "CHE", "2006", 97.72)
    assert found[0]["indicator_name"] == "Completion rate, primary education, both sexes (%)"
    for name in ("uis_data_empty", "uis_data_unknown_geounit"):
        assert parse([bodies[name]], WHERE).num_rows == 0
    for name in ("uis_versions", "uis_openapi_query_params", "uis_definitions_geounits"):
        with pytest.raises(ContractError):
            parse([bodies[name]], WHERE)


# ---- asking ----------------------------------------------------------------------------------------------------------


class Institute:
    """A small UIS: one record for every indicator, country and year asked for that it knows."""

    def __init__(self) -> None:
        self.version = VERSION
        self.published = "2026-05-08T16:58:36.233Z"
        self.definitions = [
            *(definition(code, f"Name of {code}") for code in FIXED),
            by_origin("26700", "Pakistan"),
            by_origin("26701", "China"),
            by_origin("26702", "the Islamic Republic of Iran"),
            by_origin("26703", "the Russian Federation", "Europe"),
            by_origin("26704", "Hong Kong, Special Administrative Region of China"),
            definition("26705", "Inbound internationally mobile students from Asia, both sexes (number)"),
        ]
        self.units = {
            "PAK": "Pakistan",
            "CHN": "China",
            "IRN": "Iran (Islamic Republic of)",
            "RUS": "Russian Federation",
        }
        self.by_origin_hosts = {"PAK", "IRN", "RUS"}
        self.spoil: Callable[[Asked, Any], Any] = lambda asked, body: body

    def __call__(self, asked: Asked) -> Reply:
        assert len(asked.path) + len(asked.query) <= unesco_uis.URL_CHARACTERS
        name = asked.path.removeprefix("/api/public/")
        if name == "versions/default":
            return json_reply({"version": self.version, "publicationDate": self.published, "themeDataStatus": []})
        assert asked.param("version") == self.version
        if name == "definitions/indicators":
            return json_reply(self.definitions)
        if name == "definitions/geounits":
            return json_reply([{"id": i, "name": n, "type": "NATIONAL"} for i, n in self.units.items()])
        assert name == "data/indicators"
        return json_reply(self.spoil(asked, self.answer(asked)))

    def answer(self, asked: Asked) -> Any:
        known = {given["indicatorCode"] for given in self.definitions}
        hints = [
            {"code": "UIS::HINT::003", "message": f"The geoUnit could not be found, {unit}"}
            for unit in asked.params["geoUnit"]
            if unit not in self.units
        ]
        records = [
            record(code, unit, year, 10)
            for code in asked.params["indicator"]
            for unit in asked.params["geoUnit"]
            for year in range(int(asked.param("start")), int(asked.param("end")) + 1)
            if code in known and unit in self.units and (code in FIXED or unit in self.by_origin_hosts)
        ]
        return answer_of(*records, hints=hints)


NAMES = {"PAK": "Pakistan", "CHN": "China", "IRN": "Iran", "RUS": "Russia"}


def seeds_of(codes: Iterable[str] = FIXED, names: dict[str, str] | None = None) -> Seeds:
    known = {
        iso3: Country(iso3, iso3[:2], 1, name, 1, iso3, iso3, iso3, "USD") for iso3, name in (names or NAMES).items()
    }
    return Seeds(
        dyads=tuple((iso3, "CHN") for iso3 in known if iso3 != "CHN"),
        countries=known,
        memberships=(),
        indicators=tuple(Indicator(code, "unesco_uis.education", code, "persons", "education") for code in codes),
    )


def context_of(
    server: LoopbackServer, seeds: Seeds | None = None, notes: list[str] | None = None, **given: Any
) -> FetchContext:
    publisher = Publisher(id="unesco_uis", name="UIS", url="https://databrowser.uis.unesco.org", licence="CC BY-SA 4.0")
    dataset = Dataset(
        id="unesco_uis.education",
        title="t",
        citation="c",
        url="u",
        unit="u",
        frequency=("A",),
        usual_lag_days=1,
        serves="live",
        options={"since": 2015},
    )
    return FetchContext(
        dataset=dataset,
        settings=Settings(uis_url=f"{server.url}/api/public"),
        seeds=seeds or seeds_of(),
        http=HttpClient(publisher, pace=0),
        today=date(2026, 10, 10),
        note=(notes if notes is not None else []).append,
        **given,
    )


def ask(context: FetchContext) -> tuple[list[Answer], SourceError | None]:
    """All answers that were yielded, and the error that ended the asking."""
    answers: list[Answer] = []
    try:
        for answer in unesco_uis.fetch(context):
            answers.append(answer)
    except SourceError as error:
        return answers, error
    return answers, None


def points(answer: Answer) -> list[dict[str, Any]]:
    return parse([part.body for part in answer.parts], answer.scope).to_pylist()


def test_the_first_night_takes_one_answer_and_four_requests() -> None:
    notes: list[str] = []
    with LoopbackServer(Institute()) as server:
        context = context_of(server, notes=notes)
        (answer,), error = ask(context)
        asked = server.seen[-1]
    assert error is None
    assert context.http.requests == 4
    assert (answer.release, answer.revision_key) == (VERSION, VERSION)
    assert answer.released_at == datetime(2026, 5, 8, 16, 58, 36, 233_000, tzinfo=UTC)
    assert asked.params == {
        "indicator": [*FIXED, "26701", "26702", "26700", "26703"],
        "geoUnit": ["CHN", "IRN", "PAK", "RUS"],
        "start": ["2015"],
        "end": ["2026"],
        "indicatorMetadata": ["false"],
        "footnotes": ["false"],
        "version": [VERSION],
    }
    found = points(answer)
    assert len(found) == 3 * 4 * 12 + 4 * 3 * 12
    names = {point["indicator"]: point["indicator_name"] for point in found}
    assert names["26700"].endswith("Students from Pakistan, both sexes (number)")
    assert notes == ["CHN report no students by country of origin"]


def test_the_publishers_own_names_are_asked_for_only_if_ours_do_not_suffice() -> None:
    names = {"PAK": "Pakistan", "CHN": "China"}
    with LoopbackServer(Institute()) as server:
        (answer,), error = ask(context_of(server, seeds_of(names=names)))
        assert [asked.path.rpartition("/")[2] for asked in server.seen] == ["default", "indicators", "indicators"]
    assert error is None
    assert {point["indicator"] for point in points(answer)} == {*FIXED, "26700", "26701"}


def test_a_quiet_night_is_one_request_and_yields_nothing() -> None:
    institute = Institute()
    with LoopbackServer(institute) as server:
        (answer,), _ = ask(context_of(server))
        context = context_of(server, known={answer.scope: answer.revision_key})
        assert ask(context) == ([], None)
        assert context.http.requests == 1
        institute.version = "20260915-1"
        (again,), _ = ask(context_of(server, known={answer.scope: answer.revision_key}))
    assert (again.scope, again.revision_key) == (answer.scope, "20260915-1")


def test_an_origin_without_an_indicator_is_a_gap_with_a_note() -> None:
    institute = Institute()
    institute.definitions = [given for given in institute.definitions if given["indicatorCode"] != "26700"]
    notes: list[str] = []
    with LoopbackServer(institute) as server:
        (answer,), error = ask(context_of(server, notes=notes))
    assert error is None
    assert "26700" not in {point["indicator"] for point in points(answer)}
    assert "no students from Pakistan by host country: no indicator has its name" in notes


def test_an_origin_with_two_indicators_is_a_gap_and_never_guessed() -> None:
    institute = Institute()
    institute.definitions.append(by_origin("26799", "Pakistan", "South and West Asia"))
    notes: list[str] = []
    with LoopbackServer(institute) as server:
        (answer,), error = ask(context_of(server, notes=notes))
    assert error is None
    assert not {"26700", "26799"} & {point["indicator"] for point in points(answer)}
    assert "no students from Pakistan by host country: several indicators fit (26700, 26799)" in notes


@pytest.mark.parametrize(
    ("ours", "theirs", "same"),
    [
        ("Pakistan", "Pakistan", True),
        ("Iran (Islamic Republic of)", "the Islamic Republic of Iran", True),
        ("Côte d’Ivoire", "Côte d'Ivoire", True),
        ("Niger", "Nigeria", False),
        ("China", "Hong Kong, Special Administrative Region of China", False),
        ("Republic of Korea", "the Democratic People's Republic of Korea", False),
        ("Guinea", "Guinea-Bissau", False),
        ("Iran", "the Islamic Republic of Iran", False),
        ("Sudan", "Sudan (pre-secession)", False),
    ],
)
def test_names_are_the_same_when_their_words_are(ours: str, theirs: str, same: bool) -> None:
    assert (unesco_uis._words(ours) == unesco_uis._words(theirs)) is same


def test_a_code_that_is_gone_is_reported_and_the_rest_is_kept() -> None:
    with LoopbackServer(Institute()) as server:
        (answer,), error = ask(context_of(server, seeds_of([*FIXED, "XX.OLD"])))
        assert "XX.OLD" not in server.seen[-1].params["indicator"]
    assert set(FIXED) <= {point["indicator"] for point in points(answer)}
    assert answer.scope.endswith("/without/XX.OLD")
    assert isinstance(error, PermanentSourceError)
    assert "the UIS does not know XX.OLD" in str(error)
    assert "XX.OLD: not among the definitions" in str(error)
    assert "or remove its line from indicators.csv" in str(error)


def test_a_code_that_is_gone_is_reported_every_night_at_the_price_of_one_request() -> None:
    seeds = seeds_of([*FIXED, "XX.OLD"])
    with LoopbackServer(Institute()) as server:
        (answer,), _ = ask(context_of(server, seeds))
        context = context_of(server, seeds, known={answer.scope: answer.revision_key})
        again, error = ask(context)
    assert again == []
    assert "the UIS does not know XX.OLD" in str(error)
    assert context.http.requests == 1


def test_a_country_that_the_publisher_does_not_know_is_reported_and_the_rest_is_kept() -> None:
    with LoopbackServer(Institute()) as server:
        (answer,), error = ask(context_of(server, seeds_of(names={**NAMES, "XXX": "Nowhere"})))
    assert {point["country_iso3"] for point in points(answer)} == set(NAMES)
    assert isinstance(error, PermanentSourceError)
    assert "the UIS does not know XXX" in str(error)
    assert "correct a country's uis_code in countries.csv" in str(error)


@pytest.mark.parametrize(
    ("hint", "note"),
    [
        (
            {"code": "UIS::HINT::004", "message": "No data for the given time range"},
            "No data for the given time range",
        ),
        ({"code": "UIS::HINT::009", "message": "New"}, "a hint that is not known here, UIS::HINT::009: New"),
        ("just text", "a hint that is not known here, : just text"),
    ],
)
def test_other_hints_become_notes(hint: Any, note: str) -> None:
    institute = Institute()
    institute.spoil = lambda asked, body: {**body, "hints": [hint]}
    notes: list[str] = []
    with LoopbackServer(institute) as server:
        answers, error = ask(context_of(server, notes=notes))
    assert error is None
    assert len(answers) == 1
    assert note in notes


def test_a_hint_that_an_indicator_is_unknown_is_an_error_too() -> None:
    institute = Institute()
    message = "The indicator could not be found, 26637"
    institute.spoil = lambda asked, body: {**body, "hints": [{"code": "UIS::HINT::001", "message": message}]}
    with LoopbackServer(institute) as server:
        (answer,), error = ask(context_of(server))
    assert answer.scope.endswith("/without/26637")
    assert message in str(error)


@pytest.mark.parametrize(
    ("extra", "message"),
    [
        (record(year=1999), "only years from 2015 to 2026; got: also 1999"),
        (record(country="CHE"), "only the 4 countries asked for; got: also CHE"),
        (record("CR.1"), "only the 7 indicators asked for; got: also CR.1"),
    ],
)
def test_an_unfiltered_answer_is_refused(extra: dict[str, Any], message: str) -> None:
    institute = Institute()
    institute.spoil = lambda asked, body: {**body, "records": [*body["records"], extra]}
    with LoopbackServer(institute) as server:
        answers, error = ask(context_of(server))
    assert answers == []
    assert isinstance(error, ContractError)
    assert "an unfiltered answer: records came that were not asked for" in str(error)
    assert message in str(error)


def test_an_answer_without_any_record_is_an_error() -> None:
    institute = Institute()
    institute.spoil = lambda asked, body: answer_of()
    with LoopbackServer(institute) as server:
        answers, error = ask(context_of(server))
    assert answers == []
    assert isinstance(error, PermanentSourceError)
    assert "the answer has not one record; expected: records of 7 indicators for 4 countries" in str(error)


def test_an_answer_that_cannot_be_read_is_handed_on_to_be_quarantined() -> None:
    institute = Institute()
    institute.spoil = lambda asked, body: {**body, "records": [{"indicator": "25053"}]}
    with LoopbackServer(institute) as server:
        (answer,), error = ask(context_of(server))
    assert error is None
    with pytest.raises(ContractError, match="a record lacks the field 'indicatorId'"):
        points(answer)


@pytest.mark.parametrize("body", [{}, [], {"version": None}, {"version": ""}, "x"])
def test_a_version_without_a_name_is_refused(body: Any) -> None:
    with LoopbackServer(lambda asked: json_reply(body)) as server:
        answers, error = ask(context_of(server))
    assert answers == []
    assert isinstance(error, ContractError)
    assert "the default version has no name" in str(error)


@pytest.mark.parametrize(
    ("text", "day"), [("2026-05-08", 8), ("2026-05-08T00:00:00", 8), ("May 2026", None), (None, None)]
)
def test_a_date_of_publication_is_read_if_it_is_one(text: Any, day: int | None) -> None:
    institute = Institute()
    institute.published = text
    with LoopbackServer(institute) as server:
        (answer,), _ = ask(context_of(server))
    assert answer.released_at == (datetime(2026, 5, day, tzinfo=UTC) if day else None)


def test_many_codes_are_cut_by_the_length_of_the_address_into_one_answer() -> None:
    institute = Institute()
    codes = [f"XGDP.VERY.LONG.CODE.{number:03d}" for number in range(200)]
    institute.definitions += [definition(code, f"Name of {code}") for code in codes]
    institute.answer = lambda asked: answer_of(  # type: ignore[method-assign]
        *(record(code, "PAK") for code in asked.params["indicator"])
    )
    with LoopbackServer(institute) as server:
        (answer,), error = ask(context_of(server, seeds_of(codes)))
        data = [asked for asked in server.seen if asked.path.endswith("/data/indicators")]
    assert error is None
    assert len(data) == 3
    assert len(answer.parts) == 1 + len(data)
    assert {point["indicator"] for point in points(answer)} >= set(codes)


def test_many_countries_are_cut_by_the_number_of_records() -> None:
    names = {
        f"{letter}{other}A": f"{letter}{other}land" for letter in "ABCDEFGH" for other in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    }
    codes = [f"C{number}" for number in range(60)]
    institute = Institute()
    institute.units = names
    institute.definitions = [definition(code, code) for code in codes]
    institute.answer = lambda asked: answer_of(  # type: ignore[method-assign]
        *(record(code, "AAA") for code in asked.params["indicator"])
    )
    with LoopbackServer(institute) as server:
        ask(context_of(server, seeds_of(codes, {**names, "CHN": "China"})))
        data = [asked for asked in server.seen if asked.path.endswith("/data/indicators")]
    assert sorted(code for asked in data for code in asked.params["indicator"]) == sorted(codes)
    assert all(len(asked.params["indicator"]) * 209 * 12 < 100_000 for asked in data)
    assert len(data) == 2


def test_without_definitions_the_figures_of_the_seed_are_still_had() -> None:
    institute = Institute()
    with LoopbackServer(institute) as server:
        context = context_of(server, seeds_of(FIXED))
        real = context.http.get

        def get(url: str, *arguments: Any, **options: Any) -> Any:
            if "definitions" in url:
                raise PermanentSourceError("404", where=url)
            return real(url, *arguments, **options)

        context.http.get = get  # type: ignore[method-assign]
        (answer,), error = ask(context)
    assert error is None
    assert set(FIXED) == {point["indicator"] for point in points(answer)}


def test_definitions_that_name_none_of_ours_say_nothing_about_ours() -> None:
    institute = Institute()
    institute.definitions = [definition("CR.1", "Completion rate, primary education, both sexes (%)")]
    with LoopbackServer(institute) as server:
        ask(context_of(server, seeds_of(FIXED)))
        assert set(FIXED) <= set(server.seen[-1].params["indicator"])
