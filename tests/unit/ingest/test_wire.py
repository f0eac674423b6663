"""Addresses, headers and wrapped errors, without a server."""

from __future__ import annotations

import zlib

import pytest

from orchestration.ingest.wire import gunzipped, is_loopback, media_type, root_cause, same_host


@pytest.mark.parametrize(
    ("here", "location", "same"),
    [
        ("https://api.imf.org/a", "/b?x=1", True),
        ("https://api.imf.org/a", "https://API.IMF.ORG/b", True),
        ("http://api.imf.org/a", "https://api.imf.org/a", True),
        ("https://api.imf.org/a", "http://api.imf.org/a", False),
        ("https://api.imf.org/a", "https://api.imf.org.evil.example/a", False),
        ("https://api.imf.org/a", "https://api.imf.org:8443/a", False),
        ("https://api.imf.org/a", "//dataservices.imf.org/a", False),
        ("https://api.imf.org/a", "ftp://api.imf.org/a", False),
        ("https://api.imf.org/a", "https://api.imf.org:port/a", False),
        ("https://api.imf.org/a", "https://user@elsewhere.example/a", False),
    ],
)
def test_a_redirect_stays_on_its_host_and_never_loses_its_encryption(here: str, location: str, same: bool) -> None:
    assert same_host(here, location) is same


@pytest.mark.parametrize(
    ("header", "media"),
    [("application/JSON; charset=utf-8", "application/json"), (" text/csv ", "text/csv"), ("", ""), (";", "")],
)
def test_a_media_type_has_no_parameters(header: str, media: str) -> None:
    assert media_type(header) == media


def test_the_innermost_cause_is_told() -> None:
    inner = ConnectionRefusedError(111, "Connection refused")
    assert (
        root_cause(OSError("Max retries", OSError(inner))) == "ConnectionRefusedError: [Errno 111] Connection refused"
    )


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("http://127.0.0.1:8000/", True),
        ("http://[::1]/", True),
        ("http://localhost", True),
        ("http://127.example", False),
    ],
)
def test_this_machine_is_known(url: str, local: bool) -> None:
    assert is_loopback(url) is local


def test_a_bomb_is_unpacked_step_by_step() -> None:
    pack = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    bomb = pack.compress(bytes(5_000_000)) + pack.flush()
    steps = [len(step) for step in gunzipped(iter([bomb]))]
    assert sum(steps) == 5_000_000
    assert max(steps) <= 64 * 1024


@pytest.mark.parametrize("cut", [0, 5, 20])
def test_a_stream_without_its_end_is_not_complete(cut: int) -> None:
    pack = zlib.compressobj(wbits=16 + zlib.MAX_WBITS)
    whole = pack.compress(b"one row,another row") + pack.flush()
    with pytest.raises(EOFError, match="no end"):
        list(gunzipped(iter([whole[:cut]])))
