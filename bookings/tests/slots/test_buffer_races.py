"""Rivals who book closely around each other at the same moment: whoever wins, the buffers are kept."""

import datetime
import threading
from itertools import pairwise

import pytest
from django.db import connection

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings import refusals
from bookings.models import Booking
from bookings.tests.factories import ServiceFactory
from bookings.visits import making
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
RIVALS = 16


def test_rivals_around_one_time_leave_the_buffer_free(monkeypatch):
    monkeypatch.setattr(connection.pool, "timeout", 60.0)  # more threads than connections
    Business.objects.current()
    service = ServiceFactory(minutes=20, buffer_before=5, buffer_after=15)
    staff, contacts = UserFactory(), ContactFactory.create_batch(RIVALS)
    together, outcomes = threading.Barrier(RIVALS), []

    def book(number):
        starts_at = NOW + datetime.timedelta(days=1) + number * 10 * MINUTE
        together.wait()
        try:
            outcomes.append(
                making.create_booking(
                    contact=contacts[number],
                    service=service,
                    staff=staff,
                    starts_at=starts_at,
                    by=None,
                    now=NOW,
                )
            )
        except Exception as error:
            outcomes.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=book, args=[number]) for number in range(RIVALS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    visits = list(Booking.objects.order_by("starts_at"))
    assert {type(outcome) for outcome in outcomes} == {Booking, refusals.SlotTaken}
    assert len(outcomes) == RIVALS
    assert len(visits) >= 3
    assert all(later.starts_at - earlier.ends_at >= 15 * MINUTE for earlier, later in pairwise(visits))
