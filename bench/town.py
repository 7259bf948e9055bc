"""Who crowds at which slots in `bench/crowds.py`. Imported, it sets up Django on a database of its own."""

import datetime
import itertools
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

import django
import psycopg

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ |= {
    "DJANGO_SETTINGS_MODULE": "careops.settings",
    "DEBUG": "off",
    "SECRET_KEY": "bench" * 12,
    "LOG_LEVEL": "CRITICAL",
    "TRUSTED_PROXY_COUNT": "1",  # every request has an address of its own, as if it came from somebody else
}
SERVER, OWN_DATABASE = os.environ["DATABASE_URL"], f"crowds_{os.getpid()}"


def on_the_server(statement: str) -> None:
    with psycopg.connect(SERVER, autocommit=True) as server:
        server.execute(statement)


on_the_server(f"CREATE DATABASE {OWN_DATABASE}")
os.environ["DATABASE_URL"] = urlunsplit(urlsplit(SERVER)._replace(path=f"/{OWN_DATABASE}"))
django.setup()


# Everything below needs the settings above.

from careops.once import new_token  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Business, User  # noqa: E402
from accounts.roles import STAFF  # noqa: E402
from accounts.services import create_user  # noqa: E402
from bookings import public_times, services  # noqa: E402
from bookings.models import Booking, Service, WorkingHours  # noqa: E402
from careops import bots  # noqa: E402
from contacts.models import Contact  # noqa: E402
from messaging.models import Conversation  # noqa: E402

CSRF = "c" * 32
HOUR = datetime.timedelta(hours=1)
LOCAL_MINUTE = "%Y-%m-%dT%H:%M"


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
        self._opened = bots.opened(timezone.now() - HOUR)

    def _hire(self, number: int) -> User:
        user = create_user(
            email=f"bench{number}@careops.example", name=f"Bench {number}", role=STAFF, password=None, by=None
        )
        WorkingHours.objects.bulk_create(
            WorkingHours(staff=user, weekday=weekday, start=8 * 60, end=20 * 60) for weekday in range(7)
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

    def book_online(self, contact: int, starts_at: datetime.datetime, *, staff: int | None = None) -> Post:
        """As a customer, with ``staff`` None: anybody."""
        query = {"at": public_times.key_of(starts_at, self.service)}
        query |= {"staff": "any" if staff is None else self.staff[staff].pk}
        guest = self.contacts[contact]
        fields = {
            "name": guest.name,
            "email": guest.email,
            "note": "",
            "website": "",
            "opened": self._opened,
            "once": new_token(),
        }
        path = f"{reverse('book_details', args=[self.service.pk])}?{urlencode(query)}"
        return Post(path, fields, self.signed_in)

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


def anybody(town: Town) -> Crowd:
    """Customers who do not mind with whom want the same time: as many get it as there are people."""
    at = town.morning()
    posts = [town.book_online(guest, at) for guest in range(town.size)]
    return Crowd("anybody", posts, range(5, 6), held_between(at, at + HOUR))


def public_and_staff(town: Town) -> Crowd:
    """Customers and the front desk want the same slot."""
    at = town.morning()
    posts = [
        town.book(guest, at) if guest % 2 else town.book_online(guest, at, staff=0)
        for guest in range(town.size)
    ]
    return Crowd("public and staff", posts, range(1, 2), held_between(at, at + HOUR))


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
    anybody,
    public_and_staff,
]
