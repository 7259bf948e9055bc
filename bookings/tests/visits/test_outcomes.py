import pytest

from accounts.models import AuditEntry
from accounts.tests.factories import UserFactory
from bookings import refusals
from bookings.models import Booking
from bookings.tests.acts import (
    HOUR,
    MINUTE,
    NOW,
    START,
    book,
    change,
    done_to,
    everything,
    messages,
    said,
)
from bookings.tests.messages.test_rules_of_the_clock import set_rule
from bookings.visits import outcomes, undoing
from messaging.models import Message
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    return book()


def test_complete_booking_takes_back_what_is_planned(booking, staff):
    set_rule(RuleCode.THANK_YOU, enabled=True)

    done = outcomes.complete_booking(booking=booking, by=staff, now=START)

    done.refresh_from_db()
    assert (done.status, done.status_since) == (Booking.Status.COMPLETED, START)
    assert said(booking) == [
        ("confirmation", "cancelled"),
        ("reminder", "cancelled"),
        ("thank_you", "planned"),
    ]
    assert messages(booking).first().reason == "The booking was marked as completed."
    assert done_to(booking)[0] == "booking.complete"


def test_complete_booking_still_holds_the_time(booking, staff):
    outcomes.complete_booking(booking=booking, by=staff, now=START)

    with pytest.raises(refusals.SlotTaken):
        book(staff=booking.staff)


def test_mark_no_show_takes_back_what_is_planned(booking, staff):
    set_rule(RuleCode.NO_SHOW, enabled=True)

    missed = outcomes.mark_no_show(booking=booking, by=staff, now=START + HOUR)

    missed.refresh_from_db()
    assert missed.status == Booking.Status.NO_SHOW
    assert messages(booking).first().reason == "The booking was marked as no-show."
    assert [message.rule for message in messages(booking).pending()] == ["no_show"]


def test_cancel_booking_tells_the_contact(booking, staff):
    off = outcomes.cancel_booking(booking=booking, reason="Has a cold", by=staff, now=NOW)

    off.refresh_from_db()
    assert (off.status, off.cancel_reason) == (Booking.Status.CANCELLED, "Has a cold")
    assert said(booking) == [
        ("confirmation", "cancelled"),
        ("reminder", "cancelled"),
        ("cancelled", "planned"),
    ]
    notice = messages(booking).last()
    assert notice.subject.startswith("Your booking was cancelled")
    assert "cold" not in notice.body  # the reason is for the people who work here
    assert AuditEntry.objects.about(booking).first().changes["cancel_reason"] == ["", "Has a cold"]


def test_cancel_booking_without_a_notice_says_whose_choice_that_was(booking, staff):
    outcomes.cancel_booking(booking=booking, tell=False, by=staff, now=NOW)

    notice = messages(booking).last()
    assert (notice.rule, notice.status) == (RuleCode.CANCELLED, Message.Status.SKIPPED)
    assert notice.reason == "Sara Staff chose not to send it."


def test_cancel_booking_that_has_begun_sends_no_notice(booking, staff):
    outcomes.cancel_booking(booking=booking, by=staff, now=START)

    notice = messages(booking).last()
    assert (notice.status, notice.reason) == ("skipped", "Too late to be useful.")


@pytest.mark.parametrize("outcome", [outcomes.complete_booking, outcomes.mark_no_show])
def test_reopen_booking_undoes_an_outcome(booking, outcome, staff):
    outcome(booking=booking, by=staff, now=START + HOUR)

    again = undoing.reopen_booking(booking=booking, by=staff, now=START + 2 * HOUR)

    again.refresh_from_db()
    assert (again.status, again.status_since) == (Booking.Status.CONFIRMED, START + 2 * HOUR)
    assert done_to(booking)[0] == "booking.reopen"


def test_reopen_booking_refuses_when_the_time_was_given_away(booking, staff):
    outcomes.mark_no_show(booking=booking, by=staff, now=START + 10 * MINUTE)
    book(staff=booking.staff, starts_at=START + 15 * MINUTE, now=START + 10 * MINUTE)
    before = everything()

    with pytest.raises(refusals.SlotTaken):
        undoing.reopen_booking(booking=booking, by=staff, now=START + 20 * MINUTE)

    assert everything() == before


def test_reopen_booking_then_moved_plans_a_reminder_again(booking, staff):
    outcomes.mark_no_show(booking=booking, by=staff, now=START + HOUR)
    again = undoing.reopen_booking(booking=booking, by=staff, now=START + HOUR)

    change(again, starts_at=START + 72 * HOUR, by=staff, now=START + HOUR)

    assert said(booking)[-2:] == [("moved", "planned"), ("reminder", "planned")]


def test_reopen_booking_refuses_when_somebody_else_has_it_by_now(booking, staff):
    """The lock would be on the time of the wrong person."""
    outcomes.complete_booking(booking=booking, by=staff, now=START)
    stale = Booking.objects.for_list().get()
    Booking.objects.update(staff=UserFactory())

    with pytest.raises(refusals.TransitionRefused, match="just changed this booking"):
        undoing.reopen_booking(booking=stale, by=staff, now=START + HOUR)

    assert Booking.objects.get().status == Booking.Status.COMPLETED


@pytest.mark.parametrize(
    ("service", "hours"),
    [
        (outcomes.complete_booking, -1),
        (outcomes.mark_no_show, 0),
        (undoing.reopen_booking, 1),
    ],
)
def test_what_the_states_refuse_changes_nothing(booking, service, hours, staff):
    before = everything()

    with pytest.raises(refusals.TransitionRefused):
        service(booking=booking, by=staff, now=START + hours * HOUR)

    assert everything() == before


def test_two_people_cannot_both_decide_the_outcome(booking, staff):
    stale = Booking.objects.for_list().get()
    outcomes.complete_booking(booking=booking, by=staff, now=START + HOUR)
    before = everything()

    with pytest.raises(refusals.TransitionRefused, match="already marked as completed"):
        outcomes.cancel_booking(booking=stale, by=staff, now=START + HOUR)

    assert everything() == before
