"""What the customer's page of a visit says and offers, by the state of the visit."""

import datetime
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import AuditEntry
from bookings import looks, states
from bookings.models import Booking
from careops.core.looks import Look

Status, Cause = Booking.Status, Booking.Cause
HERE_FROM = datetime.timedelta(
    hours=2
)  # before the start: whoever says it earlier has pressed the wrong button
CUSTOMER = AuditEntry.Actor.CUSTOMER
CALLED_OFF = {
    Cause.CUSTOMER: ("You called this visit off", "The time is free for somebody else now."),
    Cause.BUSINESS: ("This visit was called off", "We are sorry. Please find another time, or call us."),
    Cause.DECLINED: (
        "We could not confirm your request",
        "We are sorry. Please find another time, or call us.",
    ),
    Cause.EXPIRED: (
        "We could not confirm your request",
        "We are sorry. Please find another time, or call us.",
    ),
}
AHEAD = {
    Status.REQUESTED: (
        "We have your request",
        "We keep this time for you and let you know soon whether it suits us.",
    ),
    Status.CONFIRMED: ("You are booked", "We look forward to seeing you."),
}
OVER = {
    Status.COMPLETED: ("Thank you for your visit", "We hope to see you again."),
    Status.NO_SHOW: ("We missed you", "This visit is over. You can book another one whenever you like."),
}


@dataclass(frozen=True)
class VisitPage:
    """What the customer reads about a visit at a moment, and what they can do then.

    :ivar is_ahead: whether it is still to come: requested or booked
    :ivar is_over: called off, or there is nothing more to do about it
    """

    title: str
    sentence: str
    state: Look
    is_ahead: bool
    is_over: bool
    may_move: bool
    may_cancel: bool
    may_say_coming: bool
    may_say_here: bool
    limit: datetime.datetime


def look_at(booking: Booking, *, now: datetime.datetime) -> VisitPage:
    is_ahead = booking.status in AHEAD and now < booking.starts_at
    is_on = booking.is_confirmed and now < booking.ends_at
    is_today = timezone.localdate(now) == timezone.localdate(booking.starts_at)
    is_soon = is_today and booking.starts_at - HERE_FROM <= now
    title, sentence = _words(booking, now=now)
    return VisitPage(
        title=title,
        sentence=sentence,
        state=looks.FOR_CUSTOMERS[booking.status],
        is_ahead=is_ahead,
        is_over=booking.status in {*OVER, Status.CANCELLED} or now >= booking.ends_at,
        may_move=is_ahead and not states.MOVE.refusal(booking, now, actor=CUSTOMER),
        may_cancel=is_ahead and not states.CANCEL.refusal(booking, now, actor=CUSTOMER),
        may_say_coming=is_on and is_ahead and booking.attending_at is None,
        may_say_here=is_on and is_soon and booking.here_at is None,
        limit=booking.starts_at - states.limit_of(booking),
    )


def _words(booking: Booking, *, now: datetime.datetime) -> tuple[str, str]:
    if booking.status == Status.CANCELLED:
        return CALLED_OFF[booking.cancel_cause or Cause.BUSINESS]
    if booking.status in OVER:
        return OVER[booking.status]
    if booking.status == Status.ARRIVED:
        return "Welcome", "We know that you are here."
    if now >= booking.ends_at:
        return "This visit is over", "You can book another one whenever you like."
    if booking.status == Status.CONFIRMED and booking.here_at:
        return "You are here", "Thank you for telling us. We will be with you soon."
    if now >= booking.starts_at:
        return "Your visit has begun", "If you are late, please call us."
    if booking.status == Status.CONFIRMED and booking.attending_at:
        return "See you soon", "Thank you for telling us that you are coming."
    return AHEAD[booking.status]
