"""The outbox: what is to be told to whom, on disk before anything is sent (SQLite, every step one transaction).

Each message goes to each channel exactly once, with one window that nobody can close: if the process dies after the
service took the message and before that is on record, nobody here knows which came first. Such a message is sent
again, with the same id and a sentence that says so: twice is better than never.

    collected   one transaction: states of a publication, its messages, a delivery for every channel
    waiting → sending   before the request
    sending → told      after the service took it; → waiting, when it did not
    sending found later: the window; it counts as waiting, and is sent with the remark
"""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path

from orchestration.errors import KarakoramError
from orchestration.notify.messages import Entry, Message
from orchestration.notify.states import Key, State

FIRST_PAUSE = timedelta(minutes=5)  # after the first failure of a channel; doubled with each further one
LONGEST_PAUSE = timedelta(hours=6)  # shorter than a day: a nightly refresh always tries
STUBBORN = 5  # a message refused so often no longer holds up those after it

SCHEMA = """
create table home (salt blob not null);
create table publications (name text primary key, collected_at text not null);
create table states (
    subject text, rule_id text, state text not null, certainty text, period text not null,
    value real, watch_value real, limit_value real, primary key (subject, rule_id)
);
create table messages (
    id text primary key, kind text not null, created_at text not null, publication text not null, title text not null,
    tone text not null, entries text not null
);
create table channels (
    id text primary key, name text not null, since text not null, told_at text,
    failures integer not null default 0, failing_since text, next_try_at text, error text
);
create table deliveries (
    message_id text not null references messages, channel_id text not null references channels,
    state text not null check (state in ('waiting', 'sending', 'told')), attempts integer not null default 0,
    told_at text, primary key (message_id, channel_id)
);
"""
VERSION = 1


class OutboxError(KarakoramError):
    """The outbox cannot be read or written; nothing was told."""


@dataclass(frozen=True)
class Standing:
    """How one channel does: ``failing_since`` is None when its last message was taken."""

    id: str
    name: str
    told_at: str | None
    told: int
    waiting: int
    failures: int
    failing_since: str | None
    next_try_at: str | None
    error: str | None


class Outbox:
    """One home's outbox. One process at a time uses it (``telling`` holds a lock)."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._named():
            self._connection = sqlite3.connect(path, isolation_level=None, timeout=30)
            self._connection.execute("pragma synchronous = full")
            self._connection.execute("pragma foreign_keys = on")
            self._prepare()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    @property
    def salt(self) -> bytes:
        """Random bytes of this home, for the digests of its channels."""
        with self._named():
            return bytes(self._connection.execute("select salt from home").fetchone()[0])

    def newest_publication(self) -> str | None:
        """The name of the last publication whose states were compared."""
        with self._named():
            row = self._connection.execute("select max(name) from publications").fetchone()
        return str(row[0]) if row[0] else None

    def states(self) -> dict[Key, State]:
        """The states of the last publication."""
        with self._named():
            rows = self._connection.execute(f"select {', '.join(State.__dataclass_fields__)} from states").fetchall()
        return {(row[0], row[1]): State(*row) for row in rows}

    def collect(self, publication: str, states: Iterable[State], messages: Sequence[Message], at: str) -> None:
        """Take up one publication: what it says now, and what has to be told, to every channel known so far."""
        with self._transaction() as write:
            write.execute("insert into publications values (?, ?)", (publication, at))
            write.execute("delete from states")
            write.executemany("insert into states values (?, ?, ?, ?, ?, ?, ?, ?)", map(_values, states))
            channels = [row[0] for row in write.execute("select id from channels").fetchall()]
            for message in messages:
                self._add(write, message, channels)

    def welcome(self, channel: str, name: str, message: Message | None, at: str) -> None:
        """Take up a channel that was never seen before; ``message`` tells it how things stand."""
        with self._transaction() as write:
            write.execute("insert into channels (id, name, since) values (?, ?, ?)", (channel, name, at))
            if message:
                self._add(write, message, [channel])

    def knows(self, channel: str) -> bool:
        """True if the channel was welcomed."""
        with self._named():
            return bool(self._connection.execute("select 1 from channels where id = ?", (channel,)).fetchone())

    def due(self, channel: str, now: datetime, patient: bool) -> list[tuple[Message, bool]]:
        """The messages to be sent on a channel now, oldest first, each with whether it may have been sent already.

        Args:
            patient: leave a channel alone that failed a short while ago.
        """
        with self._named():
            row = self._connection.execute("select next_try_at from channels where id = ?", (channel,)).fetchone()
            if patient and row and row[0] and datetime.fromisoformat(row[0]) > now:
                return []
            rows = self._connection.execute(
                "select m.id, kind, created_at, publication, title, tone, entries, d.state = 'sending' "
                "from deliveries as d join messages as m on m.id = d.message_id "
                "where channel_id = ? and d.state <> 'told' order by attempts >= ?, m.rowid",
                (channel, STUBBORN),
            ).fetchall()
        return [(_message(row[:7]), bool(row[7])) for row in rows]

    def sending(self, message: Message, channel: str) -> None:
        """On record before the request: from here to ``told`` is the window."""
        with self._transaction() as write:
            write.execute(
                "update deliveries set state = 'sending', attempts = attempts + 1 "
                "where message_id = ? and channel_id = ?",
                (message.id, channel),
            )

    def told(self, message: Message, channel: str, at: datetime) -> None:
        """The service took it."""
        now = at.isoformat()
        with self._transaction() as write:
            write.execute(
                "update deliveries set state = 'told', told_at = ? where message_id = ? and channel_id = ?",
                (now, message.id, channel),
            )
            write.execute(
                "update channels set told_at = ?, failures = 0, failing_since = null, next_try_at = null, error = null "
                "where id = ?",
                (now, channel),
            )

    def failed(self, message: Message, channel: str, error: str, at: datetime) -> None:
        """The service did not take it: try again after a pause that grows with each failure."""
        with self._transaction() as write:
            write.execute(
                "update deliveries set state = 'waiting' where message_id = ? and channel_id = ?", (message.id, channel)
            )
            failures = write.execute("select failures from channels where id = ?", (channel,)).fetchone()[0]
            pause = min(FIRST_PAUSE * 2 ** min(failures, 16), LONGEST_PAUSE)
            write.execute(
                "update channels set failures = failures + 1, failing_since = coalesce(failing_since, ?), "
                "next_try_at = ?, error = ? where id = ?",
                (at.isoformat(), (at + pause).isoformat(), error, channel),
            )

    def standing(self) -> list[Standing]:
        """Every channel that was ever told anything, and how it does."""
        with self._named():
            rows = self._connection.execute(
                "select c.id, name, c.told_at, coalesce(sum(d.state = 'told'), 0), coalesce(sum(d.state <> 'told'), 0),"
                " failures, failing_since, next_try_at, error "
                "from channels as c left join deliveries as d on d.channel_id = c.id group by c.id order by c.rowid"
            ).fetchall()
        return [Standing(*row) for row in rows]

    def newest_messages(self, number: int) -> list[Message]:
        """The last messages, the newest first."""
        with self._named():
            rows = self._connection.execute(
                "select id, kind, created_at, publication, title, tone, entries from messages "
                "order by rowid desc limit ?",
                (number,),
            ).fetchall()
        return [_message(row) for row in rows]

    def _prepare(self) -> None:
        version = self._connection.execute("pragma user_version").fetchone()[0]
        if version == VERSION:
            return
        if version > VERSION:
            raise OutboxError(f"{self._path} was written by a newer Karakoram: update this one")
        with self._transaction() as write:
            for statement in SCHEMA.split(";"):
                write.execute(statement)
            write.execute("insert into home values (?)", (secrets.token_bytes(16),))
            write.execute(f"pragma user_version = {VERSION}")

    def _add(self, write: sqlite3.Connection, message: Message, channels: Iterable[str]) -> None:
        entries = json.dumps([asdict(entry) for entry in message.entries])
        write.execute(
            "insert into messages values (?, ?, ?, ?, ?, ?, ?) on conflict do nothing",
            (message.id, message.kind, message.created_at, message.publication, message.title, message.tone, entries),
        )
        write.executemany(
            "insert into deliveries (message_id, channel_id, state) values (?, ?, 'waiting') on conflict do nothing",
            [(message.id, channel) for channel in channels],
        )

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._named():
            self._connection.execute("begin immediate")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("rollback")
                raise
            self._connection.execute("commit")

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise OutboxError(
                f"{self._path}: {error}; nothing was told. Free disk space, or move the file aside: "
                "a new one begins with a digest of what is flagged"
            ) from error


def _values(state: State) -> tuple[object, ...]:
    return tuple(asdict(state).values())


def _message(row: Sequence[str]) -> Message:
    entries = tuple(_entry(given) for given in json.loads(row[6]))
    return Message(row[0], row[1], row[2], row[3], row[4], row[5], entries)  # type: ignore[arg-type]


def _entry(given: Mapping[str, object]) -> Entry:
    facts = given["facts"]
    assert isinstance(facts, list)
    return Entry(str(given["heading"]), tuple((str(label), str(fact)) for label, fact in facts))
