"""What providers told us, kept until something has been made of it. Each event is stored once, however often."""

import datetime
import hashlib
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from messaging.models import WebhookEvent
from messaging.words.rules import Channel

KEEP = datetime.timedelta(days=30)


class Fate(StrEnum):
    """What became of a message of ours."""

    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"  # it never left the provider
    BOUNCED = "bounced"
    REFUSED = "refused"  # its owner has told the provider to send no more
    COMPLAINED = "complained"


@dataclass(frozen=True)
class Report:
    """What a provider says about one message.

    :param provider_id: what the provider calls it
    :param uuid: ours, where the provider hands that back; empty: it does not
    :param is_hard: the address does not exist, so that nothing more need be sent there
    """

    fate: Fate
    provider_id: str = ""
    uuid: str = ""
    is_hard: bool = False
    words: str = ""


@dataclass(frozen=True)
class CalendarReply:
    """What somebody's calendar answers to an invitation.

    :param uid: of the event, as we gave it
    :param answer: accepted, declined or tentative
    """

    uid: str
    answer: str


@dataclass(frozen=True)
class Incoming:
    """A message that somebody sent us.

    :param sender: an email address in lower case, or a number as the provider gives it
    :param via: the address that sent it for them, such as that of a web form; empty: they did
    :param name: as they call themselves; empty: they do not
    :param recipients: the addresses that it was sent to
    :param references: the Message-IDs of what it answers
    :param machine: why nobody wrote it, in words; empty: somebody did
    :param is_answered: the provider has answered its word, such as STOP, already
    """

    sender: str
    words: str
    via: str = ""
    name: str = ""
    subject: str = ""
    message_id: str = ""
    recipients: list[str] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    machine: str = ""
    is_answered: bool = False


Told = Incoming | Report | CalendarReply
KINDS = {
    Incoming: WebhookEvent.Kind.INBOUND,
    Report: WebhookEvent.Kind.REPORT,
    CalendarReply: WebhookEvent.Kind.CALENDAR,
}


def keep(channel: Channel, raw: bytes, *, now: datetime.datetime, **about: str) -> None:
    """Keep what was posted as it came; the worker reads it, however long that takes.

    :param about: what it takes to read it, see `posted`
    """
    row = WebhookEvent(
        channel=channel,
        event_id=f"posted:{hashlib.sha256(raw).hexdigest()}",
        kind=WebhookEvent.Kind.POSTED,
        payload=about,
        raw=raw,
        received_at=now,
    )
    WebhookEvent.objects.bulk_create([row], ignore_conflicts=True)


def store(channel: Channel, *events: tuple[str, Told], now: datetime.datetime) -> None:
    """Keep each event, given with an id that is the same whenever it comes again."""
    rows = [
        WebhookEvent(
            channel=channel,
            event_id=event_id[:200],
            kind=KINDS[type(told)],
            payload=asdict(told),
            received_at=now,
        )
        for event_id, told in events
    ]
    WebhookEvent.objects.bulk_create(rows, ignore_conflicts=True)


def fingerprint(*parts: object) -> str:
    """An id for an event whose provider gives it none."""
    return hashlib.sha256("\n".join(map(str, parts)).encode("utf-8", "replace")).hexdigest()


def named(event_id: str, told: list[Told]) -> list[tuple[str, Told]]:
    """What one email tells, each with an id; ``event_id`` is that of the first, and what a calendar answers follows."""
    return [(event_id if nth == 0 else f"{event_id}:calendar", one) for nth, one in enumerate(told)]


def calendar_reply(event: WebhookEvent) -> CalendarReply:
    return CalendarReply(**event.payload)


def told(event: WebhookEvent) -> Incoming | Report:
    if event.kind == WebhookEvent.Kind.INBOUND:
        return Incoming(**event.payload)
    return Report(**event.payload | {"fate": Fate(event.payload["fate"])})


def finish(event: WebhookEvent, *, trouble: str = "", now: datetime.datetime) -> None:
    """Note that an event has been dealt with, or why nothing could be made of it."""
    event.processed_at, event.trouble = now, trouble[:200]
    if not trouble:
        event.raw = None  # it has been read: what came of it stands in rows of its own
    event.save(update_fields=["processed_at", "trouble", "raw"])


def forget(*, now: datetime.datetime) -> int:
    """Delete what has been dealt with and is older than KEEP; return how many events that was."""
    return WebhookEvent.objects.filter(received_at__lt=now - KEEP).exclude(processed_at=None).delete()[0]
