"""Whatever bytes a publisher sends, a parser gives a table that keeps its contract or a ContractError, no more."""

from __future__ import annotations

import csv
import html
import io
import json
import os
import re
import time
import tracemalloc
import zipfile
from dataclasses import replace

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rich.text import Text

from orchestration import bundle
from orchestration.catalog import load_catalog
from orchestration.checks.currency import following_end, period_end
from orchestration.errors import ContractError
from orchestration.ingest.contracts import Contract
from orchestration.ingest.http import HttpClient
from orchestration.ingest.publishers.base import FetchContext
from orchestration.ingest.publishers.published_figures import SOURCE as FIGURES
from orchestration.ingest.publishers.registry import SOURCES
from orchestration.ingest.refresh import Ingest
from orchestration.publish.warehouse import publish
from orchestration.seeds import load_seeds
from orchestration.settings import Settings
from orchestration.showing import _cell
from tests.faults import small_night
from tests.support.publishers import FakePublishers

LIVE = sorted(name for name, source in SOURCES.items() if source.fetch is not None)
EXAMPLES = int(os.environ.get("KARAKORAM_FUZZ", "30"))  # per parser and mutation; a fuzzer's hour: some ten thousand
LONGEST = 5.0  # seconds of work for one answer of a few kilobytes
MOST_ROWS = 40

SHEET = "xl/worksheets/sheet1.xml"
CELL_TEXT = re.compile(rb"(?<=<[tv]>)[^<]+")
PDF_TEXT = re.compile(rb"(?<=\()[^()\\]+(?=\) Tj)")

NASTY = [
    "NA",
    "NaN",
    "Infinity",
    "-1e400",
    "1,234.5",
    "..",
    "",
    " ",
    "\x00",
    "\x1b[2J",
    "\ud800",
    "<script>alert(1)</script>",
    "'; drop table marts.observations; --",
    "🏔" * 50,
    "9" * 5000,
    "2024-13",
    "2023-02-29",
    "2024\n",
    "٢٠٢٤",
    "²",
    "0000",
    "-0",
    True,
    None,
    0,
    -1,
    10**30,
    2**63,
    1.7976931348623157e308,
    [],
    {},
    [[[]]],
    {"value": "NA"},
]


def judge(name: str, parts: list[bytes]) -> pa.Table | None:
    """Parse and check as the ingest does; the table, or None if it was refused as it should be."""
    source, began, refused = SOURCES[name], time.thread_time(), None
    try:
        table = source.parse(parts, "here")
        source.contract.check(table, "here")
    except ContractError as error:
        refused, table = error, None
    assert refused is None or str(refused).startswith("here"), "an error says where"
    assert time.thread_time() - began < LONGEST
    for period in table["period"].unique().to_pylist() if table else ():
        assert following_end(period) > period_end(period), "a period is of the calendar"
    return table


def valid_answers() -> dict[str, list[bytes]]:
    """One small valid answer per dataset: of the doubles where an API serves it, else of the bundle."""
    found: dict[str, list[bytes]] = {}
    with FakePublishers() as publishers:
        given = Settings(**publishers.urls, comtrade_api_key=None, sbp_api_key=publishers.keys["SBP_API_KEY"], pace=0)
        for name in LIVE:
            found[name] = first_answer(name, given)
    for embedded in bundle.snapshots():
        if SOURCES[embedded.dataset].fetch is None:
            found.setdefault(embedded.dataset, [cut_csv(body) for body in embedded.bodies()])
    return found


def first_answer(name: str, given: Settings) -> list[bytes]:
    """The first answer to the dataset's own fetcher, cut to a few rows."""
    catalog = load_catalog()
    dataset = catalog.datasets[name]
    http = HttpClient(catalog.publisher_of(dataset), pace=0)
    context = FetchContext(dataset, given, load_seeds(), http, small_night.NIGHT.date(), note=lambda text: None)
    answer = next(iter(SOURCES[name].fetch(context)))
    return [cut(part.body) for part in answer.parts]


def cut(body: bytes) -> bytes:
    """A shorter answer of the same shape, so that thousands of mutants are read in seconds."""
    kind = kind_of(body)
    return cut_csv(body) if kind == "csv" else cut_json(body) if kind == "json" else body


def kind_of(body: bytes) -> str:
    """json, csv, or binary: a workbook or a PDF."""
    if body.startswith((b"%PDF", b"PK", b"\xd0\xcf\x11\xe0")):
        return "binary"
    return "json" if body.lstrip()[:1] in (b"{", b"[") else "csv"


def cut_json(body: bytes) -> bytes:
    """Lists cut short, and the count that the World Bank puts before its rows made true."""
    value = json.loads(body)
    if isinstance(value, list) and len(value) == 2 and isinstance(value[1], list):
        rows = value[1][:MOST_ROWS]
        return json.dumps([{**value[0], "total": len(rows)}, rows]).encode()
    if isinstance(value, dict):
        value = {name: given[:MOST_ROWS] if isinstance(given, list) else given for name, given in value.items()}
        return json.dumps({**value, "count": MOST_ROWS} if "count" in value else value).encode()
    return body


def cut_csv(body: bytes) -> bytes:
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))[:MOST_ROWS]
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


ANSWERS = valid_answers()
NAMES = sorted(ANSWERS)
PARSERS = [*LIVE, "china_moe.students"]  # the others share its parser
FUZZ = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize="KARAKORAM_FUZZ" not in os.environ,
    database=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.parametrize("name", NAMES)
def test_an_answer_that_is_not_spoiled_is_read(name):
    table = judge(name, ANSWERS[name])
    assert table is not None
    assert table.num_rows > 0


@pytest.mark.parametrize("name", PARSERS)
@FUZZ
@given(data=st.data())
def test_bytes_that_were_changed_cut_doubled_or_put_in(name, data):
    judge(name, [mutate_bytes(data, body) for body in ANSWERS[name]])


@pytest.mark.parametrize("name", PARSERS)
@FUZZ
@given(data=st.data())
def test_values_of_another_kind_in_a_well_formed_answer(name, data):
    judge(name, [mutate_values(data, body) for body in ANSWERS[name]])


@pytest.mark.parametrize("name", PARSERS)
@FUZZ
@given(body=st.binary(max_size=300) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_bytes_of_any_kind(name, body):
    judge(name, [body])


@pytest.mark.parametrize("name", PARSERS)
@pytest.mark.parametrize("body", [b"[" * 200_000, b'{"a":' * 100_000, b'"' * 500_000, b"\n" * 500_000, b"," * 500_000])
def test_depth_and_length_are_bounded(name, body):
    assert judge(name, [body]) is None or body.strip() == b""


TEN_MILLION = 10_000_000


@pytest.mark.parametrize("name", [name for name in PARSERS if kind_of(ANSWERS[name][0]) != "binary"])
def test_a_body_of_ten_million_rows_is_refused_before_it_fills_the_memory(name):
    body = ANSWERS[name][0].rstrip()
    row, end = (b",{}", body[-1:]) if kind_of(body) == "json" else (b"\n1", b"")
    many = body.removesuffix(end) + row * TEN_MILLION + end
    tracemalloc.start()
    try:
        assert judge(name, [many]) is None
        assert tracemalloc.get_traced_memory()[1] < 3 * len(many), "the text of it, and no more"
    finally:
        tracemalloc.stop()


def mutate_bytes(data: st.DataObject, body: bytes) -> bytes:
    for _ in range(data.draw(st.integers(1, 3))):
        place = data.draw(st.integers(0, max(len(body) - 1, 0)))
        kind = data.draw(st.sampled_from(("flip", "cut", "double", "insert", "digit")))
        if kind == "flip":
            body = body[:place] + data.draw(st.binary(min_size=1, max_size=4)) + body[place + 1 :]
        elif kind == "cut":
            body = body[:place] + body[place + data.draw(st.integers(1, 200)) :]
        elif kind == "double":
            body = body[:place] + body[place : place + 300] * 2 + body[place + 300 :]
        elif kind == "insert":
            text = data.draw(st.sampled_from([word for word in NASTY if isinstance(word, str)]))
            body = body[:place] + text.encode("utf-8", "surrogatepass") + body[place:]
        else:
            body = body.replace(b"1", data.draw(st.sampled_from((b"", b"-", b".", b"e9", b"11"))), 3)
    return body


def mutate_values(data: st.DataObject, body: bytes) -> bytes:
    if kind_of(body) == "json":
        return json.dumps(_replaced(data, json.loads(body))).encode()
    if body.startswith(b"PK"):
        return mutate_workbook(data, body)
    if body.startswith(b"%PDF"):
        return another_text(data, body, PDF_TEXT)
    if kind_of(body) == "binary":
        return mutate_bytes(data, body)
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    row = rows[data.draw(st.integers(0, len(rows) - 1))]
    if row:
        row[data.draw(st.integers(0, len(row) - 1))] = str(data.draw(st.sampled_from(NASTY)))
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode("utf-8", "surrogatepass")


def mutate_workbook(data: st.DataObject, body: bytes) -> bytes:
    """A sheet with one cell's text made another, or spoiled below the packing, which would notice a changed byte."""
    with zipfile.ZipFile(io.BytesIO(body)) as packed:
        files = {name: packed.read(name) for name in packed.namelist()}
    sheet = files[SHEET]
    files[SHEET] = another_text(data, sheet, CELL_TEXT) if data.draw(st.booleans()) else mutate_bytes(data, sheet)
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return written.getvalue()


def another_text(data: st.DataObject, body: bytes, form: re.Pattern[bytes]) -> bytes:
    """``body`` with one of the texts of ``form`` replaced or lengthened."""
    found = data.draw(st.sampled_from(list(form.finditer(body))))
    word = html.escape(str(data.draw(st.sampled_from(NASTY)))).encode("utf-8", "surrogatepass")
    start = data.draw(st.sampled_from(sorted({found.start(), found.end() - 1, found.end()})))
    return body[:start] + word + body[found.end() :]


def _replaced(data: st.DataObject, value: object) -> object:
    """``value`` with one node, somewhere, made something else, removed or renamed."""
    while True:
        if isinstance(value, list) and value and data.draw(st.booleans()):
            place = data.draw(st.integers(0, len(value) - 1))
            return [*value[:place], _replaced(data, value[place]), *value[place + 1 :]]
        if isinstance(value, dict) and value:
            name = data.draw(st.sampled_from(sorted(value)))
            left = {key: kept for key, kept in value.items() if key != name}
            kind = data.draw(st.sampled_from(("change", "change", "remove", "rename")))
            if kind == "remove":
                return left
            return {**left, name if kind == "change" else f"{name}x": _replaced(data, value[name])}
        return data.draw(st.sampled_from(NASTY))


def workbook(sheet: str) -> bytes:
    """The least that is an .xlsx, with one sheet."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    package = "http://schemas.openxmlformats.org/package/2006"
    files = {
        "[Content_Types].xml": f'<Types xmlns="{package}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{main}" xmlns:r="{office}"><sheets><sheet name="Sheet1" sheetId="1" '
        'r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{package}/relationships"><Relationship Id="rId1" '
        f'Type="{office}/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/worksheets/sheet1.xml": f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>',
        "padding.bin": os.urandom(2_000).hex(),
    }
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return written.getvalue()


CORNERS = (
    '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>',
    '<row r="1"><c s="1" r="A1"><v>1</v></c></row><row r="999999"><c s="1" r="AAA999999"><v>1</v></c></row>',
)


@pytest.mark.parametrize("name", ["state_bank_pakistan.services_ebops", "state_bank_pakistan.trade_by_country"])
@pytest.mark.parametrize("sheet", [*CORNERS, " " * 150_000_000], ids=["corners", "far", "bomb"])
def test_a_workbook_that_would_fill_the_memory_is_refused(name, sheet):
    source = SOURCES[name]
    with pytest.raises(ContractError, match=r"at most are read|not a workbook"):
        source.parse([workbook(sheet)], "here")


# ---- by name ---------------------------------------------------------------------------------------------------------


def figures(**changes: str) -> bytes:
    """One row of the layout of published figures."""
    row = {
        "reporter_iso3": "PAK",
        "partner_iso3": "CHN",
        "product": "TOTAL",
        "flow": "export",
        "definition": "goods",
        "basis": "customs",
        "valuation": "FOB",
        "frequency": "A",
        "period": "2024",
        "period_label": "2024",
        "value": "1",
        "unit": "USD",
        "is_provisional": "false",
        "is_estimated": "false",
        "citation": "a-table",
        "note": "",
        **changes,
    }
    written = io.StringIO()
    writer = csv.DictWriter(written, FIGURES.contract.schema.names, lineterminator="\n")
    writer.writeheader()
    writer.writerow(row)
    return written.getvalue().encode()


HOSTILE_NAMES = ["<script>alert(1)</script>", "'; drop schema marts; --", "tab\tand \x1b[31mred", "[/bold] [red]", "NA"]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_is_carried_as_text_and_not_obeyed_on_its_way(name, tmp_path):
    table = FIGURES.parse([figures(unit=name, note=name)], "here")
    assert table["unit"].to_pylist() == [name]
    given = Settings(home=tmp_path)
    given.build.mkdir(parents=True)
    quoted = name.replace("'", "''")
    with duckdb.connect(str(given.build_file)) as connection:
        connection.execute("create schema marts; create schema seeds")
        connection.register("incoming", table)
        connection.execute("create table marts.observations as select * from incoming")
        connection.execute(f"comment on table marts.observations is '{quoted}'")
        connection.execute(f"comment on column marts.observations.unit is '{quoted}'")
    publication = publish(given, fingerprint="0" * 8, at=small_night.NIGHT, facts={"origin": name})
    with duckdb.connect(str(publication.path), read_only=True) as connection:
        assert connection.execute("select unit, note from marts.observations").fetchall() == [(name, name)]
        assert connection.execute(
            "select comment from duckdb_tables() where table_name = 'observations'"
        ).fetchall() == [(name,)]
        assert connection.execute("select value from marts.publication where fact = 'origin'").fetchall() == [(name,)]


def test_a_terminal_obeys_no_name():
    assert "\x1b" not in _cell("\x1b[2J")
    assert Text.from_markup(_cell("[/bold] [red]x")).plain == "[/bold] [red]x"


def test_an_answer_our_own_parser_stumbles_over_is_kept_aside_and_the_others_are_kept(tmp_path):
    with FakePublishers() as publishers:
        settings = small_night.settings_of(tmp_path / "data", publishers.urls["imf_url"])
        ingest = small_night.ingest_of(settings)
        dataset = ingest.catalog.datasets["imf.reserves"]
        real = SOURCES[dataset.id]

        def stumbles(parts, where):
            raise KeyError("OBS_VALUE")

        class Stumbling(Ingest):
            def log(self, dataset):
                log = super().log(dataset)
                log.source = replace(real, parse=stumbles)
                return log

        broken = Stumbling(settings, ingest.catalog, ingest.seeds, clock=ingest.clock)
        outcome = broken.refresh(dataset, "live")
    assert outcome.status == "failed"
    assert "our parser stumbled: KeyError" in outcome.error
    assert len(ingest.store.quarantined(dataset.id)) == 1


def test_text_that_no_file_can_hold_is_refused():
    contract = Contract(pa.schema([("period", pa.string())]), key=("period",), values=())
    with pytest.raises(ContractError, match="holds a value that is no string"):
        contract.table([{"period": "\ud800"}], "here")
