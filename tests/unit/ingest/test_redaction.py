"""Keys are blotted by value and by name, in every form in which they may be written."""

from __future__ import annotations

import logging

import pytest

from orchestration.ingest.redaction import Redactor, blot_library_logs, blot_names

KEY = "s3cr3t/k+y=="


@pytest.mark.parametrize(
    "text",
    [
        f"https://host/data?subscription-key={KEY}&x=1",
        "https://host/data?x=1&api_key=s3cr3t%2Fk%2By%3D%3D",
        "https://host/data?x=1&API_KEY=s3cr3t%2fk%2by%3d%3d",
        f"{{'Ocp-Apim-Subscription-Key': '{KEY}'}}",
        f"the server says: {KEY} is not valid",
    ],
)
def test_a_secret_is_blotted_in_every_form(text: str) -> None:
    blotted = Redactor([KEY])(text)
    assert "s3cr3t" not in blotted
    assert "***" in blotted


@pytest.mark.parametrize(
    ("text", "blotted"),
    [
        ("/data?api_key=abc&start_date=2024-01-01", "/data?api_key=***&start_date=2024-01-01"),
        ("?Subscription-Key=abc", "?Subscription-Key=***"),
        ('{"ocp-apim-subscription-key": "abc"}', '{"ocp-apim-subscription-key": "***"}'),
        ("via http://name:password@proxy:3128/", "via http://***@proxy:3128/"),
        ("/data?reporterCode=586&partnerCode=156", "/data?reporterCode=586&partnerCode=156"),
        ("https://host/a?mail=b@c", "https://host/a?mail=b@c"),
    ],
)
def test_values_after_the_name_of_a_key_are_blotted_without_being_known(text: str, blotted: str) -> None:
    assert blot_names(text) == blotted


def test_a_secret_with_a_line_end_is_blotted_as_it_is_and_without_it() -> None:
    redact = Redactor(["topsecret\n"])
    assert redact("topsecret and 'topsecret\\n'") == "*** and '***'"


def test_an_empty_or_tiny_secret_blots_nothing_by_value() -> None:
    assert Redactor(["", "a"])("a banana") == "a banana"


def test_an_answer_is_unchanged_unless_it_holds_the_key() -> None:
    redact = Redactor([KEY])
    body = b'{"value": 10369.5}'
    assert redact.body(body) is body
    assert redact.body(f'{{"you": "{KEY}"}}'.encode()) == b'{"you": "***"}'


def test_the_library_logs_no_key(caplog: pytest.LogCaptureFixture) -> None:
    blot_library_logs()
    blot_library_logs()
    logger = logging.getLogger("urllib3.connectionpool")
    assert len(logger.filters) == 1
    with caplog.at_level(logging.DEBUG, logger=logger.name):
        logger.debug('%s "GET %s HTTP/1.1" %s', "https://host", "/data?api_key=abc", 200)
    assert caplog.messages == ['https://host "GET /data?api_key=*** HTTP/1.1" 200']


def test_a_redactor_does_not_show_its_secrets() -> None:
    assert "s3cr3t" not in repr(Redactor([KEY]))
