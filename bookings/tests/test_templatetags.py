import datetime

import pytest
from django.utils import timezone

from bookings import services
from bookings.templatetags.bookings import contact_timeline, next_visit
from bookings.tests.factories import BookingFactory, ServiceFactory
from contacts.tests.factories import ContactFactory
from messaging import services as messaging
from messaging.models import Message

pytestmark = pytest.mark.django_db

DAY = datetime.timedelta(days=1)


def test_timeline_mixes_bookings_and_messages_the_newest_first(staff):
    contact = ContactFactory()
    now = timezone.now()
    booking = BookingFactory(contact=contact, starts_at=now + 3 * DAY)
    messaging.record_incoming(conversation=contact.conversation, body="Thank you", at=now + DAY / 24)
    BookingFactory()

    entries = contact_timeline(contact)["entries"]

    assert [(entry.kind, entry.message and entry.message.rule) for entry in entries] == [
        ("booking", None),
        ("message", "reminder"),
        ("message", ""),
        ("message", "confirmation"),
    ]
    assert entries[0].booking == booking
    assert not contact_timeline(contact)["more"]


@pytest.mark.parametrize("visits", [1, 30])
def test_timeline_costs_two_queries_and_stops_at_fifty(visits, staff, django_assert_num_queries):
    contact = ContactFactory()
    service = ServiceFactory(form_url="https://forms.example/intake")
    for days in range(visits):
        BookingFactory(
            contact=contact, staff=staff, service=service, starts_at=timezone.now() + (2 + days) * DAY
        )

    Message.objects.update(sent_by=staff)

    with django_assert_num_queries(2):
        timeline = contact_timeline(contact)
        for entry in timeline["entries"]:
            row = entry.booking or entry.message
            [str(row), str(row.sent_by if entry.message else row.staff)]

    assert len(timeline["entries"]) == min(3 * visits, 50)
    assert timeline["more"] is (visits == 30)


def test_next_visit_is_the_first_confirmed_one_to_come(staff, django_assert_num_queries):
    contact = ContactFactory()
    now = timezone.now()
    BookingFactory(contact=contact, starts_at=now - DAY)
    BookingFactory(contact=contact, starts_at=now + 5 * DAY)
    off, sooner = (BookingFactory(contact=contact, starts_at=now + days * DAY) for days in (2, 3))
    services.cancel_booking(booking=off, by=staff, now=now)
    BookingFactory(starts_at=now + DAY)

    with django_assert_num_queries(1):
        visit = next_visit(contact)
        [str(visit.service), str(visit.staff)]

    assert visit == sooner


def test_next_visit_of_somebody_without_one_is_none():
    assert next_visit(ContactFactory()) is None
