"""UNESCO Institute for Statistics (UIS): tertiary education and internationally mobile students.

The UIS publishes numbered versions, two or three a year, and every request can name the one it means. So
``/versions/default`` tells in one request whether there is anything new, and all requests of one answer are pinned to
the same version. Its API ignores parameters that it does not know and still answers 200, hence the check that only
what was asked for came back.

Students by country of origin are one indicator per origin, and their numbers are written nowhere but in the
definitions: "Inbound internationally mobile students from <area>: Students from <country>, both sexes (number)". The
reporting country (``geoUnit``) is the host. An origin without such an indicator, and a host that reports nobody by
origin, are gaps that get a note, not errors.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa

from orchestration.errors import ContractError, PermanentSourceError, SourceError
from orchestration.ingest.contracts import Contract
from orchestration.ingest.decoding import decode_json
from orchestration.ingest.http import HttpResponse
from orchestration.ingest.publishers.asking import short_hash
from orchestration.ingest.publishers.base import Answer, FetchContext, Source

DATASET = "unesco_uis.education"
URL_CHARACTERS = 3_500
RECORDS_PER_REQUEST = 100_000  # more are refused with status 400

UNKNOWN_CODE_HINTS = ("UIS::HINT::001", "UIS::HINT::003")  # no such indicator, no such geoUnit
NO_DATA_IN_SPAN_HINT = "UIS::HINT::004"  # the indicator exists, and has nothing in the years asked for

_COLUMNS: dict[str, pa.DataType] = {
    "indicator": pa.string(),
    "country_iso3": pa.string(),
    "period": pa.string(),
    "value": pa.float64(),
    "magnitude": pa.string(),
    "qualifier": pa.string(),
    "indicator_name": pa.string(),
}

CONTRACT = Contract(
    schema=pa.schema(_COLUMNS),
    key=("indicator", "country_iso3", "period"),
    values=("value",),
    group=("indicator",),
)

_BY_ORIGIN = re.compile(
    r"Inbound internationally mobile students from [^:]+: Students from (?P<origin>.+), both sexes \(number\)"
)
_NOISE = frozenset({"the", "of", "and"})


# ---- reading ---------------------------------------------------------------------------------------------------------


def parse(parts: Sequence[bytes], where: str) -> pa.Table:
    """The records of all data answers as one table that keeps ``CONTRACT``; points without a value are left out.

    Args:
        parts: the answer of ``/definitions/indicators`` (a list; names the indicators; may be missing) and those of
            ``/data/indicators`` (objects with ``records``).
        where: for messages.

    Raises:
        ContractError: neither of the two, a record without one of its fields, a year or a value that is none.
    """
    names: dict[str, str] = {}
    records: list[dict[str, Any]] = []
    for body in parts:
        content = decode_json(body, where)
        if isinstance(content, list):
            names |= _names(content, where)
        else:
            records += [_record(given, where) for given in _listed(content, "records", where)]
    kept = [record | {"indicator_name": names.get(record["indicator"])} for record in records]
    return CONTRACT.table([record for record in kept if record["value"] is not None], where)


def _names(definitions: Any, where: str) -> dict[str, str]:
    """Indicator code to name. The definitions say ``indicatorCode`` where the data say ``indicatorId``."""
    found = {}
    for given in definitions if isinstance(definitions, list) else [definitions]:
        try:
            found[str(given["indicatorCode"])] = str(given["name"])
        except (KeyError, TypeError) as error:
            raise _unreadable("a definition lacks its code or name", where, "indicatorCode and name", given) from error
    return found


def _listed(content: Any, name: str, where: str) -> list[Any]:
    found = content.get(name) if isinstance(content, dict) else None
    if not isinstance(found, list):
        raise _unreadable(f"the answer has no list of {name}", where, "{hints: […], records: […]}", content)
    return found


def _record(given: Any, where: str) -> dict[str, Any]:
    try:
        indicator, country, year, value = (given[name] for name in ("indicatorId", "geoUnit", "year", "value"))
        magnitude, qualifier = given["magnitude"], given["qualifier"]
    except (KeyError, TypeError) as error:
        fields = "indicatorId, geoUnit, year, value, magnitude and qualifier"
        raise _unreadable(f"a record lacks the field {error}", where, fields, given) from error
    if not (isinstance(indicator, str) and indicator and isinstance(country, str) and country):
        raise _unreadable("a record has no indicator or no country", where, "two codes", given)
    if isinstance(year, bool) or not isinstance(year, int) or not 1900 <= year <= 2100:
        raise _unreadable("a year is not a year", where, "a whole number such as 2024", given)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise _unreadable("a value is not a number", where, "a JSON number, or null", given)
    return {
        "indicator": indicator,
        "country_iso3": country,
        "period": str(year),
        "value": None if value is None else float(value),
        "magnitude": magnitude or None,
        "qualifier": qualifier or None,
    }


def _unreadable(what: str, where: str, expected: str, got: Any) -> ContractError:
    return ContractError(what, where=where, expected=expected, got=str(got), todo="read the answer")


# ---- asking ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Question:
    """What is wanted of one version: indicators of the seed and those by origin, for all countries, since a year."""

    base_url: str
    indicators: tuple[str, ...]
    countries: Mapping[str, str]  # geoUnit to the country's name in countries.csv
    since: int
    until: int

    @property
    def scope(self) -> str:
        """Stable from night to night: neither the version nor the year in which it is asked is part of it."""
        return f"education/{short_hash([sorted(self.indicators), sorted(self.countries), self.since])}"


@dataclass
class _Findings:
    """What the answers said beside their records."""

    unknown: dict[str, str] = field(default_factory=dict)  # code to the publisher's words
    notes: list[str] = field(default_factory=list)


def fetch(context: FetchContext) -> Iterator[Answer]:
    """Ask for the current version if it is not the known one; yield one answer, then report codes that are gone.

    Raises:
        PermanentSourceError: an indicator or a country of the seeds that the UIS no longer knows, or an answer
            without any record. What the others gave has been yielded by then.
        ContractError: an answer to another question than the one asked, or one that cannot be read.
    """
    question = _question(context)
    version, published_at = _current_version(context, question)
    remembered = _remembered(context, question, version)
    if remembered is not None:
        if remembered:
            raise _gone(dict.fromkeys(remembered, "still unknown"))
        return
    definitions, names = _definitions(context, question, version)
    listed = [code for code in question.indicators if code in names]
    fixed = listed or list(question.indicators)  # definitions that name none of ours say nothing about ours
    findings = _Findings({code: "not among the definitions" for code in question.indicators if code not in fixed})
    by_origin = _by_origin(context, question, names, version) if names else []
    responses = _data(context, question, [*fixed, *by_origin], version, findings)
    for sentence in findings.notes:
        context.note(sentence)
    without = f"/without/{','.join(sorted(findings.unknown))}" if findings.unknown else ""
    yield Answer(
        scope=question.scope + without,
        parts=[*definitions, *responses],
        release=version,
        released_at=published_at,
        revision_key=version,
    )
    if findings.unknown:
        raise _gone(findings.unknown)


def _question(context: FetchContext) -> _Question:
    countries = {}
    for iso3 in context.seeds.countries_wanted:
        country = context.seeds.countries[iso3]
        if country.uis_code:
            countries[country.uis_code] = country.name
        else:
            context.note(f"{iso3} is not asked for, because countries.csv gives it no uis_code")
    return _Question(
        base_url=context.settings.uis_url,
        indicators=tuple(sorted(set(context.seeds.indicators_of(DATASET)))),
        countries=countries,
        since=int(context.dataset.options["since"]),
        until=context.today.year,
    )


def _current_version(context: FetchContext, question: _Question) -> tuple[str, datetime | None]:
    """The version that the UIS serves by default, and when it was published (UTC)."""
    response = context.http.get(f"{question.base_url}/versions/default")
    content = response.json()
    version = content.get("version") if isinstance(content, dict) else None
    if not (isinstance(version, str) and version):
        raise _unreadable(
            "the default version has no name", f"{DATASET} {response.url}", "{version, publicationDate, …}", content
        )
    return version, _instant(content.get("publicationDate"))


def _instant(text: Any) -> datetime | None:
    """'2026-05-08T16:58:36.233Z' as an instant in UTC; None for anything that is none."""
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _remembered(context: FetchContext, question: _Question, version: str) -> tuple[str, ...] | None:
    """None if this version was not answered yet; else the codes that it did not know."""
    for scope, known in context.known.items():
        if known == version and scope == question.scope:
            return ()
        if known == version and scope.startswith(f"{question.scope}/without/"):
            return tuple(scope.removeprefix(f"{question.scope}/without/").split(","))
    return None


def _definitions(
    context: FetchContext, question: _Question, version: str
) -> tuple[list[HttpResponse], Mapping[str, str]]:
    """The answer that names the indicators. Without it the figures of the seed's indicators can still be had."""
    try:
        response = context.http.get(f"{question.base_url}/definitions/indicators", _pinned(version))
        names = _names(response.json(), f"{DATASET} {response.url}")
    except SourceError as error:
        context.note(f"the definitions could not be had, so no students by country of origin: {error.what}")
        return [], {}
    return [response], names


def _pinned(version: str) -> dict[str, str]:
    return {"version": version}


# ---- who comes from where --------------------------------------------------------------------------------------------


def _by_origin(context: FetchContext, question: _Question, names: Mapping[str, str], version: str) -> list[str]:
    """The codes of the indicators "Students from <country>" for all wanted countries, each found once and for sure."""
    offered: dict[frozenset[str], set[str]] = defaultdict(set)
    for code, name in names.items():
        found = _BY_ORIGIN.fullmatch(name.strip())
        if found:
            offered[_words(found["origin"])].add(code)
    spellings = {unit: {_words(name)} for unit, name in question.countries.items()}
    if not all(words & offered.keys() for words in spellings.values()):
        for unit, name in _own_names(context, question, version).items():
            if unit in spellings:
                spellings[unit].add(_words(name))
    codes = []
    for unit, words in sorted(spellings.items()):
        matching = sorted(set().union(*(offered.get(spelling, set()) for spelling in words)))
        if len(matching) == 1:
            codes += matching
        else:
            reason = f"several indicators fit ({', '.join(matching)})" if matching else "no indicator has its name"
            context.note(f"no students from {question.countries[unit]} by host country: {reason}")
    return codes


def _own_names(context: FetchContext, question: _Question, version: str) -> dict[str, str]:
    """geoUnit to the publisher's own name of it: "Iran (Islamic Republic of)", "Russian Federation"."""
    try:
        response = context.http.get(f"{question.base_url}/definitions/geounits", _pinned(version))
    except SourceError as error:
        context.note(f"the publisher's own names of countries could not be had: {error.what}")
        return {}
    content = response.json()
    found = {}
    for given in content if isinstance(content, list) else [content]:
        try:
            found[str(given["id"])] = str(given["name"])
        except (KeyError, TypeError) as error:
            where = f"{DATASET} {response.url}"
            raise _unreadable("a geoUnit lacks its id or name", where, "[{id, name, type}]", given) from error
    return found


def _words(name: str) -> frozenset[str]:
    """A name as its words: "Iran (Islamic Republic of)" and "the Islamic Republic of Iran" are the same, and only they.

    Niger and Nigeria, or China and "Hong Kong, Special Administrative Region of China", stay different.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()
    return frozenset(re.findall(r"[a-z]+", plain.replace("'", ""))) - _NOISE


# ---- the data --------------------------------------------------------------------------------------------------------


def _data(
    context: FetchContext, question: _Question, codes: Sequence[str], version: str, findings: _Findings
) -> list[HttpResponse]:
    """All data answers, each checked against what was asked for; fills ``findings``."""
    responses = []
    records: list[dict[str, Any]] = []
    for group in _grouped(question, codes, version):
        response = context.http.get(_data_url(question), _data_params(question, group, version))
        responses.append(response)
        where = f"{DATASET} {response.url}"
        content = response.json()
        try:
            received = [_record(given, where) for given in _listed(content, "records", where)]
        except ContractError:
            return responses  # kept, read again from the store, and quarantined there with the reason
        _check_asked(question, group, received, where)
        _read_hints(content, findings)
        records += received
    if not records:
        raise PermanentSourceError(
            "the answer has not one record",
            where=f"{DATASET} {responses[-1].url if responses else question.base_url}",
            expected=f"records of {len(codes)} indicators for {len(question.countries)} countries",
            got="; ".join(findings.unknown.values()) or "no records, no hints",
            todo="compare indicators.csv and uis_code in countries.csv with the publisher's definitions",
        )
    findings.notes += _gaps(question, codes, records)
    return responses


def _data_url(question: _Question) -> str:
    return f"{question.base_url}/data/indicators"


def _data_params(question: _Question, codes: Sequence[str], version: str) -> dict[str, str | Sequence[str]]:
    return {
        "indicator": list(codes),
        "geoUnit": sorted(question.countries),
        "start": str(question.since),
        "end": str(question.until),
        "indicatorMetadata": "false",
        "footnotes": "false",
        "version": version,
    }


def _grouped(question: _Question, codes: Sequence[str], version: str) -> list[list[str]]:
    """As few groups of codes as the length of a URL and the number of records in an answer allow."""
    most_records = len(question.countries) * (question.until - question.since + 1)
    groups: list[list[str]] = []
    for code in codes:
        longer = [*(groups[-1] if groups else []), code]
        length = len(f"{_data_url(question)}?{urlencode(_data_params(question, longer, version), doseq=True)}")
        if not groups or length > URL_CHARACTERS or len(longer) * most_records >= RECORDS_PER_REQUEST:
            groups.append([code])
        else:
            groups[-1] = longer
    return groups


def _check_asked(question: _Question, codes: Collection[str], records: Sequence[Mapping[str, Any]], where: str) -> None:
    years = {str(year) for year in range(question.since, question.until + 1)}
    span = f"years from {question.since} to {question.until}"
    for column, allowed, expected in (
        ("period", years, span),
        ("indicator", set(codes), f"the {len(codes)} indicators asked for"),
        ("country_iso3", set(question.countries), f"the {len(question.countries)} countries asked for"),
    ):
        foreign = sorted({record[column] for record in records} - allowed)
        if foreign:
            raise ContractError(
                "an unfiltered answer: records came that were not asked for",
                where=where,
                expected=f"only {expected}",
                got=f"also {', '.join(foreign[:10])}",
                todo="the UIS ignores parameters that it does not know: compare them with its documentation",
            )
    if len(records) >= RECORDS_PER_REQUEST:
        raise _unreadable("the answer may be cut", where, f"fewer than {RECORDS_PER_REQUEST} records", len(records))


def _read_hints(content: Mapping[str, Any], findings: _Findings) -> None:
    """Hints say in words why something is missing. Unknown codes are errors, the rest gets a note."""
    for hint in content.get("hints") or []:
        code, message = (str(hint.get("code")), str(hint.get("message"))) if isinstance(hint, dict) else ("", str(hint))
        if code in UNKNOWN_CODE_HINTS:  # "The geoUnit could not be found, XXX"
            findings.unknown |= {named.strip(): message for named in message.partition(",")[2].split(",")}
        elif code == NO_DATA_IN_SPAN_HINT:
            findings.notes.append(message)
        else:
            findings.notes.append(f"a hint that is not known here, {code}: {message}")


def _gaps(question: _Question, codes: Sequence[str], records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Hosts that report nobody by origin, and indicators without a record: declared, so that nobody looks for them."""
    origins = set(codes) - set(question.indicators)
    notes = []
    silent = sorted(set(codes) - {record["indicator"] for record in records})
    if silent:
        notes.append(f"not one record of {', '.join(silent)} for these countries and years")
    hosts = {record["country_iso3"] for record in records if record["indicator"] in origins}
    absent = sorted(set(question.countries) - hosts)
    if origins and absent:
        notes.append(f"{', '.join(absent)} report no students by country of origin")
    return notes


def _gone(unknown: Mapping[str, str]) -> PermanentSourceError:
    return PermanentSourceError(
        f"the UIS does not know {', '.join(sorted(unknown))}",
        where=DATASET,
        expected="every indicator of indicators.csv and every uis_code of countries.csv in its definitions",
        got="; ".join(f"{code}: {reason}" for code, reason in sorted(unknown.items())),
        todo="look for the successor of the indicator in the UIS data browser, or remove its line from indicators.csv; "
        "correct a country's uis_code in countries.csv; what is known is kept",
    )


SOURCES: Mapping[str, Source] = {DATASET: Source(parse=parse, contract=CONTRACT, fetch=fetch)}
