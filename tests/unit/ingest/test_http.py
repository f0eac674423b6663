"""The HTTP client against a server on loopback that misbehaves in every way that publishers have been seen to."""

from __future__ import annotations

import gzip
import logging
import ssl
import threading
import time
import traceback
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, NoReturn

import pytest
import requests

from orchestration.catalog import Publisher
from orchestration.errors import ContractError, PermanentSourceError, SourceError, TransientSourceError
from orchestration.ingest.cutoff import CutOffAdapter
from orchestration.ingest.http import HttpClient, Limits
from tests.support.loopback import (
    LoopbackServer,
    Reply,
    busy,
    gzip_bomb,
    http_date,
    json_reply,
    redirect,
    scripted,
    zipped,
)

KEY = "k3y-0123456789abcdef"
HASTY = Limits(connect_seconds=1, read_seconds=1, deadline_seconds=60, retries=4, max_bytes=100_000)


@dataclass
class FakeTime:
    """A clock that only moves when somebody sleeps."""

    now: float = 1000.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds

    def clock(self) -> float:
        return self.now


@pytest.fixture
def fake_time() -> FakeTime:
    return FakeTime()


@pytest.fixture
def notes() -> list[str]:
    return []


@pytest.fixture
def make(fake_time: FakeTime, notes: list[str]) -> Callable[..., HttpClient]:
    """A client that waits in fake time only."""

    def build(seconds_per_request: float = 0.0, per_day: int | None = None, **given: Any) -> HttpClient:
        publisher = Publisher(
            id="world_bank",
            name="World Bank",
            url="https://data.worldbank.org",
            licence="CC BY 4.0",
            seconds_per_request=seconds_per_request,
            requests_per_day=per_day,
        )
        usual = {"limits": HASTY, "note": notes.append, "sleep": fake_time.sleep, "clock": fake_time.clock}
        return HttpClient(publisher, **{**usual, **given})

    return build


Make = Callable[..., HttpClient]
OK = json_reply({"value": 1})


# A good answer


def test_a_good_answer_comes_back_whole(make: Make) -> None:
    with scripted(json_reply([{"page": 1}, None], content_type="application/json;charset=utf-8")) as server:
        client = make()
        answer = client.get(f"{server.url}/v2/country/PAK;CHN", {"format": "json", "date": "2000:2026"})
    assert answer.json() == [{"page": 1}, None]
    assert (answer.status, client.requests) == (200, 1)
    assert answer.headers["content-type"] == "application/json;charset=utf-8"
    assert answer.url == f"{server.url}/v2/country/PAK;CHN?format=json&date=2000%3A2026"
    assert server.seen[0].path == "/v2/country/PAK;CHN"
    assert server.seen[0].param("date") == "2000:2026"


def test_a_list_repeats_its_key(make: Make) -> None:
    with scripted(OK) as server:
        make().get(server.url, {"geoUnit": ["PAK", "CHN"], "indicator": ["25053"]})
    assert server.seen[0].query == "geoUnit=PAK&geoUnit=CHN&indicator=25053"


def test_we_say_who_we_are_and_keep_no_cookie(make: Make) -> None:
    with scripted(Reply(headers={"Set-Cookie": "id=1; Path=/"})) as server:
        client = make()
        first = client.get(server.url, expect=("application/json", "text/csv"))
        client.get(server.url, headers={"accept": "text/csv"})
    assert server.seen[0].headers["user-agent"].startswith("karakoram/")
    assert server.seen[0].headers["accept"] == "application/json, text/csv"
    assert server.seen[1].headers["accept"] == "text/csv"
    assert "cookie" not in server.seen[1].headers
    assert "set-cookie" not in first.headers


def test_no_password_is_taken_from_netrc(make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted(OK) as server:
        make().get(server.url)
    assert "authorization" not in server.seen[0].headers


def test_a_server_on_loopback_is_not_asked_through_a_proxy(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", "")
    with scripted(OK) as server:
        assert make().get(server.url).json() == {"value": 1}


@pytest.mark.parametrize(
    "reply",
    [
        zipped(b'{"value": 1}'),
        Reply(gzip.compress(b'{"value"') + gzip.compress(b": 1}"), headers={"Content-Encoding": "gzip"}, chunked=True),
        Reply(b'{"value": 1}', chunked=True),
        Reply(b'{"value": 1}', until_close=True),
        Reply(b'\xef\xbb\xbf{"value": 1}'),
    ],
    ids=["gzip", "two gzip members", "chunked", "until close", "byte order mark"],
)
def test_every_lawful_way_of_sending_is_understood(make: Make, reply: Reply) -> None:
    with scripted(reply) as server:
        assert make().get(server.url).json() == {"value": 1}


def test_an_accepted_204_has_an_empty_body_and_needs_no_type(make: Make) -> None:
    with scripted(Reply(b"", 204, content_type=None)) as server:
        answer = make().get(server.url, accept_status=(200, 204))
    assert (answer.status, answer.body) == (204, b"")


# Answers that may pass when asked again


@pytest.mark.parametrize("status", [408, 425, 429, 500, 502, 503, 504])
def test_a_status_that_may_pass_is_asked_again(make: Make, notes: list[str], status: int) -> None:
    with scripted(busy(status), busy(status), OK) as server:
        client = make()
        assert client.get(server.url).json() == {"value": 1}
    assert client.requests == len(server.seen) == 3
    assert len(notes) == 2
    assert notes[0].startswith(f"World Bank: the publisher answers {status}; asking again in ")
    assert notes[0].endswith(" s (try 2 of 5)")


def test_retries_are_bounded_and_the_error_says_all(make: Make) -> None:
    with scripted(busy(503, body=b"no server is available")) as server:
        client = make(limits=Limits(retries=2))
        with pytest.raises(TransientSourceError) as caught:
            client.get(f"{server.url}/v2/sources", {"format": "json"})
    assert client.requests == len(server.seen) == 3
    assert str(caught.value) == (
        f"World Bank, GET {server.url}/v2/sources?format=json: the publisher answers 503; "
        "expected: an answer of status 200; got: status 503: no server is available (asked 3 times); "
        "next: nothing now: the next refresh asks again; if it stays, look at the publisher's own pages"
    )


def test_pauses_grow_and_are_spread(make: Make, fake_time: FakeTime) -> None:
    with scripted(busy()) as server, pytest.raises(TransientSourceError):
        make(limits=Limits(backoff_seconds=2)).get(server.url)
    assert len(fake_time.slept) == 4
    for pause, longest in zip(fake_time.slept, (2, 4, 8, 16), strict=True):
        assert longest / 2 <= pause <= longest


def test_a_pace_of_zero_takes_the_pauses_away_but_honours_retry_after(make: Make, fake_time: FakeTime) -> None:
    with scripted(busy(), busy(429, retry_after=3), OK) as server:
        make(seconds_per_request=2.0, pace=0.0).get(server.url)
    assert [pause for pause in fake_time.slept if pause] == [3]


def test_retry_after_in_seconds_is_honoured(make: Make, fake_time: FakeTime) -> None:
    with scripted(busy(429, retry_after=2), OK) as server:
        make().get(server.url)
    assert fake_time.slept == [2]


def test_retry_after_as_a_date_is_honoured(make: Make, fake_time: FakeTime) -> None:
    with scripted(busy(503, retry_after=http_date(90)), OK) as server:
        make(limits=Limits()).get(server.url)
    assert len(fake_time.slept) == 1
    assert 85 <= fake_time.slept[0] <= 90


@pytest.mark.parametrize("told", ["soon", "-1", ""])
def test_a_retry_after_that_makes_no_sense_is_overlooked(make: Make, fake_time: FakeTime, told: str) -> None:
    with scripted(busy(503, retry_after=told), OK) as server:
        make().get(server.url)
    assert len(fake_time.slept) == 1
    assert fake_time.slept[0] <= 2


def test_a_publisher_that_wants_to_be_left_alone_for_long_is_left_alone(make: Make, fake_time: FakeTime) -> None:
    with scripted(busy(429, retry_after=3600), OK) as server:
        client = make(limits=Limits())
        with pytest.raises(TransientSourceError, match="asks to be left alone for 3600 s"):
            client.get(server.url)
    assert client.requests == 1
    assert fake_time.slept == []


def test_it_is_left_alone_even_if_there_were_time_to_wait(make: Make, fake_time: FakeTime) -> None:
    with scripted(busy(429, retry_after=20), OK) as server:
        client = make(limits=Limits(max_retry_after_seconds=10))
        with pytest.raises(TransientSourceError, match="asks to be left alone for 20 s"):
            client.get(server.url)
    assert client.requests == 1


def test_nobody_waits_past_the_deadline(make: Make, fake_time: FakeTime) -> None:
    with scripted(busy(503, retry_after=100), OK) as server:
        client = make(limits=Limits(deadline_seconds=60))
        with pytest.raises(TransientSourceError):
            client.get(server.url)
    assert client.requests == 1
    assert fake_time.slept == []


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        (Reply(b'{"value": 1}', length=500), "the answer was cut off"),
        (Reply(b"[" + b"1," * 5000 + b"1]", chunked=True, cut_after=3000), "the answer was cut off"),
        (Reply(b"[" + b"1," * 5000 + b"1]", chunked=True, cut_after=1031), "the answer was cut off"),
        (Reply(gzip.compress(b"[1]")[:-4], headers={"Content-Encoding": "gzip"}), "compression is broken"),
        (Reply(b"not gzip at all", headers={"Content-Encoding": "gzip"}), "compression is broken"),
        (Reply(b"[1]", headers={"Content-Encoding": "br"}), "compressed in a way we did not ask for"),
        (Reply(hang_up=True), "the connection failed"),
        (Reply(b"[1]", delay=2), "no answer within 0.2 s"),
        (Reply(b"[1]", drip=2), "the answer was cut off"),
    ],
    ids=["content-length", "chunk", "last chunk", "gzip", "no gzip", "brotli", "hang up", "silence", "body stops"],
)
def test_a_broken_answer_is_never_taken_for_whole(make: Make, broken: Reply, what: str) -> None:
    limits = Limits(read_seconds=0.2, retries=1, max_bytes=100_000)
    with scripted(broken, OK) as server:
        assert make(limits=limits).get(server.url).json() == {"value": 1}
        assert len(server.seen) == 2
    with scripted(broken) as server, pytest.raises(TransientSourceError, match=what):
        make(limits=limits).get(server.url)


def test_a_server_that_is_not_there_is_transient(make: Make) -> None:
    with scripted(OK) as server:
        gone = server.url
    with pytest.raises(TransientSourceError, match="the connection failed") as caught:
        make().get(gone)
    assert "refused" in caught.value.got
    assert "Max retries" not in caught.value.got


@pytest.mark.parametrize(
    "slow",
    [
        Reply(b"[" + b" " * 500 + b"]", drip=0.05),
        Reply(b"[" + b" " * 500 + b"]", drip=0.05, chunked=True),
        Reply(b"[" + b" " * 500 + b"]", drip=0.05, until_close=True),
        Reply(b"[]", drip=0.05, drip_head=True),
        Reply(b"[]", drip=0.01, drip_head=True),
    ],
    ids=["body", "chunks", "until close", "status line", "headers"],
)
def test_a_drip_of_bytes_ends_at_the_deadline(make: Make, slow: Reply) -> None:
    started = time.monotonic()
    with scripted(slow) as server:
        client = make(limits=Limits(deadline_seconds=0.4), sleep=time.sleep, clock=time.monotonic)
        with pytest.raises(TransientSourceError, match=r"the answer was not complete within 0\.4 s"):
            client.get(server.url)
    assert 0.4 <= time.monotonic() - started < 1.5
    assert client.requests == 1


def test_a_handshake_that_breaks_off_is_transient(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise requests.exceptions.SSLError(ssl.SSLEOFError(8, "EOF occurred in violation of protocol"))

    monkeypatch.setattr(CutOffAdapter, "send", refuse)
    client = make()
    with pytest.raises(TransientSourceError, match="the connection failed"):
        client.get("https://easydata.sbp.org.pk/api/v1")
    assert client.requests == 1 + HASTY.retries


# Answers that will not change


def test_a_certificate_that_is_not_valid_is_permanent(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> NoReturn:
        raise requests.exceptions.SSLError(
            ssl.SSLCertVerificationError(1, "[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired")
        )

    monkeypatch.setattr(CutOffAdapter, "send", refuse)
    client = make()
    with pytest.raises(PermanentSourceError, match="certificate is not valid") as caught:
        client.get("https://easydata.sbp.org.pk/api/v1")
    assert "certificate has expired" in caught.value.got
    assert client.requests == 1


@pytest.mark.parametrize(
    ("status", "todo"),
    [
        (400, "read the publisher's documentation of this request"),
        (401, "check the API key of this publisher"),
        (403, "the publisher refuses us"),
        (404, "the address has gone"),
        (410, "the address has gone for good"),
        (501, "read the publisher's documentation of this request"),
        (304, "read the publisher's documentation of this request"),
    ],
)
def test_a_status_that_will_not_change_is_asked_once(make: Make, status: int, todo: str) -> None:
    with scripted(Reply(b'{"message": "No."}', status)) as server:
        client = make()
        with pytest.raises(PermanentSourceError, match=f"the publisher answers {status}") as caught:
            client.get(server.url)
    assert client.requests == 1
    assert todo in caught.value.todo
    assert caught.value.expected == "status 200"


def test_a_status_is_an_answer_where_it_is_accepted(make: Make) -> None:
    with scripted(json_reply({"code": 40400}, status=404)) as server:
        assert make().get(server.url, accept_status=(200, 404)).json() == {"code": 40400}


def test_a_used_up_quota_says_when_it_is_replenished(make: Make) -> None:
    body = {"statusCode": 403, "message": "Out of call volume quota. Quota will be replenished in 03:14:17."}
    with scripted(json_reply(body, status=403)) as server:
        client = make()
        with pytest.raises(PermanentSourceError) as caught:
            client.get(server.url)
    assert client.requests == 1
    assert caught.value.what == "the quota of calls is used up for tonight; it is replenished in 03:14:17"


@pytest.mark.parametrize("content_type", ["text/html; charset=utf-8", "application/xml", None])
def test_another_type_than_expected_is_refused_naming_both(make: Make, content_type: str | None) -> None:
    with scripted(Reply(b"<html>Maintenance</html>", content_type=content_type)) as server:
        client = make()
        with pytest.raises(ContractError) as caught:
            client.get(server.url, expect=("text/csv", "application/vnd.sdmx.data+csv;version=2.0.0"))
    assert client.requests == 1
    assert caught.value.expected == "Content-Type text/csv or application/vnd.sdmx.data+csv;version=2.0.0"
    assert (content_type or "no Content-Type").partition(";")[0] in caught.value.got
    assert "<html>Maintenance</html>" in caught.value.got


def test_parameters_of_a_type_do_not_matter(make: Make) -> None:
    with scripted(Reply(b"A,B\n", content_type="application/vnd.sdmx.data+csv;version=1.0.0")) as server:
        answer = make().get(server.url, expect=("application/vnd.sdmx.data+csv;version=2.0.0",))
    assert answer.text() == "A,B\n"


def test_invalid_utf8_is_refused_naming_the_address(make: Make) -> None:
    with scripted(Reply(b'{"name": "C\xf4te"}')) as server:
        answer = make().get(f"{server.url}/countries")
    for read in (answer.text, answer.json):
        with pytest.raises(ContractError, match="not UTF-8") as caught:
            read()
        assert caught.value.where == f"{server.url}/countries"


@pytest.mark.parametrize(
    "reply",
    [
        Reply(bytes(100_001)),
        Reply(bytes(100_001), chunked=True),
        gzip_bomb(50),
    ],
    ids=["plain", "chunked", "gzip bomb"],
)
def test_an_answer_above_the_cap_is_dropped(make: Make, reply: Reply) -> None:
    with scripted(reply) as server:
        client = make()
        with pytest.raises(PermanentSourceError, match="larger than 100,000 bytes"):
            client.get(server.url)
    assert client.requests == 1


def test_an_answer_as_large_as_the_cap_is_kept(make: Make) -> None:
    with scripted(zipped(b" " * 99_998 + b"[]")) as server:
        assert make().get(server.url).json() == []


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_on_the_same_host_is_followed(make: Make, status: int) -> None:
    with scripted(redirect("/v2/new?format=json", status), OK) as server:
        client = make()
        answer = client.get(f"{server.url}/v2/old", headers={"Ocp-Apim-Subscription-Key": KEY})
    assert answer.url == f"{server.url}/v2/new?format=json"
    assert server.seen[1].headers["ocp-apim-subscription-key"] == KEY
    assert client.requests == 2


@pytest.mark.parametrize(
    "location",
    [
        "http://elsewhere.invalid/v2",
        "//elsewhere.invalid/v2",
        "http://127.0.0.1:9/v2",
        "file:///etc/passwd",
        "http://[",
    ],
)
def test_a_redirect_elsewhere_is_refused(make: Make, location: str) -> None:
    with scripted(redirect(location, 301)) as server:
        client = make()
        with pytest.raises(PermanentSourceError, match="redirects us elsewhere") as caught:
            client.get(server.url)
    assert client.requests == 1
    assert location in caught.value.got


def test_a_redirect_to_nowhere_is_refused(make: Make) -> None:
    with scripted(Reply(b"", 302)) as server, pytest.raises(PermanentSourceError, match="Location: none"):
        make().get(server.url)


def test_a_circle_of_redirects_ends(make: Make) -> None:
    with scripted(redirect("/again")) as server:
        client = make()
        with pytest.raises(PermanentSourceError, match="redirected more than 5 times"):
            client.get(server.url)
    assert client.requests == 6


# Pace


def test_requests_start_a_pace_apart(make: Make, fake_time: FakeTime) -> None:
    with scripted(OK) as server:
        client = make(seconds_per_request=2.0)
        client.get(server.url)
        fake_time.now += 0.5
        client.get(server.url)
        fake_time.now += 10
        client.get(server.url)
    assert fake_time.slept == [1.5]


def test_two_clients_of_one_publisher_share_its_pace(make: Make, fake_time: FakeTime) -> None:
    with scripted(OK) as server:
        make(seconds_per_request=2.0).get(server.url)
        make(seconds_per_request=2.0, pace=0.5).get(server.url)
        make(seconds_per_request=2.0).get(server.url)
    assert fake_time.slept == [2, 1]


def test_threads_keep_the_pace_together(make: Make) -> None:
    with scripted(OK) as server:
        client = make(seconds_per_request=0.05, sleep=time.sleep, clock=time.monotonic)
        with ThreadPoolExecutor(8) as threads:
            list(threads.map(lambda _: client.get(server.url), range(8)))
    arrivals = sorted(asked.at for asked in server.seen)
    assert client.requests == 8
    assert arrivals[-1] - arrivals[0] >= 7 * 0.05 - 0.03


# The quota of a day


def test_what_is_beyond_a_days_quota_is_not_sent_and_it_is_said_when_it_goes_on(make: Make, tmp_path: Path) -> None:
    day = [datetime(2026, 11, 26, 23, 59, tzinfo=UTC)]
    asked = {"api_key": KEY}
    with scripted(busy(503), redirect("/again"), OK) as server:
        client = make(per_day=4, turns=tmp_path, secrets=[KEY], now=lambda: day[0])
        assert client.get(server.url, asked).json() == {"value": 1}
        other = make(per_day=4, turns=tmp_path, secrets=[KEY], now=lambda: day[0])
        other.get(server.url, asked)
        with pytest.raises(PermanentSourceError, match="the 4 requests of a day are used up") as caught:
            other.get(server.url, asked)
        assert len(server.seen) == 4, "a retry and a redirect count"
        assert "refresh again after 2026-11-27 00:00 UTC" in str(caught.value)
        assert KEY not in str(caught.value)
        day[0] += timedelta(minutes=1)
        assert other.get(server.url, asked).json() == {"value": 1}


def test_a_server_of_ones_own_has_no_quota(make: Make) -> None:
    with scripted(OK) as server:
        client = make(per_day=1, pace=0)
        assert [client.get(server.url).status for _ in range(3)] == [200] * 3


# Keys


def _failing() -> dict[str, tuple[Callable[[], LoopbackServer], type[SourceError]]]:
    echo = f"the key {KEY} is not valid".encode()
    return {
        "401": (lambda: scripted(Reply(echo, 401)), PermanentSourceError),
        "503": (lambda: scripted(Reply(echo, 503)), TransientSourceError),
        "html": (lambda: scripted(Reply(echo, content_type="text/html")), ContractError),
        "cut": (lambda: scripted(Reply(echo, length=9999)), TransientSourceError),
        "hang up": (lambda: scripted(Reply(hang_up=True)), TransientSourceError),
        "too large": (lambda: scripted(Reply(bytes(100_001))), PermanentSourceError),
        "elsewhere": (lambda: scripted(redirect(f"http://elsewhere.invalid/?api_key={KEY}")), PermanentSourceError),
        "silence": (lambda: scripted(Reply(delay=1)), TransientSourceError),
        "circle": (lambda: scripted(redirect(f"/?api_key={KEY}")), PermanentSourceError),
    }


@pytest.mark.parametrize("case", _failing())
def test_no_error_and_no_note_holds_the_key(
    make: Make, notes: list[str], caplog: pytest.LogCaptureFixture, case: str
) -> None:
    build, kind = _failing()[case]
    caplog.set_level(logging.DEBUG)
    with build() as server:
        client = make(secrets=[KEY], limits=Limits(read_seconds=0.2, retries=1, max_bytes=100_000))
        with pytest.raises(kind) as caught:
            client.get(server.url, {"api_key": KEY}, headers={"Ocp-Apim-Subscription-Key": KEY})
    assert server.seen[0].param("api_key") == KEY
    trace = "".join(traceback.format_exception(caught.value))
    for written in (str(caught.value), trace, *vars(caught.value).values(), *notes, caplog.text):
        assert KEY not in str(written)
    assert "api_key=***" in caught.value.where
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None


def test_no_error_holds_the_key_when_nobody_listens(make: Make) -> None:
    with scripted(OK) as server:
        gone = server.url
    with pytest.raises(TransientSourceError) as caught:
        make().get(gone, {"api_key": KEY})
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None


@pytest.mark.parametrize("key", [f"{KEY}\n", f" {KEY}", "ключ-0123456789"])
def test_a_key_that_can_not_be_sent_is_not_shown(make: Make, key: str) -> None:
    with scripted(OK) as server:
        client = make(secrets=[key])
        with pytest.raises(PermanentSourceError, match="a request that can't be sent") as caught:
            client.get(server.url, headers={"Ocp-Apim-Subscription-Key": key})
    assert key.strip() not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__context__ is None
    assert "check the base URL of this publisher, and its key" in caught.value.todo


@pytest.mark.parametrize("url", ["http://", "http://[", "ftp://example.invalid/x", "no address", "http://127.0.0.1:x/"])
def test_an_address_that_makes_no_sense_is_permanent(make: Make, url: str) -> None:
    with pytest.raises(PermanentSourceError, match="a request that can't be sent") as caught:
        make().get(url)
    assert caught.value.where == f"World Bank, GET {url}"
    assert caught.value.__context__ is None


def test_an_answer_and_its_address_hold_no_key(make: Make) -> None:
    with scripted(json_reply({"you": KEY}, headers={"X-Key": KEY})) as server:
        answer = make(secrets=[KEY]).get(server.url, {"api_key": KEY, "subscription-key": "unknown"})
    assert answer.url == f"{server.url}/?api_key=***&subscription-key=***"
    assert answer.json() == {"you": "***"}
    assert KEY not in str(answer)


def test_no_thread_is_left_behind(make: Make) -> None:
    before = {thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)}
    with scripted(OK) as server:
        make().get(server.url)
    time.sleep(0.01)
    assert {thread for thread in threading.enumerate() if isinstance(thread, threading.Timer)} <= before
