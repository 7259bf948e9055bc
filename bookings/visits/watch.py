"""What the clock makes of bookings: an alert for an overdue form, a missing outcome, an unanswered request.

Services settle at once what they put right; the clock sees to whatever else changes, such as a form that a service
asks for no more.
"""

import datetime

from django.db.models import Q

from accounts.models import Business, subject_key
from alerts import services as alerts
from alerts.models import Alert
from alerts.troubles import Trouble, look_for
from bookings.intake import overdue
from bookings.models import Booking, BookingQuerySet
from careops.core import moments


def _when(booking: Booking, zone: datetime.tzinfo) -> str:
    return f"{moments.spelled(booking.starts_at.astimezone(zone))}, with {booking.staff}."


def _outcome_missing(booking: Booking, zone: datetime.tzinfo) -> tuple[str, str]:
    return f"How did it go? {booking}", _when(booking, zone)


def _to_confirm(booking: Booking, zone: datetime.tzinfo) -> tuple[str, str]:
    until = ""
    if booking.request_expires_at:
        until = f" The request runs out on {booking.request_expires_at.astimezone(zone):%A %-d %B, %H:%M}."
    return f"To confirm: {booking}", _when(booking, zone) + until


def _declined(booking: Booking, zone: datetime.tzinfo) -> tuple[str, str]:
    return (
        f"Their calendar declined: {booking}",
        f"The visit stands. {_when(booking, zone)} Ask whether they come.",
    )


OUTCOME_MISSING = Trouble(
    Alert.Kind.OUTCOME_MISSING,
    Alert.Severity.INFO,
    Booking,
    BookingQuerySet.outcome_missing,
    _outcome_missing,
)
REQUEST = Trouble(
    Alert.Kind.REQUEST,
    Alert.Severity.WARNING,
    Booking,
    lambda bookings, *, now: bookings.requests(),
    _to_confirm,
)
DECLINED = Trouble(
    Alert.Kind.DECLINED,
    Alert.Severity.WARNING,
    Booking,
    BookingQuerySet.declined,
    _declined,
)
TROUBLES = [OUTCOME_MISSING, REQUEST, DECLINED]


def look(*, now: datetime.datetime) -> None:
    """Raise an alert for each booking in trouble that has none, and resolve those whose trouble is over."""
    overdue.look(now=now)
    look_for(TROUBLES, now=now)


def resolve(booking: Booking, *, why: str, now: datetime.datetime) -> None:
    """Resolve what is no longer wrong with a booking that has just changed. Call it under the lock of the booking."""
    key = subject_key(booking)
    about_it = Q(source_key=key, kind__in=[one.kind for one in TROUBLES]) | overdue.about_forms_of(booking)
    kinds = set(Alert.objects.filter(about_it, cause_ended_at=None).values_list("kind", flat=True))
    if overdue.OVERDUE.kind in kinds:
        overdue.resolve_visit(booking, why=why, now=now)
    for trouble in TROUBLES:
        if trouble.kind in kinds and not trouble.has(booking, now=now):
            alerts.resolve_alerts(kind=trouble.kind, source_key=key, why=why)


def follow(booking: Booking, *, now: datetime.datetime) -> None:
    """Settle what a move has put right, and let the alert about a request say its new time."""
    resolve(booking, why="The booking was moved.", now=now)
    if booking.is_requested:
        raise_request(booking)


def raise_request(booking: Booking) -> None:
    """Have a request on the list of alerts at once, as it is now."""
    REQUEST.tell(booking, zone=Business.objects.current().zone)
