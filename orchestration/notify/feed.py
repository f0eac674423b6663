"""The feed: ``alerts.atom`` beside the warehouse, for feed readers, with the newest messages (RFC 4287).

Built as a tree and written by the standard library, which escapes every text: nothing that a publisher or a seed says
can become markup.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from orchestration.ingest.snapshots import write_atomically
from orchestration.notify.messages import Message

NEWEST = 50
ATOM = "http://www.w3.org/2005/Atom"
NAME = "urn:karakoram:alerts"


def write_feed(path: Path, messages: Sequence[Message]) -> None:
    """Write the feed of ``messages``, newest first, if it differs from the one that is there."""
    content = feed_of(messages)
    if not (path.exists() and path.read_bytes() == content):
        write_atomically(path, content)


def feed_of(messages: Sequence[Message]) -> bytes:
    """The Atom document; ``messages`` must not be empty, as a feed must say when it was updated."""
    feed = ET.Element(f"{{{ATOM}}}feed")
    _text(feed, "id", NAME)
    _text(feed, "title", "Karakoram: thresholds")
    _text(feed, "updated", messages[0].created_at)
    _text(ET.SubElement(feed, f"{{{ATOM}}}author"), "name", "Karakoram")
    for message in messages:
        entry = ET.SubElement(feed, f"{{{ATOM}}}entry")
        _text(entry, "id", f"{NAME}:{message.id}")
        _text(entry, "title", message.title)
        _text(entry, "updated", message.created_at)
        ET.SubElement(entry, f"{{{ATOM}}}category", term=message.kind)
        _content(entry, message)
    ET.register_namespace("", ATOM)
    ET.indent(feed)
    return bytes(ET.tostring(feed, encoding="utf-8", xml_declaration=True)) + b"\n"


def _content(entry: ET.Element, message: Message) -> None:
    """HTML as text, escaped once as HTML and once as XML: what every feed reader understands."""
    body = ET.Element("div")
    for said in message.entries:
        _paragraph(body, "h4", said.heading)
        facts = ET.SubElement(body, "dl")
        for label, fact in said.facts:
            _paragraph(facts, "dt", label)
            _paragraph(facts, "dd", fact)
    _paragraph(body, "p", f"warehouse: {message.publication}; id: {message.id}")
    html = ET.tostring(body, encoding="unicode", method="html")
    ET.SubElement(entry, f"{{{ATOM}}}content", type="html").text = html


def _text(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}{name}").text = _legal(text)


def _paragraph(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = _legal(text)


def _legal(text: str) -> str:
    """Without the control characters that XML cannot hold, escaped or not."""
    return "".join(char for char in text if char in "\t\n" or (char >= " " and char not in "\ufffe\uffff"))
