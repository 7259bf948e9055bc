"""Leases: what happens to a message whose worker died or was too slow; and a reply against the machine."""

import threading
import time

import pytest
from django.db import connection, transaction
from django.utils import timezone

from alerts.models import Alert
from messaging.deciding import guards
from messaging.deciding.facts import gather
from messaging.deciding.rulebook import Rulebook
from messaging.delivery import claiming, sending
from messaging.inbox.saying import reply
from messaging.models import Message
from messaging.tests.delivery.test_sending import MINUTE, deliver, text
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.tests.taking import send, take_next
from messaging.words.reasons import Reason
from messaging.words.rules import RuleCode


def lease_runs_out() -> None:
    Message.objects.filter(status="sending").update(lease_until=timezone.now() - MINUTE)


@pytest.mark.django_db
def test_an_email_that_a_dead_worker_had_taken_is_sent_again(server):
    message = MessageFactory()
    take_next(now=timezone.now())
    assert sending.release_abandoned(now=timezone.now()) == 0
    assert deliver() == 0

    lease_runs_out()
    released = sending.release_abandoned(now=timezone.now())
    deliver()

    message.refresh_from_db()
    assert released == 1
    assert (message.status, message.attempts) == ("sent", 2)
    assert server.ids == [f"<{message.uuid}@localhost>"]


@pytest.mark.django_db
def test_a_text_that_a_dead_worker_had_taken_waits_for_a_person(provider):
    message = text()
    take_next(now=timezone.now())
    lease_runs_out()

    released = sending.release_abandoned(now=timezone.now())
    deliver()

    message.refresh_from_db()
    assert (released, message.status, provider.talks) == (1, "unknown", 0)
    assert message.reason == "Nobody knows whether it left. The worker stopped while sending."
    assert Alert.objects.get().source_key == "sms:unknown"


@pytest.mark.django_db
def test_a_text_is_sent_again_where_the_provider_drops_repeats(provider, settings):
    settings.SMS_URL += "?idempotent=1"
    message = text()
    take_next(now=timezone.now())
    lease_runs_out()

    sending.release_abandoned(now=timezone.now())
    deliver()

    message.refresh_from_db()
    assert (message.status, provider.talks) == ("sent", 1)


@pytest.mark.django_db
def test_an_answer_that_comes_late_is_better_than_none(provider):
    message = text()
    slow = take_next(now=timezone.now())
    Message.objects.update(lease_until=timezone.now())
    sending.release_abandoned(now=timezone.now())

    send(slow)

    message.refresh_from_db()
    assert (message.status, message.reason, message.provider_id) == ("sent", "", "SM1")


@pytest.mark.django_db
def test_a_message_that_kills_every_worker_is_given_up_with_an_alert(server):
    message = MessageFactory()
    for _ in range(5):
        assert take_next(now=timezone.now()) == message
        lease_runs_out()
        sending.release_abandoned(now=timezone.now())

    message.refresh_from_db()
    assert message.status == "failed"
    assert message.reason == "The worker stopped each time it tried to send this."
    alert = Alert.objects.get()
    assert (alert.status, alert.detail) == ("open", message.reason)


@pytest.mark.django_db
def test_an_outcome_is_not_recorded_once_the_message_is_somebody_elses(server):
    MessageFactory()
    slow = take_next(now=timezone.now())
    lease_runs_out()
    sending.release_abandoned(now=timezone.now())
    quick = take_next(now=timezone.now())
    assert quick == slow

    server.at_recipient = "550 No such user"
    send(slow)

    quick.refresh_from_db()
    assert (quick.status, quick.attempts) == ("sending", 2)
    assert not Alert.objects.exists()


# --- A reply against the machine ---


def take_without_locking_the_conversation(*, now):
    """What `claiming.Look.take` would be without its lock: the control that shows the race is real."""
    with transaction.atomic():
        due = Message.objects.due(now=now).select_related("conversation__contact")
        message = due.select_for_update(of=("self",), skip_locked=True).order_by("send_at", "pk").first()
        if message is None:
            return None
        verdict = guards.decide(message, gather(message, rulebook=Rulebook.current(), now=now), now=now)
        message.status = "sending" if verdict.may_leave else "skipped"
        message.address, message.lease_until = verdict.address, now + claiming.LEASE
        message.calm = False
        message.save(update_fields=["status", "address", "lease_until"])
        return message


def race_a_reply_against_100_messages(take, server, staff) -> tuple[int, int]:
    """Return how many automated messages left in all, and how many of those waited when the reply committed."""
    conversation = ConversationFactory()
    automation = Rulebook.current().automation
    automation.daily_cap = 1000
    automation.save()
    due = timezone.now() - MINUTE
    MessageFactory.create_batch(100, conversation=conversation, rule=RuleCode.REMINDER, send_at=due)
    done = threading.Event()

    def work():
        try:
            while not done.is_set():
                message = take(now=timezone.now())
                if message is None:
                    time.sleep(0.005)
                elif message.status == "sending":
                    send(message)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    try:
        server.wait_for(10)
        with transaction.atomic():
            reply(conversation=conversation, by=staff, body="I will ring you.", now=timezone.now())
            # Under the lock that the reply holds: whatever waits now must not leave any more.
            reminders = Message.objects.pending().filter(rule=RuleCode.REMINDER)
            waiting = set(reminders.values_list("pk", flat=True))
            time.sleep(0.3)
        deadline = time.monotonic() + 60
        while Message.objects.filter(status__in=["planned", "queued", "sending"]).exists():
            assert time.monotonic() < deadline
            time.sleep(0.02)
    finally:
        done.set()
        for worker in workers:
            worker.join()
    sent = set(Message.objects.filter(status="sent", rule=RuleCode.REMINDER).values_list("pk", flat=True))
    return len(sent), len(sent & waiting)


@pytest.mark.django_db(transaction=True)
def test_no_automated_message_is_taken_once_a_reply_has_committed(server, staff):
    sent, sent_after_reply = race_a_reply_against_100_messages(take_next, server, staff)

    assert sent_after_reply == 0
    assert 10 <= sent < 100
    skipped = Message.objects.filter(status="skipped")
    assert skipped.count() == 100 - sent
    assert set(skipped.values_list("reason_code", flat=True)) == {Reason.PAUSED}
    assert all("paused by Sara Staff until" in message.reason for message in skipped)
    assert sum(email["Subject"].startswith("Re: ") for email in server.received) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_same_race_is_lost(server, staff):
    _, sent_after_reply = race_a_reply_against_100_messages(
        take_without_locking_the_conversation, server, staff
    )

    assert sent_after_reply > 0
