"""An intake form in a real browser on a phone: half of it here, the rest on another device, then staff read it."""

import pytest
from playwright.sync_api import expect

from accounts.models import Business
from accounts.roles import STAFF
from accounts.tests.factories import UserFactory
from bookings.intake.questions import Question
from bookings.messages import links
from bookings.models import IntakeRequest
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.tests.intake_desk import NAME, PAIN, asked_of, make_form
from careops.tests import live

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        live.CHROMIUM is None, reason="no Chromium is installed: the browser tests did not run"
    ),
]
PASSWORD = "a long enough password"
PHONE = {"width": 390, "height": 844}
SIGNED = Question("signed", "signature", "Signature", wording="What I say is true.", required=True)
SIDE = Question("side", "choice", "Which side?", options=["Left", "Right"])
LETTER = Question("letter", "file", "Letter of your doctor")


def test_a_form_is_begun_on_one_device_and_sent_from_another(browser, address):
    Business.objects.current()
    UserFactory(name="Sara Staff", email="sara@careops.example", role=STAFF, password=PASSWORD)
    service = ServiceFactory()
    make_form(NAME, PAIN, SIDE, LETTER, SIGNED, service=service)
    asked = asked_of(BookedFactory(service=service))
    path = links.form_path(asked)

    phone = browser.new_context(viewport=PHONE).new_page()
    phone.goto(address + path)
    assert live.faults(phone) == []
    phone.get_by_label(NAME.label).fill("Ada")
    phone.get_by_label("Left").check()
    expect(phone.get_by_text("Saved on the way.")).to_be_visible()

    other = browser.new_context(viewport=PHONE, java_script_enabled=False).new_page()
    other.goto(address + path)
    expect(other.get_by_label(NAME.label)).to_have_value("Ada")
    expect(other.get_by_label("Left")).to_be_checked()
    other.get_by_role("button", name="Send the form").click()
    expect(other.get_by_role("alert")).to_contain_text("Signature")
    other.get_by_label("Signature", exact=True).fill("Ada Lovelace")
    letter = {"name": "letter.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7"}
    other.get_by_label("Letter of your doctor").set_input_files(letter)
    other.get_by_role("button", name="Send the form").click()
    expect(other.get_by_role("heading", name="Thank you, we have it")).to_be_visible()

    desk = browser.new_context(viewport=PHONE).new_page()
    desk.goto(f"{address}/accounts/login/")
    desk.get_by_label("Email").fill("sara@careops.example")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in").click()
    desk.wait_for_url(lambda url: "/login/" not in url)
    desk.goto(address + asked.get_absolute_url())
    expect(desk.get_by_text("Signed as Ada Lovelace")).to_be_visible()
    assert live.faults(desk) == []
    desk.get_by_role("button", name="Mark as read").click()
    expect(desk.get_by_text("Marked as read")).to_be_visible()

    assert IntakeRequest.objects.get().status == "reviewed"
