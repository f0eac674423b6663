"""A double of the five publishers and of the State Bank's files, on loopback: their addresses, envelopes, limits and
bad habits, invented figures.

Each publisher answers below a prefix of its own, as its documentation and recorded answers say. Nothing here is a
statistic; see ``figures``. What a test can do: make a publisher misbehave (``set_mode``), let it publish
(``release``), slow it down (``latency``), and read what it was asked (``requests``, ``count``).

    with FakePublishers() as publishers:
        settings = Settings(**publishers.urls, pace=0, origin="live")
        publishers.set_mode("imf", "down")
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.utils import format_datetime
from threading import Lock
from types import TracebackType

from tests.support import (
    fake_comtrade,
    fake_easydata,
    fake_imf,
    fake_state_bank_files,
    fake_uis,
    fake_world_bank,
    fake_world_bank_sources,
)
from tests.support.loopback import HTML, Asked, LoopbackServer, Reply, busy
from tests.support.state import State

MODES = {
    "ok": "answers",
    "down": "status 503, always",
    "html": "a web page with status 200",
    "truncated": "hangs up in the middle of the body",
    "cut": "the first half of the body, declared as the whole",
    "slow": "each answer after slow_seconds",
    "error_envelope": "the publisher's own way of saying no",
    "times_1000": "every value a thousand times too large",
    "duplicate_rows": "every row twice",
    "missing_column": "the field or column that holds the value is gone",
    "empty": "the publisher's own way of having nothing",
    "unknown_country": "one row of a country ZZZ (999) that nobody asked for",
}

Mode = str | Callable[[Asked], str]
"""One of ``MODES``, or what decides on one for each request: one period of many may fail."""


@dataclass(frozen=True)
class Double:
    """One publisher: its setting, its prefix on the server, and how it answers a path below that prefix."""

    setting: str
    prefix: str
    answer: Callable[[Asked, str, State], Reply]
    state: Callable[[], State] = State


def _world_bank(asked: Asked, path: str, state: State) -> Reply:
    """The API of indicators, and below a language the newer one."""
    language, *parts = path.strip("/").split("/")
    newer = fake_world_bank_sources.answer(asked, parts, state) if language == "en" else None
    return newer or fake_world_bank.answer(asked, path, state)


DOUBLES = {
    "world_bank": Double("world_bank_url", "/world_bank/v2", _world_bank),
    "un_comtrade": Double(
        "comtrade_url",
        "/un_comtrade",
        fake_comtrade.answer,
        lambda: State(key="comtrade-key-for-tests", caps={"preview": 500, "keyed": 100_000}),
    ),
    "imf": Double("imf_url", "/imf/external/sdmx/2.1", fake_imf.answer),
    "unesco_uis": Double("uis_url", "/unesco_uis/api/public", fake_uis.answer),
    "state_bank_pakistan": Double(
        "sbp_url", "/state_bank_pakistan/api/v1", fake_easydata.answer, lambda: State(key="easydata-key-for-tests")
    ),
    "state_bank_site": Double("sbp_site_url", "/state_bank_site/assets/document", fake_state_bank_files.answer),
    "state_bank_archive": Double("sbp_archive_url", "/state_bank_archive/ecodata", fake_state_bank_files.answer),
}


class FakePublishers:
    """All doubles behind one server; a context manager. Publishers go by the ids of the catalogue.

    The State Bank has three: EasyData under its id, and the two places of its files. With a ``clock``, answers carry
    its time as their Date, as those of all publishers do: an answer that is dated otherwise than our clock is refused.
    """

    def __init__(
        self, *, latency: float = 0.0, slow_seconds: float = 0.5, clock: Callable[[], datetime] | None = None
    ) -> None:
        self.latency, self.slow_seconds, self.clock = latency, slow_seconds, clock
        self.states = {publisher: double.state() for publisher, double in DOUBLES.items()}
        self._modes: dict[str, Mode] = dict.fromkeys(DOUBLES, "ok")
        self._lock = Lock()
        self._server = LoopbackServer(self._answer)

    def __enter__(self) -> FakePublishers:
        self._server.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.__exit__(kind, error, trace)

    @property
    def urls(self) -> dict[str, str]:
        """The base URL of each publisher, by the field of ``Settings`` that holds it."""
        return {double.setting: f"{self._server.url}{double.prefix}" for double in DOUBLES.values()}

    @property
    def environment(self) -> dict[str, str]:
        """The same by the names of the environment."""
        return {f"KARAKORAM_{setting.upper()}": url for setting, url in self.urls.items()}

    @property
    def keys(self) -> dict[str, str]:
        """The keys that the doubles accept, by the names of the environment."""
        return {
            "COMTRADE_API_KEY": self.states["un_comtrade"].key,
            "SBP_API_KEY": self.states["state_bank_pakistan"].key,
        }

    def set_mode(self, publisher: str, mode: Mode) -> None:
        """Make a publisher misbehave from the next request on; see ``MODES``."""
        self._modes[_known(publisher)] = mode if callable(mode) else _mode(mode)

    def set_all_modes(self, mode: Mode) -> None:
        """Make all publishers misbehave alike."""
        for publisher in DOUBLES:
            self.set_mode(publisher, mode)

    def release(self, publisher: str, *, announce: bool = True) -> int:
        """Publish: some recent points are revised, a period is added. Returns the number of the release.

        Without ``announce``, values change and what tells a release from the next (date, checksum, version) does not.
        """
        state = self.states[_known(publisher)]
        with self._lock:
            state.release += 1
            if announce:
                state.announced = state.release
        return state.release

    def requests(self, publisher: str | None = None) -> Sequence[Asked]:
        """What was asked so far, of one publisher (its prefix taken off the path) or of all."""
        if publisher is None:
            return tuple(self._server.seen)
        prefix = DOUBLES[_known(publisher)].prefix
        return tuple(
            replace(asked, path=asked.path.removeprefix(prefix))
            for asked in self._server.seen
            if asked.path.startswith(f"{prefix}/")
        )

    def count(self, publisher: str | None = None) -> int:
        """How many requests came in."""
        return len(self.requests(publisher))

    def forget(self) -> None:
        """Empty the log of requests."""
        self._server.seen.clear()

    def _answer(self, asked: Asked) -> Reply:
        for publisher, double in DOUBLES.items():
            if asked.path.startswith(f"{double.prefix}/"):
                mode = self._modes[publisher]
                name = _mode(mode(asked)) if callable(mode) else mode
                state = replace(self.states[publisher], mode=name)
                reply = self._spoiled(name, double, asked, state)
                dated = {"Date": format_datetime(self.clock(), usegmt=True)} if self.clock else {}
                return replace(reply, delay=reply.delay + self.latency, headers={**reply.headers, **dated})
        return Reply(b"no such publisher", 404, content_type="text/plain")

    def _spoiled(self, mode: str, double: Double, asked: Asked, state: State) -> Reply:
        """The faults that do not depend on the publisher."""
        if mode == "down":
            return busy(503, body=b"upstream connect error")
        if mode == "html":
            return HTML
        reply = double.answer(asked, asked.path.removeprefix(double.prefix), state)
        half = len(reply.body) // 2
        if mode == "truncated":
            return replace(reply, length=len(reply.body), cut_after=half)
        if mode == "cut":
            return replace(reply, body=reply.body[:half])
        if mode == "slow":
            return replace(reply, delay=self.slow_seconds)
        return reply


def _mode(name: str) -> str:
    if name not in MODES:
        raise ValueError(f"no mode {name!r}; expected one of {', '.join(MODES)}")
    return name


def _known(publisher: str) -> str:
    if publisher not in DOUBLES:
        raise ValueError(f"no publisher {publisher!r}; expected one of {', '.join(DOUBLES)}")
    return publisher
