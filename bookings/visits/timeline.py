"""What happened between a contact and the business, and what is to come, told as one timeline."""

import datetime
from dataclasses import dataclass
from typing import NamedTuple

from django.db import connection
from django.db.models import Count, Q
from django.urls import reverse

from bookings.looks import VISITS
from bookings.models import Booking
from careops.core.looks import Look
from contacts.models import Contact
from messaging import looks
from messaging.models import Message
from messaging.outbox.newest import Line, newest

LENGTH = 25  # who looks for more reads the conversation
LONGEST_WORDS = 240

# Spelled out, as the frame is: composing it by the ORM takes three times as long as reading it.
READ = """
SELECT booking.id, starts_at, booking.status, cancel_reason, service.name, staff.name
FROM bookings_booking AS booking
JOIN bookings_service AS service ON service.id = service_id
JOIN accounts_user AS staff ON staff.id = staff_id
WHERE contact_id = %(contact)s ORDER BY starts_at DESC, booking.id DESC LIMIT %(most)s
"""


class Row(NamedTuple):
    """A booking, as READ answers."""

    pk: int
    at: datetime.datetime
    status: str
    reason: str
    service: str
    person: str


class Reliability(NamedTuple):
    """How often somebody did not come, and how often they called off after the limit of the service."""

    no_shows: int
    late: int


TYPED = {"in": ("message-circle", "wrote"), "out": ("reply", "replied"), "note": ("sticky-note", "noted")}
RULES = dict(Message._meta.get_field("rule").flatchoices)


@dataclass(frozen=True)
class Entry:
    """A visit at its start, or a message when it left, came in or is due.

    :param tone: of the mark, as the icon is
    :param state: None for what a contact wrote, and for a note
    :param is_quiet: it came to nothing
    """

    at: datetime.datetime
    url: str
    title: str
    icon: str
    tone: str
    reason: str
    state: Look | None
    is_quiet: bool
    words: str = ""
    is_planned: bool = False
    is_by_rule: bool = False


@dataclass(frozen=True)
class Timeline:
    """The newest LENGTH entries, the newest first in both parts.

    :param more: whether there are older ones
    :param next_visit: the next confirmed booking; None: there is none
    """

    to_come: list[Entry]
    so_far: list[Entry]
    more: bool
    next_visit: Entry | None

    @classmethod
    def of(cls, contact: Contact, *, now: datetime.datetime) -> "Timeline":
        # One more than is shown tells whether that was all, of rows as well as of characters.
        bookings = _newest_bookings(contact, most=LENGTH + 1)
        messages = newest(contact.conversation, most=LENGTH + 1, longest=LONGEST_WORDS + 1)
        rows: list[Row | Line] = sorted(
            [*bookings, *messages], key=lambda row: (row.at, row.pk), reverse=True
        )
        entries = [_booking(row) if isinstance(row, Row) else _message(row, contact) for row in rows[:LENGTH]]
        to_come = [entry for entry in entries if entry.at > now]
        return cls(
            to_come=to_come,
            so_far=entries[len(to_come) :],
            more=len(rows) > LENGTH,
            next_visit=_next_visit(contact, to_come, now=now),
        )

    @property
    def length(self) -> int:
        return len(self.to_come) + len(self.so_far)


def _newest_bookings(contact: Contact, *, most: int) -> list[Row]:
    with connection.cursor() as cursor:
        cursor.execute(READ, {"contact": contact.pk, "most": most})
        return [Row(*values) for values in cursor.fetchall()]


def next_visit(contact: Contact, *, now: datetime.datetime) -> Booking | None:
    """The next confirmed booking of a contact, if there is one."""
    upcoming = contact.bookings.upcoming(now=now)
    return upcoming.select_related("service", "staff").order_by("starts_at", "pk").first()


def reliability(contact: Contact) -> Reliability:
    late = Q(cancelled_late=True, cancel_cause=Booking.Cause.CUSTOMER)
    return Reliability(
        **contact.bookings.aggregate(
            no_shows=Count("pk", filter=Q(status=Booking.Status.NO_SHOW)), late=Count("pk", filter=late)
        )
    )


def _next_visit(contact: Contact, to_come: list[Entry], *, now: datetime.datetime) -> Entry | None:
    """The soonest of what is to come; only where that fills the whole page there may be a sooner one."""
    confirmed = VISITS[Booking.Status.CONFIRMED]
    if len(to_come) < LENGTH:
        return next((entry for entry in reversed(to_come) if entry.state is confirmed), None)
    visit = next_visit(contact, now=now)
    if visit is None:
        return None
    return _booking(Row(visit.pk, visit.starts_at, visit.status, "", str(visit.service), str(visit.staff)))


def _booking(row: Row) -> Entry:
    look = VISITS[Booking.Status(row.status)]
    return Entry(
        at=row.at,
        url=f"{reverse('bookings:list')}{row.pk}/",
        title=f"{row.service} with {row.person}",
        icon="calendar-days",
        tone=look.tone,
        reason=row.reason,
        state=look,
        is_quiet=row.status == "cancelled",
    )


def _message(row: Line, contact: Contact) -> Entry:
    if row.rule:
        url, title, icon = f"{reverse('messaging:outbox')}{row.pk}/", RULES[row.rule], "zap"
    else:
        icon, verb = TYPED[row.direction]
        who = contact.name if row.direction == "in" else row.person or "Somebody"
        url, title = contact.conversation.get_absolute_url(), f"{who} {verb}"
    look = looks.of_status(row.status, reason_code=row.reason_code, attempts=row.attempts)
    return Entry(
        at=row.at,
        url=url,
        title=title,
        icon=icon,
        tone=_tone(row, look),
        reason=row.reason,
        state=look if row.direction == Message.Direction.OUT else None,
        is_quiet=row.status in {"skipped", "cancelled"},
        words=row.words if len(row.words) <= LONGEST_WORDS else f"{row.words[: LONGEST_WORDS - 1]}…",
        is_planned=row.status == "planned",
        is_by_rule=bool(row.rule),
    )


def _tone(row: Line, look: Look) -> str:
    """What went well keeps its mark plain, so that what did not is seen."""
    if row.direction == Message.Direction.IN:
        return "info"
    return look.tone if look.tone in {"critical", "attention"} else ""
