"""How numbers read. Rounded for the eye only: the exact value stands in the markup, and in the query."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from markupsafe import Markup

UNKNOWN = "not known"
MINUS = "\N{MINUS SIGN}"
_MONEY = ((1e9, "bn"), (1e6, "m"))


def usd(value: float | None) -> str:
    """'$13.6 bn', '−$375.6 m', '$820'."""
    if value is None:
        return UNKNOWN
    size = abs(value)
    sign = MINUS if value < 0 else ""
    for unit, name in _MONEY:
        if size >= unit:
            return f"{sign}${_signed(size / unit, 1)}\N{NO-BREAK SPACE}{name}"
    return f"{sign}${size:,.0f}"


def share(value: float | None) -> str:
    """A fraction as percent: 0.2758 reads '27.6 %'; what would round to nothing keeps its first digits."""
    if value is None:
        return UNKNOWN
    percent = value * 100
    small = 0 < abs(percent) < 0.05
    shown = f"{MINUS if value < 0 else ''}{abs(percent):.1g}" if small else _signed(percent, 1)
    return shown + "\N{NO-BREAK SPACE}%"


def count(value: float | None) -> str:
    """28023 reads '28,023'."""
    return UNKNOWN if value is None else _signed(value, 0)


def number(value: float | None) -> str:
    """Two decimals: ratios, months and whatever has a unit of its own; thousands without."""
    return UNKNOWN if value is None else _signed(value, 2 if abs(value) < 1000 else 0)


def years(value: float | None) -> str:
    """Ages: one decimal."""
    return UNKNOWN if value is None else _signed(value, 1)


def year(value: float | None) -> str:
    """2017.0 reads '2017': a year has no thousands."""
    return UNKNOWN if value is None else f"{value:.0f}"


def day(value: date | datetime | None) -> str:
    """'4 December 2025'."""
    return UNKNOWN if value is None else f"{value.day} {value:%B %Y}"


def text(value: object) -> str:
    """Words as they are; nothing for nothing; yes and no."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, date | datetime):
        return day(value)
    return str(value)


KINDS: dict[str, Callable[[Any], str]] = {
    "usd": usd,
    "share": share,
    "count": count,
    "number": number,
    "years": years,
    "year": year,
    "day": day,
    "period": text,
    "text": text,
}
TIGHT = {"day", "period"}  # never broken across lines
NUMERIC = {"usd", "share", "count", "number", "years", "year"}
_UNITS: dict[str, tuple[str, str]] = {
    "USD": ("usd", ""),
    "fraction": ("share", ""),
    "percent": ("number", "\N{NO-BREAK SPACE}%"),
    "ratio": ("number", ""),
    "months": ("number", " months"),
    "years": ("years", " years"),
    "year": ("year", ""),
    "persons": ("count", " persons"),
}


def measured(value: float | None, unit: str | None) -> str:
    """A value of a metric in the metric's own unit."""
    if value is None:
        return UNKNOWN
    kind, suffix = _UNITS.get(unit or "", ("number", f" {unit}" if unit else ""))
    return KINDS[kind](value) + suffix


def linked(value: Any, query: str, kind: str = "number", unit: str | None = None) -> Markup:
    """A number that leads to its query and carries its exact value; 'not known' where there is none."""
    words = measured(value, unit) if unit is not None else KINDS[kind](value)
    exact = "" if value is None else str(value)
    return Markup('<a class="n" href="#q-{}"><data value="{}">{}</data></a>').format(query, exact, words)


def safe_url(value: str | None) -> str | None:
    """An address that may stand in a link: http and https only, as publishers' texts are not ours."""
    return value if value and value.startswith(("https://", "http://")) else None


def sentence(words: str | None) -> str:
    """Words that may or may not end with a full stop, ending with one."""
    return f"{(words or '').strip().rstrip('.')}."


def _signed(value: float, decimals: int) -> str:
    decimals = 0 if value == int(value) else decimals  # "3 months" is a limit, "3.00" would pretend to be measured
    shown = f"{abs(value):,.{decimals}f}"
    return (MINUS if value < 0 and float(shown.replace(",", "")) != 0 else "") + shown
