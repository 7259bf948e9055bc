"""Who a new booking is for: somebody known, found as somebody types, or somebody new."""

import datetime
import html

import pytest
import time_machine
from django.contrib.auth.models import Permission

from accounts.models import AuditEntry, Business
from accounts.tests.factories import UserFactory
from bookings.models import Booking
from bookings.tests.factories import ServiceFactory
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from messaging.models import Message

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.UTC)
START = datetime.datetime(2026, 11, 26, 14, 30, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def _noon(db):
    Business.objects.current()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def contact():
    return ContactFactory(name="Ada Lovelace", email="ada@client.example")


def words(response) -> str:
    """What a page says, with entities resolved."""
    return html.unescape(response.content.decode())


def rows():
    done = AuditEntry.objects.exclude(action="user.refused")
    return [
        [*rows.order_by("pk").values()] for rows in (Booking.objects, Contact.objects, Message.objects, done)
    ]


def visit(**values):
    """What is typed about anything but the person."""
    return {
        "service": ServiceFactory().pk,
        "staff": UserFactory().pk,
        "starts_at": "2026-11-26T14:30",
        **values,
    }


def new(**values):
    return visit(contact="new", name="Zoe Smith", phone="020 7946 0123", email="", **values)


def test_new_booking_asks_who_it_is_for_and_keeps_what_the_diary_knows(as_staff, staff, contact):
    page = words(as_staff.get(f"/bookings/new/?staff={staff.pk}&starts_at=2026-11-26T14:30"))

    assert "Find a person by name, email or phone" in page
    assert f'name="pick" value="{contact.pk}"' in page
    assert f'<option value="{staff.pk}" selected>' in page
    assert 'value="2026-11-26T14:30"' in page


def test_people_are_found_without_scripts_and_nothing_typed_is_lost(as_staff, contact):
    ContactFactory(name="Love Ada")
    ContactFactory(name="Bob Ross")

    page = words(as_staff.post("/bookings/new/", visit(q="love", notes="Knee", find="yes")))

    assert f'name="pick" value="{contact.pk}"' in page
    assert "Bob Ross" not in page
    assert "Knee" in page
    assert 'value="2026-11-26T14:30"' in page


def test_the_only_one_who_is_found_is_picked(as_staff, contact):
    ContactFactory(name="Bob Ross")

    page = as_staff.post("/bookings/new/", visit(q="lovel", find="yes"))

    assert page.context["contact"] == contact


def test_a_keystroke_is_answered_with_the_matches_alone(as_staff, contact):
    response = as_staff.get("/bookings/new/?q=lovel", headers={"HX-Request": "true"})

    assert f'name="pick" value="{contact.pk}"' in words(response)
    assert "New: “lovel”" in words(response)
    assert "<html" not in words(response)
    assert "HX-Request" in response.headers["Vary"]


@pytest.mark.parametrize("rows", [1, 12])
def test_finding_people_costs_four_queries_however_many_match(rows, as_staff, django_assert_num_queries):
    ContactFactory.create_batch(rows, name="Ada")

    with django_assert_num_queries(4):
        as_staff.get("/bookings/new/?q=ada", headers={"HX-Request": "true"})


@pytest.mark.parametrize("text", ["zzz", "a\0b", "x" * 500, "  "])
def test_a_search_for_nonsense_is_answered(text, as_staff):
    response = as_staff.post("/bookings/new/", visit(q=text, find="yes"))

    assert response.status_code == 200
    assert "New" in words(response)


def test_whoever_is_picked_stands_there_and_nothing_typed_is_lost(as_staff, contact):
    values = visit(pick=contact.pk, notes="Knee")
    before = rows()

    page = as_staff.post("/bookings/new/", values)

    assert page.status_code == 200
    assert f'name="contact" value="{contact.pk}"' in words(page)
    assert "Knee" in words(page)
    assert "Confirmation now, by email to ada@client.example." in words(page)
    assert rows() == before


@pytest.mark.parametrize("key", ["abc", "-1", "0", "999999", "9" * 30, "1.5"])
def test_a_booking_for_nobody_is_not_found(key, as_staff):
    assert as_staff.get(f"/bookings/new/?contact={key}").status_code == 404
    assert as_staff.post("/bookings/new/", visit(contact=key)).status_code == 404
    assert as_staff.post("/bookings/new/", visit(pick=key)).status_code == 404


@pytest.mark.parametrize("missing", [{}, {"service": ""}, {"starts_at": "", "staff": ""}])
def test_a_booking_without_a_person_says_so_whatever_else_is_missing(missing, as_staff):
    values = visit(contact="", **missing)
    before = rows()

    response = as_staff.post("/bookings/new/", values)

    assert response.status_code == 200
    assert "Say who it is for." in words(response)
    assert rows() == before


@pytest.mark.parametrize(
    ("text", "field"), [("Zoe Smith", "name"), ("0123 456", "phone"), ("zoe@client.example", "email")]
)
def test_somebody_new_begins_with_what_was_searched_for(text, field, as_staff):
    page = as_staff.post("/bookings/new/", visit(q=text, pick="new"))

    assert page.context["caller"][field].value() == text
    assert page.context["caller"].errors == {}


def test_somebody_new_is_added_and_booked_in_one_go(as_staff, staff):
    response = as_staff.post("/bookings/new/", new(notes="First time"))

    booking = Booking.objects.get()
    assert response.url == booking.get_absolute_url()
    assert (booking.contact.name, booking.contact.phone) == ("Zoe Smith", "020 7946 0123")
    assert booking.contact.source == Contact.Source.BOOKING
    assert booking.notes == "First time"
    welcome = Message.objects.get(rule="welcome")
    assert (welcome.status, welcome.reason_code) == ("skipped", "duplicate")


def test_what_follows_for_somebody_new_is_foretold(as_staff):
    values = new(look="yes") | {"email": "zoe@client.example"}
    before = rows()

    page = words(as_staff.post("/bookings/new/", values, headers={"HX-Request": "true"}))

    assert "Zoe Smith is added to the contacts, without a welcome." in page
    assert "Confirmation now, by email to zoe@client.example." in page
    assert rows() == before


@pytest.mark.parametrize(
    "values", [{"phone": ""}, {"name": ""}, {"email": "zoe"}, {"phone": "call me"}, {"name": "x" * 500}]
)
def test_somebody_new_who_lacks_something_is_not_added(values, as_staff):
    values = new() | values
    before = rows()

    response = as_staff.post("/bookings/new/", values)

    assert response.status_code == 200
    assert response.context["caller"].errors
    assert rows() == before


def test_somebody_new_on_a_taken_slot_is_not_added_either(as_staff, contact):
    values = new()
    as_staff.post("/bookings/new/", values | {"contact": contact.pk})
    before = rows()

    response = as_staff.post("/bookings/new/", values)

    assert response.status_code == 409
    assert "is busy then" in words(response)
    assert 'value="Zoe Smith"' in words(response)
    assert rows() == before


def test_somebody_new_who_shares_an_address_is_hinted_at_once_and_never_blocked(as_staff):
    twin = ContactFactory(name="Zed Smith", phone="+44 20 7946 0123")
    values = new()

    hinted = as_staff.post("/bookings/new/", values)
    booked = as_staff.post("/bookings/new/", values | {"seen": twin.pk})

    assert hinted.status_code == 409
    assert "Use Zed Smith" in words(hinted)
    assert booked.status_code == 302
    assert Booking.objects.get().contact.name == "Zoe Smith"


def test_a_hint_comes_while_the_number_is_typed(as_staff):
    ContactFactory(name="Zed Smith", phone="+44 20 7946 0123")

    page = words(as_staff.post("/bookings/new/", new(look="yes"), headers={"HX-Request": "true"}))

    assert "Use Zed Smith" in page
    assert 'hx-swap-oob="true"' in page


def test_somebody_new_sent_twice_is_added_and_booked_once(as_staff):
    token = as_staff.get("/bookings/new/").context["form"]["once"].value()
    values = new(once=token)

    answers = [as_staff.post("/bookings/new/", values) for _ in range(2)]

    assert {answer.url for answer in answers} == {Booking.objects.get().get_absolute_url()}
    assert Contact.objects.count() == 1


@pytest.fixture
def stranger(client):
    """Somebody who books, and adds people, but may not look into the address book."""
    person = UserFactory()
    person.groups.clear()
    codenames = ["add_booking", "add_contact", "view_service"]
    person.user_permissions.set(Permission.objects.filter(codename__in=codenames))
    client.force_login(person)
    return client


def test_who_may_not_see_contacts_finds_none(stranger, contact):
    page = words(stranger.get("/bookings/new/"))
    twins = words(stranger.post("/bookings/new/", new() | {"email": contact.email, "look": "yes"}))

    assert "Somebody new" in words(stranger.get("/bookings/new/?pick=new"))
    assert 'aria-controls="matches"' not in page
    assert "There are no contacts yet" not in page
    assert contact.name not in page + twins


@pytest.mark.parametrize("asked", ["q=ada", "find=yes&q=ada", "contact={}", "pick={}"])
def test_who_may_not_see_contacts_asks_for_one_in_vain(stranger, contact, asked):
    before = rows()

    for headers in ({}, {"HX-Request": "true"}):
        assert stranger.get(f"/bookings/new/?{asked.format(contact.pk)}", headers=headers).status_code == 403
    assert stranger.post("/bookings/new/", visit(contact=contact.pk)).status_code == 403

    assert rows() == before
