import dataclasses
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from messaging.deciding.rulebook import Rulebook
from messaging.inbox import saying
from messaging.locks import locked
from messaging.models import Message
from messaging.outbox import planning, revising
from messaging.outbox.planning import Occasion
from messaging.tests.clock import DAY, HOUR, MINUTE, NOW, fate
from messaging.tests.factories import ConversationFactory, MessageFactory, about, automated, refused
from messaging.words.reasons import Reason
from messaging.words.rules import RuleCode

# --- What automation says ---


def test_plan_queues_what_is_due_and_wakes_the_worker(conversation, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks() as callbacks:
        message = automated(conversation, now=NOW, starts_at=NOW + DAY)

    assert fate(message) == (Message.Status.QUEUED, "")
    assert message.send_at == NOW
    assert (message.rule, message.about_key, message.sent_by) == (RuleCode.REMINDER, "booking:1", None)
    assert message.subject == "Reminder: Massage, Tuesday 4 March 2031, 15:00"
    assert len(callbacks) == 1
    conversation.refresh_from_db()
    assert conversation.last_message_at == NOW
    assert conversation.last_words.startswith("Hello Ada, we look forward to seeing you: Massage with Maya")


def test_plan_plans_what_is_due_later_and_leaves_the_inbox_as_it_is(
    conversation, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks() as callbacks:
        message = automated(conversation, now=NOW, send_at=NOW + MINUTE)

    assert fate(message) == (Message.Status.PLANNED, "")
    assert message.send_at == NOW + MINUTE
    assert callbacks == []
    conversation.refresh_from_db()
    assert (conversation.last_message_at, conversation.last_words) == (NOW - DAY, "")


def test_plan_sends_at_once_what_should_have_been_sent_before(conversation):
    message = automated(conversation, now=NOW, send_at=NOW - DAY)

    assert (message.status, message.send_at) == (Message.Status.QUEUED, NOW)


def test_plan_uses_a_key_once(conversation):
    first = automated(conversation, now=NOW)

    again = automated(conversation, now=NOW + DAY, values={"service": "Something else"})

    assert again == first
    assert Message.objects.get().subject == first.subject


def test_plan_skips_what_is_too_late_to_be_useful(conversation):
    message = automated(conversation, now=NOW, starts_at=NOW + 30 * MINUTE)

    assert fate(message) == (Message.Status.SKIPPED, "Too late to be useful.")
    conversation.refresh_from_db()
    assert conversation.last_words == ""


@pytest.mark.django_db
def test_plan_skips_a_contact_without_an_address():
    conversation = ConversationFactory(email="", phone="12345")

    message = automated(conversation, now=NOW)

    assert message.reason_code == Reason.NO_ADDRESS
    assert fate(message) == (
        Message.Status.SKIPPED,
        "No address to send it to: no email address and no mobile number.",
    )


@pytest.mark.parametrize("code", [RuleCode.WELCOME, RuleCode.REMINDER, RuleCode.FORM_REMINDER])
def test_a_pause_stops_what_the_clock_and_courtesy_send(conversation, staff, code):
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    message = automated(conversation, code, now=NOW + DAY - MINUTE)

    assert fate(message) == (
        Message.Status.SKIPPED,
        "Automation is paused by Sara Staff until Wed 09:00.",
    )


@pytest.mark.parametrize("code", [RuleCode.CONFIRMATION, RuleCode.MOVED, RuleCode.CANCELLED])
def test_a_pause_does_not_stop_receipts(conversation, staff, code):
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    message = automated(conversation, code, now=NOW + MINUTE)

    assert message.status == Message.Status.QUEUED


def test_a_pause_does_not_stop_what_somebody_asked_for(conversation, staff):
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    message = automated(conversation, now=NOW + MINUTE, asked_by=staff)

    assert (message.status, message.sent_by) == (Message.Status.QUEUED, staff)


def test_a_pause_says_nothing_about_what_is_due_later(conversation, staff):
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    message = automated(conversation, now=NOW + MINUTE, send_at=NOW + 2 * MINUTE)

    assert message.status == Message.Status.PLANNED


def test_a_pause_is_over_after_24_hours_to_the_second(conversation, staff):
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)

    message = automated(conversation, now=NOW + DAY)

    assert message.status == Message.Status.QUEUED


def skip(conversation, *, now=NOW):
    return refused(conversation, RuleCode.REMINDER, Reason.BOOKED_LATE, now=now)


def test_plan_leaves_a_row_that_says_why_once(conversation):
    message = skip(conversation)

    assert skip(conversation) == message
    assert Message.objects.count() == 1
    assert fate(message) == (Message.Status.SKIPPED, "Booked after the time for its reminder.")
    assert (message.subject, message.reason_code) == ("Reminder", Reason.BOOKED_LATE)
    conversation.refresh_from_db()
    assert conversation.last_words == ""


def reminder_in(hours, **changes):
    values = {"key": f"booking:1:reminder:{hours}", "send_at": NOW + hours * HOUR, **changes}
    return Occasion(code=RuleCode.REMINDER, about_key="booking:1", about_url="/bookings/1/", **values)


@pytest.mark.parametrize("count", [1, 5])
def test_plan_costs_the_same_however_much_there_is_to_say(conversation, count, django_assert_num_queries):
    rulebook, conversation = Rulebook.current(), locked(conversation)
    occasions = [reminder_in(hours + 1) for hours in range(count)]

    with django_assert_num_queries(3):  # keys that were used, consent, the messages
        messages = planning.plan(conversation, occasions, rulebook=rulebook, now=NOW)

    assert [message.send_at for message in messages] == [NOW + (hours + 1) * HOUR for hours in range(count)]
    assert [*Message.objects.order_by("pk")] == messages


def test_plan_says_once_what_would_leave_together(conversation):
    """What may not say the same twice gives way; what has a reason of its own does not."""
    occasions = [reminder_in(3), reminder_in(3, key="twin", apart=True), reminder_in(3, key="other")]

    first, twin, other = planning.plan(conversation, occasions, rulebook=Rulebook.current(), now=NOW)

    assert [first.status, other.status] == [Message.Status.PLANNED] * 2
    assert fate(twin) == (Message.Status.SKIPPED, "The other reminder of that moment says it already.")
    assert (twin.subject, twin.body, twin.send_at) == ("Reminder", "", NOW)


def test_plan_shows_the_last_of_what_leaves_now(conversation):
    occasions = [
        reminder_in(0, key="first"),
        reminder_in(1),
        dataclasses.replace(
            reminder_in(0, key="last", values={"service": "Massage"}), code=RuleCode.CONFIRMATION
        ),
    ]

    planning.plan(conversation, occasions, rulebook=Rulebook.current(), now=NOW)

    conversation.refresh_from_db()
    assert conversation.last_words.startswith("Hello Ada, your booking is confirmed")


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

    results = at_once(lambda: action(conversation, now=NOW), times=6)

    assert {message.pk for message in results} == {Message.objects.get().pk}


# --- Taking back ---


def test_cancel_planned_takes_back_what_still_waits_about_a_thing(conversation):
    planned = automated(conversation, now=NOW, send_at=NOW + DAY)
    queued = automated(conversation, RuleCode.CONFIRMATION, now=NOW)
    other = automated(
        conversation, now=NOW, key="booking:2:reminder:1", about_key="booking:2", send_at=NOW + DAY
    )
    sent = MessageFactory(conversation=conversation, about_key="booking:1", status=Message.Status.SENT)

    count = revising.cancel_planned(about(), reason=Reason.BOOKING_MOVED)

    assert count == 2
    moved = (Message.Status.CANCELLED, "The booking was moved.")
    assert [fate(planned), fate(queued)] == [moved, moved]
    assert [fate(other)[0], fate(sent)[0]] == [Message.Status.PLANNED, Message.Status.SENT]


@pytest.mark.parametrize("status", Message.RETRIABLE)
def test_cancel_planned_keeps_what_cannot_be_taken_back_from_being_tried_again(conversation, status):
    message = MessageFactory(conversation=conversation, about_key="booking:1", status=status, reason="Why")

    revising.cancel_planned(about(), reason=Reason.BOOKING_MOVED)

    assert fate(message) == (status, "Why")
    assert message.useless_after <= timezone.now()


def test_cancel_planned_takes_back_what_a_pause_holds(conversation, staff):
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)
    held = automated(conversation, now=NOW + MINUTE)
    assert held.is_held

    assert revising.cancel_planned(about(), reason=Reason.BOOKING_ENDED, status="completed")

    assert fate(held) == (Message.Status.CANCELLED, "The booking was marked as completed.")


def test_cancel_planned_can_be_kept_to_some_rules(conversation):
    reminder = automated(conversation, now=NOW, send_at=NOW + DAY)
    form = automated(conversation, RuleCode.FORM_REMINDER, now=NOW, send_at=NOW + DAY)

    revising.cancel_planned(about(), reason=Reason.FORM_RECEIVED, rules=[RuleCode.FORM_REMINDER])

    assert fate(form) == (Message.Status.CANCELLED, "The form has come in.")
    assert fate(reminder)[0] == Message.Status.PLANNED


def test_replace_planned_skips_what_is_due_within_twelve_hours(conversation, staff):
    soon = automated(conversation, now=NOW, send_at=NOW + 12 * HOUR)
    later = automated(conversation, now=NOW, key="later", send_at=NOW + 12 * HOUR + MINUTE)
    other = automated(conversation, RuleCode.FORM_REMINDER, now=NOW, send_at=NOW + HOUR)
    asked = automated(conversation, now=NOW, key="by-hand", send_at=NOW + HOUR, asked_by=staff)

    count = revising.replace_planned(
        conversation=conversation, about_key="booking:1", code=RuleCode.REMINDER, by=staff, now=NOW
    )

    assert count == 1
    assert fate(soon) == (Message.Status.SKIPPED, "Sent by hand instead, by Sara Staff.")
    assert soon.reason_code == Reason.BY_HAND
    assert [fate(message)[0] for message in [later, other, asked]] == [Message.Status.PLANNED] * 3


def test_replace_planned_spares_people_the_reminder_that_a_pause_holds(conversation, staff):
    saying.reply(conversation=conversation, by=staff, body="I will ring you.", now=NOW)
    held = automated(conversation, now=NOW + MINUTE)

    revising.replace_planned(
        conversation=conversation, about_key="booking:1", code=RuleCode.REMINDER, by=staff, now=NOW
    )

    assert fate(held) == (Message.Status.SKIPPED, "Sent by hand instead, by Sara Staff.")
