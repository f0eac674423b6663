"""The doubles keep to what is known of the publishers, so that what passes here may pass there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from openpyxl import load_workbook
from pypdf import PdfReader

from tests.support import fake_imf, fake_uis
from tests.support.publishers import DOUBLES, FakePublishers

CSV = {"Accept": "application/vnd.sdmx.data+csv;version=2.0.0"}
IMTS_COLUMNS = (  # of a recorded file
    "DATAFLOW COUNTRY INDICATOR COUNTERPART_COUNTRY FREQUENCY TIME_PERIOD OBS_VALUE SCALE PRECISION DECIMALS_DISPLAYED "
    "TRADE_FLOW VALUATION UNIT DERIVATION_TYPE OVERLAP STATUS DOI FULL_DESCRIPTION AUTHOR PUBLISHER DEPARTMENT "
    "CONTACT_POINT TOPIC TOPIC_DATASET KEYWORDS KEYWORDS_DATASET LANGUAGE PUBLICATION_DATE UPDATE_DATE METHODOLOGY "
    "METHODOLOGY_NOTES ACCESS_SHARING_LEVEL ACCESS_SHARING_NOTES SECURITY_CLASSIFICATION SOURCE SHORT_SOURCE_CITATION "
    "FULL_SOURCE_CITATION LICENSE SUGGESTED_CITATION KEY_INDICATOR SERIES_NAME"
)


@pytest.fixture
def publishers() -> Iterator[FakePublishers]:
    with FakePublishers() as running:
        yield running


def ask(
    publishers: FakePublishers, publisher: str, path: str, params: Any = None, headers: dict[str, str] | None = None
) -> requests.Response:
    with requests.Session() as session:
        session.trust_env = False
        base = publishers.urls[DOUBLES[publisher].setting]
        return session.get(f"{base}{path}", params=params, headers=headers, timeout=5)


# World Bank


def wdi(publishers: FakePublishers, countries: str, indicators: str, **params: str) -> Any:
    asked = {"format": "json", "source": "2", **params}
    answer = ask(publishers, "world_bank", f"/country/{countries}/indicator/{indicators}", asked)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json;charset=utf-8"
    return answer.json()


def test_world_bank_pages_hold_every_row_once_newest_first(publishers: FakePublishers) -> None:
    asked = {"date": "2000:2024", "per_page": "20"}
    first, _ = wdi(publishers, "PAK;CHN", "NY.GDP.MKTP.CD;FI.RES.TOTL.CD", **asked)
    assert (first["page"], first["pages"], first["per_page"], first["total"]) == (1, 5, 20, 100)
    rows = [
        row
        for page in range(1, 6)
        for row in wdi(publishers, "PAK;CHN", "NY.GDP.MKTP.CD;FI.RES.TOTL.CD", page=str(page), **asked)[1]
    ]
    keys = [(row["indicator"]["id"], row["countryiso3code"], row["date"]) for row in rows]
    assert len(set(keys)) == len(rows) == 100
    assert [date for _, _, date in keys[:3]] == ["2024", "2023", "2022"]
    assert set(rows[0]) == {
        "indicator", "country", "countryiso3code", "date", "value", "unit", "obs_status", "decimal"
    }  # fmt: skip
    assert any(row["value"] is None for row in rows)


def test_world_bank_says_no_with_status_200(publishers: FakePublishers) -> None:
    publishers.states["world_bank"].archived.add("IT.NET.SECR")
    publishers.states["world_bank"].absent.add("GC.BAL.CASH.CD")
    archived = wdi(publishers, "PAK", "NY.GDP.MKTP.CD;IT.NET.SECR")
    assert archived[0]["message"][0]["id"] == "175"
    assert wdi(publishers, "PAK;XXX", "NY.GDP.MKTP.CD")[0]["message"][0]["id"] == "120"
    assert wdi(publishers, "PAK", "nonsense")[0]["message"][0]["id"] == "120"
    assert wdi(publishers, "PAK", "GC.BAL.CASH.CD") == [
        {"page": 0, "pages": 0, "per_page": 0, "total": 0, "sourceid": None, "lastupdated": None},
        None,
    ]
    metadata = ask(publishers, "world_bank", "/indicator/IT.NET.SECR", {"format": "json"}).json()
    assert metadata[1][0]["source"]["id"] == "2"


def test_world_bank_defaults_are_fifty_rows_and_xml(publishers: FakePublishers) -> None:
    meta, rows = wdi(publishers, "PAK;CHN", "NY.GDP.MKTP.CD")
    assert (meta["per_page"], len(rows)) == (50, 50)
    answer = ask(publishers, "world_bank", "/country/PAK/indicator/NY.GDP.MKTP.CD")
    assert answer.headers["Content-Type"] == "text/xml"


def test_world_bank_releases_revise_and_add(publishers: FakePublishers) -> None:
    asked = ("PAK;CHN;IND", "NY.GDP.MKTP.CD;FI.RES.TOTL.CD;BX.GSR.CCIS.CD;SP.POP.TOTL")
    before, old = wdi(publishers, *asked, per_page="1000")
    publishers.release("world_bank", announce=False)
    silent, new = wdi(publishers, *asked, per_page="1000")
    assert before["lastupdated"] == silent["lastupdated"] == "2026-07-13"
    publishers.release("world_bank")
    assert wdi(publishers, *asked)[0]["lastupdated"] == "2026-09-13"
    was, now = (
        {(row["indicator"]["id"], row["countryiso3code"], row["date"]): row["value"] for row in rows}
        for rows in (old, new)
    )
    changed = {key for key in was if was[key] is not None and now[key] != was[key]}
    assert 0 < len(changed) < len(was) / 10
    assert all(date >= "2019" for _, _, date in changed)
    assert now["NY.GDP.MKTP.CD", "CHN", "2025"] is not None or now["SP.POP.TOTL", "CHN", "2025"] is not None


# UN Comtrade


def preview(publishers: FakePublishers, **params: str) -> Any:
    return ask(publishers, "un_comtrade", "/public/v1/preview/C/A/HS", params).json()


TOTALS = {"partner2Code": "0", "motCode": "0", "customsCode": "C00"}


def test_comtrade_preview_takes_one_period(publishers: FakePublishers) -> None:
    path = "/public/v1/preview/C/A/HS"
    assert ask(publishers, "un_comtrade", path, {"reporterCode": "586", "period": "2022,2023"}).status_code == 400
    latest = preview(publishers, reporterCode="586", partnerCode="156", **TOTALS)
    assert {row["period"] for row in latest["data"]} == {"2024"}


def test_comtrade_cuts_without_a_word(publishers: FakePublishers) -> None:
    asked = {"reporterCode": "586", "period": "2023", "cmdCode": "AG2", "maxRecords": "100000", **TOTALS}
    answer = preview(publishers, **asked)
    assert answer["count"] == len(answer["data"]) == 500
    assert answer["error"] == ""


def test_comtrade_rows_add_up_and_world_is_among_the_partners(publishers: FakePublishers) -> None:
    asked = {"reporterCode": "586", "partnerCode": "156", "period": "2023", "flowCode": "M", **TOTALS}
    (total,) = preview(publishers, cmdCode="TOTAL", **asked)["data"]
    chapters = preview(publishers, cmdCode="AG2", **asked)["data"]
    assert sum(row["primaryValue"] for row in chapters) == total["primaryValue"]
    assert "77" not in {row["cmdCode"] for row in chapters}
    assert (total["cifvalue"], total["fobvalue"]) == (total["primaryValue"], None)
    assert (total["isReported"], total["isAggregate"], total["refMonth"]) == (False, True, 52)
    assert total["partnerDesc"] is None
    everybody = preview(publishers, reporterCode="586", period="2023", includeDesc="true", **TOTALS)["data"]
    assert {0, 156} <= {row["partnerCode"] for row in everybody}
    assert next(row for row in everybody if row["partnerCode"] == 156)["partnerDesc"] == "China"


def test_comtrade_breaks_down_unless_totals_are_asked_for(publishers: FakePublishers) -> None:
    asked = {"reporterCode": "4,50,364,398,586,699", "partnerCode": "156", "period": "2023", "flowCode": "X"}
    rows = preview(publishers, **asked)["data"]
    per_reporter = {
        code: sum(row["reporterCode"] == code for row in rows) for code in {r["reporterCode"] for r in rows}
    }
    assert set(per_reporter.values()) == {1, 9}
    assert all(row["motCode"] == 0 for row in preview(publishers, **asked, **TOTALS)["data"])


@pytest.mark.parametrize("reporter", ["588", "999", "0"])
def test_comtrade_answers_an_unknown_code_with_nothing(publishers: FakePublishers, reporter: str) -> None:
    answer = preview(publishers, reporterCode=reporter, period="2023", **TOTALS)
    assert (answer["count"], answer["data"], answer["error"]) == (0, [], "")


def test_comtrade_needs_a_key_for_data(publishers: FakePublishers) -> None:
    path, asked = "/data/v1/get/C/A/HS", {"reporterCode": "586", "partnerCode": "156", "period": "2022,2023", **TOTALS}
    missing = ask(publishers, "un_comtrade", path, asked)
    assert missing.status_code == 401
    assert missing.json()["message"].startswith("Access denied due to missing subscription key.")
    assert ask(publishers, "un_comtrade", path, {**asked, "subscription-key": "wrong"}).status_code == 401
    key = publishers.keys["COMTRADE_API_KEY"]
    rows = ask(publishers, "un_comtrade", path, asked, {"Ocp-Apim-Subscription-Key": key}).json()["data"]
    assert {row["period"] for row in rows} == {"2022", "2023"}
    assert all(isinstance(row["primaryValue"], float) for row in rows)
    years = ",".join(str(year) for year in range(2010, 2023))
    assert ask(publishers, "un_comtrade", path, {**asked, "period": years, "subscription-key": key}).status_code == 400


def test_comtrade_tells_what_was_released_anew(publishers: FakePublishers) -> None:
    def releases() -> dict[tuple[int, int], tuple[int, str]]:
        asked = {"reporterCode": "586,156,356,699"}
        answer = ask(publishers, "un_comtrade", "/public/v1/getDa/C/A/HS", asked).json()
        return {
            (row["reporterCode"], row["period"]): (row["datasetChecksum"], row["lastReleased"])
            for row in answer["data"]
        }

    before = releases()
    publishers.release("un_comtrade")
    after = releases()
    assert {key for key in after if key not in before} >= {(586, 2025), (156, 2025)}
    changed = {key for key in before if before[key] != after[key]}
    assert {(586, 2024), (156, 2024)} <= changed
    assert all(year >= 2023 for _, year in changed)


# IMF


def imf_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_imf_gives_trade_in_the_recorded_columns(publishers: FakePublishers) -> None:
    key = "PAK.XG_FOB_USD+MG_CIF_USD+TBG_USD.CHN+G001.M"
    answer = ask(publishers, "imf", f"/data/IMF.STA,IMTS/{key}", {"startPeriod": "2026-01"}, CSV)
    assert answer.headers["Content-Type"].startswith("application/vnd.sdmx.data+csv")
    assert answer.text.partition("\n")[0].split(",") == IMTS_COLUMNS.split()
    *rows, metadata = imf_rows(answer.text)
    assert (metadata["COUNTRY"], metadata["INDICATOR"], metadata["OBS_VALUE"]) == ("", "MG_FOB_USD", "")
    assert {row["TIME_PERIOD"] for row in rows} == {f"2026-M{month:02d}" for month in range(1, 7)}
    values = {(r["INDICATOR"], r["COUNTERPART_COUNTRY"], r["TIME_PERIOD"]): float(r["OBS_VALUE"]) for r in rows}
    balance = values["XG_FOB_USD", "CHN", "2026-M06"] - values["MG_CIF_USD", "CHN", "2026-M06"]
    assert values["TBG_USD", "CHN", "2026-M06"] == pytest.approx(balance)
    assert rows[0]["SCALE"] == "6"
    assert rows[0]["UPDATE_DATE"].startswith("2026-08-05T")


@pytest.mark.parametrize("key", ["PK.XG_FOB_USD.CN.M", "pak.XG_FOB_USD.CHN.M", "XG_FOB_USD.PAK.CHN.M"])
def test_imf_answers_a_wrong_key_with_a_header(publishers: FakePublishers, key: str) -> None:
    answer = ask(publishers, "imf", f"/data/IMF.STA,IMTS/{key}", headers=CSV)
    assert answer.status_code == 200
    assert answer.text.splitlines() == [",".join(IMTS_COLUMNS.split())]


def test_imf_says_no_in_json_and_gives_xml_to_who_does_not_ask_for_csv(publishers: FakePublishers) -> None:
    unknown = ask(publishers, "imf", "/data/IMF.STA,DOT/PAK", headers=CSV)
    assert (unknown.status_code, unknown.json()["code"]) == (404, 40400)
    assert ask(publishers, "imf", "/data/IMF.STA,IMTS/A.B.C.D.E", headers=CSV).status_code == 400
    xml = ask(publishers, "imf", "/data/IMF.STA,IMTS/PAK.XG_FOB_USD.CHN.M", headers={"Accept": "application/json"})
    assert "xml" in xml.headers["Content-Type"]


@pytest.mark.parametrize(
    ("flow", "key", "periods"),
    [
        ("IL", "PAK+CHN.RXF11_REVS+TRGNV_REVS.USD.M", 4 * (11 * 12 + 6)),
        ("BOP", "PAK+CHN.CD_T+DB_T.SI.USD.Q", 4 * (11 * 4 + 2)),
        ("ER", "PAK+CHN.XDC_USD.PA_RT.M", 2 * (11 * 12 + 6)),
        ("ER", "PAK.XDC_USD.PA_RT.A", 11),
    ],
)
def test_imf_has_the_other_flows_since_2015(publishers: FakePublishers, flow: str, key: str, periods: int) -> None:
    rows = imf_rows(ask(publishers, "imf", f"/data/IMF.STA,{flow}/{key}", headers=CSV).text)
    assert len(rows) == periods
    assert all(row[name] for row in rows for name in fake_imf.FLOWS[flow].dimensions)


def test_imf_releases_add_a_month_and_stamp_the_flow(publishers: FakePublishers) -> None:
    path = "/data/IMF.STA,IMTS/PAK.XG_FOB_USD.CHN.M"
    before = imf_rows(ask(publishers, "imf", path, headers=CSV).text)[:-1]
    publishers.release("imf")
    after = imf_rows(ask(publishers, "imf", path, headers=CSV).text)[:-1]
    assert len(after) == len(before) + 1
    assert after[-1]["TIME_PERIOD"] == "2026-M07"
    assert {row["UPDATE_DATE"][:10] for row in after} == {"2026-09-05"}


# UNESCO UIS


def test_uis_ignores_parameters_it_does_not_know(publishers: FakePublishers) -> None:
    asked = {"indicator": ["25053", "GER.5T8"], "geoUnit": ["PAK", "CHN"]}
    filtered = ask(publishers, "unesco_uis", "/data/indicators", {**asked, "start": "2015", "end": "2020"}).json()
    ignored = ask(publishers, "unesco_uis", "/data/indicators", {**asked, "startYear": "2015"}).json()
    assert {record["year"] for record in filtered["records"]} <= set(range(2015, 2021))
    assert min(record["year"] for record in ignored["records"]) < 2015
    assert {record["indicatorId"] for record in filtered["records"]} == {"25053", "GER.5T8"}
    assert set(filtered["records"][0]) == {"indicatorId", "geoUnit", "year", "value", "magnitude", "qualifier"}


def test_uis_hints_at_unknown_codes(publishers: FakePublishers) -> None:
    asked = {"indicator": "25053", "geoUnit": "XXX"}
    answer = ask(publishers, "unesco_uis", "/data/indicators", asked).json()
    assert answer["records"] == []
    assert answer["hints"] == [{"code": "UIS::HINT::003", "message": "The geoUnit could not be found, XXX"}]
    assert ask(publishers, "unesco_uis", "/data/indicators", {"start": "2015"}).status_code == 400


def test_uis_names_students_by_origin_and_china_reports_none(publishers: FakePublishers) -> None:
    code = fake_uis.origin_code("PAK")
    definitions = ask(publishers, "unesco_uis", "/definitions/indicators").json()
    name = next(entry["name"] for entry in definitions if entry["indicatorCode"] == code)
    assert name.endswith("Students from Pakistan, both sexes (number)")
    records = ask(publishers, "unesco_uis", "/data/indicators", {"indicator": code}).json()["records"]
    hosts = {record["geoUnit"] for record in records}
    assert len(hosts) > 50
    assert "CHN" not in hosts


def test_uis_versions_are_vintages(publishers: FakePublishers) -> None:
    def data(**version: str) -> Any:
        asked = {"indicator": ["25053", "26637", "OE.5T8.40510"], "geoUnit": ["PAK", "IND", "USA", "DEU"]}
        return ask(publishers, "unesco_uis", "/data/indicators", {**asked, **version}).json()["records"]

    old = ask(publishers, "unesco_uis", "/versions/default").json()["version"]
    before = data()
    publishers.release("unesco_uis")
    new = ask(publishers, "unesco_uis", "/versions/default").json()["version"]
    assert old != new
    assert [entry["version"] for entry in ask(publishers, "unesco_uis", "/versions").json()] == [new, old]
    assert data(version=old) == before
    assert data(version=new) == data() != before


# State Bank of Pakistan


def easydata(publishers: FakePublishers, path: str, **params: str) -> requests.Response:
    key = publishers.keys["SBP_API_KEY"]
    return ask(publishers, "state_bank_pakistan", path, {"api_key": key, "format": "json", **params})


def test_easydata_needs_its_key_and_gives_text_newest_first(publishers: FakePublishers) -> None:
    path = "/series/TS_GP_EXT_PAKRES_M.Z00020/data"
    assert ask(publishers, "state_bank_pakistan", path).status_code == 401
    answer = easydata(publishers, path, start_date="2026-01-01").json()
    assert answer["columns"][1:5] == ["Series Key", "Series Name", "Observation Date", "Observation Value"]
    days = [row[3] for row in answer["rows"]]
    assert days == sorted(days, reverse=True)
    assert days[-1] == "2026-01-31"
    assert all(isinstance(row[4], str) for row in answer["rows"])


def test_easydata_names_countries_in_the_metadata_of_a_dataset(publishers: FakePublishers) -> None:
    rows = easydata(publishers, "/dataset/TS_GP_BOP_XRECCOU_M/meta").json()["rows"]
    (member,) = [key for _, key, name in rows if name == "Export Receipts - China"]
    assert easydata(publishers, f"/series/{member}/data").json()["rows"][0][1] == member


# Misbehaving


def _wdi(publishers: FakePublishers) -> requests.Response:
    asked = {"format": "json", "date": "2010:2012"}
    return ask(publishers, "world_bank", "/country/CHN/indicator/NY.GDP.MKTP.CD", asked)


def _comtrade(publishers: FakePublishers) -> requests.Response:
    asked = {"reporterCode": "586", "partnerCode": "156", "period": "2023", **TOTALS}
    return ask(publishers, "un_comtrade", "/public/v1/preview/C/A/HS", asked)


def _imf(publishers: FakePublishers) -> requests.Response:
    return ask(publishers, "imf", "/data/IMF.STA,IL/PAK.RXF11_REVS.USD.M", {"startPeriod": "2026-01"}, CSV)


def _uis(publishers: FakePublishers) -> requests.Response:
    asked = {"indicator": "GER.5T8", "geoUnit": "CHN"}
    return ask(publishers, "unesco_uis", "/data/indicators", asked)


def _easydata(publishers: FakePublishers) -> requests.Response:
    return easydata(publishers, "/series/TS_GP_BOP_WR_M.WR0010/data", start_date="2026-01-01")


def _reserves(publishers: FakePublishers) -> requests.Response:
    return ask(publishers, "state_bank_site", "/forex.pdf")


def _reserve_values(answer: requests.Response) -> list[float]:
    text = PdfReader(io.BytesIO(answer.content)).pages[0].extract_text()
    rows = re.findall(r"^\S.* [\d,.]+ [\d,.]+ ([\d,]+\.\d)$", text, re.MULTILINE)
    return [float(total.replace(",", "")) for total in rows]


def _receipts(publishers: FakePublishers) -> requests.Response:
    return ask(publishers, "state_bank_archive", "/Export_Receipts_by_all_Countries.xls")


def _receipt_values(answer: requests.Response) -> list[float]:
    (sheet,) = load_workbook(io.BytesIO(answer.content)).worksheets
    rows = [[cell.value for cell in row] for row in sheet.iter_rows(min_row=7)]
    end = [row[0] for row in rows].index(None)
    return [row[1] for row in rows[:end] if len(row) > 1]


def _values(rows: list[dict[str, Any]], name: str) -> list[float | None]:
    return [float(row[name]) if row.get(name) else None for row in rows]


READERS: dict[str, tuple[Callable[[FakePublishers], requests.Response], Callable[[requests.Response], Any]]] = {
    "world_bank": (_wdi, lambda answer: _values(answer.json()[1] or [], "value")),
    "un_comtrade": (_comtrade, lambda answer: _values(answer.json()["data"], "primaryValue")),
    "imf": (_imf, lambda answer: _values(imf_rows(answer.text), "OBS_VALUE")),
    "unesco_uis": (_uis, lambda answer: _values(answer.json()["records"], "value")),
    "state_bank_pakistan": (
        _easydata,
        lambda answer: _values(
            [dict(zip(answer.json()["columns"], row, strict=True)) for row in answer.json()["rows"]],
            "Observation Value",
        ),
    ),
    "state_bank_site": (_reserves, _reserve_values),
    "state_bank_archive": (_receipts, _receipt_values),
}


@pytest.mark.parametrize("publisher", DOUBLES)
def test_every_publisher_can_misbehave(publishers: FakePublishers, publisher: str) -> None:
    request, read = READERS[publisher]
    good = read(request(publishers))
    assert any(good)

    def answered(mode: str) -> requests.Response:
        publishers.set_mode(publisher, mode)
        return request(publishers)

    assert answered("down").status_code == 503
    assert answered("html").headers["Content-Type"].startswith("text/html")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        answered("truncated")
    assert len(answered("cut").content) < len(answered("ok").content)
    thousandfold = read(answered("times_1000"))
    known = [value for value in good if value is not None]
    assert [value / 1000 for value in thousandfold if value is not None] == pytest.approx(known, rel=1e-6)
    assert sorted(map(str, read(answered("duplicate_rows")))) == sorted(map(str, [*good, *good]))
    assert not any(read(answered("missing_column")))
    assert read(answered("empty")) == []
    assert len(read(answered("unknown_country"))) == len(good) + 1
    assert answered("error_envelope").content != answered("empty").content
    assert read(answered("ok")) == good


def test_a_mode_may_depend_on_the_request(publishers: FakePublishers) -> None:
    publishers.set_mode("un_comtrade", lambda asked: "down" if asked.param("period") == "2019" else "ok")
    path = "/public/v1/preview/C/A/HS"
    statuses = [
        ask(publishers, "un_comtrade", path, {"reporterCode": "586", "period": year}).status_code
        for year in ("2018", "2019")
    ]
    assert statuses == [200, 503]


def test_requests_are_logged_by_publisher(publishers: FakePublishers) -> None:
    _wdi(publishers)
    _uis(publishers)
    assert publishers.count() == 2
    (asked,) = publishers.requests("unesco_uis")
    assert (asked.path, asked.param("geoUnit")) == ("/data/indicators", "CHN")
    publishers.forget()
    assert publishers.count("world_bank") == 0


def test_names_that_do_not_exist_are_refused(publishers: FakePublishers) -> None:
    with pytest.raises(ValueError, match="no publisher 'oecd'"):
        publishers.release("oecd")
    with pytest.raises(ValueError, match="no mode 'drunk'"):
        publishers.set_mode("imf", "drunk")
