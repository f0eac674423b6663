"""The seeds that Python needs (pairs, countries, groups, indicators), read once and validated.

The CSV files in ``dbt_project/seeds`` are the single place for these facts; dbt loads the same files into the
warehouse. A row that makes no sense stops the command before anything runs, naming file, row and column.
Rows are counted as an editor counts lines: the header is row 1.

Thresholds, parameters, evidence, claims, targets and themes are read by dbt alone; they are checked here all the same,
because a wrong row should stop the command (64), not a build that is already running.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from difflib import SequenceMatcher
from functools import cache
from pathlib import Path

from orchestration.catalog import load_catalog
from orchestration.errors import ConfigurationError
from orchestration.settings import SEEDS

WORLD = "WLD"
TOPICS = ("trade", "external", "technology", "education", "macro")
ROLES = ("founding member", "member")
PILLARS = ("trade", "technology", "education", "culture_regional")
SOURCE_KINDS = ("published_rule", "published_target", "project_default")
COMPARISONS = ("about", "more_than", "exactly")

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_URL = re.compile(r"https?://[^\s/]+\S*")
_DATED = {"day": r"\d{4}-\d{2}-\d{2}", "month": r"\d{4}-(0[1-9]|1[0-2])", "year": r"\d{4}"}
_LENGTH = {"day": 10, "month": 7, "year": 4}
_YEAR = r"(FY)?\d{4}"


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
class EasyDataSeries:
    """One line of ``easydata_series.csv``: a series of EasyData, or a dataset with one for each country.

    ``partner_iso3`` is empty where the publisher's metadata say which series is whose (``by_partner``).
    """

    series_key: str
    partner_iso3: str
    by_partner: bool


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
    """Everything that is wanted: which pairs, which countries around them, which indicators and series.

    ``state_bank_names`` are the names that the State Bank prints where it does not use ours, each with its ISO code.
    """

    dyads: tuple[tuple[str, str], ...]
    countries: Mapping[str, Country]
    memberships: tuple[Membership, ...]
    indicators: tuple[Indicator, ...]
    easydata: tuple[EasyDataSeries, ...] = ()
    state_bank_names: Mapping[str, str] = field(default_factory=dict)

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
    _check_evidence(folder, countries)
    _check_re_exports(folder, countries)
    _check_claims(folder, countries)
    _check_targets(folder, countries)
    _check_themes(folder, countries)
    if (folder / "cooperation_pillars.csv").exists():
        load_index_weights(folder)
    return Seeds(
        dyads=_dyads(folder, countries),
        countries=countries,
        memberships=_memberships(folder, countries, groups),
        indicators=_indicators(folder),
        easydata=_easydata(folder, countries),
        state_bank_names={name: iso3 for name, iso3 in _state_bank_names(folder, countries).items() if iso3},
    )


@cache
def names_in_state_bank_tables(folder: Path = SEEDS) -> Mapping[str, str]:
    """Every name that the State Bank may print, in small letters, with its ISO code; "" for lines of no one country."""
    countries = _countries(folder)
    ours = {country.name: iso3 for iso3, country in countries.items() if iso3 != WORLD}
    return {name.casefold(): iso3 for name, iso3 in {**ours, **_state_bank_names(folder, countries)}.items()}


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


def _easydata(folder: Path, countries: Mapping[str, Country]) -> tuple[EasyDataSeries, ...]:
    if not (folder / "easydata_series.csv").exists():
        return ()
    columns = ("series_key", "label", "definition", "partner_iso3", "by_partner")
    rows = _read(folder, "easydata_series.csv", columns, more=True)
    _check_once(rows, "series_key")
    found = []
    for row in rows:
        row.text("label")
        row.matching("definition", "[a-z][a-z0-9_]*", "what is measured, in small letters and underscores")
        by_partner = row.one_of("by_partner", ("true", "false"), "true or false") == "true"
        if by_partner:
            key = row.matching("series_key", "[A-Z0-9_]+", "the code of a dataset (TS_GP_BOP_XRECCOU_M)")
            row.matching("partner_iso3", "", "an empty cell: the metadata of the dataset name the countries")
        else:
            key = row.matching("series_key", r"[A-Z0-9_]+\.[A-Za-z0-9_]+", "a series' key (TS_GP_BOP_WR_M.WR0010)")
        if row.cells["partner_iso3"]:
            row.one_of("partner_iso3", countries, "an ISO 3166 alpha-3 code listed in countries.csv, or an empty cell")
        found.append(EasyDataSeries(key, row.cells["partner_iso3"], by_partner))
    return tuple(found)


def _state_bank_names(folder: Path, countries: Mapping[str, Country]) -> dict[str, str]:
    if not (folder / "state_bank_countries.csv").exists():
        return {}
    rows = _read(folder, "state_bank_countries.csv", ("printed_name", "iso3", "note"))
    _check_once(rows, "printed_name")
    for row in rows:
        if row.cells["iso3"]:
            row.country("iso3", countries)
        else:
            row.text("note")
    return {row.text("printed_name"): row.cells["iso3"] for row in rows}


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


def _check_pair(row: _Row, countries: Mapping[str, Country]) -> None:
    """A home country, or an empty cell, and a partner, the world or an empty cell."""
    if row.cells["home_iso3"]:
        row.country("home_iso3", countries)
    if row.cells["partner_iso3"] not in ("", WORLD):
        row.country("partner_iso3", countries)


def _check_evidence(folder: Path, countries: Mapping[str, Country]) -> None:
    """Each fact once, with the date that it was so and the page that says it: without either it is hearsay."""
    if not (folder / "evidence.csv").exists():
        return
    texts = ("evidence_id", "home_iso3", "topic", "statement", "source_title")
    more = ("partner_iso3", "pillar", "value", "observed_on", "observed_precision", "source_url")
    rows = _read(folder, "evidence.csv", (*texts, *more), more=True)
    _check_once(rows, "evidence_id")
    for row in rows:
        for column in texts:
            row.text(column)
        _check_pair(row, countries)
        row.one_of("pillar", PILLARS, f"one of {', '.join(PILLARS)}")
        precision = row.one_of("observed_precision", tuple(_DATED), f"one of {', '.join(_DATED)}")
        row.matching(
            "observed_on", _DATED[precision], f"a {precision} written like {'2017-06-09'[: _LENGTH[precision]]}"
        )
        if precision == "day":
            row.day("observed_on")
        row.url("source_url")
        if row.cells["value"]:
            row.number_in("value")


def _check_re_exports(folder: Path, countries: Mapping[str, Country]) -> None:
    """Each figure of an entrepot once, with the day of its publication and the table that prints it."""
    if not (folder / "entrepot_re_exports.csv").exists():
        return
    places = ("entrepot_iso3", "origin_iso3", "destination_iso3")
    more = ("period", "value_usd", "published_on", "source_title", "source_url")
    rows = _read(folder, "entrepot_re_exports.csv", (*places, *more), more=True)
    _check_once(rows, *places, "period")
    for row in rows:
        for column in places:
            row.country(column, countries)
        row.matching("period", r"\d{4}", "a calendar year written like 2024")
        row.number_in("value_usd")
        row.day("published_on")
        row.text("source_title")
        row.url("source_url")


def _check_claims(folder: Path, countries: Mapping[str, Country]) -> None:
    """Each claim once, with a number or a date, about a metric that something here computes."""
    if not (folder / "claims.csv").exists():
        return
    texts = ("claim_id", "statement", "unit", "home_iso3")
    more = ("claimed_value", "claimed_date", "comparison", "rounding", "period", "partner_iso3", "metric", "is_context")
    rows = _read(folder, "claims.csv", (*texts, *more), more=True)
    metrics = [row.text("metric") for row in _read(folder, "claim_metrics.csv", ("metric",), more=True)]
    _check_once(rows, "claim_id")
    for row in rows:
        for column in texts:
            row.text(column)
        _check_pair(row, countries)
        row.one_of("metric", metrics, "a metric listed in claim_metrics.csv")
        row.one_of("comparison", COMPARISONS, f"one of {', '.join(COMPARISONS)}")
        row.one_of("is_context", ("true", "false"), "true or false")
        if row.cells["claimed_date"]:
            row.day("claimed_date")
        else:
            row.number_in("claimed_value")
        if row.cells["rounding"]:
            row.number_in("rounding")
        if row.cells["period"]:
            row.matching("period", rf"{_YEAR}|{_DATED['month']}", "a period written like 2024, FY2025 or 2024-06")


def _check_targets(folder: Path, countries: Mapping[str, Country]) -> None:
    """Each target once; a published one with the page it stands on and the day it was set."""
    if not (folder / "targets.csv").exists():
        return
    texts = ("target_id", "metric", "source_title", "set_by")
    more = ("home_iso3", "partner_iso3", "remaining_share", "target_value_usd", "target_period", "source_url", "set_on")
    rows = _read(folder, "targets.csv", (*texts, *more, "source_kind"), more=True)
    _check_once(rows, "target_id")
    kinds = ("published_target", "project_default")
    for row in rows:
        for column in texts:
            row.text(column)
        _check_pair(row, countries)
        row.number_in("target_value_usd" if row.cells["target_value_usd"] else "remaining_share")
        row.matching("target_period", _YEAR, "a year written like 2030 or FY2029")
        if row.one_of("source_kind", kinds, f"one of {', '.join(kinds)}") == "published_target":
            row.url("source_url")
            row.day("set_on")


def _check_themes(folder: Path, countries: Mapping[str, Country]) -> None:
    """Each theme once, answered by a mart, or with the statement that nothing answers it."""
    if not (folder / "themes.csv").exists():
        return
    texts = ("theme_id", "theme", "home_iso3", "partner_iso3")
    rows = _read(folder, "themes.csv", (*texts, "pillar", "answered_by", "answer", "gap"), more=True)
    _check_once(rows, "theme_id")
    for row in rows:
        for column in texts:
            row.text(column)
        _check_pair(row, countries)
        row.one_of("pillar", PILLARS, f"one of {', '.join(PILLARS)}")
        row.text("answer" if row.cells["answered_by"] else "gap")


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
