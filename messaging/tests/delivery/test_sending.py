"""Taking what is due and handing it over, when all goes well."""

import contextlib
import datetime

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import OperationalError, connection
from django.utils import timezone

from accounts.models import Business, User
from alerts.models import Alert
from messaging.delivery import sending
from messaging.inbox.saying import reply
from messaging.models import Address, Automation, Message
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.words.rules import RuleCode

MINUTE = datetime.timedelta(minutes=1)


class BrokenBackend(BaseEmailBackend):
    """Fails in a way that nobody foresaw, for some."""

    sent = []

    def send_messages(self, messages):
        if "broken" in messages[0].subject:
            raise LookupError(f"no key for {messages[0].to}")
        self.sent.append(messages[0].subject)


def deliver() -> int:
    return sending.deliver_due(limit=1000)


def text(**fields) -> Message:
    """A text that is due, for somebody who has no email address."""
    contact = {"email": "", "phone": "+447911123456"}
    automation = {"opens": datetime.time(0), "closes": datetime.time(23, 59, 59, 999999)}
    Automation.objects.update_or_create(pk=1, defaults=automation)
    conversation = fields.pop("conversation", None) or ConversationFactory(**contact)
    return MessageFactory(conversation=conversation, **{"channel": "sms", "sms": "See you at nine."} | fields)


@pytest.mark.django_db
def test_a_due_message_is_sent_once_and_answers_go_to_the_business(server):
    Business.objects.update_or_create(pk=1, defaults={"email": "desk@careops.example"})
    message = MessageFactory()

    looked_at = deliver(), deliver()

    message.refresh_from_db()
    assert looked_at == (1, 0)
    assert (message.status, message.reason, message.lease_until) == ("sent", "", None)
    assert message.sent_at <= timezone.now()
    [email] = server.received
    contact = message.conversation.contact
    assert email["To"] == message.address == contact.email
    assert email["Reply-To"] == "desk@careops.example"
    assert email["Auto-Submitted"] == "auto-generated"
    assert (
        f"/preferences/{Address.objects.get(value=contact.email).token}/"
        in email.get_body(["plain"]).get_content()
    )


@pytest.mark.django_db
def test_a_text_goes_to_the_number_and_keeps_what_the_provider_calls_it(provider):
    message = text()

    deliver()

    message.refresh_from_db()
    [call] = provider.calls
    assert (call["To"], call["Body"], call["key"]) == ("+447911123456", "See you at nine.", str(message.uuid))
    assert (message.status, message.address, message.provider_id) == ("sent", "+447911123456", "SM1")


@pytest.mark.django_db(transaction=True)
def test_what_became_of_a_text_is_written_down_though_the_database_went_away_meanwhile(provider, monkeypatch):
    message = text()
    hand_over = sending._hand_over

    def and_then_it_goes(*arguments):
        name = hand_over(*arguments)
        with contextlib.suppress(OperationalError), connection.cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        return name

    monkeypatch.setattr(sending, "_hand_over", and_then_it_goes)
    monkeypatch.setattr(sending, "PAUSE", 0)

    assert deliver() == 1

    message.refresh_from_db()
    assert (message.status, message.provider_id, provider.talks) == ("sent", "SM1", 1)


@pytest.mark.django_db
def test_two_messages_of_one_name_are_both_sent(provider):
    provider.answer = 201, {"sid": "SM7", "status": "queued"}, {}
    first, second = text(), text()

    deliver()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("sent", "sent")
    assert sorted([first.provider_id, second.provider_id]) == ["", "SM7"]


@pytest.mark.django_db
def test_with_no_provider_a_message_stays_here_and_says_so(settings):
    settings.EMAIL_URL = settings.SMS_URL = ""
    message = MessageFactory()

    deliver()

    message.refresh_from_db()
    assert (message.status, message.reason_code) == ("sent", "local")
    assert message.reason == "Kept in CareOps: no provider is set up."


@pytest.mark.django_db
def test_a_message_that_is_not_due_stays(server):
    message = MessageFactory(status="planned", send_at=timezone.now() + MINUTE)

    assert deliver() == 0

    message.refresh_from_db()
    assert message.status == "planned"
    assert server.talks == 0


@pytest.mark.django_db
def test_mail_programs_are_told_what_was_said_before(server, staff, settings):
    settings.INBOUND_EMAIL = "reply@in.example.com"
    conversation = ConversationFactory()
    first = MessageFactory(conversation=conversation, send_at=timezone.now() - MINUTE)
    deliver()
    reply(conversation=conversation, by=staff, body="I will ring you.", now=timezone.now())

    deliver()

    _, answer = server.received
    assert answer["In-Reply-To"] == f"<{first.uuid}@localhost>"
    assert answer["Reply-To"] == f"reply+{conversation.token}@in.example.com"
    assert "Auto-Submitted" not in answer


@pytest.mark.django_db
def test_sending_a_planned_message_shows_its_words_in_the_inbox(server):
    message = MessageFactory(status="planned", body="See you tomorrow at nine.")
    conversation = message.conversation
    type(conversation).objects.update(last_message_at=timezone.now() - MINUTE, last_words="Hello")

    deliver()

    conversation.refresh_from_db()
    assert conversation.last_words == "See you tomorrow at nine."
    assert conversation.last_message_at == message.send_at


@pytest.mark.django_db
def test_a_message_to_nobody_or_too_late_is_skipped_and_says_why(server):
    homeless = MessageFactory(conversation=ConversationFactory(email="", phone="07700 900018"))
    late = MessageFactory(useless_after=timezone.now() - MINUTE)
    Business.objects.update_or_create(pk=1, defaults={"name": "Calm Hands"})

    deliver()

    homeless.refresh_from_db()
    late.refresh_from_db()
    assert (homeless.status, homeless.reason_code) == ("skipped", "no_provider")
    assert (late.status, late.reason) == ("skipped", "Too late to be useful.")
    assert server.talks == 0
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_a_long_reason_is_cut_to_what_the_log_can_hold(staff):
    User.objects.update(name="S" * 120)
    conversation = ConversationFactory()
    reply(conversation=conversation, by=staff, body="I will ring you.", now=timezone.now())
    held = MessageFactory(
        conversation=conversation,
        rule=RuleCode.REMINDER,
        attempts=4,
        reason="Try 4 of 5 failed. " + 250 * "x",
    )

    deliver()

    held.refresh_from_db()
    assert (held.status, len(held.reason)) == ("skipped", 300)


@pytest.mark.django_db
def test_the_most_useful_messages_leave_first(server, staff):
    now = timezone.now()
    MessageFactory(subject="No hurry, newer", send_at=now - 1 * MINUTE)
    MessageFactory(subject="No hurry, older", send_at=now - 9 * MINUTE)
    MessageFactory(subject="Visit tomorrow", send_at=now - 8 * MINUTE, useless_after=now + 1440 * MINUTE)
    MessageFactory(subject="Visit soon", send_at=now - 2 * MINUTE, useless_after=now + 30 * MINUTE)
    MessageFactory(subject="From a person", rule="", key=None, sent_by=staff, send_at=now)

    deliver()

    assert [email["Subject"] for email in server.received] == [
        "From a person",
        "Visit soon",
        "Visit tomorrow",
        "No hurry, older",
        "No hurry, newer",
    ]


@pytest.mark.django_db
def test_a_message_that_cannot_be_decided_about_fails_and_the_others_leave(server):
    puzzling = MessageFactory(rule="from_the_future", useless_after=timezone.now() + MINUTE)
    sound = MessageFactory()

    assert deliver() == 2

    puzzling.refresh_from_db()
    sound.refresh_from_db()
    assert (puzzling.status, sound.status) == ("failed", "sent")
    assert puzzling.reason == "CareOps could not decide whether to send this (ValueError)."
    assert Alert.objects.get().source_key == "email:ours"
