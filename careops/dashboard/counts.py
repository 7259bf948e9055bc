"""The numbers of the dashboard, each with a link to a list of exactly the rows it counts.

A count stops at MOST, so that it costs the same however large the business grows.
"""

import datetime
from dataclasses import dataclass
from functools import lru_cache

from django.db.models import DateTimeField, Exists, IntegerField, QuerySet, Subquery
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Business, User
from alerts.models import Alert
from bookings.models import Booking, IntakeRequest, Service, WorkingHours
from careops.core.composed import Composed, Given
from careops.core.moments import midnight
from contacts.models import Contact
from inventory.models import Item
from messaging.models import Conversation, Message

MOST = 1000
DAYS = {"a_month_ago": -29, "today": 0, "tomorrow": 1, "after_a_week": 8}  # from today, at midnight


def moment(name: str) -> Given:
    """A time that is filled in when the numbers are read."""
    return Given(name, DateTimeField())


class CappedCount(Subquery):
    """How many rows a query has; one more than ``most`` stands for all numbers beyond it."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS counted)"
    output_field = IntegerField()

    def __init__(self, rows: QuerySet, most: int):
        super().__init__(rows.values("pk")[: most + 1])


@dataclass
class Number:
    """How many rows there are, and the list of exactly those.

    :param permission: what it takes to open that list
    """

    label: str
    icon: str
    permission: str
    url: str
    note: str = ""
    count: int = 0

    def __str__(self):
        return f"{MOST}+" if self.count > MOST else str(self.count)


def read(*, user: User, today: datetime.date, now: datetime.datetime) -> dict[str, Number]:
    """The numbers that ``user`` may see, in one query."""
    numbers = _booking_numbers(today) | _other_numbers()
    numbers = {name: number for name, number in numbers.items() if user.has_perm(number.permission)}
    if numbers:
        days = {name: midnight(today + datetime.timedelta(days)) for name, days in DAYS.items()}
        counts = _statement(tuple(numbers), MOST).one({"now": now, **days})
        for number, count in zip(numbers.values(), counts, strict=True):
            number.count = count
    return numbers


@lru_cache(maxsize=32)
def _statement(names: tuple[str, ...], most: int) -> Composed:
    """One row with the counts of those names, in order."""
    rows = _booking_rows() | _other_rows()
    counts = {name: CappedCount(rows[name], most) for name in names}
    return Composed.of(Business.objects.values_list(*counts.values()))


def _booking_rows() -> dict[str, QuerySet]:
    status, bookings = Booking.Status, Booking.objects.all()
    today = bookings.starting_between(moment("today"), moment("tomorrow"))
    month = bookings.starting_between(moment("a_month_ago"), moment("tomorrow"))
    week = bookings.starting_between(moment("tomorrow"), moment("after_a_week"))
    return {
        "today": today,
        "arrived": today.filter(status=status.ARRIVED),
        "requests": bookings.requests(),
        # In the order of their index: PostgreSQL takes them for many, and would look through all visits instead.
        "missing": bookings.outcome_missing(now=moment("now")).order_by("starts_at"),
        "upcoming": week.filter(status=status.CONFIRMED),
        "completed": month.filter(status=status.COMPLETED),
        "no_show": month.filter(status=status.NO_SHOW),
    }


def _other_rows() -> dict[str, QuerySet]:
    forms = IntakeRequest.objects
    return {
        "forms_pending": forms.waiting(),
        "forms_overdue": forms.overdue(now=moment("now")),
        "forms_done": forms.filter(status=IntakeRequest.Status.SUBMITTED),
        "new": Contact.objects.filter(stage=Contact.Stage.NEW),
        "waiting": Conversation.objects.waiting(),
        "failed": Message.objects.outbox().undelivered(),
        "low": Item.objects.low(),
        "alerts": Alert.objects.open(),
    }


def firsts() -> dict[str, bool]:
    """Which of the first things a new business has, in one query."""
    return Business.objects.values(
        has_services=Exists(Service.objects.all()),
        has_hours=Exists(WorkingHours.objects.all()),
        has_contacts=Exists(Contact.objects.all()),
        has_bookings=Exists(Booking.objects.all()),
    ).get()


def _other_numbers() -> dict[str, Number]:
    return _form_numbers() | {
        "new": Number(
            "New contacts",
            "sparkles",
            "contacts.view_contact",
            _url("contacts:list", stage=Contact.Stage.NEW),
            "not contacted yet",
        ),
        "waiting": Number(
            "Waiting",
            "message-circle",
            "messaging.view_conversation",
            _url("messaging:inbox", tab="waiting"),
            "for an answer",
        ),
        "failed": Number(
            "Not delivered",
            "mail-x",
            "messaging.view_message",
            _url("messaging:outbox", tab="failed"),
            "failed messages",
        ),
        "low": Number(
            "Low stock",
            "package",
            "inventory.view_item",
            _url("inventory:low_stock"),
            "below the threshold",
        ),
        "alerts": Number(
            "Alerts",
            "bell",
            "alerts.view_alert",
            _url("alerts:list"),
            "open",
        ),
    }


def _form_numbers() -> dict[str, Number]:
    def forms(status, label, icon, note):
        url = _url("bookings:intake_requests", status=status)
        return Number(label, icon, "bookings.view_intakerequest", url, note)

    return {
        "forms_pending": forms("open", "Forms pending", "clipboard-list", "before visits to come"),
        "forms_overdue": forms("overdue", "Forms overdue", "clipboard-x", "of those"),
        "forms_done": forms("submitted", "Forms done", "clipboard-check", "to be read"),
    }


def _booking_numbers(today: datetime.date) -> dict[str, Number]:
    def between(first, last, label, icon, note, **status):
        return Number(
            label,
            icon,
            "bookings.view_booking",
            _url("bookings:list", **_days(first, last), **status),
            note,
        )

    def waits(todo, label, icon, note):
        return Number(label, icon, "bookings.view_booking", _url("bookings:list", todo=todo), note)

    day = {name: today + datetime.timedelta(days) for name, days in DAYS.items()}
    tomorrow, a_month_ago = day["tomorrow"], day["a_month_ago"]
    in_a_week = day["after_a_week"] - datetime.timedelta(days=1)
    status = Booking.Status
    return {
        "today": between(today, today, "Today", "calendar-days", "cancelled included"),
        "arrived": between(today, today, "Here", "door-open", "marked as arrived", status=status.ARRIVED),
        "requests": waits("confirm", "To confirm", "calendar-check", "requests"),
        "missing": waits(
            "outcome",
            "No outcome",
            "circle-question-mark",
            "visits that are over",
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
