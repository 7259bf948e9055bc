"""What became of a visit is taken back: an arrival, a completion, a no-show, a cancellation."""

import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from bookings import refusals, states
from bookings.catalogue import materials
from bookings.intake import asking
from bookings.locks import locked_with_time
from bookings.messages import automation
from bookings.models import Booking
from bookings.refusals import TransitionRefused
from bookings.slots import claiming
from bookings.visits.deciding import decide, note, refuse_without_staff, since_given_up
from contacts import services as contacts
from contacts.models import Contact

Status, Cause = Booking.Status, Booking.Cause


@transaction.atomic
def reopen_booking(
    *, booking: Booking, tell: bool = True, reason: str = "", by: User, now: datetime.datetime
) -> Booking:
    """Undo an arrival, a completion or a no-show, or restore what was called off before it would have begun.

    After a day it takes an admin and a reason.

    :param tell: whether a contact who has heard of the cancellation hears that the visit is on again
    :raises TransitionRefused: if there is nothing to undo, too late, its staff member has left, or it is paid
    :raises SlotTaken: if the time was given to somebody else meanwhile
    """
    booking = locked_with_time(booking)
    was, given_up_at = Status(booking.status), since_given_up(booking)
    values: dict[str, Any] = {"schedule_no": booking.schedule_no + 1}
    transition, target = states.UNDO, Status.CONFIRMED
    if was == Status.COMPLETED and booking.arrived_at:
        target = Status.ARRIVED
    else:
        values["arrived_at"] = None
    if was == Status.CANCELLED:
        transition = states.RESTORE
        values |= {"cancel_reason": "", "cancel_cause": "", "cancelled_late": False}
        if booking.cancel_cause == Cause.CUSTOMER:
            values["attending_at"] = None
    overruled = bool(reason) and by.has_perm("bookings.undo_late_booking")
    changes = decide(booking, transition, now=now, target=target, overruled=overruled, **values)
    if was == Status.CANCELLED:
        refuse_without_staff(booking)
        _refuse_twin(booking)
    claiming.save_in_own_slot(booking, given_up_at=given_up_at)
    if reason:
        changes["reason"] = ["", reason]
    note(booking, transition, changes, by=by, now=now)
    _undo_effects(booking, was=was, tell=tell, by=by, now=now)
    return booking


def _refuse_twin(booking: Booking) -> None:
    try:
        claiming.refuse_duplicate(booking)
    except refusals.BookedAlready as error:
        raise TransitionRefused(str(error)) from error


def _undo_effects(
    booking: Booking, *, was: Booking.Status, tell: bool, by: User, now: datetime.datetime
) -> None:
    if was == Status.ARRIVED:
        automation.arrival_undone(booking, now=now)
        return
    if was == Status.CANCELLED:
        contacts.advance_stage(contact=booking.contact, to=Contact.Stage.BOOKED)
        asking.ask(booking, now=now)  # before the confirmation, which links to the forms
    automation.reopened(booking, tell=tell, by=by, now=now)
    if was == Status.COMPLETED:
        materials.give_back(booking, by=by, now=now)
    else:
        materials.reserve(booking, now=now)
