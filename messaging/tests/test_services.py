import datetime
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEntry
from messaging import services
from messaging.models import Conversation, Message
from messaging.rules import Rule
from messaging.tests.factories import ConversationFactory, MessageFactory

NOW = datetime.datetime(2031, 3, 4, 9, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(hours=24)


def automated(conversation, rule=Rule.REMINDER, **changes):
    """Send an automated message now, with whatever differs."""
    return services.send_automated(
        **{
            "conversation": conversation,
            "rule": rule,
            "key": f"booking:1:{rule}:1",
            "subject": "Your booking",
            "body": "Hello Ada,\nsee you.",
            "about_key": "booking:1",
            "about_url": "/bookings/1/",
            "now": NOW,
            **changes,
        }
    )


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


# --- What automation says ---


def test_send_automated_queues_what_is_due_and_wakes_the_worker(
    conversation, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks:
        message = automated(conversation, useless_after=NOW + DAY)

    message.refresh_from_db()
    assert (message.status, message.send_at, message.reason) == (Message.Status.QUEUED, NOW, "")
    assert (message.rule, message.about_key, message.sent_by) == (Rule.REMINDER, "booking:1", None)
    assert len(callbacks) == 1
    conversation.refresh_from_db()
    assert (conversation.last_message_at, conversation.last_words) == (NOW, "Hello Ada, see you.")


def test_send_automated_plans_what_is_due_later_and_leaves_the_inbox_as_it_is(
    conversation, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks:
        message = automated(conversation, send_at=NOW + MINUTE)

    message.refresh_from_db()
    assert (message.status, message.send_at) == (Message.Status.PLANNED, NOW + MINUTE)
    assert callbacks == []
    conversation.refresh_from_db()
    assert (conversation.last_message_at, conversation.last_words) == (NOW - DAY, "")


def test_send_automated_sends_at_once_what_should_have_been_sent_before(conversation):
    message = automated(conversation, send_at=NOW - DAY)

    assert (message.status, message.send_at) == (Message.Status.QUEUED, NOW)


def test_send_automated_uses_a_key_once(conversation):
    first = automated(conversation)

    again = automated(conversation, body="Other words", now=NOW + DAY)

    assert again == first
    assert Message.objects.get().body == "Hello Ada,\nsee you."


def test_send_automated_skips_what_is_too_late_to_be_useful(conversation):
    message = automated(conversation, useless_after=NOW)

    message.refresh_from_db()
    assert (message.status, message.reason) == (Message.Status.SKIPPED, "Too late to be useful.")
    conversation.refresh_from_db()
    assert conversation.last_words == ""


@pytest.mark.django_db
def test_send_automated_skips_a_contact_without_an_address():
    conversation = ConversationFactory(email="", phone="020 7946 0000")

    message = automated(conversation)

    message.refresh_from_db()
    assert (message.status, message.reason) == (Message.Status.SKIPPED, "No email address.")


@pytest.mark.parametrize("rule", [Rule.WELCOME, Rule.REMINDER, Rule.FORM_REMINDER])
def test_a_pause_stops_what_the_clock_and_courtesy_send(conversation, staff, rule):
    services.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    message = automated(conversation, rule, now=NOW + DAY - MINUTE)

    message.refresh_from_db()
    assert message.status == Message.Status.SKIPPED
    assert message.reason == "Automation is paused by Sara Staff until Wed 09:00."


@pytest.mark.parametrize("rule", [Rule.CONFIRMATION, Rule.MOVED, Rule.CANCELLED])
def test_a_pause_does_not_stop_receipts(conversation, staff, rule):
    services.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    message = automated(conversation, rule, now=NOW + MINUTE)

    assert message.status == Message.Status.QUEUED


def test_a_pause_does_not_stop_what_somebody_asked_for(conversation, staff):
    services.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    message = automated(conversation, asked_by=staff, now=NOW + MINUTE)

    assert (message.status, message.sent_by) == (Message.Status.QUEUED, staff)


def test_a_pause_says_nothing_about_what_is_due_later(conversation, staff):
    services.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    message = automated(conversation, now=NOW + MINUTE, send_at=NOW + 2 * MINUTE)

    assert message.status == Message.Status.PLANNED


def test_a_pause_is_over_after_24_hours_to_the_second(conversation, staff):
    services.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    message = automated(conversation, now=NOW + DAY)

    assert message.status == Message.Status.QUEUED


def skip(conversation):
    return services.record_skipped(
        conversation=conversation,
        rule=Rule.REMINDER,
        key="booking:1:reminder:1",
        about_key="booking:1",
        about_url="/bookings/1/",
        reason="Booked after the time for its reminder.",
        now=NOW,
    )


def test_record_skipped_leaves_a_row_that_says_why_once(conversation):
    message = skip(conversation)

    assert skip(conversation) == message
    assert Message.objects.get().reason == "Booked after the time for its reminder."
    assert (message.status, message.subject) == (Message.Status.SKIPPED, "Reminder")
    conversation.refresh_from_db()
    assert conversation.last_words == ""


def at_once(action, times):
    """Run ``action`` so many times at the same time, each in a thread with a connection of its own."""
    barrier = Barrier(times, timeout=10)

    def run(_):
        try:
            connection.ensure_connection()
            barrier.wait()
            return action()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("action", [automated, skip])
def test_two_who_use_a_key_at_the_same_time_get_one_message(action):
    conversation = ConversationFactory()

    results = at_once(lambda: action(conversation), times=6)

    assert {message.pk for message in results} == {Message.objects.get().pk}


# --- Taking back ---


def test_cancel_planned_takes_back_what_still_waits_about_a_thing(conversation):
    planned = automated(conversation, send_at=NOW + DAY)
    queued = automated(conversation, key="booking:1:confirmation:1", rule=Rule.CONFIRMATION)
    other = automated(conversation, key="booking:2:reminder:1", about_key="booking:2", send_at=NOW + DAY)
    sent = MessageFactory(conversation=conversation, about_key="booking:1", status=Message.Status.SENT)

    count = services.cancel_planned(about_key="booking:1", reason="The booking was moved.")

    assert count == 2
    for message in [planned, queued, other, sent]:
        message.refresh_from_db()
    assert {planned.status, queued.status} == {Message.Status.CANCELLED}
    assert planned.reason == "The booking was moved."
    assert (other.status, sent.status) == (Message.Status.PLANNED, Message.Status.SENT)


@pytest.mark.parametrize("status", [Message.Status.FAILED, Message.Status.SENDING])
def test_cancel_planned_keeps_what_cannot_be_taken_back_from_being_tried_again(conversation, status):
    message = MessageFactory(conversation=conversation, about_key="booking:1", status=status, reason="Why")

    services.cancel_planned(about_key="booking:1", reason="The booking was moved.")

    message.refresh_from_db()
    assert (message.status, message.reason) == (status, "Why")
    assert message.useless_after <= timezone.now()


@pytest.mark.parametrize("status", Message.PENDING)
def test_cancel_message_takes_one_back_and_says_who_did(conversation, staff, status):
    message = MessageFactory(conversation=conversation, status=status)

    services.cancel_message(message=message, by=staff)

    message.refresh_from_db()
    assert (message.status, message.reason) == (Message.Status.CANCELLED, "Cancelled by Sara Staff.")
    assert AuditEntry.objects.filter(action="message.cancelled", by=staff).count() == 1


@pytest.mark.parametrize(
    "status", sorted(set(Message.Status) - {*Message.PENDING, Message.Status.RECEIVED}, key=str)
)
def test_cancel_message_refuses_what_is_not_waiting(conversation, staff, status):
    message = MessageFactory(conversation=conversation, status=status, reason="Why")

    with pytest.raises(services.CannotCancel):
        services.cancel_message(message=message, by=staff)

    message.refresh_from_db()
    assert (message.status, message.reason) == (status, "Why")
    assert not AuditEntry.objects.filter(action="message.cancelled").exists()


def test_retry_message_begins_again(conversation, staff, django_capture_on_commit_callbacks):
    message = MessageFactory(
        conversation=conversation, status=Message.Status.FAILED, reason="550", attempts=5, send_at=NOW - DAY
    )
    before = timezone.now()

    with django_capture_on_commit_callbacks() as callbacks:
        services.retry_message(message=message, by=staff)

    message.refresh_from_db()
    assert (message.status, message.reason, message.attempts) == (Message.Status.QUEUED, "", 0)
    assert before <= message.send_at <= timezone.now()
    assert len(callbacks) == 1
    assert AuditEntry.objects.filter(action="message.retried", by=staff).count() == 1


@pytest.mark.parametrize("status", [Message.Status.SENT, Message.Status.QUEUED, Message.Status.SKIPPED])
def test_retry_message_refuses_what_has_not_failed(
    conversation, staff, status, django_capture_on_commit_callbacks
):
    message = MessageFactory(conversation=conversation, status=status, attempts=1, send_at=NOW)

    with django_capture_on_commit_callbacks() as callbacks, pytest.raises(services.CannotRetry):
        services.retry_message(message=message, by=staff)

    message.refresh_from_db()
    assert (message.status, message.attempts, message.send_at) == (status, 1, NOW)
    assert callbacks == []
    assert not AuditEntry.objects.filter(action="message.retried").exists()


# --- What people say ---


def test_reply_queues_an_email_and_pauses_automation_for_a_day(
    conversation, staff, django_capture_on_commit_callbacks
):
    services.record_incoming(conversation=conversation, body="Can I come later?", at=NOW - DAY)

    with django_capture_on_commit_callbacks() as callbacks:
        message = services.reply(conversation=conversation, by=staff, body="Of course.", now=NOW)

    assert (message.status, message.send_at, message.sent_by) == (Message.Status.QUEUED, NOW, staff)
    assert not message.is_automated
    assert len(callbacks) == 1
    conversation.refresh_from_db()
    assert (conversation.paused_until, conversation.paused_by) == (NOW + DAY, staff)
    assert (conversation.waiting_since, conversation.last_words) == (None, "Of course.")
    assert audited() == ["conversation.received", "conversation.replied"]


def test_reply_opens_a_closed_conversation_and_a_second_one_begins_the_day_again(conversation, staff, admin):
    services.close_conversation(conversation=conversation, by=staff)

    services.reply(conversation=conversation, by=staff, body="One more thing.", now=NOW)
    services.reply(conversation=conversation, by=admin, body="And another.", now=NOW + MINUTE)

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
        automated(conversation, subject=last)
        automated(conversation, subject="Never said", key="planned", send_at=NOW + DAY)

    message = services.reply(conversation=conversation, by=staff, body="Yes.", now=NOW + MINUTE)

    assert message.subject == subject


@pytest.mark.django_db
def test_reply_refuses_a_contact_without_an_address(staff, django_capture_on_commit_callbacks):
    conversation = ConversationFactory(name="Noor", email="", phone="020 7946 0000")
    services.record_incoming(conversation=conversation, body="Please ring.", at=NOW, by=staff)

    with (
        django_capture_on_commit_callbacks() as callbacks,
        pytest.raises(services.NoAddress, match="Noor has no email address"),
    ):
        services.reply(conversation=conversation, by=staff, body="Hello", now=NOW + MINUTE)

    conversation.refresh_from_db()
    assert (conversation.paused_until, conversation.waiting_since) == (None, NOW)
    assert Message.objects.get().body == "Please ring."
    assert callbacks == []
    assert audited() == ["conversation.received"]


def test_record_incoming_makes_the_contact_wait_since_the_first_words(conversation, staff):
    services.record_incoming(conversation=conversation, body="Hello?", at=NOW)
    message = services.record_incoming(conversation=conversation, body="Anyone?", at=NOW + MINUTE, by=staff)

    assert (message.status, message.direction, message.sent_by) == ("received", "in", staff)
    conversation.refresh_from_db()
    assert conversation.waiting_since == NOW
    assert (conversation.last_words, conversation.last_message_at) == ("Anyone?", NOW + MINUTE)


def test_record_incoming_opens_a_closed_conversation(conversation, staff):
    services.close_conversation(conversation=conversation, by=staff)

    services.record_incoming(conversation=conversation, body="Hello?", at=NOW)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.waiting_since) == (Conversation.Status.OPEN, NOW)


def test_record_incoming_leaves_a_pause_alone(conversation, staff):
    services.reply(conversation=conversation, by=staff, body="Yes?", now=NOW)

    services.record_incoming(conversation=conversation, body="Thanks.", at=NOW + MINUTE)

    conversation.refresh_from_db()
    assert (conversation.paused_until, conversation.paused_by) == (NOW + DAY, staff)


# --- Pause, close, reopen ---


def test_resume_automation_ends_the_pause(conversation, staff):
    services.reply(conversation=conversation, by=staff, body="Hello", now=timezone.now())

    services.resume_automation(conversation=conversation, by=staff)
    services.resume_automation(conversation=conversation, by=staff)

    conversation.refresh_from_db()
    assert (conversation.paused_until, conversation.paused_by) == (None, None)
    assert automated(conversation, now=timezone.now()).status == Message.Status.QUEUED
    assert audited().count("conversation.resumed") == 1


def test_resume_automation_does_nothing_once_the_pause_is_over(conversation, staff):
    services.reply(conversation=conversation, by=staff, body="Hello", now=timezone.now() - DAY)

    services.resume_automation(conversation=conversation, by=staff)

    assert "conversation.resumed" not in audited()


def test_close_conversation_ends_the_wait_and_the_pause(conversation, staff):
    services.reply(conversation=conversation, by=staff, body="Hello", now=NOW)
    services.record_incoming(conversation=conversation, body="Thanks", at=NOW + MINUTE)

    services.close_conversation(conversation=conversation, by=staff)
    services.close_conversation(conversation=conversation, by=staff)

    conversation.refresh_from_db()
    assert conversation.status == Conversation.Status.CLOSED
    assert (conversation.waiting_since, conversation.paused_until, conversation.paused_by) == (None,) * 3
    assert audited().count("conversation.closed") == 1


def test_reopen_conversation_brings_it_back(conversation, staff):
    services.close_conversation(conversation=conversation, by=staff)

    services.reopen_conversation(conversation=conversation, by=staff)
    services.reopen_conversation(conversation=conversation, by=staff)

    conversation.refresh_from_db()
    assert conversation.status == Conversation.Status.OPEN
    assert audited().count("conversation.reopened") == 1
