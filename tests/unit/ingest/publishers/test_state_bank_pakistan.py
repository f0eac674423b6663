"""The EasyData parser on hand-written bodies, and its fetcher against a server that answers like the publisher."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from orchestration.catalog import Dataset, Publisher
from orchestration.errors import ContractError, PermanentSourceError, SourceError
from orchestration.ingest.http import HttpClient
from orchestration.ingest.publishers import state_bank_pakistan
from orchestration.ingest.publishers.base import Answer, FetchContext
from orchestration.ingest.publishers.state_bank_pakistan import CONTRACT, parse
from orchestration.seeds import Country, EasyDataSeries, Seeds
from orchestration.settings import Settings
from tests.support.loopback import HTML, Asked, LoopbackServer, Reply, json_reply

WHERE = "state_bank_pakistan.easydata test"
KEY = "not-a-real-key-0123456789"
EXPORTS, IMPORTS, REMITTANCES = "TS_GP_BOP_XRECCOU_M", "TS_GP_BOP_MRECCOU_M", "TS_GP_BOP_WR_M.WR0010"

COLUMNS = [
    "Dataset Name",
    "Series Key",
    "Series Name",
    "Observation Date",
    "Observation Value",
    "Unit",
    "Observation Status",
    "Observation Status Comment",
]


def row(day: str, value: Any, key: str = REMITTANCES, status: str | None = "Normal") -> list[Any]:
    return ["Workers' Remittances", key, "Total remittances", day, value, "Million USD", status, ""]


def body_of(*rows: list[Any], columns: list[str] | None = None) -> dict[str, Any]:
    return {"columns": columns or COLUMNS, "rows": list(rows)}


def table(*parts: Any) -> list[dict[str, Any]]:
    parsed = parse([json.dumps(part).encode() for part in parts], WHERE)
    CONTRACT.check(parsed, WHERE)
    return parsed.to_pylist()


# ---- reading ---------------------------------------------------------------------------------------------------------


def test_rows_become_a_typed_table_and_gaps_are_left_out() -> None:
    found = table(body_of(row("2026-06-30", "3406.61"), row("2026-05-31", ""), row("2026-04-30", "0", status="")))
    assert found == [
        {
            "series_key": REMITTANCES,
            "series_name": "Total remittances",
            "dataset_name": "Workers' Remittances",
            "period": period,
            "frequency": "M",
            "value": value,
            "unit": "USD million",
            "status": status,
        }
        for period, value, status in (("2026-06", 3406.61, "Normal"), ("2026-04", 0.0, None))
    ]


def test_columns_are_found_by_their_titles_not_by_their_places() -> None:
    order = [6, 3, 2, 1, 0, 5, 4, 7]
    given = row("2026-06-30", "1.5")
    columns = [f" {COLUMNS[place].upper()} " for place in order]
    (only,) = table(body_of([given[place] for place in order], columns=columns))
    assert (only["series_key"], only["period"], only["value"]) == (REMITTANCES, "2026-06", 1.5)


@pytest.mark.parametrize(
    ("suffix", "day", "frequency", "period"),
    [
        ("M", "2026-06-01", "M", "2026-06"),
        ("Q", "2026-03-31", "Q", "2026-Q1"),
        ("Q", "2026-12-31", "Q", "2026-Q4"),
        ("W", "2026-06-05", "W", "2026-06-05"),
        ("D", "2026-06-05", "D", "2026-06-05"),
        ("AH", "2025-05-06", "D", "2025-05-06"),
        ("A", "2025-06-30", "FY", "FY2025"),
        ("Y", "2025-12-31", "A", "2025"),
    ],
)
def test_the_dataset_code_says_the_frequency(suffix: str, day: str, frequency: str, period: str) -> None:
    (only,) = table(body_of(row(day, "1", f"TS_GP_XX_YYY_{suffix}.Z00010")))
    assert (only["frequency"], only["period"]) == (frequency, period)


@pytest.mark.parametrize(
    ("value", "number"), [("-1537.09", -1537.09), (".5", 0.5), ("12.", 12.0), ("1e3", 1000.0), (7, 7.0), (7.25, 7.25)]
)
def test_values_come_as_text_or_numbers(value: Any, number: float) -> None:
    assert table(body_of(row("2026-06-30", value)))[0]["value"] == number


@pytest.mark.parametrize("value", ["", " ", None])
def test_an_empty_value_is_a_gap(value: Any) -> None:
    assert table(body_of(row("2026-06-30", value))) == []


@pytest.mark.parametrize("value", ["1,234.5", "NA", "-", "nan", "inf", True, "12 (P)"])
def test_a_value_that_is_no_plain_number_is_refused(value: Any) -> None:
    with pytest.raises(ContractError, match="an observation value is not a number"):
        table(body_of(row("2026-06-30", value)))


@pytest.mark.parametrize(
    ("worded", "unit"),
    [
        ("Million USD", "USD million"),
        ("Million US Dollars", "USD million"),
        ("USD Million", "USD million"),
        ("US$ Mn", "USD million"),
        ("Thousand US Dollar", "USD thousand"),
        ("'000' USD", "USD thousand"),
        ("Billion U.S. Dollars", "USD billion"),
        ("US Dollars", "USD"),
        ("Million PKR", "PKR million"),
        ("Rs. in Million", "PKR million"),
        ("PKR per USD", "PKR per USD"),
        ("Rs/US$", "Rs/US$"),
        ("Percent", "Percent"),
        ("", ""),
    ],
)
def test_units_are_named_in_one_way(worded: str, unit: str) -> None:
    given = row("2026-06-30", "1")
    given[COLUMNS.index("Unit")] = worded
    assert table(body_of(given))[0]["unit"] == unit


@pytest.mark.parametrize("worded", ["Million $", "Thousand Million USD", "Australian Dollars", "USD or PKR million"])
def test_money_in_a_unit_that_is_not_known_is_refused(worded: str) -> None:
    given = row("2026-06-30", "1")
    given[COLUMNS.index("Unit")] = worded
    with pytest.raises(ContractError, match="a unit of money that is not known"):
        table(body_of(given))


@pytest.mark.parametrize("title", COLUMNS[:-1])
def test_a_missing_column_is_named_in_the_error(title: str) -> None:
    renamed = [f"The {column}" if column == title else column for column in COLUMNS]
    with pytest.raises(ContractError, match=f"the answer lacks the column {title};"):
        table(body_of(row("2026-06-30", "1"), columns=renamed))


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (body_of(row("2026-06-30", "1"), row("2026-06-30", "1")), "a date comes twice in one series"),
        (body_of(row("2026-06-30", ""), row("2026-06-30", "1")), "a date comes twice in one series"),
        (body_of(row("2026-06-30", "1"), row("2026-06-01", "1")), "a period comes twice in one series"),
        (body_of(row("30-Jun-2026", "1")), "an observation date cannot be read"),
        (body_of(row("2026-06-30", "1", "WR0010")), "a series key cannot be read"),
        (body_of(row("2026-06-30", "1", "TS_GP_XX_YYY_H.Z1")), "a frequency that is not known here"),
        (body_of(row("2026-03-31", "1", "TS_GP_XX_YYY_A.Z1")), "a frequency that is not known here"),
        (body_of(row("2026-06-30", "1")[:-1]), "a row has another length than the columns"),
        (body_of("x"), "a row has another length than the columns"),  # type: ignore[arg-type]
        ({"columns": COLUMNS}, "the answer has no rows"),
        ({"rows": []}, "the answer has no columns"),
        ({"columns": [1], "rows": []}, "a column has no title"),
        ({"error": "Invalid series"}, "the answer has no columns"),
        ([], "the answer has no columns"),
    ],
)
def test_what_is_no_answer_is_refused(given: Any, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        table(given)


def test_bytes_that_are_no_json_are_refused() -> None:
    for given in (b"<html></html>", b"", json.dumps(body_of()).encode()[:-2]):
        with pytest.raises(ContractError):
            parse([given], WHERE)


# ---- asking ----------------------------------------------------------------------------------------------------------

META_COLUMNS = ["Reference Dataset Name", "Series Code", "Series Name", "Series Description", "Data Frequency", "Unit"]


def meta_of(code: str, names: dict[str, str]) -> dict[str, Any]:
    rows = [["By country", f"{code}.{member}", name, "x", "Monthly", "Thousand USD"] for member, name in names.items()]
    return {"columns": META_COLUMNS, "rows": rows}


class EasyData:
    """A small EasyData: two months of every series, and the metadata of the datasets by country."""

    def __init__(self) -> None:
        self.names = {"C0010": "China", "C0020": "Hong Kong SAR, China", "C0030": "Taiwan", "C0040": "Total"}
        self.refused: dict[str, Reply] = {}
        self.meta: Callable[[str], Any] = lambda code: meta_of(code, self.names)
        self.rows: Callable[[str], list[list[Any]]] = lambda key: [
            row("2026-06-30", "2.5", key),
            row("2026-05-31", "", key),
            row("2026-04-30", "1.5", key),
        ]

    def __call__(self, asked: Asked) -> Reply:
        assert asked.param("api_key") == KEY
        assert asked.param("format") == "json"
        _, kind, name, what = asked.path.removeprefix("/api").split("/")[1:]
        if name in self.refused:
            return self.refused[name]
        if (kind, what) == ("dataset", "meta"):
            return json_reply(self.meta(name))
        assert (kind, what, asked.param("start_date")) == ("series", "data", "2000-01-01")
        return json_reply(body_of(*self.rows(name)))


def context_of(
    server: LoopbackServer,
    notes: list[str] | None = None,
    *,
    key: str | None = KEY,
    series: tuple[str, ...] = (REMITTANCES,),
    by_country: tuple[str, ...] = (EXPORTS, IMPORTS),
    dyads: tuple[tuple[str, str], ...] = (("PAK", "CHN"),),
    listed: tuple[EasyDataSeries, ...] = (),
    checked_at: dict[str, datetime] | None = None,
    requests_per_night: int = 3,
) -> FetchContext:
    publisher = Publisher(id="state_bank_pakistan", name="State Bank", url="https://www.sbp.org.pk", licence="none")
    options = {"since": "2000-01", "requests_per_night": requests_per_night}
    easydata = (
        *(EasyDataSeries(name, "", False) for name in series),
        *(EasyDataSeries(code, "", True) for code in by_country),
        *listed,
    )
    dataset = Dataset(
        id="state_bank_pakistan.easydata",
        title="t",
        citation="c",
        url="u",
        unit="u",
        frequency=("M",),
        usual_lag_days=1,
        serves="live",
        options=options,
    )
    names = {"PAK": "Pakistan", "CHN": "China", "TWN": "Taiwan", "LKA": "Sri Lanka"}
    settings = Settings(sbp_url=f"{server.url}/api/v1", sbp_api_key=SecretStr(key) if key else None)
    return FetchContext(
        dataset=dataset,
        settings=settings,
        seeds=Seeds(
            dyads,
            {i: Country(i, i[:2], 1, name, 1, i, i, i, "USD") for i, name in names.items()},
            (),
            (),
            easydata,
            {"Taiwan (Formosa)": "TWN"},
        ),
        http=HttpClient(publisher, secrets=settings.secrets, pace=0),
        today=date(2026, 10, 10),
        checked_at=checked_at or {},
        note=(notes if notes is not None else []).append,
    )


def ask(context: FetchContext) -> tuple[list[Answer], SourceError | None]:
    """All answers that were yielded, and the error that ended the asking."""
    answers: list[Answer] = []
    try:
        for answer in state_bank_pakistan.fetch(context):
            answers.append(answer)
    except SourceError as error:
        return answers, error
    return answers, None


def test_every_series_is_one_request_and_one_answer_without_the_key() -> None:
    with LoopbackServer(EasyData()) as server:
        context = context_of(server)
        answers, error = ask(context)
    assert error is None
    assert [answer.scope for answer in answers] == [
        f"series/{REMITTANCES}/since-2000-01-01",
        f"series/{EXPORTS}.C0010/since-2000-01-01",
        f"series/{IMPORTS}.C0010/since-2000-01-01",
    ]
    assert context.http.requests == 3 + 2
    assert [point["value"] for point in parse([answers[0].parts[0].body], WHERE).to_pylist()] == [2.5, 1.5]
    assert all(KEY not in part.url for answer in answers for part in answer.parts)


def test_two_partners_take_one_reading_of_the_metadata() -> None:
    with LoopbackServer(EasyData()) as server:
        context = context_of(server, series=(), by_country=(EXPORTS,), dyads=(("PAK", "CHN"), ("PAK", "TWN")))
        answers, error = ask(context)
    assert error is None
    assert [answer.scope.split("/")[1] for answer in answers] == [f"{EXPORTS}.C0010", f"{EXPORTS}.C0030"]
    assert context.http.requests == 3


def test_a_partner_goes_by_the_name_that_the_state_bank_prints() -> None:
    easydata = EasyData()
    easydata.names = {"C0010": "China", "C0030": "Taiwan (Formosa)"}
    with LoopbackServer(easydata) as server:
        context = context_of(server, series=(), by_country=(EXPORTS,), dyads=(("PAK", "TWN"),))
        answers, error = ask(context)
    assert error is None
    assert [answer.scope.split("/")[1] for answer in answers] == [f"{EXPORTS}.C0030"]


def test_a_series_that_the_seed_lists_for_a_partner_needs_no_metadata() -> None:
    easydata = EasyData()
    easydata.refused[EXPORTS] = json_reply({}, status=404)
    with LoopbackServer(easydata) as server:
        listed = (EasyDataSeries(f"{EXPORTS}.C0077", "CHN", False),)
        context = context_of(server, series=(), by_country=(EXPORTS,), listed=listed)
        answers, error = ask(context)
    assert error is None
    assert [answer.scope.split("/")[1] for answer in answers] == [f"{EXPORTS}.C0077"]
    assert context.http.requests == 1


# ---- whose turn it is ------------------------------------------------------------------------------------------------

FIVE = tuple(f"TS_GP_EXT_PAKRES_M.Z000{number}0" for number in range(1, 6))
YESTERDAY = datetime(2026, 10, 9, 2, 30, tzinfo=UTC)


def scope_of(key: str) -> str:
    return f"series/{key}/since-2000-01-01"


def nights(server: LoopbackServer, count: int, **how: Any) -> list[list[str]]:
    """The series that were asked for in each of so many nights; what was answered is remembered."""
    checked = {scope_of(key): YESTERDAY for key in (*FIVE, f"{EXPORTS}.C0010", f"{IMPORTS}.C0010")}
    asked = []
    for number in range(1, count + 1):
        answers, _ = ask(context_of(server, series=FIVE, checked_at=checked, **how))
        checked |= {answer.scope: YESTERDAY + timedelta(days=number) for answer in answers}
        asked.append([answer.scope.split("/")[1] for answer in answers])
    return asked


def test_series_take_turns_and_none_waits_longer_than_a_round() -> None:
    with LoopbackServer(EasyData()) as server:
        asked = nights(server, 3, requests_per_night=3)
        assert len(server.seen) == 3 + 2 + 2, "each night at most three, the metadata counted"
    assert asked == [list(FIVE[:3]), list(FIVE[3:]), [f"{EXPORTS}.C0010"]]


def test_what_was_never_answered_is_asked_for_however_much_it_is() -> None:
    with LoopbackServer(EasyData()) as server:
        answers, error = ask(context_of(server, series=FIVE, requests_per_night=1))
    assert error is None
    assert len(answers) == 7


def test_what_fails_comes_first_and_holds_up_nobody() -> None:
    easydata = EasyData()
    easydata.refused = dict.fromkeys(FIVE[:3], json_reply({}, status=404))
    with LoopbackServer(easydata) as server:
        asked = nights(server, 3, by_country=(), requests_per_night=1)
        assert [request.path.split("/")[4] for request in server.seen][:4] == list(FIVE[:4])
    assert asked == [[FIVE[3]], [FIVE[4]], [FIVE[3]]]


def test_an_errand_larger_than_a_nights_share_goes_alone() -> None:
    with LoopbackServer(EasyData()) as server:
        asked = nights(server, 7, by_country=(EXPORTS,), requests_per_night=1)
    assert sorted(key for night in asked[:6] for key in night) == sorted([*FIVE, f"{EXPORTS}.C0010"])


def test_payments_are_only_asked_for_where_pakistan_is_the_home() -> None:
    with LoopbackServer(EasyData()) as server:
        context = context_of(server, dyads=(("LKA", "CHN"),))
        answers, error = ask(context)
    assert error is None
    assert [answer.scope.split("/")[1] for answer in answers] == [REMITTANCES]
    assert context.http.requests == 1


@pytest.mark.parametrize(
    "meta",
    [
        meta_of(EXPORTS, {"C0010": "China", "C0020": "Taiwan"}),
        meta_of(EXPORTS, {"C0010": "Export receipts from China", "C0020": "Export receipts from Taiwan"}),
        {"series": [{"key": f"{EXPORTS}.C0010", "name": "China"}, {"key": f"{EXPORTS}.C0020", "name": "Taiwan"}]},
        [{"Series Key": f"{EXPORTS}.C0010", "Dataset Name": "By country", "Series Name": " CHINA "}],
    ],
)
def test_a_partners_series_is_found_by_name_in_any_layout(meta: Any) -> None:
    easydata = EasyData()
    easydata.meta = lambda code: meta
    with LoopbackServer(easydata) as server:
        answers, error = ask(context_of(server, series=(), by_country=(EXPORTS,)))
    assert error is None
    assert [answer.scope.split("/")[1] for answer in answers] == [f"{EXPORTS}.C0010"]


def test_metadata_with_raw_line_breaks_are_read() -> None:
    text = json.dumps(meta_of(EXPORTS, {"C0010": "China"})).replace('"x"', '"two\nlines"')

    def easydata(asked: Asked) -> Reply:
        return Reply(text.encode()) if asked.path.endswith("/meta") else EasyData()(asked)

    with LoopbackServer(easydata) as server:
        answers, error = ask(context_of(server, series=(), by_country=(EXPORTS,)))
    assert error is None
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("meta", "message", "got"),
    [
        (
            meta_of(EXPORTS, {"C0020": "Hong Kong SAR, China", "C0030": "Taiwan"}),
            f"0 series of {EXPORTS} are named China",
            f"{EXPORTS}.C0020 (Hong Kong SAR, China)",
        ),
        (
            meta_of(EXPORTS, {"C0010": "China", "C0011": "China", "C0030": "Taiwan"}),
            f"2 series of {EXPORTS} are named China",
            f"{EXPORTS}.C0010 (China), {EXPORTS}.C0011 (China)",
        ),
        (meta_of(EXPORTS, {"C0030": "Taiwan", "C0040": "Total"}), "are named China", "none among 2 series"),
        (meta_of("TS_OTHER_M", {"C0010": "China"}), f"the metadata of {EXPORTS} name no series", "TS_OTHER_M.C0010"),
        ({}, f"the metadata of {EXPORTS} name no series", "{}"),
    ],
)
def test_a_partner_is_never_guessed_and_the_other_series_are_kept(meta: Any, message: str, got: str) -> None:
    easydata = EasyData()
    easydata.meta = lambda code: meta if code == EXPORTS else meta_of(code, easydata.names)
    with LoopbackServer(easydata) as server:
        answers, error = ask(context_of(server))
    assert [answer.scope.split("/")[1] for answer in answers] == [REMITTANCES, f"{IMPORTS}.C0010"]
    assert isinstance(error, ContractError)
    assert message in str(error)
    assert got in str(error)


def test_a_rejected_key_stops_at_once_and_says_that_keys_expire() -> None:
    easydata = EasyData()
    easydata.refused[REMITTANCES] = json_reply({"message": f"Invalid key {KEY}"}, status=401)
    with LoopbackServer(easydata) as server:
        context = context_of(server)
        answers, error = ask(context)
    assert answers == []
    assert context.http.requests == 1
    assert isinstance(error, PermanentSourceError)
    assert "EasyData rejects the key; expected: a key that is not older than 90 days" in str(error)
    assert "keys expire after 90 days: log in at easydata.sbp.org.pk" in str(error)
    assert KEY not in str(error)


def test_without_a_key_nothing_is_asked() -> None:
    with LoopbackServer(EasyData()) as server:
        context = context_of(server, key=None)
        answers, error = ask(context)
    assert answers == []
    assert context.http.requests == 0
    assert isinstance(error, PermanentSourceError)
    assert "EasyData is not asked without a key" in str(error)
    assert "set SBP_API_KEY" in str(error)


@pytest.mark.parametrize("reply", [json_reply({}, status=404), HTML])
def test_a_series_that_is_refused_is_reported_and_the_others_are_kept(reply: Reply) -> None:
    easydata = EasyData()
    easydata.refused["TS_GP_EXT_PAKRES_M.Z00010"] = reply
    with LoopbackServer(easydata) as server:
        series = ("TS_GP_EXT_PAKRES_M.Z00010", REMITTANCES)
        answers, error = ask(context_of(server, series=series, by_country=()))
    assert [answer.scope.split("/")[1] for answer in answers] == [REMITTANCES]
    assert error is not None
    assert "TS_GP_EXT_PAKRES_M.Z00010" in str(error)
    assert KEY not in str(error)


def test_of_several_problems_the_first_is_raised_and_the_others_get_a_note() -> None:
    easydata = EasyData()
    easydata.refused = {REMITTANCES: json_reply({}, status=404), IMPORTS: json_reply({}, status=404)}
    notes: list[str] = []
    with LoopbackServer(easydata) as server:
        answers, error = ask(context_of(server, notes))
    assert len(answers) == 1
    assert REMITTANCES in str(error)
    assert len(notes) == 1
    assert IMPORTS in notes[0]


def test_a_series_without_an_observation_is_reported() -> None:
    easydata = EasyData()
    easydata.rows = lambda key: []
    with LoopbackServer(easydata) as server:
        answers, error = ask(context_of(server, by_country=()))
    assert answers == []
    assert isinstance(error, PermanentSourceError)
    assert f"the series {REMITTANCES} has no observation" in str(error)


@pytest.mark.parametrize(
    ("extra", "got"),
    [(row("2026-03-31", "1", "TS_GP_BOP_WR_M.WR0340"), "WR0340"), (row("1999-12-31", "1"), "1999-12-31")],
)
def test_an_unfiltered_answer_is_refused(extra: list[Any], got: str) -> None:
    easydata = EasyData()
    easydata.rows = lambda key: [row("2026-06-30", "1", key), extra]
    with LoopbackServer(easydata) as server:
        answers, error = ask(context_of(server, by_country=()))
    assert answers == []
    assert isinstance(error, ContractError)
    assert "an unfiltered answer: observations came that were not asked for" in str(error)
    assert got in str(error)


def test_an_answer_that_cannot_be_read_is_handed_on_to_be_quarantined() -> None:
    easydata = EasyData()
    easydata.rows = lambda key: [row("30-Jun-2026", "1", key)]
    with LoopbackServer(easydata) as server:
        (answer,), error = ask(context_of(server, by_country=()))
    assert error is None
    with pytest.raises(ContractError, match="an observation date cannot be read"):
        parse([answer.parts[0].body], WHERE)
