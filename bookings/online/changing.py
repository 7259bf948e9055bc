"""What customers do with a visit of theirs. What they look at may be out of date: then nothing happens.

The words of every refusal are fit for customers, so they name nobody else.
"""

import datetime

from django.db import transaction

from accounts.models import Business, User
from bookings import locks
from bookings.locks import hold_contact
from bookings.models import Booking
from bookings.refusals import BookedAlready, OverLimit, SlotTaken, TransitionRefused
from bookings.slots.for_customers import Search, public_offers
from bookings.visits.attending import note_attending, note_here
from bookings.visits.moving import change_booking
from bookings.visits.outcomes import cancel_booking

GONE = "That time is not free any more. Please choose another one."
TWICE = "You have a visit at that time already. Please choose another one."


class VisitChanged(Exception):
    """The visit was moved after the customer looked at it."""

    def __init__(self):
        super().__init__("This visit has changed. Here it is now; nothing else was done.")


@transaction.atomic
def call_off(*, booking: Booking, schedule_no: int, reason: str = "", now: datetime.datetime) -> Booking:
    """Cancel the visit, or withdraw the request, because the customer wants to.

    :param schedule_no: the one that the customer looked at; so in every service here
    :raises VisitChanged: if it was moved since
    :raises TransitionRefused: if it is over, called off already, or too late for that
    """
    if _hold_unmoved(booking, schedule_no) == Booking.Status.ARRIVED:
        raise TransitionRefused("You are here already. Please speak to us.")
    return cancel_booking(booking=booking, cause=Booking.Cause.CUSTOMER, reason=reason, by=None, now=now)


@transaction.atomic
def move_visit(
    *, booking: Booking, schedule_no: int, starts_at: datetime.datetime, now: datetime.datetime
) -> Booking:
    """Move the visit to another time that customers are offered, with the same person: with whoever is free then,
    where that one does not take bookings any more.

    :raises VisitChanged: if it was moved since
    :raises SlotTaken: if that time is not offered, or not any more
    :raises TransitionRefused: if it is over, called off, too late for that, or they have too many ahead
    """
    staff = booking.staff if booking.staff.is_bookable else _colleague(booking, starts_at, now=now)
    for pk in sorted({booking.staff_id, staff.pk}):
        locks.staff_locked(pk)  # given to somebody else since, its schedule is another one
    hold_contact(booking)
    _hold_unmoved(booking, schedule_no)
    if not _offered(booking, starts_at, staff=staff.pk, now=now):
        raise SlotTaken(GONE)
    try:
        return change_booking(
            booking=booking, service=booking.service, staff=staff, starts_at=starts_at, by=None, now=now
        )
    except SlotTaken as error:  # its words name whoever has the time
        raise SlotTaken(GONE) from error
    except BookedAlready as error:
        raise SlotTaken(GONE if booking.is_unverified else TWICE) from error
    except OverLimit as error:
        raise TransitionRefused(str(error)) from error


@transaction.atomic
def say_coming(*, booking: Booking, schedule_no: int, now: datetime.datetime) -> Booking:
    """Note that the customer says: I am coming.

    :raises VisitChanged: if it was moved since
    :raises TransitionRefused: if there is no visit ahead
    """
    _hold_unmoved(booking, schedule_no)
    return note_attending(booking=booking, now=now)


@transaction.atomic
def say_here(*, booking: Booking, schedule_no: int, now: datetime.datetime) -> Booking:
    """Note that the customer says: I am here. Whether they are is for the people who work here to say.

    :raises VisitChanged: if it was moved since
    :raises TransitionRefused: on another day, or if there is no visit ahead
    """
    _hold_unmoved(booking, schedule_no)
    return note_here(booking=booking, now=now)


def _hold_unmoved(seen: Booking, schedule_no: int) -> str:
    """Lock the booking, and return its status."""
    found, status = locks.hold(seen)
    if found != schedule_no:
        raise VisitChanged
    return status


def whose(booking: Booking) -> int | None:
    """Primary key of whom a customer may move the visit with; None: anybody, as theirs takes no bookings any more."""
    return booking.staff_id if booking.staff.is_bookable else None


def _colleague(booking: Booking, starts_at: datetime.datetime, *, now: datetime.datetime) -> User:
    """:raises SlotTaken: if nobody is offered then"""
    free = _offered(booking, starts_at, staff=None, now=now)
    if not free:
        raise SlotTaken(GONE)
    return User.objects.get(pk=free[0])


def _offered(
    booking: Booking, starts_at: datetime.datetime, *, staff: int | None, now: datetime.datetime
) -> list[int]:
    """Who is offered for the visit at another time, by primary key."""
    business = Business.objects.current()
    day = starts_at.astimezone(business.zone).date()
    search = Search(service=booking.service, business=business, now=now, staff=staff, moving=booking)
    offers = public_offers(search, day, day)
    return [person.pk for person in offers.facts.people if not offers.why_not(person, starts_at)]
