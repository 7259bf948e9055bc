import datetime
import zoneinfo

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import AuditEntry, Business
from accounts.tests.factories import UserFactory
from bookings import refusals
from bookings.catalogue import services as catalogue
from bookings.models import Booking, Service
from bookings.tests.acts import (
    HOUR,
    MINUTE,
    NOW,
    START,
    book,
    done_to,
    everything,
    messages,
    said,
)
from bookings.tests.factories import ServiceFactory
from bookings.visits import making, outcomes
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging.inbox import saying
from messaging.models import Message
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

LONDON = zoneinfo.ZoneInfo("Europe/London")


@pytest.fixture
def booking():
    return book()


def test_create_booking_takes_the_time_of_its_service(staff):
    contact, service = ContactFactory(), ServiceFactory(minutes=45)

    booking = making.create_booking(
        contact=contact, service=service, staff=staff, starts_at=START, notes="Knee", by=staff, now=NOW
    )

    booking.refresh_from_db()
    assert (booking.starts_at, booking.ends_at) == (START, START + 45 * MINUTE)
    assert (booking.status, booking.status_since) == (Booking.Status.CONFIRMED, NOW)
    assert (booking.notes, booking.booked_by) == ("Knee", staff)
    assert done_to(booking) == ["booking.created"]


def test_create_booking_confirms_and_plans_the_reminder(booking):
    confirmation, reminder = messages(booking)

    assert (confirmation.rule, confirmation.status) == (RuleCode.CONFIRMATION, Message.Status.QUEUED)
    assert confirmation.subject == f"Your booking: {booking.service}, Tuesday 24 November 2026, 14:30"
    assert "Tuesday 24 November 2026, 14:30" in confirmation.body
    assert (reminder.rule, reminder.status) == (RuleCode.REMINDER, Message.Status.PLANNED)
    assert reminder.send_at == START - 24 * HOUR
    assert reminder.useless_after == START - 30 * MINUTE
    assert reminder.about_url == booking.get_absolute_url()


def test_create_booking_makes_a_lead_a_client(staff):
    contact = ContactFactory()

    book(contact=contact)

    contact.refresh_from_db()
    assert contact.stage == Contact.Stage.BOOKED


def test_create_booking_too_late_for_a_reminder_says_so():
    booking = book(now=START - 23 * HOUR)

    assert said(booking) == [("confirmation", "queued"), ("reminder", "skipped")]
    assert messages(booking).last().reason == "Booked after the time for its reminder."


def test_create_booking_in_the_past_sends_nothing():
    booking = book(now=START + HOUR)

    assert said(booking) == [("confirmation", "skipped")]
    assert messages(booking).get().reason == "Too late to be useful."


def test_create_booking_without_an_email_address_leaves_the_reason():
    booking = book(contact=ContactFactory(email="", phone="0117 ask for Ada"))

    confirmation = messages(booking).first()
    reason = "No address to send it to: no email address and no mobile number."
    assert (confirmation.status, confirmation.reason) == ("skipped", reason)


def test_create_booking_during_a_pause_still_confirms(staff):
    contact = ContactFactory()
    saying.reply(conversation=contact.conversation, by=staff, body="Yes", now=NOW)

    booking = book(contact=contact)

    assert said(booking) == [("confirmation", "queued"), ("reminder", "planned")]


@pytest.mark.parametrize(
    "minutes", [-59, -30, 0, 30, 59], ids=["end overlaps", "half", "same", "half later", "start overlaps"]
)
def test_create_booking_refuses_a_taken_slot_and_changes_nothing(booking, minutes):
    contact = ContactFactory()
    before = everything()

    with pytest.raises(refusals.SlotTaken) as refusal:
        book(contact=contact, staff=booking.staff, starts_at=START + minutes * MINUTE)

    assert str(refusal.value) == (
        f"{booking.staff} is busy then: {booking.service} for {booking.contact}, 14:30–15:30. Choose another time."
    )
    assert everything() == before


def test_create_booking_refuses_a_slot_inside_a_longer_visit(staff):
    book(staff=staff, service=ServiceFactory(minutes=240))

    with pytest.raises(refusals.SlotTaken):
        book(staff=staff, starts_at=START + 2 * HOUR, service=ServiceFactory(minutes=15))


@pytest.mark.parametrize("hours", [-1, 1], ids=["right before", "right after"])
def test_create_booking_lets_visits_touch(booking, hours):
    assert book(staff=booking.staff, starts_at=START + hours * HOUR).pk


def test_create_booking_keeps_people_apart(booking):
    assert book(staff=UserFactory()).pk


@pytest.mark.parametrize("outcome", [outcomes.cancel_booking, outcomes.mark_no_show])
def test_create_booking_takes_time_that_was_given_back(booking, outcome, staff):
    outcome(booking=booking, by=staff, now=START + HOUR)

    assert book(staff=booking.staff).pk


@pytest.mark.parametrize(
    "starts_at",
    [
        datetime.datetime(1999, 12, 31, 23, 0, tzinfo=datetime.UTC),
        datetime.datetime(2099, 12, 31, 23, 30, tzinfo=datetime.UTC),
    ],
    ids=["begins too early", "ends too late"],
)
def test_create_booking_refuses_another_century(starts_at, staff):
    contact, service = ContactFactory(), ServiceFactory()
    before = everything()

    with pytest.raises(ValidationError, match="Choose a date between 2000 and 2099"):
        book(contact=contact, service=service, staff=staff, starts_at=starts_at)

    assert everything() == before


def test_no_two_visits_overlap_whoever_writes(booking):
    booking.pk, booking.key = None, "another"

    with pytest.raises(IntegrityError, match="one_visit_at_a_time"), transaction.atomic():
        booking.save()


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        # The night of 29 March has no hour between one and two, that of 25 October has it twice.
        ("2026-03-29T00:30+00:00", 120, "2026-03-29T02:30+00:00"),
        ("2026-10-25T00:30+01:00", 120, "2026-10-25T01:30+00:00"),
    ],
    ids=["missing hour", "doubled hour"],
)
def test_create_booking_lasts_as_long_as_its_service_when_the_clocks_change(start, minutes, end):
    start = datetime.datetime.fromisoformat(start).astimezone(LONDON)

    booking = book(starts_at=start, service=ServiceFactory(minutes=minutes))

    booking.refresh_from_db()
    assert booking.ends_at == datetime.datetime.fromisoformat(end)
    assert booking.ends_at - booking.starts_at == datetime.timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("start", "reminder"),
    [
        ("2026-03-29T14:30+01:00", "2026-03-28T14:30+00:00"),
        (
            "2026-03-30T01:30+01:00",
            "2026-03-29T01:30+00:00",
        ),  # there is no half past one: an hour later on the wall
        ("2026-10-25T14:30+00:00", "2026-10-24T14:30+01:00"),
        ("2026-10-26T01:30+00:00", "2026-10-25T01:30+01:00"),  # the first half past one of the two
    ],
    ids=["spring", "missing hour", "autumn", "doubled hour"],
)
def test_reminders_keep_to_the_clock_on_the_wall(start, reminder):
    start = datetime.datetime.fromisoformat(start)

    booking = book(starts_at=start, now=start - datetime.timedelta(days=10))

    assert messages(booking).get(rule=RuleCode.REMINDER).send_at == datetime.datetime.fromisoformat(reminder)


def test_reminders_keep_to_the_zone_of_the_business():
    Business.objects.current()
    Business.objects.update(time_zone="America/New_York")
    start = datetime.datetime.fromisoformat("2026-11-01T09:00-05:00")  # the clocks go back that night

    booking = book(starts_at=start, now=start - datetime.timedelta(days=10))

    reminder = messages(booking).get(rule=RuleCode.REMINDER)
    assert reminder.send_at == datetime.datetime.fromisoformat("2026-10-31T09:00-04:00")
    assert reminder.subject.endswith("Sunday 1 November 2026, 09:00")


def test_create_booking_refuses_an_exact_duplicate_with_whomever(booking, staff):
    before = everything()

    with pytest.raises(refusals.BookedAlready, match=f"with {booking.staff}, already"):
        book(contact=booking.contact, service=booking.service, staff=staff)

    assert everything() == before
    assert book(contact=booking.contact, service=booking.service, staff=staff, starts_at=START + HOUR).pk


def test_create_booking_on_top_of_another_with_a_reason(booking, staff):
    with pytest.raises(refusals.SlotTaken):
        book(staff=booking.staff)

    on_top = book(staff=booking.staff, overrule="Twins")

    on_top.refresh_from_db()
    assert (on_top.is_overbooked, on_top.overrule_reason) == (True, "Twins")
    assert AuditEntry.objects.about(on_top).get().changes == {"overrule_reason": ["", "Twins"]}
    with pytest.raises(refusals.SlotTaken):  # it keeps others away all the same
        book(staff=booking.staff, starts_at=START + 30 * MINUTE)


def test_create_booking_within_a_buffer_with_a_reason(staff):
    service = ServiceFactory(buffer_after=30)
    book(staff=staff, service=service)
    with pytest.raises(refusals.SlotTaken, match="keeps 30 minutes free after"):
        book(staff=staff, starts_at=START + HOUR)

    close = book(staff=staff, starts_at=START + HOUR, overrule="Only this once")

    assert (close.is_overbooked, close.overrule_reason) == (False, "Only this once")


def test_create_booking_freezes_the_price(admin):
    service = ServiceFactory(price=40)
    booking = book(service=service)

    catalogue.change_service(service=service, price=50, by=admin)

    booking.refresh_from_db()
    assert booking.price == 40


def test_create_booking_looks_no_further_where_nothing_is_used_up_or_asked(staff, django_assert_num_queries):
    contact, service = ContactFactory(), ServiceFactory()
    Business.objects.current()
    service = Service.objects.get(pk=service.pk)
    visit = {"contact": contact, "service": service, "staff": staff, "starts_at": START}

    with django_assert_num_queries(17):
        making.create_booking(**visit, by=staff, now=NOW)
