"""The second check: what was fine when it was planned is looked at again when the worker takes it."""

import datetime

import pytest
from django.utils import timezone

from accounts.models import Business
from messaging.consent import services as consent
from messaging.deciding.facts import gather
from messaging.deciding.rulebook import Rulebook
from messaging.inbox import saying
from messaging.models import Address, Automation, ConsentChange, Message, Rule
from messaging.tests.factories import ConversationFactory, MessageFactory, automated
from messaging.tests.taking import take_next
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode

MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(hours=24)
NOON = datetime.datetime(2031, 3, 4, 12, 0, tzinfo=datetime.UTC)

pytestmark = pytest.mark.django_db


def switch_off(message, by):
    rule = Rule.standard_of(RuleCode.REMINDER)
    rule.enabled = False
    rule.save()


def fill_the_day(message, by):
    for _ in range(3):
        MessageFactory(
            conversation=message.conversation, rule=RuleCode.REMINDER, status="sent", sent_at=NOON - HOUR
        )


def pause(message, by):
    saying.reply(conversation=message.conversation, by=by, body="I will ring you.", now=NOON - HOUR)
    Message.objects.filter(rule="").update(status="sent")


def pause_for_good(message, by):
    Automation.objects.create(pk=1, pause_hours=None)
    pause(message, by)


def keep_hours(message, by):
    at_night = datetime.time(13)
    Automation.objects.create(pk=1, window_for_email=True, opens=at_night, closes=datetime.time(14))
    Message.objects.update(useless_after=NOON + MINUTE)


CHANGES = {
    Reason.NOT_ACTIVE: lambda message, by: Business.objects.update(activated_at=None),
    Reason.STOPPED: lambda message, by: Automation.objects.create(pk=1, stopped_at=NOON, stopped_by=by),
    Reason.RULE_OFF: switch_off,
    Reason.BLOCKED: lambda message, by: type(message.conversation.contact).objects.update(is_blocked=True),
    Reason.TOO_LATE: lambda message, by: Message.objects.update(useless_after=NOON),
    Reason.PAUSED: pause,
    Reason.PAUSED_OPEN: pause_for_good,
    Reason.NO_ADDRESS: lambda message, by: type(message.conversation.contact).objects.update(
        email="", phone="12345"
    ),
    Reason.OPTED_OUT: lambda message, by: Address.objects.create(
        channel="email", value=message.conversation.contact.email, state="refused"
    ),
    Reason.BOUNCED: lambda message, by: Address.objects.create(
        channel="email", value=message.conversation.contact.email, bounced_at=NOON, bounce_words="550"
    ),
    Reason.DAILY_CAP: fill_the_day,
    Reason.NO_MOMENT: keep_hours,
}


@pytest.mark.parametrize("reason", CHANGES)
def test_what_was_planned_is_skipped_when_the_world_has_changed(staff, reason):
    Business.objects.current()
    message = automated(ConversationFactory(), now=NOON - DAY, send_at=NOON, starts_at=NOON + DAY)
    assert (message.status, message.reason_code) == ("planned", "")

    CHANGES[reason](message, staff)
    taken = take_next(now=NOON)

    message.refresh_from_db()
    assert taken == message
    assert (message.status, message.reason_code) == ("skipped", reason)
    assert message.reason
    assert message.attempts == 0


def test_no_provider_for_the_only_channel(settings):
    message = automated(ConversationFactory(), now=NOON - DAY, send_at=NOON, starts_at=NOON + DAY)
    settings.EMAIL_URL, settings.SMS_URL = "", "twilio://AC:token@api.twilio.com/+15550100"

    take_next(now=NOON)

    message.refresh_from_db()
    assert (message.status, message.reason) == ("skipped", "No provider is set up for email.")


def test_when_nothing_has_changed_it_is_taken():
    message = automated(ConversationFactory(), now=NOON - DAY, send_at=NOON, starts_at=NOON + DAY)

    assert take_next(now=NOON - MINUTE) is None
    take_next(now=NOON)

    message.refresh_from_db()
    assert message.status == "sending"


def test_outside_the_window_it_is_put_off_and_says_until_when():
    message = automated(ConversationFactory(), now=NOON - DAY, send_at=NOON, starts_at=NOON + DAY)
    Automation.objects.create(pk=1, window_for_email=True, opens=datetime.time(13))

    take_next(now=NOON)

    message.refresh_from_db()
    assert (message.status, message.send_at) == ("planned", NOON + HOUR)
    assert message.reason == "Moved to Tue 13:00: nothing is sent outside 13:00–21:00."


def test_planned_by_sms_it_goes_by_email_after_an_opt_out():
    rule = Rule.standard_of(RuleCode.REMINDER)
    rule.channels = ["sms", "email"]
    rule.save()
    conversation = ConversationFactory(email="ada@client.example", phone="+44 7400 123456")
    message = automated(conversation, now=NOON - DAY, send_at=NOON, starts_at=NOON + DAY)
    assert message.channel == Channel.SMS

    consent.refuse(
        channel=Channel.SMS,
        value=conversation.contact.phone_e164,
        source=ConsentChange.Source.MESSAGE,
        words="STOP",
        now=NOON - HOUR,
    )
    take_next(now=NOON)

    message.refresh_from_db()
    assert (message.status, message.channel, message.address) == ("sending", "email", "ada@client.example")


# --- What counts for the day ---


def facts_of(message, *, now):
    return gather(message, rulebook=Rulebook.current(), now=now)


@pytest.mark.parametrize(
    ("changes", "counted"),
    [
        ({}, 1),
        ({"status": "delivered"}, 1),
        ({"status": "unknown", "sent_at": None}, 1),
        ({"status": "sending", "sent_at": None}, 1),
        ({"rule": RuleCode.WELCOME}, 1),
        ({"rule": RuleCode.CONFIRMATION}, 0),  # a receipt
        ({"rule": ""}, 0),  # typed by a person
        ({"status": "skipped", "sent_at": None}, 0),
        ({"status": "failed", "sent_at": None}, 0),
        ({"status": "planned", "sent_at": None}, 0),
        ({"sent_at": NOON - 11 * HOUR - 59 * MINUTE}, 1),  # since midnight
        ({"sent_at": NOON - 12 * HOUR - MINUTE}, 0),
    ],
)
def test_the_day_counts_what_the_clock_and_courtesy_sent_to_the_person(changes, counted):
    conversation = ConversationFactory()
    values = {"rule": RuleCode.REMINDER, "status": "sent", "sent_at": NOON - HOUR, "send_at": NOON - HOUR}
    MessageFactory(conversation=conversation, **values | changes)
    MessageFactory(**values)  # to somebody else
    message = MessageFactory(conversation=conversation, rule=RuleCode.REMINDER, status="planned")

    assert facts_of(message, now=NOON).sent_today == counted


def test_what_somebody_asked_for_does_not_count(staff):
    conversation = ConversationFactory()
    MessageFactory(
        conversation=conversation, rule=RuleCode.REMINDER, status="sent", sent_at=NOON, sent_by=staff
    )
    message = MessageFactory(conversation=conversation, rule=RuleCode.REMINDER, status="planned")

    assert facts_of(message, now=NOON + HOUR).sent_today == 0


def test_the_day_begins_at_midnight_of_the_business():
    Business.objects.current()
    Business.objects.update(time_zone="Pacific/Auckland")  # 13 hours ahead: its day began at 11:00 here
    conversation = ConversationFactory()
    for sent_at in [NOON - 2 * HOUR, NOON - 30 * MINUTE]:
        MessageFactory(conversation=conversation, rule=RuleCode.REMINDER, status="sent", sent_at=sent_at)
    message = MessageFactory(conversation=conversation, rule=RuleCode.REMINDER, status="planned")

    assert facts_of(message, now=NOON).sent_today == 1


def test_two_that_are_due_at_once_do_not_both_pass_the_last_place_of_the_day():
    conversation = ConversationFactory()
    for _ in range(2):
        MessageFactory(
            conversation=conversation, rule=RuleCode.REMINDER, status="sent", sent_at=timezone.now()
        )
    for n in range(2):
        automated(conversation, now=timezone.now(), key=f"reminder:{n}")

    taken = [take_next(now=timezone.now() + MINUTE).status for _ in range(2)]

    assert taken == ["sending", "skipped"]
