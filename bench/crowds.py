"""`make bench-bookings`: crowds at the same slots, over HTTP to a real gunicorn with a PostgreSQL of the run's own.

Every crowd posts at the same moment. What counts: one winner for each slot, no overlap, no deadlock, no answer from 500
on. The positive control does the same with lock and constraint switched off, and must double-book: otherwise the crowds
were too thin to prove anything.
"""

import argparse
import contextlib
import datetime
import http.client
import itertools
import os
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "careops.settings",
    "DEBUG": "off",
    "SECRET_KEY": "bench" * 12,
    "LOG_LEVEL": "CRITICAL",
    "TRUSTED_PROXY_COUNT": "1",  # every request has an address of its own, as if it came from somebody else
}

import django  # noqa: E402

django.setup()

# Everything below needs the settings above.

from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Business, User  # noqa: E402
from accounts.roles import STAFF  # noqa: E402
from accounts.services import create_user  # noqa: E402
from bookings import services  # noqa: E402
from bookings.models import Booking, Service, WorkingHours  # noqa: E402
from contacts.models import Contact  # noqa: E402
from messaging.models import Conversation  # noqa: E402

CSRF = "c" * 32
NO_ANSWER = 599
HOUR = datetime.timedelta(hours=1)
LOCAL_MINUTE = "%Y-%m-%dT%H:%M"
OVERLAPS = """
SELECT count(*) FROM bookings_booking a JOIN bookings_booking b ON a.id < b.id AND a.staff_id = b.staff_id
 WHERE a.status = ANY(%(holds)s) AND b.status = ANY(%(holds)s)
   AND tstzrange(a.starts_at, a.ends_at) && tstzrange(b.starts_at, b.ends_at)
"""
DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


class Post(NamedTuple):
    """One request of a crowd."""

    path: str
    fields: dict
    headers: dict[str, str]


class Crowd(NamedTuple):
    """What a crowd does.

    :param winners: how many of it may have their wish, at most and at least
    """

    name: str
    posts: list[Post]
    winners: range
    count_winners: Callable[[], int]


class Town:
    """The people, services and days that crowds fight over; every crowd has a day of its own."""

    def __init__(self, size: int):
        call_command("migrate", verbosity=0)
        call_command("createcachetable", verbosity=0)
        call_command("sync_roles", verbosity=0)
        self.size, self.zone = size, Business.objects.current().zone
        self.staff = [self._hire(number) for number in range(5)]
        self.service = Service.objects.create(name="Massage", minutes=60, notice=0, horizon=365, step=10)
        self.on_request = Service.objects.create(
            name="Consultation", minutes=60, notice=0, horizon=365, step=10, needs_approval=True
        )
        self.contacts = self._invite(size)
        client = Client()
        client.force_login(self.staff[0], backend="accounts.backends.RoleBackend")
        self.signed_in = {
            "Cookie": f"sessionid={client.cookies['sessionid'].value}; csrftoken={CSRF}",
            "X-CSRFToken": CSRF,
        }
        self._days = itertools.count(30)

    def _hire(self, number: int) -> User:
        user = create_user(
            email=f"bench{number}@careops.example", name=f"Bench {number}", role=STAFF, password=None, by=None
        )
        WorkingHours.objects.bulk_create(
            WorkingHours(staff=user, weekday=weekday, start=0, end=24 * 60) for weekday in range(7)
        )
        return user

    def _invite(self, size: int) -> list[Contact]:
        contacts = Contact.objects.bulk_create(
            Contact(name=f"Guest {number}", email=f"guest{number}@client.example") for number in range(size)
        )
        Conversation.objects.bulk_create(Conversation(contact=contact) for contact in contacts)
        return contacts

    def morning(self) -> datetime.datetime:
        """Nine o'clock of a day that no other crowd knows."""
        day = timezone.localdate(timezone=self.zone) + datetime.timedelta(days=next(self._days))
        return datetime.datetime.combine(day, datetime.time(9), self.zone)

    def booking(self, starts_at: datetime.datetime, *, contact: int = 0, staff: int = 0, **values) -> Booking:
        return services.create_booking(
            contact=self.contacts[contact],
            starts_at=starts_at,
            by=None,
            now=timezone.now(),
            **{"service": self.service, "staff": self.staff[staff], **values},
        )

    def book(self, contact: int, starts_at: datetime.datetime, *, staff: int = 0) -> Post:
        fields = {
            "contact": self.contacts[contact].pk,
            "service": self.service.pk,
            "staff": self.staff[staff].pk,
            "starts_at": f"{starts_at:{LOCAL_MINUTE}}",
            "notes": "",
            "tell": "on",
        }
        return Post("/bookings/new/", fields, self.signed_in)

    def move(self, booking: Booking, starts_at: datetime.datetime, *, staff: int = 0) -> Post:
        fields = {
            "service": booking.service_id,
            "staff": self.staff[staff].pk,
            "starts_at": f"{starts_at:{LOCAL_MINUTE}}",
            "notes": "",
            "notes_for_customer": "",
            "version": booking.version,
            "tell": "on",
        }
        return Post(f"/bookings/{booking.pk}/edit/", fields, self.signed_in)

    def press(self, booking: Booking, button: str) -> Post:
        return Post(f"/bookings/{booking.pk}/{button}/", {"tell": "on"}, self.signed_in)


def held_between(first: datetime.datetime, last: datetime.datetime) -> Callable[[], int]:
    return lambda: Booking.objects.holding_time().starting_between(first, last).count()


def same_slot(town: Town) -> Crowd:
    at = town.morning()
    posts = [town.book(guest, at) for guest in range(town.size)]
    return Crowd("same slot", posts, range(1, 2), held_between(at, at + HOUR))


def staggered(minutes: int) -> Callable[[Town], Crowd]:
    def crowd(town: Town) -> Crowd:
        at, step = town.morning(), datetime.timedelta(minutes=minutes)
        posts = [town.book(guest, at + (guest % 12) * step) for guest in range(town.size)]
        span = 11 * step + HOUR  # as many hours as fit, and not fewer than a clumsy order leaves
        return Crowd(
            f"staggered by {minutes} minutes",
            posts,
            range((span // HOUR + 1) // 2, span // HOUR + 1),
            held_between(at, at + span),
        )

    return crowd


def confirm(town: Town) -> Crowd:
    """A request is confirmed many times while others want its time."""
    at = town.morning()
    request = town.booking(at, service=town.on_request, source=Booking.Source.ONLINE)
    posts = [town.press(request, "confirm") for _ in range(town.size // 4)]
    posts += [town.book(guest, at) for guest in range(len(posts), town.size)]
    return Crowd("confirm", posts, range(1, 2), held_between(at, at + HOUR))


def restore(town: Town) -> Crowd:
    """What was called off is restored while others want its time."""
    at = town.morning()
    booking = town.booking(at)
    services.cancel_booking(booking=booking, tell=False, by=town.staff[0], now=timezone.now())
    posts = [town.press(booking, "reopen") for _ in range(town.size // 4)]
    posts += [town.book(guest, at) for guest in range(len(posts), town.size)]
    return Crowd("restore", posts, range(1, 2), held_between(at, at + HOUR))


def reschedule(town: Town) -> Crowd:
    """Many visits of one person want the same other time."""
    at = town.morning()
    later = [at + (2 + number) * HOUR for number in range(town.size // 4)]
    moving = [town.booking(start, contact=number) for number, start in enumerate(later)]
    posts = [town.move(booking, at) for booking in moving]
    posts += [town.book(guest, at) for guest in range(len(posts), town.size)]
    for _ in range(len(later) // 24 + 1):
        town.morning()
    return Crowd("reschedule", posts, range(1, 2), held_between(at, at + HOUR))


def change_of_person(town: Town) -> Crowd:
    """Visits of the same time with different people all want the same one."""
    at = town.morning()
    moving = [town.booking(at, contact=number, staff=number) for number in range(1, 5)]
    posts = [town.move(booking, at) for booking in moving for _ in range(town.size // 8)]
    posts += [town.book(guest, at) for guest in range(len(posts), town.size)]
    first = town.staff[0]
    return Crowd(
        "change of person",
        posts,
        range(1, 2),
        lambda: Booking.objects.holding_time().filter(staff=first, starts_at=at).count(),
    )


CROWDS = [
    same_slot,
    staggered(10),
    staggered(20),
    confirm,
    restore,
    reschedule,
    change_of_person,
]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", type=int, default=200, help="of each crowd")
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    town, broken = Town(options.size), []
    print("| crowd | winners | refused | overlaps | deadlocks | from 500 on | slowest answer, s |")
    print("| --- | --- | --- | --- | --- | --- | --- |", flush=True)
    with server("careops.wsgi:application") as port:
        for make_crowd, _ in itertools.product(CROWDS, range(options.repeats)):
            broken += run(make_crowd(town), port, size=options.size)
    with unprotected(), server("bench.unprotected:application") as port:
        crowd = same_slot(town)
        post_together(crowd.posts, port)
        print(f"\nWithout lock and constraint: {crowd.count_winners()} bookings of one slot.")
        if crowd.count_winners() < 2:
            broken.append("the positive control: the crowd was too thin")
    print("Broken: " + "; ".join(broken) if broken else "One winner for each slot.")
    return bool(broken)


def run(crowd: Crowd, port: int, *, size: int) -> list[str]:
    """Let a crowd loose, print what came of it, and return what is wrong with that."""
    overlapping, deadlocked = ask(OVERLAPS), ask(DEADLOCKS)
    statuses, slowest = post_together(crowd.posts, port)
    winners, overlaps = crowd.count_winners(), ask(OVERLAPS) - overlapping
    time.sleep(1.1)  # PostgreSQL counts deadlocks once a second
    deadlocks = ask(DEADLOCKS) - deadlocked
    errors = sum(count for status, count in statuses.items() if status >= 500)
    print(
        f"| {crowd.name} | {winners} | {statuses[409]} | {overlaps} | {deadlocks} | {errors} | {slowest:.1f} |",
        flush=True,
    )
    found = {"overlaps": overlaps, "deadlocks": deadlocks, "answers from 500 on": errors}
    found["a wrong number of winners"] = winners not in crowd.winners
    found["answers nobody expects"] = sum(statuses.values()) - statuses[302] - statuses[409] - errors
    return [f"{crowd.name}: {words}" for words, count in found.items() if count]


def post_together(posts: list[Post], port: int) -> tuple[Counter[int], float]:
    """Send every request at the same moment; the answers by status, and the seconds of the slowest."""
    together, statuses, slowest = threading.Barrier(len(posts)), Counter(), []

    def post(number: int, line: http.client.HTTPConnection) -> None:
        path, fields, headers = posts[number]
        headers = headers | {
            "Content-Type": "application/x-www-form-urlencoded",
            "X-Forwarded-For": f"10.0.{number // 250}.{number % 250}",
        }
        together.wait()
        began = time.monotonic()
        try:
            line.request("POST", path, urlencode(fields), headers)
            statuses[line.getresponse().status] += 1
        except (OSError, http.client.HTTPException):
            statuses[NO_ANSWER] += 1
        slowest.append(time.monotonic() - began)
        line.close()

    lines = [http.client.HTTPConnection("127.0.0.1", port, timeout=120) for _ in posts]
    for line in lines:
        line.connect()
    threads = [threading.Thread(target=post, args=pair) for pair in enumerate(lines)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return statuses, max(slowest, default=0)


def ask(query: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(query, {"holds": [str(status) for status in Booking.HOLDS_TIME]})
        return cursor.fetchone()[0]


@contextlib.contextmanager
def unprotected() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE bookings_booking DROP CONSTRAINT one_visit_at_a_time")
    yield


@contextlib.contextmanager
def server(application: str) -> Iterator[int]:
    """gunicorn as in production; its port."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", "python:careops.gunicorn_conf", "--max-requests", "0"]
    command += ["--log-level", "error", application]
    process = subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PORT": str(port)})
    try:
        for _ in range(100):
            with socket.socket() as client:
                if client.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        else:
            sys.exit("The server does not answer.")
        yield port
    finally:
        process.terminate()
        process.wait()


if __name__ == "__main__":
    sys.exit(main())
