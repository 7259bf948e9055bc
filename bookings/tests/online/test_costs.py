"""What the pages on which customers book ask of the database, the same for one row and for three."""

import datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings.models import Booking
from bookings.slots import for_customers
from bookings.tests.factories import BookingFactory, ServiceFactory, work_always
from careops.core import bots
from careops.core.once import new_token
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
PAGE = 4  # the business, how often the address asks, the services offered, who performs this one
TIMES = 6  # people, their visits, hours, hours of one day, time off, closed days


@pytest.fixture
def start():
    """Noon in three days."""
    return timezone.now().replace(hour=12, minute=0, second=0, microsecond=0) + datetime.timedelta(days=3)


@pytest.fixture(params=[1, 3])
def massage(request, start):
    """With as many people, visits on the day before and, of each person, on that day."""
    Business.objects.current()
    people = UserFactory.create_batch(request.param)
    work_always(*people)
    service = ServiceFactory(name="Massage", minutes=60, step=60, notice=0)
    for person in people:
        for at in (start - 24 * HOUR, start - 2 * HOUR):
            BookingFactory(service=service, staff=person, starts_at=at)
    return service


def details_url(service, at, staff="any"):
    query = {"staff": staff, "at": for_customers.key_of(at, service)}
    return reverse("book_details", args=[service.pk], query=query)


def typed(**values):
    opened = bots.opened(timezone.now() - datetime.timedelta(minutes=1))
    who = {"name": "Ada Lovelace", "email": "ada@client.example"}
    return {**who, "note": "", "website": "", "opened": opened, "once": new_token(), **values}


def test_the_times_take_ten_statements(client, massage, django_assert_num_queries):
    with django_assert_num_queries(PAGE + TIMES):
        response = client.get(reverse("book_times", args=[massage.pk]))

    assert response.context["choice"].day


def test_the_form_takes_ten_statements(client, massage, start, django_assert_num_queries):
    with django_assert_num_queries(PAGE + TIMES):
        response = client.get(details_url(massage, start))

    assert response.status_code == 200


def test_a_time_that_is_gone_takes_six_more_to_propose_others(
    client, massage, start, django_assert_num_queries
):
    (visit, *_) = Booking.objects.order_by("-starts_at")

    with django_assert_num_queries(PAGE + 2 * TIMES):
        response = client.get(details_url(massage, visit.starts_at, staff=visit.staff_id))

    assert response.status_code == 409
    assert len(response.context["times"]) == 3


# What booking takes, whoever comes: a savepoint is two.
BOOKING = {
    "the page: the business, how often the address asks and books, the services offered": 4,
    "the transaction, the token of the form, what it made before, whether they are blocked": 5,
    "the times of that day": TIMES,
    "the person: a savepoint, the lock, what is around that time": 4,
    "a new contact: two savepoints, the lock on the address, who has it, how many came lately, four rows": 11,
    "the booking: a savepoint, two locks, a twin, what is around that time, two rows, what its service asks for": 9,
    "the stage of the contact": 1,
    "the messages: the conversation twice, the business, the address, all of them at once": 5,
}


def test_booking_builds_the_times_once(client, massage, start):
    with CaptureQueriesContext(connection) as queries:
        response = client.post(details_url(massage, start), typed())

    asked = [query["sql"] for query in queries]
    assert response.status_code == 302
    assert len(asked) == sum(BOOKING.values()), "\n".join(sql[:150] for sql in asked)
    assert sum("bookings_workinghours" in sql for sql in asked) == 1


def test_losing_a_time_takes_as_many_as_looking_for_others(client, massage, start, django_assert_num_queries):
    (visit, *_) = Booking.objects.order_by("-starts_at")
    ContactFactory()
    before = Booking.objects.count()

    # how often the address books; savepoint, token, what it made, whether they are blocked, the times, savepoint; again
    with django_assert_num_queries(PAGE + 1 + 5 + TIMES + 1 + TIMES):
        response = client.post(details_url(massage, visit.starts_at, staff=visit.staff_id), typed())

    assert response.status_code == 409
    assert Booking.objects.count() == before
