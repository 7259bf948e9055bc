"""The table of message classes and the order of the checks, decided without a database."""

import datetime
import zoneinfo

import pytest

from accounts.models import User
from contacts.models import Contact
from messaging.deciding.guards import Facts, Reach, decide
from messaging.models import Automation, Conversation, Message, Rule
from messaging.words.reasons import Reason
from messaging.words.rules import CLASSES, STANDARDS, Channel, MessageClass, RuleCode, useless_after

NOW = datetime.datetime(2031, 3, 4, 12, 0, tzinfo=datetime.UTC)
NIGHT = datetime.datetime(2031, 3, 4, 23, 0, tzinfo=datetime.UTC)
MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(hours=24)
LONDON = zoneinfo.ZoneInfo("Europe/London")
SARA = User(pk=1, name="Sara Staff", email="sara@careops.example")
SAID_BY_ITSELF = [code for code in STANDARDS if code.message_class != MessageClass.STAFF]
SILENCED = [code for code in SAID_BY_ITSELF if code.obeys_pause]
RECEIPTS = [RuleCode.CONFIRMATION, RuleCode.MOVED, RuleCode.CANCELLED]


def message(code=RuleCode.REMINDER, *, visit_in=DAY, now=NOW, **changes):
    """An automated message due at ``now`` about a visit that begins ``visit_in`` later."""
    send_at = changes.pop("send_at", now)
    values = {
        "rule": code,
        "conversation": Conversation(contact=Contact(name="Ada")),
        "channel": Channel.EMAIL,
        "send_at": send_at,
        "created_at": now,
        "useless_after": useless_after(code, send_at=send_at, starts_at=now + visit_in) if code else None,
    }
    return Message(**values | changes)


def facts(about, *, email=None, sms=None, **changes):
    """Nothing speaks against ``about``, which goes by SMS where the rule puts that first, unless something differs."""
    code = RuleCode(about.rule) if about.rule else None
    rule = Rule.standard_of(code) if code in SAID_BY_ITSELF else None
    if rule:
        rule.enabled = True
    values = {
        "zone": LONDON,
        "is_active": True,
        "automation": Automation(pk=1),
        "rule": rule,
        "conversation": about.conversation,
        "is_blocked": False,
        "reach": {
            Channel.EMAIL: email or Reach("ada@client.example"),
            Channel.SMS: sms or Reach("+447700900123"),
        },
    }
    return Facts(**values | changes)


def by_sms(about, **changes):
    """Facts under which the message goes by SMS, which obeys the sending window."""
    return facts(about, email=Reach(""), **changes)


def paused(until=NOW + HOUR):
    return Conversation(contact=Contact(name="Ada"), paused_at=NOW - HOUR, paused_until=until, paused_by=SARA)


def refusal(about, known, *, now=NOW) -> tuple[str, str]:
    verdict = decide(about, known, now=now)
    assert not verdict.may_leave
    assert verdict.wait_until is None
    return verdict.code, verdict.sentence


# --- What may leave ---


@pytest.mark.parametrize("code", SAID_BY_ITSELF)
def test_nothing_against_it_and_it_leaves_by_the_first_channel_of_its_rule(code):
    verdict = decide(message(code), facts(message(code)), now=NOW)

    assert verdict.may_leave
    assert (verdict.channel, verdict.address) == (Channel.EMAIL, "ada@client.example")


def test_every_rule_belongs_to_a_class():
    assert set(CLASSES) == set(RuleCode)


# --- What concerns everybody ---


@pytest.mark.parametrize("code", SAID_BY_ITSELF)
def test_not_active_stops_every_message_to_a_contact(code):
    about = message(code)

    assert refusal(about, facts(about, is_active=False))[0] == Reason.NOT_ACTIVE


@pytest.mark.parametrize("code", SAID_BY_ITSELF)
def test_stopped_automation_says_who_stopped_it(code):
    about = message(code)
    stopped = Automation(pk=1, stopped_at=NOW - HOUR, stopped_by=SARA)

    assert refusal(about, facts(about, automation=stopped)) == (
        Reason.STOPPED,
        "Automation is stopped for everybody, by Sara Staff.",
    )


@pytest.mark.parametrize("code", SAID_BY_ITSELF)
def test_a_rule_that_is_off_sends_nothing(code):
    about = message(code)
    off = Rule.standard_of(code)
    off.enabled = False

    code_, sentence = refusal(about, facts(about, rule=off))

    assert code_ == Reason.RULE_OFF
    assert sentence == f"The rule “{code.label}” is switched off."


@pytest.mark.parametrize("asked_by", [None, SARA])
def test_a_blocked_contact_hears_nothing_automatic_not_even_when_somebody_asks(asked_by):
    about = message(sent_by=asked_by)

    assert refusal(about, facts(about, is_blocked=True)) == (Reason.BLOCKED, "Ada is blocked.")


def test_what_a_person_typed_needs_no_automation():
    typed = message("", sent_by=SARA)
    known = facts(
        typed,
        is_active=False,
        is_blocked=True,
        automation=Automation(pk=1, stopped_at=NOW),
        sent_today=99,
    )

    assert decide(typed, known, now=NOW).may_leave


@pytest.mark.parametrize("code", [RuleCode.STAFF_NOTICE, RuleCode.TEST, RuleCode.CONSENT])
def test_notices_to_staff_and_answers_to_stop_pass_every_switch(code):
    about = message(code, conversation=paused())
    known = facts(about, is_active=False, automation=Automation(pk=1, stopped_at=NOW), is_blocked=True)

    assert decide(about, known, now=NOW).may_leave


# --- Pause ---


@pytest.mark.parametrize("code", SAID_BY_ITSELF)
def test_a_pause_silences_the_clock_and_the_relationship_and_no_receipt(code):
    about = message(code, conversation=paused())

    verdict = decide(about, facts(about), now=NOW)

    assert (verdict.code == Reason.PAUSED) is (
        CLASSES[code] in {MessageClass.CLOCK, MessageClass.RELATIONSHIP}
    )


def test_a_pause_says_who_and_until_when():
    about = message(conversation=paused(until=datetime.datetime(2031, 3, 4, 14, 5, tzinfo=datetime.UTC)))

    assert refusal(about, facts(about))[1] == "Automation is paused by Sara Staff until Tue 14:05."


def test_a_long_pause_names_the_date_as_well():
    about = message(visit_in=30 * DAY, conversation=paused(until=NOW + 20 * DAY))

    assert refusal(about, facts(about))[1] == "Automation is paused by Sara Staff until Mon 24 Mar, 12:00."


def test_a_pause_without_an_end_says_so():
    about = message(conversation=paused(until=None))

    assert refusal(about, facts(about)) == (
        Reason.PAUSED_OPEN,
        "Automation is paused by Sara Staff until somebody resumes it.",
    )


def test_a_pause_ends_to_the_second():
    about = message(conversation=paused(until=NOW))

    assert decide(about, facts(about), now=NOW).may_leave
    assert refusal(about, facts(about), now=NOW - MINUTE)[0] == Reason.PAUSED


@pytest.mark.parametrize("code", SILENCED)
def test_reminders_continue_during_a_pause_where_the_business_wants_that_and_nothing_else_does(code):
    about = message(code, conversation=paused())
    known = facts(about, automation=Automation(pk=1, reminders_continue=True))

    assert decide(about, known, now=NOW).may_leave is (code == RuleCode.REMINDER)


def test_what_a_person_asked_for_ignores_pause_switch_window_and_cap():
    about = message(conversation=paused(until=None), now=NIGHT, sent_by=SARA)
    off = Rule.standard_of(RuleCode.REMINDER)
    off.enabled = False
    known = by_sms(about, rule=off, automation=Automation(pk=1, stopped_at=NOW), sent_today=99)

    assert decide(about, known, now=NIGHT).may_leave


# --- The order ---


def test_the_reasons_come_in_the_order_of_the_rules():
    """Everything speaks against it; take the first away, and the next is said."""
    about = message(conversation=paused(until=NOW + 100 * DAY))
    off = Rule.standard_of(RuleCode.REMINDER)
    off.enabled = False
    against = {
        "is_active": False,
        "is_blocked": True,
        "automation": Automation(pk=1, stopped_at=NOW),
        "rule": off,
        "sent_today": 3,
        "email": Reach(""),
        "sms": Reach(""),
    }
    late = NOW + DAY
    said = []

    for key in ["is_active", "is_blocked", "automation", "rule"]:
        said.append(refusal(about, facts(about, **against), now=late)[0])
        del against[key]
    said.append(refusal(about, facts(about, **against), now=late)[0])
    said.append(refusal(about, facts(about, **against))[0])
    about.conversation.paused_at = None
    said.append(refusal(about, facts(about, **against))[0])
    del against["sent_today"]
    said.append(refusal(about, facts(about, **against))[0])

    assert said == [
        Reason.NOT_ACTIVE,
        Reason.BLOCKED,
        Reason.STOPPED,
        Reason.RULE_OFF,
        Reason.TOO_LATE,
        Reason.PAUSED,
        Reason.DAILY_CAP,
        Reason.NO_ADDRESS,
    ]


def test_every_reason_fits_its_row_and_its_column():
    long = dict.fromkeys(
        ["who", "rule", "contact", "until", "missing", "channel", "address", "words", "besides"], "x" * 200
    )
    numbers = {"count": 3, "opens": "08:00", "closes": "21:00", "attempt": 1, "attempts": 5, "status": "done"}

    for reason in Reason:
        assert len(reason.sentence(**long, **numbers)) <= 300
        assert len(reason) <= 16


@pytest.mark.parametrize("code", SAID_BY_ITSELF)
def test_who_wants_visits_only_gets_nothing_that_merely_keeps_in_touch(code):
    about = message(code)

    verdict = decide(
        about, facts(about, email=Reach("ada@client.example", visits_only=True), sms=Reach("")), now=NOW
    )

    keeps_in_touch = code.message_class == MessageClass.RELATIONSHIP
    assert verdict.may_leave != keeps_in_touch
    assert verdict.code == (Reason.VISITS_ONLY if keeps_in_touch else None)
