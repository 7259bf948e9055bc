"""What people do with one message."""

import pytest
from django.utils import timezone

from accounts.models import AuditEntry
from alerts.tests.factories import AlertFactory
from contacts.services import change_contact
from messaging.consent import services as consent
from messaging.inbox import saying
from messaging.models import Automation, ConsentChange, Message
from messaging.outbox import services as outbox
from messaging.tests.clock import DAY, HOUR, MINUTE, NOW, fate
from messaging.tests.factories import ConversationFactory, MessageFactory, automated
from messaging.tests.taking import take_next
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode


@pytest.fixture
def conversation(db):
    return ConversationFactory(name="Ada", email="ada@client.example")


def audited(action) -> int:
    return AuditEntry.objects.filter(action=action).count()


def opt_out():
    consent.refuse(
        channel=Channel.EMAIL, value="ada@client.example", source=ConsentChange.Source.STAFF, now=NOW
    )


# --- Changing ---


@pytest.mark.parametrize("status", Message.PENDING)
@pytest.mark.parametrize("rule", [RuleCode.REMINDER, ""])
def test_edit_message_changes_the_words_of_what_waits(conversation, staff, status, rule):
    message = MessageFactory(conversation=conversation, status=status, rule=rule)

    outbox.edit_message(message=message, subject="New", body="New words", by=staff)

    message.refresh_from_db()
    assert (message.subject, message.body, message.status) == ("New", "New words", status)
    assert audited("message.edited") == 1
    assert "New words" not in str(AuditEntry.objects.get(action="message.edited").changes)


def test_edit_message_that_changes_nothing_writes_nothing_down(conversation, staff):
    message = MessageFactory(conversation=conversation, status="planned")

    outbox.edit_message(message=message, body=message.body, by=staff)

    assert audited("message.edited") == 0


@pytest.mark.parametrize("status", sorted(set(Message.Status) - set(Message.PENDING), key=str))
def test_edit_message_refuses_what_has_left_or_will_not(conversation, staff, status):
    message = MessageFactory(conversation=conversation, status=status)

    with pytest.raises(outbox.CannotEdit):
        outbox.edit_message(message=message, body="New words", by=staff)

    message.refresh_from_db()
    assert message.body == "Hello Ada, you are booked."
    assert audited("message.edited") == 0


# --- Sending now ---


def test_send_now_sends_a_planned_message_as_asked_for(
    conversation, staff, django_capture_on_commit_callbacks
):
    message = automated(conversation, now=NOW, send_at=NOW + DAY, starts_at=NOW + 2 * DAY)

    with django_capture_on_commit_callbacks() as callbacks:
        outbox.send_now(message=message, by=staff, now=NOW + MINUTE)

    assert fate(message) == (Message.Status.QUEUED, "")
    assert (message.sent_by, message.send_at) == (staff, NOW + MINUTE)
    assert len(callbacks) == 1
    assert audited("message.sent_by_hand") == 1


def test_send_now_ignores_pause_window_and_switch_for_a_held_message(staff):
    Automation.objects.create(pk=1, window_for_email=True)
    conversation = ConversationFactory()
    night = NOW + 14 * HOUR
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=night)
    held = automated(conversation, now=night, starts_at=night + DAY)
    assert held.is_held
    Automation.objects.update(stopped_at=night)

    outbox.send_now(message=held, by=staff, now=night)

    assert fate(held) == (Message.Status.QUEUED, "")


def test_send_now_is_of_use_until_the_visit_begins(conversation, staff):
    message = automated(conversation, now=NOW, send_at=NOW + HOUR, starts_at=NOW + 2 * HOUR)

    outbox.send_now(message=message, by=staff, now=NOW + 119 * MINUTE)

    assert message.useless_after == NOW + 90 * MINUTE
    message.refresh_from_db()
    assert (message.status, message.useless_after) == (Message.Status.QUEUED, NOW + 2 * HOUR)


@pytest.mark.parametrize(
    ("later", "opted_out", "refusal"),
    [(2 * HOUR, False, "Too late to be useful."), (MINUTE, True, "Opted out of email.")],
)
def test_send_now_never_ignores_an_opt_out_or_a_visit_that_has_begun(
    conversation, staff, later, opted_out, refusal, django_capture_on_commit_callbacks
):
    message = automated(conversation, now=NOW, send_at=NOW + HOUR, starts_at=NOW + 2 * HOUR)
    if opted_out:
        opt_out()
        Message.objects.update(status="planned", channel="email")

    with django_capture_on_commit_callbacks() as callbacks, pytest.raises(outbox.CannotSend, match=refusal):
        outbox.send_now(message=message, by=staff, now=NOW + later)

    assert fate(message)[0] == Message.Status.PLANNED
    assert message.sent_by is None
    assert callbacks == []
    assert audited("message.sent_by_hand") == 0


@pytest.mark.parametrize("status", sorted(set(Message.Status) - set(Message.PENDING), key=str))
def test_send_now_refuses_what_neither_waits_nor_is_held(conversation, staff, status):
    message = MessageFactory(conversation=conversation, status=status, reason="Why")

    with pytest.raises(outbox.CannotSend):
        outbox.send_now(message=message, by=staff, now=timezone.now())

    assert fate(message) == (status, "Why")


# --- Trying again ---


@pytest.mark.parametrize("status", Message.UNDELIVERED)
def test_retry_message_begins_again(conversation, staff, status, django_capture_on_commit_callbacks):
    message = MessageFactory(
        conversation=conversation, status=status, reason="550", attempts=5, send_at=NOW - DAY
    )
    before = timezone.now()

    with django_capture_on_commit_callbacks() as callbacks:
        outbox.retry_message(message=message, by=staff)

    assert fate(message) == (Message.Status.QUEUED, "")
    assert message.attempts == 0
    assert before <= message.send_at <= timezone.now()
    assert len(callbacks) == 1
    assert audited("message.retried") == 1


def test_retry_message_truly_sends_although_automation_is_paused(conversation, staff):
    now = timezone.now()
    message = MessageFactory(conversation=conversation, rule=RuleCode.REMINDER, status="failed")
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=now)

    outbox.retry_message(message=message, by=staff)

    assert fate(message)[0] == Message.Status.QUEUED
    taken = {take_next(now=timezone.now()).pk for _ in range(2)}
    assert message.pk in taken
    assert fate(message)[0] == Message.Status.SENDING


@pytest.mark.parametrize("status", sorted(set(Message.Status) - set(Message.UNDELIVERED), key=str))
def test_retry_message_refuses_what_has_not_failed(
    conversation, staff, status, django_capture_on_commit_callbacks
):
    message = MessageFactory(conversation=conversation, status=status, attempts=1, send_at=NOW)

    with django_capture_on_commit_callbacks() as callbacks, pytest.raises(outbox.CannotRetry):
        outbox.retry_message(message=message, by=staff)

    assert fate(message)[0] == status
    assert (message.attempts, message.send_at) == (1, NOW)
    assert callbacks == []
    assert audited("message.retried") == 0


def test_what_came_back_goes_to_the_address_that_was_corrected(conversation, staff):
    old = conversation.contact.email
    consent.mark_bounced(channel=Channel.EMAIL, value=old, words="No such user.", now=NOW)
    message = MessageFactory(conversation=conversation, status="bounced", address=old, attempts=1)

    with pytest.raises(outbox.CannotRetry, match="does not take messages: No such user"):
        outbox.retry_message(message=message, by=staff)
    assert fate(message)[0] == Message.Status.BOUNCED

    change_contact(contact=conversation.contact, email="right@client.example", by=staff)
    outbox.retry_message(message=Message.objects.get(pk=message.pk), by=staff)

    taken = take_next(now=timezone.now())
    assert (taken.pk, taken.address) == (message.pk, "right@client.example")


@pytest.mark.parametrize("act", [outbox.retry_message, outbox.cancel_message])
def test_whoever_answers_for_what_came_back_empties_the_list(conversation, staff, act):
    message = MessageFactory(conversation=conversation, status="bounced", reason="Mailbox full.")
    alert = AlertFactory(kind="delivery", source_key=f"message:{message.pk}")
    assert Message.objects.outbox().undelivered().count() == 1

    act(message=message, by=staff)

    assert not Message.objects.outbox().undelivered().exists()
    alert.refresh_from_db()
    assert alert.status == "resolved"


def test_retry_message_refuses_what_is_of_no_use_any_more_and_says_why(conversation, staff):
    message = MessageFactory(conversation=conversation, status="failed", reason="550", useless_after=NOW)

    with pytest.raises(outbox.CannotRetry, match=r"Too late to be useful\."):
        outbox.retry_message(message=message, by=staff, now=NOW)

    assert fate(message) == (Message.Status.FAILED, "550")


def test_a_reply_that_is_tried_again_answers_and_pauses_again(conversation, staff):
    now = timezone.now()
    saying.record_incoming(conversation=conversation, body="Hello?", at=now - HOUR)
    reply = saying.reply(conversation=conversation, by=staff, body="Yes?", now=now)
    Message.objects.filter(pk=reply.pk).update(status="failed")
    type(conversation).objects.filter(pk=conversation.pk).update(waiting_since=now - HOUR, paused_at=None)

    outbox.retry_message(message=reply, by=staff)

    conversation.refresh_from_db()
    assert (conversation.waiting_since, conversation.paused_at) == (None, now)


def test_resolve_unknown_as_arrived(conversation, staff):
    message = MessageFactory(conversation=conversation, status="unknown", send_at=NOW)

    outbox.resolve_unknown(message=message, was_sent=True, by=staff)

    assert fate(message) == (Message.Status.SENT, "Sara Staff found out that it arrived.")
    assert (message.sent_at, message.reason_code) == (NOW, Reason.CONFIRMED)
    assert audited("message.confirmed") == 1
    with pytest.raises(outbox.CannotRetry):
        outbox.resolve_unknown(message=message, was_sent=False, by=staff)


def test_resolve_unknown_as_lost_sends_it_again(conversation, staff):
    message = MessageFactory(conversation=conversation, status="unknown", send_at=NOW)

    outbox.resolve_unknown(message=message, was_sent=False, by=staff)

    assert fate(message) == (Message.Status.QUEUED, "")


# --- Taking back ---


@pytest.mark.parametrize("status", Message.PENDING)
def test_cancel_message_takes_one_back_and_says_who_did(conversation, staff, status):
    message = MessageFactory(conversation=conversation, status=status)

    outbox.cancel_message(message=message, by=staff)

    assert fate(message) == (Message.Status.CANCELLED, "Cancelled by Sara Staff.")
    assert audited("message.cancelled") == 1


@pytest.mark.parametrize("status", [Message.Status.FAILED, Message.Status.UNKNOWN])
def test_cancel_message_gives_up_what_has_failed_and_keeps_the_words_of_the_provider(
    conversation, staff, status
):
    message = MessageFactory(conversation=conversation, status=status, reason="550 No such user")

    outbox.cancel_message(message=message, by=staff)

    assert fate(message) == (Message.Status.CANCELLED, "Given up by Sara Staff. 550 No such user")


def test_cancel_message_takes_back_what_a_pause_holds(conversation, staff):
    message = MessageFactory(conversation=conversation, status="skipped", reason_code=Reason.PAUSED)

    outbox.cancel_message(message=message, by=staff)

    assert fate(message)[0] == Message.Status.CANCELLED
    assert not conversation.messages.held().exists()


OVER = set(Message.Status) - {*Message.PENDING, *Message.UNDELIVERED}


@pytest.mark.parametrize("status", sorted(OVER, key=str))
def test_cancel_message_refuses_what_is_over(conversation, staff, status):
    message = MessageFactory(conversation=conversation, status=status, reason="Why")

    with pytest.raises(outbox.CannotCancel):
        outbox.cancel_message(message=message, by=staff)

    assert fate(message) == (status, "Why")
    assert audited("message.cancelled") == 0


def test_cancelling_a_reply_puts_the_conversation_back_to_where_it_was(conversation, staff):
    now = timezone.now()
    saying.record_incoming(conversation=conversation, body="Can I come later?", at=now - HOUR)
    reply = saying.reply(conversation=conversation, by=staff, body="Of course.", now=now)
    held = automated(conversation, now=now, starts_at=now + DAY)
    assert held.is_held

    outbox.cancel_message(message=reply, by=staff)

    conversation.refresh_from_db()
    assert (conversation.waiting_since, conversation.paused_at) == (now - HOUR, None)
    assert conversation.last_words == "Can I come later?"
    assert fate(held)[0] == Message.Status.QUEUED
