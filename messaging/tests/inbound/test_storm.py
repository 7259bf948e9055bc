"""A thousand webhooks, each three times, shuffled, some forged or stale: as if each had come once, in order."""

import random
import time

import pytest
from django.test import Client
from django.utils import timezone

from contacts.inbound import process_events
from contacts.models import Contact
from messaging.models import Address, Message, WebhookEvent
from messaging.tests import outside
from messaging.tests.factories import ConversationFactory
from messaging.words.rules import Channel, RuleCode

pytestmark = [pytest.mark.django_db, pytest.mark.long]

PEOPLE = 20
FATES = [
    ["sent"],
    ["sent", "delivered"],
    ["sent", "undelivered"],
    ["sent", "delivered", "undelivered"],
    ["failed"],
]
ENDS = ["sent", "delivered", "bounced", "bounced", "failed"]
TEXTS = 290
MAILS = 110
SLOWEST = 0.2  # seconds, for 95 of 100


def number_of(person: int) -> str:
    return f"+4479111234{person:02}"


def sent_texts(conversations, count):
    rows = [
        Message(
            conversation=conversations[number % PEOPLE],
            channel=Channel.SMS,
            address=number_of(number % PEOPLE),
            rule=RuleCode.CONFIRMATION,
            key=f"booking:{number}:confirmation:1",
            body="Booked.",
            send_at=timezone.now(),
            sent_at=timezone.now(),
            status=Message.Status.SENT,
            provider_id=f"SM{number}",
        )
        for number in range(count)
    ]
    return Message.objects.bulk_create(rows)


def events(ours):
    """What providers tell: what became of each message, then texts and mail that came in. Together a thousand."""
    for number, message in enumerate(ours):
        for status in FATES[number % len(FATES)]:
            yield "sms", {"MessageSid": message.provider_id, "MessageStatus": status}
    for number in range(TEXTS):
        yield "sms", outside.sms_from(number_of(number % PEOPLE), f"Text {number}", sid=f"IN{number}")
    for number in range(MAILS):
        sender = f"ada{number % PEOPLE}@client.example"
        yield "mail", outside.email(f"Mail {number}", sender=sender, Message_ID=f"<{number}@client.example>")


def bring(client, way, what, trick):
    """Bring one webhook, and return its status and how long that took."""
    started = time.perf_counter()
    if way == "sms":
        response = outside.post_sms(client, what, signature="forged" if trick else None)
    else:
        fields = {"signature": "0" * 64} if trick == "forged" else {}
        stale = int(time.time()) - 301 if trick == "stale" else None
        response = outside.post_mail(client, what, timestamp=stale, **fields)
    return response.status_code, time.perf_counter() - started


def test_a_storm_of_webhooks_ends_as_if_each_had_come_once_and_in_order(settings):
    settings.ALLOWED_ORIGINS, settings.SMS_URL = [outside.ORIGIN], outside.SMS_URL
    settings.WEBHOOK_SECRET = outside.SECRET
    conversations = [
        ConversationFactory(name=f"Ada {n}", email=f"ada{n}@client.example", phone=number_of(n))
        for n in range(PEOPLE)
    ]
    ours = sent_texts(conversations, 333)
    real = list(events(ours))
    chance, client = random.Random(15), Client()
    storm = [(way, what, "") for way, what in real] * 3
    # A tenth that is forged and a tenth that is stale tell of something that is not so.
    storm += [
        ("sms", {"MessageSid": chance.choice(ours).provider_id, "MessageStatus": "failed"}, "forged")
    ] * 100
    storm += [("mail", outside.email("Forged", Message_ID=f"<f{n}@x.example>"), "stale") for n in range(100)]
    storm += [("mail", outside.email("Forged", Message_ID=f"<g{n}@x.example>"), "forged") for n in range(20)]
    chance.shuffle(storm)

    answers = [(trick, *bring(client, way, what, trick)) for way, what, trick in storm]
    while (
        process_events(limit=5000, now=timezone.now())
        and WebhookEvent.objects.filter(processed_at=None).exists()
    ):
        pass

    assert len(real) >= 999
    assert {status for trick, status, _ in answers if not trick} == {200}
    assert {status for trick, status, _ in answers if trick} == {403}
    assert sorted(took for trick, _, took in answers if not trick)[int(0.95 * 3 * len(real))] < SLOWEST
    read = WebhookEvent.objects.exclude(kind=WebhookEvent.Kind.POSTED)
    assert read.count() == len(real)
    for number, message in enumerate(
        Message.objects.filter(pk__in=[each.pk for each in ours]).order_by("pk")
    ):
        assert message.status == ENDS[number % len(ENDS)]
    came = Message.objects.filter(direction="in")
    assert came.filter(channel="sms").count() == TEXTS
    assert came.filter(channel="email").count() == MAILS
    assert not came.filter(body="Forged").exists()
    assert Contact.objects.count() == PEOPLE
    assert not Address.objects.exclude(state="unknown").exists()
