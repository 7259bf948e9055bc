"""A working day in a real browser: real web process, real worker, real SMTP server, nothing of ours replaced."""

import datetime
import re

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Business
from accounts.roles import ADMIN
from accounts.tests.factories import UserFactory
from bookings.tests.factories import ServiceFactory
from careops.tests import live
from inventory.tests.factories import ItemFactory
from messaging.models import Message
from messaging.tests.smtp import SmtpServer

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        live.CHROMIUM is None, reason="no Chromium is installed: the browser tests did not run"
    ),
]
PASSWORD = "a long enough password"


class Visitor:
    """A person at the browser, who notices what the browser and axe complain about."""

    def __init__(self, browser, address: str):
        self.page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
        self.page.set_default_timeout(30_000)
        self.address = address
        self.complaints = []
        self.page.on("console", self.hear)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    def hear(self, message) -> None:
        # axe itself tries inline styles, which our policy stops; our templates are read for them elsewhere.
        if "Applying inline style" not in message.text:
            self.complaints.append(f"{message.text} {message.location['url']}")

    def look(self, scheme: str = "light") -> None:
        """Check the page that is open, in the colours of ``scheme``."""
        self.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        self.page.evaluate("document.getAnimations().forEach((each) => each.finish())")
        self.complaints += [f"{self.page.url} {scheme}: {fault}" for fault in live.faults(self.page)]

    def open(self, path: str) -> None:
        """Open a page, in the dark first."""
        self.page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        self.page.goto(self.address + path)
        self.look("dark")
        self.page.emulate_media(color_scheme="light")
        self.page.wait_for_timeout(300)  # until the colours of the other scheme have gone

    def press(self, name: str | re.Pattern, role: str = "button") -> None:
        self.page.get_by_role(role, name=name, exact=True).first.click()
        self.page.wait_for_load_state()
        self.look()


def test_a_day_at_the_front_desk(browser):
    UserFactory(name="Sara Staff", email="sara@careops.example", role=ADMIN, password=PASSWORD)
    Business.objects.current()
    ServiceFactory(name="Massage", minutes=60)
    item = ItemFactory(name="Nitrile gloves")
    with SmtpServer() as smtp, live.website(EMAIL_URL=smtp.url) as address, live.worker(EMAIL_URL=smtp.url):
        sara = Visitor(browser, address)
        page = sara.page

        # She signs in.
        sara.open("/")
        page.get_by_label("Email").fill("sara@careops.example")
        page.get_by_label("Password").fill(PASSWORD)
        sara.press("Sign in")
        expect(page.get_by_role("heading", level=1)).to_be_visible()

        # A new client: the welcome arrives.
        sara.open("/contacts/new/")
        page.get_by_label("Name", exact=True).fill("Ada Lovelace")
        page.get_by_label("Email", exact=False).last.fill("ada@client.example")
        sara.press("Add contact")
        expect(page.get_by_role("heading", level=1)).to_have_text("Ada Lovelace")
        smtp.wait_for(1)

        # A booking for her: the confirmation arrives.
        start = tomorrow_at_ten()
        sara.press("Book", role="link")
        book(sara, start)
        expect(page.get_by_text("Booked Massage for Ada Lovelace.")).to_be_visible()
        smtp.wait_for(2)

        # The same slot again is refused in words, and nothing typed is lost.
        sara.open(f"/bookings/new/?contact={Message.objects.first().conversation.contact_id}")
        book(sara, start)
        expect(page.get_by_text(re.compile("Ada Lovelace has Massage on .* already")).first).to_be_visible()
        expect(page.get_by_label("Start")).to_have_value(f"{start:%Y-%m-%dT%H:%M}")
        sara.complaints = [
            words for words in sara.complaints if "409" not in words
        ]  # Chromium reports the status

        # She replies: automation pauses, and the reminder that falls due is skipped and says why.
        sara.open(f"/messages/{Message.objects.first().conversation.contact_id}/")
        page.get_by_role("textbox", name=re.compile("Reply")).fill("I will ring you this afternoon.")
        sara.press("Send")
        smtp.wait_for(3)
        reminder = Message.objects.filter(rule="reminder")
        reminder.update(send_at=timezone.now())  # the clock is the outside world
        live.wait_until(lambda: reminder.get().status == Message.Status.SKIPPED, "the reminder was skipped")
        page.reload()
        expect(page.get_by_text("Automation is paused by Sara Staff").first).to_be_visible()
        sara.look()
        assert [mail["To"] for mail in smtp.received] == ["ada@client.example"] * 3

        # Gloves run low: the badge counts up, and down again when she puts the alert away.
        sara.open(item.get_absolute_url())
        page.get_by_label("Quantity").fill("7")
        page.locator("#adjust").get_by_text("Used", exact=True).click()
        sara.press("Adjust")
        expect(page.get_by_role("link", name=re.compile("Alerts.*1")).first).to_be_visible()
        sara.open("/alerts/")
        expect(page.get_by_text("Low stock: Nitrile gloves")).to_be_visible()
        sara.press(re.compile("^Dismiss"))
        expect(page.get_by_text("Dismissed").first).to_be_visible()
        sara.open("/alerts/")
        expect(page.get_by_text("Low stock: Nitrile gloves")).to_have_count(0)

        # The other pages of the day, and out.
        for path in [
            "/",
            "/contacts/",
            "/bookings/",
            "/inventory/",
            "/messages/",
            "/messages/outbox/",
            "/alerts/",
        ]:
            sara.open(path)
        sara.open("/accounts/logout/")
        sara.press("Sign out")
        expect(page.get_by_label("Password")).to_be_visible()

        assert sara.complaints == []


def book(visitor: Visitor, start: datetime.datetime) -> None:
    visitor.page.get_by_text("Massage 60 min").click()
    visitor.page.get_by_label("With").select_option("Sara Staff")
    visitor.page.get_by_label("Start").fill(f"{start:%Y-%m-%dT%H:%M}")
    visitor.press("Book")


def tomorrow_at_ten() -> datetime.datetime:
    """Far enough away that the reminder is planned: at least a day and an hour."""
    today = timezone.now().astimezone(Business.objects.current().zone)
    return (today + datetime.timedelta(days=2)).replace(hour=10, minute=0, second=0, microsecond=0)
