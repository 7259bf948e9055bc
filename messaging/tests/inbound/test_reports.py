"""What providers tell about our messages: forward only, whatever the order."""

import datetime
import itertools

import pytest
from django.utils import timezone

from alerts.models import Alert
from contacts.inbound import process_events
from messaging.inbound import events, mail
from messaging.inbound.events import Fate, Report
from messaging.inbound.parsing import parse
from messaging.models import Address, Message, WebhookEvent
from messaging.tests import outside
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.words.rules import Channel

pytestmark = pytest.mark.django_db

NUMBER = "+447911123456"


def sent(**fields):
    conversation = ConversationFactory(name="Ada Client", email="ada@client.example", phone=NUMBER)
    ways = {
        "channel": "sms",
        "address": NUMBER,
        "provider_id": "SM1",
        "status": "sent",
        "sent_at": timezone.now(),
    }
    return MessageFactory(**{"conversation": conversation, **ways, **fields})


def tell(*fates, channel=Channel.SMS, now=None, **report):
    now = now or timezone.now()
    for number, fate in enumerate(fates):
        told = Report(fate=fate, **{"provider_id": "SM1", **report})
        events.store(channel, (f"{fate}:{number}:{now}", told), now=now)
    process_events(limit=50, now=now)


@pytest.mark.parametrize("order", list(itertools.permutations([Fate.SENT, Fate.DELIVERED, Fate.BOUNCED])))
def test_a_status_moves_forward_only_whatever_the_order(order):
    message = sent()

    tell(*order, *order)

    message.refresh_from_db()
    assert message.status == Message.Status.BOUNCED
    assert message.reported_at


def test_delivered_after_sent_and_never_back():
    message = sent()

    tell(Fate.DELIVERED)
    tell(Fate.SENT)

    message.refresh_from_db()
    assert message.status == Message.Status.DELIVERED


@pytest.mark.parametrize(
    "fields",
    [{"status": "unknown"}, {"status": "queued", "attempts": 1}],
    ids=["unknown", "to be tried again"],
)
def test_a_report_settles_what_nobody_knew(fields):
    message = sent(sent_at=None, **fields)

    tell(Fate.DELIVERED)

    message.refresh_from_db()
    assert message.status == Message.Status.DELIVERED
    assert message.sent_at


@pytest.mark.parametrize("fields", [{"status": "queued"}, {"status": "cancelled"}, {"status": "skipped"}])
def test_a_report_does_not_touch_what_was_never_handed_over(fields):
    message = sent(sent_at=None, **fields)

    tell(Fate.BOUNCED)

    message.refresh_from_db()
    assert message.status == fields["status"]


def test_a_report_that_is_early_waits_for_its_message():
    now = timezone.now()
    tell(Fate.DELIVERED, now=now)
    assert WebhookEvent.objects.get().processed_at is None
    message = sent()

    process_events(limit=10, now=now + datetime.timedelta(seconds=10))

    message.refresh_from_db()
    assert message.status == Message.Status.DELIVERED
    assert WebhookEvent.objects.get().processed_at


def test_a_report_about_nothing_of_ours_is_put_aside():
    now = timezone.now()
    tell(Fate.DELIVERED, now=now)

    process_events(limit=10, now=now + datetime.timedelta(minutes=6))

    assert "no message of ours" in WebhookEvent.objects.get().trouble


def test_a_hard_bounce_closes_the_address_with_one_alert():
    message = sent()

    tell(Fate.BOUNCED, is_hard=True, words="No such {number}.")
    tell(Fate.BOUNCED, is_hard=True, words="No such {number}.")

    address = Address.objects.get()
    assert address.has_bounced
    assert address.bounce_words == "No such {number}."
    alert = Alert.objects.get()
    assert (alert.kind, alert.count, alert.url) == (
        Alert.Kind.ADDRESS,
        1,
        message.conversation.contact.get_absolute_url(),
    )


def test_a_bounce_that_may_pass_closes_nothing():
    message = sent()

    tell(Fate.BOUNCED, words="Mailbox full.")

    message.refresh_from_db()
    assert message.reason == "Mailbox full."
    assert not Address.objects.exists()


@pytest.mark.parametrize("fate", [Fate.BOUNCED, Fate.FAILED])
def test_a_reminder_that_does_not_arrive_raises_its_alert_once(fate):
    message = sent(rule="reminder")

    for _ in range(2):
        tell(fate, words="Mailbox full.")

    alert = Alert.objects.get()
    assert (alert.kind, alert.source_key, alert.count) == ("delivery", f"message:{message.pk}", 1)
    assert alert.title == f"Reminder to {message.conversation.contact} did not arrive"
    assert (alert.detail, alert.url) == ("Mailbox full.", message.get_absolute_url())


def test_who_told_the_provider_to_stop_is_not_written_to():
    message = sent()

    tell(Fate.REFUSED, words="Error 21610.")

    message.refresh_from_db()
    assert message.status == Message.Status.FAILED
    assert Address.objects.get().is_refused
    assert not Alert.objects.exists()


def test_a_complaint_refuses_and_raises_an_alert():
    message = sent(status="delivered")

    tell(Fate.COMPLAINED)

    message.refresh_from_db()
    assert message.status == Message.Status.DELIVERED
    assert Address.objects.get().is_refused
    assert Alert.objects.get().kind == Alert.Kind.COMPLAINT


def test_a_reply_that_bounces_leaves_the_contact_waiting(staff):
    now = timezone.now()
    reply = sent(
        rule="", key=None, sent_by=staff, created_at=now, waited_since=now - datetime.timedelta(hours=1)
    )
    conversation = reply.conversation
    type(conversation).objects.filter(pk=conversation.pk).update(
        paused_at=now, paused_until=None, paused_by=staff
    )

    tell(Fate.BOUNCED)

    conversation.refresh_from_db()
    assert conversation.waiting_since == reply.waited_since
    assert conversation.paused_at is None


def email_sent():
    return sent(channel="email", address="ada@client.example", provider_id="")


def bring(raw):
    told = mail.read(parse(raw), raw=raw)
    events.store(Channel.EMAIL, *events.named(events.fingerprint(raw), told), now=timezone.now())
    process_events(limit=10, now=timezone.now())
    return told


def test_a_bounce_by_mail_joins_its_message_and_opens_no_thread():
    message = email_sent()

    bring(outside.bounce(str(message.uuid)))

    message.refresh_from_db()
    assert (message.status, message.reason) == ("bounced", "550 5.1.1 No such user")
    assert Address.objects.get().has_bounced
    assert Message.objects.filter(direction="in").count() == 0


def test_a_full_mailbox_is_no_missing_one():
    message = email_sent()

    bring(outside.bounce(str(message.uuid), status="5.2.2", said="552 5.2.2 Mailbox full"))

    message.refresh_from_db()
    assert message.status == Message.Status.BOUNCED
    assert not Address.objects.exists()


@pytest.mark.parametrize("action", ["delayed", "relayed"])
def test_a_delay_says_nothing_yet(action):
    message = email_sent()

    assert bring(outside.bounce(str(message.uuid), action=action)) == []

    message.refresh_from_db()
    assert message.status == Message.Status.SENT


def test_a_bounce_of_a_message_that_nobody_sent_changes_nothing():
    email_sent()

    bring(outside.bounce("883953f4-6105-42a2-a16a-77a8eac79483"))

    assert Message.objects.get().status == Message.Status.SENT
    assert not Address.objects.exists()
