"""What decisions rest on is read once for many messages, and belongs to each of them alone."""

import datetime

import pytest

from accounts.models import Business
from messaging.consent import services as consent
from messaging.deciding.facts import gather, gather_all
from messaging.deciding.rulebook import Rulebook
from messaging.models import Automation, ConsentChange, Rule
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.words.rules import STANDARDS, Channel, RuleCode

pytestmark = pytest.mark.django_db

NOON = datetime.datetime(2031, 3, 4, 12, 0, tzinfo=datetime.UTC)


def to_somebody(*, sent: int, refused: bool):
    """A reminder to somebody new, to whom ``sent`` others went today."""
    conversation = ConversationFactory()
    for _ in range(sent):
        MessageFactory(conversation=conversation, rule=RuleCode.REMINDER, status="sent", sent_at=NOON)
    if refused:
        source, email = ConsentChange.Source.MESSAGE, conversation.contact.email
        consent.refuse(channel=Channel.EMAIL, value=email, source=source, now=NOON)
    return MessageFactory(conversation=conversation, rule=RuleCode.REMINDER, status="planned")


def test_each_message_has_its_own_facts_in_two_statements(django_assert_num_queries):
    rulebook = Rulebook.current()
    messages = [to_somebody(sent=2, refused=False), to_somebody(sent=0, refused=True)]
    messages.append(MessageFactory(conversation=messages[0].conversation, rule=RuleCode.CONFIRMATION))

    with django_assert_num_queries(2):
        facts = gather_all(messages, rulebook=rulebook, now=NOON)

    assert facts == [gather(message, rulebook=rulebook, now=NOON) for message in messages]
    assert [one.sent_today for one in facts] == [2, 0, 0]
    assert [one.reach[Channel.EMAIL].refused for one in facts] == [False, True, False]


def test_nothing_is_counted_where_nothing_is_decided_yet(django_assert_num_queries):
    rulebook, message = Rulebook.current(), to_somebody(sent=2, refused=False)

    with django_assert_num_queries(1):
        [facts] = gather_all([message], rulebook=rulebook, counts=False, now=NOON)

    assert facts.sent_today == 0


def test_a_rulebook_is_read_in_one_statement(django_assert_num_queries):
    Business.objects.update_or_create(pk=1, defaults={"name": "Calm Hands", "time_zone": "Asia/Tokyo"})
    Automation.objects.create(pk=1, opens=datetime.time(7), daily_cap=5, stopped_at=NOON)
    for code, delay in ((RuleCode.MOVED, 7), (RuleCode.THANK_YOU, 90)):
        rule = Rule.standard_of(code)
        rule.delay, rule.channels = delay, ["sms", "email"]
        rule.save()

    with django_assert_num_queries(1):
        book = Rulebook.current()

    assert (book.business, book.business.zone.key) == (Business.objects.get(), "Asia/Tokyo")
    assert (book.automation.opens, book.automation.daily_cap) == (datetime.time(7), 5)
    assert (book.automation.stopped_at, book.automation.is_stopped) == (NOON, True)
    assert [book.rules[code].delay for code in (RuleCode.MOVED, RuleCode.THANK_YOU)] == [7, 90]
    assert book.rules[RuleCode.MOVED].channels == ["sms", "email"]
    assert book.rules.keys() == STANDARDS.keys()
    assert book.rules[RuleCode.REMINDER].leads == [*STANDARDS[RuleCode.REMINDER].leads]


def test_a_new_installation_has_a_rulebook():
    assert not Business.objects.exists()

    book = Rulebook.current()

    assert book.business == Business.objects.get()
    assert not book.automation.is_stopped
    assert book.rules.keys() == STANDARDS.keys()


@pytest.mark.parametrize(
    ("phone", "regions", "by_itself", "by_hand"),
    [
        ("07400 654321", "", True, True),
        ("020 7946 0000", "", False, False),
        ("+353 87 123 4567", "", False, True),
        ("+353 87 123 4567", "gb, IE", True, True),
        ("07400 654321", "IE", False, True),
    ],
)
def test_automatic_texts_go_to_mobiles_of_the_countries_that_the_business_names(
    phone, regions, by_itself, by_hand
):
    Business.objects.update_or_create(pk=1, defaults={"text_regions": regions})
    conversation = ConversationFactory(phone=phone)
    automatic = MessageFactory(conversation=conversation, rule=RuleCode.REMINDER, status="planned")
    typed = MessageFactory(conversation=conversation, rule="", status="queued")

    found = gather_all([automatic, typed], rulebook=Rulebook.current(), now=NOON)

    assert [facts.reach[Channel.SMS].is_open for facts in found] == [by_itself, by_hand]
