"""Time in the demo: moments gone by, and the dates of what is done in them."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import F

from accounts.models import AuditEntry, User
from alerts.models import Alert
from inventory.models import Movement
from messaging.delivery import sending
from messaging.models import Conversation, Message

OPENS, CLOSES = datetime.time(8, 30), datetime.time(18, 30)
MONDAY = 0


def working_minutes_ago(minutes: int, *, now: datetime.datetime) -> datetime.datetime:
    """The moment before ``now`` since when the doors have been open for ``minutes``, ten hours a day but on Sundays.

    :param now: in the time zone of the business
    """
    left = datetime.timedelta(minutes=minutes)
    day = now.date()
    while True:
        opened = datetime.datetime.combine(day, OPENS, now.tzinfo)
        closed = min(datetime.datetime.combine(day, CLOSES, now.tzinfo), now)
        if closed - opened >= left:
            return closed - left
        left -= max(closed - opened, datetime.timedelta())
        day -= datetime.timedelta(days=2 if day.weekday() == MONDAY else 1)


# Services date what they make by the clock on the wall, as nobody acts in the past in earnest. The demo does, so it
# puts its own time where theirs is.
AUDIT = "audit"
STAMPS = {
    AUDIT: (AuditEntry.objects, "at"),
    "user": (User.objects, "joined_at"),
    "conversation": (Conversation.objects, "last_message_at"),
    "message": (Message.objects, "created_at"),
    "movement": (Movement.objects, "at"),
    "alert": (Alert.objects, "first_seen_at", "last_seen_at", "settled_at", "cause_ended_at"),
}


@dataclass(frozen=True)
class Event:
    at: datetime.datetime
    number: int
    act: Callable[[datetime.datetime], object]
    dates: tuple[str, ...]


class Past:
    """Lets the demo's events happen in order of time, with the worker at work in between."""

    def __init__(self, *, now: datetime.datetime):
        """:param now: when the demo begins; no event is later"""
        self.now = now
        self._events: list[Event] = []

    def plan(self, at: datetime.datetime, act: Callable, *dates: str) -> None:
        """Have ``act`` called with ``at`` in its turn, unless that is still to come.

        :param dates: names in STAMPS of what it makes, besides audit entries
        """
        if _instant(at) <= _instant(self.now):
            self._events.append(Event(at, len(self._events), act, dates))

    def happen(self) -> None:
        """Call everything that was planned, the earliest first, and send what falls due on the way."""
        for event in sorted(self._events, key=lambda event: (_instant(event.at), event.number)):
            self._send_due(event.at)
            event.act(event.at)
            self._date(event)
        self._send_due(self.now)
        Message.objects.filter(sent_at__gte=self.now).update(sent_at=F("send_at"))

    def _send_due(self, until: datetime.datetime) -> None:
        due = Message.objects.due(now=until).order_by("send_at", "pk")
        for moment in list(due.values_list("send_at", flat=True)):
            message = sending.take_next(now=moment)
            if message and message.status == Message.Status.SENDING:
                sending.send(message)

    def _date(self, event: Event) -> None:
        for name in (AUDIT, *event.dates):
            rows, *fields = STAMPS[name]
            for field in fields:
                rows.filter(**{f"{field}__gte": self.now}).update(**{field: event.at})


def _instant(at: datetime.datetime) -> datetime.datetime:
    """The same in UTC, as two times of one zone are compared by what the wall shows."""
    return at.astimezone(datetime.UTC)
