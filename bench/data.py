"""Makes an empty database one of CareOps, with everything of which a business has few, and signs somebody in.

Run by `run.py` as a process of its own: prints what the requests need to name, as JSON.
"""

import json
import os
import secrets
import sys
from pathlib import Path

import django
import rows

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careops.settings")
django.setup()

# Everything below needs the settings above.

from django.apps import apps  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY, get_user_model  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.roles import ADMIN  # noqa: E402
from accounts.services import create_user  # noqa: E402

ITEMS, LINES = 80, 25  # of the ledger of each
ON_HAND = 400
ALERTS = 8
OPEN, CLOSE = 8 * 60, 20 * 60  # minutes after midnight
SERVICES = [
    "Massage",
    "Physiotherapy",
    "Acupuncture",
    "Pilates",
    "Osteopathy",
    "Podiatry",
    "Check-up",
    "Taping",
]


def main() -> None:
    call_command("migrate", verbosity=0)
    call_command("createcachetable")
    call_command("sync_roles", stdout=sys.stderr)
    people = make_people()
    headers = {
        "bare": sign_in(people[0], "django.contrib.auth.backends.ModelBackend"),
        "careops": sign_in(people[0], "accounts.backends.RoleBackend"),
    }
    keys = {"people": people, "services": make_services(), "measured": make_service("Consultation").pk}
    print(json.dumps(keys | {"items": make_stock(), "headers": headers}))
    make_alerts()
    apps.get_model("messaging", "WorkerBeat").objects.create(pk=1, beat_at=timezone.now())


def make_people() -> list[int]:
    """Those who work here, every day and all alike, and after them those who once did."""
    user, hours = get_user_model(), apps.get_model("bookings", "WorkingHours")
    today = [
        create_user(
            email=f"person{n}@careops.example", name=f"Person {n}", role=ADMIN, password=None, by=None
        )
        for n in range(rows.TODAYS)
    ]
    hours.objects.bulk_create(
        hours(staff=person, weekday=weekday, start=OPEN, end=CLOSE)
        for person in today
        for weekday in range(7)
    )
    gone = user.objects.bulk_create(
        user(email=f"person{n}@careops.example", name=f"Person {n}", is_active=False)
        for n in range(rows.TODAYS, rows.PEOPLE)
    )
    return [person.pk for person in today + gone]


def make_services() -> list[int]:
    return [make_service(name).pk for name in SERVICES[: rows.SERVICES]]


def make_service(name: str):
    """A service of half an hour that customers can book until well after the last day on which anybody is booked."""
    terms = {"minutes": 30, "step": 30, "notice": 0, "horizon": 2 * rows.AFTER}
    return apps.get_model("bookings", "Service").objects.create(name=name, **terms)


def make_stock() -> list[int]:
    item, movement = apps.get_model("inventory", "Item"), apps.get_model("inventory", "Movement")
    items = item.objects.bulk_create(
        item(name=f"Item {n}", sku=f"SKU-{n}", on_hand=ON_HAND, threshold=ON_HAND + 1 if n % 10 == 0 else 50)
        for n in range(ITEMS)
    )
    movement.objects.bulk_create(
        movement(
            item=each, kind="receive", quantity=ON_HAND / LINES, balance_after=ON_HAND / LINES * (line + 1)
        )
        for each in items
        for line in range(LINES)
    )
    return [each.pk for each in items]


def make_alerts() -> None:
    alert = apps.get_model("alerts", "Alert")
    alert.objects.bulk_create(
        alert(kind="low_stock", source_key=f"item:{n}", title=f"Item {n} runs low", url="/inventory/")
        for n in range(ALERTS)
    )


def sign_in(user_pk: int, backend: str) -> dict[str, str]:
    """The headers of a browser that is signed in by ``backend``."""
    user = get_user_model().objects.get(pk=user_pk)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = backend
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    token = secrets.token_hex(16)
    return {"Cookie": f"sessionid={session.session_key}; csrftoken={token}", "X-CSRFToken": token}


if __name__ == "__main__":
    main()
