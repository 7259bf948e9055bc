"""What a failed try makes of a message, and what people are told of it."""

import pytest
from django.utils import timezone

from alerts.models import Alert
from alerts.services import dismiss_alert
from bookings.tests.factories import BookedFactory
from contacts.tests.factories import ContactFactory
from messaging.models import Address, Message
from messaging.outbox.services import retry_message
from messaging.tests.delivery.test_sending import MINUTE, BrokenBackend, deliver, text
from messaging.tests.factories import MessageFactory
from messaging.words.rules import RuleCode

REFUSAL = "451 4.3.0 Not now"
GARBAGE = 200, b"<html>Hello</html>", {}


def next_try_is_due() -> None:
    """Let time pass until every message that failed may be tried again."""
    Message.objects.pending().filter(attempts__gt=0).update(send_at=timezone.now())


@pytest.mark.django_db
def test_an_outage_hurts_no_booking_and_ends_by_itself(server):
    server.greeting = "421 Service not available"
    contact = ContactFactory(welcome=True)
    booking = BookedFactory(contact=contact)
    BookedFactory(contact=contact)
    Message.objects.planned().delete()
    stale = Message.objects.filter(about_key=f"booking:{booking.pk}", rule=RuleCode.CONFIRMATION)
    assert server.talks == 0

    deliver()

    tried = Message.objects.filter(status="queued").order_by("pk")
    assert [message.rule for message in tried] == ["welcome", "confirmation", "confirmation"]
    words = "Try 1 of 5 failed. The provider said: 421 Service not available"
    assert {message.reason for message in tried} == {words}
    alert = Alert.objects.get()
    assert (alert.status, alert.severity, alert.count) == ("open", Alert.Severity.CRITICAL, 3)
    assert (alert.source_key, alert.title) == ("email:server", "Email: the provider is in trouble")
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
    assert message.reason == f"The provider said: {REFUSAL} (Try 5 of 5.)"
    assert Alert.objects.get().count == 5


@pytest.mark.django_db
def test_a_provider_may_ask_for_a_longer_wait(provider):
    provider.answer = 429, {"message": "Too many"}, {"Retry-After": "600"}
    message = text()

    deliver()

    message.refresh_from_db()
    assert round((message.send_at - timezone.now()) / MINUTE) == 10
    assert Alert.objects.get().source_key == "sms:rate"


@pytest.mark.django_db
def test_nothing_waits_for_a_try_that_would_come_too_late(server):
    server.at_recipient = REFUSAL
    message = MessageFactory(useless_after=timezone.now() + MINUTE / 2)

    deliver()

    message.refresh_from_db()
    assert message.reason == f"The provider said: {REFUSAL} (Try 1 of 5. Too late for another.)"
    assert message.status == "failed"


@pytest.mark.django_db
def test_every_try_has_the_same_message_id(server):
    message = MessageFactory()
    server.at_data = REFUSAL
    deliver()
    server.at_data = None
    next_try_is_due()

    deliver()

    assert server.ids == [f"<{message.uuid}@localhost>"]


@pytest.mark.django_db
def test_a_permanent_refusal_fails_at_once_and_retry_sends_it_once(server, staff):
    server.at_recipient = "550 <{address}> is not wanted here"
    message = MessageFactory()

    deliver()
    deliver()

    message.refresh_from_db()
    words = f"550 <{message.address}> is not wanted here"
    assert (message.status, message.attempts) == ("failed", 1)
    assert message.reason == f"The provider said: {words} (Try 1 of 5.)"
    alert = Alert.objects.get()
    assert (alert.status, alert.count, alert.source_key) == ("open", 1, "email:rejected")

    server.at_recipient = None
    retry_message(message=message, by=staff)
    deliver()
    deliver()

    message.refresh_from_db()
    assert (message.status, len(server.received)) == ("sent", 1)
    alert.refresh_from_db()
    assert alert.status == "resolved"


@pytest.mark.django_db
def test_an_address_that_does_not_exist_gets_nothing_more(server):
    server.at_recipient = "550 5.1.1 No such user"
    first = MessageFactory()
    second = MessageFactory(conversation=first.conversation)

    deliver()
    deliver()

    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.status, second.status) == ("failed", "skipped")
    assert second.reason_code == "bounced"
    assert Address.objects.get().bounce_words == "The provider said: 550 5.1.1 No such user"


@pytest.mark.django_db
def test_the_alert_stays_while_a_message_waits_for_another_try_or_has_failed(server):
    server.at_recipient = REFUSAL
    waiting = MessageFactory()
    deliver()
    server.at_recipient = None

    MessageFactory()
    deliver()
    assert Alert.objects.get().status == "open"

    Message.objects.filter(pk=waiting.pk).update(status="failed", reported_at=timezone.now())
    MessageFactory()
    deliver()
    assert Alert.objects.get().status == "open"

    Message.objects.filter(pk=waiting.pk).update(status="cancelled")
    MessageFactory()
    deliver()
    assert Alert.objects.get().status == "resolved"


@pytest.mark.django_db
def test_a_failure_of_long_ago_does_not_keep_a_new_alert_open(server):
    MessageFactory(status="failed", reported_at=timezone.now() - 60 * MINUTE)
    server.at_recipient = REFUSAL
    MessageFactory()
    deliver()
    server.at_recipient = None
    next_try_is_due()

    deliver()

    assert Alert.objects.get().status == "resolved"


@pytest.mark.django_db
def test_an_unknown_text_of_long_ago_does_not_keep_a_new_alert_open(provider):
    provider.answer = GARBAGE
    text()
    deliver()
    Alert.objects.all().delete()
    Message.objects.filter(status="unknown").update(reported_at=timezone.now() - 60 * MINUTE)
    provider.answer = 500, {}, {}
    text()
    deliver()
    provider.answer = None
    next_try_is_due()

    deliver()

    alert = Alert.objects.get()
    assert (alert.source_key, alert.status) == ("sms:server", "resolved")


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


@pytest.mark.django_db
def test_what_makes_trouble_on_one_channel_says_nothing_about_the_other(server, provider):
    provider.answer = 500, {}, {}
    text()
    MessageFactory()

    deliver()

    assert Alert.objects.get().source_key == "sms:server"


# --- Nobody knows ---


@pytest.mark.django_db
def test_a_text_that_may_have_left_is_never_sent_again_by_itself(provider):
    provider.answer = GARBAGE
    message = text()

    deliver()
    deliver()

    message.refresh_from_db()
    assert (message.status, message.reason_code) == ("unknown", "unknown")
    assert message.reason == "Nobody knows whether it left. The provider's answer makes no sense."
    assert provider.talks == 1
    assert Alert.objects.get().source_key == "sms:garbage"


@pytest.mark.django_db
def test_where_the_provider_drops_repeats_it_is_tried_again(provider, settings):
    settings.SMS_URL += "?idempotent=1"
    provider.answer = GARBAGE
    message = text()
    deliver()
    provider.answer = None
    next_try_is_due()

    deliver()

    message.refresh_from_db()
    assert (message.status, provider.calls[1]["key"]) == ("sent", str(message.uuid))


@pytest.mark.django_db
def test_the_alert_stays_while_nobody_knows_about_a_text(provider):
    provider.answer = GARBAGE
    lost = text()
    deliver()
    provider.answer = None
    text()
    deliver()
    assert Alert.objects.get().status == "open"

    Message.objects.filter(pk=lost.pk).update(status="sent")
    text()
    deliver()

    assert Alert.objects.get().status == "resolved"


@pytest.mark.django_db
def test_an_unforeseen_error_stops_neither_the_others_nor_goes_on_for_ever(settings, caplog):
    settings.EMAIL_URL, settings.EMAIL_BACKEND = (
        "smtp://broken",
        "messaging.tests.delivery.test_sending.BrokenBackend",
    )
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
    assert broken.reason == "CareOps could not hand it over (LookupError). (Try 5 of 5.)"
    assert Alert.objects.get().status == "open"
    bug = caplog.records[-1]
    assert "send_messages" in bug.trace
    assert broken.conversation.contact.email not in str(vars(bug))
