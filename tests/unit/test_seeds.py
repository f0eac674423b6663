"""The seeds: what the committed ones hold, and what a row that makes no sense is answered with."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from orchestration.errors import ConfigurationError
from orchestration.seeds import Membership, load_seeds
from orchestration.settings import SEEDS

PEERS_OF_PAKISTAN = ("AFG", "BGD", "BLR", "BTN", "IND", "IRN", "KAZ", "KGZ", "LKA", "MDV", "NPL", "RUS", "TJK", "UZB")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of the committed seeds without those that only dbt reads."""
    for name in ("dyads", "countries", "groups", "group_memberships", "indicators"):
        shutil.copy(SEEDS / f"{name}.csv", tmp_path)
    return tmp_path


@pytest.fixture
def refusal(folder: Path) -> Callable[..., str]:
    """What the loader says after one text of one file was replaced by another."""

    def says(file: str, old: str, new: str) -> str:
        path = folder / file
        text = path.read_text("utf-8")
        assert old in text, f"{old!r} is not in {file}"
        path.write_text(text.replace(old, new, 1), "utf-8")
        with pytest.raises(ConfigurationError) as error:
            load_seeds(folder)
        return str(error.value)

    return says


# ---- what the committed seeds hold ----------------------------------------------------------------------------------


def test_the_committed_seeds_load() -> None:
    seeds = load_seeds()
    assert ("PAK", "CHN") in seeds.dyads
    assert len(seeds.countries) == 250, "249 entries of ISO 3166 and the world"
    assert {indicator.dataset for indicator in seeds.indicators} == {"world_bank.wdi", "unesco_uis.education"}


@pytest.mark.parametrize(
    ("iso3", "comtrade_code"),
    [
        ("PAK", 586),  # not 588, which ended in 1971 under the same alpha-3 code
        ("CHN", 156),
        ("USA", 842),
        ("FRA", 251),
        ("IND", 699),
        ("CHE", 757),
        ("NOR", 579),
        ("TWN", 490),
        ("DEU", 276),
        ("VNM", 704),
        ("YEM", 887),
        ("SDN", 729),
        ("WLD", 0),
        ("LIE", None),
        ("GUF", None),
    ],
)
def test_comtrade_code_is_the_one_in_force(iso3: str, comtrade_code: int | None) -> None:
    assert load_seeds().countries[iso3].comtrade_code == comtrade_code


def test_the_codes_of_publishers() -> None:
    countries = load_seeds().countries
    assert countries["NAM"].iso2 == "NA"
    assert (countries["PAK"].m49, countries["PAK"].currency) == (586, "PKR")
    world = countries["WLD"]
    assert (world.imf_code, world.world_bank_code, world.uis_code, world.iso2) == ("G001", "WLD", "", "")
    assert countries["TWN"].world_bank_code == "", "the World Bank has no such economy"
    assert all(country.imf_code == iso3 for iso3, country in countries.items() if iso3 != "WLD")


def test_pakistan_is_a_founding_member_of_saarc() -> None:
    founders = {m.iso3 for m in load_seeds().memberships if m.group_id == "SAARC" and m.role == "founding member"}
    assert founders == {"BGD", "BTN", "IND", "LKA", "MDV", "NPL", "PAK"}


def test_peers_are_the_present_members_of_the_groups_of_home() -> None:
    seeds = load_seeds()
    assert seeds.peers("PAK", "CHN") == PEERS_OF_PAKISTAN
    assert seeds.peers("DEU", "CHN") == ()


def test_peers_on_an_earlier_day() -> None:
    peers = load_seeds().peers("PAK", "CHN", on=date(2017, 6, 8))
    assert peers == ("AFG", "BGD", "BTN", "IND", "LKA", "MDV", "NPL"), "Pakistan joined the SCO a day later"


def test_a_member_that_left_is_no_peer(folder: Path) -> None:
    path = folder / "group_memberships.csv"
    text = path.read_text("utf-8")
    path.write_text(text.replace("BLR,member,2024-07-04,,", "BLR,member,2024-07-04,2025-01-01,"), "utf-8")
    seeds = load_seeds(folder)
    assert "BLR" not in seeds.peers("PAK", "CHN")
    assert "BLR" in seeds.peers("PAK", "CHN", on=date(2024, 12, 31))


def test_a_membership_covers_its_first_day_but_not_its_end() -> None:
    membership = Membership("SCO", "PAK", "member", date(2017, 6, 9), date(2020, 1, 1))
    assert membership.covers(date(2017, 6, 9))
    assert not membership.covers(date(2020, 1, 1))


def test_homes_partners_and_countries_wanted(folder: Path) -> None:
    (folder / "dyads.csv").write_text("home_iso3,partner_iso3\nPAK,CHN\nKAZ,CHN\nPAK,USA\nDEU,USA\n", "utf-8")
    seeds = load_seeds(folder)
    assert seeds.partners == ("CHN", "USA")
    assert seeds.homes_of("CHN") == tuple(sorted({*PEERS_OF_PAKISTAN, "PAK"}))
    assert "CHN" in seeds.homes_of("USA"), "China is a peer of Pakistan in the SCO"
    assert seeds.homes_of("FRA") == ()
    assert seeds.countries_wanted == tuple(sorted({*PEERS_OF_PAKISTAN, "PAK", "CHN", "USA", "DEU"}))


def test_one_line_adds_an_indicator(folder: Path) -> None:
    with (folder / "indicators.csv").open("a", encoding="utf-8") as file:
        file.write("XGDP.FSGOV,unesco_uis.education,Government expenditure on education (% of GDP),percent,education\n")
    assert load_seeds(folder).indicators_of("unesco_uis.education")[-1] == "XGDP.FSGOV"


# ---- files as spreadsheets write them -------------------------------------------------------------------------------


def test_byte_order_mark_and_crlf_are_accepted(folder: Path) -> None:
    (folder / "dyads.csv").write_bytes(b"\xef\xbb\xbfhome_iso3,partner_iso3\r\nPAK,CHN\r\nIND,CHN\r\n")
    assert load_seeds(folder).dyads == (("PAK", "CHN"), ("IND", "CHN"))


def test_columns_in_another_order_are_accepted(folder: Path) -> None:
    (folder / "dyads.csv").write_text("partner_iso3,home_iso3\nCHN,PAK", "utf-8")
    assert load_seeds(folder).dyads == (("PAK", "CHN"),)


def test_the_reverse_pair_is_another_pair(folder: Path) -> None:
    (folder / "dyads.csv").write_text("home_iso3,partner_iso3\nPAK,CHN\nCHN,PAK\n", "utf-8")
    assert load_seeds(folder).dyads == (("PAK", "CHN"), ("CHN", "PAK"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "dyads.csv: expected the header home_iso3,partner_iso3, got an empty file"),
        (b"home_iso3,partner_iso3\n", "dyads.csv: expected at least one pair below the header (PAK,CHN), found none"),
        (
            b"home_iso3\nPAK\n",
            "dyads.csv, row 1: expected the columns home_iso3, partner_iso3; missing: 'partner_iso3'",
        ),
        (
            b"home_iso3,partner_iso3,note\nPAK,CHN,x\n",
            "dyads.csv, row 1: expected the columns home_iso3, partner_iso3; unknown: 'note'",
        ),
        (
            b"home_iso3,partner_iso3,home_iso3\nPAK,CHN,PAK\n",
            "dyads.csv, row 1: expected the columns home_iso3, partner_iso3; doubled: 'home_iso3'",
        ),
        (
            b"home_iso3,partner_iso3\nPAK,CHN\nIND\n",
            "dyads.csv, row 3: expected 2 cells (home_iso3, partner_iso3), got 1",
        ),
        (
            b"home_iso3,partner_iso3\nPAK,CHN,\n",
            "dyads.csv, row 2: expected 2 cells (home_iso3, partner_iso3), got 3",
        ),
        (
            b"home_iso3,partner_iso3\n\nPAK,CHN\n",
            "dyads.csv, row 2: expected 2 cells (home_iso3, partner_iso3), got an empty line; delete it",
        ),
        (b"home_iso3,partner_iso3\nPAK,CH\xd1\n", "dyads.csv: expected UTF-8 text; byte 29 is not. Save it as UTF-8"),
    ],
)
def test_a_file_of_the_wrong_shape(folder: Path, content: bytes, message: str) -> None:
    (folder / "dyads.csv").write_bytes(content)
    with pytest.raises(ConfigurationError) as error:
        load_seeds(folder)
    assert str(error.value) == message


def test_an_open_quote(folder: Path) -> None:
    (folder / "dyads.csv").write_text('home_iso3,partner_iso3\n"PAK,CHN\n', "utf-8")
    with pytest.raises(ConfigurationError, match=r"^dyads\.csv, row \d: expected comma-separated cells"):
        load_seeds(folder)


def test_a_missing_file(folder: Path) -> None:
    (folder / "groups.csv").unlink()
    with pytest.raises(
        ConfigurationError, match=r"^groups\.csv: expected this file among the seeds, found none; looked"
    ):
        load_seeds(folder)


# ---- rows that make no sense ----------------------------------------------------------------------------------------

LISTED = "expected an ISO 3166 alpha-3 code listed in countries.csv"


@pytest.mark.parametrize(
    ("pair", "message"),
    [
        ("PAK,CHX", f"dyads.csv, row 2, column partner_iso3: {LISTED}, got 'CHX'; did you mean CHN?"),
        ("pak,CHN", f"dyads.csv, row 2, column home_iso3: {LISTED}, got 'pak'; did you mean PAK?"),
        ("PAK, CHN", f"dyads.csv, row 2, column partner_iso3: {LISTED}, got ' CHN'; did you mean CHN?"),
        ("PK,CHN", f"dyads.csv, row 2, column home_iso3: {LISTED}, got 'PK'; did you mean PAK?"),
        ("PAK,China", f"dyads.csv, row 2, column partner_iso3: {LISTED}, got 'China'; did you mean CHN?"),
        ("PAK,586", f"dyads.csv, row 2, column partner_iso3: {LISTED}, got '586'"),
        ("PAK,", f"dyads.csv, row 2, column partner_iso3: {LISTED}, got an empty cell"),
        ("PAK,WLD", "dyads.csv, row 2, column partner_iso3: expected a single country, got 'WLD'"),
        ("PAK,PAK", "dyads.csv, row 2, column partner_iso3: expected another country than home_iso3, got 'PAK'"),
        (
            "PAK,LIE",
            "dyads.csv, row 2, column partner_iso3: expected a country that reports its own trade "
            "(comtrade_code in countries.csv), got 'LIE'",
        ),
        (
            "PAK,CHN\nIND,CHN\nPAK,CHN",
            "dyads.csv, row 4, column partner_iso3: expected each home_iso3 and partner_iso3 once "
            "(it is in row 2 already), got 'CHN'",
        ),
    ],
)
def test_pairs_that_make_no_sense(refusal: Callable[..., str], pair: str, message: str) -> None:
    assert refusal("dyads.csv", "PAK,CHN", pair) == message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("PAK,PK,586,", "CHN,PK,586,", r"row \d+, column iso3: expected each iso3 once \(it is in row \d+ already\)"),
        ("PAK,PK,586,", "Pak,PK,586,", r"column iso3: expected three capital letters \(ISO 3166 alpha-3\), got 'Pak'"),
        ("PAK,PK,586,", "PAK,,586,", r"column iso2: expected two capital letters .*, got an empty cell"),
        ("PAK,PK,586,", "PAK,PK,58x,", r"column m49: expected a whole number, got '58x'"),
        ("Pakistan,586,", "Pakistan,156,", r"column comtrade_code: expected each comtrade_code once .*, got '156'"),
        ("Pakistan,586,", "Pakistan,PAK,", r"column comtrade_code: expected a whole number, got 'PAK'"),
        ("Pakistan,586,", ",586,", r"column name: expected a value, got an empty cell"),
        ("586,PAK,PAK,PAK,PKR", "586,,PAK,PAK,PKR", r"column imf_code: expected a value, got an empty cell"),
        ("PAK,PAK,PAK,PKR", "PAK,PAK,PAK,Rs", r"column currency: expected three capital letters \(ISO 4217\)"),
        (
            "Southern Asia,false",
            "Southern Asia,no",
            r"column is_landlocked_developing: expected true or false, got 'no'",
        ),
        ("WLD,,1,World", "XYZ,XY,1,World", r"expected a row for the world \(WLD\), found none"),
    ],
)
def test_countries_that_make_no_sense(refusal: Callable[..., str], old: str, new: str, message: str) -> None:
    said = refusal("countries.csv", old, new)
    assert said.startswith("countries.csv")
    assert re.search(message, said), said


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "SCO,IND,",
            "SOC,IND,",
            "column group_id: expected a group listed in groups.csv, got 'SOC'; did you mean SCO?",
        ),
        ("SCO,IND,", "SCO,INX,", f"column iso3: {LISTED}, got 'INX'; did you mean IND?"),
        (
            "IND,member,2017",
            "IND,observer,2017",
            "column role: expected founding member or member, got 'observer'",
        ),
        (
            "IND,member,2017-06-09,",
            "IND,member,09/06/2017,",
            "column member_from: expected a date written like 2017-06-09, got '09/06/2017'",
        ),
        (
            "IND,member,2017-06-09,",
            "IND,member,2017-02-30,",
            "column member_from: expected a date written like 2017-06-09, got '2017-02-30'",
        ),
        (
            "IND,member,2017-06-09,",
            "IND,member,20170609,",
            "column member_from: expected a date written like 2017-06-09, got '20170609'",
        ),
        (
            "IND,member,2017-06-09,",
            "IND,member,,",
            "column member_from: expected a date written like 2017-06-09, got an empty cell",
        ),
        (
            "IND,member,2017-06-09,",
            "IND,member,2017-06-09,2017-06-09",
            "column member_to: expected a day after member_from, or an empty cell for a membership that goes on, "
            "got '2017-06-09'",
        ),
        (
            "SCO,IND,member,2017",
            "SCO,CHN,member,2017",
            "column member_from: expected a day after CHN's former membership ended, got '2017-06-09'",
        ),
        (
            ",http://www.covid19-sdmc.org/charter",
            ",www.covid19-sdmc.org/charter",
            "column source_url: expected an address that starts with http:// or https://, "
            "got 'www.covid19-sdmc.org/charter'",
        ),
    ],
)
def test_memberships_that_make_no_sense(refusal: Callable[..., str], old: str, new: str, message: str) -> None:
    said = refusal("group_memberships.csv", old, new)
    assert said.startswith("group_memberships.csv, row ")
    assert said.split(", ", 2)[2] == message


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "SP.POP.TOTL,world_bank.wdi",
            "SP.POP.TOTL,world_bank.wdj",
            "column dataset: expected a dataset listed in the catalogue (datasets.yaml), got 'world_bank.wdj'; "
            "did you mean world_bank.wdi?",
        ),
        (
            "SP.POP.TOTL,world_bank.wdi",
            "SP.POP.TOTL,imf.imts",
            "column dataset: expected a dataset that is asked by indicator (world_bank.wdi, unesco_uis.education), "
            "got 'imf.imts'",
        ),
        (
            "SP.POP.TOTL,world_bank.wdi",
            "NY.GDP.MKTP.CD,world_bank.wdi",
            "column indicator_code: expected each dataset and indicator_code once (it is in row 32 already), "
            "got 'NY.GDP.MKTP.CD'",
        ),
        (
            "SP.POP.TOTL,world_bank.wdi",
            "SP.POP.TOTL;X,world_bank.wdi",
            "column indicator_code: expected the publisher's code of one series, got 'SP.POP.TOTL;X'",
        ),
        (",persons,macro", ",,macro", "column unit: expected a value, got an empty cell"),
        (",persons,macro", ",persons ,macro", "column unit: expected no spaces around the value, got 'persons '"),
        (
            ",persons,macro",
            ",persons,makro",
            "column topic: expected one of trade, external, technology, education, macro, got 'makro'; "
            "did you mean macro?",
        ),
    ],
)
def test_indicators_that_make_no_sense(refusal: Callable[..., str], old: str, new: str, message: str) -> None:
    said = refusal("indicators.csv", old, new)
    assert said.startswith("indicators.csv, row ")
    assert said.split(", ", 2)[2] == message


# ---- thresholds and parameters: read by dbt alone, checked all the same ---------------------------------------------

RULE = {
    "rule_id": "import_cover",
    "metric": "import_cover_months",
    "subject_kind": "country",
    "frequency": "M",
    "direction": "below",
    "watch_value": "4",
    "limit_value": "3",
    "unit": "months",
    "n_on": "2",
    "n_off": "2",
    "hysteresis": "0.2",
    "source_title": "A working paper",
    "source_url": "https://example.org/paper",
    "source_kind": "published_rule",
    "applies_to": "a column that is for dbt alone",
}
PARAMETER = {
    "parameter": "cif_fob_factor",
    "value": "1.06",
    "unit": "ratio",
    "source_title": "A yearbook",
    "source_url": "https://example.org/yearbook",
}


def write(path: Path, *rows: dict[str, str]) -> None:
    """``rows`` as a CSV file with the keys of the first as its header."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"direction": "above", "watch_value": "0.2", "limit_value": "0.25"},
        {"watch_value": "-15000000000", "limit_value": "-2e10"},
        {"watch_value": "3"},
        {"source_kind": "project_default", "source_url": ""},
    ],
)
def test_thresholds_that_make_sense(folder: Path, changes: dict[str, str]) -> None:
    write(folder / "thresholds.csv", RULE | changes)
    load_seeds(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"rule_id": ""}, "rule_id: expected a value, got an empty cell"),
        ({"direction": "beneath"}, "direction: expected above or below (the side on which the limit is broken)"),
        ({"limit_value": "three"}, "limit_value: expected a number written like 0.25, got 'three'"),
        ({"limit_value": "nan"}, "limit_value: expected a number written like 0.25, got 'nan'"),
        ({"limit_value": "3,0"}, "limit_value: expected a number written like 0.25, got '3,0'"),
        ({"limit_value": ""}, "limit_value: expected a number written like 0.25, got an empty cell"),
        ({"watch_value": "2"}, "watch_value: expected a value that is reached before limit_value (3), got '2'"),
        ({"direction": "above"}, "watch_value: expected a value that is reached before limit_value (3), got '4'"),
        ({"n_on": "0"}, "n_on: expected a number of periods, 1 or more, got '0'"),
        ({"source_url": "example.org"}, "source_url: expected an address that starts with http:// or https://"),
        ({"source_url": ""}, "source_url: expected an address that starts with http:// or https://, got an empty cell"),
        ({"source_kind": "rule"}, "source_kind: expected one of published_rule, published_target, project_default"),
    ],
)
def test_thresholds_that_make_no_sense(folder: Path, changes: dict[str, str], message: str) -> None:
    write(folder / "thresholds.csv", RULE | changes)
    with pytest.raises(ConfigurationError) as error:
        load_seeds(folder)
    assert str(error.value).startswith(f"thresholds.csv, row 2, column {message}")


def test_a_rule_that_is_there_twice(folder: Path) -> None:
    write(folder / "thresholds.csv", RULE, RULE)
    with pytest.raises(ConfigurationError, match=r"row 3, column rule_id: expected each rule_id once \(it is in row 2"):
        load_seeds(folder)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"value": "ten"}, "value: expected a number written like 0.25, got 'ten'"),
        ({"unit": ""}, "unit: expected a value, got an empty cell"),
        ({"source_title": ""}, "source_title: expected a value, got an empty cell"),
        ({"source_url": "yearbook"}, "source_url: expected an address that starts with http:// or https://"),
    ],
)
def test_parameters_that_make_no_sense(folder: Path, changes: dict[str, str], message: str) -> None:
    write(folder / "parameters.csv", PARAMETER | changes)
    with pytest.raises(ConfigurationError) as error:
        load_seeds(folder)
    assert str(error.value).startswith(f"parameters.csv, row 2, column {message}")


def test_a_parameter_without_an_address_is_a_default_of_ours(folder: Path) -> None:
    write(folder / "parameters.csv", PARAMETER | {"source_url": ""})
    load_seeds(folder)


# ---- the State Bank's series and names ------------------------------------------------------------------------------


@pytest.fixture
def state_bank(folder: Path, refusal: Callable[..., str]) -> Callable[..., str]:
    """As ``refusal``, with the two seeds of the State Bank in place."""
    for name in ("easydata_series", "state_bank_countries"):
        shutil.copy(SEEDS / f"{name}.csv", folder)
    return refusal


def test_every_series_of_easydata_is_listed_once_with_its_partner() -> None:
    series = {entry.series_key: entry for entry in load_seeds().easydata}
    assert len(series) == 13
    assert {key for key, entry in series.items() if entry.by_partner} == {"TS_GP_BOP_XRECCOU_M", "TS_GP_BOP_MRECCOU_M"}
    assert {entry.partner_iso3 for entry in series.values()} == {"", "WLD"}


def test_the_state_bank_prints_some_countries_under_names_of_its_own() -> None:
    names = load_seeds().state_bank_names
    assert (names["U. S. A."], names["Turkiye"], names["Russian Federation"]) == ("USA", "TUR", "RUS")
    assert "Other Countries" not in names, "a line of no country is nobody's name"


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "easydata_series.csv",
            "TS_GP_BOP_WR_M.WR0010",
            "WR0010",
            "easydata_series.csv, row 11, column series_key: expected a series' key",
        ),
        (
            "easydata_series.csv",
            "TS_GP_BOP_XRECCOU_M,",
            "TS_GP_BOP_XRECCOU_M.C0010,",
            "easydata_series.csv, row 13, column series_key: expected the code of a dataset (TS_GP_BOP_XRECCOU_M), "
            "got 'TS_GP_BOP_XRECCOU_M.C0010'",
        ),
        (
            "easydata_series.csv",
            "goods_trade,WLD",
            "goods_trade,WRD",
            "easydata_series.csv, row 9, column partner_iso3: expected an ISO 3166 alpha-3 code",
        ),
        (
            "easydata_series.csv",
            "Z00020",
            "Z00010",
            "easydata_series.csv, row 3, column series_key: expected each series_key once",
        ),
        (
            "state_bank_countries.csv",
            "U. S. A.,USA,",
            "U. S. A.,US,",
            "state_bank_countries.csv, row 37, column iso3: expected an ISO 3166 alpha-3 code listed in countries.csv",
        ),
        (
            "state_bank_countries.csv",
            "Other Countries,,The rest",
            "Other Countries,,",
            "state_bank_countries.csv, row 16, column note: expected a value, got an empty cell",
        ),
    ],
)
def test_a_wrong_line_of_the_state_banks_seeds(
    state_bank: Callable[..., str], file: str, old: str, new: str, message: str
) -> None:
    assert state_bank(file, old, new).startswith(message)


# ---- what went through an entrepot ----------------------------------------------------------------------------------

RE_EXPORTS = "entrepot_iso3,origin_iso3,destination_iso3,period,value_usd,published_on,source_title,source_url,note"
RE_EXPORT = "HKG,CHN,PAK,2020,1000,2021-02-01,A table,https://example.org/table,"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("HKG", "HK", "column entrepot_iso3: expected an ISO 3166 alpha-3 code listed in countries.csv, got 'HK'"),
        ("2020", "2020-01", "column period: expected a calendar year written like 2024, got '2020-01'"),
        ("2021-02-01", "", "column published_on: expected a date written like 2017-06-09, got an empty cell"),
        ("https://example.org/table", "", "column source_url: expected an address"),
    ],
)
def test_re_exports_that_make_no_sense(folder: Path, old: str, new: str, message: str) -> None:
    (folder / "entrepot_re_exports.csv").write_text(f"{RE_EXPORTS}\n{RE_EXPORT.replace(old, new, 1)}\n", "utf-8")
    with pytest.raises(ConfigurationError) as error:
        load_seeds(folder)
    assert str(error.value).startswith(f"entrepot_re_exports.csv, row 2, {message}")


def test_re_exports_that_make_sense(folder: Path) -> None:
    (folder / "entrepot_re_exports.csv").write_text(f"{RE_EXPORTS}\n{RE_EXPORT}\n", "utf-8")
    load_seeds(folder)
