"""Keeps keys out of everything that is written: addresses, errors, notes, headers, answers and logs.

A key is blotted twice over: by *value*, wherever it stands and however it is escaped, and by *name*, so that a key
nobody has told us about is not written either. Nothing here knows HTTP.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence
from urllib.parse import quote, quote_plus

BLOT = "***"

KEY_NAMES = ("Ocp-Apim-Subscription-Key", "subscription-key", "api_key")

SHORTEST_SECRET = 4
"""Blotting a shorter value wherever it stands would eat half the text; it is still blotted by name."""

_NAMED = re.compile(rf"({'|'.join(KEY_NAMES)})(['\"]?\s*[=:]\s*['\"]?)([^\s&'\",;)}}<>]+)", re.IGNORECASE)
_CREDENTIALS = re.compile(r"(?<=//)[^/?\s@]+@")  # of a proxy: http://name:password@proxy


def blot_names(text: str) -> str:
    """``text`` with the value after each name of a key, and credentials before a host, blotted."""
    return _CREDENTIALS.sub(f"{BLOT}@", _NAMED.sub(rf"\1\2{BLOT}", text))


class Redactor:
    """Blots the given secrets, plain, percent-encoded or escaped, and every value that follows the name of a key."""

    def __init__(self, secrets: Sequence[str] = ()) -> None:
        written: set[str] = set()
        for secret in secrets:
            for form in (secret, secret.strip()):
                written |= {form, quote(form, safe=""), quote(form), quote_plus(form), repr(form)[1:-1]}
        forms = sorted((form for form in written if len(form) >= SHORTEST_SECRET), key=len, reverse=True)
        self._values = re.compile("|".join(map(re.escape, forms)), re.IGNORECASE) if forms else None
        self._bytes = tuple(form.encode() for form in forms)

    def __call__(self, text: str) -> str:
        """``text`` without keys."""
        return blot_names(self._values.sub(BLOT, text) if self._values else text)

    def body(self, body: bytes) -> bytes:
        """An answer without our keys, should the publisher echo them; else the very same bytes."""
        for secret in self._bytes:
            if secret in body:
                body = body.replace(secret, BLOT.encode())
        return body


class _BlotLog(logging.Filter):
    """urllib3 logs each address at DEBUG, key included."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg, record.args = blot_names(record.getMessage()), ()
        return True


def blot_library_logs() -> None:
    """Make the log lines of the HTTP library safe, whatever level somebody sets; calling it again changes nothing."""
    logger = logging.getLogger("urllib3.connectionpool")
    if not any(isinstance(known, _BlotLog) for known in logger.filters):
        logger.addFilter(_BlotLog())
