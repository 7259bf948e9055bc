import datetime

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from messaging import pause
from messaging.inbox import handling, saying
from messaging.models import Conversation, Message
from messaging.tests.factories import ConversationFactory, MessageFactory, automated

NOW = datetime.datetime(2031, 3, 4, 9, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(hours=24)


def audited() -> list[str]:
    entries = AuditEntry.objects.filter(subject_key__startswith="conversation:").order_by("pk")
    return list(entries.values_list("action", flat=True))


@pytest.fixture
def conversation(db):
    """A conversation that began yesterday."""
    conversation = ConversationFactory(name="Ada")
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=NOW - DAY)
    conversation.refresh_from_db()
    return conversation


def test_reply_queues_an_email_and_pauses_automation_for_a_day(
    conversation, staff, django_capture_on_commit_callbacks
):
    saying.record_incoming(conversation=conversation, body="Can I come later?", at=NOW - DAY)

    with django_capture_on_commit_callbacks() as callbacks:
        message = saying.reply(conversation=conversation, by=staff, body="Of course.", now=NOW)

    assert (message.status, message.send_at, message.sent_by) == (Message.Status.QUEUED, NOW, staff)
    assert not message.is_automated
    assert len(callbacks) == 1
    conversation.refresh_from_db()
    assert (conversation.paused_at, conversation.paused_until) == (NOW, NOW + DAY)
    assert conversation.paused_by == staff
    assert (conversation.waiting_since, conversation.last_words) == (None, "Of course.")
    assert audited() == ["conversation.received", "conversation.replied"]


def test_reply_opens_a_closed_conversation_and_a_second_one_begins_the_day_again(conversation, staff, admin):
    handling.close_conversation(conversation=conversation, by=staff, now=timezone.now())

    saying.reply(conversation=conversation, by=staff, body="One more thing.", now=NOW)
    saying.reply(conversation=conversation, by=admin, body="And another.", now=NOW + MINUTE)

    conversation.refresh_from_db()
    assert conversation.status == Conversation.Status.OPEN
    assert (conversation.paused_until, conversation.paused_by) == (NOW + MINUTE + DAY, admin)


@pytest.mark.parametrize(
    ("last", "subject"),
    [
        (None, "Your message"),
        ("Your booking", "Re: Your booking"),
        ("Re: Your booking", "Re: Your booking"),
        ("x" * 200, "Re: " + "x" * 196),
    ],
)
def test_reply_answers_the_newest_subject(conversation, staff, last, subject):
    if last:
        MessageFactory(conversation=conversation, subject=last, send_at=NOW, status="sent")
        automated(conversation, now=NOW, send_at=NOW + MINUTE)  # not said yet

    message = saying.reply(conversation=conversation, by=staff, body="Yes.", now=NOW + MINUTE)

    assert message.subject == subject


@pytest.mark.django_db
def test_reply_refuses_a_contact_without_an_address(staff, django_capture_on_commit_callbacks):
    conversation = ConversationFactory(name="Noor", email="", phone="07700 900000")
    saying.record_incoming(conversation=conversation, body="Please ring.", at=NOW, by=staff)

    with (
        django_capture_on_commit_callbacks() as callbacks,
        pytest.raises(saying.ChannelClosed, match="Noor has no email address"),
    ):
        saying.reply(conversation=conversation, by=staff, body="Hello", now=NOW + MINUTE)

    conversation.refresh_from_db()
    assert (conversation.paused_at, conversation.waiting_since) == (None, NOW)
    assert Message.objects.get().body == "Please ring."
    assert callbacks == []
    assert audited() == ["conversation.received"]


def test_record_incoming_makes_the_contact_wait_since_the_first_words(conversation, staff):
    saying.record_incoming(conversation=conversation, body="Hello?", at=NOW)
    message = saying.record_incoming(conversation=conversation, body="Anyone?", at=NOW + MINUTE, by=staff)

    assert (message.status, message.direction, message.sent_by) == ("received", "in", staff)
    conversation.refresh_from_db()
    assert conversation.waiting_since == NOW
    assert (conversation.last_words, conversation.last_message_at) == ("Anyone?", NOW + MINUTE)


def test_record_incoming_that_needs_no_answer_changes_nothing_about_who_waits(conversation):
    saying.record_incoming(conversation=conversation, body="STOP", at=NOW, waits=False)
    conversation.refresh_from_db()
    assert (conversation.waiting_since, conversation.is_unread) == (None, True)

    saying.record_incoming(conversation=conversation, body="Hello?", at=NOW + MINUTE)
    saying.record_incoming(conversation=conversation, body="STOP", at=NOW, waits=False)
    conversation.refresh_from_db()
    assert conversation.waiting_since == NOW + MINUTE


def test_record_incoming_opens_a_closed_conversation(conversation, staff):
    handling.close_conversation(conversation=conversation, by=staff, now=timezone.now())

    saying.record_incoming(conversation=conversation, body="Hello?", at=NOW)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.waiting_since) == (Conversation.Status.OPEN, NOW)


def test_record_incoming_leaves_a_pause_alone(conversation, staff):
    saying.reply(conversation=conversation, by=staff, body="Yes?", now=NOW)

    saying.record_incoming(conversation=conversation, body="Thanks.", at=NOW + MINUTE)

    conversation.refresh_from_db()
    assert (conversation.paused_until, conversation.paused_by) == (NOW + DAY, staff)


# --- Pause, close, reopen ---


def test_resume_automation_ends_the_pause(conversation, staff):
    saying.reply(conversation=conversation, by=staff, body="Hello", now=timezone.now())

    pause.resume_automation(conversation=conversation, by=staff, now=timezone.now())
    pause.resume_automation(conversation=conversation, by=staff, now=timezone.now())

    conversation.refresh_from_db()
    assert (conversation.paused_at, conversation.paused_until, conversation.paused_by) == (None,) * 3
    assert automated(conversation, now=timezone.now()).status == Message.Status.QUEUED
    assert audited().count("conversation.resumed") == 1


def test_resume_automation_does_nothing_where_it_is_not_paused(conversation, staff):
    assert pause.resume_automation(conversation=conversation, by=staff, now=timezone.now()) == 0

    assert "conversation.resumed" not in audited()


def test_resume_automation_says_how_many_held_messages_leave(conversation, staff):
    now = timezone.now()
    saying.reply(conversation=conversation, by=staff, body="Hello", now=now)
    held = automated(conversation, now=now, starts_at=now + DAY)
    assert held.status == Message.Status.SKIPPED

    assert pause.resume_automation(conversation=conversation, by=staff, now=timezone.now()) == 1

    held.refresh_from_db()
    assert (held.status, held.reason_code, held.reason) == (Message.Status.QUEUED, "", "")


def test_close_conversation_ends_the_wait_and_the_pause(conversation, staff):
    saying.reply(conversation=conversation, by=staff, body="Hello", now=NOW)
    saying.record_incoming(conversation=conversation, body="Thanks", at=NOW + MINUTE)

    handling.close_conversation(conversation=conversation, by=staff, now=timezone.now())
    handling.close_conversation(conversation=conversation, by=staff, now=timezone.now())

    conversation.refresh_from_db()
    assert conversation.status == Conversation.Status.CLOSED
    assert (conversation.waiting_since, conversation.paused_at, conversation.paused_by) == (None,) * 3
    assert audited().count("conversation.closed") == 1


def test_reopen_conversation_brings_it_back(conversation, staff):
    handling.close_conversation(conversation=conversation, by=staff, now=timezone.now())

    handling.reopen_conversation(conversation=conversation, by=staff)
    handling.reopen_conversation(conversation=conversation, by=staff)

    conversation.refresh_from_db()
    assert conversation.status == Conversation.Status.OPEN
    assert audited().count("conversation.reopened") == 1
