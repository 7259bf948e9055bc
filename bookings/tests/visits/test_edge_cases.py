"""The edge cases of bookings, one test each."""

import datetime
import zoneinfo
from functools import partial

import pytest

from accounts.models import Business
from accounts.roles import STAFF
from accounts.services import change_user
from accounts.tests.factories import UserFactory
from bookings import refusals
from bookings.catalogue import materials
from bookings.catalogue import services as catalogue
from bookings.hours import services as hours
from bookings.hours.reading import visits_outside
from bookings.models import Booking
from bookings.slots.reading import offers_of
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
    service_with_form,
    service_with_materials,
)
from bookings.tests.factories import ServiceFactory, WorkingHoursFactory, work_always
from bookings.tests.messages.test_rules_of_the_clock import set_rule
from bookings.tests.rivals import kinds, together
from bookings.times.roster import Code
from bookings.times.wallclock import Range
from bookings.visits import moving, undoing
from bookings.visits import outcomes as services_outcomes
from careops.core.versions import ChangedMeanwhile
from contacts.services import delete_contact
from contacts.tests.factories import ContactFactory
from inventory.models import Item
from messaging.models import Message
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

DAY = 24 * HOUR
Status, Cause = Booking.Status, Booking.Cause
LONDON = zoneinfo.ZoneInfo("Europe/London")


def offers_on(day: datetime.date, service, **how):
    values = {"business": Business.objects.current(), "now": NOW, **how}
    return offers_of(service, first=day, last=day, **values)


@pytest.mark.django_db(transaction=True)
def test_two_people_one_slot_same_second(staff):
    Business.objects.current()
    service = ServiceFactory()
    contacts = ContactFactory.create_batch(2)

    def wants(contact):
        return lambda: book(contact=contact, service=service, staff=staff)

    outcomes = together(*[wants(contact) for contact in contacts])

    assert kinds(outcomes) == {"Booking": 1, "SlotTaken": 1}
    assert Booking.objects.count() == 1


def test_move_onto_a_slot_overlapping_its_own_old_time(staff):
    booking = book(service=ServiceFactory(buffer_before=30, buffer_after=30))

    moved = change(booking, starts_at=START + 10 * MINUTE, by=staff)

    moved.refresh_from_db()
    assert (moved.starts_at, moved.is_overbooked) == (START + 10 * MINUTE, False)


def test_buffers_are_counted_once_between_neighbours(staff):
    before = ServiceFactory(buffer_after=20)
    after = ServiceFactory(buffer_before=30)
    book(service=before, staff=staff)

    with pytest.raises(refusals.SlotTaken, match="keeps 30 minutes free"):
        book(service=after, staff=staff, starts_at=START + HOUR + 29 * MINUTE)
    assert book(service=after, staff=staff, starts_at=START + HOUR + 30 * MINUTE).pk


def test_staff_leaves_with_future_bookings(staff, admin):
    """Their visits stand until somebody moves them, and nothing new goes to them."""
    leaver = UserFactory(name="Lea")
    work_always(leaver, staff)
    booking = book(staff=leaver)
    off = services_outcomes.cancel_booking(
        booking=book(staff=leaver, starts_at=START + 3 * HOUR), by=staff, now=NOW
    )

    change_user(user=leaver, name="Lea", role=STAFF, is_active=False, by=admin)

    booking.refresh_from_db()
    assert (booking.status, booking.staff) == (Status.CONFIRMED, leaver)
    ((flagged, (reason,)),) = visits_outside(business=Business.objects.current(), now=NOW)
    assert (flagged, reason.sentence) == (booking, "Lea does not work here any more.")
    offered = offers_on(START.date(), booking.service).slots(START.date(), START.date())
    assert {person.name for slot in offered for person in slot.people} == {"Sara Staff"}
    with pytest.raises(refusals.TransitionRefused, match="Lea does not work here any more"):
        undoing.reopen_booking(booking=off, by=staff, now=NOW)
    moved = change(booking, staff=staff, by=staff)
    assert moved.staff == staff
    assert (
        services_outcomes.complete_booking(booking=moved, by=staff, now=START + HOUR).status
        == Status.COMPLETED
    )


def test_service_duration_edited_after_booking(staff, admin):
    """A booking keeps its own end, until it moves."""
    booking = book()
    catalogue.change_service(service=booking.service, minutes=90, by=admin)
    booking = Booking.objects.for_list().get()

    assert change(booking, notes="Knee", by=staff).ends_at == START + HOUR
    assert change(booking, staff=staff, by=staff).ends_at == START + HOUR
    assert change(booking, starts_at=START + DAY, by=staff).ends_at == START + DAY + 90 * MINUTE


def test_hours_shortened_under_existing_bookings(staff):
    """They are kept, and flagged."""
    WorkingHoursFactory(staff=staff, weekday=START.weekday())
    booking = book(staff=staff)

    hours.set_week(staff=staff, week={START.weekday(): [Range(9 * 60, 12 * 60)]}, by=staff)

    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED
    ((flagged, reasons),) = visits_outside(business=Business.objects.current(), now=NOW)
    assert flagged == booking
    assert [reason.code for reason in reasons] == [Code.OUTSIDE_HOURS]


def test_clock_change_night_the_missing_hour_is_never_offered():
    night, service = datetime.date(2026, 3, 29), ServiceFactory(minutes=30, step=30)
    work_always(UserFactory())
    now = datetime.datetime(2026, 3, 20, tzinfo=datetime.UTC)

    offers = offers_on(night, service, now=now)

    walls = [f"{slot.at.astimezone(LONDON):%H:%M}" for slot in offers.slots(night, night)]
    assert walls[:4] == ["00:00", "00:30", "02:00", "02:30"]
    person = offers.facts.people[0]
    (reason,) = offers.why_not_on_wall(person, datetime.datetime.fromisoformat("2026-03-29T01:30"))
    assert reason.code == Code.CLOCK_CHANGE


def test_clock_change_night_the_doubled_hour_is_offered_once():
    night, service = datetime.date(2026, 10, 25), ServiceFactory(minutes=30, step=30)
    work_always(UserFactory())
    now = datetime.datetime(2026, 10, 20, tzinfo=datetime.UTC)

    slots = offers_on(night, service, now=now).slots(night, night)

    walls = [f"{slot.at.astimezone(LONDON):%H:%M}" for slot in slots]
    assert walls.count("01:00") == walls.count("01:30") == 1
    assert slots[walls.index("01:30")].at == datetime.datetime(2026, 10, 25, 0, 30, tzinfo=datetime.UTC)


@pytest.mark.parametrize("day", [datetime.date(2026, 3, 29), datetime.date(2026, 10, 25)])
def test_clock_change_night_a_day_before_is_the_same_wall_time(day):
    start = datetime.datetime.combine(day, datetime.time(9), LONDON)

    booking = book(starts_at=start, now=start - 10 * DAY)

    remind_at = messages(booking).get(rule=RuleCode.REMINDER).send_at.astimezone(LONDON)
    assert remind_at.replace(tzinfo=None) == datetime.datetime.combine(
        day - datetime.timedelta(days=1), datetime.time(9)
    )


def test_zone_of_the_business_changed(staff):
    """Visits stay at their instants; what is said from now on is in the new zone."""
    booking = book()
    deliver(booking)
    Business.objects.update(time_zone="America/New_York")

    booking.refresh_from_db()
    assert booking.starts_at == START
    moved = change(booking, starts_at=START + DAY, by=staff)

    assert "09:30" in messages(moved).get(rule=RuleCode.MOVED).body
    day, service = START.date(), ServiceFactory(step=60)
    WorkingHoursFactory(staff=staff, weekday=day.weekday())
    first = offers_on(day, service).slots(day, day)[0]
    assert first.at == datetime.datetime(2026, 11, 24, 14, tzinfo=datetime.UTC)  # nine in New York


def test_booking_across_midnight(staff):
    late = datetime.datetime(2026, 11, 24, 23, 30, tzinfo=datetime.UTC)
    booking = book(staff=staff, starts_at=late)

    with pytest.raises(refusals.SlotTaken):
        book(staff=staff, starts_at=late + 45 * MINUTE)
    here = services_outcomes.arrive_booking(booking=booking, by=staff, now=late + 40 * MINUTE)
    assert here.status == Status.ARRIVED
    assert (
        services_outcomes.complete_booking(booking=here, by=staff, now=late + HOUR).status == Status.COMPLETED
    )


def test_contact_deleted_with_future_bookings(staff, admin):
    """Everything goes along: the time and the stock are free again, nothing is said."""
    service = service_with_materials()
    booking = book(service=service, staff=staff)
    stale = Booking.objects.for_list().get()

    delete_contact(contact=booking.contact, by=admin)
    materials.forget_deleted(now=NOW)

    assert not Message.objects.exists()
    assert Item.objects.get().reserved == 0
    with pytest.raises(Booking.DoesNotExist):
        services_outcomes.cancel_booking(booking=stale, by=staff, now=NOW)
    with pytest.raises(Booking.DoesNotExist):
        change(stale, starts_at=START + HOUR, by=staff)
    assert book(staff=staff).pk


@pytest.mark.django_db(transaction=True)
def test_customer_cancels_while_staff_completes(staff):
    """One of them wins; the other reads what has happened."""
    Business.objects.current()
    service = service_with_materials(cancel_limit=0)
    for number in range(4):
        booking = book(service=service, staff=staff, starts_at=START + number * DAY)
        now = booking.starts_at

        outcomes = together(
            partial(services_outcomes.complete_booking, booking=booking, by=staff, now=now),
            partial(
                services_outcomes.cancel_booking, booking=booking, cause=Cause.CUSTOMER, by=None, now=now
            ),
        )

        assert kinds(outcomes) == {"Booking": 1, "TransitionRefused": 1}
        winner = next(outcome for outcome in outcomes if isinstance(outcome, Booking))
        booking.refresh_from_db()
        assert (booking.status, booking.version) == (winner.status, 2)
    completed = Booking.objects.filter(status=Status.COMPLETED).count()
    item = Item.objects.get()
    assert (item.on_hand, item.reserved) == (10 - completed, 0)


def test_cancel_then_undo_within_three_minutes(staff):
    """No message, the reminders are back, and so is everything that was let go."""
    booking = book(service=service_with_form())
    deliver(booking)
    before = [row for row in said(booking) if row[1] == "planned"]

    off = services_outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    on = undoing.reopen_booking(booking=off, by=staff, now=NOW + 2 * MINUTE)

    assert [row for row in said(on) if row[1] == "planned"] == before
    assert not messages(on).filter(status=Message.Status.QUEUED).exists()
    assert on.intake_requests.unfinished().count() == 1
    assert (on.status, on.cancel_cause, on.cancelled_late) == (Status.CONFIRMED, "", False)


def test_no_show_whose_time_was_given_to_somebody_else(staff):
    booking = book()
    missed = services_outcomes.mark_no_show(booking=booking, by=staff, now=START + 10 * MINUTE)
    now = START + 20 * MINUTE
    book(staff=booking.staff, starts_at=START + 15 * MINUTE, now=now)
    before = everything()

    for act in (services_outcomes.arrive_booking, services_outcomes.complete_booking, undoing.reopen_booking):
        with pytest.raises(refusals.SlotTaken, match="is busy then"):
            act(booking=missed, by=staff, now=now)

    assert everything() == before


def test_overbooked_visits_loses_the_flag_when_somebody_moves_it_off(staff):
    base = book(staff=staff)
    on_top = book(staff=staff, overrule="Twins")

    moved = change(on_top, starts_at=START + DAY, by=staff)

    moved.refresh_from_db()
    assert (moved.is_overbooked, moved.overrule_reason) == (False, "")
    assert services_outcomes.arrive_booking(booking=base, by=staff, now=START).is_overbooked is False


def test_overbooked_visit_comes_back_where_it_was_but_not_on_top_of_a_newcomer(staff):
    base = book(staff=staff)
    on_top = book(staff=staff, overrule="Twins")
    off = services_outcomes.cancel_booking(booking=on_top, by=staff, now=NOW + HOUR)

    again = undoing.reopen_booking(booking=off, by=staff, now=NOW + HOUR)
    assert again.is_overbooked

    off = services_outcomes.cancel_booking(booking=again, by=staff, now=NOW + 2 * HOUR)
    services_outcomes.cancel_booking(booking=base, by=staff, now=NOW + 2 * HOUR)
    book(staff=staff, now=NOW + 3 * HOUR)
    with pytest.raises(refusals.SlotTaken):
        undoing.reopen_booking(booking=off, by=staff, now=NOW + 3 * HOUR)


def test_a_reason_about_a_buffer_is_none_to_lie_on_top_of_somebody(staff):
    book(staff=staff, service=ServiceFactory(buffer_after=30))
    close = book(staff=staff, starts_at=START + HOUR, overrule="Only this once")
    off = services_outcomes.cancel_booking(booking=close, by=staff, now=NOW)
    book(staff=staff, starts_at=START + HOUR + 30 * MINUTE)

    with pytest.raises(refusals.SlotTaken):
        undoing.reopen_booking(booking=off, by=staff, now=NOW)


def test_a_duplicate_is_refused_on_a_move_and_on_restoring(staff):
    booking = book()
    off = services_outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    twin = {"contact": booking.contact, "service": booking.service}
    later = book(**twin, starts_at=START + DAY)
    same = book(**twin)
    before = everything()

    with pytest.raises(refusals.BookedAlready):
        change(later, starts_at=START, by=staff)
    with pytest.raises(refusals.TransitionRefused, match=f"with {same.staff}, already"):
        undoing.reopen_booking(booking=off, by=staff, now=NOW)

    assert everything() == before


def test_cancel_by_a_customer_after_the_limit(staff):
    booking = book()
    limit, before = START - DAY, everything()

    with pytest.raises(refusals.TransitionRefused, match="too late to do that here"):
        services_outcomes.cancel_booking(booking=booking, cause=Cause.CUSTOMER, by=None, now=limit + MINUTE)

    assert everything() == before
    off = services_outcomes.cancel_booking(
        booking=booking, cause=Cause.CUSTOMER, by=staff, now=limit + MINUTE
    )
    assert (off.cancel_cause, off.cancelled_late) == (Cause.CUSTOMER, True)


def test_a_completion_is_undone_after_a_day_by_an_admin_with_a_reason(staff, admin):
    done = services_outcomes.complete_booking(booking=book(), by=staff, now=START + HOUR)
    late = START + HOUR + DAY
    before = everything()

    for who, why in ((staff, ""), (staff, "Wrong one"), (admin, "")):
        with pytest.raises(refusals.TransitionRefused, match="more than a day ago"):
            undoing.reopen_booking(booking=done, reason=why, by=who, now=late)
    assert everything() == before

    again = undoing.reopen_booking(booking=done, reason="Wrong one", by=admin, now=late)
    assert again.status == Status.CONFIRMED


def test_a_paid_completion_is_undone_once_it_is_not_paid_any_more(staff):
    done = services_outcomes.complete_booking(booking=book(), by=staff, now=START + HOUR)
    paid = moving.mark_paid(booking=done, by=staff, now=START + HOUR)
    assert (paid.paid_at, paid.version) == (START + HOUR, 3)

    with pytest.raises(refusals.TransitionRefused, match="marked as paid"):
        undoing.reopen_booking(booking=paid, by=staff, now=START + 2 * HOUR)

    moving.mark_paid(booking=paid, paid=False, by=staff, now=START + 2 * HOUR)
    assert undoing.reopen_booking(booking=paid, by=staff, now=START + 2 * HOUR).arrived_at is None


def test_what_is_called_off_is_not_paid(staff):
    called_off = services_outcomes.cancel_booking(booking=book(), tell=False, by=staff, now=NOW)
    before = everything()

    with pytest.raises(refusals.TransitionRefused, match="nothing to pay"):
        moving.mark_paid(booking=called_off, by=staff, now=NOW)

    assert everything() == before


def test_somebody_who_has_arrived_leaves(staff):
    """It takes a reason, and nobody writes to them."""
    booking = book(now=START - HOUR)
    here = services_outcomes.arrive_booking(booking=booking, by=staff, now=START - 30 * MINUTE)
    with pytest.raises(refusals.ReasonMissing):
        services_outcomes.cancel_booking(booking=here, by=staff, now=START - 20 * MINUTE)

    services_outcomes.cancel_booking(booking=here, reason="Felt ill", by=staff, now=START - 20 * MINUTE)

    row = messages(booking).get(rule=RuleCode.CANCELLED)
    assert (row.status, row.reason_code) == ("skipped", "too_late")


def test_an_arrival_takes_the_reminders_along_and_its_undo_brings_them_back(staff):
    set_rule(RuleCode.REMINDER, leads=[60])
    booking = book()
    deliver(booking)
    here = services_outcomes.arrive_booking(booking=booking, by=staff, now=START - 3 * HOUR)
    assert said(here) == [("confirmation", "sent"), ("reminder", "cancelled")]

    again = undoing.reopen_booking(booking=here, by=staff, now=START - 2 * HOUR)

    assert (again.status, again.arrived_at, again.schedule_no) == (Status.CONFIRMED, None, 2)
    assert said(again) == [("confirmation", "sent"), ("reminder", "cancelled"), ("reminder", "planned")]


def test_a_stale_page_cancels_nothing(staff):
    booking = book()
    change(booking, starts_at=START + HOUR, by=staff)
    before = everything()

    with pytest.raises(ChangedMeanwhile):
        services_outcomes.cancel_booking(booking=booking, version=1, by=staff, now=NOW)

    assert everything() == before
