"""Tell what has changed: called after each publication, by the sensor, and by ``karakoram notify``.

Whoever calls it, and however often: a publication is taken up once, and a message told once per channel. Publications
that nobody told about yet are taken up in their order, so that a breach that came and went in between is told too
(as long as its file is still kept).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from orchestration.locks import waiting_lock
from orchestration.notify.channels import Channel, channels_of
from orchestration.notify.feed import NEWEST, write_feed
from orchestration.notify.messages import messages_of, standing, trial
from orchestration.notify.outbox import Outbox, Standing
from orchestration.notify.states import changes_between, read_rows, state_of
from orchestration.settings import Settings

Clock = Callable[[], datetime]


@dataclass(frozen=True)
class Told:
    """What one call has done: messages taken by a service, and how every configured channel does now."""

    told: int
    channels: tuple[Standing, ...]

    @property
    def waiting(self) -> int:
        """Messages that a channel has not taken yet."""
        return sum(channel.waiting for channel in self.channels)

    @property
    def failing(self) -> tuple[Standing, ...]:
        """The channels that did not take their last message."""
        return tuple(channel for channel in self.channels if channel.failing_since)

    def as_json(self) -> dict[str, Any]:
        """For programs."""
        return {"told": self.told, "waiting": self.waiting, "channels": [asdict(channel) for channel in self.channels]}


def tell(settings: Settings, *, patient: bool = True, clock: Clock = lambda: datetime.now(UTC)) -> Told:
    """Take up what was published, tell it to every channel, bring the feed up to date.

    Args:
        patient: leave channels alone that failed a short while ago; a person who asks is not made to wait.

    Raises:
        ConfigurationError: an address of KARAKORAM_NOTIFY makes no sense.
        OutboxError: the outbox cannot be read or written.
    """
    if not settings.pointer.exists() and not settings.outbox.exists():
        return Told(0, ())
    with _outbox(settings) as outbox:
        channels = channels_of(settings, outbox.salt)
        _collect(settings, outbox, clock)
        _welcome(settings, outbox, channels, clock)
        told = sum(_deliver(outbox, channel, patient, clock) for channel in channels)
        messages = outbox.newest_messages(NEWEST)
        if messages:
            write_feed(settings.feed, messages)
        return Told(told, _standing(outbox, channels))


def tell_after_refresh(settings: Settings) -> dict[str, Any]:
    """``tell`` for the nightly job, as JSON: what is published stays published, whatever becomes of the telling."""
    try:
        return tell(settings).as_json()
    except Exception as error:  # noqa: BLE001 shown in the result and by `karakoram notify`; never a failed refresh
        return {"told": 0, "error": str(error)}


def channel_standing(settings: Settings) -> tuple[Standing, ...]:
    """How every configured channel does; nothing is sent. Empty while nothing was ever told."""
    if not settings.outbox.exists():
        return ()
    with closing(Outbox(settings.outbox)) as outbox:  # without the lock: reading never waits for a slow channel
        return _standing(outbox, channels_of(settings, outbox.salt))


def try_channels(settings: Settings, clock: Clock = lambda: datetime.now(UTC)) -> list[tuple[str, str | None]]:
    """Send a test message to every channel: its name and, if it was not taken, what went wrong. Nothing is recorded."""
    message = trial(clock().isoformat(timespec="seconds"))
    salt = b""
    if settings.outbox.exists():
        with closing(Outbox(settings.outbox)) as outbox:
            salt = outbox.salt
    return [(channel.name, channel.send(message)) for channel in channels_of(settings, salt)]


@contextmanager
def _outbox(settings: Settings) -> Iterator[Outbox]:
    with waiting_lock(settings.outbox.with_suffix(".lock")), closing(Outbox(settings.outbox)) as outbox:
        yield outbox


def _published(settings: Settings) -> list[Path]:
    """The published files, oldest first, up to the one that the pointer names."""
    if not settings.pointer.exists():
        return []
    newest = settings.pointer.resolve()
    return [path for path in sorted(settings.published.glob("karakoram-*.duckdb")) if path.name <= newest.name]


def _collect(settings: Settings, outbox: Outbox, clock: Clock) -> None:
    """Take up each publication that is newer than the last one taken up."""
    last = outbox.newest_publication()
    published = _published(settings)
    for path in [path for path in published if path.name > last] if last else published[-1:]:
        rows = read_rows(path)
        now = clock().isoformat(timespec="seconds")
        if last is None:
            messages = [standing(list(rows.values()), path.name, now)]
        else:
            messages = messages_of(changes_between(outbox.states(), rows, path), path.name, now)
        outbox.collect(path.name, map(state_of, rows.values()), messages, now)


def _welcome(settings: Settings, outbox: Outbox, channels: Sequence[Channel], clock: Clock) -> None:
    """A channel that is new begins with how things stand."""
    for channel in channels:
        if not outbox.knows(channel.id):
            path = settings.pointer.resolve()
            now = clock().isoformat(timespec="seconds")
            message = standing(list(read_rows(path).values()), path.name, now) if settings.pointer.exists() else None
            outbox.welcome(channel.id, channel.name, message, now)


def _deliver(outbox: Outbox, channel: Channel, patient: bool, clock: Clock) -> int:
    """Send what is due on one channel until it refuses; returns how many messages it took."""
    told = 0
    for message, again in outbox.due(channel.id, clock(), patient):
        outbox.sending(message, channel.id)
        error = channel.send(message, again)
        if error:
            outbox.failed(message, channel.id, error, clock())
            break
        outbox.told(message, channel.id, clock())
        told += 1
    return told


def _standing(outbox: Outbox, channels: Sequence[Channel]) -> tuple[Standing, ...]:
    configured = {channel.id for channel in channels}
    return tuple(channel for channel in outbox.standing() if channel.id in configured)
