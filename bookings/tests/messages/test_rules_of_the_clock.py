"""Reminders, of forms as well, those by hand, and what follows a visit: what the clock makes of bookings."""

import datetime

import pytest

from accounts.models import subject_key
from bookings.messages import reminding
from bookings.models import Booking
from bookings.tests.acts import HOUR, NOW, START, book, change, messages, said, service_with_form
from bookings.visits import outcomes, undoing
from contacts.tests.factories import ContactFactory
from messaging.models import Automation, Message, Rule
from messaging.rules.services import switch_rule
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

DAY = 24 * HOUR


def set_rule(code: RuleCode, **values) -> None:
    rule = Rule.standard_of(code)
    for name, value in values.items():
        setattr(rule, name, value)
    rule.save()


def reminders(booking, code=RuleCode.REMINDER) -> list[tuple[str, str, datetime.datetime]]:
    rows = messages(booking).filter(rule=code)
    return [(row.status, row.reason_code, row.send_at) for row in rows]


def with_form(**values) -> Booking:
    return book(service=service_with_form(), **values)


# --- Reminders of the visit ---


def test_a_reminder_for_each_lead():
    set_rule(RuleCode.REMINDER, leads=[2 * 60, 24 * 60])

    assert reminders(book()) == [("planned", "", START - DAY), ("planned", "", START - 2 * HOUR)]


def test_a_lead_that_has_gone_by_says_booked_late():
    set_rule(RuleCode.REMINDER, leads=[24 * 60, 60])
    now = START - 2 * HOUR

    assert reminders(book(now=now)) == [("skipped", "booked_late", now), ("planned", "", START - HOUR)]


def test_two_leads_at_one_moment_speak_once():
    """A day by the clock on the wall lasts 23 hours where the clocks go forward."""
    set_rule(RuleCode.REMINDER, leads=[24 * 60, 23 * 60])
    start = datetime.datetime.fromisoformat("2026-03-29T14:30+01:00")

    rows = reminders(book(starts_at=start, now=start - 5 * DAY))

    assert [row[:2] for row in rows] == [("planned", ""), ("skipped", "duplicate")]


def test_two_leads_that_the_window_brings_together_speak_once(settings):
    settings.SMS_URL = "twilio://account:token@localhost/+15550100"
    set_rule(RuleCode.REMINDER, leads=[60, 120])
    contact = ContactFactory(email="", phone="07400 123456")
    start = datetime.datetime.fromisoformat("2026-11-25T06:00+00:00")  # both leads lie in the night before

    rows = reminders(book(contact=contact, starts_at=start))

    assert [row[:2] for row in rows] == [("planned", "window"), ("skipped", "duplicate")]
    assert rows[0][2] < start - 2 * HOUR


def test_a_moved_booking_is_reminded_of_its_new_time(staff):
    booking = book()

    change(booking, starts_at=START + DAY, by=staff)

    assert reminders(booking) == [("cancelled", "booking_moved", START - DAY), ("planned", "", START)]


# --- Reminders of forms ---


def test_for_a_form_it_asks_a_day_after_the_booking_and_a_day_before_the_visit():
    booking = with_form()

    assert reminders(booking, RuleCode.FORM_REMINDER) == [
        ("planned", "", NOW + DAY),
        ("planned", "", START - DAY),
    ]
    request = booking.intake_requests.get()
    assert [row.key for row in messages(booking).filter(rule=RuleCode.FORM_REMINDER)] == [
        f"{subject_key(booking)}:form_reminder:{request.pk}:1",
        f"{subject_key(booking)}:form_reminder:{request.pk}:2",
    ]


def test_for_a_form_it_asks_no_more_often_than_the_cap():
    set_rule(RuleCode.FORM_REMINDER, cap=1)

    assert len(reminders(with_form(), RuleCode.FORM_REMINDER)) == 1


def test_for_a_form_it_counts_what_was_asked_before_a_move(staff):
    booking = with_form()
    first = messages(booking).filter(rule=RuleCode.FORM_REMINDER).first()
    Message.objects.filter(pk=first.pk).update(status=Message.Status.SENT)

    moved = change(booking, starts_at=START + 3 * DAY, by=staff, now=NOW + 2 * DAY)

    assert reminders(moved, RuleCode.FORM_REMINDER)[2:] == [("planned", "", START + 2 * DAY)]


def test_for_a_form_it_never_asks_twice_within_two_hours_nor_after_the_visit():
    booking = with_form(now=START - 49 * HOUR)  # a day later is an hour before the day before

    assert [row[2] for row in reminders(booking, RuleCode.FORM_REMINDER)] == [START - 25 * HOUR]


def test_booked_too_late_to_ask_for_a_form_says_so():
    now = START - 5 * HOUR

    assert reminders(with_form(now=now), RuleCode.FORM_REMINDER) == [("skipped", "booked_late", now)]


def test_a_booking_without_a_form_is_never_asked_for_one():
    assert reminders(book(), RuleCode.FORM_REMINDER) == []


# By hand


def test_by_hand_stands_for_the_reminder_due_within_twelve_hours(staff):
    booking = book()

    reminding.send_reminder(booking=booking, by=staff, now=START - 30 * HOUR)

    assert [row[:2] for row in reminders(booking)] == [("skipped", "by_hand"), ("queued", "")]
    assert messages(booking).get(reason_code="by_hand").reason == "Sent by hand instead, by Sara Staff."


def test_by_hand_leaves_a_reminder_that_is_due_later(staff):
    booking = book()

    reminding.send_reminder(booking=booking, by=staff, now=START - 40 * HOUR)

    assert [row[:2] for row in reminders(booking)] == [("planned", ""), ("queued", "")]


def test_by_hand_that_cannot_be_sent_replaces_nothing(staff):
    booking = book(contact=ContactFactory(email="", phone="0117 ask for Ada"))

    reminding.send_reminder(booking=booking, by=staff, now=START - 30 * HOUR)

    assert reminders(booking)[0][0] == "planned"


def test_by_hand_is_no_reply_and_pauses_nothing(staff):
    booking = book()

    reminding.send_reminder(booking=booking, by=staff, now=NOW)

    booking.contact.conversation.refresh_from_db()
    assert booking.contact.conversation.paused_at is None


def test_by_hand_ignores_the_window_the_switch_and_the_rule(staff):
    set_rule(RuleCode.REMINDER, enabled=False)
    Automation.objects.update_or_create(pk=1, defaults={"stopped_at": NOW, "window_for_email": True})
    booking = book()

    message = reminding.send_reminder(
        booking=booking, by=staff, now=START - 12 * HOUR
    )  # half past two at night

    assert message.status == Message.Status.QUEUED


# Afterwards


@pytest.mark.parametrize(
    ("outcome", "rule", "wait"),
    [(outcomes.complete_booking, "thank_you", 2 * HOUR), (outcomes.mark_no_show, "no_show", HOUR)],
)
def test_follow_up_waits_and_dies_with_an_undo(outcome, rule, wait, staff):
    switch_rule(code=rule, enabled=True, by=None, now=NOW)
    booking = book()
    over = outcome(booking=booking, by=staff, now=START + HOUR)
    assert messages(booking).get(rule=rule).send_at == START + HOUR + wait

    again = undoing.reopen_booking(booking=over, by=staff, now=START + HOUR)

    row = messages(booking).get(rule=rule)
    assert (row.status, row.reason) == ("cancelled", "The booking was marked as confirmed again.")
    outcome(booking=again, by=staff, now=START + HOUR)
    assert [status for code, status in said(booking) if code == rule] == ["cancelled", "planned"]
