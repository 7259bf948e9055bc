"""Bookings as they are now, which nobody else changes before the transaction ends."""

import contextlib

from bookings.models import Booking
from bookings.refusals import TransitionRefused
from bookings.slots import claiming
from contacts import services as contacts


def locked(booking: Booking) -> Booking:
    return (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("contact", "service", "staff", "told_service", "told_staff")
        .get(pk=booking.pk)
    )


def hold_contact(booking: Booking) -> None:
    """Before the booking is locked; one that went along with its contact is missed there."""
    with contextlib.suppress(contacts.ContactGone):
        contacts.hold(booking.contact)


def locked_with_time(seen: Booking) -> Booking:
    """The booking, and the time of its staff member along with it.

    :raises TransitionRefused: if somebody else has given it to somebody else meanwhile
    """
    claiming.lock_staff(seen.staff)
    hold_contact(seen)
    booking = locked(seen)
    if booking.staff_id != seen.staff_id:  # then the lock is on somebody else's time
        raise TransitionRefused("Somebody else has just changed this booking. Look at it again.")
    return booking
