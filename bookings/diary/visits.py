"""The visits of a diary, as plain values: there are hundreds on a busy day, and each says a little only."""

import datetime
from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from bookings.models import Booking, BookingQuerySet

FIELDS = ("contact__name", "contact__phone", "staff__name", "service__name", "service__colour")
BUFFERS = ("service__buffer_before", "service__buffer_after")


class Contact(NamedTuple):
    name: str
    phone: str


class Staff(NamedTuple):
    pk: int
    name: str


class Service(NamedTuple):
    name: str
    colour: int
    buffer_before: int
    buffer_after: int


class Visit(NamedTuple):
    """What the diary knows of a booking, by the same names.

    :param lacks_form: whether the contact was asked for something that is not here yet
    """

    pk: int
    staff_id: int
    service_id: int
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    status: str
    source: str
    price: Decimal | None
    paid_at: datetime.datetime | None
    notes: str
    customer_wrote: str
    arrived_at: datetime.datetime | None
    here_at: datetime.datetime | None
    is_overbooked: bool
    lacks_form: bool
    contact: Contact
    staff: Staff
    service: Service

    Status, UNDER_WAY = Booking.Status, Booking.UNDER_WAY
    is_confirmed, is_requested = Booking.is_confirmed, Booking.is_requested
    is_under_way, lacks_outcome = Booking.is_under_way, Booking.lacks_outcome

    def get_status_display(self) -> str:
        return Booking.Status(self.status).label


OWN = Visit._fields[:-3]


def visits_of(bookings: BookingQuerySet) -> Iterator[Visit]:
    """:param bookings: each with ``lacks_form``"""
    people: dict[int, Staff] = {}
    services: dict[int, Service] = {}
    for row in bookings.values_list(*OWN, *FIELDS, *BUFFERS):
        own, (name, phone, colleague, *service) = row[: len(OWN)], row[len(OWN) :]
        staff, what = own[1], own[2]
        if staff not in people:
            people[staff] = Staff(staff, colleague)
        if what not in services:
            services[what] = Service(*service)
        yield Visit(*own, Contact(name, phone), people[staff], services[what])
