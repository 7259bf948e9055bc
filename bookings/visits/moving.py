"""Bookings are changed: moved, given to somebody else, annotated, paid."""

import datetime
from typing import Any

from django.db import transaction

from accounts.models import AuditEntry, Business, User
from accounts.services import changed, record
from bookings import locks, states
from bookings.catalogue import materials
from bookings.intake import asking
from bookings.locks import hold_contact, locked
from bookings.messages import automation
from bookings.models import Booking, Service, Visit
from bookings.refusals import TransitionRefused
from bookings.slots import claiming
from bookings.visits import watch
from bookings.visits.making import request_expiry
from careops.core.versions import refuse_stale

NOTES = {"notes", "notes_for_customer"}
NOTHING_TO_PAY = {Booking.Status.REQUESTED, Booking.Status.CANCELLED}


@transaction.atomic
def change_booking(
    *,
    booking: Booking,
    service: Service,
    staff: User,
    starts_at: datetime.datetime,
    notes: str | None = None,
    notes_for_customer: str | None = None,
    overrule: str = "",
    tell: bool = True,
    version: int | None = None,
    by: User | None,
    now: datetime.datetime,
    business: Business | None = None,
) -> Booking:
    """Change a booking; another time, service or person moves it: the contact is told and everything planned anew.

    The notes can be changed whatever became of the visit.

    :param notes: None: as they are; ``notes_for_customer`` likewise
    :param overrule: why it may lie outside the hours, too close to another visit, or on top of one; empty: it may not
    :param tell: without it the contact gets no notice of a move
    :param version: the one that the caller looked at; None: whatever it is by now
    :param by: None: the customer
    :param business: None: it is read where it is needed
    :raises ChangedMeanwhile: if somebody else has changed it since
    :raises SlotTaken: if ``staff`` is busy then, or too close to another visit, or a customer wants a day that is
        full, or ``by`` wants somebody who is not at work then or does not perform ``service``
    :raises BegunLongAgo: if ``by`` may not choose a time that began more than an hour ago
    :raises BookedAlready: if the contact has the same service at that time already
    :raises OverLimit: if a customer wants a service of which customers can have no more ahead
    :raises TransitionRefused: if it would move and is over or called off, or it is too late for a customer
    :raises ValidationError: if the visit does not lie in this century
    """
    locks.lock_staff(staff)
    hold_contact(booking)
    booking = locked(booking)
    was, visit = booking.visit, claiming.visit_times(starts_at, service)
    if service == booking.service and visit["starts_at"] == booking.starts_at:
        visit["ends_at"] = booking.ends_at  # an unmoved booking keeps its end, whatever the service is now
    wanted = {"service": service, "staff": staff, **visit}
    written = {"notes": notes, "notes_for_customer": notes_for_customer}
    wanted |= {name: text for name, text in written.items() if text is not None}
    refuse_stale(booking, seen=version, values=wanted)
    actor = AuditEntry.Actor.STAFF if by else AuditEntry.Actor.CUSTOMER
    refusal = states.MOVE.refusal(booking, now, actor=actor)  # the time that is given up counts
    changes = changed(booking, **wanted)
    if not changes:
        return booking
    booking.version += 1
    if changes.keys() - NOTES:
        if refusal:
            raise TransitionRefused(_in_words(refusal, booking))
        changes |= _moved(booking, was=was, overrule=overrule, by=by, business=business, now=now)
        missing = asking.moved(booking, was=was, now=now)
        automation.moved(booking, was=was, tell=tell, forms=missing, by=by, now=now)
        watch.follow(booking, now=now)
        materials.moved(booking, was=was, now=now)
    else:
        booking.save(update_fields=[*changes, "version"])
    record(by=by, action="booking.changed", subject=booking, changes=changes, actor=actor)
    return booking


def _in_words(refusal: str, booking: Booking) -> str:
    if booking.status in states.MOVE.sources:
        return refusal
    status = booking.get_status_display().lower()
    return f"This booking is marked as {status}, so only its notes can be changed."


def _moved(
    booking: Booking,
    *,
    was: Visit,
    overrule: str,
    by: User | None,
    business: Business | None,
    now: datetime.datetime,
) -> dict[str, list]:
    """Save the visit at its new time and return what else changed along with that."""
    booking.schedule_no += 1
    values: dict[str, Any] = {"overrule_reason": overrule}
    if booking.starts_at != was.starts_at:
        values |= {"attending_at": None, "declined_at": None, "here_at": None}
    if booking.service != was.service:
        values["price"] = booking.service.price
    if booking.is_requested:
        values["request_expires_at"] = request_expiry(booking, now=now)
    changes = changed(booking, **values)
    claiming.refuse_duplicate(booking)
    if by is None:
        claiming.refuse_over_limit(booking, now=now)
    chosen_at = now if booking.starts_at != was.starts_at else None
    claiming.save_in_free_slot(
        booking, for_customers=by is None, chosen_by=by, business=business, now=chosen_at
    )
    return changes


@transaction.atomic
def mark_paid(*, booking: Booking, paid: bool = True, by: User, now: datetime.datetime) -> Booking:
    """Note that the visit is paid, or that it is not after all.

    :raises TransitionRefused: if it is called off or only asked for, so that there is nothing to pay
    """
    booking = locked(booking)
    if paid and booking.status in NOTHING_TO_PAY:
        status = booking.get_status_display().lower()
        raise TransitionRefused(f"This booking is marked as {status}, so there is nothing to pay.")
    if (booking.paid_at is not None) != paid:
        changes = changed(booking, paid_at=now if paid else None)
        booking.version += 1
        booking.save(update_fields=["paid_at", "version"])
        record(by=by, action="booking.paid" if paid else "booking.unpaid", subject=booking, changes=changes)
    return booking
