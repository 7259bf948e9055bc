"""Customers book by themselves. Nobody has checked who they are, so no refusal tells what is in our books."""

import dataclasses
import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Business, User
from bookings import locks, refusals
from bookings.models import Booking, Service
from bookings.slots import claiming
from bookings.slots.for_customers import Search, public_offers
from bookings.visits.making import create_booking
from careops.core.once import SentBefore, made_before
from contacts import unverified
from contacts.models import Contact
from contacts.services import ContactGone
from contacts.unverified import UnverifiedContact


class NotForThem(Exception):
    """The customer is blocked, has that very visit already, or as many as one can have: not to be told apart."""

    def __init__(self):
        super().__init__(
            "We cannot book that for you here. Perhaps it is booked already: please look at our last message, or"
            " call us."
        )


@transaction.atomic
def book_online(
    *,
    who: UnverifiedContact,
    service: Service,
    staff: User | None,
    starts_at: datetime.datetime,
    note: str = "",
    business: Business,
    now: datetime.datetime,
    once: UUID | None,
) -> Booking:
    """Book, or request, what is offered to customers at that time; whoever is not known becomes a contact.

    :param staff: None: whoever of those that are free then has the least to do on that day
    :param once: the token of the form; used before, the booking that is there is returned
    :raises SlotTaken: if nobody asked for is offered then, any more
    :raises NotForThem: if we do not book for this customer
    :raises SentBefore: if the booking that is there says something else
    """
    bookings = Booking.objects.select_related("contact", "service", "staff")
    values = {"service": service, "starts_at": starts_at, "customer_wrote": note}
    if made := made_before(bookings, once=once, **values):
        unverified.refuse_another(made, made.contact, who, noted=made.notes, at=made.created_at)
        if staff not in {None, made.staff}:
            raise SentBefore(made)
        return made
    if unverified.is_blocked(who):
        raise NotForThem
    for pk in _candidates(service, staff, starts_at, business=business, now=now):
        try:
            booking = _book(pk, who, once=once, now=now, **values)
        except refusals.SlotTaken:
            continue
        except (refusals.BookedAlready, refusals.OverLimit, ContactGone) as error:
            raise NotForThem from error
        if who.keep_in_touch:
            unverified.note_consent(who, now=now)
        return booking
    raise refusals.SlotTaken("That time has just been taken.")


def _candidates(
    service: Service, staff: User | None, at: datetime.datetime, *, business: Business, now: datetime.datetime
) -> list[int]:
    """Whoever is offered then, the one with the least to do first; of their day, only the visits can change yet."""
    day, asked = at.astimezone(business.zone).date(), staff and staff.pk
    offers = public_offers(Search(service=service, business=business, now=now, staff=asked), day, day)
    slot = offers.slot(at)
    return [person.pk for person in slot.people] if slot else []


@transaction.atomic  # so that a refusal lets go of the person it is about
def _book(
    pk: int,
    who: UnverifiedContact,
    *,
    service: Service,
    starts_at: datetime.datetime,
    customer_wrote: str,
    once: UUID | None,
    now: datetime.datetime,
) -> Booking:
    """:raises SlotTaken: if the person was given to somebody else meanwhile"""
    person = locks.staff_locked(pk)
    # Of a crowd at one time all but one end here, before anything is made for them.
    if not claiming.is_free(
        Booking(service=service, staff=person, **claiming.visit_times(starts_at, service))
    ):
        raise refusals.SlotTaken
    # What they allow is noted at the end: it locks their conversation, and people are locked before that.
    silent = dataclasses.replace(who, keep_in_touch=False)
    contact = unverified.known_or_new(silent, source=Contact.Source.BOOKING, now=now)
    return create_booking(
        contact=contact,
        service=service,
        staff=person,
        starts_at=starts_at,
        notes=who.not_known_of(contact),
        customer_wrote=customer_wrote,
        source=Booking.Source.ONLINE,
        by=None,
        now=now,
        once=once,
    )
