"""The page of one message, and its buttons."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business
from alerts.models import Alert
from alerts.services import raise_alert
from messaging.consent import services as consent
from messaging.inbox import saying
from messaging.models import ConsentChange
from messaging.tests.factories import ConversationFactory, MessageFactory, automated
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode

MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(hours=24)
BUTTONS = {"retry", "cancel", "edit", "send", "arrived", "leave", "resume"}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def business(db):
    return Business.objects.current()  # otherwise the first page would make it


def text(response) -> str:
    return response.content.decode()


def press(client, message, button, **data):
    return client.post(f"{message.get_absolute_url()}{button}/", data, follow=True)


def held(staff, **changes):
    """A reminder that a pause holds back."""
    conversation = ConversationFactory(name="Ada")
    now = timezone.now()
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=now)
    return automated(conversation, now=now, starts_at=now + DAY, **changes)


def test_a_message_page_tells_everything_about_it(as_staff, staff, django_assert_num_queries):
    message = MessageFactory(
        status="failed",
        reason="The provider said: 550 No such user",
        attempts=5,
        sent_by=staff,
        about_key="booking:42",
        about_url="/bookings/42/",
        body="Hello,\nyou are booked.",
        useless_after=timezone.now() + DAY,
        provider_id="SM-123",
    )

    with django_assert_num_queries(5):
        response = as_staff.get(message.get_absolute_url())

    for words in [
        "Your booking: Massage",
        "Hello,\nyou are booked.",
        "The provider said: 550 No such user",
        '<a href="/bookings/42/">The booking</a>',
        "<dt>Tries</dt><dd>5</dd>",
        "Asked for by",
        "SM-123",
        message.conversation.contact.email,
    ]:
        assert words in text(response)


def test_what_came_in_has_a_page_too(as_staff, staff):
    conversation = ConversationFactory(name="Ada")
    message = saying.record_incoming(conversation=conversation, body="Hello", at=timezone.now(), by=staff)

    response = as_staff.get(message.get_absolute_url())

    assert "Incoming from Ada" in text(response)
    assert "Noted by" in text(response)


def test_a_notice_to_staff_has_a_page_without_a_contact(as_staff):
    message = MessageFactory(
        conversation=None, address="sara@careops.example", rule=RuleCode.STAFF_NOTICE, key="alert:1"
    )

    for page in [
        message.get_absolute_url(),
        reverse("messaging:outbox"),
        f"{message.get_absolute_url()}edit/",
    ]:
        response = as_staff.get(page)

        assert response.status_code == 200
        assert "sara@careops.example" in text(response)


@pytest.mark.parametrize(
    ("changes", "buttons"),
    [
        ({"status": "planned"}, {"cancel", "edit", "send"}),
        ({"status": "queued"}, {"cancel", "edit", "send"}),
        ({"status": "failed"}, {"cancel", "retry"}),
        ({"status": "unknown"}, {"cancel", "retry", "arrived"}),
        ({"status": "skipped", "reason_code": Reason.PAUSED}, {"cancel", "send", "resume"}),
        ({"status": "skipped", "reason_code": Reason.TOO_LATE}, set()),
        ({"status": "sending"}, set()),
        ({"status": "sent"}, set()),
        ({"status": "delivered"}, set()),
        ({"status": "cancelled"}, set()),
    ],
)
def test_each_state_has_its_buttons(as_staff, changes, buttons):
    message = MessageFactory(**changes)

    page = text(as_staff.get(message.get_absolute_url()))

    assert {button for button in BUTTONS if f"{message.get_absolute_url()}{button}/" in page} == buttons


def test_an_opt_out_shows_its_evidence(as_staff):
    conversation = ConversationFactory(email="ada@client.example")
    consent.refuse(
        channel=Channel.EMAIL,
        value="ada@client.example",
        source=ConsentChange.Source.MESSAGE,
        words="STOP it",
        now=timezone.now(),
    )
    message = automated(conversation, now=timezone.now(), starts_at=timezone.now() + DAY)

    response = as_staff.get(message.get_absolute_url())

    assert message.reason_code == Reason.OPTED_OUT
    assert "a message from them: “STOP it”" in text(response)


# --- Buttons ---


@pytest.mark.parametrize("origin", ["message", "thread"])
def test_a_failed_message_is_tried_again(as_staff, origin):
    message = MessageFactory(status="failed", subject="Reminder: Massage")

    response = press(as_staff, message, "retry", **{"from": origin})

    message.refresh_from_db()
    assert message.status == "queued"
    assert "Trying again: Reminder: Massage." in text(response)
    came_from = message if origin == "message" else message.conversation
    assert response.redirect_chain[0][0].split("#")[0] == came_from.get_absolute_url()


def test_a_failed_message_is_given_up(as_staff):
    message = MessageFactory(status="failed", subject="Reminder: Massage", reason="550 No such user")

    response = press(as_staff, message, "cancel")

    message.refresh_from_db()
    assert (message.status, message.reason) == ("cancelled", "Given up by Sara Staff. 550 No such user")
    assert "Given up: Reminder: Massage." in text(response)


def test_a_planned_message_is_cancelled_and_the_page_remembers_by_whom(as_staff):
    message = MessageFactory(status="planned", subject="Reminder: Massage")

    response = press(as_staff, message, "cancel")

    message.refresh_from_db()
    assert (message.status, message.reason) == ("cancelled", "Cancelled by Sara Staff.")
    assert "Cancelled: Reminder: Massage." in text(response)
    assert "What people did with it" in text(response)


def test_a_planned_message_is_sent_now(as_staff, staff):
    message = MessageFactory(
        status="planned", rule=RuleCode.REMINDER, send_at=timezone.now() + DAY, subject="Reminder: Massage"
    )

    response = press(as_staff, message, "send")

    message.refresh_from_db()
    assert (message.status, message.sent_by) == ("queued", staff)
    assert "On its way: Reminder: Massage." in text(response)


def test_of_an_unknown_one_somebody_found_out_that_it_arrived(as_staff):
    message = MessageFactory(status="unknown")

    press(as_staff, message, "arrived")

    message.refresh_from_db()
    assert (message.status, message.reason) == ("sent", "Sara Staff found out that it arrived.")


def test_a_held_reminder_near_its_visit_is_sent_resumed_or_left(as_staff, staff):
    message = held(staff)
    alert = raise_alert(
        kind=Alert.Kind.HELD_REMINDER,
        source_key=f"message:{message.pk}",
        title="A reminder is held back",
        url=message.get_absolute_url(),
    )

    page = as_staff.get(message.get_absolute_url())
    left = press(as_staff, message, "leave")

    for words in ["Send now", "Resume", "Leave", "The visit is near"]:
        assert words in text(page)
    assert "Automation is paused by Sara Staff until" in text(page)
    alert.refresh_from_db()
    message.refresh_from_db()
    assert (alert.status, alert.settled_by) == (Alert.Status.DISMISSED, staff)
    assert message.is_held
    assert "Left as it is" in text(left)
    assert "The visit is near" not in text(left)


def test_resume_lets_a_held_reminder_leave(as_staff, staff):
    message = held(staff)

    response = press(as_staff, message, "resume")

    message.refresh_from_db()
    message.conversation.refresh_from_db()
    assert message.status == "queued"
    assert message.conversation.paused_at is None
    assert "Automation may write to Ada again." in text(response)


@pytest.mark.parametrize(
    ("button", "refusal"),
    [
        ("retry", "That message is not waiting for another try."),
        ("cancel", "That message is not waiting to be sent any more."),
        ("send", "That message is not waiting to be sent any more."),
        ("arrived", "Somebody has found out already"),
    ],
)
def test_what_is_over_stays_as_it_is(as_staff, button, refusal):
    message = MessageFactory(status="sent")

    response = press(as_staff, message, button)

    message.refresh_from_db()
    assert message.status == "sent"
    assert refusal in text(response)


@pytest.mark.parametrize("button", ["retry", "cancel", "send", "arrived", "edit"])
def test_nothing_can_be_done_with_what_came_in(as_staff, button):
    message = saying.record_incoming(conversation=ConversationFactory(), body="Hi", at=timezone.now())

    assert as_staff.post(f"{message.get_absolute_url()}{button}/").status_code == 404
