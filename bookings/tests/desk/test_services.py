"""Somebody calls: two people at the desk, the same form twice, twenty editors of one visit."""

import datetime
from collections import Counter

import pytest
from django.utils import timezone

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings import refusals
from bookings.desk import services as services_desk
from bookings.models import Booking
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.tests.slots.test_races import Desk
from careops.core.once import new_token
from contacts.models import Contact
from messaging.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

SLOT = datetime.datetime(2099, 1, 12, 9, 0, tzinfo=datetime.UTC)  # in winter, London keeps UTC
EDITORS = 20


@pytest.fixture
def desk(live_server, staff):
    Business.objects.current()
    return Desk(live_server.url, staff)


def call(**values):
    visit = {"service": ServiceFactory(), "staff": UserFactory(), "starts_at": SLOT}
    who = {"name": "Zoe Smith", "phone": "020 7946 0123", "by": None, "now": timezone.now()}
    return services_desk.book_caller(**{**visit, **who, **values})


def test_book_caller_adds_and_books_with_one_message(staff):
    Business.objects.current()

    booking = call(by=staff, email="zoe@client.example")

    assert booking.contact.source == Contact.Source.BOOKING
    assert booking.contact.stage == Contact.Stage.NEW  # as it was when it was added
    assert Contact.objects.get().stage == Contact.Stage.BOOKED
    rows = dict(Message.objects.values_list("rule", "status"))
    assert (rows["welcome"], rows["confirmation"]) == ("skipped", "queued")


def test_book_caller_adds_nobody_where_the_time_is_taken(staff):
    Business.objects.current()
    taken = BookedFactory(starts_at=SLOT)

    with pytest.raises(refusals.SlotTaken):
        call(by=staff, staff=taken.staff)

    assert Contact.objects.count() == 1
    assert Booking.objects.count() == 1


def test_one_form_sent_by_many_at_once_adds_and_books_once(desk, staff):
    form = {
        "contact": "new",
        "name": "Zoe Smith",
        "phone": "020 7946 0123",
        "email": "",
        "service": ServiceFactory().pk,
        "staff": staff.pk,
        "starts_at": "2099-01-12T09:00",
        "once": new_token(),
    }

    statuses = desk.post_together([("/bookings/new/", form)] * 8)

    assert Counter(statuses) == {302: 8}
    assert Contact.objects.count() == Booking.objects.count() == 1


def test_two_desks_at_one_slot_add_one_caller(desk, staff):
    service = ServiceFactory()
    forms = [
        {
            "contact": "new",
            "name": f"Zoe {number}",
            "email": f"zoe{number}@client.example",
            "service": service.pk,
            "staff": staff.pk,
            "starts_at": "2099-01-12T09:00",
            "once": new_token(),
        }
        for number in range(8)
    ]

    statuses = desk.post_together([("/bookings/new/", form) for form in forms])

    assert Counter(statuses) == {302: 1, 409: 7}
    assert Contact.objects.count() == Booking.objects.count() == 1


def test_of_twenty_editors_one_saves_and_the_others_see_it(desk, staff):
    booking = BookedFactory(staff=staff, starts_at=SLOT)
    seen = {"service": booking.service_id, "staff": staff.pk, "version": booking.version}
    forms = [
        (f"/bookings/{booking.pk}/edit/", seen | {"starts_at": "2099-01-12T09:00", "notes": f"Note {number}"})
        for number in range(EDITORS)
    ]

    statuses = desk.post_together(forms)

    assert Counter(statuses) == {302: 1, 409: EDITORS - 1}
    booking.refresh_from_db()
    assert (booking.version, booking.notes) == (2, f"Note {statuses.index(302)}")


def test_looking_ahead_waits_for_nobody_who_saves(desk, staff):
    """Previews take the same locks as what they preview: many at once neither fail nor leave anything."""
    booking = BookedFactory(staff=staff, starts_at=SLOT)
    seen = {"service": booking.service_id, "staff": staff.pk, "starts_at": "2099-01-13T09:00", "version": 1}
    path = f"/bookings/{booking.pk}/edit/"

    statuses = desk.post_together([(path, seen | {"look": "yes"})] * 8 + [(path, seen)])

    assert Counter(statuses) == {200: 8, 302: 1}
    booking.refresh_from_db()
    assert booking.version == 2
