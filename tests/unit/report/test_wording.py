from __future__ import annotations

import pytest

from orchestration.report.wording import count, linked, measured, number, safe_url, sentence, share, usd

NBSP, MINUS = "\N{NO-BREAK SPACE}", "\N{MINUS SIGN}"


@pytest.mark.parametrize(
    ("function", "value", "words"),
    [
        (usd, -13_616_937_019.04, f"{MINUS}$13.6{NBSP}bn"),
        (usd, 15e9, f"$15{NBSP}bn"),
        (usd, 375_600_000, f"$375.6{NBSP}m"),
        (usd, 820, "$820"),
        (usd, 0, "$0"),
        (usd, None, "not known"),
        (share, 0.27580, f"27.6{NBSP}%"),
        (share, 0.25, f"25{NBSP}%"),
        (share, -0.00004, f"{MINUS}0.004{NBSP}%"),
        (share, 0.0, f"0{NBSP}%"),
        (share, None, "not known"),
        (count, 28023.0, "28,023"),
        (number, 2.943109, "2.94"),
        (number, 3.0, "3"),
        (number, -0.5, f"{MINUS}0.50"),
    ],
)
def test_numbers_read_like_this(function, value, words):
    assert function(value) == words


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (-15e9, "USD", f"{MINUS}$15{NBSP}bn"),
        (43.1148, "percent", f"43.11{NBSP}%"),
        (1.955, "months", "1.96 months"),
        (1.0636, "ratio", "1.06"),
        (28023.0, "persons", "28,023 persons"),
        (2017.0, "year", "2017"),
        (12.5, "MW", "12.50 MW"),
        (None, "months", "not known"),
    ],
)
def test_a_value_is_shown_in_the_unit_of_its_metric(value, unit, words):
    assert measured(value, unit) == words


def test_a_number_leads_to_its_query_and_keeps_its_exact_value():
    html = linked(-13616937019.043, "balance", "usd")
    assert 'href="#q-balance"' in html
    assert '<data value="-13616937019.043">' in html


def test_a_unit_with_markup_in_it_is_text():
    assert "<b>" not in linked(1.5, "flags", unit="<b>")


def test_only_web_addresses_become_links():
    assert safe_url("https://example.org/a") == "https://example.org/a"
    assert safe_url("javascript:alert(1)") is None
    assert safe_url(None) is None


def test_sentences_end_once():
    assert sentence("Known.") == sentence("Known") == "Known."
