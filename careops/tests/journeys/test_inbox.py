"""The inbox in a real browser: the clicks that its tasks take on a desk and on a phone, the keys, and what axe says."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import Business
from accounts.roles import STAFF
from accounts.tests.factories import UserFactory
from bookings.messages import links
from bookings.models import IntakeRequest
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.tests.intake_desk import make_form
from careops.tests import live
from messaging.inbox import saved_replies, saying
from messaging.models import Conversation, Draft, Message
from messaging.tests.talks import MINUTE, begun, waiting

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        live.CHROMIUM is None, reason="no Chromium is installed: the browser tests did not run"
    ),
]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


class Receptionist:
    """Somebody who is signed in at the front desk, and whose clicks are counted.

    They have light colours at the desk and dark ones on the phone, so that both are looked at.
    """

    def __init__(self, browser, address, viewport, user):
        scheme = "dark" if viewport == PHONE else "light"
        context = browser.new_context(viewport=viewport, color_scheme=scheme, reduced_motion="reduce")
        context.add_cookies([live.session_of(user, address)])
        self.page = context.new_page()
        self.page.set_default_timeout(30_000)
        self.address, self.clicks, self.errors = address, 0, []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))

    def open(self, path):
        self.page.goto(self.address + path)
        self.clicks = 0

    def click(self, locator):
        locator.click()
        self.clicks += 1
        self.page.wait_for_load_state()


@pytest.fixture
def sara():
    return UserFactory(name="Sara Staff", email="sara@careops.example", role=STAFF)


@pytest.fixture
def scene(sara):
    """Ada waits longest and has a visit without its form; Ben waits too; Cleo's automation is paused."""
    Business.objects.current()
    ada = waiting("Ada Lovelace", minutes=200, body="Could I come an hour later?")
    visit = timezone.now() + 3 * 24 * 60 * MINUTE
    service = ServiceFactory()
    make_form(service=service)
    BookedFactory(contact=ada.contact, service=service, starts_at=visit)
    waiting("Ben " + "Bartholomew" * 6, minutes=9)
    cleo = waiting("Cleo", minutes=5, phone="07700 900000", channel="sms", body="please stop texting me")
    saying.reply(conversation=cleo, by=sara, body="Of course.", now=timezone.now())
    saying.add_note(conversation=cleo, by=sara, body="Bad knee", now=timezone.now())
    Conversation.objects.filter(pk=cleo.pk).update(opt_out_hint_at=timezone.now())
    begun("Dora", minutes=60)
    saved_replies.create_saved_reply(
        name="Parking", body="Hello {{first_name}}, park behind the house.", by=sara
    )
    return ada


def replies_to(conversation) -> list[str]:
    typed = conversation.messages.filter(direction="out", rule="")
    return list(typed.order_by("pk").values_list("body", flat=True))


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_tasks_of_the_inbox_take_few_clicks(browser, address, sara, scene, viewport):
    desk = Receptionist(browser, address, viewport, sara)
    page, sent = desk.page, "Your reply to Ada Lovelace is on its way"

    # Answer the longest waiting message: two clicks and the text.
    desk.open("/messages/")
    desk.click(page.locator(".inbox__rows .row-link").first)
    expect(page.get_by_label("Reply", exact=True)).to_be_focused()
    page.keyboard.type("Of course, see you at five.")
    desk.click(page.get_by_role("button", name="Send", exact=True))
    expect(page.get_by_text(sent).first).to_be_visible()
    assert desk.clicks == 2
    assert replies_to(scene) == ["Of course, see you at five."]

    # Send the form link: two clicks.
    desk.open(scene.get_absolute_url())
    desk.click(page.get_by_role("button", name="Form link"))
    desk.click(page.get_by_role("button", name="Send", exact=True))
    expect(page.get_by_text(sent).first).to_be_visible()
    assert desk.clicks == 2
    assert replies_to(scene)[1].endswith(links.form_path(IntakeRequest.objects.get()))

    # The booking link as well.
    desk.open(scene.get_absolute_url())
    desk.click(page.get_by_role("button", name="Booking link"))
    desk.click(page.get_by_role("button", name="Send", exact=True))
    expect(page.get_by_text(sent).first).to_be_visible()
    assert desk.clicks == 2
    assert replies_to(scene)[2].endswith("/book/")

    # Type, put in a saved reply, and look away: the draft is there again, on the server.
    page.get_by_label("Reply", exact=True).fill("Good morning.")
    page.get_by_text("Saved replies").first.click()
    page.get_by_role("button", name="Parking").click()
    words = "Good morning.\n\nHello Ada, park behind the house."
    expect(page.get_by_label("Reply", exact=True)).to_have_value(words)
    live.wait_until(lambda: Draft.objects.filter(body=words).exists(), "the draft was kept")
    expect(page.get_by_text("Draft kept")).to_be_visible()
    desk.open(scene.get_absolute_url())
    expect(page.get_by_label("Reply", exact=True)).to_have_value(words)

    # The pages, as axe sees them.
    complaints = {}
    cleo = Conversation.objects.get(contact__name="Cleo")
    for path in ["/messages/", "/messages/?tab=mine", scene.get_absolute_url(), cleo.get_absolute_url()]:
        desk.open(path)
        complaints[path] = live.faults(page)
    desk.open("/messages/saved-replies/")
    complaints["saved replies"] = live.faults(page)
    assert not any(complaints.values()), complaints
    assert desk.errors == []


def test_the_inbox_by_keyboard(browser, address, sara, scene):
    desk = Receptionist(browser, address, DESK, sara)
    page = desk.page

    # j and k step from row to row, Enter opens.
    desk.open("/messages/")
    for key in ["j", "j", "k", "j"]:
        page.keyboard.press(key)
    expect(page.locator(":focus")).to_have_text("Ben " + "Bartholomew" * 6)
    page.keyboard.press("Enter")
    page.wait_for_url("**/?tab=all")
    live.wait_until(
        lambda: not Conversation.objects.get(contact__name__startswith="Ben").is_unread,
        "it was marked as read",
    )

    # The caret is in the reply, since somebody waits; Escape gives the keys back, r takes them again.
    expect(page.get_by_label("Reply", exact=True)).to_be_focused()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    expect(page.get_by_label("Reply", exact=True)).to_be_focused()
    page.keyboard.press("Escape")

    # u marks it as unread, s snoozes, e closes.
    page.keyboard.press("u")
    expect(page.get_by_text("as unread").first).to_be_visible()
    desk.open(scene.get_absolute_url())
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    page.get_by_role("button", name="Tomorrow").click()
    expect(page.get_by_text("Ada Lovelace comes back").first).to_be_visible()
    desk.open(Conversation.objects.get(contact__name="Dora").get_absolute_url())
    page.keyboard.press("e")
    expect(page.get_by_text("Closed the conversation with Dora.")).to_be_visible()

    statuses = dict(Conversation.objects.values_list("contact__name", "status"))
    assert (statuses["Ada Lovelace"], statuses["Dora"]) == ("snoozed", "closed")
    assert Message.objects.filter(direction="out", rule="").count() == 1
    assert desk.errors == []
