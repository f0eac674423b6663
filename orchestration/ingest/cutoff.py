"""Ends a request whose time is up, even one whose bytes keep dripping in.

A read timeout starts anew with every byte, so a server that sends one byte a minute is never late. The only thing
that ends such a read, in the headers as in the body, is to shut its socket from another thread.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from typing import Any

from requests.adapters import HTTPAdapter


class _Watch(threading.local):
    """The sockets on which this thread waits for an answer, while a ``cut_off`` is running."""

    sockets: list[socket.socket] | None = None


_watch = _Watch()


@contextmanager
def cut_off(seconds: float) -> Iterator[threading.Event]:
    """Shut the sockets of this thread's requests after ``seconds``; the event tells whether that happened."""
    sockets: list[socket.socket] = []
    cut = threading.Event()

    def cut_now() -> None:
        cut.set()
        for waiting in sockets:
            with suppress(OSError):  # closed in the meantime
                socket.socket.shutdown(waiting, socket.SHUT_RDWR)  # the plain one: TLS would want to say goodbye

    timer = threading.Timer(max(seconds, 0), cut_now)
    timer.daemon = True
    _watch.sockets = sockets
    timer.start()
    try:
        yield cut
    finally:
        timer.cancel()
        _watch.sockets = None


class _WatchedConnection:
    """Put before a connection class of urllib3: its socket becomes known before the first byte is waited for."""

    sock: socket.socket | None

    def getresponse(self) -> Any:
        if _watch.sockets is not None and self.sock is not None:
            _watch.sockets.append(self.sock)
        return super().getresponse()  # type: ignore[misc]


@cache
def _watched(kind: type) -> type:
    return kind if issubclass(kind, _WatchedConnection) else type(kind.__name__, (_WatchedConnection, kind), {})


class CutOffAdapter(HTTPAdapter):
    """The adapter of requests, with connections that ``cut_off`` can shut."""

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        """The pool for a request, handing out watched connections."""
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _watched(pool.ConnectionCls)
        return pool
