"""The calendar in a real browser: what it takes to see to a visit with the mouse and the keys, and what axe says."""

import datetime
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Business, User
from accounts.roles import STAFF
from accounts.tests.factories import UserFactory
from bookings.models import Booking
from bookings.tests.factories import BookedFactory, ServiceFactory, work_always
from careops.tests import live
from contacts.tests.factories import ContactFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        live.CHROMIUM is None, reason="no Chromium is installed: the browser tests did not run"
    ),
]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}
MINUTE = datetime.timedelta(minutes=1)
Status = Booking.Status


class Receptionist:
    """Somebody at the front desk, who is signed in and has the calendar before them."""

    def __init__(self, browser, address, **context):
        context = browser.new_context(**{"viewport": DESK, "reduced_motion": "reduce"} | context)
        context.add_cookies([live.session_of(User.objects.get(email="sara@careops.example"), address)])
        self.page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.address, self.errors = address, []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.goto(f"{address}/bookings/calendar/")

    def press(self, keys):
        self.page.wait_for_load_state()  # what listens to keys comes last
        for key in keys:
            self.page.keyboard.press(key)

    def card(self, name):
        return self.page.locator(".visit", has_text=name)


@pytest.fixture
def visits():
    """Around now: Ada is due, Ben is late, Cleo is at her end of the day, Dora asks whether she may come tomorrow."""
    Business.objects.current()
    # It is always about noon there, so that no midnight comes between.
    Business.objects.update(time_zone=f"Etc/GMT{timezone.now().hour - 12:+d}")
    UserFactory(name="Sara Staff", email="sara@careops.example", role=STAFF)
    maria, noor = UserFactory(name="Maria Lopez"), UserFactory(name="Noor Nkemelu-Featherstonehaugh")
    work_always(maria, noor)
    massage = ServiceFactory(name="Massage", minutes=30, buffer_after=10)
    now = timezone.now().replace(second=0, microsecond=0)
    people = {"Ada Lovelace": (maria, -2), "Ben " + "Bartholomew" * 6: (noor, -14)}
    for name, (staff, minutes) in people.items():
        contact = ContactFactory(name=name, phone="020 7946 0000")
        starts_at = now + minutes * MINUTE
        BookedFactory(
            contact=contact,
            staff=staff,
            service=massage,
            starts_at=starts_at,
            notes="Bad knee",
            now=now - 60 * MINUTE,
        )
    request = BookedFactory(
        contact=ContactFactory(name="Dora"),
        staff=maria,
        service=massage,
        starts_at=now + 2000 * MINUTE,
        now=now,
    )
    Booking.objects.filter(pk=request.pk).update(
        status=Status.REQUESTED, request_expires_at=now + 600 * MINUTE
    )


def status_of(name):
    return Booking.objects.get(contact__name__startswith=name).status


@pytest.mark.usefixtures("visits")
def test_the_front_desk_sees_to_its_visits(browser, address):
    sara = Receptionist(browser, address)

    # With the mouse: one click says that Ada is here, and one more that it was not her.
    sara.card("Ada").get_by_role("button", name="Arrived").click()
    expect(sara.card("Ada")).to_contain_text("Here 0 min")
    assert status_of("Ada") == Status.ARRIVED
    sara.page.locator(".flash").get_by_role("button", name="Undo").click()
    expect(sara.card("Ada")).to_contain_text("Confirmed")
    assert status_of("Ada") == Status.CONFIRMED

    # With the keys: from visit to visit, open, arrived, complete.
    sara.press("jj")
    expect(sara.card("Ada").get_by_role("link")).to_be_focused()
    sara.press("k")
    expect(sara.card("Ben").get_by_role("link")).to_be_focused()
    sara.press("j")
    sara.press(["Enter"])
    panel = sara.page.get_by_role("complementary", name="Chosen visit")
    expect(panel).to_contain_text("Bad knee")
    sara.press("a")
    expect(panel).to_contain_text("Arrived")
    sara.press("c")
    expect(panel).to_contain_text("Completed")
    assert status_of("Ada") == Status.COMPLETED
    sara.press(["Escape"])
    expect(panel).to_have_count(0)

    # Who did not come, in two clicks; and the request, in one.
    sara.card("Ben").get_by_role("link").click()
    expect(panel).to_contain_text("Ben")
    sara.press("x")
    expect(sara.card("Ben")).to_contain_text("No-show")
    sara.page.get_by_role("button", name="Confirm: Dora").click()
    expect(sara.page.get_by_role("button", name="Confirm: Dora")).to_have_count(0)
    assert (status_of("Ben"), status_of("Dora")) == (Status.NO_SHOW, Status.CONFIRMED)

    # Away and back, another day, and a free time that fills in the form.
    sara.press("gp")
    sara.page.wait_for_url(re.compile("/contacts/"))
    sara.press("gd")
    sara.page.wait_for_url(re.compile("/bookings/calendar/"))
    sara.press("]")
    expect(sara.page.get_by_role("heading", level=1)).not_to_contain_text("Today")
    cell = sara.page.locator(".cell").first
    starts_at = cell.get_attribute("href").partition("starts_at=")[2]
    cell.click()
    sara.page.wait_for_url(re.compile(f"/bookings/new/.*starts_at={starts_at}"))
    assert sara.errors == []


@pytest.mark.usefixtures("visits")
def test_the_calendar_is_for_everybody(browser, address):
    sara = Receptionist(browser, address)

    # axe looks at the day with a visit in the panel, at the other views, and at the paper; on a phone in the dark.
    pk = Booking.objects.get(contact__name="Ada Lovelace").pk
    phone, found = Receptionist(browser, address, viewport=PHONE, color_scheme="dark"), {}
    screens = [f"?visit={pk}", "?view=week", "?view=agenda"]
    for name, person, paths in [("desk", sara, [*screens, "sheet/"]), ("phone", phone, ["", *screens])]:
        for path in paths:
            person.page.goto(f"{address}/bookings/calendar/{path}")
            found[f"{name} {path}"] = live.faults(person.page)
    assert {path: problems for path, problems in found.items() if problems} == {}

    # On a phone the day is a list by time, and there is one tap to say who is here.
    phone.page.goto(f"{address}/bookings/calendar/")
    tops = [card.bounding_box()["y"] for card in phone.page.locator(".visit").all()]
    assert tops == sorted(tops)
    phone.card("Ada").get_by_role("button", name="Arrived").click()
    expect(phone.card("Ada")).to_contain_text("Here 0 min")
    assert sara.errors == phone.errors == []


@pytest.mark.usefixtures("visits")
def test_the_calendar_works_without_scripts(browser, address):
    page = Receptionist(browser, address, java_script_enabled=False).page

    page.locator(".visit", has_text="Ada").get_by_role("link").click()
    page.get_by_role("complementary", name="Chosen visit").get_by_role("button", name="Arrived").click()

    expect(page.locator(".visit", has_text="Ada")).to_contain_text("Here 0 min")
    assert status_of("Ada") == Status.ARRIVED
