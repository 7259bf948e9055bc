"""Whose time, and which booking, nobody else decides about before the transaction ends.

Locks are taken from high to low: the staff member whose time is decided about, the contact, the booking, the service,
what the contact is asked (`intake.covering`), then (inside messaging) the conversation, then what the service uses, and
(inside inventory) the items. One order for all, so nobody deadlocks.
"""

import contextlib

from accounts.models import User
from bookings.models import Booking, BookingQuerySet
from bookings.refusals import TransitionRefused
from contacts import services as contacts


def lock_staff(person: User) -> None:
    """Let nobody else decide about the time of ``person`` until this transaction ends."""
    staff_locked(person.pk)


def staff_locked(pk: int) -> User:
    """The person, with the same lock."""
    return User.objects.select_for_update(no_key=True).get(pk=pk)


def locked(booking: Booking) -> Booking:
    return (
        Booking.objects.select_for_update(of=("self",), no_key=True)
        .select_related("contact", "service", "staff", "told_service", "told_staff")
        .get(pk=booking.pk)
    )


def locked_all(bookings: BookingQuerySet) -> list[Booking]:
    """All of them, with the time of their staff members and with their contacts; in an order of time."""
    people, customers = set(), set()
    for staff, contact in bookings.values_list("staff", "contact"):
        people.add(staff)
        customers.add(contact)
    list(User.objects.select_for_update(no_key=True).filter(pk__in=people).order_by("pk"))
    contacts.hold_all(customers)
    held = bookings.filter(staff__in=people, contact__in=customers)  # whoever came meanwhile
    held = held.select_for_update(of=("self",), no_key=True).select_related("contact", "service", "staff")
    return list(held.order_by("starts_at", "pk"))


def hold(booking: Booking) -> tuple[int, str]:
    """Schedule number and status of a booking that a service is about to lock as well."""
    rows = Booking.objects.select_for_update(no_key=True)
    return rows.values_list("schedule_no", "status").get(pk=booking.pk)


def hold_contact(booking: Booking) -> None:
    """Before the booking is locked; one that went along with its contact is missed there."""
    with contextlib.suppress(contacts.ContactGone):
        contacts.hold(booking.contact)


def locked_with_time(seen: Booking) -> Booking:
    """The booking, and the time of its staff member along with it.

    :raises TransitionRefused: if somebody else has given it to somebody else meanwhile
    """
    lock_staff(seen.staff)
    hold_contact(seen)
    booking = locked(seen)
    if booking.staff_id != seen.staff_id:  # then the lock is on somebody else's time
        raise TransitionRefused("Somebody else has just changed this booking. Look at it again.")
    return booking
