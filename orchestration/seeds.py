"""The seeds that Python needs (pairs, countries, groups, indicators), read once and validated.

The CSV files in ``dbt_project/seeds`` are the single place for these facts; dbt loads the same files into the
warehouse. A row that makes no sense stops the command before anything runs, naming file, row and column.
Rows are counted as an editor counts lines: the header is row 1.

``thresholds.csv`` and ``parameters.csv`` are read by dbt alone; they are checked here all the same, because a
wrong limit should stop the command (64), not a build that is already running.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import SequenceMatcher
from pathlib import Path

from orchestration.catalog import load_catalog
from orchestration.errors import ConfigurationError
from orchestration.settings import SEEDS

WORLD = "WLD"
TOPICS = ("trade", "external", "technology", "education", "macro")
ROLES = ("founding member", "member")
PILLARS = ("trade", "technology", "education", "culture_regional")
SOURCE_KINDS = ("published_rule", "published_target", "project_default")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_URL = re.compile(r"https?://[^\s/]+\S*")


@dataclass(frozen=True)
class Country:
    """One country of ISO 3166, or the world (WLD), with the codes that each publisher knows it by.

    ``comtrade_code`` is None for territories that report under another country's code (Liechtenstein under
    Switzerland) or not at all; ``world_bank_code`` is empty where the World Bank has no such economy.
    """

    iso3: str
    iso2: str
    m49: int
    name: str
    comtrade_code: int | None
    imf_code: str
    world_bank_code: str
    uis_code: str
    currency: str


@dataclass(frozen=True)
class Membership:
    """One country's membership of one group, from ``member_from`` to before ``member_to`` (None: it goes on)."""

    group_id: str
    iso3: str
    role: str
    member_from: date
    member_to: date | None

    def covers(self, day: date) -> bool:
        """Whether the country is a member on ``day``."""
        return self.member_from <= day and (self.member_to is None or day < self.member_to)


@dataclass(frozen=True)
class Indicator:
    """One series that a publisher is asked for by its code, for every country wanted."""

    indicator_code: str
    dataset: str
    name: str
    unit: str
    topic: str


@dataclass(frozen=True)
class IndexWeights:
    """Weights of the cooperation index by pillar and, within each, by indicator, and how runs vary them at random.

    Weights count against the others of their group; 0 means shown, not scored. A Dirichlet distribution around them
    has ``concentration`` times each weight's share as parameters.
    """

    pillars: dict[str, float]
    indicators: dict[str, dict[str, float]]
    runs: int
    concentration: float
    seed: int


@dataclass(frozen=True)
class Seeds:
    """Everything that is wanted: which pairs, which countries around them, which indicators."""

    dyads: tuple[tuple[str, str], ...]
    countries: Mapping[str, Country]
    memberships: tuple[Membership, ...]
    indicators: tuple[Indicator, ...]

    def peers(self, home: str, partner: str, on: date | None = None) -> tuple[str, ...]:
        """Members, on that day (default: today, UTC), of the groups that ``home`` belongs to; without the pair."""
        day = on or datetime.now(UTC).date()
        present = [membership for membership in self.memberships if membership.covers(day)]
        groups = {membership.group_id for membership in present if membership.iso3 == home}
        members = {membership.iso3 for membership in present if membership.group_id in groups}
        return tuple(sorted(members - {home, partner}))

    def homes_of(self, partner: str) -> tuple[str, ...]:
        """The homes paired with ``partner`` and their peers: everybody whose trade with it is compared; sorted."""
        homes = {home for home, other in self.dyads if other == partner}
        return tuple(sorted(homes.union(*(self.peers(home, partner) for home in homes))))

    @property
    def partners(self) -> tuple[str, ...]:
        """Every partner of a pair, once, sorted."""
        return tuple(sorted({partner for _, partner in self.dyads}))

    @property
    def countries_wanted(self) -> tuple[str, ...]:
        """Every home, partner and peer, once, sorted; without the world."""
        wanted = {code for dyad in self.dyads for code in dyad}
        return tuple(sorted(wanted.union(*(self.peers(home, partner) for home, partner in self.dyads))))

    def indicators_of(self, dataset: str) -> tuple[str, ...]:
        """The codes to ask ``dataset`` for, in the order of the seed."""
        return tuple(indicator.indicator_code for indicator in self.indicators if indicator.dataset == dataset)


def load_seeds(folder: Path = SEEDS) -> Seeds:
    """Read and validate the seeds of ``folder``; ConfigurationError names file, row, column and what was expected."""
    countries = _countries(folder)
    groups = _groups(folder)
    _check_thresholds(folder)
    _check_parameters(folder)
    if (folder / "cooperation_pillars.csv").exists():
        load_index_weights(folder)
    return Seeds(
        dyads=_dyads(folder, countries),
        countries=countries,
        memberships=_memberships(folder, countries, groups),
        indicators=_indicators(folder),
    )


@dataclass(frozen=True)
class _Row:
    """One row of one file, and how to say what is wrong with it."""

    file: str
    number: int
    cells: Mapping[str, str]

    def wrong(self, column: str, expected: str, hint: str | None = None) -> ConfigurationError:
        got = self.cells[column]
        said = "an empty cell" if got == "" else repr(got)
        did_you_mean = f"; did you mean {hint}?" if hint else ""
        return ConfigurationError(
            f"{self.file}, row {self.number}, column {column}: expected {expected}, got {said}{did_you_mean}"
        )

    def optional(self, column: str) -> str:
        cell = self.cells[column]
        if cell != cell.strip():
            raise self.wrong(column, "no spaces around the value")
        return cell

    def text(self, column: str) -> str:
        cell = self.optional(column)
        if not cell:
            raise self.wrong(column, "a value")
        return cell

    def matching(self, column: str, pattern: str, expected: str) -> str:
        cell = self.cells[column]
        if not re.fullmatch(pattern, cell):
            raise self.wrong(column, expected)
        return cell

    def one_of(self, column: str, known: Collection[str], expected: str) -> str:
        cell = self.cells[column]
        if cell not in known:
            raise self.wrong(column, expected, _closest(cell, known))
        return cell

    def whole(self, column: str) -> int:
        return int(self.matching(column, r"\d{1,9}", "a whole number"))

    def number_in(self, column: str) -> float:
        return float(self.matching(column, _NUMBER.pattern, "a number written like 0.25"))

    def day(self, column: str) -> date:
        expected = "a date written like 2017-06-09"
        try:
            return date.fromisoformat(self.matching(column, r"\d{4}-\d{2}-\d{2}", expected))
        except ValueError:
            raise self.wrong(column, expected) from None

    def url(self, column: str) -> str:
        return self.matching(column, _URL.pattern, "an address that starts with http:// or https://")

    def country(self, column: str, countries: Mapping[str, Country]) -> str:
        cell = self.cells[column]
        if cell not in countries:
            raise self.wrong(
                column, "an ISO 3166 alpha-3 code listed in countries.csv", _closest_country(cell, countries)
            )
        if cell == WORLD:
            raise self.wrong(column, "a single country")
        return cell


def _closest(cell: str, known: Iterable[str]) -> str | None:
    """The known value that was probably meant; letter case and spaces around it don't count.

    Of values that are equally close, the one that starts like ``cell`` does: typing goes wrong towards the end.
    """
    wanted = cell.strip().casefold()
    folded = {value.casefold(): value for value in known}

    def closeness(value: str) -> tuple[float, bool, str]:
        return SequenceMatcher(None, value, wanted).ratio(), value.startswith(wanted[:2]), value

    best = max(map(closeness, folded), default=(0.0, False, ""))
    return folded[best[2]] if best[0] >= 0.6 else None


def _closest_country(cell: str, countries: Mapping[str, Country]) -> str | None:
    """The same for a country, which may also have been written as its alpha-2 code or its name."""
    wanted = cell.strip().casefold()
    for country in countries.values():
        if wanted in (country.iso2.casefold(), country.name.casefold()) and wanted:
            return country.iso3
    return _closest(cell, [code for code in countries if code != WORLD])


def _read(folder: Path, file: str, columns: Sequence[str], *, more: bool = False) -> list[_Row]:
    """The rows of one seed, in the columns promised (in any order); with ``more``, others may stand beside them."""
    path = folder / file
    try:
        text = path.read_bytes().decode("utf-8-sig")  # spreadsheets write a byte order mark
    except FileNotFoundError:
        raise ConfigurationError(f"{file}: expected this file among the seeds, found none; looked at {path}") from None
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{file}: expected UTF-8 text; byte {error.start} is not. Save it as UTF-8") from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        lines = [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise ConfigurationError(f"{file}, row {reader.line_num}: expected comma-separated cells; {error}") from None
    if not lines:
        raise ConfigurationError(f"{file}: expected the header {','.join(columns)}, got an empty file")
    header = lines[0][1]
    _check_header(file, header, columns, more)
    return [_row(file, number, header, cells) for number, cells in lines[1:]]


def _check_header(file: str, header: Sequence[str], columns: Sequence[str], more: bool) -> None:
    missing = [column for column in columns if column not in header]
    extra = [] if more else [column for column in header if column not in columns]
    doubled = sorted({column for column in header if header.count(column) > 1})
    for problem, names in (("missing", missing), ("unknown", extra), ("doubled", doubled)):
        if names:
            raise ConfigurationError(
                f"{file}, row 1: expected the columns {', '.join(columns)}; {problem}: {', '.join(map(repr, names))}"
            )


def _row(file: str, number: int, header: Sequence[str], cells: Sequence[str]) -> _Row:
    if len(cells) != len(header):
        got = "an empty line; delete it" if not cells else str(len(cells))
        raise ConfigurationError(f"{file}, row {number}: expected {len(header)} cells ({', '.join(header)}), got {got}")
    return _Row(file, number, dict(zip(header, cells, strict=True)))


def _check_once(rows: Sequence[_Row], *columns: str) -> None:
    """Raise ConfigurationError at the second row that has the same values (empty cells don't count)."""
    first: dict[tuple[str, ...], int] = {}
    for row in rows:
        values = tuple(row.cells[column] for column in columns)
        if not any(values):
            continue
        if values in first:
            raise row.wrong(columns[-1], f"each {' and '.join(columns)} once (it is in row {first[values]} already)")
        first[values] = row.number


def _countries(folder: Path) -> dict[str, Country]:
    codes = ("iso3", "iso2", "m49", "name", "comtrade_code", "imf_code", "world_bank_code", "uis_code")
    for_dbt_alone = ("region", "sub_region", "is_landlocked_developing")
    rows = _read(folder, "countries.csv", (*codes, "currency", *for_dbt_alone))
    for column in codes:
        _check_once(rows, column)
    found = {country.iso3: country for country in map(_country, rows)}
    if WORLD not in found:
        raise ConfigurationError(f"countries.csv: expected a row for the world ({WORLD}), found none")
    return found


def _country(row: _Row) -> Country:
    iso3 = row.matching("iso3", "[A-Z]{3}", "three capital letters (ISO 3166 alpha-3)")
    if iso3 != WORLD:  # ISO has no alpha-2 code for the world
        row.matching("iso2", "[A-Z]{2}", "two capital letters (ISO 3166 alpha-2)")
    row.one_of("is_landlocked_developing", ("true", "false"), "true or false")
    return Country(
        iso3=iso3,
        iso2=row.optional("iso2"),
        m49=row.whole("m49"),
        name=row.text("name"),
        comtrade_code=row.whole("comtrade_code") if row.cells["comtrade_code"] else None,
        imf_code=row.text("imf_code"),
        world_bank_code=row.optional("world_bank_code"),
        uis_code=row.optional("uis_code"),
        currency=row.matching("currency", "([A-Z]{3})?", "three capital letters (ISO 4217) or an empty cell"),
    )


def _dyads(folder: Path, countries: Mapping[str, Country]) -> tuple[tuple[str, str], ...]:
    rows = _read(folder, "dyads.csv", ("home_iso3", "partner_iso3"))
    if not rows:
        raise ConfigurationError("dyads.csv: expected at least one pair below the header (PAK,CHN), found none")
    for row in rows:
        for column in ("home_iso3", "partner_iso3"):
            if countries[row.country(column, countries)].comtrade_code is None:
                raise row.wrong(column, "a country that reports its own trade (comtrade_code in countries.csv)")
        if row.cells["home_iso3"] == row.cells["partner_iso3"]:
            raise row.wrong("partner_iso3", "another country than home_iso3")
    _check_once(rows, "home_iso3", "partner_iso3")
    return tuple((row.cells["home_iso3"], row.cells["partner_iso3"]) for row in rows)


def _groups(folder: Path) -> tuple[str, ...]:
    rows = _read(folder, "groups.csv", ("group_id", "name", "url"))
    _check_once(rows, "group_id")
    for row in rows:
        row.matching("group_id", "[A-Z][A-Z0-9_]*", "a short name in capital letters")
        row.text("name")
        row.url("url")
    return tuple(row.cells["group_id"] for row in rows)


def _memberships(folder: Path, countries: Mapping[str, Country], groups: Collection[str]) -> tuple[Membership, ...]:
    columns = ("group_id", "iso3", "role", "member_from", "member_to", "source_title", "source_url")
    found: list[Membership] = []
    for row in _read(folder, "group_memberships.csv", columns):
        row.text("source_title")
        row.url("source_url")
        membership = Membership(
            group_id=row.one_of("group_id", groups, "a group listed in groups.csv"),
            iso3=row.country("iso3", countries),
            role=row.one_of("role", ROLES, " or ".join(ROLES)),
            member_from=row.day("member_from"),
            member_to=row.day("member_to") if row.cells["member_to"] else None,
        )
        if membership.member_to and membership.member_to <= membership.member_from:
            raise row.wrong("member_to", "a day after member_from, or an empty cell for a membership that goes on")
        if any(_overlap(membership, other) for other in found):
            raise row.wrong("member_from", f"a day after {membership.iso3}'s former membership ended")
        found.append(membership)
    return tuple(found)


def _overlap(one: Membership, other: Membership) -> bool:
    same = (one.group_id, one.iso3) == (other.group_id, other.iso3)
    return same and (one.covers(other.member_from) or other.covers(one.member_from))


def _indicators(folder: Path) -> tuple[Indicator, ...]:
    rows = _read(folder, "indicators.csv", ("indicator_code", "dataset", "name", "unit", "topic"))
    datasets = load_catalog().datasets
    seeded = [name for name, dataset in datasets.items() if dataset.options.get("indicators") == "seed"]
    for row in rows:
        row.one_of("dataset", datasets, "a dataset listed in the catalogue (datasets.yaml)")
        row.one_of("dataset", seeded, f"a dataset that is asked by indicator ({', '.join(seeded)})")
    _check_once(rows, "dataset", "indicator_code")
    return tuple(
        Indicator(
            indicator_code=row.matching("indicator_code", r"[A-Za-z0-9._-]+", "the publisher's code of one series"),
            dataset=row.cells["dataset"],
            name=row.text("name"),
            unit=row.text("unit"),
            topic=row.one_of("topic", TOPICS, f"one of {', '.join(TOPICS)}"),
        )
        for row in rows
    )


def _check_thresholds(folder: Path) -> None:
    """Each rule once, with a direction, limits that are numbers, and the page that they come from."""
    if not (folder / "thresholds.csv").exists():
        return
    texts = ("rule_id", "metric", "subject_kind", "frequency", "unit", "source_title")
    numbers = ("limit_value", "hysteresis")
    counts = ("n_on", "n_off")
    rows = _read(
        folder,
        "thresholds.csv",
        (*texts, "direction", "watch_value", *numbers, *counts, "source_url", "source_kind"),
        more=True,
    )
    _check_once(rows, "rule_id")
    for row in rows:
        for column in texts:
            row.text(column)
        for column in counts:
            row.matching(column, "[1-9][0-9]?", "a number of periods, 1 or more")
        limit, _ = (row.number_in(column) for column in numbers)
        watch = row.number_in("watch_value") if row.cells["watch_value"] else limit  # a rule may have no watch band
        direction = row.one_of(
            "direction", ("above", "below"), "above or below (the side on which the limit is broken)"
        )
        if watch > limit if direction == "above" else watch < limit:
            raise row.wrong("watch_value", f"a value that is reached before limit_value ({row.cells['limit_value']})")
        kind = row.one_of("source_kind", SOURCE_KINDS, f"one of {', '.join(SOURCE_KINDS)}")
        if kind != "project_default" or row.cells["source_url"]:  # only our own defaults have no page to cite
            row.url("source_url")


def _check_parameters(folder: Path) -> None:
    """Each parameter once, with a value that is a number and a source (an address, if it has one)."""
    if not (folder / "parameters.csv").exists():
        return
    rows = _read(folder, "parameters.csv", ("parameter", "value", "unit", "source_title", "source_url"), more=True)
    _check_once(rows, "parameter")
    for row in rows:
        for column in ("parameter", "unit", "source_title"):
            row.text(column)
        row.number_in("value")
        if row.cells["source_url"]:
            row.url("source_url")


def load_index_weights(folder: Path = SEEDS) -> IndexWeights:
    """Read and validate what the cooperation index is weighted by; ConfigurationError names file, row and column."""
    pillars = _pillar_weights(folder)
    numbers = {
        row.text("parameter"): row.number_in("value")
        for row in _read(folder, "parameters.csv", ("parameter", "value"), more=True)
    }
    try:
        runs, concentration, seed = (numbers[f"index_{name}"] for name in ("runs", "weight_concentration", "seed"))
    except KeyError as error:
        raise ConfigurationError(f"parameters.csv: expected a row for the parameter {error}, found none") from None
    return IndexWeights(pillars, _indicator_weights(folder, pillars), int(runs), concentration, int(seed))


def _pillar_weights(folder: Path) -> dict[str, float]:
    rows = _read(folder, "cooperation_pillars.csv", ("pillar", "weight"), more=True)
    _check_once(rows, "pillar")
    weights = {row.one_of("pillar", PILLARS, f"one of {', '.join(PILLARS)}"): _weight(row) for row in rows}
    if missing := [pillar for pillar in PILLARS if not weights.get(pillar)]:
        raise ConfigurationError(f"cooperation_pillars.csv: expected a row with a weight for {', '.join(missing)}")
    return weights


def _indicator_weights(folder: Path, pillars: Collection[str]) -> dict[str, dict[str, float]]:
    file = "cooperation_indicator_definitions.csv"
    goalposts = ("direction", "goalpost_low", "goalpost_high")
    rows = _read(folder, file, ("indicator", "pillar", *goalposts, "weight"), more=True)
    _check_once(rows, "indicator")
    weights: dict[str, dict[str, float]] = {pillar: {} for pillar in pillars}
    for row in rows:
        row.one_of("direction", ("1", "-1"), "1 (more is better) or -1 (less is better)")
        if row.number_in("goalpost_high") <= row.number_in("goalpost_low"):
            raise row.wrong("goalpost_high", f"a number above goalpost_low ({row.cells['goalpost_low']})")
        pillar = row.one_of("pillar", pillars, "a pillar listed in cooperation_pillars.csv")
        weights[pillar][row.text("indicator")] = _weight(row)
    if missing := [pillar for pillar, of_pillar in weights.items() if not any(of_pillar.values())]:
        raise ConfigurationError(f"{file}: expected an indicator with a weight for {', '.join(missing)}, found none")
    return weights


def _weight(row: _Row) -> float:
    weight = row.number_in("weight")
    if weight < 0:
        raise row.wrong("weight", "a number that is not negative")
    return weight
