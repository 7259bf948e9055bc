"""Bookings are made: by staff at once, by customers at once or on request."""

import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import AuditEntry, User
from accounts.services import record
from bookings import automation, materials, slots
from bookings.intake import asking
from bookings.models import Booking, Service
from careops.once import made_before
from contacts import services as contacts
from contacts.models import Contact

REQUEST_WAITS = datetime.timedelta(hours=24)


@transaction.atomic
def create_booking(
    *,
    contact: Contact,
    service: Service,
    staff: User,
    starts_at: datetime.datetime,
    notes: str = "",
    notes_for_customer: str = "",
    customer_wrote: str = "",
    tell: bool = True,
    overrule: str = "",
    source: Booking.Source = Booking.Source.STAFF,
    by: User | None,
    now: datetime.datetime,
    once: UUID | None = None,
) -> Booking:
    """Book ``service`` for ``contact``: reserve what it uses, ask for its forms, confirm it and plan the reminders.

    What customers book themselves is only requested where the service is on request; it holds the time until then.

    :param starts_at: aware; the end follows from the length of the service
    :param tell: without it the contact gets no confirmation
    :param overrule: why it may lie too close to another visit, or on top of one; empty: it may not
    :param once: the token of the form; used before, the booking that is there is returned
    :raises SlotTaken: if ``staff`` is busy then, or too close to another visit; hours bind nobody here
    :raises BookedAlready: if the contact has the same service at that time already
    :raises ContactGone: if somebody has deleted the contact
    :raises SentBefore: if the booking that is there says something else
    :raises ValidationError: if the visit does not lie in this century
    """
    values: dict[str, Any] = {
        "contact": contact,
        "service": service,
        "staff": staff,
        "notes": notes,
        "notes_for_customer": notes_for_customer,
        "customer_wrote": customer_wrote,
    }
    bookings = Booking.objects.select_related("contact", "service", "staff")
    if made := made_before(bookings, once=once, starts_at=starts_at, **values):
        return made
    slots.lock_staff(staff)
    contacts.hold(contact)
    is_online = source == Booking.Source.ONLINE
    is_request = is_online and service.needs_approval
    booking = Booking(
        **values,
        **slots.visit_times(starts_at, service),
        price=service.price,
        source=source,
        status=Booking.Status.REQUESTED if is_request else Booking.Status.CONFIRMED,
        status_since=now,
        overrule_reason=overrule,
        booked_by=by,
        created_at=now,
        once=once,
    )
    if is_request:
        notice = datetime.timedelta(minutes=service.notice)
        booking.request_expires_at = min(now + REQUEST_WAITS, max(booking.starts_at - notice, now))
    slots.refuse_duplicate(booking)
    slots.save_in_free_slot(booking)
    actor = AuditEntry.Actor.CUSTOMER if is_online else None
    record(by=by, action="booking.created", subject=booking, actor=actor)
    if is_request:
        automation.requested(booking, now=now)
    else:
        settle_confirmed(booking, tell=tell, now=now)
    materials.reserve(booking, now=now)
    return booking


def settle_confirmed(booking: Booking, *, tell: bool, now: datetime.datetime) -> None:
    """What follows once a booking stands, under its lock."""
    contacts.advance_stage(contact=booking.contact, to=Contact.Stage.BOOKED)
    asking.ask(booking, now=now)  # before the confirmation, which links to the forms
    automation.confirm(booking, tell=tell, now=now)
