"""What a failure means for the people concerned: who opted out at the provider, and who wrote what never left."""

import pytest
from django.utils import timezone

from alerts.models import Alert
from messaging.delivery import sending
from messaging.inbox.saying import reply
from messaging.models import Address, ConsentChange, Message
from messaging.tests.delivery.test_sending import MINUTE, deliver, text
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.words.rules import RuleCode

OPTED_OUT = 400, {"code": 21610, "message": "Attempt to send to unsubscribed recipient"}, {}


@pytest.mark.django_db
def test_who_has_opted_out_at_the_provider_is_reached_another_way(server, provider):
    provider.answer = OPTED_OUT
    both = ConversationFactory(email="ada@client.example", phone="+447911123457")
    message = text(conversation=both, channel="sms", rule="")
    Message.objects.filter(pk=message.pk).update(rule=RuleCode.CONFIRMATION)
    Address.objects.create(channel="email", value="ada@client.example", bounced_at=timezone.now())

    sending.deliver_due(limit=1)
    Address.objects.filter(channel="email").update(bounced_at=None)
    deliver()

    message.refresh_from_db()
    assert (message.status, message.channel, len(server.received)) == ("sent", "email", 1)
    change = ConsentChange.objects.get()
    assert (change.address.value, change.state, change.source) == ("+447911123457", "refused", "provider")
    assert "21610" in change.words
    assert not Alert.objects.exists()


@pytest.mark.django_db
def test_who_cannot_be_reached_otherwise_is_left_alone(provider):
    provider.answer = OPTED_OUT
    message = text()

    deliver()

    message.refresh_from_db()
    assert (message.status, message.reason_code, provider.talks) == ("skipped", "opted_out", 1)


@pytest.mark.django_db
def test_the_answer_to_stop_is_not_tried_for_ever(provider):
    provider.answer = OPTED_OUT
    message = text(rule=RuleCode.CONSENT)

    assert deliver() == 1

    message.refresh_from_db()
    assert (message.status, provider.talks) == ("failed", 1)


# --- What a person wrote ---


@pytest.mark.django_db
def test_a_reply_that_fails_for_good_ends_the_pause_that_it_began(server, staff):
    server.at_recipient = "550 No such user"
    conversation = ConversationFactory()
    message = reply(conversation=conversation, by=staff, body="I will ring you.", now=timezone.now())
    held = MessageFactory(
        conversation=conversation, rule=RuleCode.REMINDER, useless_after=timezone.now() + 600 * MINUTE
    )
    Message.objects.filter(pk=held.pk).update(status="skipped", reason_code="paused")

    sending.deliver_due(limit=1)

    message.refresh_from_db()
    conversation.refresh_from_db()
    held.refresh_from_db()
    assert message.status == "failed"
    assert conversation.paused_at is None
    assert held.status == "queued"


@pytest.mark.django_db
def test_a_reply_that_is_skipped_ends_the_pause_that_it_began(server, staff):
    conversation = ConversationFactory()
    message = reply(conversation=conversation, by=staff, body="I will ring you.", now=timezone.now())
    Address.objects.create(channel="email", value=conversation.contact.email, state="refused")

    deliver()

    message.refresh_from_db()
    conversation.refresh_from_db()
    assert (message.status, message.reason_code) == ("skipped", "opted_out")
    assert conversation.paused_at is None


@pytest.mark.django_db
def test_a_reply_that_will_be_tried_again_keeps_the_pause(server, staff):
    server.at_recipient = "451 Not now"
    conversation = ConversationFactory()
    reply(conversation=conversation, by=staff, body="I will ring you.", now=timezone.now())

    deliver()

    conversation.refresh_from_db()
    assert conversation.is_paused(now=timezone.now())
