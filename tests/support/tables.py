"""A dataset small enough to read at a glance: one value per country and period, from a CSV of three columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa

from orchestration.errors import ContractError
from orchestration.ingest.contracts import Contract
from orchestration.ingest.publishers.base import Source
from orchestration.ingest.snapshots import Snapshot, identified, make_part

CONTRACT = Contract(
    schema=pa.schema([("country", pa.string()), ("period", pa.string()), ("value", pa.float64())]),
    key=("country", "period"),
    values=("value",),
    group=(),
    bounds={"value": (0, 1e15)},
)


def parse(parts: Sequence[bytes], where: str) -> pa.Table:
    """Lines of ``country,period,value``; an empty value is missing."""
    rows = []
    for line in b"".join(parts).decode().split():
        cells = line.split(",")
        if len(cells) != 3:
            raise ContractError("a line without three cells", where=where, expected="country,period,value", got=line)
        rows.append({"country": cells[0], "period": cells[1], "value": float(cells[2])})
    return CONTRACT.table(rows, where)


SOURCE = Source(parse=parse, contract=CONTRACT)


def snapshot(
    text: str, day: str, *, scope: str = "all", dataset: str = "office.figures"
) -> tuple[Snapshot, list[bytes]]:
    """A snapshot of ``text`` that became known on ``day`` ('2024-01-31')."""
    body = text.encode()
    moment = datetime.fromisoformat(day).replace(tzinfo=UTC)
    draft = Snapshot(
        snapshot_id="",
        dataset=dataset,
        scope=scope,
        origin="live",
        release=None,
        released_at=None,
        known_from=moment,
        known_from_basis="time of retrieval",
        retrieved_at=moment,
        url="http://127.0.0.1/figures",
        sha256="",
        parts=(make_part(0, body, content_type="text/csv", url="http://127.0.0.1/figures"),),
    )
    return identified(replace(draft)), [body]
