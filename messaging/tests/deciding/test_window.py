"""The sending window: what is moved, where to, and what the change of the clocks does to it."""

import datetime
import zoneinfo

import pytest

from messaging.deciding.guards import decide, plan
from messaging.deciding.window import Window
from messaging.models import Automation
from messaging.tests.deciding.test_guards import by_sms, facts, message
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode

MINUTE = datetime.timedelta(minutes=1)
HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(hours=24)
RECEIPTS = [RuleCode.CONFIRMATION, RuleCode.MOVED, RuleCode.CANCELLED]


def at(text: str) -> datetime.datetime:
    """A moment of March 2031, such as ``4 23:00``; the business is in London, so this is its wall clock too."""
    day, clock = text.split()
    return datetime.datetime.combine(
        datetime.date(2031, 3, int(day)), datetime.time.fromisoformat(clock), datetime.UTC
    )


def planned(code=RuleCode.REMINDER, *, due, visit, now):
    about = message(code, now=at(now), send_at=at(due), visit_in=at(visit) - at(now), channel=Channel.SMS)
    return plan(about, by_sms(about), now=at(now))


@pytest.mark.parametrize(
    ("due", "leaves"),
    [
        ("4 07:59", "4 08:00"),
        ("4 08:00", "4 08:00"),
        ("4 20:59", "4 20:59"),
        ("4 21:00", "5 08:00"),
        ("4 23:30", "5 08:00"),
        ("5 00:00", "5 08:00"),
    ],
)
def test_what_is_due_at_night_is_planned_for_the_morning(due, leaves):
    verdict = planned(due=due, visit="9 12:00", now="3 12:00")

    assert verdict.wait_until == at(leaves)
    assert bool(verdict.code) is (due != leaves)
    if verdict.code:
        assert verdict.sentence.startswith("Moved to ")


@pytest.mark.parametrize(
    ("visit", "leaves"),
    [
        ("5 10:00", "5 08:00"),  # two hours are left
        ("5 09:59", "4 20:59"),
        ("5 08:10", "4 20:59"),
    ],
)
def test_a_clock_message_goes_earlier_where_later_would_leave_under_two_hours(visit, leaves):
    verdict = planned(due="5 06:00", visit=visit, now="3 12:00")

    assert (verdict.wait_until, verdict.code) == (at(leaves), Reason.WINDOW)


def test_it_goes_later_after_all_where_the_evening_before_is_over():
    verdict = planned(due="5 07:00", visit="5 09:30", now="4 23:00")

    assert verdict.wait_until == at("5 08:00")


def test_no_useful_moment_is_left():
    verdict = planned(due="5 07:00", visit="5 08:20", now="4 23:00")

    assert (verdict.wait_until, verdict.code) == (None, Reason.NO_MOMENT)
    assert verdict.sentence == "No time was left between 08:00 and 21:00 before it became useless."


@pytest.mark.parametrize("code", RECEIPTS)
def test_only_clock_messages_go_earlier(code):
    verdict = planned(code, due="4 22:03", visit="5 09:00", now="4 12:00")

    assert verdict.wait_until == at("5 08:00")


def test_email_keeps_no_hours_unless_the_business_says_so():
    about = message(now=at("3 12:00"), send_at=at("4 23:00"), visit_in=9 * DAY)
    everywhere = Automation(pk=1, window_for_email=True)

    assert plan(about, facts(about), now=at("3 12:00")).wait_until == at("4 23:00")
    assert plan(about, facts(about, automation=everywhere), now=at("3 12:00")).wait_until == at("5 08:00")
    assert decide(about, facts(about), now=at("4 23:00")).may_leave
    verdict = decide(about, facts(about, automation=everywhere), now=at("4 23:00"))
    assert (verdict.wait_until, verdict.code) == (at("5 08:00"), Reason.WINDOW)


@pytest.mark.parametrize("code", [RuleCode.REMINDER, RuleCode.WELCOME, *RECEIPTS])
def test_what_is_taken_at_night_waits_for_the_morning(code):
    about = message(code, now=at("4 23:00"))

    verdict = decide(about, by_sms(about), now=at("4 23:00"))

    assert verdict.wait_until == at("5 08:00")
    assert verdict.sentence == "Moved to Wed 08:00: nothing is sent outside 08:00–21:00."


@pytest.mark.parametrize("code", RECEIPTS)
def test_a_receipt_answers_at_night_what_the_customer_did_within_ten_minutes(code):
    about = message(code, now=at("4 23:00"), by_customer=True)

    assert decide(about, by_sms(about), now=at("4 23:09")).may_leave
    assert decide(about, by_sms(about), now=at("4 23:10")).wait_until == at("5 08:00")


def test_what_a_person_typed_or_asked_for_leaves_at_night(staff):
    typed = message("", sent_by=staff, channel=Channel.SMS, now=at("4 23:00"))
    asked = message(sent_by=staff, channel=Channel.SMS, now=at("4 23:00"))

    assert decide(typed, by_sms(typed), now=at("4 23:00")).may_leave
    assert decide(asked, by_sms(asked), now=at("4 23:00")).may_leave


def test_at_night_with_nothing_left_of_use_it_is_skipped():
    about = message(now=at("4 23:00"), visit_in=9 * HOUR)  # useless from 7:30 on

    verdict = decide(about, by_sms(about), now=at("4 23:00"))

    assert (verdict.wait_until, verdict.code) == (None, Reason.NO_MOMENT)


# --- When the clocks change ---

CHANGES = [
    ("Europe/London", datetime.date(2031, 3, 30)),
    ("Europe/London", datetime.date(2031, 10, 26)),
    ("America/New_York", datetime.date(2031, 3, 9)),
    ("America/New_York", datetime.date(2031, 11, 2)),
    ("Australia/Lord_Howe", datetime.date(2031, 4, 6)),  # by half an hour
    ("America/Havana", datetime.date(2031, 3, 9)),  # at midnight
    ("Pacific/Apia", datetime.date(2011, 12, 30)),  # a day that never was
]
HOURS = [("08:00", "21:00"), ("02:30", "03:00"), ("01:30", "02:15"), ("00:00", "00:30"), ("23:30", "23:45")]


def quarters(first, end):
    """The moments from ``first`` until before ``end``, a quarter of an hour apart."""
    while first < end:
        yield first
        first += 15 * MINUTE


@pytest.mark.parametrize(("zone", "day"), CHANGES, ids=str)
@pytest.mark.parametrize(("opens", "closes"), HOURS)
def test_every_moment_about_a_change_is_moved_into_the_window(zone, day, opens, closes):
    zone = zoneinfo.ZoneInfo(zone)
    window = Window(datetime.time.fromisoformat(opens), datetime.time.fromisoformat(closes), zone)
    moment = datetime.datetime.combine(day, datetime.time(12), datetime.UTC) - 2 * DAY

    for _ in range(40):
        moment += 105 * MINUTE  # each quarter of an hour of the day in its turn
        opening, closing = window.next_opening(moment), window.last_closing(moment)

        assert window.holds(opening)
        assert window.holds(closing)
        assert closing < moment <= opening
        assert not any(window.holds(between) for between in quarters(moment, opening))
        assert not any(window.holds(between) for between in quarters(closing + MINUTE, moment))


@pytest.mark.parametrize(("zone", "day"), CHANGES[:4], ids=str)
def test_the_window_opens_at_the_same_time_on_the_wall_whatever_the_clocks_do(zone, day):
    zone = zoneinfo.ZoneInfo(zone)
    window = Window(datetime.time(8), datetime.time(21), zone)

    for days in (-1, 0, 1):
        midnight = datetime.datetime.combine(day + datetime.timedelta(days=days), datetime.time.min, zone)

        opening = window.next_opening(midnight.astimezone(datetime.UTC))

        assert opening.astimezone(zone).replace(tzinfo=None) == midnight.replace(tzinfo=None) + 8 * HOUR
