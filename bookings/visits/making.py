"""Bookings are made: by staff at once, by customers at once or on request."""

import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection

from accounts.models import AuditEntry, Business, User
from accounts.services import record
from bookings import locks
from bookings.catalogue import materials
from bookings.intake import asking
from bookings.messages import automation
from bookings.models import Booking, Service
from bookings.slots import claiming
from bookings.visits import watch
from careops.core.once import made_once
from contacts import services as contacts
from contacts.models import Contact

# Every booking asks this, so it is spelled out: composing the same by the ORM costs more than running it.
NEEDS = """
SELECT EXISTS (SELECT 1 FROM bookings_servicematerial WHERE service_id = %(service)s),
       EXISTS (SELECT 1 FROM bookings_service_intake_forms WHERE service_id = %(service)s)
"""
REQUEST_WAITS = datetime.timedelta(hours=24)
ACTORS = {
    Booking.Source.ONLINE: AuditEntry.Actor.CUSTOMER,
    Booking.Source.IMPORT: AuditEntry.Actor.IMPORT,
}


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
    business: Business | None = None,
) -> Booking:
    """Book ``service`` for ``contact``: reserve what it uses, ask for its forms, confirm it and plan the reminders.

    What customers book themselves is only requested where the service is on request; it holds the time until then.

    :param starts_at: aware; the end follows from the length of the service
    :param tell: without it the contact gets no confirmation
    :param overrule: why it may lie outside the hours, too close to another visit, or on top of one; empty: it may not
    :param by: None: nobody here chose the time, and hours bind nobody
    :param business: None: it is read where it is needed
    :param once: the token of the form; used before, the booking that is there is returned
    :raises SlotTaken: if ``staff`` is busy then, or too close to another visit, or a customer wants a day that is
        full, or ``by`` books somebody who is not at work then or does not perform ``service``
    :raises BegunLongAgo: if ``by`` may not book what has begun more than an hour ago
    :raises BookedAlready: if the contact has the same service at that time already
    :raises OverLimit: if a customer has as many visits of the service ahead as customers can have
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
    visit = claiming.visit_times(starts_at, service)
    terms: dict[str, Any] = {
        "tell": tell,
        "overrule": overrule,
        "source": source,
        "by": by,
        "now": now,
        "once": once,
        "business": business,
    }
    return made_once(
        partial(_create, values | visit, **terms),
        rows=Booking.objects.select_related("contact", "service", "staff"),
        once=once,
        starts_at=starts_at,
        **values,
    )


def _create(
    values: dict[str, Any],
    *,
    tell: bool,
    overrule: str,
    source: Booking.Source,
    by: User | None,
    now: datetime.datetime,
    once: UUID | None,
    business: Business | None,
) -> Booking:
    service = values["service"]
    locks.lock_staff(values["staff"])
    values |= {"contact": contacts.hold(values["contact"])}
    is_online = source == Booking.Source.ONLINE
    is_request = is_online and service.needs_approval
    booking = Booking(
        **values,
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
        booking.request_expires_at = request_expiry(booking, now=now)
    claiming.refuse_duplicate(booking)
    if is_online:
        claiming.refuse_over_limit(booking, now=now)
    at_the_desk = by if source == Booking.Source.STAFF else None
    claiming.save_in_free_slot(
        booking, for_customers=is_online, chosen_by=at_the_desk, business=business, now=now
    )
    changes = {"overrule_reason": ["", overrule]} if overrule else None
    record(by=by, action="booking.created", subject=booking, changes=changes, actor=ACTORS.get(source))
    needs_materials, needs_forms = _needs(service)
    if is_request:
        automation.requested(booking, now=now)
        watch.raise_request(booking)
    else:
        settle_confirmed(booking, tell=tell, asks=needs_forms, is_new=True, by=by, now=now)
    if needs_materials:
        materials.reserve(booking, now=now)
    return booking


def _needs(service: Service) -> tuple[bool, bool]:
    """Whether visits of it use something up and whether they ask for forms, in one look: most do neither."""
    with connection.cursor() as cursor:
        cursor.execute(NEEDS, {"service": service.pk})
        return cursor.fetchone()


def request_expiry(booking: Booking, *, now: datetime.datetime) -> datetime.datetime:
    """When a request runs out: a day after it was made, or when customers could not book its time any more.

    Where they cannot already, as staff have moved it, there is time until the visit would begin.
    """
    last_call = booking.starts_at - datetime.timedelta(minutes=booking.service.notice)
    if last_call <= now:
        last_call = max(booking.starts_at, now)
    return min(booking.created_at + REQUEST_WAITS, last_call)


def settle_confirmed(
    booking: Booking,
    *,
    tell: bool,
    asks: bool = True,
    is_new: bool = False,
    by: User | None,
    now: datetime.datetime,
) -> None:
    """What follows once a booking stands, under its lock.

    :param asks: whether its service may ask for forms
    :param is_new: whether it was made in this transaction
    """
    contacts.advance_stage(contact=booking.contact, to=Contact.Stage.BOOKED)
    # Before the confirmation, which links to the forms.
    missing = asking.ask(booking, now=now) if asks else []
    forms = missing if is_new else None
    automation.confirm(booking, tell=tell, forms=forms, is_new=is_new, by=by, now=now)
