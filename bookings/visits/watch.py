"""What the clock makes of bookings: an alert for a missing outcome, an unanswered request, a declined visit.

Services settle at once what they put right; the clock sees to whatever else changes, such as a form that a service
asks for no more.
"""

import datetime
from collections.abc import Sequence

from django.db.models import Q

from accounts.models import Business, subject_key
from alerts import services as alerts
from alerts.models import Alert
from alerts.troubles import Trouble, look_for
from bookings.intake import overdue
from bookings.models import Booking, BookingQuerySet, IntakeRequest
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


def _starts_at(booking: Booking) -> datetime.datetime:
    return booking.starts_at


OUTCOME_MISSING = Trouble(
    Alert.Kind.OUTCOME_MISSING,
    Alert.Severity.INFO,
    Booking,
    BookingQuerySet.outcome_missing,
    _outcome_missing,
    matters_at=_starts_at,
)
REQUEST = Trouble(
    Alert.Kind.REQUEST,
    Alert.Severity.WARNING,
    Booking,
    lambda bookings, *, now: bookings.requests(),
    _to_confirm,
    matters_at=_starts_at,
)
DECLINED = Trouble(
    Alert.Kind.DECLINED,
    Alert.Severity.WARNING,
    Booking,
    BookingQuerySet.declined,
    _declined,
    matters_at=_starts_at,
)
TROUBLES = [OUTCOME_MISSING, REQUEST, DECLINED]


def look(*, now: datetime.datetime) -> None:
    """Raise an alert for each booking in trouble that has none, and resolve those whose trouble is over."""
    look_for(TROUBLES, now=now)


def resolve(booking: Booking, *, why: str, now: datetime.datetime) -> list[Trouble]:
    """Resolve what is no longer wrong with a booking that has just changed, and return what still is.

    Call it under the lock of the booking.
    """
    key = subject_key(booking)
    about_it = Q(source_key=key, kind__in=[one.kind for one in TROUBLES]) | overdue.about_forms_of(booking)
    kinds = set(Alert.objects.filter(about_it, cause_ended_at=None).values_list("kind", flat=True))
    if overdue.OVERDUE.kind in kinds:
        overdue.resolve_visit(booking, why=why, now=now)
    lasting = []
    for trouble in TROUBLES:
        if trouble.kind in kinds and trouble.has(booking, now=now):
            lasting.append(trouble)
        elif trouble.kind in kinds:
            alerts.resolve_alerts(kind=trouble.kind, source_key=key, why=why)
    return lasting


def follow(booking: Booking, *, now: datetime.datetime) -> None:
    """Settle what a move has put right, and let the alerts about the rest say the new time; a request has one."""
    lasting = resolve(booking, why="The booking was moved.", now=now)
    if booking.is_requested and REQUEST not in lasting:
        lasting.append(REQUEST)
    for trouble in lasting:
        trouble.tell(booking, zone=Business.objects.current().zone)


def follow_all(bookings: Sequence[Booking], *, now: datetime.datetime) -> None:
    """`follow` for those of several that there is an alert about; a look at all of them is one statement."""
    ongoing = set(Alert.objects.filter(cause_ended_at=None).values_list("source_key", flat=True))
    forms = IntakeRequest.objects.filter(booking__in=bookings)
    lacking = {form.booking_id for form in forms if subject_key(form) in ongoing}
    for booking in bookings:
        if subject_key(booking) in ongoing or booking.pk in lacking:
            follow(booking, now=now)


def raise_request(booking: Booking) -> None:
    """Have a request on the list of alerts at once, as it is now."""
    REQUEST.tell(booking, zone=Business.objects.current().zone)
