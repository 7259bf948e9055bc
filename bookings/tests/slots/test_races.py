"""Many people at one slot, over real HTTP: each request has its own connection, thread and transaction."""

import datetime
import http.client
import threading
import time
from collections import Counter
from urllib.parse import urlencode, urlsplit

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings import locks
from bookings.models import Booking
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.tests.rivals import overlaps
from bookings.visits import outcomes
from contacts.models import Contact
from messaging.models import Conversation

pytestmark = pytest.mark.django_db(transaction=True)

RIVALS = 40
SLOT = datetime.datetime(2099, 1, 12, 9, 0, tzinfo=datetime.UTC)  # in winter, London keeps UTC
MINUTE = datetime.timedelta(minutes=1)
CSRF = "c" * 32
SUCCESS, REFUSED = 302, 409


@pytest.fixture
def desk(live_server, staff, monkeypatch):
    """Somebody who is signed in and sends many requests at once."""
    # A real server has no more threads than connections. This one starts a thread for each request, so that most of
    # them queue for one of the eight: as long as it takes here, where everything runs in one process.
    monkeypatch.setattr(connection.pool, "timeout", 60.0)
    Business.objects.current()
    return Desk(live_server.url, staff)


class Desk:
    def __init__(self, url, user):
        self.address = urlsplit(url).netloc
        client = Client()
        client.force_login(user, backend="accounts.backends.RoleBackend")
        session = client.cookies["sessionid"].value
        self.headers = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"sessionid={session}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
        }

    def post_together(self, forms: list[tuple[str, dict]]) -> list[int]:
        """Post every (path, values) at the same moment and return the statuses in the same order."""
        together = threading.Barrier(len(forms))
        statuses = [0] * len(forms)

        def post(number: int, line: http.client.HTTPConnection) -> None:
            path, values = forms[number]
            together.wait()
            line.request("POST", path, urlencode(values), self.headers)
            statuses[number] = line.getresponse().status
            line.close()

        # Connected beforehand, one by one: what races are the requests, not the handshakes.
        lines = [http.client.HTTPConnection(self.address, timeout=60) for _ in forms]
        for line in lines:
            line.connect()
        threads = [threading.Thread(target=post, args=pair) for pair in enumerate(lines)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return statuses


def people(number: int) -> list[Contact]:
    contacts = Contact.objects.bulk_create(
        Contact(name=f"Ada {n}", email=f"ada{n}@client.example") for n in range(number)
    )
    Conversation.objects.bulk_create(Conversation(contact=contact) for contact in contacts)
    return contacts


def new(contact, service, staff, starts_at=SLOT) -> tuple[str, dict]:
    values = {"contact": contact.pk, "service": service.pk, "staff": staff.pk}
    return "/bookings/new/", values | {"starts_at": f"{starts_at:%Y-%m-%dT%H:%M}", "notes": ""}


def move(booking, staff, starts_at=SLOT) -> tuple[str, dict]:
    values = {"service": booking.service_id, "staff": staff.pk, "version": booking.version}
    path = f"/bookings/{booking.pk}/edit/"
    return path, values | {"starts_at": f"{starts_at:%Y-%m-%dT%H:%M}", "notes": ""}


def test_many_people_at_one_slot_make_one_booking(desk, staff):
    service = ServiceFactory()

    statuses = desk.post_together([new(contact, service, staff) for contact in people(RIVALS)])

    assert Counter(statuses) == {SUCCESS: 1, REFUSED: RIVALS - 1}
    assert Booking.objects.count() == 1
    assert Conversation.objects.filter(messages__isnull=False).distinct().count() == 1


def test_staggered_attempts_never_overlap(desk, staff):
    service = ServiceFactory(minutes=60)
    starts = [SLOT + 10 * MINUTE * (number % 20) for number in range(30)]

    statuses = desk.post_together(
        [new(contact, service, staff, start) for contact, start in zip(people(30), starts, strict=True)]
    )

    assert set(statuses) == {SUCCESS, REFUSED}
    assert Booking.objects.count() == statuses.count(SUCCESS)
    assert overlaps() == 0


def test_moves_and_new_bookings_share_the_slots_of_two_people(desk, staff):
    """Every booking of one person wants the slot of the other, where new ones crowd as well."""
    service, other = ServiceFactory(), UserFactory()
    contacts = people(30)
    moving = [
        BookedFactory(
            contact=contacts[number],
            service=service,
            staff=(staff, other)[number % 2],
            starts_at=SLOT + (2 + number) * 60 * MINUTE,
        )
        for number in range(10)
    ]
    attempts = [move(booking, staff if booking.staff == other else other) for booking in moving]
    attempts += [new(contact, service, (staff, other)[contact.pk % 2]) for contact in contacts[10:]]

    statuses = desk.post_together(attempts)

    assert Counter(statuses) == {SUCCESS: 2, REFUSED: 28}
    at_the_slot = Booking.objects.filter(starts_at=SLOT)
    assert {booking.staff for booking in at_the_slot.select_related("staff")} == {staff, other}
    assert at_the_slot.count() == 2
    moved = Booking.objects.filter(schedule_no=2)
    assert set(moved) == set(at_the_slot.filter(pk__in=[booking.pk for booking in moving]))
    assert overlaps() == 0


def test_undoing_a_no_show_and_booking_its_time_cannot_both_happen(desk, staff):
    service = ServiceFactory()
    contacts = people(25)
    start = (timezone.now() - 120 * MINUTE).replace(second=0, microsecond=0)
    attempts = []
    for number in range(5):
        booking = BookedFactory(
            contact=contacts[number], service=service, staff=UserFactory(), starts_at=start
        )
        outcomes.mark_no_show(booking=booking, by=staff, now=timezone.now())
        attempts.append((f"/bookings/{booking.pk}/reopen/", {}))
        attempts += [
            new(contact, service, booking.staff, timezone.localtime(start, Business.objects.current().zone))
            for contact in contacts[5 + number * 4 : 9 + number * 4]
        ]

    statuses = desk.post_together(attempts)

    assert set(statuses) <= {SUCCESS, REFUSED}
    assert Booking.objects.holding_time().count() == 5  # one for each person, whoever it was
    assert overlaps() == 0


@pytest.fixture
def without_lock(monkeypatch):
    monkeypatch.setattr(locks, "lock_staff", lambda person: None)


@pytest.fixture
def without_constraint(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'one_visit_at_a_time'"
        )
        definition = cursor.fetchone()[0]
        cursor.execute("ALTER TABLE bookings_booking DROP CONSTRAINT one_visit_at_a_time")
    yield
    Booking.objects.all().delete()
    with connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE bookings_booking ADD CONSTRAINT one_visit_at_a_time {definition}")


def crowd(desk, staff) -> list[int]:
    service = ServiceFactory()
    return desk.post_together([new(contact, service, staff) for contact in people(20)])


def test_a_crowd_double_books_without_lock_and_constraint(desk, staff, without_lock, without_constraint):
    """The positive control: the crowd is dense enough for the tests above to mean something."""
    statuses = crowd(desk, staff)

    assert statuses.count(SUCCESS) > 1
    assert overlaps() > 0


def test_the_lock_alone_is_enough(desk, staff, without_constraint):
    assert Counter(crowd(desk, staff)) == {SUCCESS: 1, REFUSED: 19}


def test_the_constraint_alone_is_enough(desk, staff, without_lock):
    crowd(desk, staff)

    assert Booking.objects.count() == 1


def test_a_rival_that_took_no_lock_is_met_at_the_constraint(desk, staff):
    """Somebody writes past the services: the visit is not to be seen yet when the service looks for it."""
    contact, other = people(2)
    service = ServiceFactory()
    written = threading.Event()

    def write_past_the_services():
        try:
            with transaction.atomic():
                visit = Booking(contact=other, service=service, staff=staff, starts_at=SLOT)
                visit.ends_at = SLOT + service.length
                visit.save()
                written.set()
                _wait_until_somebody_waits()
        finally:
            connection.close()

    rival = threading.Thread(target=write_past_the_services)
    rival.start()
    written.wait(timeout=10)
    statuses = desk.post_together([new(contact, service, staff)])
    rival.join()

    assert statuses == [REFUSED]
    assert Booking.objects.get().contact == other


def _wait_until_somebody_waits() -> None:
    with connection.cursor() as cursor:
        for _ in range(200):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return
            time.sleep(0.05)
