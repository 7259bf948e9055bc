"""Who crowds at which slots in `bench/crowds.py`. Imported, it sets up Django on a database of its own."""

import datetime
import itertools
import os
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode

import django
from servers import environment, on_the_server, url_of
from tokens import new_once, opened, time_of_visit

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
OWN_DATABASE = f"crowds_{os.getpid()}"
on_the_server(f"CREATE DATABASE {OWN_DATABASE}")
OWN_URL = url_of(OWN_DATABASE)
os.environ |= environment(OWN_URL)
django.setup()

# Everything below needs the settings above.

from django.apps import apps  # noqa: E402
from django.contrib.auth import get_user_model  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Business  # noqa: E402
from accounts.roles import STAFF  # noqa: E402
from accounts.services import create_user  # noqa: E402

User = get_user_model()
Booking, Service = (apps.get_model("bookings", name) for name in ("Booking", "Service"))
Contact, Conversation = apps.get_model("contacts", "Contact"), apps.get_model("messaging", "Conversation")
WorkingHours = apps.get_model("bookings", "WorkingHours")
CSRF = "c" * 32
HOUR = datetime.timedelta(hours=1)
LOCAL_MINUTE = "%Y-%m-%dT%H:%M"


class Post(NamedTuple):
    """One request of a crowd."""

    path: str
    fields: dict
    headers: dict[str, str]


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
        self._opened = opened(timezone.now() - HOUR)

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
        """One that is there already, with nothing that follows from it."""
        visit = {"service": self.service, "starts_at": starts_at, "ends_at": starts_at + HOUR}
        who = {"contact": self.contacts[contact], "staff": self.staff[staff]}
        return Booking.objects.create(**visit | who | values)

    def book(self, contact: int, starts_at: datetime.datetime, *, staff: int = 0) -> Post:
        fields = {
            "contact": self.contacts[contact].pk,
            "service": self.service.pk,
            "staff": self.staff[staff].pk,
            "starts_at": f"{starts_at:{LOCAL_MINUTE}}",
            "notes": "",
            "tell": "on",
            "once": new_once(),
        }
        return Post("/bookings/new/", fields, self.signed_in)

    def book_online(self, contact: int, starts_at: datetime.datetime, *, staff: int | None = None) -> Post:
        """As a customer, with ``staff`` None: anybody."""
        query = {"at": time_of_visit(starts_at, service=self.service.pk)}
        query |= {"staff": "any" if staff is None else self.staff[staff].pk}
        guest = self.contacts[contact]
        fields = {
            "name": guest.name,
            "email": guest.email,
            "note": "",
            "website": "",
            "opened": self._opened,
            "once": new_once(),
        }
        path = f"/book/{self.service.pk}/details/?{urlencode(query)}"
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
