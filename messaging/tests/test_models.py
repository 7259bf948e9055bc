import datetime

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from messaging.models import Conversation, Message
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.words.rules import RuleCode

NOW = datetime.datetime(2031, 3, 4, 9, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def test_a_pause_ends_at_the_instant_it_names():
    conversation = Conversation(paused_at=NOW - MINUTE, paused_until=NOW)

    assert conversation.is_paused(now=NOW - MINUTE)
    assert not conversation.is_paused(now=NOW)
    assert not Conversation().is_paused(now=NOW)


def test_a_pause_without_an_end_lasts_until_somebody_resumes_it():
    assert Conversation(paused_at=NOW).is_paused(now=NOW + 1000 * MINUTE)


@pytest.mark.parametrize(
    ("rule", "obeys"),
    [
        (RuleCode.WELCOME, True),
        (RuleCode.REMINDER, True),
        (RuleCode.FORM_REMINDER, True),
        (RuleCode.THANK_YOU, True),
        (RuleCode.NO_SHOW, True),
        (RuleCode.CONFIRMATION, False),
        (RuleCode.MOVED, False),
        (RuleCode.CANCELLED, False),
        ("", False),
    ],
)
def test_a_pause_holds_back_what_automation_says_by_itself(rule, obeys, staff):
    assert Message(rule=rule).obeys_pause is obeys
    assert not Message(rule=rule, sent_by=staff).obeys_pause


def test_the_kind_of_a_message_is_its_rule_or_who_wrote_it():
    assert Message(rule=RuleCode.MOVED).what == "Move notice"
    assert Message(direction=Message.Direction.OUT).what == "Reply"
    assert Message(direction=Message.Direction.IN).what == "Incoming"
    assert Message(direction=Message.Direction.NOTE).what == "Note"


def test_note_newest_shows_how_the_newest_message_begins():
    conversation = ConversationFactory()
    later = timezone.now() + MINUTE

    conversation.note_newest("Hello  Ada,\n\nwelcome. " + "x" * 200, at=later)

    conversation.refresh_from_db()
    assert conversation.last_message_at == later
    assert conversation.last_words.startswith("Hello Ada, welcome. xxx")
    assert len(conversation.last_words) == 120


def test_note_newest_leaves_newer_words_alone():
    conversation = ConversationFactory()
    later = timezone.now() + MINUTE
    conversation.note_newest("The newer words", at=later)

    conversation.note_newest("An old reminder", at=later - MINUTE)

    conversation.refresh_from_db()
    assert conversation.last_words == "The newer words"
    assert conversation.last_message_at == later


def test_the_inbox_lists_only_conversations_in_which_something_was_said():
    ConversationFactory(name="Silent")
    older, newer = ConversationFactory(name="Older"), ConversationFactory(name="Newer")
    older.note_newest("Hello", at=timezone.now() + MINUTE)
    newer.note_newest("Hello", at=timezone.now() + 2 * MINUTE)

    assert list(Conversation.objects.for_list()) == [newer, older]


def test_the_longest_wait_comes_first_and_nobody_waits_in_a_closed_conversation():
    short, long, closed = ConversationFactory(), ConversationFactory(), ConversationFactory()
    ConversationFactory()
    for conversation, minutes in [(short, 1), (long, 9), (closed, 99)]:
        Conversation.objects.filter(pk=conversation.pk).update(waiting_since=NOW - minutes * MINUTE)
    Conversation.objects.filter(pk=closed.pk).update(status=Conversation.Status.CLOSED)

    assert list(Conversation.objects.waiting()) == [long, short]


@pytest.mark.parametrize(
    "nonsense",
    [
        {"direction": "in", "status": "sent"},
        {"direction": "out", "status": "received"},
        {"direction": "in", "status": "noted"},
        {"conversation": None},
        {"status": "sending", "lease_until": None},
    ],
)
def test_a_message_cannot_be_in_a_state_that_means_nothing(nonsense):
    conversation = ConversationFactory()

    with pytest.raises(IntegrityError), transaction.atomic():
        MessageFactory(**{"conversation": conversation, **nonsense})

    assert not Message.objects.exists()


@pytest.mark.parametrize(
    ("fields", "links_to"),
    [
        ({"body": "See https://careops.example/forms/8Gsk-2_T1.1:sig/."}, ["forms/8Gsk-2_T1"]),
        (
            {"body": "http://a.example/visit/one.1:x/ and\nhttp://a.example/forms/two/"},
            ["visit/one", "forms/two"],
        ),
        ({"body": "https://a.example/forms/one/", "sms": "Hello"}, ["forms/one"]),
        ({"channel": "sms", "body": "https://a.example/forms/one/", "sms": "Hello"}, []),
        ({"channel": "sms", "body": "https://a.example/forms/one/"}, ["forms/one"]),
        ({"body": "forms/one and https://a.example/ and https://a.example/book/"}, []),
    ],
)
def test_a_message_leads_to_what_the_words_of_its_channel_link_to(fields, links_to):
    message = MessageFactory(**fields)

    message.refresh_from_db()

    assert message.links_to == links_to


def test_a_message_whose_words_change_leads_elsewhere():
    message = MessageFactory(body="https://a.example/forms/one/")

    Message.objects.update(body="https://a.example/forms/two/")

    assert Message.objects.filter(links_to__contains=["forms/two"]).get() == message
    assert not Message.objects.filter(links_to__contains=["forms/one"]).exists()
