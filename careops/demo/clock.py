"""Time in the demo: moments gone by, and the dates of what is done in them."""

import contextlib
import datetime
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from unittest import mock

from django.db import connection
from django.db.models import F
from django.utils import timezone

from accounts.models import AuditEntry, User
from alerts.models import Alert
from inventory.models import Movement
from messaging import gateways
from messaging.delivery import sending
from messaging.delivery.claiming import Look
from messaging.models import Message

OPENS, CLOSES = datetime.time(8, 30), datetime.time(18, 30)
MONDAY = 0
ROUND = datetime.timedelta(minutes=10)  # how late the worker comes at most


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


# Services date what they make by the clock on the wall, as nobody acts in the past in earnest. The demo does, so in the
# end it puts its own time where theirs is.
STAMPS = {
    AuditEntry: ["at"],
    User: ["joined_at"],
    Message: ["created_at"],
    Movement: ["at"],
    Alert: ["first_seen_at", "last_seen_at", "settled_at", "cause_ended_at"],
}

DATE = "UPDATE {table} SET {field} = (%s::timestamptz[])[width_bucket({field}, %s)] WHERE {field} >= %s"


@dataclass(frozen=True)
class Event:
    at: datetime.datetime
    number: int
    act: Callable[[datetime.datetime], object]


class Past:
    """Lets the demo's events happen in order of time, with the worker at work in between."""

    def __init__(self, *, now: datetime.datetime):
        """:param now: when the demo begins; no event is later"""
        self.now = now
        self._events: list[Event] = []
        self._began: list[tuple[datetime.datetime, datetime.datetime]] = []  # by the wall's clock, by our own

    def plan(self, at: datetime.datetime, act: Callable) -> None:
        """Have ``act`` called with ``at`` in its turn, unless that is still to come."""
        if _instant(at) <= _instant(self.now):
            self._events.append(Event(at, len(self._events), act))

    def happen(self, progress: Callable[[float], object]) -> None:
        """Call everything that was planned, the earliest first, and send what falls due on the way.

        :param progress: told now and again which share of it has happened, from 0 to 1
        """
        with in_one_go():
            sent_until = 0.0
            events = sorted(self._events, key=lambda event: (_instant(event.at), event.number))
            for number, event in enumerate(events):
                progress(number / len(events))
                self._began.append((timezone.now(), event.at))
                if event.at.timestamp() >= sent_until + ROUND.total_seconds():
                    self._send_due(event.at)
                    sent_until = event.at.timestamp()
                event.act(event.at)
            self._began.append((timezone.now(), self.now))
            self._send_due(self.now)
        self._date()
        progress(1)

    def _send_due(self, until: datetime.datetime) -> None:
        """Send what is due, one round for all of the same ten minutes."""
        due = Message.objects.due(now=until).order_by("send_at").values_list("send_at", flat=True)
        lines = gateways.Lines()  # to nowhere: the demo is made where no provider is set up
        for _, moments in groupby(list(due), key=lambda at: at.timestamp() // ROUND.total_seconds()):
            *_, now = moments
            look = Look(now=now)
            while message := look.take(now=now):
                if message.status == Message.Status.SENDING:
                    message.calm = True  # nobody has made trouble, so there is none to look for
                    sending.send(message, look=look, lines=lines)

    def _date(self) -> None:
        Message.objects.filter(sent_at__gte=self.now).update(sent_at=F("send_at"))
        walls, ours = (list(times) for times in zip(*self._began, strict=True))
        walls[0] = self.now  # what was made before the first event is dated like it
        with connection.cursor() as cursor:
            for model, fields in STAMPS.items():
                for field in fields:
                    cursor.execute(
                        DATE.format(table=model._meta.db_table, field=field), [ours, walls, walls[0]]
                    )


@contextlib.contextmanager
def in_one_go():
    """Within a transaction: all of it or nothing, so no savepoints on the way, and nobody is woken for any of it."""
    asked_before = [*connection.run_on_commit]
    with mock.patch.object(connection.features, "uses_savepoints", False):
        yield
    connection.run_on_commit[:] = asked_before


def _instant(at: datetime.datetime) -> datetime.datetime:
    """The same in UTC, as two times of one zone are compared by what the wall shows."""
    return at.astimezone(datetime.UTC)
