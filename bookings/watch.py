"""What the clock makes of bookings (R9, R12): an alert for an overdue form, a missing outcome, an unanswered request.

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
from bookings.intake import overdue
from bookings.models import Booking, BookingQuerySet

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


OUTCOME_MISSING = Trouble(
    Alert.Kind.OUTCOME_MISSING, Alert.Severity.INFO, "How did it go? {}", BookingQuerySet.outcome_missing
)
REQUEST = Trouble(
    Alert.Kind.REQUEST,
    Alert.Severity.WARNING,
    "To confirm: {}",
    lambda bookings, *, now: bookings.filter(status=Booking.Status.REQUESTED),
)
TROUBLES = [OUTCOME_MISSING, REQUEST]


def look(*, now: datetime.datetime) -> None:
    """Raise an alert for each booking in trouble that has none, and resolve those whose trouble is over."""
    overdue.look(now=now)
    for trouble in TROUBLES:
        _raise_new(trouble, now=now)
        _resolve_gone(trouble, now=now)


def settle(booking: Booking, *, why: str, now: datetime.datetime) -> None:
    """Resolve what is no longer wrong with a booking that has just changed. Call it under the lock of the booking."""
    overdue.settle_visit(booking, why=why, now=now)
    key = subject_key(booking)
    ongoing = Alert.objects.filter(
        source_key=key, kind__in=[one.kind for one in TROUBLES], cause_ended_at=None
    )
    kinds = set(ongoing.values_list("kind", flat=True))
    for trouble in TROUBLES:
        if trouble.kind in kinds and not _is_found(trouble, booking, now=now):
            alerts.resolve_alerts(kind=trouble.kind, source_key=key, why=why)


def follow(booking: Booking, *, now: datetime.datetime) -> None:
    """Settle what a move has put right, and let the alert about a request say its new time."""
    settle(booking, why="The booking was moved.", now=now)
    if booking.is_requested:
        raise_request(booking)


def _is_found(trouble: Trouble, booking: Booking, *, now: datetime.datetime) -> bool:
    return trouble.find(Booking.objects.filter(pk=booking.pk), now=now).exists()


def raise_request(booking: Booking) -> None:
    """Have a request on the list of alerts at once, as it is now."""
    _tell(REQUEST, booking, zone=Business.objects.current().zone)


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
    ongoing = Alert.objects.ongoing(kind=trouble.kind, source_key=f"booking:{pk}")
    if booking is not None and not ongoing.exists():
        _tell(trouble, booking, zone=zone)


def _tell(trouble: Trouble, booking: Booking, *, zone: datetime.tzinfo) -> None:
    start = booking.starts_at.astimezone(zone)
    until = ""
    if booking.is_requested and booking.request_expires_at:
        until = f" The request runs out on {booking.request_expires_at.astimezone(zone):%A %-d %B, %H:%M}."
    alerts.raise_alert(
        kind=trouble.kind,
        source_key=subject_key(booking),
        severity=trouble.severity,
        title=trouble.title.format(booking)[:200],
        detail=f"{start:%A %-d %B %Y, %H:%M}, with {booking.staff}.{until}",
        url=booking.get_absolute_url(),
    )


def _resolve_gone(trouble: Trouble, *, now: datetime.datetime) -> None:
    ongoing = Alert.objects.filter(kind=trouble.kind, cause_ended_at=None).order_by("pk")
    keys = set(ongoing.values_list("source_key", flat=True))
    found = trouble.find(Booking.objects.all(), now=now)
    lasting = {f"booking:{pk}" for pk in found.values_list("pk", flat=True)} if keys else set()
    for key in sorted(keys - lasting)[:BATCH]:
        alerts.resolve_alerts(kind=trouble.kind, source_key=key, why="It is settled.")
