"""The State Bank's files: which are downloaded when and from where, and what is no file of its kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from orchestration.bundle import snapshots
from orchestration.catalog import load_catalog
from orchestration.errors import ContractError, SourceError
from orchestration.ingest.http import HttpClient
from orchestration.ingest.publishers import published_figures
from orchestration.ingest.publishers.base import Answer, FetchContext
from orchestration.ingest.publishers.published_figures import CONTRACT
from orchestration.ingest.publishers.state_bank_pakistan_files import PARSERS, SOURCES
from orchestration.seeds import Seeds
from orchestration.settings import Settings
from tests.support.loopback import HTML, Reply
from tests.support.publishers import FakePublishers
from tests.support.state_bank_files import PADDING, RESERVES_HEADING, pdf, workbook

RESERVES, SERVICES, PAYMENTS = sorted(PARSERS)
EXPORTS, IMPORTS = "Export_Receipts_by_all_Countries.xls", "Import-Payments-by-All-Countries.xlsx"
TODAY = date(2026, 11, 26)


@pytest.fixture
def publishers() -> Any:
    with FakePublishers() as running:
        yield running


def context_of(publishers: FakePublishers, dataset: str, **given: Any) -> FetchContext:
    catalog = load_catalog()
    entry = catalog.datasets[dataset]
    return FetchContext(
        dataset=entry,
        settings=Settings(**publishers.urls),
        seeds=Seeds((("PAK", "CHN"),), {}, (), ()),
        http=HttpClient(catalog.publisher_of(entry), pace=0),
        today=TODAY,
        **{"note": lambda text: None, **given},
    )


def ask(context: FetchContext) -> tuple[list[Answer], SourceError | None]:
    answers: list[Answer] = []
    fetch = SOURCES[context.dataset.id].fetch
    assert fetch is not None
    try:
        for answer in fetch(context):
            answers.append(answer)
    except SourceError as error:
        return answers, error
    return answers, None


def asked(publishers: FakePublishers) -> list[str]:
    return [request.path.lstrip("/") for request in publishers.requests()]


# ---- asking ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("dataset", "scopes"),
    [
        (RESERVES, ["files/forex.pdf/2026-11-13"]),
        (SERVICES, ["files/dt.xls/2026-09"]),
        (PAYMENTS, [f"files/{EXPORTS}/2026-09", f"files/{IMPORTS}/2026-09"]),
    ],
)
def test_every_file_is_one_answer_named_by_its_release(
    publishers: FakePublishers, dataset: str, scopes: list[str]
) -> None:
    answers, error = ask(context_of(publishers, dataset))
    assert error is None
    assert [answer.scope for answer in answers] == scopes
    assert len(asked(publishers)) == len(scopes)
    for answer in answers:
        table = PARSERS[dataset]([part.body for part in answer.parts], answer.scope)
        CONTRACT.check(table, answer.scope)
        assert table.num_rows > 30


def test_a_file_is_asked_for_again_after_some_days_and_one_a_night(publishers: FakePublishers) -> None:
    def night(exports: int, imports: int) -> list[str]:
        publishers.forget()
        checked = {
            f"files/{name}/2026-09": datetime(2026, 11, day, 2, 30, tzinfo=UTC)
            for name, day in ((EXPORTS, exports), (IMPORTS, imports))
        }
        _, error = ask(context_of(publishers, PAYMENTS, checked_at=checked))
        assert error is None
        return [path.rpartition("/")[2] for path in asked(publishers)]

    assert night(exports=20, imports=20) == []
    assert night(exports=20, imports=19) == [IMPORTS]
    assert night(exports=19, imports=19) == [EXPORTS]


def test_the_next_place_is_tried_when_the_first_has_moved(publishers: FakePublishers) -> None:
    publishers.states["state_bank_site"].archived.add("forex.pdf")
    notes: list[str] = []
    (answer,), error = ask(context_of(publishers, RESERVES, note=notes.append))
    assert error is None
    assert answer.parts[0].url.endswith("/state_bank_archive/ecodata/forex.pdf")
    assert len(asked(publishers)) == 2
    assert not notes, "nothing is wrong with the night"


def test_a_file_that_is_nowhere_is_an_error_and_the_other_is_kept(publishers: FakePublishers) -> None:
    for place in ("state_bank_site", "state_bank_archive"):
        publishers.states[place].archived.add(EXPORTS)
    (answer,), error = ask(context_of(publishers, PAYMENTS))
    assert answer.scope == f"files/{IMPORTS}/2026-09"
    assert "the answer is text/html" in str(error)


def test_an_old_copy_is_not_taken_for_news(publishers: FakePublishers) -> None:
    publishers.states["state_bank_site"].archived.add("forex.pdf")
    known = {"files/forex.pdf/2026-11-20": "2026-11-20", "files/forex.pdf/2026-11-13": "2026-11-13"}
    answers, error = ask(context_of(publishers, RESERVES, known=known))
    assert answers == []
    assert "an old copy of the file; expected: 2026-11-20 or newer; got: 2026-11-13" in str(error)


@pytest.mark.parametrize("mode", ["missing_column", "duplicate_rows", "empty", "unknown_country", "cut"])
def test_what_cannot_be_read_is_handed_on_to_be_quarantined(publishers: FakePublishers, mode: str) -> None:
    for place in ("state_bank_site", "state_bank_archive"):
        publishers.set_mode(place, mode)
    for dataset in PARSERS:
        answers, error = ask(context_of(publishers, dataset))
        if (mode in ("duplicate_rows", "unknown_country") and dataset == SERVICES) or answers[0].scope[-1].isdigit():
            continue  # a fault that this file does not show
        assert error is None
        for answer in answers:
            assert answer.scope.endswith("/unread")
            with pytest.raises(ContractError):
                CONTRACT.check(PARSERS[dataset]([part.body for part in answer.parts], "x"), "x")


# ---- kinds of files --------------------------------------------------------------------------------------------------

PAGE = HTML.body + b" " * 2000
READABLE = pdf([*RESERVES_HEADING, "10-Apr-26 15,079.5 5,445.0 20,524.5", *[PADDING] * 20])


def test_a_hand_written_pdf_is_read() -> None:
    assert PARSERS[RESERVES]([READABLE], "x").num_rows == 3


@pytest.mark.parametrize(
    ("dataset", "body", "message"),
    [
        (RESERVES, PAGE, "the file is not a PDF"),
        (SERVICES, PAGE, "the file is not a workbook"),
        (PAYMENTS, READABLE, "the file is not a workbook"),
        (RESERVES, b"%PDF-1.4 small", "the file is not a PDF; .*more than 1024 bytes"),
        (RESERVES, b"", "the file is not a PDF"),
        (RESERVES, READABLE[:200] + b" " * 2000, "cannot be opened|not the table of liquid reserves"),
        (PAYMENTS, b"PK\x03\x04" + b"x" * 2000, "the file cannot be opened"),
        (SERVICES, bytes.fromhex("D0CF11E0A1B11AE1") + b"x" * 2000, "the file cannot be opened"),
        (SERVICES, workbook([[PADDING * 99, n] for n in range(99)], "BOP"), "the workbook has no sheet EBOPS"),
    ],
)
def test_what_is_no_file_of_its_kind_is_refused(dataset: str, body: bytes, message: str) -> None:
    with pytest.raises(ContractError, match=message):
        PARSERS[dataset]([body], "x")


def test_figures_carried_over_by_hand_are_read_as_before() -> None:
    seen = set()
    for snapshot in snapshots():
        if snapshot.dataset in PARSERS:
            table = PARSERS[snapshot.dataset](snapshot.bodies(), "x")
            assert table.equals(published_figures.parse(snapshot.bodies(), "x"))
            seen.add(snapshot.dataset)
    assert seen == set(PARSERS)


def test_an_unexpected_media_type_is_refused(publishers: FakePublishers, monkeypatch: pytest.MonkeyPatch) -> None:
    answer: Callable[..., Reply] = lambda *_: Reply(READABLE, content_type="text/plain")  # noqa: E731
    monkeypatch.setattr(publishers, "_spoiled", answer)
    answers, error = ask(context_of(publishers, RESERVES))
    assert answers == []
    assert "the answer is text/plain" in str(error)
