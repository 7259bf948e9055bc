"""What becomes of a visit: they came or not, it is over or called off, and all of that taken back."""

import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import AuditEntry, User
from accounts.services import changed, record
from bookings import automation, materials, slots, states, watch
from bookings.intake import asking
from bookings.models import Booking
from bookings.services.locks import locked
from bookings.services.making import settle_confirmed
from bookings.services.refusals import ReasonMissing, TransitionRefused
from messaging.rules import RuleCode

Status, Cause, Actor = Booking.Status, Booking.Cause, AuditEntry.Actor


@transaction.atomic
def confirm_booking(*, booking: Booking, tell: bool = True, by: User, now: datetime.datetime) -> Booking:
    """Accept a request, after another look at whether the time is free.

    :raises TransitionRefused: if it is no request, or its time has gone by
    :raises SlotTaken: if the time was given to somebody else
    """
    booking = _held(booking)
    changes = _decide(booking, states.CONFIRM, now=now, request_expires_at=None)
    slots.save_in_free_slot(booking, keep_buffers=False, is_held=True)
    _note(booking, states.CONFIRM, changes, by=by, now=now)
    settle_confirmed(booking, tell=tell, now=now)
    return booking


@transaction.atomic
def arrive_booking(*, booking: Booking, by: User, now: datetime.datetime) -> Booking:
    """Note that the contact is here; somebody who was given up as a no-show may still come.

    :raises TransitionRefused: on another day, or if the booking is neither confirmed nor a no-show
    :raises SlotTaken: if the time of a no-show was given to somebody else
    """
    booking = _held(booking)
    was_no_show = booking.status == Status.NO_SHOW
    changes = _decide(booking, states.ARRIVE, now=now, arrived_at=now)
    slots.save_in_free_slot(booking, keep_buffers=False, is_held=not was_no_show)
    _note(booking, states.ARRIVE, changes, by=by, now=now)
    if was_no_show:
        automation.taken_back(booking, now=now)
        materials.reserve(booking, now=now)
    return booking


@transaction.atomic
def complete_booking(
    *,
    booking: Booking,
    actuals: dict[int, Decimal] | None = None,
    early: bool = False,
    follow_up: bool = True,
    by: User,
    now: datetime.datetime,
) -> Booking:
    """Note that the visit took place, and take what it used out of stock.

    :param actuals: how much was used, by primary key of the item; None: what was reserved
    :param early: whether it may be over before its start
    :param follow_up: without it the contact gets no thank-you
    :raises TransitionRefused: before the start, or from a state that does not allow it
    :raises SlotTaken: if the time of a no-show was given to somebody else
    """
    booking = _held(booking)
    is_held = booking.status != Status.NO_SHOW
    changes = _decide(booking, states.COMPLETE, now=now, overruled=early)
    slots.save_in_free_slot(booking, keep_buffers=False, is_held=is_held)
    _note(booking, states.COMPLETE, changes, by=by, now=now)
    automation.ended(booking, follow_up=RuleCode.THANK_YOU, tell=follow_up, by=by, now=now)
    materials.consume(booking, actuals=actuals, by=by, now=now)
    return booking


@transaction.atomic
def mark_no_show(*, booking: Booking, follow_up: bool = True, by: User, now: datetime.datetime) -> Booking:
    """Note that the contact did not come; the time and what was reserved are free again.

    :param follow_up: without it the contact is not written to
    :raises TransitionRefused: until ten minutes after the start, or if the booking is not confirmed
    """
    booking = locked(booking)
    changes = _decide(booking, states.NO_SHOW, now=now)
    booking.save(update_fields=[*changes, "version"])
    _note(booking, states.NO_SHOW, changes, by=by, now=now)
    automation.ended(booking, follow_up=RuleCode.NO_SHOW, tell=follow_up, by=by, now=now)
    materials.release(booking, now=now)
    return booking


@transaction.atomic
def cancel_booking(
    *,
    booking: Booking,
    cause: Booking.Cause = Cause.BUSINESS,
    reason: str = "",
    tell: bool = True,
    version: int | None = None,
    by: User | None,
    now: datetime.datetime,
) -> Booking:
    """Call a visit off, decline a request or let it run out: the time, the stock and the forms are let go.

    :param cause: whose wish it is; staff can note that of a customer
    :param tell: without it the contact gets no notice; nobody gets one once the visit has begun
    :param by: None: the customer, or the clock where the request ran out
    :raises TransitionRefused: from a state that does not allow it, or if it is too late for a customer
    :raises ReasonMissing: if somebody who has arrived leaves and nobody says why
    """
    booking = locked(booking)
    transition, actor = states.CANCEL, Actor.STAFF if by else Actor.CUSTOMER
    if cause == Cause.EXPIRED:
        transition, actor = states.EXPIRE, Actor.RULE
    elif cause == Cause.DECLINED:
        transition = states.DECLINE
    if booking.status == Status.ARRIVED and not reason:
        raise ReasonMissing("They are here already. Say why the visit does not take place.")
    has_arrived = booking.status == Status.ARRIVED
    changes = _decide(
        booking,
        transition,
        now=now,
        actor=actor,
        cancel_cause=cause,
        cancel_reason=reason,
        cancelled_late=not states.within_limit(booking, now),
        request_expires_at=None,
    )
    booking.save(update_fields=[*changes, "version"])
    _note(booking, transition, changes, by=by, actor=actor, now=now)
    asking.withdraw(booking, now=now)
    automation.cancelled(booking, tell=tell and not has_arrived, by=by, now=now)
    materials.release(booking, now=now)
    return booking


@transaction.atomic
def reopen_booking(
    *, booking: Booking, tell: bool = True, reason: str = "", by: User, now: datetime.datetime
) -> Booking:
    """Undo an arrival, a completion or a no-show, or restore what was called off before it would have begun.

    After a day it takes an admin and a reason.

    :param tell: whether a contact who has heard of the cancellation hears that the visit is on again
    :raises TransitionRefused: if there is nothing to undo, or too late, or it is marked as paid
    :raises SlotTaken: if the time was given to somebody else meanwhile
    """
    booking = _held(booking)
    was = Status(booking.status)
    transition = states.RESTORE if was == Status.CANCELLED else states.UNDO
    overruled = bool(reason) and by.has_perm("bookings.undo_late_booking")
    target = Status.ARRIVED if was == Status.COMPLETED and booking.arrived_at else Status.CONFIRMED
    values = {"cancel_reason": "", "cancel_cause": "", "cancelled_late": False}
    if target == Status.CONFIRMED:
        values["arrived_at"] = None
    if was in {Status.NO_SHOW, Status.CANCELLED, Status.COMPLETED}:
        values["schedule_no"] = booking.schedule_no + 1
    changes = _decide(booking, transition, now=now, target=target, overruled=overruled, **values)
    slots.save_in_free_slot(booking, keep_buffers=False, is_held=was in Booking.HOLDS_TIME)
    if reason:
        changes["reason"] = ["", reason]
    _note(booking, transition, changes, by=by, now=now)
    if was == Status.ARRIVED:
        return booking
    if was == Status.CANCELLED:
        asking.ask(booking, now=now)
    automation.reopened(booking, tell=tell, by=by, now=now)
    if was == Status.COMPLETED:
        materials.give_back(booking, by=by, now=now)
    else:
        materials.reserve(booking, now=now)
    return booking


def _held(seen: Booking) -> Booking:
    """The booking under its lock and that on the time of its person, who may have changed meanwhile."""
    slots.lock_staff(seen.staff)
    booking = locked(seen)
    if booking.staff_id != seen.staff_id:  # then the lock is on somebody else's time
        raise TransitionRefused("Somebody else has just changed this booking. Look at it again.")
    return booking


def _decide(
    booking: Booking,
    transition: states.Transition,
    *,
    now: datetime.datetime,
    actor: Actor = Actor.STAFF,
    target: Status | None = None,
    overruled: bool = False,
    **values,
) -> dict[str, list]:
    """Set the new state, unsaved, and return what differs.

    :raises TransitionRefused: if the table says no
    """
    if refusal := transition.refusal(booking, now, actor=actor, overruled=overruled):
        raise TransitionRefused(refusal)
    booking.version += 1
    return changed(booking, status=target or transition.target, status_since=now, **values)


def _note(
    booking: Booking,
    transition: states.Transition,
    changes: dict[str, list],
    *,
    by: User | None,
    actor: Actor | None = None,
    now: datetime.datetime,
) -> None:
    record(by=by, action=f"booking.{transition.name}", subject=booking, changes=changes, actor=actor)
    status = booking.get_status_display().lower()
    watch.settle(booking, why=f"The booking was marked as {status}.", now=now)
