"""Where alerts go: the addresses of KARAKORAM_NOTIFY, by way of Apprise (mail, Slack, Teams, webhooks, …).

An address is a secret: it holds tokens and passwords. It is kept nowhere and shown nowhere; a channel is known by the
service's name and a keyed digest. Apprise's own log lines may quote addresses, so they are read here for what went
wrong and go no further.
"""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from orchestration.errors import ConfigurationError
from orchestration.notify.messages import Message
from orchestration.settings import Settings

SPLIT = re.compile(r"[\s,]+(?=[A-Za-z][A-Za-z0-9+.-]*://)")  # an address may hold commas itself (mailto: ?to=a,b)
HTTP_STATUS = re.compile(r"error=(\d{3})\b")
ROUNDS = 50_000
QUIET = ("apprise", "urllib3.connectionpool", "requests_oauthlib", "oauthlib")


@dataclass(frozen=True)
class Channel:
    """One address: ``id`` and ``name`` may be shown and kept, the ``way`` (Apprise's object) must not."""

    id: str
    name: str
    way: Any = field(repr=False, compare=False)

    def send(self, message: Message, again: bool = False) -> str | None:
        """Send one message; None when the service took it, else what went wrong, without any part of the address."""
        with _overheard() as said:
            try:
                taken = self.way.notify(
                    title=message.title, body=message.text(again), notify_type=message.tone, body_format="text"
                )
            except Exception as error:  # noqa: BLE001 one service's plug-in must not stop the other channels
                return f"{type(error).__name__} in Apprise"
        return None if taken else _what_went_wrong(" ".join(said))


def channels_of(settings: Settings, salt: bytes) -> list[Channel]:
    """The channels of KARAKORAM_NOTIFY, each once; ConfigurationError (without the address) if Apprise knows no such.

    Args:
        salt: of this home, so that the digests kept in its outbox say nothing about the addresses.
    """
    found = {}
    for place, address in enumerate(_addresses(settings), start=1):
        way = _way(address)
        if way is None:
            raise ConfigurationError(
                f"KARAKORAM_NOTIFY, address {place}: expected an address that Apprise knows (mailto://…, slack://…, "
                "json://…; the list is at https://appriseit.com), got (hidden)"
            )
        digest = hashlib.pbkdf2_hmac("sha256", address.encode(), salt, ROUNDS).hex()[:16]
        found[digest] = Channel(digest, f"{_service(way)}-{digest[:6]}", way)
    return list(found.values())


def check_channels(settings: Settings) -> None:
    """ConfigurationError if any address makes no sense; costs nothing when there is none."""
    channels_of(settings, b"only checked")


def _addresses(settings: Settings) -> list[str]:
    given = settings.notify.get_secret_value() if settings.notify else ""
    return [address.strip(" \t\r\n,") for address in SPLIT.split(given) if address.strip(" \t\r\n,")]


def _way(address: str) -> Any:
    """Apprise's object for one address, or None."""
    import apprise  # a third of a second, and most homes have no channel

    asset = apprise.AppriseAsset(app_id="Karakoram", app_desc="Karakoram: economic ties of two countries", app_url="")
    ways = apprise.Apprise(asset=asset)
    with _overheard():
        if not ways.add(address):
            return None
    if "overflow=" not in address:
        ways[0].overflow_mode = apprise.OverflowMode.SPLIT  # else a long digest is cut by some services
    return ways


def _service(way: Any) -> str:
    return re.sub(r"[^a-z0-9]+", "-", str(way[0].service_name or "channel").lower()).strip("-")


def _what_went_wrong(said: str) -> str:
    """One of our own phrases: what Apprise says may quote the address or what the service answered."""
    status = HTTP_STATUS.search(said)
    if status:
        return f"the service answered with HTTP {status[1]}"
    return "no connection to the service" if "onnection" in said else "the service did not take the message"


class _Listener(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage())


@contextmanager
def _overheard() -> Iterator[list[str]]:
    """Collect what Apprise logs, and let neither it nor the HTTP library log anything elsewhere meanwhile."""
    said: list[str] = []
    listener = _Listener(said)
    loggers = [logging.getLogger(name) for name in QUIET]
    before = [(logger.propagate, logger.level, list(logger.handlers)) for logger in loggers]
    try:
        for logger in loggers:
            logger.propagate, logger.handlers = False, [listener]
            logger.setLevel(logging.WARNING)
        yield said
    finally:
        for logger, (propagate, level, handlers) in zip(loggers, before, strict=True):
            logger.propagate, logger.handlers = propagate, handlers
            logger.setLevel(level)
