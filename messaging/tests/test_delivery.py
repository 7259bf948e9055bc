import datetime
import threading
import time

import pytest
from django.core.mail.backends.base import BaseEmailBackend
from django.db import connection, transaction
from django.utils import timezone

from accounts.models import Business, User
from alerts.models import Alert
from alerts.services import dismiss_alert
from bookings.tests.factories import BookingFactory
from contacts.tests.factories import ContactFactory
from messaging import delivery
from messaging.models import Message, WorkerBeat
from messaging.rules import Rule
from messaging.services import reply, retry_message
from messaging.tests import smtp
from messaging.tests.factories import ConversationFactory, MessageFactory

MINUTE = datetime.timedelta(minutes=1)
REFUSAL = "451 4.3.0 Not now"


@pytest.fixture
def server(settings):
    with smtp.SmtpServer() as server:
        server.configure(settings)
        yield server


def deliver() -> int:
    return delivery.deliver_due(limit=1000)


def next_try_is_due() -> None:
    """Let time pass until every message that failed may be tried again."""
    Message.objects.pending().filter(attempts__gt=0).update(send_at=timezone.now())


def lease_runs_out() -> None:
    Message.objects.filter(status="sending").update(lease_until=timezone.now() - MINUTE)


# --- Sending ---


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
    assert email["To"] == message.conversation.contact.email
    assert email["Reply-To"] == "desk@careops.example"
    assert email["Auto-Submitted"] == "auto-generated"


@pytest.mark.django_db
def test_a_message_that_is_not_due_stays(server):
    message = MessageFactory(status="planned", send_at=timezone.now() + MINUTE)

    assert deliver() == 0

    message.refresh_from_db()
    assert message.status == "planned"
    assert server.talks == 0


@pytest.mark.django_db
def test_a_reply_is_not_marked_as_automated(server, staff):
    conversation = ConversationFactory()
    reply(conversation=conversation, by=staff, body="I will ring you.", now=timezone.now())

    deliver()

    assert "Auto-Submitted" not in server.received[0]


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
    homeless = MessageFactory(conversation=ConversationFactory(email="", phone="020 7946 0018"))
    late = MessageFactory(useless_after=timezone.now() - MINUTE)

    deliver()

    homeless.refresh_from_db()
    late.refresh_from_db()
    assert (homeless.status, homeless.reason) == ("skipped", "No email address.")
    assert (late.status, late.reason) == ("skipped", "Too late to be useful.")
    assert server.talks == 0
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_a_long_reason_is_cut_to_what_the_log_can_hold(staff):
    User.objects.update(name="S" * 120)
    conversation = ConversationFactory()
    reply(conversation=conversation, by=staff, body="I will ring you.", now=timezone.now())
    held = MessageFactory(conversation=conversation, rule=Rule.REMINDER, reason="Try 4 failed. " + 250 * "x")

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


# --- Refusals ---


@pytest.mark.django_db
def test_an_outage_hurts_no_booking_and_ends_by_itself(server):
    server.greeting = "421 Service not available"
    contact = ContactFactory(welcome=True)
    booking = BookingFactory(contact=contact)
    BookingFactory(contact=contact)
    stale = Message.objects.filter(about_key=f"booking:{booking.pk}", rule=Rule.CONFIRMATION)
    assert server.talks == 0

    deliver()

    tried = Message.objects.filter(status="queued").order_by("pk")
    assert [message.rule for message in tried] == ["welcome", "confirmation", "confirmation"]
    words = "Try 1 failed. The provider said: 421 Service not available"
    assert {message.reason for message in tried} == {words}
    [alert] = Alert.objects.all()
    assert (alert.status, alert.severity, alert.count) == ("open", Alert.Severity.CRITICAL, 3)
    assert alert.detail == "The provider said: 421 Service not available"

    server.greeting = None
    next_try_is_due()
    stale.update(useless_after=timezone.now())
    deliver()
    deliver()

    assert sorted(message["Subject"].partition(" ")[0] for message in server.received) == ["Welcome", "Your"]
    assert stale.get().status == "skipped"
    assert stale.get().reason == f"Too late to be useful. {words}"
    alert.refresh_from_db()
    assert (alert.status, alert.settled_why) == ("resolved", "Messages are being delivered again.")
    assert alert.cause_ended_at


@pytest.mark.django_db
def test_every_try_waits_longer_and_the_fifth_is_the_last(server):
    server.at_recipient = REFUSAL
    message = MessageFactory()
    waits = []

    for _ in range(4):
        deliver()
        message.refresh_from_db()
        waits.append(round((message.send_at - timezone.now()) / MINUTE))
        assert deliver() == 0
        next_try_is_due()
    deliver()

    message.refresh_from_db()
    assert waits == [1, 5, 30, 120]
    assert (message.status, message.attempts) == ("failed", 5)
    assert message.reason == f"The provider said: {REFUSAL}"
    assert Alert.objects.get().count == 5


@pytest.mark.django_db
def test_every_try_has_the_same_message_id(server):
    message = MessageFactory()
    server.seconds, server.at_data = 0, REFUSAL
    deliver()
    server.at_data = None
    next_try_is_due()
    deliver()
    retried = Message.objects.filter(pk=message.pk)
    retried.update(status="failed")
    retry_message(message=message, by=None)
    deliver()

    assert server.ids == [f"<{message.uuid}@localhost>"] * 2


@pytest.mark.django_db
def test_a_permanent_refusal_fails_at_once_and_retry_sends_it_once(server, staff):
    server.at_recipient = "550 5.1.1 <{address}> does not exist"
    message = MessageFactory()

    deliver()
    deliver()

    message.refresh_from_db()
    address = message.conversation.contact.email
    assert (message.status, message.attempts) == ("failed", 1)
    assert message.reason == f"The provider said: 550 5.1.1 <{address}> does not exist"
    alert = Alert.objects.get()
    assert (alert.status, alert.count) == ("open", 1)

    server.at_recipient = None
    retry_message(message=message, by=staff)
    deliver()
    deliver()

    message.refresh_from_db()
    assert (message.status, len(server.received)) == ("sent", 1)
    alert.refresh_from_db()
    assert alert.status == "resolved"


@pytest.mark.django_db
def test_the_alert_stays_while_a_message_waits_for_another_try_or_has_failed(server):
    server.at_recipient = REFUSAL
    waiting = MessageFactory()
    deliver()
    server.at_recipient = None

    MessageFactory()
    deliver()
    assert Alert.objects.get().status == "open"

    Message.objects.filter(pk=waiting.pk).update(status="failed")
    MessageFactory()
    deliver()
    assert Alert.objects.get().status == "open"

    Message.objects.filter(pk=waiting.pk).update(status="cancelled")
    MessageFactory()
    deliver()
    assert Alert.objects.get().status == "resolved"


@pytest.mark.django_db
def test_a_dismissed_alert_does_not_silence_the_next_outage(server, staff):
    server.at_recipient = "550 No such user"
    MessageFactory()
    deliver()
    dismiss_alert(alert=Alert.objects.get(), by=staff)
    MessageFactory()
    deliver()
    assert [alert.status for alert in Alert.objects.all()] == ["dismissed"]

    server.at_recipient = None
    MessageFactory()
    deliver()
    server.at_recipient = "550 No such user"
    MessageFactory()
    deliver()

    assert [alert.status for alert in Alert.objects.order_by("pk")] == ["dismissed", "open"]


class BrokenBackend(BaseEmailBackend):
    """Fails in a way that nobody foresaw, for some."""

    sent = []

    def send_messages(self, messages):
        if "broken" in messages[0].subject:
            raise LookupError(f"no key for {messages[0].to}")
        self.sent.append(messages[0].subject)


@pytest.mark.django_db
def test_an_unforeseen_error_stops_neither_the_others_nor_goes_on_for_ever(settings, caplog):
    settings.EMAIL_URL, settings.EMAIL_BACKEND = "smtp://broken", f"{__name__}.BrokenBackend"
    BrokenBackend.sent.clear()
    broken = MessageFactory(subject="broken", useless_after=timezone.now() + 600 * MINUTE)
    MessageFactory(subject="sound")

    deliver()
    assert BrokenBackend.sent == ["sound"]
    for _ in range(4):
        next_try_is_due()
        deliver()

    broken.refresh_from_db()
    assert (broken.status, broken.attempts) == ("failed", 5)
    assert broken.reason == "CareOps could not hand it over (LookupError)."
    assert Alert.objects.get().status == "open"
    bug = caplog.records[-1]
    assert "send_messages" in bug.trace
    assert broken.conversation.contact.email not in str(vars(bug))


@pytest.mark.django_db
def test_a_message_that_cannot_be_decided_about_fails_and_the_others_leave(server):
    puzzling = MessageFactory(rule="from_the_future", useless_after=timezone.now() + MINUTE)
    sound = MessageFactory()

    assert deliver() == 2

    puzzling.refresh_from_db()
    sound.refresh_from_db()
    assert (puzzling.status, sound.status) == ("failed", "sent")
    assert puzzling.reason == "CareOps could not decide whether to send this (ValueError)."
    assert Alert.objects.get().status == "open"


# --- Leases ---


@pytest.mark.django_db
def test_what_a_dead_worker_had_taken_is_sent_again(server):
    message = MessageFactory()
    delivery.take_next(now=timezone.now())
    assert delivery.release_abandoned(now=timezone.now()) == 0
    assert deliver() == 0

    lease_runs_out()
    released = delivery.release_abandoned(now=timezone.now())
    deliver()

    message.refresh_from_db()
    assert released == 1
    assert (message.status, message.attempts) == ("sent", 2)
    assert server.ids == [f"<{message.uuid}@localhost>"]


@pytest.mark.django_db
def test_a_message_that_kills_every_worker_is_given_up_with_an_alert():
    message = MessageFactory()
    for _ in range(5):
        assert delivery.take_next(now=timezone.now()) == message
        lease_runs_out()
        delivery.release_abandoned(now=timezone.now())

    message.refresh_from_db()
    assert (message.status, message.reason) == (
        "failed",
        "The worker stopped each time it tried to send this.",
    )
    alert = Alert.objects.get()
    assert (alert.status, alert.detail) == ("open", message.reason)


@pytest.mark.django_db
def test_an_outcome_is_not_recorded_once_the_message_is_somebody_elses(server):
    MessageFactory()
    slow = delivery.take_next(now=timezone.now())
    lease_runs_out()
    delivery.release_abandoned(now=timezone.now())
    quick = delivery.take_next(now=timezone.now())
    assert quick == slow

    server.at_recipient = "550 No such user"
    delivery.send(slow)

    quick.refresh_from_db()
    assert (quick.status, quick.attempts) == ("sending", 2)
    assert not Alert.objects.exists()


# --- The worker's own state ---


@pytest.mark.django_db
def test_the_beat_has_one_row_and_goes_on_while_messages_leave(server):
    delivery.beat(now=timezone.now() - 10 * MINUTE)
    delivery.beat(now=timezone.now() - 5 * MINUTE)
    MessageFactory()

    deliver()

    assert timezone.now() - WorkerBeat.objects.get().beat_at < MINUTE


@pytest.mark.django_db
def test_messages_that_leave_late_raise_an_alert_until_the_worker_has_caught_up(server):
    now = timezone.now()
    message = MessageFactory(send_at=now - 4 * MINUTE)
    delivery.check_lateness(now=now)
    assert not Alert.objects.exists()

    for minutes in (1, 2, 3):
        delivery.check_lateness(now=now + minutes * MINUTE)
    alert = Alert.objects.get()
    assert (alert.kind, alert.status, alert.count) == ("worker_late", "open", 1)

    deliver()
    delivery.check_lateness(now=now + 3 * MINUTE)
    alert.refresh_from_db()
    message.refresh_from_db()
    assert (alert.status, message.status) == ("resolved", "sent")


# --- A reply against the machine ---


def take_without_locking_the_conversation(*, now):
    """What `delivery.take_next` would be without its lock: the control that shows the race is real."""
    with transaction.atomic():
        due = Message.objects.due(now=now).select_related("conversation__contact")
        message = due.select_for_update(of=("self",), skip_locked=True).order_by("send_at", "pk").first()
        if message is None:
            return None
        skip = delivery.reason_to_skip(message, now=now)
        message.status = "skipped" if skip else "sending"
        message.lease_until = now + delivery.LEASE
        message.save(update_fields=["status", "lease_until"])
        return message


def race_a_reply_against_100_messages(take, server, staff) -> tuple[int, int]:
    """Return how many automated messages left in all, and how many of those waited when the reply committed."""
    conversation = ConversationFactory()
    due = timezone.now() - MINUTE
    MessageFactory.create_batch(100, conversation=conversation, rule=Rule.REMINDER, send_at=due)
    done = threading.Event()

    def work():
        try:
            while not done.is_set():
                message = take(now=timezone.now())
                if message is None:
                    time.sleep(0.005)
                elif message.status == "sending":
                    delivery.send(message)
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    server.wait_for(10)
    with transaction.atomic():
        reply(conversation=conversation, by=staff, body="I will ring you.", now=timezone.now())
        # Under the lock that the reply holds: whatever waits now must not leave any more.
        waiting = set(Message.objects.pending().filter(rule=Rule.REMINDER).values_list("pk", flat=True))
        time.sleep(0.3)
    deadline = time.monotonic() + 10
    while Message.objects.filter(status__in=["planned", "queued", "sending"]).exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)
    done.set()
    for worker in workers:
        worker.join()
    sent = set(Message.objects.filter(status="sent", rule=Rule.REMINDER).values_list("pk", flat=True))
    return len(sent), len(sent & waiting)


@pytest.mark.django_db(transaction=True)
def test_no_automated_message_is_taken_once_a_reply_has_committed(server, staff):
    sent, sent_after_reply = race_a_reply_against_100_messages(delivery.take_next, server, staff)

    assert sent_after_reply == 0
    assert 10 <= sent < 100
    skipped = Message.objects.filter(status="skipped")
    assert skipped.count() == 100 - sent
    assert all(message.reason.startswith("Automation is paused by Sara Staff until") for message in skipped)
    assert sum(email["Subject"].startswith("Re: ") for email in server.received) == 1


@pytest.mark.django_db(transaction=True)
def test_without_the_lock_the_same_race_is_lost(server, staff):
    _, sent_after_reply = race_a_reply_against_100_messages(
        take_without_locking_the_conversation, server, staff
    )

    assert sent_after_reply > 0
