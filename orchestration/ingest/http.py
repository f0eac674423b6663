"""The one HTTP client: polite, bounded in every direction, and silent about keys.

Belongs here: how to ask anybody anything over HTTP and get either the whole answer or an error that says what to do.
Does not belong here: what an answer means (``publishers``) or where it is kept (``snapshots``).
This is also the only layer that retries; nothing above it may.
"""

from __future__ import annotations

import random
import threading
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from requests.structures import CaseInsensitiveDict

from orchestration.catalog import Publisher
from orchestration.errors import ContractError, PermanentSourceError, SourceError, TransientSourceError, shorten
from orchestration.ingest.cutoff import CutOffAdapter, cut_off
from orchestration.ingest.decoding import decode_json, decode_text
from orchestration.ingest.pace import Pace, Quota
from orchestration.ingest.redaction import Redactor, blot_library_logs
from orchestration.ingest.wire import gunzipped, is_loopback, media_type, pieces, retry_after, root_cause, same_host

RETRIED_STATUS = frozenset({408, 425, 429, 500, 502, 503, 504})
REDIRECT_STATUS = frozenset({301, 302, 303, 307, 308})
MAX_REDIRECTS = 5
ERROR_BODY = 4 * 1024  # enough to read the reason, whatever else comes with it
QUOTA_WORDS = "Out of call volume quota"  # UN Comtrade, with status 403

TODO_BY_STATUS = {
    401: "check the API key of this publisher: it is missing, wrong or expired",
    403: "the publisher refuses us: check the key, its terms of use, and whether it blocks this network",
    404: "the address has gone: read the publisher's documentation, then mend the request or its base URL",
    410: "the address has gone for good: read the publisher's documentation, then mend the request",
}


@dataclass(frozen=True)
class Limits:
    """How long, how often and how much at most; all times in seconds, sizes in bytes after decompression.

    A publisher that asks us (Retry-After) to stay away for longer than ``max_retry_after_seconds`` is left alone until
    the next night: knocking earlier than told would be rude, and waiting would hold up all the others.
    """

    connect_seconds: float = 10
    read_seconds: float = 60
    deadline_seconds: float = 180
    retries: int = 4
    backoff_seconds: float = 2
    max_retry_after_seconds: float = 120
    max_bytes: int = 200_000_000


@dataclass(frozen=True)
class HttpResponse:
    """A whole answer: decompressed body, status, final URL without keys, headers under lower-case names."""

    body: bytes
    status: int
    url: str
    headers: Mapping[str, str]

    def text(self) -> str:
        """The body as UTF-8 text, a byte order mark taken off; ContractError if it is not that."""
        return decode_text(self.body, shorten(self.url))

    def json(self) -> Any:
        """The body as strict JSON (no NaN, no name twice); ContractError if it is not that."""
        return decode_json(self.body, shorten(self.url))


class _Trouble(Exception):
    """A failure that may pass; never leaves this module, because what it was raised from may hold a key."""

    def __init__(self, what: str, got: str, retry_after: float | None = None) -> None:
        super().__init__(what)
        self.what, self.got, self.retry_after = what, got, retry_after


_paces: dict[tuple[str, Path | None, Callable[[], float]], Pace] = {}
_quotas: dict[tuple[str, Path | None, Callable[[], float]], Quota] = {}


class HttpClient:
    """Asks one publisher, at its pace.

    Args:
        publisher: whose ``seconds_per_request`` is kept, from start to start of two requests, and ``requests_per_day``
            never exceeded, by all clients together.
        secrets: values that must never be written; blotted from addresses, errors, notes, headers and answers.
        pace: multiplies the publisher's pace and our back-off; 0 only for a server of one's own, which has no quota
            either. A Retry-After is honoured in any case.
        turns: folder in which processes that share it keep pace and quota together; None keeps them in this process
            only.
        limits: bounds of one ``get``.
        note: is told, in one sentence each, why we ask again.
        sleep, clock: replaced by tests.
        now: the time of day; says which day's quota a request belongs to.

    Attributes:
        requests: requests made so far, retries and redirects included.
    """

    def __init__(
        self,
        publisher: Publisher,
        *,
        secrets: Sequence[str] = (),
        pace: float = 1.0,
        turns: Path | None = None,
        limits: Limits | None = None,
        note: Callable[[str], None] = lambda sentence: None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self.requests = 0
        self._publisher, self._scale, self._limits = publisher, pace, limits or Limits()
        self._note, self._sleep, self._clock, self._now = note, sleep, clock, now
        self._redact = Redactor(secrets)
        shared = (publisher.id, turns, clock)
        self._pace = _paces.setdefault(shared, Pace(turns and turns / publisher.id))
        self._quota = _quotas.setdefault(shared, Quota(turns and turns / f"{publisher.id}.day"))
        self._counting = threading.Lock()
        self._session = requests.Session()  # only for the proxies of the environment: it never sends, so no cookies
        self._adapter = CutOffAdapter()
        blot_library_logs()

    def get(
        self,
        url: str,
        params: Mapping[str, str | Sequence[str]] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        expect: Sequence[str] = ("application/json",),
        accept_status: Sequence[int] = (200,),
    ) -> HttpResponse:
        """Ask until there is a whole answer, an answer that will not change, or no time left.

        Args:
            url: absolute; may have a query of its own.
            params: added to the query; a list repeats its key.
            headers: added to ours; ``Accept`` defaults to ``expect``.
            expect: media types that the answer may have, without parameters. An answer of 204 has none.
            accept_status: statuses that count as an answer.

        Raises:
            TransientSourceError: timeouts, resets, cut answers and statuses that may pass, after bounded retries.
            PermanentSourceError: any other status, a redirect elsewhere, a used-up quota (said by the publisher, or
                known to us before we ask), an answer above the size cap.
            ContractError: an answer of another media type.
        """
        request = self._prepare(url, params, headers, expect)
        self._await_turn(request)
        ends = self._clock() + self._limits.deadline_seconds
        for attempt in range(self._limits.retries + 1):
            try:
                return self._ask(request, ends, expect, accept_status)
            except _Trouble as caught:
                trouble = caught
            pause = self._pause(trouble, attempt)
            if not self._may_wait(trouble, pause, attempt, ends):
                break
            tries = f"try {attempt + 2} of {self._limits.retries + 1}"
            self._note(f"{self._publisher.name}: {trouble.what}; asking again in {pause:.3g} s ({tries})")
            self._sleep(pause)
            self._await_turn(request)
        raise TransientSourceError(  # outside of the handler, so that no key hangs on as the error's context
            trouble.what,
            where=self._where(request.url),
            expected=f"an answer of status {_listed(accept_status)}",
            got=f"{trouble.got} (asked {attempt + 1} times)" if attempt else trouble.got,
            todo=_when_to_return(trouble.retry_after),
        )

    # ---- asking ------------------------------------------------------------------------------------------------------

    def _prepare(
        self,
        url: str,
        params: Mapping[str, str | Sequence[str]] | None,
        headers: Mapping[str, str] | None,
        expect: Sequence[str],
    ) -> requests.PreparedRequest:
        """The request, prepared without a session: no netrc, no cookies, no headers but these."""
        ours = {"User-Agent": user_agent(), "Accept": ", ".join(expect), "Accept-Encoding": "gzip"}
        sent = CaseInsensitiveDict({**ours, **(headers or {})})
        try:
            return requests.Request("GET", url, params=dict(params or {}), headers=dict(sent)).prepare()
        except ValueError as error:  # requests' InvalidURL, InvalidHeader and the like; their text may quote the key
            kind = type(error).__name__
        raise self._unsendable(url, kind)

    def _ask(
        self, request: requests.PreparedRequest, ends: float, expect: Sequence[str], accept_status: Sequence[int]
    ) -> HttpResponse:
        """One question, its redirects followed; _Trouble if it may be worth asking again."""
        for hop in range(MAX_REDIRECTS + 1):
            if hop:
                self._await_turn(request)
            with cut_off(ends - self._clock()) as cut:
                try:
                    answer = self._send(request, ends, expect, accept_status)
                except (_Trouble, SourceError):
                    if not cut.is_set():
                        raise
                if cut.is_set():  # whatever was read, of the headers or the body, its end may be missing
                    late = f"the answer was not complete within {self._limits.deadline_seconds:g} s"
                    raise _Trouble(late, "bytes that came too slowly")
            if isinstance(answer, HttpResponse):
                return answer
            request = answer
        raise PermanentSourceError(
            f"redirected more than {MAX_REDIRECTS} times",
            where=self._where(request.url),
            expected="an answer",
            got="another redirect",
            todo="open the address in a browser, then mend the request or its base URL",
        )

    def _send(
        self, request: requests.PreparedRequest, ends: float, expect: Sequence[str], accept_status: Sequence[int]
    ) -> HttpResponse | requests.PreparedRequest:
        """Send once; the answer, or the request to which it redirects."""
        with self._counting:
            self.requests += 1
        response = self._open(request, ends)
        try:
            if response.status_code in accept_status:
                return self._answer(response, request, expect)
            if response.status_code in REDIRECT_STATUS:
                return self._redirected(response, request)
            raise self._refusal(response, request, accept_status)
        finally:
            response.close()

    def _open(self, request: requests.PreparedRequest, ends: float) -> requests.Response:
        """Connect, send, and receive the headers."""
        url = str(request.url)
        left = max(ends - self._clock(), 0.001)
        timeout = (min(self._limits.connect_seconds, left), self._limits.read_seconds)  # a read is cut off in time
        around_proxy = {"no_proxy": str(urlsplit(url).hostname)} if is_loopback(url) else {}
        try:
            settings: dict[str, Any] = {**self._session.merge_environment_settings(url, around_proxy, True, None, None)}
            return self._adapter.send(request, timeout=timeout, **settings)
        except (OSError, ValueError, urllib3.exceptions.HTTPError) as error:
            failure = self._failure(error, request)
        raise failure

    def _answer(
        self, response: requests.Response, request: requests.PreparedRequest, expect: Sequence[str]
    ) -> HttpResponse:
        """The whole answer; ContractError if it is of another kind than expected."""
        media = media_type(response.headers.get("Content-Type", ""))
        if response.status_code != 204 and media not in {media_type(kind) for kind in expect}:
            raise ContractError(
                f"the answer is {media or 'of no stated type'}",
                where=self._where(request.url),
                expected=f"Content-Type {_listed(expect)}",
                got=f"status {response.status_code}, {media or 'no Content-Type'}: {self._start_of(response)}",
                todo="open the address in a browser: the publisher may be down for maintenance or have moved",
            )
        return HttpResponse(
            body=self._redact.body(self._read(response, request)),
            status=response.status_code,
            url=self._redact(str(request.url)),
            headers={
                name.lower(): self._redact(value)
                for name, value in response.headers.items()
                if name.lower() != "set-cookie"  # a session's credential, and of no use here
            },
        )

    # ---- the body ----------------------------------------------------------------------------------------------------

    def _read(self, response: requests.Response, request: requests.PreparedRequest) -> bytes:
        """The whole body, decompressed, never more than the cap in memory."""
        parts: list[bytes] = []
        size = 0
        for part in self._decoded(response):
            size += len(part)
            if size > self._limits.max_bytes:
                raise PermanentSourceError(
                    f"the answer is larger than {self._limits.max_bytes:,} bytes",
                    where=self._where(request.url),
                    expected=f"at most {self._limits.max_bytes:,} bytes, decompressed",
                    got="more; the rest was not read",
                    todo="ask for less in one request",
                )
            parts.append(part)
        return b"".join(parts)

    def _decoded(self, response: requests.Response) -> Iterator[bytes]:
        """The body piece by piece, each of bounded length; _Trouble unless it is complete."""
        encoding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if encoding not in ("identity", "", "gzip", "x-gzip"):
            raise _Trouble("the answer is compressed in a way we did not ask for", f"Content-Encoding {encoding}")
        try:
            yield from pieces(response) if encoding in ("identity", "") else gunzipped(pieces(response))
        except (zlib.error, EOFError) as error:
            failure = _Trouble("the answer's compression is broken", self._redact(str(error)))
        except (OSError, urllib3.exceptions.HTTPError) as error:
            failure = _Trouble("the answer was cut off", self._redact(root_cause(error)))
        else:
            return
        raise failure

    def _start_of(self, response: requests.Response) -> str:
        """The first characters of an answer that we refuse, without keys; empty if it can't be read."""
        found = b""
        try:
            for part in self._decoded(response):
                found += part
                if len(found) >= ERROR_BODY:
                    break
        except _Trouble:
            pass  # the refusal itself is what counts
        return self._redact(found[:ERROR_BODY].decode("utf-8", "replace"))

    # ---- what went wrong ---------------------------------------------------------------------------------------------

    def _refusal(
        self, response: requests.Response, request: requests.PreparedRequest, accept_status: Sequence[int]
    ) -> SourceError | _Trouble:
        """The error for a status that was not accepted."""
        status = response.status_code
        got = f"status {status}: {self._start_of(response)}"
        if status in RETRIED_STATUS:
            return _Trouble(f"the publisher answers {status}", got, retry_after(response))
        what, todo = f"the publisher answers {status}", TODO_BY_STATUS.get(status, "")
        if status == 403 and QUOTA_WORDS in got:
            _, _, when = got.partition("Quota will be replenished in ")
            replenished = f"; it is replenished in {when[:8]}" if when else ""
            what = f"the quota of calls is used up for tonight{replenished}"
            todo = "run again after that, or raise the quota with the publisher"
        return PermanentSourceError(
            what,
            where=self._where(request.url),
            expected=f"status {_listed(accept_status)}",
            got=got,
            todo=todo or "read the publisher's documentation of this request, then mend it",
        )

    def _failure(self, error: Exception, request: requests.PreparedRequest) -> SourceError | _Trouble:
        """The error for a request that got no answer at all; says nothing that may hold a key."""
        reason = self._redact(root_cause(error))
        if isinstance(error, requests.exceptions.SSLError) and "CERTIFICATE_VERIFY" in reason.upper():
            return PermanentSourceError(
                "the publisher's certificate is not valid",
                where=self._where(request.url),
                expected="a certificate that a known authority has signed for this host",
                got=reason,
                todo="ask again tomorrow; if it stays, check this machine's clock and certificates",
            )
        if isinstance(error, requests.exceptions.ConnectTimeout):
            return _Trouble("no connection in time", reason)
        if isinstance(error, requests.exceptions.Timeout):
            return _Trouble(f"no answer within {self._limits.read_seconds:g} s", reason)
        if isinstance(error, ValueError) and not isinstance(error, requests.exceptions.SSLError):
            return self._unsendable(str(request.url), type(error).__name__)
        return _Trouble("the connection failed", reason)

    def _redirected(self, response: requests.Response, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The same request to the address that the answer names, if that is on the same host."""
        here, location = str(request.url), response.headers.get("Location", "")
        if not location or not same_host(here, location):
            raise PermanentSourceError(
                "the publisher redirects us elsewhere",
                where=self._where(request.url),
                expected="an answer, or a redirect on the same host",
                got=f"status {response.status_code}, Location: {self._redact(location) or 'none'}",
                todo="if the publisher has moved, set its base URL to the new address",
            )
        following = request.copy()
        following.prepare_url(urljoin(here, location), None)
        return following

    def _unsendable(self, url: str, kind: str) -> PermanentSourceError:
        return PermanentSourceError(
            "a request that can't be sent",
            where=self._where(url),
            expected="a valid address, and headers of printable characters",
            got=kind,
            todo="check the base URL of this publisher, and its key for stray spaces and line ends",
        )

    def _where(self, url: str | None) -> str:
        return f"{self._publisher.name}, GET {shorten(self._redact(str(url)))}"

    # ---- waiting -----------------------------------------------------------------------------------------------------

    def _await_turn(self, request: requests.PreparedRequest) -> None:
        """Wait until ``request`` may start; PermanentSourceError if no more may be made today."""
        self._count_for_today(request)
        seconds = self._publisher.seconds_per_request * self._scale
        if seconds:
            self._pace.take_turn(seconds, self._clock, self._sleep)

    def _count_for_today(self, request: requests.PreparedRequest) -> None:
        most = self._publisher.requests_per_day
        if most is None or not self._scale:
            return
        today = self._now().date()
        if self._quota.take(most, today):
            return
        raise PermanentSourceError(
            f"the {most:,} requests of a day are used up",
            where=self._where(request.url),
            expected=f"at most {most:,} requests between midnight and midnight UTC, by all processes of this home",
            got=f"{most:,} since {today} 00:00 UTC; this one was not sent",
            todo=f"refresh again after {today + timedelta(days=1)} 00:00 UTC: what is left is asked for then",
        )

    def _pause(self, trouble: _Trouble, attempt: int) -> float:
        """What the publisher asks for, else 2, 4, 8, 16 s, each shortened by up to a half so that we spread out."""
        if trouble.retry_after is not None:
            return trouble.retry_after
        return self._limits.backoff_seconds * 2.0**attempt * random.uniform(0.5, 1) * min(self._scale, 1)

    def _may_wait(self, trouble: _Trouble, pause: float, attempt: int, ends: float) -> bool:
        if attempt >= self._limits.retries:
            return False
        if trouble.retry_after is not None and pause > self._limits.max_retry_after_seconds:
            return False
        return self._clock() + pause < ends


def user_agent() -> str:
    """Who we are, for the publishers' logs."""
    try:
        release = version("karakoram")
    except PackageNotFoundError:  # run from a source tree
        release = "unreleased"
    return f"karakoram/{release} (+nightly reader of official trade statistics; open source)"


def _when_to_return(seconds: float | None) -> str:
    if seconds:
        return f"the publisher asks to be left alone for {seconds:.0f} s; refresh again after that"
    return "nothing now: the next refresh asks again; if it stays, look at the publisher's own pages"


def _listed(choices: Sequence[object]) -> str:
    return " or ".join(str(choice) for choice in choices)
