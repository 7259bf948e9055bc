"""Visits as calendar files (iCalendar, RFC 5545): for the customer, and for the person who has them.

A visit keeps its UID for ever and each change raises its SEQUENCE, so that a calendar changes its entry instead of
adding another one. Times are in UTC: no calendar has to know the rules of a time zone.
"""

import datetime
import unicodedata
from collections.abc import Iterable
from email.utils import parseaddr

from django.conf import settings
from icalendar import Calendar, Event, vCalAddress, vDuration, vText

from accounts.models import Business, User
from bookings.messages import links
from bookings.models import Booking, Service

CONTENT_TYPE = "text/calendar; charset=utf-8"
LOOK_AGAIN = datetime.timedelta(minutes=15)  # what a feed asks of the calendars that read it
Status, Location = Booking.Status, Service.Location
PLACES = {
    Location.PHONE: "By phone: we call you",
    Location.VIDEO: "By video",
    Location.CUSTOMER: "At your address",
}


def place_of(booking: Booking, business: Business) -> str:
    """Where the visit takes place, on one line."""
    here = ", ".join(line.strip() for line in business.address.splitlines() if line.strip())
    return PLACES.get(booking.service.location) or here or business.name


def invitation(booking: Booking, *, business: Business, now: datetime.datetime) -> str:
    """What goes along with an email about a visit; empty where the contact has no address that it could go to."""
    if not booking.contact.email:
        return ""
    event = _visit(booking, business=business, now=now)
    organizer = vCalAddress(f"mailto:{business.email or parseaddr(settings.DEFAULT_FROM_EMAIL)[1]}")
    organizer.params["CN"] = _plain(business.name)
    event.add("organizer", organizer)
    guest = vCalAddress(f"mailto:{booking.contact.email}")
    # They have said yes by booking, and answer on the page of the visit, not by their calendar.
    guest.params |= {"CN": _plain(booking.contact.name), "PARTSTAT": "ACCEPTED", "RSVP": "FALSE"}
    event.add("attendee", guest)
    return _calendar("CANCEL" if _is_off(booking) else "REQUEST", [event])


def file(booking: Booking, *, business: Business, now: datetime.datetime) -> str:
    """What a customer puts into a calendar by hand."""
    method = "CANCEL" if _is_off(booking) else "PUBLISH"
    return _calendar(method, [_visit(booking, business=business, now=now)])


def feed(bookings: Iterable[Booking], *, staff: User, business: Business, now: datetime.datetime) -> str:
    """The visits of one person, for a calendar that reads them again and again."""
    events = []
    for booking in bookings:
        event = _entry(booking, now=now, summary=f"{booking.contact}: {booking.service}")
        event.add("description", f"{booking.get_status_display()}\n{links.booking_url(booking)}")
        events.append(event)
    names = {"X-WR-CALNAME": f"{staff.name} at {business.name}", "X-WR-TIMEZONE": business.time_zone}
    return _calendar("PUBLISH", events, names=names)


def _visit(booking: Booking, *, business: Business, now: datetime.datetime) -> Event:
    event = _entry(booking, now=now, summary=f"{booking.service} at {business.name}")
    url = links.visit_url(booking)
    words = [f"{booking.service} with {booking.staff}", f"To see, move or call off your visit: {url}"]
    if booking.notes_for_customer:
        words.insert(1, booking.notes_for_customer)
    event.add("location", _plain(place_of(booking, business)))
    event.add("description", _plain("\n\n".join(words)))
    event.add("url", url)
    return event


def _entry(booking: Booking, *, now: datetime.datetime, summary: str) -> Event:
    status = "TENTATIVE" if booking.is_requested else "CANCELLED" if _is_off(booking) else "CONFIRMED"
    event = Event()
    event.add("uid", f"{booking.key}@careops")  # not the host: that may change, and the entry stays the same
    event.add("sequence", booking.version)
    event.add("dtstamp", now.astimezone(datetime.UTC))
    event.add("dtstart", booking.starts_at.astimezone(datetime.UTC))
    event.add("dtend", booking.ends_at.astimezone(datetime.UTC))
    event.add("summary", _plain(summary))
    event.add("status", status)
    return event


def _calendar(method: str, events: list[Event], *, names: dict[str, str] | None = None) -> str:
    calendar = Calendar()
    calendar.add("prodid", "-//CareOps//CareOps//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    if names is not None:
        for name, value in names.items():
            calendar.add(name, vText(_plain(value)))
        calendar.add("refresh-interval", vDuration(LOOK_AGAIN), parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", vDuration(LOOK_AGAIN))
    for event in events:
        calendar.add_component(event)
    return calendar.to_ical().decode()


def _is_off(booking: Booking) -> bool:
    return booking.status == Status.CANCELLED


def _plain(text: str) -> str:
    """Without the control characters that no calendar file can carry."""
    return "".join(char for char in text if char == "\n" or unicodedata.category(char) != "Cc")
