"""Invented figures, the same in every run: NOT statistics. They only fill the publishers' doubles.

Each number is drawn from a hash of what it stands for, around a crude model of trade (large economies trade more), so
that magnitudes, totals and mirror records look plausible. A release keeps nearly all points and revises a few recent
ones by up to two percent, as publishers do.
"""

from __future__ import annotations

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

SEEDS = Path(__file__).resolve().parents[2] / "dbt_project" / "seeds"
WORLD = "WLD"
CHAPTERS = tuple(f"{number:02d}" for number in range(1, 98) if number != 77)  # HS reserves chapter 77
GDP_2024 = {"USA": 28e12, "CHN": 18e12, "IND": 3.9e12, "RUS": 2.1e12, "IRN": 0.44e12, "PAK": 0.37e12}  # rough, USD
EXPORT_STRENGTH = {"CHN": 1.0, "PAK": 0.2}
PER_USD_2024 = {"PKR": 278.6, "CNY": 7.2, "INR": 83.7, "USD": 1.0}


@dataclass(frozen=True)
class Place:
    """A country of the seeds, under the codes that publishers know it by; empty or None where they do not."""

    iso3: str
    iso2: str
    name: str
    comtrade_code: int | None
    imf_code: str
    world_bank_code: str
    uis_code: str
    currency: str
    region: str


@cache
def places() -> dict[str, Place]:
    """All countries of the seeds, and the world, by ISO 3166 code."""
    with (SEEDS / "countries.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return {
        row["iso3"]: Place(
            iso3=row["iso3"],
            iso2=row["iso2"],
            name=row["name"],
            comtrade_code=int(row["comtrade_code"]) if row["comtrade_code"] else None,
            imf_code=row["imf_code"],
            world_bank_code=row["world_bank_code"],
            uis_code=row["uis_code"],
            currency=row["currency"],
            region=row.get("region", ""),
        )
        for row in rows
    }


@cache
def indicator_names(dataset: str) -> dict[str, str]:
    """Code to name of the seed's indicators of one dataset."""
    with (SEEDS / "indicators.csv").open(encoding="utf-8", newline="") as file:
        return {row["indicator_code"]: row["name"] for row in csv.DictReader(file) if row["dataset"] == dataset}


def chance(*about: object) -> float:
    """A number in [0, 1) that belongs to ``about`` for ever."""
    digest = hashlib.blake2b("|".join(map(str, about)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64


def around(spread: float, *about: object) -> float:
    """A factor within ``1 ± spread``."""
    return 1 + spread * (2 * chance(*about) - 1)


def revised(value: float, release: int, *about: object, often: float = 0.1) -> float:
    """``value`` as it stands after ``release`` revisions, each of which touches a share ``often`` of all points."""
    for number in range(1, release + 1):
        if chance("revised", number, *about) < often:
            value *= around(0.02, "revision", number, *about)
    return value


def gdp(iso3: str, year: int) -> float:
    """Size of an economy in USD."""
    if iso3 == WORLD:
        return 1.1e14 * 1.03 ** (year - 2024)
    size = GDP_2024.get(iso3) or 10 ** (9.5 + 2.5 * chance("gdp", iso3))
    return size * 1.05 ** (year - 2024) * around(0.03, "gdp", iso3, year)


def shipped(exporter: str, importer: str, year: int) -> float:
    """Goods that went from one country to another, or from or to the world; USD FOB, as nobody knows it."""
    strength = EXPORT_STRENGTH.get(exporter) or 0.2 + 0.6 * chance("strength", exporter)
    if importer == WORLD:
        value = 0.2 * gdp(exporter, year) * strength
    elif exporter == WORLD:
        value = 0.1 * gdp(importer, year)
    else:
        value = 2e-15 * gdp(exporter, year) * gdp(importer, year) * strength
    return value * around(0.1, "shipped", exporter, importer, year)


def recorded(reporter: str, partner: str, flow: str, year: int) -> float:
    """What ``reporter`` records: exports ('X') FOB or imports ('M') CIF in USD; never quite what its partner does."""
    bias = around(0.12, "bias", reporter, partner, flow)
    if flow == "X":
        return shipped(reporter, partner, year) * bias
    return shipped(partner, reporter, year) * 1.06 * bias


@cache
def chapter_shares(reporter: str, partner: str, flow: str) -> tuple[float, ...]:
    """Shares of ``CHAPTERS`` in a flow; they add up to 1, a few being large and most small."""
    weights = [
        chance("chapter", reporter, flow, chapter) ** 6 * around(0.5, "chapter", reporter, partner, flow, chapter)
        for chapter in CHAPTERS
    ]
    return tuple(weight / sum(weights) for weight in weights)


def per_usd(currency: str, year: float) -> float:
    """Units of a currency for one US dollar."""
    start = PER_USD_2024.get(currency) or 10 ** (3 * chance("rate", currency))
    drift = 0.0 if currency == "USD" else 0.02 + 0.06 * chance("drift", currency)
    return start * float((1 + drift) ** (year - 2024))
