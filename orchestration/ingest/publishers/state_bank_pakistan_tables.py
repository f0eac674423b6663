"""State Bank of Pakistan: what its published tables say, from text and cells to rows of published figures. Pure.

Belongs here: the layouts of the weekly reserves (text of a PDF), of trade in services and of payments by country
(cells of a sheet), with their traps: months typed as dates, marks (P) and (R) in either row of a header, merged
headers, no-break spaces, fiscal years that run from July to June. Does not belong here: files and addresses.

Each table carries its own arithmetic, and it is checked: two holders add up to the total, countries to their sum,
credit less debit is net. A column that slipped would not pass.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, NoReturn

from orchestration.errors import ContractError

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
Cells = Sequence[Sequence[Any]]
Row = dict[str, Any]

_MONTH = "|".join(MONTHS)
_NUMBER = r"-?\d[\d,]*(?:\.\d+)?"
_MARK = r"\s*\(?(?P<mark>[PR])?\)?"
ROUNDING = 0.05  # of each printed figure of reserves, which have one decimal
CLOSE = 1e-6  # relative; sheets hold full floating point


def _refuse(what: str, where: str, expected: str, got: object) -> NoReturn:
    todo = "read the file: if its layout changed, change state_bank_pakistan_tables.py; if it is damaged, ask again"
    raise ContractError(what, where=where, expected=expected, got=str(got), todo=todo)


def _row(definition: str, frequency: str, period: str, value: float, **more: Any) -> Row:
    """One figure of Pakistan's, in the columns of published figures; what is not given is NULL."""
    given = {"reporter_iso3": "PAK", "frequency": frequency, "period": period, "period_label": period}
    return {**given, "definition": definition, "value": value, "is_provisional": False, "is_estimated": False, **more}


def plain(cell: Any) -> str:
    """A cell as text with single spaces, no-break spaces included."""
    return " ".join(str(cell).split()) if cell is not None else ""


# ---- liquid reserves -------------------------------------------------------------------------------------------------

HOLDERS = ("sbp_held_net", "banks_held", "total_liquid")
_HEADINGS = ("WITH SBP", "WITH BANKS", "TOTAL LIQUID")
_RESERVES = re.compile(rf"^(?P<label>\S.*?)\s+(?P<sbp>{_NUMBER})\s+(?P<banks>{_NUMBER})\s+(?P<total>{_NUMBER})$")
_FISCAL_YEAR = re.compile(r"(?P<from>20\d\d)-(?P<to>\d\d)" + _MARK)
_MONTH_END = re.compile(rf"(?P<month>{_MONTH})[ -](?P<year>\d\d)" + _MARK)
_WEEK_END = re.compile(rf"(?P<day>\d{{1,2}})-(?P<month>{_MONTH})-(?P<year>\d\d)" + _MARK)


def reserves_of(text: str, where: str) -> list[Row]:
    """Weekly, monthly and fiscal year-end stocks of "Liquid foreign exchange reserves", by holder, in USD million.

    All of them are provisional, as the table's footnote says; those marked R have been revised.

    Raises:
        ContractError: another table, another order of columns, a line that cannot be dated, holders that do not add up.
    """
    lines = [plain(line) for line in text.splitlines()]
    _check_reserves_heading(" ".join(lines).upper(), where)
    points: dict[tuple[str, str, str], Row] = {}
    for line in lines:
        found = _RESERVES.match(line)
        if not found:
            continue
        end = _end_of(found["label"], where)
        values = [float(found[column].replace(",", "")) for column in ("sbp", "banks", "total")]
        if abs(values[0] + values[1] - values[2]) > 3 * ROUNDING:
            _refuse("the holders do not add up to the total", where, "State Bank and banks, then their sum", line)
        for definition, value in zip(HOLDERS, values, strict=True):
            key = (definition, end.frequency, end.period)
            points[key] = _stock(definition, end, value, points.get(key), where)
    if not any(frequency == "W" for _, frequency, _ in points):
        _refuse("the table has no weeks", where, "lines like '10-Apr-26 15,079.5 5,445.0 20,524.5'", text[:300])
    return list(points.values())


def _check_reserves_heading(text: str, where: str) -> None:
    places = [text.find(heading) for heading in _HEADINGS]
    if "LIQUID FOREIGN EXCHANGE RESERVES" not in text or "MILLION US" not in text:
        _refuse("this is not the table of liquid reserves", where, "its title, and (MILLION US$)", text[:300])
    if -1 in places or places != sorted(places):
        _refuse("the columns are not those expected", where, ", ".join(_HEADINGS), text[:300])


@dataclass(frozen=True)
class _End:
    """The day of a stock: the end of a week, of a month, or of a fiscal year, which is the end of its June."""

    frequency: str
    period: str
    label: str
    is_revised: bool


def _end_of(label: str, where: str) -> _End:
    if found := _FISCAL_YEAR.fullmatch(label):
        year = int(found["from"]) + 1
        if year % 100 == int(found["to"]):
            return _End("M", f"{year}-06", f"FY{year} end-Jun", found["mark"] == "R")
    if found := _MONTH_END.fullmatch(label):
        period = f"20{found['year']}-{_number_of(found['month']):02d}"
        return _End("M", period, period, found["mark"] == "R")
    if found := _WEEK_END.fullmatch(label):
        try:
            day = date(2000 + int(found["year"]), _number_of(found["month"]), int(found["day"])).isoformat()
        except ValueError:
            _refuse("a day that is in no calendar", where, "a date", label)
        return _End("W", day, day, found["mark"] == "R")
    _refuse("a line of reserves cannot be dated", where, "'2024-25', 'Feb 26' or '10-Apr-26', with R or without", label)


def _stock(definition: str, end: _End, value: float, former: Row | None, where: str) -> Row:
    """One stock; June stands twice, as a month and as the end of its fiscal year, and must say the same."""
    if former is not None and former["value"] != value:
        _refuse(f"{end.period} has two values", where, "one value for each day", f"{former['value']}, {value}")
    return _row(
        definition,
        end.frequency,
        end.period,
        value,
        period_label=f"{former['period_label']}; {end.label}" if former else end.label,
        unit="USD million",
        is_provisional=True,
        note="R (revised)" if end.is_revised or (former and former["note"]) else None,
    )


# ---- periods in the headers of sheets --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Period:
    """What one column of figures covers, and whether it is still provisional."""

    frequency: str
    period: str
    label: str
    is_provisional: bool


@dataclass(frozen=True)
class _Month:
    """A month counted from the year 0, so that months can be subtracted."""

    number: int

    @property
    def text(self) -> str:
        return f"{self.number // 12}-{self.number % 12 + 1:02d}"


def _number_of(month: str) -> int:
    return MONTHS.index(month) + 1


def _month(year: int, month: int) -> _Month:
    return _Month(year * 12 + month - 1)


def _in_fiscal_year(month: str, fiscal_year: int) -> _Month:
    """The month of that name in the fiscal year that ends in June of ``fiscal_year``."""
    number = _number_of(month)
    return _month(fiscal_year - 1 if number >= 7 else fiscal_year, number)


def _cumulated(end: _Month, fiscal_year: int, is_provisional: bool) -> Period:
    """July up to ``end``; up to June it is the fiscal year itself."""
    if end.number % 12 == 5:
        return Period("FY", f"FY{fiscal_year}", f"FY{fiscal_year}", is_provisional)
    label = f"FY{fiscal_year} Jul-{MONTHS[end.number % 12]}"
    return Period("YTD", end.text, label, is_provisional)


def _check_run(months: Iterable[_Month], end: _Month, where: str) -> None:
    """A sheet has the newest month, the one before and the same a year ago; else a date was typed wrongly."""
    usual = {end.number, end.number - 1, end.number - 12}
    strange = [month.text for month in months if month.number not in usual]
    if strange:
        expected = ", ".join(_Month(number).text for number in sorted(usual))
        _refuse("the months do not go with the cumulated figures", where, expected, ", ".join(strange))


# ---- payments and receipts by country --------------------------------------------------------------------------------

_TITLES = {"export receipts": ("export", "export_receipts"), "import payments": ("import", "import_payments")}
_SPAN = re.compile(rf"(?P<from>{_MONTH})(?:-(?P<to>{_MONTH}))?" + _MARK)
_YEAR = re.compile(r"FY(?P<year>\d\d)" + _MARK)


def payments_of(cells: Cells, names: Mapping[str, str], where: str) -> list[Row]:
    """Export receipts or import payments by country: months, the year so far, fiscal years; thousand or million USD.

    Args:
        cells: one sheet, row by row.
        names: every name that may be printed, in small letters, with its ISO code; "" for lines that are no country.
        where: for errors.

    Raises:
        ContractError: another layout, a name that is not known, countries that do not add up to their sum.
    """
    flow, definition = _flow_of(cells, where)
    top = next((n for n, row in enumerate(cells) if row and plain(row[0]).casefold() == "country"), None)
    if top is None or top + 2 >= len(cells):
        _refuse("the sheet has no header", where, "a row that begins with 'Country'", cells[:6])
    unit = _unit_of(cells[:top], where)
    periods = _by_country_periods(cells[top], cells[top + 1], where)
    countries, totals = _by_country_lines(cells[top + 2 :], periods, where)
    _check_sum(countries, totals["I."], where)
    unknown = [name for name, _ in countries if name.casefold() not in names]
    if unknown:
        expected = "names of countries.csv or of state_bank_countries.csv; add them there"
        _refuse("countries under names that are not known", where, expected, ", ".join(unknown))
    lines = [(iso3, values) for name, values in countries if (iso3 := names[name.casefold()])]
    common = {"product": "TOTAL", "flow": flow, "basis": "payments", "valuation": "FOB", "unit": unit}
    return [
        _figure(definition, period, value, partner_iso3=iso3, **common)
        for iso3, values in [*lines, ("WLD", totals["Total"])]
        for period, value in zip(periods.values(), values, strict=True)
    ]


def _figure(definition: str, period: Period, value: float, **more: Any) -> Row:
    return _row(
        definition,
        period.frequency,
        period.period,
        value,
        period_label=period.label,
        is_provisional=period.is_provisional,
        **more,
    )


def _flow_of(cells: Cells, where: str) -> tuple[str, str]:
    title = plain(cells[0][0]).casefold() if cells and cells[0] else ""
    for start, meaning in _TITLES.items():
        if title.startswith(start) and "all countries" in title:
            return meaning
    _refuse("this is not a table of payments by country", where, "its title in the first cell", title)


def _unit_of(heading: Cells, where: str) -> str:
    text = " ".join(plain(cell) for row in heading for cell in row).casefold()
    scales = [scale for scale in ("thousand", "million", "billion") if re.search(rf"\b{scale}s? us\b", text)]
    if len(scales) != 1:
        _refuse("the sheet does not say its unit", where, "(Thousand US Dollar) or the like", text)
    return f"USD {scales[0]}"


def _by_country_periods(spans: Sequence[Any], years: Sequence[Any], where: str) -> dict[int, Period]:
    """What each column covers: 'Mar (R)' above 'FY25' is March 2025, 'Jul-Mar' above it the year so far.

    A merged cell has its text in its first column only. (P) and (R) stand in either row.
    """
    found: dict[int, Period] = {}
    months: list[_Month] = []
    ends: list[_Month] = []
    above = ""
    for column, cell in enumerate(years):
        above = (plain(spans[column]) if column < len(spans) else "") or above
        if column == 0 or not plain(cell):
            continue
        span, year = _SPAN.fullmatch(above), _YEAR.fullmatch(plain(cell))
        if not (span and year):
            _refuse("a column cannot be dated", where, "'Jul-Mar' or 'Mar (P)' above 'FY26'", f"{above} / {cell}")
        fiscal_year = 2000 + int(year["year"])
        is_provisional = "P" in (span["mark"], year["mark"])
        if span["to"]:
            end = _in_fiscal_year(span["to"], fiscal_year)
            found[column] = _cumulated(end, fiscal_year, is_provisional)
            ends.append(end)
        else:
            months.append(_in_fiscal_year(span["from"], fiscal_year))
            found[column] = Period("M", months[-1].text, months[-1].text, is_provisional)
    if not months or not ends:
        _refuse("the header lacks months or cumulated figures", where, "both", list(map(plain, spans)))
    _check_run(months, max(ends, key=lambda month: month.number), where)
    return _each_once(found, where)


def _each_once(periods: dict[int, Period], where: str) -> dict[int, Period]:
    """In June the year so far is the fiscal year, which may stand there already: the later column counts."""
    last = {(period.frequency, period.period): column for column, period in periods.items()}
    doubled = [p.label for column, p in periods.items() if last[p.frequency, p.period] != column and p.frequency == "M"]
    if doubled:
        _refuse("a month is there twice", where, "each once", ", ".join(doubled))
    return {column: period for column, period in periods.items() if last[period.frequency, period.period] == column}


def _by_country_lines(
    rows: Cells, periods: Mapping[int, Period], where: str
) -> tuple[list[tuple[str, list[float]]], dict[str, list[float]]]:
    """The countries up to the first total, and the totals by the beginning of their names ('I.' and 'Total')."""
    countries: list[tuple[str, list[float]]] = []
    totals: dict[str, list[float]] = {}
    for row in rows:
        name = plain(row[0]) if row else ""
        total = next((start for start in ("I.", "Total") if name.startswith(f"{start} ")), None)
        if total:
            totals[total] = [_value(row, column, where) for column in periods]
        elif name and not totals:
            countries.append((name, [_value(row, column, where) for column in periods]))
    if set(totals) != {"I.", "Total"}:
        _refuse("a total is missing", where, "'I. …' below the countries, and 'Total … as per BOP'", sorted(totals))
    return countries, totals


def _value(row: Sequence[Any], column: int, where: str) -> float:
    cell = row[column] if column < len(row) else None
    if isinstance(cell, bool) or not isinstance(cell, int | float):
        _refuse("a figure is not a number", where, "a number in every column of a line", f"{cell!r} in {plain(row[0])}")
    return float(cell)


def _check_sum(countries: Sequence[tuple[str, list[float]]], total: Sequence[float], where: str) -> None:
    for place, expected in enumerate(total):
        found = sum(values[place] for _, values in countries)
        if abs(found - expected) > CLOSE * max(abs(expected), 1):
            _refuse(f"{len(countries)} countries do not add up to their total", where, str(expected), found)


# ---- trade in services -----------------------------------------------------------------------------------------------

_SIDES = {
    "Credit": ("services_credit", "export"),
    "Debit": ("services_debit", "import"),
    "Net": ("services_net", "balance"),
}
_ITEM = re.compile(r"(?P<code>\d+(?:\.\d+)*)\.? +(?P<name>\D.*)")
_MONTH_HEADER = re.compile(rf"(?P<month>{_MONTH})-(?P<year>\d\d)" + _MARK)
_CUMULATED_HEADER = re.compile(rf"Jul(?:-(?P<month>{_MONTH}))?, ?FY(?P<year>\d\d)" + _MARK)
SHEET = "EBOPS"


def services_of(cells: Cells, where: str) -> list[Row]:
    """Trade in services by EBOPS item: credit, debit and net; months and the year so far; as printed, thousand USD.

    Raises:
        ContractError: another layout, months that do not run, items that do not add up.
    """
    top = next((n for n, row in enumerate(cells) if [plain(c) for c in row].count("Credit") > 1), 0)
    if top == 0:
        _refuse("the sheet has no header", where, "a row of Credit, Debit, Net", cells[:8])
    unit = _unit_of(cells[:top], where)
    periods = _services_periods(cells[top - 1], cells[top], where)
    lines = dict(_services_lines(cells[top + 1 :], where))
    _check_services(lines, periods, where)
    found = []
    for code, (name, row) in lines.items():
        for column, (side, period) in periods.items():
            if column < len(row) and plain(row[column]):
                definition, flow = _SIDES[side]
                common = {"partner_iso3": "WLD", "product": f"EBOPS:{code}", "basis": "payments", "note": name}
                found.append(_figure(definition, period, _value(row, column, where), flow=flow, unit=unit, **common))
    return found


def _services_periods(headers: Sequence[Any], sides: Sequence[Any], where: str) -> dict[int, tuple[str, Period]]:
    """Per column its side and what it covers; the header stands above the first column of three."""
    starts = {column: cell for column, cell in enumerate(headers) if plain(cell) and plain(sides[column]) == "Credit"}
    cumulated = {n: match for n, cell in starts.items() if (match := _CUMULATED_HEADER.fullmatch(plain(cell)))}
    if not cumulated:
        _refuse("no column says up to when", where, "'Jul-Feb, FY26 (P)'", list(map(plain, headers)))
    ends = {n: _in_fiscal_year(f["month"] or "Jul", 2000 + int(f["year"])) for n, f in cumulated.items()}
    end = max(ends.values(), key=lambda month: month.number)
    found = {n: _cumulated(ends[n], 2000 + int(f["year"]), f["mark"] == "P") for n, f in cumulated.items()}
    months = [(column, cell) for column, cell in starts.items() if column not in cumulated]
    for column, cell in sorted(months, key=lambda month: isinstance(month[1], date)):  # what is written out comes first
        taken = {period.period for period in found.values() if period.frequency == "M"}
        month, is_provisional = _month_of(cell, end, taken, where)
        found[column] = Period("M", month.text, month.text, is_provisional)
    return {
        column + place: (side, period)
        for column, period in _each_once(found, where).items()
        for place, side in enumerate(_sides_of(sides, column, where))
    }


def _sides_of(sides: Sequence[Any], column: int, where: str) -> list[str]:
    found = [plain(cell) for cell in sides[column : column + 3]]
    if found != list(_SIDES):
        _refuse("the columns are not those expected", where, ", ".join(_SIDES), ", ".join(found))
    return found


def _month_of(cell: Any, end: _Month, taken: Collection[str], where: str) -> tuple[_Month, bool]:
    """The month of a header, and whether it is provisional: 'Feb-26 (P)', or a date that a spreadsheet made of it.

    "Feb-25", typed without care, becomes 25 February of the year of typing. Of a date's two readings the one is meant
    that goes with the cumulated figures and is not taken by another column; without such a one the sheet is refused.
    """
    if isinstance(cell, date):  # a datetime is one too
        readings = [_month(cell.year, cell.month), _month(2000 + cell.day, cell.month)]
        usual = {end.number, end.number - 1, end.number - 12}
        fitting = [month for month in readings if month.number in usual and month.text not in taken]
        if not fitting:
            _refuse("a column cannot be dated", where, "a date in a month that the sheet must have", cell)
        return fitting[0], False
    found = _MONTH_HEADER.fullmatch(plain(cell))
    if not found:
        _refuse("a column cannot be dated", where, "'Feb-26 (P)' or a date", plain(cell))
    month = _month(2000 + int(found["year"]), _number_of(found["month"]))
    _check_run([month], end, where)
    return month, found["mark"] == "P"


def _services_lines(rows: Cells, where: str) -> Iterator[tuple[str, tuple[str, Sequence[Any]]]]:
    """Per EBOPS code the item's name and its row; 'Services' is S, the sum of all. Notes below have no figures."""
    seen: set[str] = set()
    for row in rows:
        name = next((text for cell in row if (text := plain(cell))), "")
        item = _ITEM.fullmatch(name)
        code = "S" if name == "Services" else item["code"] if item else None
        if code is None or not any(isinstance(cell, int | float) for cell in row):
            continue
        if code in seen:
            _refuse(f"item {code} comes twice", where, "each item once", name)
        seen.add(code)
        yield code, (name, row)


def _check_services(
    lines: Mapping[str, tuple[str, Sequence[Any]]], periods: Mapping[int, tuple[str, Period]], where: str
) -> None:
    """Credit less debit is net, and the twelve items add up to all services."""
    if "S" not in lines:
        _refuse("there is no line of all services", where, "Services", list(lines)[:5])
    items = [row for code, (_, row) in lines.items() if code.isdecimal()]
    total = lines["S"][1]
    for column, (side, period) in periods.items():
        expected = _value(total, column, where)
        found = sum(_value(row, column, where) for row in items if plain(row[column]))
        if abs(found - expected) > CLOSE * max(abs(expected), 1e6):
            _refuse(f"{len(items)} items of {period.label} do not add up to all services", where, str(expected), found)
        if side == "Net":
            net = _value(total, column - 2, where) - _value(total, column - 1, where)
            if abs(net - expected) > CLOSE * max(abs(expected), 1e6):
                _refuse(f"credit less debit of {period.label} is not net", where, str(expected), net)
