"""A customer books on a phone: without JavaScript, in five taps, light enough for a bad line, and readable by all."""

import re

import pytest
from django.utils.dateparse import parse_datetime
from playwright.sync_api import expect

from accounts.models import Business, User
from accounts.tests.factories import UserFactory
from bookings.models import Booking
from bookings.tests.factories import BookedFactory, ServiceFactory, work_from_next_month
from careops.core import bots
from careops.tests import live
from messaging.models import Message

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        live.CHROMIUM is None, reason="no Chromium is installed: the browser tests did not run"
    ),
]
LIGHT = 100_000  # bytes of a page with all that belongs to it
HAND = bots.TAKES_A_HAND.total_seconds() * 1000 + 100  # milliseconds
LONG = "Massage for people whose names are long and whose days are longer"


@pytest.fixture
def shop(address, browser):
    """Two people and two services to book; the address of the shop."""
    Business.objects.update_or_create(
        pk=1,
        defaults={
            "name": "Riverside Physio & Wellness",
            "phone": "0117 496 0100",
            "address": "14 Wharf Lane",
        },
    )
    people = [UserFactory(name="Sara Staff"), UserFactory(name="Zoe Zimmermann-Featherstonehaugh")]
    work_from_next_month(*people)
    ServiceFactory(name="Massage", step=60, price=45, description="An hour of calm.")
    ServiceFactory(name=LONG, step=60)
    return address


class Phone:
    """Somebody with a phone, who counts taps and bytes."""

    def __init__(self, browser, address, *, scripts=False, width=390, scheme="light"):
        viewport = {"width": width, "height": 844}
        context = browser.new_context(viewport=viewport, java_script_enabled=scripts, color_scheme=scheme)
        self.page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.taps = self.weight = 0
        wire = context.new_cdp_session(self.page)
        wire.send("Network.enable")
        wire.on("Network.loadingFinished", lambda event: self.weigh(event["encodedDataLength"]))
        self.page.goto(f"{address}/book/")

    def weigh(self, size):
        self.weight += size

    def tap(self, locator):
        self.weight = 0
        self.taps += 1
        with self.page.expect_navigation():
            locator.click()
        assert 0 < self.weight < LIGHT

    def type(self, label, words):
        self.page.get_by_label(label).fill(words)


def test_a_customer_books_in_five_taps_without_scripts(browser, shop):
    ada = Phone(browser, shop)
    page = ada.page
    assert 0 < ada.weight < LIGHT

    ada.tap(page.get_by_role("link", name=re.compile("^Massage 1 hour")))
    ada.tap(page.get_by_role("link", name=re.compile("^Anybody")))
    ada.tap(page.get_by_role("link", name=re.compile("times free$")).nth(1))
    expect(page.locator("#times:target")).to_be_visible()
    ada.tap(page.get_by_role("link", name=re.compile(r"^\d\d:\d\d$")).first)
    ada.type("Your name", "Ada Lovelace")
    ada.type("Email", "ada@client.example")
    page.wait_for_timeout(HAND)
    ada.tap(page.get_by_role("button", name="Book"))

    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    assert ada.taps == 5
    booking = Booking.objects.select_related("contact").get()
    assert (booking.contact.name, booking.source) == ("Ada Lovelace", "online")
    assert Message.objects.filter(rule="confirmation").exists()


def test_a_taken_time_costs_one_more_tap_and_nothing_is_typed_again(browser, shop):
    ada = Phone(browser, shop)
    page = ada.page
    ada.tap(page.get_by_role("link", name=re.compile("^Massage 1 hour")))
    ada.tap(page.get_by_role("link", name=re.compile("^Sara Staff")))
    ada.tap(page.get_by_role("link", name=re.compile("times free$")).nth(3))
    ada.tap(page.get_by_role("link", name="12:00"))
    ada.type("Your name", "Ada Lovelace")
    ada.type("Phone", "07911 123456")
    ada.type("Anything we should know?", "By bike")
    page.wait_for_timeout(HAND)
    at = page.locator(".summary time").get_attribute("datetime")
    BookedFactory(staff=User.objects.get(name="Sara Staff"), starts_at=parse_datetime(at))

    ada.tap(page.get_by_role("button", name="Book"))
    expect(page.get_by_role("heading", level=1)).to_have_text("That time has just been taken")
    ada.tap(page.get_by_role("button", name=re.compile("13:00")))

    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    mine = Booking.objects.select_related("contact").get(source="online")
    assert (mine.customer_wrote, mine.contact.phone_e164) == ("By bike", "+447911123456")


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (320, "dark")])
def test_every_step_can_be_read_by_everybody(browser, shop, width, scheme):
    ada = Phone(browser, shop, scripts=True, width=width, scheme=scheme)
    page, complaints = ada.page, []

    def look():
        for wide in (640, width):  # 640 px is a desktop of 1280 at 200 %
            page.set_viewport_size({"width": wide, "height": 844})
            if page.evaluate("document.documentElement.scrollWidth") > wide:
                complaints.append(f"{page.url} scrolls sideways")
        small = page.evaluate(
            """[...document.querySelectorAll("main a, main button, header a")].filter((each) => {
              const box = each.getBoundingClientRect();
              return getComputedStyle(each).display !== "inline" && box.height && (box.height < 44 || box.width < 44);
            }).map((each) => each.outerHTML.slice(0, 80))"""
        )
        complaints.extend(f"{page.url} is too small to tap: {each}" for each in small)
        complaints.extend(f"{page.url} {fault}" for fault in live.faults(page))

    look()
    ada.tap(page.get_by_role("link", name=re.compile("^Massage for people")))
    look()
    ada.tap(page.get_by_role("link", name=re.compile("^Zoe")))
    look()
    ada.tap(page.get_by_role("link", name=re.compile("times free$")).nth(1))
    assert page.evaluate("document.activeElement.id") == "times"
    ada.tap(page.get_by_role("link", name="12:00"))
    look()
    ada.tap(page.get_by_role("button", name="Book"))
    look()  # with errors
    ada.type("Your name", "Margaret Featherstonehaugh-Cholmondeley of Wolfeschlegelstein")
    ada.type("Email", "margaret@client.example")
    page.wait_for_timeout(HAND)
    ada.tap(page.get_by_role("button", name="Book"))
    expect(page.get_by_role("heading", level=1)).to_have_text("You are booked")
    look()
    for path in ("/contact/", "/contact/thanks/", "/book/done/nothing/"):
        page.goto(shop + path)
        look()

    assert complaints == []
