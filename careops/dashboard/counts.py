"""The numbers of the dashboard, each with a link to a list of exactly the rows it counts.

A count stops at MOST, so that it costs the same however large the business grows.
"""

import datetime
from dataclasses import dataclass

from django.db.models import Exists, IntegerField, QuerySet, Subquery
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Business, User
from alerts.models import Alert
from bookings.models import Booking, Service
from contacts.models import Contact
from inventory.models import Item
from messaging.models import Conversation, Message

MOST = 1000


class CappedCount(Subquery):
    """How many rows a query has; MOST + 1 stands for all numbers beyond MOST."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet):
        super().__init__(rows.order_by().values("pk")[: MOST + 1])


@dataclass
class Number:
    """How many rows there are, and the list of exactly those.

    :param permission: what it takes to open that list
    """

    label: str
    icon: str
    permission: str
    rows: QuerySet
    url: str
    note: str = ""
    count: int = 0

    def __str__(self):
        return f"{MOST}+" if self.count > MOST else str(self.count)


def read(*, user: User, today: datetime.date, now: datetime.datetime) -> dict[str, Number]:
    """The numbers that ``user`` may see, in one query."""
    numbers = _booking_numbers(today, now) | _other_numbers()
    numbers = {name: number for name, number in numbers.items() if user.has_perm(number.permission)}
    counts = {name: CappedCount(number.rows) for name, number in numbers.items()}
    found = Business.objects.values(**counts).get()
    for name, number in numbers.items():
        number.count = found[name]
    return numbers


def firsts() -> dict[str, bool]:
    """Which of the first things a new business has, in one query."""
    return Business.objects.values(
        has_services=Exists(Service.objects.all()),
        has_contacts=Exists(Contact.objects.all()),
        has_bookings=Exists(Booking.objects.all()),
    ).get()


def _other_numbers() -> dict[str, Number]:
    return {
        "new": Number(
            "New contacts",
            "sparkles",
            "contacts.view_contact",
            Contact.objects.filter(stage=Contact.Stage.NEW),
            _url("contacts:list", stage=Contact.Stage.NEW),
            "not contacted yet",
        ),
        "waiting": Number(
            "Waiting",
            "message-circle",
            "messaging.view_conversation",
            Conversation.objects.waiting(),
            _url("messaging:inbox", tab="waiting"),
            "for an answer",
        ),
        "failed": Number(
            "Not delivered",
            "mail-x",
            "messaging.view_message",
            Message.objects.outbox().undelivered(),
            _url("messaging:outbox", tab="failed"),
            "failed messages",
        ),
        "low": Number(
            "Low stock",
            "package",
            "inventory.view_item",
            Item.objects.low(),
            _url("inventory:low_stock"),
            "below the threshold",
        ),
        "alerts": Number(
            "Alerts",
            "bell",
            "alerts.view_alert",
            Alert.objects.unsettled(),
            _url("alerts:list"),
            "not settled",
        ),
    }


def _booking_numbers(today: datetime.date, now: datetime.datetime) -> dict[str, Number]:
    def between(first, last, label, icon, note, **status):
        rows = Booking.objects.on_days(first, last).filter(**status)
        return Number(
            label,
            icon,
            "bookings.view_booking",
            rows,
            _url("bookings:list", **_days(first, last), **status),
            note,
        )

    def waits(todo, label, icon, note, rows):
        return Number(label, icon, "bookings.view_booking", rows, _url("bookings:list", todo=todo), note)

    tomorrow, in_a_week, a_month_ago = (today + datetime.timedelta(days=days) for days in (1, 7, -29))
    status = Booking.Status
    return {
        "today": between(today, today, "Today", "calendar-days", "cancelled included"),
        "arrived": between(today, today, "Here", "door-open", "marked as arrived", status=status.ARRIVED),
        "requests": waits("confirm", "To confirm", "calendar-check", "requests", Booking.objects.requests()),
        "missing": waits(
            "outcome",
            "No outcome",
            "circle-question-mark",
            "visits that are over",
            Booking.objects.outcome_missing(now=now),
        ),
        "upcoming": between(
            tomorrow, in_a_week, "Coming up", "calendar-clock", "next 7 days", status=status.CONFIRMED
        ),
        "completed": between(
            a_month_ago, today, "Completed", "calendar-check", "last 30 days", status=status.COMPLETED
        ),
        "no_show": between(a_month_ago, today, "No-shows", "user-x", "last 30 days", status=status.NO_SHOW),
    }


def _days(first: datetime.date, last: datetime.date) -> dict[str, str]:
    return {"from": first.isoformat(), "to": last.isoformat()}


def _url(name: str, **query: str) -> str:
    return f"{reverse(name)}?{urlencode(query)}" if query else reverse(name)
