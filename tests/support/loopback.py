"""A server on 127.0.0.1 that answers as it is told, well or badly, and remembers what it was asked.

Every reply ends: a dripping or delayed one ends at the latest when the server is closed.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import cached_property
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it came in: decoded path, raw query, its parameters, lower-case headers, time of arrival."""

    path: str
    query: str
    headers: Mapping[str, str]
    at: float

    @cached_property
    def params(self) -> dict[str, list[str]]:
        """The query's parameters; a repeated key has several values."""
        return parse_qs(self.query, keep_blank_values=True)

    def param(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return self.params.get(name, [default])[0]


@dataclass(frozen=True)
class Reply:
    """One answer, and what is wrong with it.

    Attributes:
        length: Content-Length to declare in place of the true one.
        chunked: send in chunks of 1 KB, without a Content-Length.
        until_close: neither; the end of the connection is the end of the body.
        cut_after: hang up after so many bytes on the wire, counted from the start of the body.
        hang_up: hang up without a single byte.
        delay: seconds before the first byte.
        drip: seconds before each single byte of the body.
        drip_head: let the head drip as well.
    """

    body: bytes = b"{}"
    status: int = 200
    content_type: str | None = "application/json"
    headers: Mapping[str, str] = field(default_factory=dict)
    length: int | None = None
    chunked: bool = False
    until_close: bool = False
    cut_after: int | None = None
    hang_up: bool = False
    delay: float = 0.0
    drip: float = 0.0
    drip_head: bool = False

    def head(self) -> bytes:
        """Status line and headers, as they go over the wire."""
        lines = [f"HTTP/1.1 {self.status} {HTTPStatus(self.status).phrase}"]
        if self.content_type is not None:
            lines.append(f"Content-Type: {self.content_type}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if self.chunked:
            lines.append("Transfer-Encoding: chunked")
        elif not self.until_close and self.status != HTTPStatus.NO_CONTENT:
            lines.append(f"Content-Length: {len(self.body) if self.length is None else self.length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def payload(self) -> bytes:
        """The body, as it goes over the wire."""
        if not self.chunked:
            return self.body
        pieces = [self.body[start : start + 1024] for start in range(0, len(self.body), 1024)]
        return b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in [*pieces, b""])


def json_reply(value: Any, **changes: Any) -> Reply:
    """A reply with ``value`` as JSON."""
    return Reply(json.dumps(value).encode(), **changes)


def zipped(body: bytes, **changes: Any) -> Reply:
    """A reply compressed with gzip."""
    return Reply(gzip.compress(body), headers={"Content-Encoding": "gzip"}, **changes)


def gzip_bomb(megabytes: int) -> Reply:
    """A small reply that unpacks to ``megabytes`` of zeros."""
    return zipped(bytes(megabytes * 1_000_000))


def busy(status: int = 503, retry_after: float | str | None = None, body: bytes = b"{}") -> Reply:
    """A refusal that may pass, with a Retry-After in seconds or as given."""
    return Reply(body, status, headers={} if retry_after is None else {"Retry-After": str(retry_after)})


def http_date(seconds_from_now: float) -> str:
    """A Retry-After in its other form."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds_from_now), usegmt=True)


def redirect(location: str, status: int = 302) -> Reply:
    """A redirect to ``location``."""
    return Reply(b"", status, headers={"Location": location})


HTML = Reply(b"<!DOCTYPE html><html><body>Down for maintenance</body></html>", content_type="text/html; charset=utf-8")


class LoopbackServer:
    """Answers each request with ``answer(asked)``; a context manager. ``url`` is its address, ``seen`` its log."""

    def __init__(self, answer: Callable[[Asked], Reply]) -> None:
        self.answer = answer
        self.seen: list[Asked] = []
        self.closing = threading.Event()
        self._recording = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def url(self) -> str:
        """``http://127.0.0.1:<port>``, without a slash at the end."""
        return f"http://127.0.0.1:{self._server.server_port}"

    def record(self, asked: Asked) -> None:
        """Note a request; called once for each, before it is answered."""
        with self._recording:
            self.seen.append(asked)

    def __enter__(self) -> LoopbackServer:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def scripted(*replies: Reply) -> LoopbackServer:
    """A server that gives the replies in turn, and the last one for ever after."""
    turn = iter(range(10_000))
    lock = threading.Lock()

    def answer(asked: Asked) -> Reply:
        with lock:
            return replies[min(next(turn), len(replies) - 1)]

    return LoopbackServer(answer)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is part of the test, not worth a traceback."""


def _handler_of(server: LoopbackServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        timeout = 10

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(unquote(parts.path), parts.query, headers, time.monotonic())
            server.record(asked)
            reply = server.answer(asked)
            ends_here = reply.hang_up or reply.until_close or reply.cut_after is not None or reply.length is not None
            self.close_connection = ends_here or headers.get("connection", "").lower() == "close"
            if server.closing.wait(reply.delay) or reply.hang_up:
                return
            self._write(reply.head(), reply.drip if reply.drip_head else 0.0)
            self._write(reply.payload()[: reply.cut_after], reply.drip)

        def _write(self, sent: bytes, drip: float) -> None:
            if not drip:
                self.wfile.write(sent)
                return
            for position in range(len(sent)):
                if server.closing.wait(drip):
                    return
                self.wfile.write(sent[position : position + 1])

        def log_message(self, format: str, *args: object) -> None:
            """Silent: ``seen`` is the log."""

    return Handler
