"""Visits: booked, moved, called off, over, and on again."""

import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services import changed, record
from bookings import automation, slots, states, watch
from bookings.models import Booking, Service
from bookings.services.locks import locked
from careops.once import made_before
from contacts import services as contacts
from contacts.models import Contact
from messaging.rules import RuleCode

SlotTaken = slots.SlotTaken
ContactGone = contacts.ContactGone


class TransitionRefused(Exception):
    """The booking cannot go from its state to the one asked for, or cannot be changed in it."""


class MovedMeanwhile(Exception):
    """Somebody else moved the booking after it was last looked at."""


@transaction.atomic
def create_booking(
    *,
    contact: Contact,
    service: Service,
    staff: User,
    starts_at: datetime.datetime,
    notes: str = "",
    tell: bool = True,
    by: User | None,
    now: datetime.datetime,
    once: UUID | None = None,
) -> Booking:
    """Book ``service`` for ``contact``, confirm it and plan the reminders.

    :param starts_at: aware; the end follows from the length of the service
    :param tell: without it the contact gets no confirmation
    :param once: the token of the form; used before, the booking that is there is returned
    :raises SlotTaken: if ``staff`` is busy then, or too close to another visit; hours bind nobody here
    :raises ContactGone: if somebody has deleted the contact
    :raises SentBefore: if the booking that is there says something else
    :raises ValidationError: if the visit does not lie in this century
    """
    values = {"contact": contact, "service": service, "staff": staff, "notes": notes}
    bookings = Booking.objects.select_related("contact", "service", "staff")
    if made := made_before(bookings, once=once, starts_at=starts_at, **values):
        return made
    slots.lock_staff(staff)
    contacts.hold(contact)
    booking = Booking(
        **values,
        **_visit(starts_at, service),
        status_since=now,
        booked_by=by,
        created_at=now,
        once=once,
    )
    slots.save_in_free_slot(booking)
    contacts.advance_stage(contact=contact, to=Contact.Stage.BOOKED)
    record(by=by, action="booking.created", subject=booking)
    automation.confirm(booking, tell=tell, now=now)
    return booking


@transaction.atomic
def change_booking(
    *,
    booking: Booking,
    service: Service,
    staff: User,
    starts_at: datetime.datetime,
    notes: str,
    schedule_no: int | None = None,
    by: User,
    now: datetime.datetime,
) -> Booking:
    """Change a booking; another time, service or person moves it: the contact is told and the reminder planned anew.

    The notes can be changed whatever became of the visit.

    :param schedule_no: the schedule that the caller looked at; None: whatever it is by now
    :raises SlotTaken: if ``staff`` is busy then
    :raises TransitionRefused: if it would move and is no longer confirmed
    :raises MovedMeanwhile: if it would move and is no longer where the caller saw it
    :raises ValidationError: if the visit does not lie in this century
    """
    slots.lock_staff(staff)
    booking = locked(booking)
    was, visit = booking.visit, _visit(starts_at, service)
    if service == booking.service and visit["starts_at"] == booking.starts_at:
        visit["ends_at"] = booking.ends_at  # an unmoved booking keeps its end, whatever the service is now
    changes = changed(booking, service=service, staff=staff, **visit, notes=notes)
    if changes.keys() - {"notes"}:
        _refuse_move(booking, seen=schedule_no)
        booking.schedule_no += 1
        slots.save_in_free_slot(booking)
        automation.moved(booking, was=was, now=now)
        watch.settle(booking, why="The booking was moved.", now=now)
    elif changes:
        booking.save(update_fields=["notes"])
    if changes:
        record(by=by, action="booking.changed", subject=booking, changes=changes)
    return booking


def _refuse_move(booking: Booking, *, seen: int | None) -> None:
    if not booking.is_confirmed:
        status = booking.get_status_display().lower()
        raise TransitionRefused(f"This booking is marked as {status}, so only its notes can be changed.")
    if seen not in {None, booking.schedule_no}:
        raise MovedMeanwhile(
            "Somebody else has moved this booking in the meantime. Save again to overrule them."
        )


@transaction.atomic
def complete_booking(*, booking: Booking, by: User, now: datetime.datetime) -> Booking:
    """Note that the visit took place.

    :raises TransitionRefused: before the start, or if the booking is not confirmed
    """
    booking = _move(booking, states.COMPLETE, by=by, now=now)
    automation.ended(booking, follow_up=RuleCode.THANK_YOU, now=now)
    return booking


@transaction.atomic
def mark_no_show(*, booking: Booking, by: User, now: datetime.datetime) -> Booking:
    """Note that the contact did not come; the time is free again.

    :raises TransitionRefused: until ten minutes after the start, or if the booking is not confirmed
    """
    booking = _move(booking, states.NO_SHOW, by=by, now=now)
    automation.ended(booking, follow_up=RuleCode.NO_SHOW, now=now)
    return booking


@transaction.atomic
def cancel_booking(
    *, booking: Booking, reason: str = "", tell: bool = True, by: User, now: datetime.datetime
) -> Booking:
    """Call a visit off; with ``tell`` the contact gets a notice, unless the visit has begun.

    :raises TransitionRefused: if the booking is not confirmed
    """
    booking = _move(booking, states.CANCEL, by=by, now=now, cancel_reason=reason)
    automation.cancelled(booking, tell=tell, by=by, now=now)
    return booking


@transaction.atomic
def reopen_booking(*, booking: Booking, tell: bool = True, by: User, now: datetime.datetime) -> Booking:
    """Undo a completion or a no-show within a day, or a cancellation before the visit would have begun.

    :param tell: whether a contact who has heard of the cancellation hears that the visit is on again
    :raises TransitionRefused: if it is neither, or too late
    :raises SlotTaken: if the time was given to somebody else meanwhile
    """
    slots.lock_staff(booking.staff)
    seen, booking = booking, locked(booking)
    if refusal := states.REOPEN.refusal(booking, now):
        raise TransitionRefused(refusal)
    if booking.staff_id != seen.staff_id:  # then the lock is on somebody else's time
        raise TransitionRefused("Somebody else has just changed this booking. Look at it again.")
    values = {"status": Booking.Status.CONFIRMED, "status_since": now, "cancel_reason": ""}
    changes = changed(booking, **values, schedule_no=booking.schedule_no + 1)
    slots.save_in_free_slot(booking, keep_buffers=False)
    record(by=by, action=f"booking.{states.REOPEN.name}", subject=booking, changes=changes)
    automation.reopened(booking, tell=tell, by=by, now=now)
    return booking


@transaction.atomic
def _move(
    booking: Booking, transition: states.Transition, *, by: User, now: datetime.datetime, **values
) -> Booking:
    booking = locked(booking)
    if refusal := transition.refusal(booking, now):
        raise TransitionRefused(refusal)
    changes = changed(booking, status=transition.target, status_since=now, **values)
    booking.save(update_fields=[*changes])
    record(by=by, action=f"booking.{transition.name}", subject=booking, changes=changes)
    status = booking.get_status_display().lower()
    watch.settle(booking, why=f"The booking was marked as {status}.", now=now)
    return booking


def _visit(starts_at: datetime.datetime, service: Service) -> dict[str, datetime.datetime]:
    # In UTC, because adding to a local time counts on the wall, and an hour is missing there once a year.
    starts_at = starts_at.astimezone(datetime.UTC)
    return {"starts_at": starts_at, "ends_at": starts_at + service.length}
