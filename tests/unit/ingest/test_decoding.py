"""What is not well-formed is refused before a parser sees it, with a message that says where and why."""

from __future__ import annotations

import pytest

from orchestration.errors import ContractError
from orchestration.ingest.decoding import MOST_ROWS, decode_json, decode_lines, decode_text


def test_a_byte_order_mark_is_taken_off() -> None:
    assert decode_text(b"\xef\xbb\xbfDATAFLOW,COUNTRY", "imf") == "DATAFLOW,COUNTRY"
    assert decode_json(b'\xef\xbb\xbf{"a": 1}', "imf") == {"a": 1}


def test_what_is_not_utf8_is_refused_with_its_position() -> None:
    with pytest.raises(ContractError) as caught:
        decode_text(b"Caf\xe9 au lait", "sbp, dt.xls")
    assert str(caught.value) == (
        "sbp, dt.xls: the answer is not UTF-8 text; expected: UTF-8; got: b'\\xe9 au lait' at byte 3; "
        "next: read the answer; the publisher may have changed its encoding, or sent a binary file"
    )


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b'[{"value": NaN}]', "NaN is no number"),
        (b'{"value": -Infinity}', "-Infinity is no number"),
        (b'{"value": 1e999}', "1e999 is too large a number"),
        (b'{"value": 1, "value": 2}', "the name 'value' comes twice"),
        (b'{"value": 1', "Expecting ',' delimiter"),
        (b"{} {}", "Extra data"),
        (b"<html>", "Expecting value"),
        (b"", "an empty answer"),
        (b"[" * 100_000 + b"]" * 100_000, "nested too deeply"),
        (b"1" * 5000, "Exceeds the limit"),
    ],
)
def test_what_is_not_strict_json_is_refused_with_the_reason(body: bytes, reason: str) -> None:
    with pytest.raises(ContractError, match="the answer is not JSON") as caught:
        decode_json(body, "World Bank")
    assert reason in caught.value.got
    assert len(caught.value.got) <= 300
    assert caught.value.__context__ is None


def test_numbers_and_nulls_stay_what_they_are() -> None:
    assert decode_json(b"[0, 0.0, null, -1.5e3, 123456789012345678]", "x") == [
        0,
        0.0,
        None,
        -1500.0,
        123456789012345678,
    ]


@pytest.mark.parametrize("row", ["{}", "[]", '{"a": 1}'])
def test_json_of_too_many_rows_is_refused_before_it_is_read(row: str) -> None:
    most = MOST_ROWS - 1  # and the list around them
    assert len(decode_json(f"[{','.join([row] * most)}]".encode(), "x")) == most
    with pytest.raises(ContractError, match="more than 500,000 rows") as caught:
        decode_json(f"[{','.join([row] * (most + 1))}]".encode(), "x")
    assert caught.value.got == "500,001"


def test_a_file_of_too_many_lines_is_refused() -> None:
    assert decode_lines(b"1\n" * MOST_ROWS, "x").count("1") == MOST_ROWS
    with pytest.raises(ContractError, match="more than 500,000 rows") as caught:
        decode_lines(b"1\n" * (MOST_ROWS + 1), "x")
    assert caught.value.got == "500,001"
