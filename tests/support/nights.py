"""What the tests of publishers' modules share: pairs of countries without files, and a context without a network."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast
from urllib.parse import urlencode

from pydantic import SecretStr

from orchestration.catalog import load_catalog
from orchestration.errors import SourceError
from orchestration.ingest.http import HttpClient, HttpResponse
from orchestration.ingest.publishers.base import Answer, FetchContext
from orchestration.seeds import Country, Membership, Seeds
from orchestration.settings import Settings

SCO = ("BLR", "CHN", "IND", "IRN", "KAZ", "KGZ", "PAK", "RUS", "TJK", "UZB")
SAARC = ("AFG", "BGD", "BTN", "IND", "LKA", "MDV", "NPL", "PAK")
COMTRADE_CODES = {
    **{"AFG": 4, "BGD": 50, "BLR": 112, "BTN": 64, "CHN": 156, "IND": 699, "IRN": 364, "KAZ": 398, "KGZ": 417},
    **{"LKA": 144, "MDV": 462, "NPL": 524, "PAK": 586, "RUS": 643, "TJK": 762, "USA": 842, "UZB": 860, "WLD": 0},
    "LIE": None,  # reports under Switzerland's code
}
TODAY = date(2026, 11, 26)


def settings_of(key: str | None = None) -> Settings:
    """The publishers' own addresses, with or without a Comtrade key, whatever the environment says."""
    return Settings(
        comtrade_url="https://comtradeapi.un.org",
        imf_url="https://api.imf.org/external/sdmx/2.1",
        comtrade_api_key=SecretStr(key) if key else None,
        sbp_api_key=None,
    )


def seeds_of(*dyads: tuple[str, str], groups: Mapping[str, Sequence[str]] | None = None) -> Seeds:
    """Pairs with their peers, by default the SCO's and SAARC's."""
    countries = {
        iso3: Country(iso3, iso3[:2], 0, iso3, code, "G001" if iso3 == "WLD" else iso3, iso3, iso3, "")
        for iso3, code in COMTRADE_CODES.items()
    }
    given = {"SCO": SCO, "SAARC": SAARC} if groups is None else groups
    memberships = (
        Membership(group, iso3, "member", date(2001, 1, 1), None) for group, all_ in given.items() for iso3 in all_
    )
    return Seeds(dyads or (("PAK", "CHN"),), countries, tuple(memberships), ())


@dataclass(frozen=True)
class Question:
    """One request as a fetcher made it."""

    url: str
    params: Mapping[str, Any]
    headers: Mapping[str, str]
    expect: Sequence[str]


@dataclass
class StubHttp:
    """Stands in for the HTTP client: asks ``answer`` and keeps what was asked. An error that it returns is raised."""

    answer: Callable[[Question], bytes | HttpResponse | SourceError]
    asked: list[Question] = field(default_factory=list)

    def get(
        self,
        url: str,
        params: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        expect: Sequence[str] = ("application/json",),
        accept_status: Sequence[int] = (200,),
    ) -> HttpResponse:
        question = Question(url, params or {}, headers or {}, expect)
        self.asked.append(question)
        answer = self.answer(question)
        if isinstance(answer, SourceError):
            raise answer
        if isinstance(answer, HttpResponse):
            assert answer.status in accept_status
            return answer
        return HttpResponse(answer, 200, f"{url}?{urlencode(question.params)}", {"content-type": expect[0]})


@dataclass
class Night:
    """One night of one dataset: what the fetcher is given, what it said and yielded, and how it ended."""

    dataset: str
    http: StubHttp
    seeds: Seeds = field(default_factory=seeds_of)
    known: Mapping[str, str | None] = field(default_factory=dict)
    options: Mapping[str, Any] | None = None
    settings: Settings = field(default_factory=settings_of)
    today: date = TODAY
    notes: list[str] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    error: SourceError | None = None

    @property
    def context(self) -> FetchContext:
        dataset = load_catalog().datasets[self.dataset]
        if self.options is not None:
            dataset = dataset.model_copy(update={"options": dict(self.options)})
        return FetchContext(
            dataset=dataset,
            settings=self.settings,
            seeds=self.seeds,
            http=cast(HttpClient, self.http),
            today=self.today,
            known=self.known,
            note=self.notes.append,
        )

    def run(self, fetch: Callable[[FetchContext], Any]) -> Night:
        """Let ``fetch`` run to its end, whichever way it ends."""
        try:
            for answer in fetch(self.context):
                self.answers.append(answer)
        except SourceError as error:
            self.error = error
        return self

    @property
    def keys(self) -> dict[str, str | None]:
        """What the next night will know."""
        return {answer.scope: answer.revision_key for answer in self.answers}
