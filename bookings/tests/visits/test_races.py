"""Whatever gives somebody a time races against whatever else does: one wins, the others read a sentence."""

from functools import partial

import pytest
from django.db import connection

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings import locks
from bookings.models import Booking
from bookings.online import booking as services_online
from bookings.tests.acts import HOUR, MINUTE, NOW, START, book, change
from bookings.tests.factories import ServiceFactory, work_always
from bookings.tests.rivals import kinds, overlaps, together
from bookings.visits import making, undoing
from bookings.visits import outcomes as services_outcomes
from contacts.services import delete_contact
from contacts.tests.factories import ContactFactory
from contacts.unverified import UnverifiedContact

pytestmark = pytest.mark.django_db(transaction=True)

DAY = 24 * HOUR
ROUNDS = 2
Status = Booking.Status


@pytest.fixture
def service(monkeypatch):
    monkeypatch.setattr(connection.pool, "timeout", 60.0)  # more threads than connections
    Business.objects.current()
    return ServiceFactory(needs_approval=True)


def new(service, person, starts_at=START, number=3) -> list:
    """That many people who want the time, each a little later than the one before."""
    return [
        partial(
            making.create_booking,
            contact=contact,
            service=service,
            staff=person,
            starts_at=starts_at + position * 10 * MINUTE,
            by=None,
            now=NOW,
        )
        for position, contact in enumerate(ContactFactory.create_batch(number))
    ]


def rounds(race, **how) -> list:
    """The outcomes of several races, each for the time of another person."""
    return [outcome for _ in range(ROUNDS) for outcome in race(UserFactory(), **how)]


def test_confirming_a_request_never_overlaps_with_what_staff_book(service, staff):
    """A request holds its time, so that nobody else gets it, before and after."""

    def race(person):
        request = book(service=service, staff=person, source=Booking.Source.ONLINE)
        confirm = partial(services_outcomes.confirm_booking, booking=request, by=staff, now=NOW)
        return together(confirm, *new(service, person))

    assert kinds(rounds(race)) == {"Booking": ROUNDS, "SlotTaken": 3 * ROUNDS}
    assert Booking.objects.filter(status=Status.CONFIRMED).count() == ROUNDS
    assert overlaps() == 0


def test_two_people_confirm_one_request_and_one_of_them_reads_that_it_is_done(service, staff):
    request = book(service=service, source=Booking.Source.ONLINE)

    outcomes = together(*[partial(services_outcomes.confirm_booking, booking=request, by=staff, now=NOW)] * 3)

    assert kinds(outcomes) == {"Booking": 1, "TransitionRefused": 2}


def test_restoring_and_booking_its_time_cannot_both_happen(service, staff):
    def race(person):
        booking = book(service=service, staff=person)
        off = services_outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
        return together(
            partial(undoing.reopen_booking, booking=off, by=staff, now=NOW), *new(service, person)
        )

    assert kinds(rounds(race)) == {"Booking": ROUNDS, "SlotTaken": 3 * ROUNDS}
    assert overlaps() == 0


def test_moving_there_and_booking_it_cannot_both_happen(service, staff):
    def race(person):
        booking = book(service=service, staff=person, starts_at=START + DAY)
        return together(partial(change, booking, starts_at=START, by=staff), *new(service, person))

    assert kinds(rounds(race)) == {"Booking": ROUNDS, "SlotTaken": 3 * ROUNDS}
    assert overlaps() == 0


def test_giving_it_to_somebody_and_booking_them_cannot_both_happen(service, staff):
    def race(person):
        booking = book(service=service, staff=UserFactory())
        return together(partial(change, booking, staff=person, by=staff), *new(service, person))

    assert kinds(rounds(race)) == {"Booking": ROUNDS, "SlotTaken": 3 * ROUNDS}
    assert overlaps() == 0


def test_two_visits_that_change_places_do_not_deadlock(service, staff):
    """Each wants the person of the other: both are refused, or one after the other is served."""
    ada, ben = UserFactory(), UserFactory()
    one, two = book(service=service, staff=ada), book(service=service, staff=ben)

    outcomes = together(partial(change, one, staff=ben, by=staff), partial(change, two, staff=ada, by=staff))

    assert kinds(outcomes) == {"SlotTaken": 2}
    assert overlaps() == 0


def test_the_last_visit_of_a_day_goes_to_one_customer_whoever_they_want(service):
    limited = ServiceFactory(most_per_day=1)
    attempts = []
    for number in range(6):
        (attempt,) = new(limited, UserFactory(), START + number * HOUR, number=1)
        attempts.append(partial(attempt, source=Booking.Source.ONLINE))

    outcomes = together(*attempts)

    assert kinds(outcomes) == {"Booking": 1, "SlotTaken": 5}


def test_a_contact_books_the_same_twice_at_once_with_two_people(service):
    contact = ContactFactory()
    attempts = [partial(new(service, UserFactory(), number=1)[0], contact=contact) for _ in range(4)]

    outcomes = together(*attempts)

    assert kinds(outcomes) == {"Booking": 1, "BookedAlready": 3}


def test_a_customer_books_online_while_the_desk_books_them(service):
    """What the customer allows locks their conversation, which must not come before the lock on the person."""
    for number in range(ROUNDS):
        person, contact = UserFactory(), ContactFactory(name=f"Eve {number}")
        work_always(person)
        who = UnverifiedContact(name=contact.name, email=contact.email, keep_in_touch=True)
        at_the_desk = partial(new(service, person, number=1)[0], contact=contact)
        wanted = {"staff": person, "service": service, "starts_at": START + HOUR + 30 * MINUTE}
        wanted["business"] = Business.objects.current()
        online = partial(services_online.book_online, who=who, **wanted, now=NOW, once=None)

        outcomes = together(online, at_the_desk)

        assert kinds(outcomes) == {"Booking": 2}


def test_a_contact_is_deleted_while_their_request_is_confirmed(service, staff, admin):
    """Neither waits for the other for ever; afterwards nothing of it is left."""
    for _ in range(ROUNDS):
        request = book(service=service, source=Booking.Source.ONLINE)
        request = Booking.objects.for_list().get(pk=request.pk)

        outcomes = together(
            partial(services_outcomes.confirm_booking, booking=request, by=staff, now=NOW),
            partial(delete_contact, contact=request.contact, by=admin),
        )

        assert kinds(outcomes[:1]).keys() <= {"Booking", "DoesNotExist"}
        assert outcomes[1] is None
    assert not Booking.objects.exists()


def test_the_races_overlap_without_the_lock(service, staff, monkeypatch):
    """The positive control: nobody waits for anybody, and the constraint is gone."""
    monkeypatch.setattr(locks, "lock_staff", lambda person: None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'one_visit_at_a_time'"
        )
        definition = cursor.fetchone()[0]
        cursor.execute("ALTER TABLE bookings_booking DROP CONSTRAINT one_visit_at_a_time")
    try:
        for _ in range(5):
            person = UserFactory()
            booking = book(service=service, staff=person, starts_at=START + DAY)
            together(partial(change, booking, starts_at=START, by=staff), *new(service, person, number=8))
            if overlaps():
                break
        assert overlaps() > 0
    finally:
        Booking.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE bookings_booking ADD CONSTRAINT one_visit_at_a_time {definition}")
