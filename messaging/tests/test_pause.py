"""A reply that is taken back leaves the conversation as if it had never been written."""

import datetime

import pytest
from django.utils import timezone

from messaging import pause
from messaging.inbox import handling, saying
from messaging.models import Message
from messaging.outbox import services as outbox
from messaging.tests.factories import ConversationFactory, automated
from messaging.tests.talks import DAY, MINUTE

pytestmark = pytest.mark.django_db


@pytest.fixture
def now():
    return timezone.now().replace(microsecond=0)


@pytest.fixture
def conversation(now):
    """Ada has waited for an hour."""
    conversation = ConversationFactory(name="Ada")
    saying.record_incoming(conversation=conversation, body="Hello?", at=now - 60 * MINUTE)
    conversation.refresh_from_db()
    return conversation


def say(conversation, by, *, now, body="Yes") -> Message:
    return saying.reply(conversation=conversation, by=by, body=body, now=now)


def test_who_was_answered_waits_again_and_automation_speaks_again(conversation, staff, now):
    reply = say(conversation, staff, now=now)
    held = automated(conversation, now=now, starts_at=now + DAY)

    outbox.cancel_message(message=reply, by=staff)

    conversation.refresh_from_db()
    held.refresh_from_db()
    assert conversation.waiting_since == now - 60 * MINUTE
    assert (conversation.paused_at, conversation.paused_until, conversation.paused_by) == (None,) * 3
    assert held.status == "queued"
    assert conversation.last_words == "Hello?"


def test_another_reply_stays_the_answer_and_keeps_automation_silent(conversation, staff, admin, now):
    say(conversation, staff, now=now - 10 * MINUTE)
    second = say(conversation, admin, now=now)

    outbox.cancel_message(message=second, by=admin)

    conversation.refresh_from_db()
    assert conversation.waiting_since is None
    assert (conversation.paused_at, conversation.paused_by) == (now - 10 * MINUTE, staff)
    assert conversation.paused_until == now - 10 * MINUTE + DAY


def test_once_the_last_of_two_replies_is_taken_back_the_wait_is_as_long_as_it_was(conversation, staff, now):
    first = say(conversation, staff, now=now - 10 * MINUTE)
    second = say(conversation, staff, now=now)

    for reply in (first, second):
        outbox.cancel_message(message=reply, by=staff)

    conversation.refresh_from_db()
    assert conversation.waiting_since == now - 60 * MINUTE
    assert conversation.paused_at is None


def test_what_came_after_the_reply_does_not_shorten_the_wait(conversation, staff, now):
    reply = say(conversation, staff, now=now - 10 * MINUTE)
    saying.record_incoming(conversation=conversation, body="Are you there?", at=now)

    outbox.cancel_message(message=reply, by=staff)

    conversation.refresh_from_db()
    assert conversation.waiting_since == now - 60 * MINUTE


def test_what_was_closed_before_is_not_brought_back(conversation, staff, now):
    handling.close_conversation(conversation=conversation, by=staff, now=timezone.now())
    saying.record_incoming(conversation=conversation, body="Something else", at=now - MINUTE)
    reply = say(conversation, staff, now=now)

    outbox.cancel_message(message=reply, by=staff)

    conversation.refresh_from_db()
    assert conversation.waiting_since == now - MINUTE


def test_a_closed_conversation_stays_closed(conversation, staff, now):
    reply = say(conversation, staff, now=now)
    handling.close_conversation(conversation=conversation, by=staff, now=timezone.now())

    outbox.cancel_message(message=reply, by=staff)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.waiting_since) == ("closed", None)


def test_a_pause_that_somebody_else_has_ended_or_begun_anew_stays_as_it_is(conversation, staff, now):
    reply = say(conversation, staff, now=now)
    pause.resume_automation(conversation=conversation, by=staff, now=timezone.now())

    outbox.cancel_message(message=reply, by=staff)

    conversation.refresh_from_db()
    assert conversation.paused_at is None


def test_a_pause_of_a_reply_long_ago_does_not_come_back(conversation, staff, now):
    say(conversation, staff, now=now - DAY - datetime.timedelta(minutes=1))
    second = say(conversation, staff, now=now)

    outbox.cancel_message(message=second, by=staff)

    conversation.refresh_from_db()
    assert conversation.paused_at is None
