"""Shorthand for the tests of the diary's pages: visits around noon, and what a page shows of them."""

from bookings.models import Booking
from bookings.tests.factories import BookingFactory
from bookings.tests.pages import DAY, NOW
from bookings.visits import outcomes
from contacts.tests.factories import ContactFactory

URL = "/bookings/calendar/"


def book(start, name="Ada", **values) -> Booking:
    """A visit that begins ``start`` away from noon."""
    contact = values.pop("contact", None) or ContactFactory(name=name)
    return BookingFactory(contact=contact, starts_at=NOW + start, now=NOW - 3 * DAY, **values)


def arrived(start, since, **values) -> Booking:
    booking = book(start, **values)
    return outcomes.arrive_booking(booking=booking, by=booking.staff, now=NOW - since)


def shown(client, query="", **headers):
    response = client.get(f"{URL}{query}", headers=headers)
    assert response.status_code == 200
    return response


def cards(response) -> list[int]:
    return [card.booking.pk for card in response.context["picture"].cards]


def names(response) -> list[str]:
    return [column.person.name for column in response.context["picture"].columns]
