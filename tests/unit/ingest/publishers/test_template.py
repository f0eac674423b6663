"""What every publisher's module must do. A new one is covered by being registered; nothing has to be added here.

It needs bytes to read: a snapshot in the bundle, or (for what an API serves) a double of the publisher in
``tests/support/publishers.py``. Where both are there, both are read.
"""

from __future__ import annotations

import builtins
import dataclasses
import json
import re
import socket
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from orchestration import bundle
from orchestration.catalog import load_catalog
from orchestration.errors import ContractError
from orchestration.ingest.http import HttpClient
from orchestration.ingest.publishers.base import Answer, FetchContext, Source
from orchestration.ingest.publishers.registry import SOURCES, source_of
from orchestration.seeds import load_seeds
from orchestration.settings import Settings, load_settings
from tests.support.nights import TODAY
from tests.support.publishers import FakePublishers

KEYS = {"comtrade_api_key": "comtrade-key-for-tests", "sbp_api_key": "easydata-key-for-tests"}
LIVE = sorted(name for name, source in SOURCES.items() if source.fetch is not None)
WHERE = "template test"
NO_ANSWER = (
    b"",
    b" \n",
    b"<!DOCTYPE html><html><head><title>Down for maintenance</title></head><body>Sorry</body></html>",
    b"<?xml version='1.0'?><error>no</error>",
    b'{"error": "no"}',
    b"null",
    b"\x00\xff\xfe not text",
)


def settings_of(home: Path, publishers: FakePublishers) -> Settings:
    return load_settings(home=home, origin="live", pace=0, **KEYS, **publishers.urls)


def asked(name: str, settings: Settings) -> list[Answer]:
    """All that a fetcher yields when nothing is known yet."""
    source, dataset = source_of(name), load_catalog().datasets[name]
    assert source.fetch is not None
    publisher = load_catalog().publisher_of(dataset)
    client = HttpClient(publisher, secrets=settings.secrets, pace=0)
    context = FetchContext(dataset, settings, load_seeds(), client, TODAY, note=lambda text: None)
    return list(source.fetch(context))


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, tuple[Sequence[Answer], Sequence[Answer]]]:
    """Per live dataset, its first answers, and those after every publisher has released anew."""
    with FakePublishers() as publishers:
        settings = settings_of(tmp_path_factory.mktemp("home"), publishers)
        first = {name: asked(name, settings) for name in LIVE}
        for publisher in publishers.states:  # a publisher may have several servers
            publishers.release(publisher)
        return {name: (first[name], asked(name, settings)) for name in LIVE}


@pytest.fixture(params=sorted(SOURCES))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def source(name: str) -> Source:
    return source_of(name)


@pytest.fixture
def snapshots(name: str, nights: Mapping[str, tuple[Sequence[Answer], Sequence[Answer]]]) -> list[list[bytes]]:
    """The parts of every snapshot there is of a dataset, its double's first."""
    doubled = [[part.body for part in answer.parts] for answer in nights[name][0]] if name in nights else []
    embedded = [snapshot.bodies() for snapshot in bundle.snapshots() if snapshot.dataset == name]
    assert doubled or embedded, f"{name}: give it a snapshot in the bundle or a double in tests/support/publishers.py"
    return [*doubled, *embedded]


def test_its_answers_keep_its_contract(source: Source, snapshots: list[list[bytes]]) -> None:
    rows = 0
    for parts in snapshots:
        table = source.parse(parts, WHERE)
        source.contract.check(table, WHERE)
        rows += table.num_rows
    assert rows > 0


def test_its_contract_says_what_a_point_is(source: Source) -> None:
    contract, columns = source.contract, set(source.contract.schema.names)
    assert "period" in contract.key
    assert contract.values, "without values nothing could ever be revised"
    assert contract.group, "without a group a change of unit would go unnoticed"
    assert columns >= {*contract.key, *contract.values, *contract.group, *contract.bounds}
    assert set(contract.group) <= set(contract.key)
    assert set(contract.nullable_key) <= set(contract.key) - {"period"}
    assert not set(contract.key) & set(contract.values)
    assert any(pa.types.is_floating(contract.schema.field(column).type) for column in contract.values)


def test_parsing_is_pure(source: Source, snapshots: list[list[bytes]], monkeypatch: pytest.MonkeyPatch) -> None:
    first = [source.parse(parts, WHERE) for parts in snapshots]

    def forbidden(*arguments: Any, **options: Any) -> Any:
        raise AssertionError("parse must not read files or ask anybody")

    monkeypatch.setattr(builtins, "open", forbidden)
    monkeypatch.setattr(Path, "open", forbidden)
    monkeypatch.setattr(socket, "socket", forbidden)
    again = [source.parse(list(parts), "elsewhere") for parts in snapshots]
    assert all(one.equals(other) for one, other in zip(first, again, strict=True))


@pytest.mark.parametrize("body", NO_ANSWER, ids=["nothing", "blank", "html", "xml", "error", "null", "binary"])
def test_what_is_no_answer_is_refused(source: Source, snapshots: list[list[bytes]], body: bytes) -> None:
    for parts in ([body], [*snapshots[0][:-1], body]):
        with pytest.raises(ContractError) as caught:
            source.contract.check(source.parse(parts, WHERE), WHERE)
        assert WHERE in str(caught.value)
        assert caught.value.expected
        assert caught.value.todo


def test_a_body_that_was_cut_is_refused_or_at_least_not_read_as_whole(
    source: Source, snapshots: list[list[bytes]]
) -> None:
    """JSON that was cut cannot be read at all. A CSV cut within a number looks whole: the HTTP client counts bytes."""
    whole = source.parse(snapshots[0], WHERE)
    for share in (0.1, 0.5, 0.9):
        last = snapshots[0][-1]
        cut = [*snapshots[0][:-1], last[: int(len(last) * share)]]
        try:
            table = source.parse(cut, WHERE)
            source.contract.check(table, WHERE)
        except ContractError:
            continue
        assert not last.lstrip().startswith((b"{", b"[")), "cut JSON must be refused"
        assert table.num_rows < whole.num_rows


def test_the_same_answer_twice_is_refused(source: Source, snapshots: list[list[bytes]]) -> None:
    """A page that comes twice must never be summed or silently dropped, unless it is the very same answer."""
    parts = next(parts for parts in snapshots if source.parse(parts, WHERE).num_rows)
    try:
        table = source.parse([*parts, *parts], WHERE)
        source.contract.check(table, WHERE)
    except ContractError:
        return
    assert table.num_rows == source.parse(parts, WHERE).num_rows


@pytest.mark.parametrize("live", LIVE)
class TestFetching:
    """Of what an API serves."""

    def test_every_answer_has_a_scope_of_its_own_that_stays_from_release_to_release(self, live, nights):
        first, second = nights[live]
        scopes = [answer.scope for answer in first]
        assert scopes
        assert all(answer.parts for answer in (*first, *second))
        assert len(set(scopes)) == len(scopes)
        # A file that holds the newest months only is another request at each release: what rolled off is not deleted.
        stay = {scope for scope in scopes if not scope.startswith("files/")}
        assert stay <= {answer.scope for answer in second}
        assert all(re.fullmatch(r"[\w./:+,-]+", scope) for scope in scopes), scopes

    def test_a_release_is_noticed(self, live, nights):
        first, second = nights[live]
        bodies = {answer.scope: [part.body for part in answer.parts] for answer in first}
        assert any(bodies.get(answer.scope) != [part.body for part in answer.parts] for answer in second)

    def test_no_key_is_in_what_is_kept(self, live, nights):
        for answer in (*nights[live][0], *nights[live][1]):
            kept = dataclasses.asdict(dataclasses.replace(answer, parts=()))
            kept["urls"] = [part.url for part in answer.parts]
            text = json.dumps(kept, default=str)
            assert not any(key in text for key in KEYS.values())
