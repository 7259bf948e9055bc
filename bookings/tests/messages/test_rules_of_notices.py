"""What a contact hears when something is done about a visit."""

import datetime

import pytest

from accounts.models import Business
from bookings import refusals
from bookings.models import Booking
from bookings.tests.acts import HOUR, MINUTE, NOW, START, book, change, deliver, everything, messages, said
from bookings.visits import making, outcomes, undoing
from contacts.models import Contact
from contacts.services import create_contact
from contacts.tests.factories import ContactFactory
from messaging.models import Message
from messaging.tests.taking import send, take_next
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

GRACE = 3 * MINUTE


@pytest.fixture
def booking():
    booking = book()
    deliver(booking)
    return booking


def notices(booking) -> list[tuple[str, str]]:
    return [row for row in said(booking) if row[0] in {"confirmation", "moved", "cancelled"}]


def work_until(moment: datetime.datetime) -> None:
    """Let the worker send what is due by then."""
    while message := take_next(now=moment):
        if message.status == Message.Status.SENDING:
            send(message)


# --- A new contact ---


@pytest.mark.parametrize(
    ("values", "code", "sentence"),
    [
        ({"source": Contact.Source.IMPORT}, "imported", "The contact was imported."),
        ({"source": Contact.Source.BOOKING}, "duplicate", "The confirmation says it already."),
        ({"welcome": False}, "unchecked", "Sara Staff chose not to send it."),
    ],
)
def test_no_welcome_leaves_its_reason(values, code, sentence, staff):
    contact = create_contact(name="Ada", email="ada@client.example", by=staff, now=NOW, **values)

    row = Message.objects.get(rule=RuleCode.WELCOME)
    assert (row.status, row.reason_code, row.reason) == ("skipped", code, sentence)
    assert (row.conversation.contact, row.send_at) == (contact, NOW)


@pytest.mark.parametrize("source", [Contact.Source.STAFF, Contact.Source.FORM, Contact.Source.INBOUND])
def test_everybody_else_is_welcomed(source, staff):
    contact = create_contact(name="Ada", email="ada@client.example", source=source, by=staff, now=NOW)

    assert contact.source == source
    assert Message.objects.get().status == Message.Status.QUEUED


def test_nobody_is_welcomed_before_the_business_is_active(staff):
    Business.objects.current()
    Business.objects.update(activated_at=None)

    create_contact(name="Ada", email="ada@client.example", by=staff, now=NOW)

    assert Message.objects.get().reason_code == "not_active"


# --- Booked ---


def test_unticked_box_says_who_chose_it(staff):
    booking = making.create_booking(
        contact=ContactFactory(),
        service=book().service,
        staff=staff,
        starts_at=START,
        tell=False,
        by=staff,
        now=NOW,
    )

    assert said(booking) == [("confirmation", "skipped"), ("reminder", "planned")]
    assert messages(booking)[0].reason == "Sara Staff chose not to send it."


def test_a_visit_in_the_past_is_not_confirmed_nor_reminded_of():
    booking = book(now=START)

    assert [(row.rule, row.reason_code) for row in messages(booking)] == [("confirmation", "too_late")]


# --- Moved ---


def test_move_notice_waits_three_minutes(booking, staff):
    change(booking, starts_at=START + HOUR, by=staff)

    notice = messages(booking).get(rule=RuleCode.MOVED)
    assert (notice.status, notice.send_at) == ("planned", NOW + GRACE)
    assert "your booking was moved. The new time:" in notice.body
    assert "15:30" in notice.body


def test_a_time_that_the_clock_shows_twice_is_told_with_its_offset():
    first = datetime.datetime.fromisoformat("2027-10-31T01:30+01:00")

    for start, told in [(first, "01:30 (UTC+1)"), (first + HOUR, "01:30 (UTC+0)")]:
        confirmation = messages(book(starts_at=start)).get(rule=RuleCode.CONFIRMATION)

        for words in (confirmation.subject, confirmation.body, confirmation.sms):
            assert f"Sunday 31 October 2027, {told}" in words


def test_several_moves_make_one_message_about_the_last(booking, staff):
    for number in range(1, 4):
        moved = change(booking, starts_at=START + number * HOUR, by=staff, now=NOW + number * MINUTE)
        booking = moved

    work_until(NOW + HOUR)

    assert notices(booking) == [("confirmation", "sent"), *[("moved", "cancelled")] * 2, ("moved", "sent")]
    assert "17:30" in messages(booking).get(rule=RuleCode.MOVED, status="sent").body


def test_moved_back_within_the_grace_sends_nothing_and_says_so(booking, staff):
    there = change(booking, starts_at=START + HOUR, by=staff)
    back = change(there, starts_at=START, by=staff, now=NOW + 2 * MINUTE)

    work_until(NOW + HOUR)

    assert notices(back) == [("confirmation", "sent"), ("moved", "cancelled"), ("moved", "skipped")]
    row = messages(back).get(rule=RuleCode.MOVED, status="skipped")
    assert (row.reason_code, row.reason) == ("moved_back", "Moved back before anything was sent.")
    assert messages(back).get(rule=RuleCode.REMINDER, status="planned").send_at == START - 24 * HOUR


def test_moved_back_after_the_notice_left_is_told(booking, staff):
    there = change(booking, starts_at=START + HOUR, by=staff)
    work_until(NOW + GRACE)
    back = change(there, starts_at=START, by=staff, now=NOW + 5 * MINUTE)

    work_until(NOW + HOUR)

    assert notices(back) == [("confirmation", "sent"), ("moved", "sent"), ("moved", "sent")]


def test_moved_back_after_a_notice_that_nobody_knows_about_is_told(booking, staff):
    """The worker has it: it may have reached the contact, or not."""
    there = change(booking, starts_at=START + HOUR, by=staff)
    assert take_next(now=NOW + GRACE).rule == RuleCode.MOVED
    back = change(there, starts_at=START, by=staff, now=NOW + GRACE)

    assert notices(back)[-2:] == [("moved", "sending"), ("moved", "planned")]


def test_moved_there_and_back_and_there_again_is_told_once(booking, staff):
    for number, start in enumerate([START + HOUR, START, START + HOUR]):
        booking = change(booking, starts_at=start, by=staff, now=NOW + number * MINUTE)

    work_until(NOW + HOUR)

    assert notices(booking).count(("moved", "sent")) == 1


def test_another_person_and_back_within_the_grace_sends_nothing(booking, staff):
    first = booking.staff
    there = change(booking, staff=staff, by=staff)

    change(there, staff=first, by=staff)

    assert notices(booking)[-1] == ("moved", "skipped")


def test_moved_before_the_confirmation_left_is_confirmed_anew(staff):
    booking = book()

    change(booking, starts_at=START + HOUR, by=staff)

    assert notices(booking) == [("confirmation", "cancelled"), ("confirmation", "queued")]
    assert "15:30" in messages(booking).get(status="queued").body


def test_after_an_unticked_confirmation_the_move_is_told(staff):
    booking = book(tell=False)

    moved = change(booking, starts_at=START + HOUR, by=staff)
    assert notices(moved)[-1] == ("moved", "planned")

    change(moved, starts_at=START, by=staff)
    assert notices(moved)[-1] == ("moved", "skipped")


def test_shortly_before_the_visit_the_notice_does_not_wait(booking, staff):
    soon = NOW + 2 * MINUTE

    change(booking, starts_at=soon, by=staff)

    notice = messages(booking).get(rule=RuleCode.MOVED)
    assert (notice.status, notice.send_at) == ("queued", NOW)


def test_a_failed_confirmation_is_not_what_the_contact_was_told(staff):
    booking = book()
    messages(booking).filter(rule=RuleCode.CONFIRMATION).update(status=Message.Status.FAILED)
    there = change(booking, starts_at=START + HOUR, by=staff)

    back = change(there, starts_at=START, by=staff)

    assert notices(back)[-1] == ("confirmation", "queued")


# --- Called off ---


def test_cancellation_notice_waits_three_minutes_and_ends_every_plan(booking, staff):
    outcomes.cancel_booking(booking=booking, by=staff, now=NOW)

    assert said(booking) == [("confirmation", "sent"), ("reminder", "cancelled"), ("cancelled", "planned")]
    assert messages(booking).get(rule=RuleCode.CANCELLED).send_at == NOW + GRACE


def test_a_visit_that_has_begun_is_cancelled_silently_and_a_row_says_why(booking, staff):
    outcomes.cancel_booking(booking=booking, by=staff, now=START)

    row = messages(booking).get(rule=RuleCode.CANCELLED)
    assert (row.status, row.reason_code) == ("skipped", "too_late")


def test_cancelled_and_undone_within_the_grace_is_silence(booking, staff):
    off = outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    on = undoing.reopen_booking(booking=off, by=staff, now=NOW + 2 * MINUTE)

    work_until(NOW + HOUR)

    on.refresh_from_db()
    assert (on.status, on.schedule_no, on.cancel_reason) == (Booking.Status.CONFIRMED, 2, "")
    assert notices(on) == [("confirmation", "sent"), ("cancelled", "cancelled")]
    assert messages(on).get(rule=RuleCode.REMINDER, status="planned").send_at == START - 24 * HOUR


def test_undone_after_the_notice_left_confirms_again(booking, staff):
    off = outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    work_until(NOW + GRACE)

    undoing.reopen_booking(booking=off, by=staff, now=NOW + 5 * MINUTE)

    assert notices(booking)[-2:] == [("cancelled", "sent"), ("confirmation", "queued")]


def test_undone_without_telling_says_who_chose_it(booking, staff):
    off = outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    work_until(NOW + GRACE)

    undoing.reopen_booking(booking=off, tell=False, by=staff, now=NOW + 5 * MINUTE)

    row = messages(booking).filter(rule=RuleCode.CONFIRMATION).last()
    assert (row.status, row.reason) == ("skipped", "Sara Staff chose not to send it.")


def test_moved_then_cancelled_speaks_of_the_time_that_the_contact_knows(booking, staff):
    moved = change(booking, starts_at=START + HOUR, by=staff)

    outcomes.cancel_booking(booking=moved, by=staff, now=NOW + MINUTE)

    assert notices(moved)[1:] == [("moved", "cancelled"), ("cancelled", "planned")]
    assert "14:30" in messages(moved).get(rule=RuleCode.CANCELLED).body


def test_moved_cancelled_and_undone_tells_the_move(booking, staff):
    moved = change(booking, starts_at=START + HOUR, by=staff)
    off = outcomes.cancel_booking(booking=moved, by=staff, now=NOW + MINUTE)

    undoing.reopen_booking(booking=off, by=staff, now=NOW + 2 * MINUTE)

    assert notices(moved)[-1] == ("moved", "planned")


def test_undoing_refuses_once_the_visit_would_have_begun(booking, staff):
    off = outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    before = everything()

    with pytest.raises(refusals.TransitionRefused, match="would have begun"):
        undoing.reopen_booking(booking=off, by=staff, now=START)

    assert everything() == before


def test_undoing_refuses_a_time_that_was_given_away(booking, staff):
    off = outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    book(staff=booking.staff)
    before = everything()

    with pytest.raises(refusals.SlotTaken):
        undoing.reopen_booking(booking=off, by=staff, now=NOW)

    assert everything() == before
