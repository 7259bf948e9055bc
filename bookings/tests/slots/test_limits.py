"""Feature 54: how many visits of a service customers can have; staff are not held by it."""

import datetime
import zoneinfo

import pytest

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings import refusals
from bookings.models import Booking
from bookings.slots.reading import offers_of
from bookings.tests.acts import HOUR, NOW, START, book, change, everything
from bookings.tests.factories import TERMS, ServiceFactory, work_always
from bookings.times.roster import Code
from bookings.visits import outcomes
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

DAY = 24 * HOUR
ONLINE = {"source": Booking.Source.ONLINE}


def offered(service, *, for_customers=True, moving=None) -> set[str]:
    """On the day of START: the names of those who are offered."""
    day = START.date()
    business = Business.objects.current()
    how = {"for_customers": for_customers, "moving": moving, "business": business, "now": NOW}
    slots = offers_of(service, first=day, last=day, **how).slots(day, day)
    return {person.name for slot in slots for person in slot.people}


@pytest.fixture
def people(db):
    people = UserFactory(name="Ada"), UserFactory(name="Ben")
    work_always(*people)
    return people


def test_a_full_day_is_offered_to_staff_only_and_says_why(people):
    service = ServiceFactory(most_per_day=2)
    for number, person in enumerate(people):
        book(service=service, staff=person, starts_at=START + number * HOUR)

    day = START.date()
    offers = offers_of(service, first=day, last=day, business=Business.objects.current(), now=NOW)
    reasons = offers.why_not(offers.facts.people[0], START + 3 * HOUR)

    assert offered(service) == set()
    assert offered(service, for_customers=False) == {"Ada", "Ben"}
    assert [(reason.code, reason.binds_customers_only) for reason in reasons] == [(Code.LIMIT, True)]
    assert reasons[0].sentence == f"Customers can have 2 visits of {service} a day: Tue 24 Nov is full."


def test_a_full_day_of_one_person_leaves_the_others(people):
    service = ServiceFactory(most_per_staff_day=1)
    book(service=service, staff=people[0])

    assert offered(service) == {"Ben"}


def test_what_does_not_count(people, staff):
    """Other services, other days, what is called off, and the visit that would move."""
    service = ServiceFactory(most_per_day=1, step=60)
    book(staff=people[0])
    book(service=service, staff=people[0], starts_at=START + DAY)
    off = book(service=service, staff=people[1])
    outcomes.cancel_booking(booking=off, by=staff, now=NOW)
    assert offered(service) == {"Ada", "Ben"}

    moving = book(service=service, staff=people[1])
    assert offered(service) == set()
    assert offered(service, moving=moving) == {"Ada", "Ben"}


@pytest.mark.parametrize(
    ("limit", "refusal", "words"),
    [
        ("most_per_day", refusals.SlotTaken, "is fully booked on Tuesday 24 November"),
        ("most_per_staff_day", refusals.SlotTaken, "Ada is fully booked for"),
        ("most_per_customer", refusals.OverLimit, "You have a visit of"),
    ],
)
def test_customers_are_refused_under_the_lock_and_staff_are_not(limit, refusal, words, people):
    service = ServiceFactory(**{limit: 1})
    contact = ContactFactory()
    book(service=service, staff=people[0], contact=contact)
    rival = {"service": service, "staff": people[0], "contact": contact, "starts_at": START + 2 * HOUR}
    before = everything()

    with pytest.raises(refusal, match=words):
        book(**rival, **ONLINE)

    assert everything() == before
    assert book(**rival).pk


def test_a_customer_may_come_again_after_the_visit(people):
    service = ServiceFactory(most_per_customer=1)
    contact = ContactFactory()
    book(service=service, staff=people[0], contact=contact)

    again = {"starts_at": START + 2 * DAY, "now": START + DAY}
    assert book(service=service, staff=people[0], contact=contact, **again, **ONLINE).pk


def test_a_customer_moves_within_the_limits_and_staff_anywhere(people, staff):
    service = ServiceFactory(most_per_day=1)
    book(service=service, staff=people[0], starts_at=START + DAY)
    booking = book(service=service, staff=people[0])
    before = everything()

    with pytest.raises(refusals.SlotTaken, match="is fully booked on Wednesday"):
        change(booking, starts_at=START + DAY + 2 * HOUR, by=None)

    assert everything() == before
    assert change(booking, starts_at=START + 2 * HOUR, by=None).pk  # its own day is not fuller by it
    assert change(booking, starts_at=START + DAY + 2 * HOUR, by=staff).pk


def test_a_day_is_one_of_the_business_when_the_clocks_change(people):
    """In London, the 25th of October has 25 hours."""
    service = ServiceFactory(most_per_day=1)
    zone = zoneinfo.ZoneInfo("Europe/London")
    late = datetime.datetime(2026, 10, 25, 22, 30, tzinfo=zone)
    early = datetime.datetime(2026, 10, 25, 0, 0, tzinfo=zone)
    now = early - 10 * DAY
    book(service=service, staff=people[0], starts_at=late, now=now)

    with pytest.raises(refusals.SlotTaken, match="is fully booked on Sunday 25 October"):
        book(service=service, staff=people[1], starts_at=early, now=now, **ONLINE)
    assert book(service=service, staff=people[1], starts_at=early - HOUR, now=now, **ONLINE).pk


def test_the_page_of_a_service_asks_for_the_limits(as_admin):
    service = ServiceFactory()
    url, typed = f"/bookings/services/{service.pk}/edit/", TERMS | {"name": "Massage", "minutes": "60"}

    refused = as_admin.post(url, typed | {"most_per_day": "0"})
    as_admin.post(url, typed | {"most_per_day": "3", "description": "For the back."})

    assert refused.context["form"].errors.keys() == {"most_per_day"}
    service.refresh_from_db()
    assert (service.most_per_day, service.most_per_customer) == (3, None)
    assert service.description == "For the back."
