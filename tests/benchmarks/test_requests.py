"""How often publishers are asked: our two nights, beside the usual clients' for the same figures.

Against the doubles on loopback, each answer 200 ms away. Both sides keep the publishers' pace (scaled alike, see
``PACE``): the keyless UN Comtrade answers 429 to who does not. Ours also asks the IMF and UNESCO, which are counted;
the usual clients ask for the World Bank's and UN Comtrade's figures only.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from orchestration.catalog import load_catalog
from orchestration.ingest.pace import Pace
from orchestration.ingest.publishers import un_comtrade, world_bank
from orchestration.ingest.refresh import Ingest
from orchestration.night import Night
from orchestration.seeds import load_seeds
from orchestration.settings import Settings
from tests.benchmarks.measuring import keep, seconds
from tests.support.publishers import FakePublishers

pytestmark = pytest.mark.benchmark

LATENCY = 0.2  # seconds from a request to its answer
PACE = 0.1  # of the publishers' own: at 2 s a request the usual clients would take half an hour
FEWER = 5
SLACK = 0.02  # seconds by which the way to the server may shorten what lies between two starts
CATALOG, SEEDS = load_catalog(), load_seeds()
WDI, GOODS = CATALOG.datasets[world_bank.DATASET], CATALOG.datasets[un_comtrade.DATASET]


@pytest.fixture
def publishers() -> Iterator[FakePublishers]:
    with FakePublishers(latency=LATENCY) as doubles:
        yield doubles


@dataclass
class Usual:
    """A night with ``wbgapi`` and ``comtradeapicall``, called as their READMEs do: they remember nothing."""

    publishers: FakePublishers
    paces: dict[str, Pace] = field(default_factory=dict)

    def turn(self, publisher: str) -> None:
        pace = self.paces.setdefault(publisher, Pace())
        pace.take_turn(CATALOG.publishers[publisher].seconds_per_request * PACE, time.monotonic, time.sleep)

    def indicators(self) -> dict[tuple[Any, ...], float]:
        """Everything in one call, as wbgapi recommends; it cuts the address and turns the pages itself."""
        import wbgapi

        ask = wbgapi._queryAPI
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(wbgapi, "endpoint", self.publishers.urls["world_bank_url"])
            patch.setattr(wbgapi, "_queryAPI", lambda url: self.turn("world_bank") or ask(url))
            codes = [SEEDS.countries[iso3].world_bank_code for iso3 in (*SEEDS.countries_wanted, "WLD")]
            years = range(WDI.options["since"], 2026)
            asked = wbgapi.data.fetch(sorted(SEEDS.indicators_of(WDI.id)), codes, years, skipBlanks=True)
            return {(row["series"], row["economy"], row["time"].removeprefix("YR")): row["value"] for row in asked}

    def goods(self) -> dict[tuple[Any, ...], float]:
        """A reporter a call, its years by ``_previewFinalData``, which sends a request for each."""
        import comtradeapicall
        import pandas
        import urllib3

        usual = self

        class Redirected(urllib3.PoolManager):
            def request(self, method: str, url: str, **given: Any) -> Any:
                usual.turn("un_comtrade")
                there = usual.publishers.urls["comtrade_url"]
                return super().request(method, url.replace("https://comtradeapi.un.org", there), **given)

        requests = un_comtrade.plan(SEEDS, GOODS.options["since"], 2025, keyed=False)
        wanted = {(r.level, reporter, r.partners) for r in requests for reporter in r.reporters}
        found = []
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(comtradeapicall.PreviewGet.urllib3, "PoolManager", Redirected)
            for level, reporter, partners in sorted(wanted):
                found.append(
                    comtradeapicall._previewFinalData(
                        typeCode="C",
                        freqCode="A",
                        clCode="HS",
                        period=",".join(str(year) for year in range(GOODS.options["since"], 2026)),
                        reporterCode=str(reporter),
                        cmdCode=level,
                        flowCode="M,X",
                        partnerCode=",".join(map(str, partners)),
                        partner2Code="0",
                        customsCode="C00",
                        motCode="0",
                        maxRecords=500,
                        format_output="JSON",
                        includeDesc=True,
                    )
                )
        rows = pandas.concat(found)
        key = ["reporterCode", "partnerCode", "flowCode", "cmdCode", "period"]
        return {tuple(row[:-1]): row[-1] for row in rows[[*key, "primaryValue"]].itertuples(index=False, name=None)}


def our_night(home: Path, publishers: FakePublishers) -> Ingest:
    """What a refresh does before it builds: every publisher, side by side."""
    settings = Settings(**publishers.urls, home=home, origin="live", pace=PACE)
    night = Night(Ingest(settings, CATALOG, SEEDS), "live")
    asked = [dataset for dataset in CATALOG.datasets.values() if night.ingest.asks(dataset)]
    night.start(asked)
    outcomes = [night.outcome_of(dataset) for dataset in asked]
    assert {outcome.status for outcome in outcomes} <= {"updated", "unchanged", "disabled"}, outcomes
    return night.ingest


def known(ingest: Ingest, dataset: Any, key: list[str], value: str) -> dict[tuple[Any, ...], float]:
    rows = ingest.log(dataset).known().select([*key, value]).to_pylist()
    return {tuple(row[name] for name in key): row[value] for row in rows}


def test_two_nights_ask_a_fifth_of_what_the_usual_clients_do_and_sooner(
    tmp_path: Path, publishers: FakePublishers
) -> None:
    nights: dict[str, dict[str, float]] = {}
    for name in ("first night", "quiet night"):
        publishers.forget()
        ours = seconds(lambda: our_night(tmp_path / "data", publishers))
        spans = check_pace(publishers)
        nights[name] = {"our requests": publishers.count(), "our seconds": round(ours, 1)}
        if name == "first night":
            assert spans["imf"][0] < spans["un_comtrade"][1], "publishers are asked side by side"
            assert spans["un_comtrade"][0] < spans["imf"][1]
            assert ours < sum(end - start for start, end in spans.values())
        publishers.forget()
        usual, found = Usual(publishers), {}
        theirs = seconds(lambda usual=usual, found=found: found.update(wdi=usual.indicators(), goods=usual.goods()))
        check_pace(publishers)
        nights[name] |= {"usual requests": publishers.count(), "usual seconds": round(theirs, 1)}
    ingest = Ingest(Settings(home=tmp_path / "data"), CATALOG, SEEDS)
    goods = ["reporter_code", "partner_code", "flow", "product", "period"]
    assert_known(found["goods"], known(ingest, GOODS, goods, "primary_value"))
    assert_known(found["wdi"], known(ingest, WDI, ["indicator", "country_iso3", "period"], "value"))
    total = {side: sum(night[f"{side} requests"] for night in nights.values()) for side in ("our", "usual")}
    keep("requests", {"fewer": round(total["usual"] / total["our"], 1), "bound": FEWER, **nights})
    assert total["usual"] >= FEWER * total["our"]
    assert all(night["our seconds"] < night["usual seconds"] for night in nights.values())


def assert_known(found: dict[tuple[Any, ...], float], ours: dict[tuple[Any, ...], float]) -> None:
    """Whatever the usual clients found, we know by the same value (and the bundle's figures besides)."""
    assert len(found) > 10_000
    assert found == pytest.approx({point: ours.get(point) for point in found})


def check_pace(publishers: FakePublishers) -> dict[str, tuple[float, float]]:
    """Fail where two requests came closer than the publisher's pace; first and last arrival by publisher."""
    spans = {}
    for publisher in ("world_bank", "un_comtrade", "imf", "unesco_uis"):
        arrivals = sorted(asked.at for asked in publishers.requests(publisher))
        apart = CATALOG.publishers[publisher].seconds_per_request * PACE
        assert all(after - before >= apart - SLACK for before, after in pairwise(arrivals)), publisher
        if arrivals:
            spans[publisher] = arrivals[0], arrivals[-1]
    return spans
