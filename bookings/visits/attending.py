"""What customers say about coming, by their private link. It is a hint: nobody is marked as arrived by it.

The version stays: what they say stands in no form, and must not get in the way of somebody who is editing the booking.
"""

import datetime

from django.db import transaction

from accounts.models import AuditEntry, Business
from accounts.services import changed, record
from bookings import states
from bookings.locks import locked
from bookings.messages import automation
from bookings.models import Booking
from bookings.refusals import TransitionRefused
from bookings.visits import watch


@transaction.atomic
def note_attending(*, booking: Booking, now: datetime.datetime) -> Booking:
    """Note that the customer is coming, and ask them no more; said again, nothing happens.

    :raises TransitionRefused: if the visit has begun or is not confirmed
    """
    booking = locked(booking)
    if not booking.is_confirmed or now >= booking.starts_at:
        raise TransitionRefused("There is no visit ahead to confirm.")
    if booking.attending_at is None:
        _note(booking, "booking.attending", attending_at=now, declined_at=None)
        automation.attending(booking, now=now)
        watch.resolve(booking, why="They are coming.", now=now)
    return booking


@transaction.atomic
def note_declined(*, booking: Booking, now: datetime.datetime) -> Booking:
    """Note that the customer's calendar has declined, and have somebody ask; the visit itself stands.

    :raises TransitionRefused: if the visit has begun or is not confirmed
    """
    booking = locked(booking)
    if not booking.is_confirmed or now >= booking.starts_at:
        raise TransitionRefused("There is no visit ahead to decline.")
    if booking.declined_at is None:
        _note(booking, "booking.declined_invitation", attending_at=None, declined_at=now)
        watch.DECLINED.tell(booking, zone=Business.objects.current().zone)
    return booking


@transaction.atomic
def note_here(*, booking: Booking, now: datetime.datetime) -> Booking:
    """Note that the customer is waiting; said again, nothing happens.

    :raises TransitionRefused: on another day, or if the visit is not confirmed
    """
    booking = locked(booking)
    refusal = (
        states.ARRIVE.refusal(booking, now) if booking.is_confirmed else "There is no visit to wait for."
    )
    if refusal:
        raise TransitionRefused(refusal)
    if booking.here_at is None:
        _note(booking, "booking.here", here_at=now)
    return booking


def _note(booking: Booking, action: str, **values: datetime.datetime | None) -> None:
    changes = changed(booking, **values)
    booking.save(update_fields=[*changes])
    record(by=None, action=action, subject=booking, changes=changes, actor=AuditEntry.Actor.CUSTOMER)
