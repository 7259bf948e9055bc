"""Customers book by themselves: what is offered to them, once, and without a word about anybody else."""

import datetime
import threading
import uuid
from collections import Counter

import pytest
from django.db import connection

from accounts.models import AuditEntry, Business
from accounts.tests.factories import UserFactory
from bookings import refusals
from bookings.models import Booking
from bookings.online import booking as online_booking
from bookings.tests.acts import everything, said
from bookings.tests.factories import BookedFactory, ServiceFactory, TimeOffFactory, work_always
from bookings.visits import making
from careops.core.once import SentBefore
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from contacts.unverified import UnverifiedContact

pytestmark = pytest.mark.django_db

START = datetime.datetime(2026, 11, 24, 14, 30, tzinfo=datetime.UTC)
NOW = START - datetime.timedelta(days=4)
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def massage(staff):
    work_always(staff)
    return ServiceFactory(name="Massage", price=45)


def book(service, *, name="Ada Lovelace", email="ada@client.example", phone="", **values):
    values = {"staff": None, "starts_at": START, "now": NOW, "once": uuid.uuid4(), **values}
    values["business"] = Business.objects.current()
    return online_booking.book_online(who=UnverifiedContact(name, email, phone), service=service, **values)


def test_a_customer_books_and_is_told_at_once(massage, staff):
    booking = book(massage, note="I come by bike.")

    assert (booking.staff, booking.starts_at, booking.status) == (staff, START, "confirmed")
    assert (booking.source, booking.customer_wrote, booking.price) == ("online", "I come by bike.", 45)
    assert ("confirmation", "queued") in said(booking)
    assert Contact.objects.get().stage == Contact.Stage.BOOKED
    assert AuditEntry.objects.about(booking).get().actor == AuditEntry.Actor.CUSTOMER


def test_who_books_first_gets_no_welcome_besides(massage):
    booking = book(massage)

    welcome = booking.contact.conversation.messages.get(rule="welcome")
    assert (welcome.status, welcome.reason_code) == ("skipped", "duplicate")


def test_on_request_it_is_only_requested(massage):
    massage.needs_approval = True
    massage.save()

    booking = book(massage)

    assert booking.status == "requested"
    assert ("requested", "queued") in said(booking)


def test_anybody_is_whoever_has_the_least_to_do(massage, staff):
    other = UserFactory(name="Zoe")
    work_always(other)
    BookedFactory(staff=staff, starts_at=START + 4 * HOUR, now=NOW)

    assert book(massage).staff == other


def test_anybody_is_the_next_one_when_the_first_is_busy(massage, staff):
    other = UserFactory(name="Zoe")
    work_always(other)
    BookedFactory(staff=staff, starts_at=START, now=NOW)

    assert book(massage).staff == other


@pytest.mark.parametrize(
    "terms",
    [{"notice": 5 * 24 * 60}, {"horizon": 2}, {"step": 60}, {"most_per_day": 1}, {"buffer_after": 30}],
)
def test_what_is_not_offered_cannot_be_booked(massage, staff, terms):
    BookedFactory(service=massage, staff=staff, starts_at=START + HOUR, now=NOW)
    type(massage).objects.filter(pk=massage.pk).update(**terms)
    massage.refresh_from_db()
    before = everything()

    with pytest.raises(refusals.SlotTaken):
        book(massage)

    assert everything() == before


def test_somebody_on_holiday_cannot_be_booked(massage, staff):
    TimeOffFactory(staff=staff, starts_at=START - HOUR, ends_at=START + HOUR)

    with pytest.raises(refusals.SlotTaken):
        book(massage, staff=staff)


def test_a_taken_time_leaves_no_contact_behind(massage, staff):
    BookedFactory(staff=staff, starts_at=START, now=NOW)
    before = everything()

    with pytest.raises(refusals.SlotTaken):
        book(massage)

    assert everything() == before


def test_a_blocked_person_is_asked_to_call(massage):
    contact = ContactFactory(email="ada@client.example")
    Contact.objects.filter(pk=contact.pk).update(is_blocked=True)
    before = everything()

    with pytest.raises(online_booking.NotForThem, match="call us"):
        book(massage)

    assert everything() == before


def test_a_visit_that_is_there_and_a_limit_are_refused_in_the_same_words(massage, staff):
    work_always(UserFactory(name="Zoe"))
    book(massage)

    with pytest.raises(online_booking.NotForThem) as same:
        book(massage)
    massage.most_per_customer = 1
    massage.save()
    with pytest.raises(online_booking.NotForThem) as limit:
        book(massage, starts_at=START + 3 * HOUR)

    assert str(same.value) == str(limit.value)
    assert Booking.objects.count() == 1


def test_what_their_contact_lacks_stands_in_the_notes(massage):
    ContactFactory(name="Ada Lovelace", email="ada@client.example")

    booking = book(massage, phone="020 7946 0000")

    assert booking.notes == "They gave 020 7946 0000, which their contact does not have."
    assert booking.contact.phone == ""


def test_the_same_form_books_once(massage):
    once = uuid.uuid4()

    assert book(massage, once=once) == book(massage, once=once)

    assert Booking.objects.count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"starts_at": START + HOUR},
        {"note": "Hm"},
        {"name": "Ben"},
        {"email": "ada@clients.example"},
        {"phone": "020 7946 0000"},
        {"email": "", "phone": "020 7946 0000"},
    ],
)
def test_the_same_form_with_something_else_in_it_is_refused(massage, other):
    once = uuid.uuid4()
    book(massage, once=once)
    before = everything()

    with pytest.raises(SentBefore):
        book(massage, once=once, **other)

    assert everything() == before


def test_the_same_form_of_somebody_known_is_the_same_with_what_was_noted(massage):
    ContactFactory(name="Ada Lovelace", email="ada@client.example")
    once = uuid.uuid4()
    first = book(massage, phone="020 7946 0000", once=once)

    assert book(massage, phone="020 7946 0000", once=once) == first
    for other in ({"phone": "020 7946 0999"}, {"email": "ada@clients.example", "phone": "020 7946 0000"}):
        with pytest.raises(SentBefore):
            book(massage, once=once, **other)
    assert Booking.objects.get().notes == first.notes


def test_the_same_form_of_somebody_known_may_leave_out_what_their_contact_has(massage):
    ContactFactory(name="Ada Lovelace", email="ada@client.example", phone="020 7946 0000")
    once = uuid.uuid4()

    assert book(massage, once=once) == book(massage, once=once)


def together(number, act):
    """What became of ``number`` people who act at the same moment, each on a connection of their own."""
    barrier, found = threading.Barrier(number), []

    def run(place):
        barrier.wait()
        try:
            found.append(act(place))
        except Exception as error:
            found.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(number)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


@pytest.fixture
def patient(monkeypatch):
    """More threads than connections: here they wait for one another."""
    Business.objects.current()
    monkeypatch.setattr(connection.pool, "timeout", 60.0)


@pytest.mark.django_db(transaction=True)
def test_fifty_times_the_same_form_at_once_books_once(massage, patient):
    once = uuid.uuid4()

    found = together(50, lambda place: book(massage, once=once).pk)

    assert len(found) == 50
    assert {*found} == {Booking.objects.get().pk}
    assert Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_customers_and_the_desk_at_one_time_leave_one_visit(massage, staff, patient):
    ada = ContactFactory()

    def act(place):
        if place == 0:
            values = {"contact": ada, "service": massage, "staff": staff, "starts_at": START}
            return making.create_booking(**values, by=staff, now=NOW)
        return book(massage, email=f"c{place}@client.example")

    found = together(3, act)

    assert Counter(type(each).__name__ for each in found) == {"Booking": 1, "SlotTaken": 2}
    assert Booking.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_who_take_anybody_fill_each_person_once(staff, patient):
    people = [staff, *UserFactory.create_batch(4)]
    work_always(*people)
    service = ServiceFactory(name="Massage")

    found = together(20, lambda place: book(service, email=f"c{place}@client.example"))

    assert Counter(type(each).__name__ for each in found) == {"Booking": 5, "SlotTaken": 15}
    assert {*Booking.objects.values_list("staff", flat=True)} == {person.pk for person in people}
    assert Contact.objects.count() == 5
