"""What a click costs the database, statement by statement; neither more forms nor more reminders cost more of them."""

import datetime
import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business
from bookings.models import Booking
from bookings.tests.acts import service_with_materials
from bookings.tests.factories import ServiceFactory
from bookings.tests.intake_desk import make_form
from careops.core.once import new_token
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from inventory.tests.factories import ItemFactory
from messaging.models import Message, Rule
from messaging.running import heartbeat, wake
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

HOUR = datetime.timedelta(hours=1)
HELD = re.compile(r"'(\w+)")
TABLE = re.compile(r'(?:FROM|INTO|UPDATE) "?(\w+)"?')
WHOLE = {"person.*,": "read person", "business.*,": "read frame"}
# Of every page: who is signed in, what they may do, the business and what waits for somebody.
PAGE = ["read session", "read person", "read frame"]
# What the form names: the service, the person, the contact.
FORM = ["read service", "read user", "read contact"]
# Whose time and which contact nobody else decides about; twins, whatever is around that time, and all about the hours
# of that day at once.
LOCKED = ["lock user", "lock contact"]
CLAIMED = ["read booking", "read booking", "read workinghours", "{} booking"]
# Every form at once: its newest words, the lock, what was asked for before, what was answered before, the requests.
FORMS_ASKED = [
    "read intakeversion",
    "hold intake",
    "lock intakerequest",
    "read intakesubmission",
    "add intakerequest",
]
# The requests follow the visit, all at once.
FORMS_FOLLOW = ["read intakeform", "hold intake", "lock intakerequest", "change intakerequest"]
# The contact's conversation, the business with its rules, consent, all messages at once; the inbox shows the newest.
SAID = ["lock conversation", "read business", "read address", "add message"]
RETRACTED = ["lock conversation", "read message", "change message", *SAID[1:]]
SHOWN = ["change conversation"]
WOKEN = ["read workerbeat"]  # whether the worker is awake already, and lives


def in_words(sql: str) -> str:
    """Such as "read booking", "lock user" or "hold intake", which is a lock of no row."""
    words = sql.split()
    verb = {"SELECT": "read", "INSERT": "add", "UPDATE": "change", "DELETE": "delete"}.get(words[0])
    if verb is None:
        return {"SAVEPOINT": "begin", "RELEASE": "commit"}.get(words[0], words[0].lower())
    if "advisory" in sql:
        return f"hold {HELD.search(sql)[1]}"
    if whole := WHOLE.get(words[1]):
        return whole
    table = TABLE.search(sql)[1].rpartition("_")[2]
    return (
        f"lock {table}"
        if sql.endswith("FOR NO KEY UPDATE") or "FOR NO KEY UPDATE OF" in sql
        else f"{verb} {table}"
    )


@pytest.fixture
def cost(django_capture_on_commit_callbacks):
    """Post something as the worker lives and has been woken, and return the statements in words."""
    Business.objects.current()
    heartbeat.beat(now=timezone.now())
    wake.wake_now()

    def statements_of(client, url, data) -> list[str]:
        with CaptureQueriesContext(connection) as captured, django_capture_on_commit_callbacks(execute=True):
            response = client.post(url, data)
        assert response.status_code == 302, response.content.decode()
        return [in_words(query["sql"]) for query in captured.captured_queries]

    return statements_of


@pytest.fixture
def start():
    return timezone.now().replace(minute=0, second=0, microsecond=0) + datetime.timedelta(days=5)


def visit(contact, service, staff, at, **more) -> dict:
    return {
        "contact": contact.pk,
        "service": service.pk,
        "staff": staff.pk,
        "starts_at": f"{timezone.localtime(at, Business.objects.current().zone):%Y-%m-%dT%H:%M}",
        "notes": "",
        "tell": "on",
        **more,
    }


def book(cost, client, *args) -> list[str]:
    return cost(client, reverse("bookings:create"), visit(*args, once=new_token()))


def claimed(verb: str) -> list[str]:
    return [words.format(verb) for words in CLAIMED]


def with_forms(number: int):
    service = ServiceFactory(name=f"With {number} forms")
    for form in range(number):
        make_form(service=service, name=f"Form {form} of {number}")
    return service


@pytest.fixture
def ada():
    """Somebody who is a client already."""
    contact = ContactFactory(name="Ada")
    Contact.objects.update(stage=Contact.Stage.BOOKED)
    return contact


def test_a_booking_without_forms(cost, as_staff, staff, start):
    added = [
        "add auditentry",
        "read servicematerial",
        "change contact",
    ]  # what the service needs; now they are a client

    assert book(cost, as_staff, ContactFactory(), ServiceFactory(), staff, start) == [
        *[*PAGE, *FORM, "begin", *LOCKED, *claimed("add"), *added],
        *[*SAID, *SHOWN, "commit", *WOKEN],
    ]


@pytest.mark.parametrize("number", [1, 3])
def test_a_booking_with_forms_costs_the_same_however_many_there_are(
    cost, as_staff, staff, ada, start, number
):
    assert book(cost, as_staff, ada, with_forms(number), staff, start) == [
        *[*PAGE, *FORM, "begin", *LOCKED, *claimed("add"), "add auditentry", "read servicematerial"],
        *[*FORMS_ASKED, *SAID, *SHOWN, "commit", *WOKEN],
    ]


@pytest.mark.parametrize("leads", [[60], [60, 120, 180]])
def test_more_reminders_cost_no_more(cost, as_staff, staff, ada, start, leads):
    rule = Rule.standard_of(RuleCode.REMINDER)
    rule.leads = leads
    rule.save()

    assert len(book(cost, as_staff, ada, ServiceFactory(), staff, start)) == 22
    assert Message.objects.filter(rule=RuleCode.REMINDER).count() == len(leads)


def test_a_booking_that_uses_something_up(cost, as_staff, staff, ada, start):
    reserved = ["hold recipe", "read servicematerial", "read reservation", "lock item"]

    assert book(cost, as_staff, ada, service_with_materials(), staff, start) == [
        *[*PAGE, *FORM, "begin", *LOCKED, *claimed("add"), "add auditentry", "read servicematerial"],
        *[*SAID, *SHOWN, *reserved, "add reservation", "change item", "commit", *WOKEN],
    ]


@pytest.mark.parametrize(("forms", "follow"), [(0, FORMS_FOLLOW[:1]), (1, FORMS_FOLLOW), (3, FORMS_FOLLOW)])
def test_a_move(cost, as_staff, staff, ada, start, forms, follow):
    service = with_forms(forms)
    book(cost, as_staff, ada, service, staff, start)
    url = reverse("bookings:edit", args=[Booking.objects.get().pk])

    assert cost(as_staff, url, visit(ada, service, staff, start + HOUR, version=1)) == [
        *[*PAGE, "read booking", *FORM[:2], "begin", *LOCKED, "lock booking", *claimed("change"), *follow],
        *[*RETRACTED, *SHOWN, "read alert", "change reservation", "add auditentry", "commit", *WOKEN],
    ]


@pytest.mark.parametrize(("forms", "follow"), [(0, FORMS_FOLLOW[:1]), (1, FORMS_FOLLOW), (3, FORMS_FOLLOW)])
def test_a_cancellation(cost, as_staff, staff, ada, start, forms, follow):
    book(cost, as_staff, ada, with_forms(forms), staff, start)
    url = reverse("bookings:cancel", args=[Booking.objects.get().pk])

    assert cost(as_staff, url, {"tell": "on"}) == [
        *[*PAGE, "read booking", "begin", "lock booking", "change booking", "add auditentry", "read alert"],
        *[*follow, *RETRACTED, "read reservation", "commit"],
    ]


def test_a_completion(cost, as_staff, staff, ada, start):
    book(cost, as_staff, ada, service_with_materials(), staff, start)
    url = reverse("bookings:complete", args=[Booking.objects.get().pk])
    used = [
        "read reservation",
        "lock item",
        "read movement",
        "change reservation",
        "change item",
        "add movement",
    ]

    assert cost(as_staff, url, {"early": "on"}) == [
        *[*PAGE, "read booking", "read reservation", "read booking", "begin", *LOCKED, "lock booking"],
        *["read booking", "change booking", "add auditentry", "read alert"],
        *[*RETRACTED, *used, "change item", "commit"],
    ]


def test_a_new_contact(cost, as_staff):
    typed = {"name": "Bob", "email": "bob@client.example", "phone": "", "notes": "", "welcome": "on"}

    assert cost(as_staff, reverse("contacts:create"), typed | {"once": new_token()}) == [
        *[*PAGE, "read contact", "begin", "add contact", "add conversation", "add auditentry"],
        *["read business", "read address", "add message", *SHOWN, "commit"],
        *["read message", *WOKEN],  # whether a welcome is on its way
    ]


def test_a_reply(cost, as_staff, ada):
    typed = {"channel": "email", "body": "Hello", "once": new_token()}

    assert cost(as_staff, reverse("reply", args=[ada.pk]), typed) == [
        *[*PAGE, "read conversation", "begin", "lock conversation", "read address", "read message"],
        *["add message", "read automation", "change conversation", *SHOWN, "delete draft"],
        *["add auditentry", "commit", *WOKEN],
    ]


def test_stock_that_came(cost, as_admin):
    item = ItemFactory(on_hand=10)
    url = reverse("inventory:adjust", args=[item.pk])

    assert cost(as_admin, url, {"kind": "receive", "quantity": "3", "reason": ""}) == [
        *[
            *PAGE,
            "read item",
            "begin",
            "lock item",
            "change item",
            "add movement",
            "add auditentry",
            "commit",
        ],
    ]
