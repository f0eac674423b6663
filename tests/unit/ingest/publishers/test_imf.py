"""IMF: reading SDMX-CSV, planning the keys, and asking a publisher that answers 200 to anything."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from orchestration.errors import ContractError, SourceError, TransientSourceError
from orchestration.ingest.http import HttpResponse
from orchestration.ingest.publishers.imf import CONTRACT, DIMENSIONS, LONGEST_KEY, Request, fetch, parse, plan
from tests.support.nights import Night, Question, StubHttp, seeds_of

HERE = "imf.imts test"
RECORDED = os.environ.get("KARAKORAM_RECORDED")
UPDATED = "2026-08-05T23:36:59.603105500Z"

OBSERVATION = {  # the columns that matter of a real file; figures are made up
    "DATAFLOW": "IMF.STA:IMTS(1.0.0)",
    "COUNTRY": "PAK",
    "INDICATOR": "MG_CIF_USD",
    "COUNTERPART_COUNTRY": "CHN",
    "FREQUENCY": "M",
    "TIME_PERIOD": "2025-M01",
    "OBS_VALUE": "742549450",
    "SCALE": "6",
    "TRADE_FLOW": "MG",
    "UNIT": "USD",
    "DERIVATION_TYPE": "M",
    "STATUS": "",
    "FULL_DESCRIPTION": "Imports, with a comma\nand a second line",
    "UPDATE_DATE": UPDATED,
    "SERIES_NAME": "Imports of goods, Cost insurance freight (CIF), US dollar",
}
METADATA = dict.fromkeys(OBSERVATION, "") | {"DATAFLOW": OBSERVATION["DATAFLOW"], "INDICATOR": "MG_FOB_USD"}


def a_file(*rows: Mapping[str, str], columns: Iterable[str] = OBSERVATION) -> bytes:
    sheet = io.StringIO()
    writer = csv.DictWriter(sheet, list(columns), lineterminator="\n", extrasaction="ignore", restval="")
    writer.writeheader()
    writer.writerows(rows)
    return sheet.getvalue().encode()


def read(*parts: bytes) -> list[dict[str, Any]]:
    table = parse(parts, HERE)
    CONTRACT.check(table, HERE)
    return table.to_pylist()


def refusal(*parts: bytes) -> str:
    with pytest.raises(ContractError) as caught:
        read(*parts)
    return str(caught.value)


# ---- parsing ---------------------------------------------------------------------------------------------------------


def test_a_row_becomes_a_point_in_full_dollars_whatever_its_scale() -> None:
    assert read(a_file(OBSERVATION)) == [
        {
            "dataflow": "IMF.STA:IMTS(1.0.0)",
            "country": "PAK",
            "indicator": "MG_CIF_USD",
            "counterpart": "CHN",
            "entry": None,
            "transformation": None,
            "unit": "USD",
            "frequency": "M",
            "period": "2025-01",
            "value": 742549450.0,
            "derivation": "M",
            "status": None,
        }
    ]


def test_rows_of_metadata_and_rows_without_a_value_are_dropped() -> None:
    empty = [OBSERVATION | {"OBS_VALUE": text, "TIME_PERIOD": "2025-M02"} for text in ("", "NaN", "NA", "nan")]
    assert len(read(a_file(METADATA, OBSERVATION, *empty))) == 1
    assert read(a_file()) == read(a_file(METADATA)) == []


def test_a_country_called_na_is_a_country() -> None:
    assert read(a_file(OBSERVATION | {"COUNTRY": "NA"}))[0]["country"] == "NA"


def test_both_versions_of_sdmx_csv_and_any_order_of_columns_read_alike() -> None:
    newer = {"STRUCTURE[;]": "dataflow", "STRUCTURE_ID": OBSERVATION["DATAFLOW"], "ACTION": "R"}
    rest = [name for name in reversed(OBSERVATION) if name != "DATAFLOW"]
    expected = read(a_file(OBSERVATION))
    assert read(a_file(OBSERVATION | newer, columns=[*newer, *rest])) == expected
    assert (
        read(a_file(OBSERVATION | {"STRUCTURE": "dataflow"} | newer, columns=["STRUCTURE", "STRUCTURE_ID", *rest]))
        == expected
    )
    assert read(b"\xef\xbb\xbf" + a_file(OBSERVATION).replace(b"\n", b"\r\n")) == expected


@pytest.mark.parametrize(
    ("period", "frequency", "ours"),
    [("2025-M12", "M", "2025-12"), ("2025-Q1", "Q", "2025-Q1"), ("2025", "A", "2025"), ("2025-A1", "A", "2025")],
)
def test_periods(period: str, frequency: str, ours: str) -> None:
    assert read(a_file(OBSERVATION | {"TIME_PERIOD": period, "FREQUENCY": frequency}))[0]["period"] == ours


@pytest.mark.parametrize(
    ("period", "frequency"),
    [("2025-M13", "M"), ("2025-W03", "W"), ("2025-Q5", "Q"), ("2025-Q1", "M"), ("2025", "M"), ("", "M")],
)
def test_a_period_that_is_none_of_its_frequency_is_refused(period: str, frequency: str) -> None:
    text = refusal(a_file(OBSERVATION | {"TIME_PERIOD": period, "FREQUENCY": frequency}))
    assert "TIME_PERIOD is no period of its FREQUENCY" in text
    assert "2025-M01 (M)" in text


@pytest.mark.parametrize("value", ["n/a", "1,234", "..", "Infinity", "1_000", "0x10", "1e999"])
def test_a_value_that_is_no_number_is_refused(value: str) -> None:
    text = refusal(a_file(OBSERVATION | {"OBS_VALUE": value}))
    assert "OBS_VALUE is no number" in text or "not numbers within their bounds" in text


@pytest.mark.parametrize(
    ("value", "number"), [("70463718.95791951", 70463718.95791951), ("-1.5E9", -1.5e9), ("0", 0.0)]
)
def test_values_are_read_as_written(value: str, number: float) -> None:
    assert read(a_file(OBSERVATION | {"OBS_VALUE": value}))[0]["value"] == number


def test_estimates_stay_recognisable() -> None:
    point = read(a_file(OBSERVATION | {"DERIVATION_TYPE": "E", "STATUS": "P"}))[0]
    assert (point["derivation"], point["status"]) == ("E", "P")


FLOWS: Mapping[str, dict[str, str]] = {
    "IL": {"COUNTRY": "CHN", "INDICATOR": "RXF11_REVS", "UNIT": "USD", "FREQUENCY": "M", "TIME_PERIOD": "2025-M01"},
    "BOP": {
        "COUNTRY": "PAK",
        "BOP_ACCOUNTING_ENTRY": "CD_T",
        "INDICATOR": "SI",
        "UNIT": "USD",
        "FREQUENCY": "Q",
        "TIME_PERIOD": "2025-Q1",
    },
    "ER": {
        "COUNTRY": "PAK",
        "INDICATOR": "XDC_USD",
        "TYPE_OF_TRANSFORMATION": "PA_RT",
        "FREQUENCY": "M",
        "TIME_PERIOD": "2025-M01",
    },
}


@pytest.mark.parametrize("flow", FLOWS)
def test_every_dataflow_is_read_by_one_contract(flow: str) -> None:
    row = {"DATAFLOW": f"IMF.STA:{flow}(13.0.1)", **FLOWS[flow], "OBS_VALUE": "281.5"}
    point = read(a_file(row, columns=row))[0]
    assert point["value"] == 281.5
    assert [point[name] for name in ("entry", "transformation", "counterpart", "derivation")] == [
        row.get("BOP_ACCOUNTING_ENTRY"),
        row.get("TYPE_OF_TRANSFORMATION"),
        None,
        None,
    ]


@pytest.mark.parametrize(
    "name", ["COUNTRY", "INDICATOR", "COUNTERPART_COUNTRY", "FREQUENCY", "TIME_PERIOD", "OBS_VALUE"]
)
def test_a_renamed_column_is_named(name: str) -> None:
    columns = [f"{column}_NEW" if column == name else column for column in OBSERVATION]
    text = refusal(a_file(OBSERVATION | {f"{name}_NEW": "1"}, columns=columns))
    assert f"the column {name} is missing" in text


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "the answer is empty"),
        (b"\n\n", "the answer is empty"),
        (b'<?xml version="1.0"?><message:StructureSpecificData/>', "the answer is no SDMX-CSV"),
        (b'{"meta":{},"data":{"dataSets":[]}}', "the answer is no SDMX-CSV"),
        (a_file(OBSERVATION) + b"IMF.STA:IMTS(1.0.0),PAK,MG_CIF", "a row is cut; expected: 15 cells; got: 3 cells"),
        (a_file(OBSERVATION)[:-30] + b'"Imports of', "the answer is no well-formed CSV"),
        (a_file(OBSERVATION, columns=["DATAFLOW", *OBSERVATION]), "the column DATAFLOW comes twice"),
        (a_file(OBSERVATION).replace(b"DATAFLOW", b"DATAFLOWS"), "the column DATAFLOW or STRUCTURE_ID is missing"),
        (a_file(OBSERVATION | {"DATAFLOW": "IMF.STA:CPI(5.0.0)"}), "a row of another dataflow"),
        (a_file(OBSERVATION | {"COUNTERPART_COUNTRY": ""}), "the column COUNTERPART_COUNTRY is empty"),
        (a_file(OBSERVATION, OBSERVATION), "1 points come more than once"),
        (b"\xff\xfe", "the answer is not UTF-8 text"),
    ],
)
def test_bodies_that_are_no_answer_are_refused(body: bytes, said: str) -> None:
    text = refusal(body)
    assert said in text
    assert text.startswith(HERE)


def test_the_same_point_in_two_parts_is_refused() -> None:
    assert "1 points come more than once" in refusal(a_file(OBSERVATION), a_file(OBSERVATION))


# ---- planning --------------------------------------------------------------------------------------------------------

DEFAULT = seeds_of(("PAK", "CHN"))
MANY = seeds_of(("PAK", "CHN"), ("IND", "CHN"), ("PAK", "IND"), ("LKA", "USA"))
ALONE = seeds_of(("PAK", "CHN"), groups={})


def series(requests: Iterable[Request]) -> list[tuple[str, ...]]:
    return [one for request in requests for one in product(*request.codes)]


def test_trade_of_the_default_pair_takes_two_requests() -> None:
    homes, partner = sorted(plan("imf.imts", DEFAULT, "2010-01"), key=lambda request: -len(request.codes[0]))
    assert len(homes.codes[0]) == 15
    assert homes.codes[1:] == (("XG_FOB_USD", "MG_CIF_USD"), ("CHN", "G001"), ("M",))
    assert partner.codes[0] == ("CHN",)
    assert len(partner.codes[2]) == 16
    assert "G001" in partner.codes[2]


def test_keys_and_scopes() -> None:
    request = plan("imf.imts", ALONE, "2010-01")[1]
    assert request.path == "/data/IMF.STA,IMTS/PAK.XG_FOB_USD+MG_CIF_USD.CHN+G001.M"
    assert request.scope.startswith("IMTS/PAK-")
    assert request.scope.endswith("/since-2010-01")
    keys = {
        name: plan(f"imf.{name}", ALONE, "2010-01")[0].key for name in ("reserves", "ict_services", "exchange_rates")
    }
    assert keys == {
        "reserves": "CHN+PAK.RXF11_REVS+TRGNV_REVS.USD.M",
        "ict_services": "CHN+PAK.CD_T+DB_T.SI.USD.Q",
        "exchange_rates": "CHN+PAK.XDC_USD.PA_RT.M",
    }


def test_another_set_of_countries_or_another_start_is_another_question() -> None:
    scopes = {request.scope for request in plan("imf.imts", DEFAULT, "2010-01")}
    assert scopes == {request.scope for request in plan("imf.imts", DEFAULT, "2010-01")}
    assert not scopes & {request.scope for request in plan("imf.imts", DEFAULT, "2015-01")}
    assert not scopes & {request.scope for request in plan("imf.imts", ALONE, "2010-01")}


@pytest.mark.parametrize("seeds", [DEFAULT, MANY])
def test_every_pair_is_asked_from_both_sides_and_nothing_twice(seeds: Any) -> None:
    asked = series(plan("imf.imts", seeds, "2010-01"))
    assert len(asked) == len(set(asked))
    assert not [one for one in asked if one[0] == one[2]]
    pairs = {(one[0], one[2]) for one in asked}
    for partner in seeds.partners:
        for home in seeds.homes_of(partner):
            if home != partner:
                assert {(home, partner), (partner, home), (home, "G001"), (partner, "G001")} <= pairs


def test_a_key_too_long_for_an_address_is_split() -> None:
    countries = tuple(f"C{number:03}" for number in range(700))
    whole = Request("IMTS", (countries, ("XG_FOB_USD",), ("CHN",), ("M",)), "2010-01")
    parts = list(whole.short_enough())
    assert len(parts) > 1
    assert all(len(part.key) <= LONGEST_KEY for part in parts)
    assert series(parts) == series([whole])
    assert len({part.scope for part in parts}) == len(parts)
    assert list(parts[0].short_enough()) == [parts[0]]


# ---- asking ----------------------------------------------------------------------------------------------------------


def answering(
    flow: str = "IMTS", absent: Sequence[str] = (), extra: Sequence[Mapping[str, str]] = ()
) -> Callable[[Question], bytes]:
    """The publisher: one observation for every series of the key, except those that begin with one of ``absent``."""

    def answer(question: Question) -> bytes:
        codes = [part.split("+") for part in question.url.rsplit("/", 1)[1].split(".")]
        rows = [
            {"DATAFLOW": f"IMF.STA:{flow}(1.0.0)", "OBS_VALUE": "1", "UPDATE_DATE": UPDATED, "DERIVATION_TYPE": "M"}
            | dict(zip(DIMENSIONS[flow], one, strict=True))
            | {"TIME_PERIOD": "2025-Q1" if one[-1] == "Q" else "2025-M01"}
            for one in product(*codes)
            if not ".".join(one).startswith(tuple(absent))
        ]
        columns = ["DATAFLOW", *DIMENSIONS[flow], "TIME_PERIOD", "OBS_VALUE", "DERIVATION_TYPE", "UPDATE_DATE"]
        return a_file(METADATA, *rows, *extra, columns=columns)

    return answer


def night(answer: Callable[[Question], Any], dataset: str = "imf.imts", **given: Any) -> Night:
    return Night(dataset, StubHttp(answer), **({"seeds": ALONE} | given)).run(fetch)


@pytest.mark.parametrize(
    ("dataset", "flow", "requests"),
    [
        ("imf.imts", "IMTS", 2),
        ("imf.reserves", "IL", 1),
        ("imf.ict_services", "BOP", 1),
        ("imf.exchange_rates", "ER", 1),
    ],
)
def test_a_night_of_each_dataset(dataset: str, flow: str, requests: int) -> None:
    tonight = night(answering(flow), dataset, seeds=DEFAULT)
    assert tonight.error is None
    assert len(tonight.http.asked) == len(tonight.answers) == requests
    assert tonight.notes == []
    for answer in tonight.answers:
        assert read(*(part.body for part in answer.parts))
        assert answer.release == UPDATED
        assert answer.released_at == datetime(2026, 8, 5, 23, 36, 59, 603105, UTC)
        assert answer.revision_key is None


def test_only_csv_is_asked_for_and_accepted() -> None:
    question = night(answering()).http.asked[0]
    assert question.url.startswith("https://api.imf.org/external/sdmx/2.1/data/IMF.STA,IMTS/")
    assert question.headers == {"Accept": "application/vnd.sdmx.data+csv;version=2.0.0"}
    assert question.expect == ("application/vnd.sdmx.data+csv", "text/csv", "application/csv")
    assert question.params == {"startPeriod": "2010-01"}


@pytest.mark.parametrize("status", [200, 204])
def test_an_answer_without_a_series_is_an_error(status: int) -> None:
    body = a_file(METADATA) if status == 200 else b""
    tonight = night(lambda question: HttpResponse(body, status, question.url, {}))
    assert tonight.answers == []
    assert isinstance(tonight.error, ContractError)
    assert "2 of 2 requests failed: IMTS of CHN, IMTS of PAK; the first: answered without a series" in str(
        tonight.error
    )
    assert "expected: series of any of CHN" in str(tonight.error)
    alone = night(lambda question: HttpResponse(body, status, question.url, {}), "imf.reserves")
    assert "answered without a series; expected: series of any of CHN, PAK" in str(alone.error)


def test_what_is_absent_is_said() -> None:
    tonight = night(answering("IL", absent=("BTN", "CHN.TRGNV")), "imf.reserves", seeds=DEFAULT)
    assert tonight.error is None
    assert tonight.notes == ["IL: asked for and not there: BTN, CHN.TRGNV_REVS.USD.M"]


def test_a_long_list_of_absent_series_is_cut_short() -> None:
    absent = tuple(f"{code}.TRGNV" for code in DEFAULT.countries_wanted)
    tonight = night(answering("IL", absent=absent), "imf.reserves", seeds=DEFAULT)
    assert tonight.notes[0].endswith(" and 4 more")


def test_trade_without_its_derivation_is_said() -> None:
    plain = lambda question: answering()(question).replace(b"DERIVATION_TYPE", b"DERIVED")  # noqa: E731
    assert "IMTS: no DERIVATION_TYPE on any row" in night(plain).notes[0]


@pytest.mark.parametrize(
    ("column", "code"),
    [("COUNTRY", "NIC"), ("INDICATOR", "TBG_USD"), ("COUNTERPART_COUNTRY", "G163"), ("FREQUENCY", "A")],
)
def test_what_was_not_asked_for_is_refused(column: str, code: str) -> None:
    stray = OBSERVATION | {"COUNTRY": "CHN", "COUNTERPART_COUNTRY": "PAK", "TIME_PERIOD": "2025-M02", column: code}
    if code == "A":
        stray["TIME_PERIOD"] = "2025"
    tonight = night(answering(extra=[stray]))
    assert isinstance(tonight.error, ContractError)
    assert f"{column} {code} was not asked for" in str(tonight.error)
    assert tonight.answers == []


def test_one_request_that_fails_does_not_take_the_other_with_it() -> None:
    broken = TransientSourceError("no answer", where="imf", todo="wait")
    tonight = night(lambda question: broken if "/CHN." in question.url else answering()(question))
    assert len(tonight.answers) == 1
    assert isinstance(tonight.error, TransientSourceError)
    assert "1 of 2 requests failed: IMTS of CHN; the first: no answer" in str(tonight.error)


def test_the_only_request_fails_in_its_own_words() -> None:
    broken: SourceError = TransientSourceError("no answer", where="imf")
    assert night(lambda question: broken, "imf.reserves").error is broken


@pytest.mark.parametrize("body", [b"<html></html>", a_file(OBSERVATION, columns=list(OBSERVATION)[:6])])
def test_an_unreadable_answer_is_handed_on_to_be_quarantined(body: bytes) -> None:
    tonight = night(lambda question: body)
    assert tonight.error is None
    assert [answer.parts[0].body for answer in tonight.answers] == [body, body]
    refusal(body)


@pytest.mark.parametrize(("stamp", "hour"), [("2026-08-05T23:36:59", 23), ("2026-08-05T23:36:59+02:00", 21)])
def test_a_date_without_a_zone_is_of_utc_and_one_with_a_zone_is_of_it(stamp: str, hour: int) -> None:
    tonight = night(lambda question: answering()(question).replace(UPDATED.encode(), stamp.encode()))
    assert {answer.released_at for answer in tonight.answers} == {datetime(2026, 8, 5, hour, 36, 59, tzinfo=UTC)}


def test_a_file_without_a_readable_date_has_no_release_time() -> None:
    tonight = night(lambda question: answering()(question).replace(UPDATED.encode(), b"9/13/2025"))
    assert {(answer.release, answer.released_at) for answer in tonight.answers} == {("9/13/2025", None)}


# ---- recorded answers ------------------------------------------------------------------------------------------------


@pytest.mark.skipif(RECORDED is None, reason="KARAKORAM_RECORDED names no folder of recorded answers")
def test_a_recorded_file_is_read() -> None:
    body = Path(str(RECORDED), "imf", "imts_nic_g001_M_trimmed_2024on.csv").read_bytes()
    rows = read(body)
    assert len(rows) == 84, "85 rows, one of them metadata only"
    january = next(row for row in rows if row["indicator"] == "MG_CIF_USD" and row["period"] == "2024-01")
    assert (january["value"], january["counterpart"], january["derivation"]) == (742549450.0, "G001", "M")


@pytest.mark.skipif(RECORDED is None, reason="KARAKORAM_RECORDED names no folder of recorded answers")
def test_recorded_sdmx_in_other_formats_is_refused() -> None:
    body = Path(str(RECORDED), "imf", "sdmx21_bop_usa_jpn_A_2022_2023.xml").read_bytes()
    assert "the answer is no SDMX-CSV" in refusal(body)
