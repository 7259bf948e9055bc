"""What becomes of a visit: they came or not, it is over or called off."""

import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import AuditEntry, User
from bookings import states
from bookings.catalogue import materials
from bookings.intake import asking
from bookings.locks import locked, locked_with_time
from bookings.messages import automation
from bookings.models import Booking
from bookings.refusals import ReasonMissing
from bookings.slots import claiming
from bookings.visits.deciding import decide, note, refuse_without_staff, since_given_up
from bookings.visits.making import settle_confirmed
from careops.core.versions import refuse_stale
from messaging.words.rules import RuleCode

Status, Cause, Actor = Booking.Status, Booking.Cause, AuditEntry.Actor


@transaction.atomic
def confirm_booking(*, booking: Booking, tell: bool = True, by: User, now: datetime.datetime) -> Booking:
    """Accept a request, after another look at whether the time is free.

    :param tell: without it the contact gets no confirmation
    :raises TransitionRefused: if it is no request, its time has gone by, or its staff member has left
    :raises SlotTaken: if the time was given to somebody else
    """
    booking = locked_with_time(booking)
    changes = decide(booking, states.CONFIRM, now=now, request_expires_at=None)
    refuse_without_staff(booking)
    claiming.save_in_own_slot(booking, given_up_at=None)
    note(booking, states.CONFIRM, changes, by=by, now=now)
    settle_confirmed(booking, tell=tell, by=by, now=now)
    return booking


@transaction.atomic
def arrive_booking(*, booking: Booking, by: User, now: datetime.datetime) -> Booking:
    """Note that the contact is here; somebody who was given up as a no-show may still come.

    :raises TransitionRefused: on another day, or if the booking is neither confirmed nor a no-show of the last day
    :raises SlotTaken: if the time of a no-show was given to somebody else
    """
    booking = locked_with_time(booking)
    given_up_at = since_given_up(booking)
    changes = decide(booking, states.ARRIVE, now=now, arrived_at=now)
    claiming.save_in_own_slot(booking, given_up_at=given_up_at)
    note(booking, states.ARRIVE, changes, by=by, now=now)
    automation.arrived(booking, now=now)
    if given_up_at:
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
    booking = locked_with_time(booking)
    given_up_at = since_given_up(booking)
    changes = decide(booking, states.COMPLETE, now=now, overruled=early)
    claiming.save_in_own_slot(booking, given_up_at=given_up_at)
    note(booking, states.COMPLETE, changes, by=by, now=now)
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
    changes = decide(booking, states.NO_SHOW, now=now)
    booking.save(update_fields=[*changes, "version"])
    note(booking, states.NO_SHOW, changes, by=by, now=now)
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

    :param cause: whose wish it is; staff can note that of a customer, and what they do not want of a
        request is declined
    :param tell: without it the contact gets no notice; nobody gets one once the visit has begun
    :param version: the one that the caller looked at; None: whatever it is by now
    :param by: None: the customer, or the clock where the request ran out
    :raises ChangedMeanwhile: if somebody else has changed it since
    :raises TransitionRefused: from a state that does not allow it, or if it is too late for a customer
    :raises ReasonMissing: if somebody who has arrived leaves and nobody says why
    """
    booking = locked(booking)
    refuse_stale(booking, seen=version, values={"status": Status.CANCELLED})
    if booking.is_requested and by and cause == Cause.BUSINESS:
        cause = Cause.DECLINED
    has_arrived = booking.status == Status.ARRIVED
    transition, actor = _way_out(booking, cause=cause, by=by)
    if has_arrived and by and not reason:
        raise ReasonMissing("They are here already. Say why the visit does not take place.")
    was_visit = transition in {states.CANCEL, states.LEAVE}
    changes = decide(
        booking,
        transition,
        now=now,
        actor=actor,
        cancel_cause=cause,
        cancel_reason=reason,
        cancelled_late=was_visit and not states.within_limit(booking, now),
        request_expires_at=None,
    )
    booking.save(update_fields=[*changes, "version"])
    note(booking, transition, changes, by=by, actor=actor, now=now)
    asking.withdraw(booking, now=now)
    automation.cancelled(booking, tell=tell, has_begun=has_arrived, by=by, now=now)
    materials.release(booking, now=now)
    return booking


def _way_out(
    booking: Booking, *, cause: Booking.Cause, by: User | None
) -> tuple[states.Transition, AuditEntry.Actor]:
    if cause == Cause.EXPIRED:
        return states.EXPIRE, Actor.RULE
    actor = Actor.STAFF if by else Actor.CUSTOMER
    if cause == Cause.DECLINED:
        return states.DECLINE, actor
    return states.LEAVE if booking.status == Status.ARRIVED else states.CANCEL, actor
