"""What is too late, too much for one day, or has nowhere to go; decided without a database."""

import datetime

import pytest

from messaging.deciding.guards import Reach, decide
from messaging.tests.deciding.test_guards import NOW, SAID_BY_ITSELF, SARA, facts, message, refusal
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode

MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(hours=24)
RECEIPTS = [RuleCode.CONFIRMATION, RuleCode.MOVED, RuleCode.CANCELLED]


# --- Stale ---


@pytest.mark.parametrize(
    ("code", "limit"),
    [
        (RuleCode.REMINDER, DAY - 30 * MINUTE),  # the start of the visit, less half an hour
        (RuleCode.FORM_REMINDER, DAY - 30 * MINUTE),
        (RuleCode.CONFIRMATION, 12 * HOUR),
        (RuleCode.MOVED, 12 * HOUR),
        (RuleCode.CANCELLED, 12 * HOUR),
        (RuleCode.WELCOME, 24 * HOUR),
        (RuleCode.THANK_YOU, 72 * HOUR),
        (RuleCode.NO_SHOW, 72 * HOUR),
    ],
)
def test_each_class_goes_stale_in_its_own_time(code, limit):
    about = message(code)

    assert decide(about, facts(about), now=NOW + limit - MINUTE).may_leave
    assert refusal(about, facts(about), now=NOW + limit) == (Reason.TOO_LATE, "Too late to be useful.")


@pytest.mark.parametrize("code", RECEIPTS)
def test_a_receipt_never_leaves_after_the_start(code):
    about = message(code, visit_in=HOUR)

    assert decide(about, facts(about), now=NOW + HOUR - MINUTE).may_leave
    assert refusal(about, facts(about), now=NOW + HOUR)[0] == Reason.TOO_LATE


def test_what_a_person_typed_never_goes_stale():
    typed = message("", sent_by=SARA)

    assert decide(typed, facts(typed), now=NOW + 100 * DAY).may_leave


# --- The cap of a day ---


@pytest.mark.parametrize("code", SAID_BY_ITSELF)
def test_the_daily_cap_spares_receipts(code):
    about = message(code)
    verdict = decide(about, facts(about, sent_today=3), now=NOW)

    assert (verdict.code == Reason.DAILY_CAP) is code.obeys_pause
    assert decide(about, facts(about, sent_today=2), now=NOW).may_leave


def test_the_daily_cap_says_how_many_there_were():
    about = message()

    assert refusal(about, facts(about, sent_today=3))[1] == (
        "3 automatic messages went out that day already, which is the most."
    )


# --- The address ---


def test_a_refused_channel_gives_way_to_the_next():
    about = message()
    known = facts(about, email=Reach("ada@client.example", refused=True))

    assert decide(about, known, now=NOW).channel == Channel.SMS


@pytest.mark.parametrize("sent_by", [None, SARA])
@pytest.mark.parametrize(
    ("reach", "code", "sentence"),
    [
        (Reach("ada@client.example", refused=True), Reason.OPTED_OUT, "Opted out of email."),
        (
            Reach("ada@client.example", bounced="550 No such user"),
            Reason.BOUNCED,
            "ada@client.example does not take messages: 550 No such user",
        ),
        (
            Reach("ada@client.example", available=False),
            Reason.NO_PROVIDER,
            "No provider is set up for email.",
        ),
        (
            Reach(""),
            Reason.NO_ADDRESS,
            "No address to send it to: no email address and no mobile number.",
        ),
    ],
)
def test_nobody_overrules_an_opt_out_or_a_missing_address(sent_by, reach, code, sentence):
    about = message(sent_by=sent_by)

    assert refusal(about, facts(about, email=reach, sms=Reach(""))) == (code, sentence)


@pytest.mark.parametrize(
    ("email", "code", "sentence"),
    [
        (Reach(""), Reason.NO_TEXTS, "This number cannot get texts, and there is no email address."),
        (Reach("ada@client.example", refused=True), Reason.OPTED_OUT, "Opted out of email."),
    ],
)
def test_a_number_that_cannot_get_texts_gets_none(email, code, sentence):
    about = message()

    assert refusal(about, facts(about, email=email, sms=Reach("+442079460000", textless=True))) == (
        code,
        sentence,
    )


def test_an_opt_out_of_sms_blocks_what_a_person_typed_as_well():
    typed = message("", sent_by=SARA, channel=Channel.SMS)

    assert refusal(typed, facts(typed, sms=Reach("+447700900123", refused=True))) == (
        Reason.OPTED_OUT,
        "Opted out of SMS.",
    )


def test_what_a_person_typed_keeps_to_the_channel_that_they_chose():
    typed = message("", sent_by=SARA, channel=Channel.SMS)

    assert decide(typed, facts(typed), now=NOW).channel == Channel.SMS


def test_the_answer_to_stop_still_reaches_a_refused_number():
    about = message(RuleCode.CONSENT, channel=Channel.SMS)
    known = facts(about, sms=Reach("+447700900123", refused=True))

    assert decide(about, known, now=NOW).channel == Channel.SMS
