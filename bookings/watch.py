"""What the clock makes of bookings (R9, R12): an alert where a form is overdue or an outcome is missing.

Services settle at once what they put right; the clock sees to whatever else changes, such as a form that a service
asks for no more.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Business, subject_key
from alerts import services as alerts
from alerts.models import Alert
from bookings.models import Booking, BookingQuerySet, IntakeRequest

BATCH = 200  # alerts of a kind that one look raises or settles; the next look goes on


@dataclass(frozen=True)
class Trouble:
    """Something that can be wrong with a booking.

    :param find: narrows bookings down to those that have it
    :param title: takes the booking's words
    """

    kind: Alert.Kind
    severity: Alert.Severity
    title: str
    find: Callable[..., QuerySet]


def _form_overdue(bookings: QuerySet, *, now: datetime.datetime) -> QuerySet:
    return bookings.filter(pk__in=IntakeRequest.objects.overdue(now=now).values("booking"))


FORM_OVERDUE = Trouble(Alert.Kind.FORM_OVERDUE, Alert.Severity.WARNING, "Form missing: {}", _form_overdue)
OUTCOME_MISSING = Trouble(
    Alert.Kind.OUTCOME_MISSING, Alert.Severity.INFO, "How did it go? {}", BookingQuerySet.outcome_missing
)
TROUBLES = [FORM_OVERDUE, OUTCOME_MISSING]


def look(*, now: datetime.datetime) -> None:
    """Raise an alert for each booking in trouble that has none, and resolve those whose trouble is over."""
    for trouble in TROUBLES:
        _raise_new(trouble, now=now)
        _resolve_gone(trouble, now=now)


def settle(booking: Booking, *, why: str, now: datetime.datetime) -> None:
    """Resolve what is no longer wrong with a booking that has just changed."""
    for trouble in TROUBLES:
        if not trouble.find(Booking.objects.filter(pk=booking.pk), now=now).exists():
            alerts.resolve_alerts(kind=trouble.kind, source_key=subject_key(booking), why=why)


def _raise_new(trouble: Trouble, *, now: datetime.datetime) -> None:
    key = Concat(Value("booking:"), Cast(OuterRef("pk"), CharField()))
    known = Alert.objects.filter(kind=trouble.kind, source_key=key, cause_ended_at=None)
    unknown = trouble.find(Booking.objects.all(), now=now).exclude(Exists(known)).order_by("starts_at", "pk")
    zone = Business.objects.current().zone
    for pk in list(unknown.values_list("pk", flat=True)[:BATCH]):
        _raise(trouble, pk, now=now, zone=zone)


@transaction.atomic
def _raise(trouble: Trouble, pk: int, *, now: datetime.datetime, zone: datetime.tzinfo) -> None:
    """The lock lets nobody settle the booking between the look and the alert; who holds it now changes it anyway."""
    unlocked = trouble.find(Booking.objects.filter(pk=pk), now=now)
    booking = unlocked.for_list().select_for_update(of=("self",), skip_locked=True).first()
    cause = {"kind": trouble.kind, "source_key": f"booking:{pk}"}
    if booking is None or Alert.objects.ongoing(**cause).exists():
        return
    start = booking.starts_at.astimezone(zone)
    alerts.raise_alert(
        **cause,
        severity=trouble.severity,
        title=trouble.title.format(booking)[:200],
        detail=f"{start:%A %-d %B %Y, %H:%M}, with {booking.staff}.",
        url=booking.get_absolute_url(),
    )


def _resolve_gone(trouble: Trouble, *, now: datetime.datetime) -> None:
    ongoing = Alert.objects.filter(kind=trouble.kind, cause_ended_at=None).order_by("pk")
    keys = set(ongoing.values_list("source_key", flat=True))
    found = trouble.find(Booking.objects.all(), now=now)
    lasting = {f"booking:{pk}" for pk in found.values_list("pk", flat=True)} if keys else set()
    for key in sorted(keys - lasting)[:BATCH]:
        alerts.resolve_alerts(kind=trouble.kind, source_key=key, why="It is settled.")
