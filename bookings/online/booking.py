"""Customers book by themselves. Nobody has checked who they are, so no refusal tells what is in our books."""

import dataclasses
import datetime
from uuid import UUID

from django.db import transaction

from accounts.models import Business, User
from bookings import locks, refusals
from bookings.models import Booking, Service
from bookings.slots.for_customers import public_offers
from bookings.times.offers import Slot
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
    now: datetime.datetime,
    once: UUID | None,
) -> Booking:
    """Book, or request, what is offered to customers at that time; whoever is not known becomes a contact.

    :param staff: None: whoever of those that are free then has the least to do on that day
    :param once: the token of the form; used before, the booking that is there is returned
    :raises SlotTaken: if nobody asked for is offered then, any more
    :raises NotForThem: if we do not book for this customer
    :raises TooMany: if there have been too many strangers within the hour
    :raises SentBefore: if the booking that is there says something else
    """
    bookings = Booking.objects.select_related("contact", "service", "staff")
    values = {"service": service, "starts_at": starts_at, "customer_wrote": note}
    if made := made_before(bookings, once=once, **values):
        unverified.refuse_another(made, made.contact, who)
        if staff not in {None, made.staff}:
            raise SentBefore(made)
        return made
    if unverified.is_blocked(who):
        raise NotForThem
    # What they allow is noted at the end: it locks their conversation, and people are locked before that.
    silent = dataclasses.replace(who, keep_in_touch=False)
    contact = unverified.known_or_new(silent, source=Contact.Source.BOOKING, now=now)
    for person in _candidates(service, staff, starts_at, now=now):
        try:
            with transaction.atomic():  # so that a refusal lets go of the person it is about
                locks.lock_staff(person)
                _refuse_not_offered(service, person, starts_at, now=now)
                booking = create_booking(
                    contact=contact,
                    staff=person,
                    notes=who.not_known_of(contact),
                    source=Booking.Source.ONLINE,
                    by=None,
                    now=now,
                    once=once,
                    **values,
                )
        except refusals.SlotTaken:
            continue
        except (refusals.BookedAlready, refusals.OverLimit, ContactGone) as error:
            raise NotForThem from error
        if who.keep_in_touch:
            unverified.note_consent(who, now=now)
        return booking
    raise refusals.SlotTaken("That time has just been taken.")


def _candidates(
    service: Service, staff: User | None, at: datetime.datetime, *, now: datetime.datetime
) -> list[User]:
    if staff:
        return [staff]
    slot = _slot(service, at, now=now)
    wanted = [person.pk for person in slot.people] if slot else []
    people = User.objects.in_bulk(wanted)
    return [people[pk] for pk in wanted]


def _refuse_not_offered(
    service: Service, person: User, at: datetime.datetime, *, now: datetime.datetime
) -> None:
    if _slot(service, at, now=now, staff=person.pk) is None:
        raise refusals.SlotTaken


def _slot(
    service: Service, at: datetime.datetime, *, now: datetime.datetime, staff: int | None = None
) -> Slot | None:
    business = Business.objects.current()
    day = at.astimezone(business.zone).date()
    offers = public_offers(service, first=day, last=day, business=business, now=now, staff=staff)
    return next((slot for slot in offers.slots(day, day) if slot.at == at), None)
