"""Customers press buttons at the very moment at which somebody here does something else with their visit."""

import datetime
import threading

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry, Business
from bookings.messages import links
from bookings.models import Booking
from bookings.slots import for_customers
from bookings.tests.factories import BookedFactory, ServiceFactory, work_always

pytestmark = pytest.mark.django_db(transaction=True)

HOUR = datetime.timedelta(hours=1)
ROUNDS = 4
WON, LOST = 302, 409


@pytest.fixture
def as_desk(staff):
    Business.objects.current()
    work_always(staff)
    client = Client()
    client.force_login(staff, backend="accounts.backends.RoleBackend")
    return client


def together(*presses) -> list[int]:
    """Call every (client, path, values) at the same moment and return the statuses in the same order."""
    barrier, statuses = threading.Barrier(len(presses)), [0] * len(presses)

    def press(number: int) -> None:
        client, path, values = presses[number]
        barrier.wait()
        statuses[number] = client.post(path, values).status_code
        connections.close_all()

    threads = [threading.Thread(target=press, args=[number]) for number in range(len(presses))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses


def customer(name, booking, **values):
    path = reverse(name, args=[links.visit_token(booking)])
    return Client(), path, {"schedule_no": booking.schedule_no, **values}


def done_to(booking, *actions) -> int:
    return AuditEntry.objects.about(booking).filter(action__in=actions).count()


def test_customer_cancels_while_staff_completes(as_desk, staff):
    service = ServiceFactory(cancel_limit=0)
    for number in range(ROUNDS):
        booking = BookedFactory(staff=staff, service=service, starts_at=timezone.now() + (2 + number) * HOUR)
        completing = as_desk, reverse("bookings:complete", args=[booking.pk]), {"early": "on"}

        _, cancelled = together(completing, customer("visit_cancel", booking))

        booking.refresh_from_db()
        assert (booking.status, cancelled) in {("cancelled", WON), ("completed", LOST)}
        assert done_to(booking, "booking.cancel", "booking.complete") == 1


def test_a_double_press_calls_off_once(as_desk, staff):
    booking = BookedFactory(staff=staff)

    statuses = together(*[customer("visit_cancel", booking)] * 4)

    assert sorted(statuses) == [WON, LOST, LOST, LOST]
    assert done_to(booking, "booking.cancel") == 1


def test_customer_moves_while_staff_moves(as_desk, staff):
    booking = BookedFactory(staff=staff)
    was, service = booking.starts_at, booking.service
    values = {"service": service.pk, "staff": staff.pk, "version": booking.version, "notes": ""}
    moving = as_desk, reverse("bookings:edit", args=[booking.pk]), values
    moving[2]["starts_at"] = f"{was + 2 * HOUR:%Y-%m-%dT%H:%M}"
    key = for_customers.key_of(was + 4 * HOUR, service)

    by_staff, by_customer = together(moving, customer("visit_moved", booking, at=key))

    booking.refresh_from_db()
    assert sorted([by_staff, by_customer]) == [WON, LOST]
    assert booking.schedule_no == 2
    assert booking.starts_at == was + (2 if by_staff == WON else 4) * HOUR


def test_two_customers_move_to_one_time(as_desk, staff):
    service = ServiceFactory()
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + 72 * HOUR
    rivals = [BookedFactory(staff=staff, service=service, starts_at=start + n * HOUR) for n in range(4)]
    wanted = start + 10 * HOUR
    key = for_customers.key_of(wanted, service)

    statuses = together(*[customer("visit_moved", rival, at=key) for rival in rivals])

    assert sorted(statuses) == [WON, LOST, LOST, LOST]
    assert Booking.objects.filter(starts_at=wanted).count() == 1
