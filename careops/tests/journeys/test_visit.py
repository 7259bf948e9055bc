"""Customers at the page of their visit, in a real browser, with scripts and without."""

import datetime

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Business
from accounts.roles import STAFF
from accounts.tests.factories import UserFactory
from bookings.messages import links
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
PHONE, SMALL = {"width": 390, "height": 844}, {"width": 320, "height": 640}


class Customer:
    """Somebody with a phone, who opens links from messages and whose taps are counted."""

    def __init__(self, browser, address, *, scripts=False, viewport=PHONE, scheme="light"):
        context = browser.new_context(
            viewport=viewport, java_script_enabled=scripts, color_scheme=scheme, reduced_motion="reduce"
        )
        self.page, self.address, self.taps = context.new_page(), address, 0
        self.page.set_default_timeout(30_000)

    def follow(self, booking):
        self.page.goto(self.address + links.visit_path(booking))
        self.taps = 1

    def tap(self, role, name):
        self.page.get_by_role(role, name=name).first.click()
        self.page.wait_for_load_state()
        self.taps += 1


@pytest.fixture
def staff(db):
    Business.objects.update_or_create(pk=1, defaults={"name": "Riverside " * 8, "phone": "020 7946 0000"})
    sara = UserFactory(name="Sara Staff", email="sara@careops.example", role=STAFF)
    work_always(sara)
    return sara


def visits(staff, count):
    service = ServiceFactory(name="Massage " * 6)
    contact = ContactFactory(name="Ada Lovelace")
    days = timezone.now().replace(minute=0, second=0, microsecond=0)
    return [
        BookedFactory(
            staff=staff, service=service, contact=contact, starts_at=days + datetime.timedelta(days=3 + n)
        )
        for n in range(count)
    ]


def test_a_customer_sees_to_a_visit_without_scripts(browser, address, staff):
    first, second = visits(staff, 2)
    ada = Customer(browser, address)

    # From the message to a visit that is called off: two taps.
    ada.follow(first)
    ada.tap("button", "Call off my visit")
    expect(ada.page.get_by_role("heading", name="You called this visit off")).to_be_visible()
    assert ada.taps == 2
    assert Booking.objects.get(pk=first.pk).cancel_cause == Booking.Cause.CUSTOMER

    # I am coming: two taps.
    ada.follow(second)
    ada.tap("button", "I am coming")
    expect(ada.page.get_by_role("heading", name="See you soon")).to_be_visible()
    assert ada.taps == 2
    assert Booking.objects.get(pk=second.pk).attending_at

    # To another time: the link, a time on the first day with room, and the button that moves it.
    ada.tap("link", "Move to another time")
    ada.page.locator(".time").last.click()
    ada.tap("button", "Move my visit")
    expect(ada.page.get_by_text("Your visit is on")).to_be_visible()
    moved = Booking.objects.get(pk=second.pk)
    assert moved.schedule_no == 2
    assert moved.starts_at != second.starts_at

    # The link from before leads there as well.
    ada.follow(second)
    expect(ada.page.get_by_text("This visit has changed since")).to_be_visible()


def test_the_pages_of_a_visit_are_for_everybody(browser, address, staff):
    ahead, off = visits(staff, 2)
    Booking.objects.filter(pk=off.pk).update(status="cancelled", cancel_cause="business")
    path, complaints = links.visit_path(ahead), {}
    for scheme in ("light", "dark"):
        ada = Customer(browser, address, scripts=True, viewport=SMALL, scheme=scheme)
        for name in [path, links.visit_path(off), "/visit/wrong/", f"{path}move/"]:
            ada.page.goto(address + name)
            complaints[f"{scheme} {name}"] = live.faults(ada.page)
        ada.page.locator(".time").first.click()
        expect(ada.page.get_by_role("button", name="Move my visit")).to_be_visible()
        complaints[f"{scheme}, the last step"] = live.faults(ada.page)

    assert not any(complaints.values()), complaints
