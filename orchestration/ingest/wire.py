"""What HTTP answers are made of, in small functions: bytes, headers, addresses, and the errors of the libraries."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

CHUNK = 64 * 1024


def pieces(response: requests.Response) -> Iterator[bytes]:
    """The raw body as it arrives; urllib3 raises if it ends before its Content-Length or last chunk."""
    while piece := response.raw.read1(CHUNK, decode_content=False):
        yield piece


def gunzipped(compressed: Iterator[bytes]) -> Iterator[bytes]:
    """Decompressed in steps of at most ``CHUNK``, so that a small bomb can't fill the memory; EOFError if cut.

    urllib3's own decoder takes a gzip stream without its end for complete; this one does not.
    """
    inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    for piece in compressed:
        while piece:
            if inflate.eof:  # another gzip member follows
                inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
            yield inflate.decompress(piece, CHUNK)
            piece = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    if not inflate.eof:
        raise EOFError("the gzip stream has no end")


def retry_after(response: requests.Response) -> float | None:
    """Seconds that the Retry-After header asks for, given as seconds or as a date; None without a usable one."""
    told = response.headers.get("Retry-After")
    if told is None:
        return None
    try:
        return float(urllib3.Retry().parse_retry_after(told))
    except (urllib3.exceptions.InvalidHeader, ValueError, OverflowError):
        return None


def root_cause(error: BaseException) -> str:
    """The innermost cause that the libraries have wrapped, as one line."""
    while True:
        inner = next((arg for arg in (getattr(error, "reason", None), *reversed(error.args)) if _is_error(arg)), None)
        if inner is None:
            return f"{type(error).__name__}: {error}"
        error = inner


def _is_error(value: object) -> bool:
    return isinstance(value, BaseException)


def media_type(header: str) -> str:
    """'application/json' of 'application/json;charset=utf-8'; a version is a parameter too."""
    return header.partition(";")[0].strip().lower()


def same_host(here: str, location: str) -> bool:
    """Whether ``location`` is on the host of ``here``: same port, or http made https on the usual ports."""
    try:
        old, new = urlsplit(here), urlsplit(urljoin(here, location))
        upgraded = (old.scheme, old.port or 80, new.scheme, new.port or 443) == ("http", 80, "https", 443)
        return old.hostname == new.hostname and (upgraded or (old.scheme, old.port) == (new.scheme, new.port))
    except ValueError:  # no address at all, or a port that is no number
        return False


def is_loopback(url: str) -> bool:
    """Whether the host is this machine, which no proxy can reach for us."""
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:  # a name
        return host == "localhost"
