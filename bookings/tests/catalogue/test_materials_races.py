"""Visits that use the same items at the same time: real threads and transactions, through the services of bookings."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial

import pytest
from django.db import connection, transaction
from django.utils import timezone

from accounts.tests.factories import UserFactory
from bookings import refusals
from bookings.catalogue import materials, recipes
from bookings.models import Booking
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.visits import moving, outcomes, undoing
from contacts.tests.factories import ContactFactory
from contacts.tests.test_races import Meanwhile
from inventory.models import Movement
from inventory.services import stock as services_stock
from inventory.tests.checks import stock, verify
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def items():
    return ItemFactory.create_batch(2, on_hand=Decimal(20))


@pytest.fixture
def massage(items):
    service = ServiceFactory()
    recipes.set_materials(service=service, lines={item.pk: Decimal(1) for item in items}, by=None)
    return service


@pytest.fixture
def colleague():
    return UserFactory()


def at_once(*calls):
    """What each call returned in a thread of its own, or the refusal it met."""

    def run(call):
        try:
            return call()
        except refusals.TransitionRefused as refusal:
            return refusal
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def complete(booking, by):
    return outcomes.complete_booking(booking=booking, by=by, now=booking.starts_at)


def test_visits_completed_at_once_use_each_their_own(items, massage, colleague):
    bookings = BookedFactory.create_batch(6, service=massage)

    at_once(*(partial(complete, booking, colleague) for booking in bookings))

    verify()
    assert stock(*items) == [(14, 0), (14, 0)]


def test_one_visit_completed_by_many_uses_once(items, massage, colleague):
    booking = BookedFactory(service=massage)

    answers = at_once(*[partial(complete, booking, colleague)] * 5)

    verify()
    assert len([answer for answer in answers if isinstance(answer, Booking)]) == 1
    assert stock(*items) == [(19, 0), (19, 0)]


def test_completed_and_undone_at_once_ends_as_one_of_both(items, massage, colleague):
    booking = complete(BookedFactory(service=massage), colleague)

    def undo():
        return undoing.reopen_booking(booking=booking, by=colleague, now=booking.starts_at)

    at_once(*[undo, partial(complete, booking, colleague)] * 4)

    verify()
    booking.refresh_from_db()
    is_over = booking.status == Booking.Status.COMPLETED
    assert stock(*items) == [(19, 0) if is_over else (20, 1)] * 2


def test_a_new_recipe_reaches_every_request_that_is_made_meanwhile(items, massage, colleague):
    """Whether a request comes before or after, it holds what is used by now."""
    type(massage).objects.filter(pk=massage.pk).update(needs_approval=True)
    massage.refresh_from_db()
    first, second = items

    def ask():
        return BookedFactory(service=massage, source=Booking.Source.ONLINE)

    def set_materials():
        return recipes.set_materials(service=massage, lines={second.pk: Decimal(3)}, by=None)

    requests = [answer for answer in at_once(*[ask] * 3, set_materials, *[ask] * 3) if answer is not True]

    verify()
    assert len(requests) == 6
    assert all(materials.reserved_for(request) == {second.pk: 3} for request in requests)
    assert stock(first, second) == [(20, 0), (20, 18)]


def test_a_new_recipe_waits_for_the_request_that_is_being_made(items, massage):
    type(massage).objects.filter(pk=massage.pk).update(needs_approval=True)
    massage.refresh_from_db()
    earlier, values = online(massage), {"staff": UserFactory(), "contact": ContactFactory()}
    with transaction.atomic():
        request = online(massage, **values)
        change = Meanwhile(lambda: set_one(massage, items[1]))
        change.until_it_waits()

    assert change.result is True
    verify()
    assert [materials.reserved_for(booking) for booking in (earlier, request)] == [{items[1].pk: 3}] * 2


def test_renewing_does_not_deadlock_with_a_visit_that_is_being_booked(items, massage, colleague):
    BookedFactory(service=massage)
    values = {"staff": UserFactory(), "contact": ContactFactory()}
    set_one(massage, items[1])
    with transaction.atomic():
        BookedFactory(service=massage, **values)
        renewal = Meanwhile(
            lambda: recipes.renew_materials(service=massage, by=colleague, now=timezone.now())
        )
        renewal.until_it_waits()

    assert renewal.result == 1
    verify()


def test_a_new_recipe_does_not_deadlock_with_a_customer_who_moves_a_request(items, massage):
    type(massage).objects.filter(pk=massage.pk).update(needs_approval=True, most_per_day=5)
    massage.refresh_from_db()
    request = online(massage)
    same = {"booking": request, "service": massage, "staff": request.staff}
    with transaction.atomic():
        Booking.objects.select_for_update(no_key=True).get(pk=request.pk)
        change = Meanwhile(lambda: set_one(massage, items[1]))
        change.until_it_waits()
        moving.change_booking(**same, starts_at=request.starts_at + HOUR, by=None, now=timezone.now())

    assert change.result is True
    verify()


def online(service, **values):
    return BookedFactory(service=service, source=Booking.Source.ONLINE, **values)


def set_one(service, item):
    return recipes.set_materials(service=service, lines={item.pk: Decimal(3)}, by=None)


def test_everything_at_once_neither_deadlocks_nor_loses_anything(items, massage, colleague):
    bookings = BookedFactory.create_batch(4, service=massage)
    other = ServiceFactory()
    recipes.set_materials(service=other, lines={items[0].pk: Decimal(2)}, by=None)

    def move(booking):
        return moving.change_booking(
            booking=booking,
            service=other,
            staff=booking.staff,
            starts_at=booking.starts_at + HOUR,
            by=colleague,
            now=timezone.now(),
        )

    def count(item):
        return services_stock.adjust_stock(
            item=item, kind=Movement.Kind.RECEIVE, quantity=Decimal(1), by=None
        )

    def renew():
        return recipes.renew_materials(service=massage, by=colleague, now=timezone.now())

    at_once(
        *(partial(complete, booking, colleague) for booking in bookings[:2]),
        *(partial(move, booking) for booking in bookings[2:]),
        *(partial(count, item) for item in reversed(items)),
        renew,
    )

    verify()
    assert stock(*items) == [(19, 4), (19, 0)]
