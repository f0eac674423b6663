"""The feed: valid Atom (RFC 4287, as far as a feed like ours uses it), every text escaped."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from datetime import datetime

from orchestration.notify.feed import feed_of, write_feed
from orchestration.notify.messages import Entry, Message

NAMES = {"a": "http://www.w3.org/2005/Atom"}
HOSTILE = '<script>alert("x")</script> & ]]> \x00\x1b ok'


def message(number, title="t"):
    entry = Entry(HOSTILE, (("value", HOSTILE), ("a & b", "1 < 2")))
    return Message(f"id{number}", "change", f"2026-11-0{number}T02:30:00+00:00", "file", title, "info", (entry,))


def test_it_is_atom_and_nothing_said_becomes_markup():
    feed = ET.fromstring(feed_of([message(2, HOSTILE), message(1)]))
    assert feed.tag == "{http://www.w3.org/2005/Atom}feed"
    for holder in (feed, *feed.findall("a:entry", NAMES)):
        for needed in ("id", "title", "updated"):
            assert len(holder.findall(f"a:{needed}", NAMES)) == 1
        assert datetime.fromisoformat(holder.findtext("a:updated", "", NAMES)).tzinfo
    assert feed.findtext("a:author/a:name", "", NAMES) == "Karakoram"
    assert feed.findtext("a:updated", "", NAMES) == "2026-11-02T02:30:00+00:00"
    ids = [entry.findtext("a:id", "", NAMES) for entry in feed.findall("a:entry", NAMES)]
    assert ids == ["urn:karakoram:alerts:id2", "urn:karakoram:alerts:id1"]
    clean = '<script>alert("x")</script> & ]]>  ok'
    assert feed.findtext("a:entry/a:title", "", NAMES) == clean
    content = feed.find("a:entry/a:content", NAMES)
    assert (content.get("type"), len(content)) == ("html", 0)
    html = ET.fromstring(content.text)
    assert {node.tag for node in html.iter()} == {"div", "h4", "dl", "dt", "dd", "p"}
    assert [html.findtext(place) for place in ("h4", "dl/dd")] == [clean, clean]


def test_a_feed_that_says_the_same_is_not_written_again(tmp_path):
    path = tmp_path / "alerts.atom"
    write_feed(path, [message(1)])
    before = path.stat().st_mtime_ns, path.stat().st_ino
    write_feed(path, [message(1)])
    assert (path.stat().st_mtime_ns, path.stat().st_ino) == before
    write_feed(path, [message(2), message(1)])
    assert path.stat().st_ino != before[1]
