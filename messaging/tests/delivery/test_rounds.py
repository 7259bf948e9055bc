"""A round: what is due is listed once for many messages, and taken one by one; what is decided meanwhile holds."""

import datetime
from collections import Counter

import pytest
from django.utils import timezone

from messaging.consent import services as consent
from messaging.delivery import claiming, sending
from messaging.inbox.saying import reply
from messaging.models import Address, ConsentChange, Message
from messaging.rules import services as rules
from messaging.tests.delivery.test_sending import deliver
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.words.rules import Channel

LONG = datetime.timedelta(hours=1)


def statuses(messages: list[Message]) -> list[tuple[str, str]]:
    found = Message.objects.in_bulk([message.pk for message in messages])
    return [(found[message.pk].status, found[message.pk].reason_code) for message in messages]


@pytest.mark.django_db
def test_a_round_has_one_message_in_hand_and_one_connection(server, one_look, monkeypatch):
    MessageFactory.create_batch(4)
    in_hand = []
    hand_over = sending._hand_over

    def watched(*arguments):
        in_hand.append(Counter(Message.objects.values_list("status", flat=True)))
        return hand_over(*arguments)

    monkeypatch.setattr(sending, "_hand_over", watched)
    deliver()

    assert in_hand == [
        {"sending": 1, "queued": 3},
        {"sending": 1, "queued": 2, "sent": 1},
        {"sending": 1, "queued": 1, "sent": 2},
        {"sending": 1, "sent": 3},
    ]
    assert server.talks == 1


@pytest.mark.django_db
def test_who_is_told_to_stop_leaves_what_was_seen_untouched(server, one_look):
    messages = MessageFactory.create_batch(3)

    assert sending.deliver_due(limit=9, go_on=lambda: not server.received) == 1

    assert statuses(messages) == [("sent", ""), ("queued", ""), ("queued", "")]
    assert not Message.objects.exclude(lease_until=None).exists()
    assert Message.objects.filter(attempts=0).count() == 2


@pytest.mark.django_db
def test_what_is_decided_during_a_round_holds_for_the_rest_of_it(server, one_look, staff, admin):
    now = timezone.now()
    shared = ConversationFactory()
    due = [("in hand", None), ("answered", shared), ("answered too", shared), ("left alone", None)]
    messages = [
        MessageFactory(
            rule="reminder",
            subject=subject,
            useless_after=now + (number + 1) * LONG,
            **({"conversation": conversation} if conversation else {}),
        )
        for number, (subject, conversation) in enumerate(due)
    ]

    def act():
        reply(conversation=shared, by=staff, body="I will ring you.", now=timezone.now())

    sending.deliver_due(limit=4, after_first=act)

    assert statuses(messages) == [("sent", ""), ("skipped", "paused"), ("skipped", "paused"), ("sent", "")]


@pytest.mark.django_db
def test_who_refuses_during_a_round_gets_nothing_more(server, one_look):
    conversation = ConversationFactory()
    messages = MessageFactory.create_batch(2, conversation=conversation)

    def act():
        consent.refuse(
            channel=Channel.EMAIL,
            value=conversation.contact.email,
            words="Stop",
            source=ConsentChange.Source.MESSAGE,
            now=timezone.now(),
        )

    sending.deliver_due(limit=9, after_first=act)

    assert statuses(messages) == [("sent", ""), ("cancelled", "opted_out")]
    assert len(server.received) == 1


@pytest.mark.django_db
def test_what_is_learnt_of_an_address_during_a_round_counts_at_once(server, one_look):
    conversation = ConversationFactory()
    messages = MessageFactory.create_batch(2, conversation=conversation)

    def act():
        consent.mark_bounced(
            channel=Channel.EMAIL, value=conversation.contact.email, words="No such user", now=timezone.now()
        )

    sending.deliver_due(limit=9, after_first=act)

    assert statuses(messages) == [("sent", ""), ("skipped", "bounced")]
    assert len(server.received) == 1


@pytest.mark.django_db
def test_a_rule_that_is_switched_off_during_a_round_sends_nothing_more(server, one_look, admin):
    messages = MessageFactory.create_batch(2)

    def act():
        rules.switch_rule(code="confirmation", enabled=False, by=admin, now=timezone.now())

    sending.deliver_due(limit=9, after_first=act)

    assert statuses(messages) == [("sent", ""), ("skipped", "rule_off")]


@pytest.mark.django_db
def test_a_reply_leaves_before_what_was_seen_already(server, monkeypatch, staff):
    monkeypatch.setattr(claiming, "FRESH", datetime.timedelta(0))
    MessageFactory.create_batch(2, subject="Seen")
    conversation = ConversationFactory()

    def act():
        reply(conversation=conversation, by=staff, body="I will ring you.", now=timezone.now())

    sending.deliver_due(limit=9, after_first=act)

    answer = conversation.contact.email
    assert [email["To"] == answer for email in server.received] == [False, True, False]


@pytest.mark.django_db
def test_emails_of_one_conversation_name_each_other_within_a_round(server, one_look):
    conversation = ConversationFactory()
    messages = MessageFactory.create_batch(3, conversation=conversation)
    deliver()

    first, second, third = (f"<{message.uuid}@localhost>" for message in messages)
    assert server.ids == [first, second, third]
    assert [email["References"] for email in server.received] == [None, first, f"{first} {second}"]


@pytest.mark.django_db
def test_who_was_never_written_to_gets_a_page_of_preferences_of_their_own(server, one_look):
    MessageFactory.create_batch(3)
    deliver()

    for email in server.received:
        assert (
            f"/preferences/{Address.objects.get(value=email['To']).token}/"
            in email.get_body(["plain"]).get_content()
        )
    assert Address.objects.count() == 3
