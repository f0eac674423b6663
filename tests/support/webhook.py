"""A webhook on 127.0.0.1 that takes what Apprise posts (``json://``), or refuses it, as it is told."""

from __future__ import annotations

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any


class Webhook:
    """A context manager. ``taken`` holds what was accepted, ``refused`` counts the rest, ``status`` may be changed."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.taken: list[dict[str, Any]] = []
        self.refused = 0
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_port)

    def address(self, token: str = "a-very-secret-token") -> str:
        """The Apprise address, with something secret in it."""
        return f"json://user:{token}@127.0.0.1:{self.port}/hooks/{token}"

    @property
    def titles(self) -> list[str]:
        """Of what was accepted, in order."""
        return [message["title"] for message in self.taken]

    def __enter__(self) -> Webhook:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(timeout=5)


def _handler_of(webhook: Webhook) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = 10

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if webhook.status == 200:
                webhook.taken.append(json.loads(body))
            else:
                webhook.refused += 1
            self.send_response(webhook.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Silent."""

    return Handler
