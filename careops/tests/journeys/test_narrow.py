"""The narrowest screens: nothing has to be pushed sideways, however long the words are."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import Business
from accounts.roles import ADMIN
from accounts.tests.factories import UserFactory
from alerts.tests.factories import AlertFactory
from bookings.tests.factories import BookingFactory, ServiceFactory, work_always
from careops.tests import live
from contacts.tests.factories import ContactFactory
from inventory.tests.factories import ItemFactory
from messaging.models import Message
from messaging.tests.factories import MessageFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        live.CHROMIUM is None, reason="no Chromium is installed: the browser tests did not run"
    ),
]
WIDTH = 320
WORD = "Donaudampfschifffahrtselektrizitaetenhauptbetriebswerkbauunt"
# What sticks out of the screen, as far as the screen grows with it.
TOO_WIDE = """
() => document.scrollingElement.scrollWidth <= innerWidth ? [] : [
  document.scrollingElement.scrollWidth,
  ...[...document.body.querySelectorAll("*")]
    .filter(element => element.checkVisibility() && element.getBoundingClientRect().right > innerWidth)
    .map(element => `${element.tagName}.${element.className}`).slice(0, 12),
]
"""
PAGES = [
    *("/", "/bookings/calendar/", "/bookings/calendar/?view=week", "/bookings/calendar/?view=agenda"),
    *("/bookings/calendar/?visit={booking}", "/bookings/", "/bookings/{booking}/", "/bookings/new/"),
    *("/bookings/new/?contact={contact}", "/bookings/{booking}/edit/", "/bookings/{booking}/cancel/ask/"),
    *(
        "/bookings/hours/",
        "/bookings/hours/{staff}/",
        "/bookings/services/",
        "/bookings/services/{service}/edit/",
    ),
    *("/bookings/intake-forms/", "/contacts/", "/contacts/{contact}/", "/contacts/{contact}/edit/"),
    *("/messages/", "/messages/{contact}/", "/messages/outbox/", "/messages/outbox/{message}/"),
    *(
        "/messages/outbox/?tab=failed",
        "/messages/rules/",
        "/messages/rules/reminder/",
        "/messages/providers/",
    ),
    *("/messages/saved-replies/", "/inventory/", "/inventory/{item}/", "/inventory/{item}/edit/"),
    *(
        "/inventory/low-stock/",
        "/alerts/",
        "/alerts/{alert}/",
        "/accounts/users/",
        "/accounts/users/{staff}/",
    ),
    *("/accounts/profile/", "/book/", "/contact/"),
]


@pytest.fixture
def places():
    """Something of everything, called by one long word; the keys with which its pages are found."""
    Business.objects.current()
    Business.objects.update(name=WORD, time_zone=f"Etc/GMT{timezone.now().hour - 12:+d}")  # about noon
    staff = UserFactory(name=WORD, email=f"{WORD.lower()}@careops.example", role=ADMIN)
    work_always(staff)
    contact = ContactFactory(name=WORD, email=f"{WORD.lower()}@client.example", notes=WORD * 3)
    now = timezone.now().replace(second=0, microsecond=0)
    booking = BookingFactory(
        contact=contact,
        service=ServiceFactory(name=WORD, price=45),
        staff=staff,
        starts_at=now + datetime.timedelta(minutes=20),
        notes=WORD,
        customer_wrote=WORD,
    )
    conversation = contact.conversation
    texts = {"conversation": conversation, "subject": WORD, "body": WORD}
    message = MessageFactory(**texts, status=Message.Status.FAILED, reason=WORD)
    MessageFactory(**texts, status=Message.Status.RECEIVED, rule="")
    conversation.waiting_since = conversation.last_message_at = now
    conversation.last_words = WORD
    conversation.save()
    item = ItemFactory(name=WORD, unit=WORD[:20], on_hand=1)
    alert = AlertFactory(title=WORD, detail=WORD)
    return {
        "staff": staff.pk,
        "contact": contact.pk,
        "booking": booking.pk,
        "service": booking.service_id,
        "message": message.pk,
        "item": item.pk,
        "alert": alert.pk,
        "user": staff,
    }


def test_no_page_is_wider_than_the_narrowest_screen(browser, address, places):
    context = browser.new_context(viewport={"width": WIDTH, "height": 640}, reduced_motion="reduce")
    context.add_cookies([live.session_of(places["user"], address)])
    page = context.new_page()

    found = {}
    for path in (path.format(**places) for path in PAGES):
        status = page.goto(address + path).status
        found[path] = page.evaluate(TOO_WIDE) if status == 200 else status
    assert {path: wrong for path, wrong in found.items() if wrong} == {}
