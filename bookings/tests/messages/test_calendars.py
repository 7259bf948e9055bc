"""Calendar files, read back as a calendar reads them."""

import datetime

import pytest
from icalendar import Calendar

from accounts.models import Business
from bookings.messages import calendars, links
from bookings.models import Booking
from bookings.tests.acts import HOUR, NOW, START, book, change, deliver, messages
from bookings.tests.factories import ServiceFactory
from bookings.visits import outcomes
from contacts.tests.factories import ContactFactory
from messaging.models import Message

pytestmark = pytest.mark.django_db


@pytest.fixture
def business():
    values = {"name": "Riverside", "address": "1 River Road\nLondon", "email": "desk@riverside.example"}
    return Business.objects.update_or_create(pk=1, defaults=values)[0]


def read(text: str):
    """The method of a calendar file, and its only event."""
    assert text.endswith("\r\n")
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    calendar = Calendar.from_ical(text)
    [event] = calendar.walk("VEVENT")
    return str(calendar["METHOD"]), event


def ada(**values):
    return ContactFactory(name="Ada Lovelace", email="ada@client.example", **values)


def test_a_file_says_what_when_and_where(business, staff):
    service = ServiceFactory(name="Massage", minutes=45)
    booking = book(service=service, staff=staff, contact=ada(), notes_for_customer="Eat; something, light.")

    method, event = read(calendars.file(booking, business=business, now=NOW))

    assert method == "PUBLISH"
    assert event["SUMMARY"] == "Massage at Riverside"
    assert event["LOCATION"] == "1 River Road, London"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (START, START + datetime.timedelta(minutes=45))
    assert event["DTSTART"].to_ical() == b"20261124T143000Z"
    assert event["STATUS"] == "CONFIRMED"
    assert "Eat; something, light." in event["DESCRIPTION"]
    assert links.visit_url(booking) in event["DESCRIPTION"]
    assert event["URL"] == links.visit_url(booking)
    assert "Ada" not in calendars.file(booking, business=business, now=NOW)


@pytest.mark.parametrize(
    ("location", "place"),
    [("premises", "Riverside"), ("phone", "By phone: we call you"), ("customer", "At your address")],
)
def test_the_place_is_that_of_the_service(location, place, business, staff):
    business.address = ""
    booking = book(service=ServiceFactory(location=location), staff=staff)

    assert calendars.place_of(booking, business) == place


def test_a_visit_keeps_its_name_and_each_change_raises_the_number(business, staff):
    booking = book(staff=staff)
    _, first = read(calendars.file(booking, business=business, now=NOW))

    moved = change(booking, by=staff, starts_at=START + HOUR)
    _, second = read(calendars.file(moved, business=business, now=NOW))
    cancelled = outcomes.cancel_booking(booking=moved, by=staff, now=NOW)
    method, third = read(calendars.file(cancelled, business=business, now=NOW))

    assert first["UID"] == second["UID"] == third["UID"] == f"{booking.key}@careops"
    assert first["SEQUENCE"] < second["SEQUENCE"] < third["SEQUENCE"]
    assert second["DTSTART"].dt == START + HOUR
    assert (method, third["STATUS"]) == ("CANCEL", "CANCELLED")


def test_a_request_is_tentative(business, staff):
    service = ServiceFactory(needs_approval=True)
    booking = book(service=service, staff=staff, source=Booking.Source.ONLINE)

    _, event = read(calendars.file(booking, business=business, now=NOW))

    assert event["STATUS"] == "TENTATIVE"


def test_an_invitation_names_both_sides_and_asks_for_no_answer(business, staff):
    booking = book(staff=staff, contact=ada())

    method, event = read(calendars.invitation(booking, business=business, now=NOW))

    assert method == "REQUEST"
    assert event["ORGANIZER"] == "mailto:desk@riverside.example"
    assert event["ORGANIZER"].params["CN"] == "Riverside"
    assert event["ATTENDEE"] == "mailto:ada@client.example"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    assert event["ATTENDEE"].params["PARTSTAT"] == "ACCEPTED"


def test_nobody_without_an_address_is_invited(business, staff):
    contact = ContactFactory(email="", phone="020 7946 0000")

    booking = book(staff=staff, contact=contact)

    assert calendars.invitation(booking, business=business, now=NOW) == ""
    assert messages(booking).get(rule="confirmation").calendar == ""


def test_a_business_without_an_address_invites_from_the_sender(business, staff, settings):
    settings.DEFAULT_FROM_EMAIL = "Riverside <hello@riverside.example>"
    business.email = ""

    _, event = read(calendars.invitation(book(staff=staff), business=business, now=NOW))

    assert event["ORGANIZER"] == "mailto:hello@riverside.example"


@pytest.mark.parametrize(
    "words",
    ["Back\r\nMETHOD:CANCEL", 'Say "hello"; twice, or:', "\u202e\u200b\x07 é漢字 " + "x" * 300, "\\n"],
)
def test_no_words_break_a_file(words, business, staff):
    business.name = words
    booking = book(staff=staff, service=ServiceFactory(name=words[:80]), notes_for_customer=words)
    booking.contact.name = words

    for text in [
        calendars.invitation(booking, business=business, now=NOW),
        calendars.feed([booking], staff=staff, business=business, now=NOW),
    ]:
        method, event = read(text)

        assert method in {"REQUEST", "PUBLISH"}
        assert len([line for line in text.split("\r\n") if line.startswith("METHOD:")]) == 1
        assert event["UID"] == f"{booking.key}@careops"
        assert not any(char < " " for char in text.replace("\r\n", ""))


def files_of(booking) -> dict[str, tuple[str, int]]:
    """Rule to the method and number of its calendar file, of every message that has one."""
    found = {}
    for message in messages(booking).exclude(calendar=""):
        method, event = read(message.calendar)
        found[message.rule] = method, event["SEQUENCE"]
    return found


def test_confirmation_move_and_cancellation_bring_the_file_and_reminders_do_not(business, staff):
    booking = book(staff=staff)
    deliver(booking)

    moved = change(booking, by=staff, starts_at=START + HOUR)
    Message.objects.filter(rule="moved").update(status=Message.Status.SENT)
    outcomes.cancel_booking(booking=moved, by=staff, now=NOW)

    assert files_of(booking) == {
        "confirmation": ("REQUEST", 1),
        "moved": ("REQUEST", 2),
        "cancelled": ("CANCEL", 3),
    }
    assert messages(booking).filter(rule="reminder", calendar="").exists()


def test_a_request_and_its_refusal_bring_the_file(business, staff):
    service = ServiceFactory(needs_approval=True)
    booking = book(service=service, staff=staff, source=Booking.Source.ONLINE)

    outcomes.cancel_booking(booking=booking, cause=Booking.Cause.DECLINED, by=staff, now=NOW)

    assert files_of(booking) == {"requested": ("REQUEST", 1), "declined": ("CANCEL", 2)}


def test_a_feed_lists_who_comes_for_what(business, staff):
    booking = book(staff=staff, contact=ada(), service=ServiceFactory(name="Massage"), notes="Bad knee")

    text = calendars.feed([booking], staff=staff, business=business, now=NOW)

    _, event = read(text)
    assert event["SUMMARY"] == "Ada Lovelace: Massage"
    assert event["DESCRIPTION"].startswith("Confirmed\n")
    assert Calendar.from_ical(text)["X-WR-CALNAME"] == "Sara Staff at Riverside"
    for secret in ["Bad knee", "ada@client.example", booking.contact.phone or "none"]:
        assert secret not in text
