import datetime
import zoneinfo

import pytest

from accounts.models import AuditEntry
from accounts.tests.factories import UserFactory
from bookings import refusals
from bookings.catalogue import services as catalogue
from bookings.models import Booking
from bookings.tests.acts import (
    HOUR,
    MINUTE,
    NOW,
    START,
    book,
    change,
    deliver,
    everything,
    messages,
    said,
)
from bookings.tests.factories import ServiceFactory
from bookings.visits import moving, outcomes
from careops.core.versions import ChangedMeanwhile
from messaging.models import Message
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

LONDON = zoneinfo.ZoneInfo("Europe/London")


@pytest.fixture
def booking():
    return book()


def test_change_booking_moves_it_and_plans_anew(booking, staff):
    later = START + 48 * HOUR
    deliver(booking)

    moved = change(booking, starts_at=later, by=staff)

    moved.refresh_from_db()
    assert (moved.starts_at, moved.ends_at, moved.schedule_no) == (later, later + HOUR, 2)
    assert said(booking) == [
        ("confirmation", "sent"),
        ("reminder", "cancelled"),
        ("moved", "planned"),
        ("reminder", "planned"),
    ]
    assert messages(booking)[1].reason == "The booking was moved."
    assert messages(booking)[3].send_at == later - 24 * HOUR
    entry = AuditEntry.objects.about(booking).first()
    assert (entry.action, entry.by) == ("booking.changed", staff)
    assert entry.changes["starts_at"] == [START.isoformat(), later.isoformat()]


def test_change_booking_leaves_alone_what_was_sent(booking, staff):
    messages(booking).filter(rule=RuleCode.CONFIRMATION).update(status=Message.Status.SENT)

    change(booking, starts_at=START + HOUR, by=staff)

    assert said(booking)[0] == ("confirmation", "sent")


def test_change_booking_back_and_forth_plans_each_time(booking, staff):
    deliver(booking)
    moved = change(booking, starts_at=START + HOUR, by=staff)
    back = change(moved, starts_at=START, by=staff)

    assert back.schedule_no == 3
    assert messages(booking).get(rule=RuleCode.REMINDER, status="planned").send_at == START - 24 * HOUR
    assert said(booking)[-2:] == [("moved", "skipped"), ("reminder", "planned")]


def test_change_booking_onto_its_own_old_time(booking, staff):
    assert change(booking, starts_at=START + 30 * MINUTE, by=staff).schedule_no == 2


def test_change_booking_gives_it_to_somebody_else(booking, staff):
    before = booking.staff
    deliver(booking)

    moved = change(booking, staff=staff, by=staff)

    moved.refresh_from_db()
    assert moved.staff == staff
    assert ("moved", "planned") in said(booking)
    assert book(staff=before).pk  # the time of the one who had it is free again
    with pytest.raises(refusals.SlotTaken):
        book(staff=staff)


def test_change_booking_to_another_service_takes_its_length(booking, staff):
    moved = change(booking, service=ServiceFactory(minutes=90), by=staff)

    assert moved.ends_at == START + 90 * MINUTE


def test_change_booking_keeps_the_end_of_a_visit_that_does_not_move(booking, staff, admin):
    catalogue.change_service(service=booking.service, minutes=15, by=admin)
    booking = Booking.objects.for_list().get()

    changed = change(booking, staff=staff, notes="Mind the step", by=staff)

    changed.refresh_from_db()
    assert changed.ends_at == START + HOUR


def test_change_booking_of_notes_alone_tells_nobody(booking, staff):
    before = said(booking)

    changed = change(booking, notes="Mind the step", by=staff)

    changed.refresh_from_db()
    assert (changed.notes, changed.schedule_no) == ("Mind the step", 1)
    assert said(booking) == before
    assert AuditEntry.objects.about(booking).first().changes == {"notes": ["", "Mind the step"]}


@pytest.mark.parametrize(
    "outcome", [outcomes.complete_booking, outcomes.mark_no_show, outcomes.cancel_booking]
)
def test_change_booking_lets_notes_be_added_whatever_became_of_it(booking, outcome, staff):
    outcome(booking=booking, by=staff, now=START + HOUR)

    changed = change(booking, notes="Came in with a cold", by=staff, now=START + 2 * HOUR)

    changed.refresh_from_db()
    assert changed.notes == "Came in with a cold"


@pytest.mark.parametrize(
    ("outcome", "word"),
    [
        (outcomes.complete_booking, "completed"),
        (outcomes.mark_no_show, "no-show"),
        (outcomes.cancel_booking, "cancelled"),
    ],
)
def test_change_booking_refuses_to_move_what_is_over(booking, outcome, word, staff):
    outcome(booking=booking, by=staff, now=START + HOUR)
    before = everything()

    with pytest.raises(refusals.TransitionRefused, match=f"marked as {word}, so only its notes"):
        change(booking, starts_at=START + 3 * HOUR, notes="Lost", by=staff)

    assert everything() == before


def test_change_booking_without_a_change_writes_nothing(booking, staff):
    before = everything()

    change(booking, by=staff)

    assert everything() == before


def test_change_booking_refuses_a_taken_slot_and_changes_nothing(booking, staff):
    book(staff=staff, starts_at=START + 2 * HOUR)
    before = everything()

    with pytest.raises(refusals.SlotTaken):
        change(booking, staff=staff, starts_at=START + 2 * HOUR, by=staff)

    assert everything() == before


def test_change_booking_decides_on_what_is_stored_not_on_what_was_read(booking, staff):
    somebody = UserFactory()
    stale = Booking.objects.for_list().get()
    change(booking, staff=somebody, by=staff)

    moved = moving.change_booking(
        booking=stale,
        service=stale.service,
        staff=stale.staff,
        starts_at=START + HOUR,
        notes="",
        by=staff,
        now=NOW,
    )

    moved.refresh_from_db()
    assert (moved.staff, moved.schedule_no) == (stale.staff, 3)


def test_change_booking_refuses_to_overrule_a_move_that_was_not_seen(booking, staff):
    change(booking, starts_at=START + HOUR, by=staff)
    before = everything()

    with pytest.raises(ChangedMeanwhile):
        change(booking, starts_at=START + 2 * HOUR, version=1, by=staff)

    assert everything() == before
    assert change(booking, starts_at=START + 2 * HOUR, version=2, by=staff).version == 3


def test_change_booking_when_the_clocks_change_keeps_the_exact_start(staff):
    """The second half past one of the night in which there are two."""
    start = datetime.datetime.fromisoformat("2026-10-25T01:30+00:00").astimezone(LONDON)
    booking = book(starts_at=start, now=start - 96 * HOUR)

    changed = change(booking, starts_at=start, notes="Night", by=staff)

    assert changed.schedule_no == 1
