"""Somebody calls whom nobody knows yet: they are added and booked in one go."""

import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from bookings.models import Booking
from bookings.visits.making import create_booking
from contacts import services as contacts
from contacts.models import Contact


@transaction.atomic
def book_caller(
    *,
    name: str,
    email: str = "",
    phone: str = "",
    by: User,
    now: datetime.datetime,
    once: UUID | None = None,
    **visit: Any,
) -> Booking:
    """Add a contact and book their first visit: both or neither. The confirmation stands for the welcome.

    :param visit: what `create_booking` takes besides
    :param once: the token of the form; used before, the booking that is there is returned
    :raises SentBefore: if what is there says something else
    :raises SlotTaken: as `create_booking`; then nobody is added either
    """
    contact = contacts.create_contact(
        name=name, email=email, phone=phone, source=Contact.Source.BOOKING, by=by, now=now, once=once
    )
    return create_booking(contact=contact, by=by, now=now, once=once, **visit)
