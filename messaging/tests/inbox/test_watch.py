"""What the worker looks after each minute."""

import datetime
import threading

import pytest
from django.db import connections
from django.utils import timezone

from accounts.models import AuditEntry
from alerts.models import Alert
from contacts.models import Contact
from messaging import pause
from messaging.inbox import saying, watch
from messaging.models import Conversation, Message
from messaging.outbox import services as outbox
from messaging.tests.factories import ConversationFactory, MessageFactory

HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def paused(conversation, *, until, by=None) -> Conversation:
    conversation.paused_at, conversation.paused_until, conversation.paused_by = timezone.now(), until, by
    conversation.save()
    return conversation


def held_reminder(conversation, *, now, hours_left: float, **changes) -> Message:
    """A reminder that a pause holds back, which is of use for so many hours."""
    return MessageFactory(
        **{
            "conversation": conversation,
            "rule": "reminder",
            "status": "skipped",
            "reason_code": "paused",
            "reason": "Automation is paused by Sara Staff until Tue 18:00.",
            "send_at": now - HOUR,
            "useless_after": now + hours_left * HOUR,
            **changes,
        }
    )


def open_alerts(kind) -> list[str]:
    return sorted(Alert.objects.open().filter(kind=kind).values_list("title", flat=True))


# --- What runs out ---


def test_a_pause_that_has_run_out_ends_and_what_it_held_leaves():
    now = timezone.now()
    over, running = ConversationFactory(), ConversationFactory()
    paused(over, until=now - MINUTE)
    paused(running, until=now + MINUTE)
    reminders = [held_reminder(conversation, now=now, hours_left=5) for conversation in (over, running)]

    watch.look_around(now=now)

    over.refresh_from_db()
    running.refresh_from_db()
    assert (over.paused_at, running.paused_at is None) == (None, False)
    for reminder in reminders:
        reminder.refresh_from_db()
    assert [reminder.status for reminder in reminders] == ["queued", "skipped"]
    assert AuditEntry.objects.filter(action="conversation.resumed", by=None).count() == 1


def test_a_pause_without_an_end_goes_on():
    conversation = paused(ConversationFactory(), until=None)

    watch.look_around(now=timezone.now() + 1000 * HOUR)

    conversation.refresh_from_db()
    assert conversation.paused_at is not None


def test_a_pause_that_a_new_reply_has_prolonged_goes_on(staff):
    now = timezone.now()
    stale = paused(ConversationFactory(), until=now - MINUTE)
    saying.reply(conversation=stale, by=staff, body="One more thing", now=now)

    watch._end_pause(stale, now=now)  # as if it had been listed just before the reply

    stale.refresh_from_db()
    assert stale.is_paused(now=now)


def test_one_pause_that_cannot_be_ended_keeps_no_other_from_ending(monkeypatch, caplog):
    now = timezone.now()
    gone, other = (paused(ConversationFactory(), until=now - MINUTE) for _ in range(2))
    listed = list(Conversation.objects.pause_over(now=now).order_by("pk"))
    Contact.objects.filter(pk=gone.contact_id).delete()  # after it was listed

    for conversation in listed:
        watch._safely(watch._end_pause, conversation, now=now)

    other.refresh_from_db()
    assert other.paused_at is None
    assert "the worker could not look around" in caplog.text


def test_a_snoozed_conversation_comes_back_in_time():
    now = timezone.now()
    due, later = ConversationFactory(), ConversationFactory()
    for conversation, until in ((due, now - MINUTE), (later, now + MINUTE)):
        conversation.status, conversation.snoozed_until = "snoozed", until
        conversation.save()

    watch.look_around(now=now)

    due.refresh_from_db()
    later.refresh_from_db()
    assert (due.status, later.status) == ("open", "snoozed")


# --- Reminders that do not leave ---


def test_a_held_reminder_raises_a_safety_alert_a_day_before(staff):
    now = timezone.now()
    conversation = paused(ConversationFactory(name="Ada Lovelace"), until=None, by=staff)
    message = held_reminder(conversation, now=now, hours_left=24)
    held_reminder(conversation, now=now, hours_left=24.1)
    held_reminder(conversation, now=now, hours_left=2, rule="form_reminder")

    for _ in range(2):
        watch.look_around(now=now)

    alert = Alert.objects.get()
    assert (alert.kind, alert.source_key, alert.count) == ("held_reminder", f"message:{message.pk}", 1)
    assert alert.title == "Ada Lovelace is not reminded of a visit"
    assert alert.detail.startswith("Automation is paused by Sara Staff until Tue 18:00. Send it now")
    assert (alert.url, alert.matters_at) == (message.get_absolute_url(), message.useless_after)


def left(message, staff):
    pause.resume_automation(conversation=message.conversation, by=staff, now=timezone.now())


def sent_by_hand(message, staff):
    outbox.send_now(message=message, by=staff, now=timezone.now())


def cancelled(message, staff):
    Message.objects.update(status="cancelled")


@pytest.mark.parametrize("act", [left, sent_by_hand, cancelled])
def test_the_safety_alert_resolves_when_it_is_not_held_any_more(act, staff):
    now = timezone.now()
    message = held_reminder(paused(ConversationFactory(), until=None), now=now, hours_left=2)
    watch.look_around(now=now)

    act(message, staff)
    watch.look_around(now=now)

    assert Alert.objects.get(kind=Alert.Kind.HELD_REMINDER).status == "resolved"


def test_the_safety_alert_resolves_when_the_visit_begins():
    now = timezone.now()
    held_reminder(paused(ConversationFactory(), until=None), now=now, hours_left=2)

    states = []
    for minutes in (0, 149, 150):  # half an hour after the reminder became useless, the visit begins
        watch.look_around(now=now + minutes * MINUTE)
        states.append(Alert.objects.get().status)

    assert states == ["open", "open", "resolved"]


def test_a_safety_alert_that_somebody_left_stays_silent(staff):
    now = timezone.now()
    message = held_reminder(paused(ConversationFactory(), until=None), now=now, hours_left=2)
    watch.look_around(now=now)
    outbox.leave_held(message=message, by=staff)

    watch.look_around(now=now + MINUTE)

    assert not Alert.objects.unsettled().exists()


def test_a_reminder_that_found_no_moment_raises_an_alert():
    now = timezone.now()
    message = MessageFactory(
        rule="reminder",
        status="skipped",
        reason_code="no_moment",
        reason="No time was left between 08:00 and 21:00 before it became useless.",
        send_at=now,
        useless_after=now + HOUR,
    )
    MessageFactory(rule="reminder", status="skipped", reason_code="opted_out", useless_after=now + HOUR)

    watch.look_around(now=now)
    watch.look_around(now=now)

    alert = Alert.objects.get()
    assert (alert.kind, alert.source_key, alert.count) == ("not_reminded", f"message:{message.pk}", 1)

    watch.look_around(now=now + 2 * HOUR)

    alert.refresh_from_db()
    assert alert.status == "resolved"


# --- What looks like an opt-out ---


def test_an_undecided_opt_out_raises_an_alert_after_four_hours():
    now = timezone.now()
    conversation = ConversationFactory(name="Ada Lovelace")
    conversation.opt_out_hint_at = now
    conversation.save()

    watch.look_around(now=now + 4 * HOUR - MINUTE)
    before = open_alerts(Alert.Kind.OPT_OUT_HINT)
    watch.look_around(now=now + 4 * HOUR)

    assert (before, open_alerts(Alert.Kind.OPT_OUT_HINT)) == (
        [],
        ["Does Ada Lovelace want no more messages?"],
    )

    Conversation.objects.update(opt_out_hint_at=None)
    watch.look_around(now=now + 5 * HOUR)

    assert Alert.objects.get().settled_why == "Somebody has decided."


# --- Twice at once ---


@pytest.mark.django_db(transaction=True)
def test_looking_around_at_the_same_time_does_everything_once():
    now = timezone.now()
    for _ in range(5):
        held_reminder(paused(ConversationFactory(), until=now - MINUTE), now=now, hours_left=5)
        held_reminder(paused(ConversationFactory(), until=None), now=now, hours_left=5)
    barrier = threading.Barrier(4)

    def look():
        barrier.wait()
        watch.look_around(now=now)
        connections.close_all()

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert AuditEntry.objects.filter(action="conversation.resumed").count() == 5
    assert Message.objects.filter(status="queued").count() == 5
    assert Alert.objects.filter(kind=Alert.Kind.HELD_REMINDER).count() == 5
