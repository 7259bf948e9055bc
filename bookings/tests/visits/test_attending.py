"""Feature 47: customers are asked whether they are coming, and say so, or that they are here."""

import pytest

from accounts.models import AuditEntry
from bookings import refusals
from bookings.models import Booking
from bookings.tests.acts import HOUR, NOW, START, book, change, done_to, everything, messages, said
from bookings.tests.messages.test_rules_of_the_clock import set_rule
from bookings.visits import attending, outcomes, undoing
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

DAY = 24 * HOUR


@pytest.fixture
def asking(db):
    set_rule(RuleCode.ATTENDANCE, enabled=True)


def questions(booking) -> list[tuple[str, str]]:
    rows = messages(booking).filter(rule=RuleCode.ATTENDANCE)
    return [*rows.values_list("status", "reason_code")]


def test_off_nobody_is_asked_whether_they_come():
    assert questions(book()) == []


def test_asks_whether_they_come_two_days_before(asking):
    booking = book()

    assert questions(booking) == [("planned", "")]
    assert messages(booking).get(rule=RuleCode.ATTENDANCE).send_at == START - 2 * DAY


def test_booked_too_late_to_ask_whether_they_come_says_so(asking):
    assert questions(book(now=START - DAY)) == [("skipped", "booked_late")]


def test_note_attending_ends_the_question_and_leaves_the_reminder(asking):
    booking = book()

    attending.note_attending(booking=booking, now=NOW + HOUR)

    booking.refresh_from_db()
    assert (booking.attending_at, booking.version) == (NOW + HOUR, 1)
    assert questions(booking) == [("cancelled", "attending")]
    assert ("reminder", "planned") in said(booking)
    entry = AuditEntry.objects.about(booking).first()
    assert (entry.action, entry.actor, entry.by) == ("booking.attending", "customer", None)


def test_note_attending_twice_keeps_the_first_time():
    booking = book()
    attending.note_attending(booking=booking, now=NOW)

    attending.note_attending(booking=booking, now=NOW + HOUR)

    booking.refresh_from_db()
    assert booking.attending_at == NOW
    assert done_to(booking).count("booking.attending") == 1


def test_a_move_to_another_time_asks_again_and_one_to_another_person_does_not(asking, staff):
    booking = attending.note_attending(booking=book(), now=NOW)

    other = change(booking, staff=staff, by=staff)
    assert other.attending_at == NOW
    assert [status for status, _ in questions(booking)] == ["cancelled"]

    later = change(other, starts_at=START + DAY, by=staff)
    assert later.attending_at is None
    assert [status for status, _ in questions(booking)] == ["cancelled", "planned"]


def test_a_customer_who_called_off_is_asked_again_once_the_visit_is_restored(asking, staff):
    booking = attending.note_attending(booking=book(), now=NOW)
    off = outcomes.cancel_booking(booking=booking, cause=Booking.Cause.CUSTOMER, by=None, now=NOW)

    on = undoing.reopen_booking(booking=off, by=staff, now=NOW)

    assert on.attending_at is None
    assert questions(booking)[-1] == ("planned", "")


@pytest.mark.parametrize("when", [START, START + HOUR])
def test_note_attending_refuses_what_has_begun(when):
    booking = book()
    before = everything()

    with pytest.raises(refusals.TransitionRefused, match="no visit ahead"):
        attending.note_attending(booking=booking, now=when)

    assert everything() == before


def test_note_here_is_a_hint_and_no_arrival():
    booking = book()

    attending.note_here(booking=booking, now=START - HOUR)

    booking.refresh_from_db()
    assert (booking.here_at, booking.status) == (START - HOUR, Booking.Status.CONFIRMED)
    assert AuditEntry.objects.about(booking).first().actor == "customer"


def test_note_here_refuses_another_day_and_what_is_called_off(staff):
    booking = book()
    with pytest.raises(refusals.TransitionRefused, match="another day"):
        attending.note_here(booking=booking, now=NOW)
    outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    before = everything()

    with pytest.raises(refusals.TransitionRefused, match="no visit to wait for"):
        attending.note_here(booking=booking, now=START)

    assert everything() == before
