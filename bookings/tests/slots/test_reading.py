import datetime
from zoneinfo import ZoneInfo

import pytest

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings import refusals
from bookings.hours import services as hours_services
from bookings.models import Booking
from bookings.slots.reading import offers_of
from bookings.tests.factories import (
    BookedFactory,
    BookingFactory,
    ClosedDayFactory,
    ServiceFactory,
    TimeOffFactory,
    work_always,
)
from bookings.times.roster import Code
from bookings.times.wallclock import Range
from bookings.visits import making, moving, outcomes, undoing
from contacts.tests.factories import ContactFactory

pytestmark = pytest.mark.django_db

LONDON = ZoneInfo("Europe/London")
MONDAY = datetime.date(2026, 11, 23)
NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)
DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)


def at(hour, day=MONDAY):
    return datetime.datetime(day.year, day.month, day.day, hour, tzinfo=datetime.UTC)


def read(service, first=MONDAY, last=MONDAY, **how):
    return offers_of(service, first=first, last=last, business=Business.objects.current(), now=NOW, **how)


def clocks(offers, day=MONDAY):
    return [f"{slot.at.astimezone(LONDON):%H:%M}" for slot in offers.slots(day, day)]


@pytest.mark.parametrize("people", [1, 3])
def test_a_month_costs_six_queries_however_many_people_and_visits(people, django_assert_num_queries):
    service = ServiceFactory()
    staff = UserFactory.create_batch(people)
    work_always(*staff)
    for person in staff:
        BookingFactory(service=service, staff=person, starts_at=at(9), now=NOW)
        TimeOffFactory(staff=person, starts_at=at(12))
    business = Business.objects.current()

    with django_assert_num_queries(6):
        offers = offers_of(service, first=MONDAY, last=MONDAY + 30 * DAY, business=business, now=NOW)
        slots = offers.slots(MONDAY, MONDAY + 30 * DAY)

    assert len(slots) > 1000
    assert len(slots[0].people) == people


def test_facts_are_all_read():
    service = ServiceFactory(minutes=60, step=60, buffer_after=60)
    ada, ben = UserFactory(name="Ada"), UserFactory(name="Ben")
    service.performers.add(ada)
    hours_services.set_week(staff=ada, week={0: [Range(540, 720), Range(780, 1020)]}, by=None)
    work_always(ben)
    BookingFactory(service=service, staff=ada, starts_at=at(10), now=NOW)
    TimeOffFactory(staff=ada, starts_at=at(13), ends_at=at(14))
    hours_services.set_day(staff=ada, date=MONDAY + DAY, hours=[Range(600, 660)], by=None)
    ClosedDayFactory(date=MONDAY + 7 * DAY)

    offers = read(service, last=MONDAY + 7 * DAY)

    assert clocks(offers) == ["14:00", "15:00", "16:00"]
    assert clocks(offers, MONDAY + DAY) == ["10:00"]
    assert clocks(offers, MONDAY + 7 * DAY) == []
    facts = {person.name: person for person in offers.facts.people}
    assert [reason.code for reason in offers.why_not(facts["Ben"], at(14))] == [Code.NOT_PERFORMED]


def test_a_service_without_performers_is_performed_by_everybody_active():
    service = ServiceFactory(step=60)
    ada, ben = UserFactory(name="Ada"), UserFactory(name="Ben")
    work_always(ada, ben)
    type(ben).objects.filter(pk=ben.pk).update(is_active=False)

    (slot, *_) = read(service).slots(MONDAY, MONDAY)

    assert [person.name for person in slot.people] == ["Ada"]


def test_what_moves_is_not_in_its_own_way():
    person = UserFactory()
    work_always(person)
    booking = BookingFactory(
        service__step=60, service__buffer_after=30, staff=person, starts_at=at(10), now=NOW
    )

    assert "10:00" not in clocks(read(booking.service))
    assert {"09:00", "10:00", "11:00"} <= set(clocks(read(booking.service, moving=booking)))


@pytest.mark.parametrize("status", ["no_show", "cancelled"])
def test_what_holds_no_time_is_in_nobodys_way(status):
    person = UserFactory()
    work_always(person)
    booking = BookingFactory(service__step=60, staff=person, starts_at=at(10), now=NOW)
    Booking.objects.update(status=status)

    assert "10:00" in clocks(read(booking.service))


@pytest.mark.parametrize("day", [datetime.date(2027, 3, 28), datetime.date(2027, 10, 31)])
def test_every_time_offered_on_a_clock_change_day_can_be_booked_and_is_gone_then(day):
    service = ServiceFactory(minutes=45, step=30, buffer_before=10, buffer_after=20)
    person, contact = UserFactory(), ContactFactory()
    work_always(person)
    booked = []

    while slots := read(service, first=day, last=day).slots(day, day):
        booked.append(slots[0].at)
        making.create_booking(
            contact=contact, service=service, staff=person, starts_at=slots[0].at, by=None, now=NOW
        )

    assert len(booked) in {15, 16, 17}
    with pytest.raises(refusals.SlotTaken):
        making.create_booking(
            contact=ContactFactory(), service=service, staff=person, starts_at=booked[0], by=None, now=NOW
        )


# --- Buffers when it comes to booking ---


@pytest.fixture
def buffered():
    return ServiceFactory(name="Massage", minutes=60, buffer_before=10, buffer_after=20)


@pytest.mark.parametrize(
    ("minutes", "words"),
    [
        (60, "keeps 20 minutes free after Massage for Ada, which ends at 11:00. Choose another time."),
        (79, "keeps 20 minutes free after Massage for Ada, which ends at 11:00. Choose another time."),
        (-60, "keeps 20 minutes free before Massage for Ada at 10:00. Choose another time."),
        (30, "is busy then"),
    ],
)
def test_create_booking_refuses_what_is_too_close(minutes, words, buffered):
    there = BookedFactory(contact__name="Ada", service=buffered, starts_at=at(10), now=NOW)

    with pytest.raises(refusals.SlotTaken, match=words):
        BookedFactory(service=buffered, staff=there.staff, starts_at=at(10) + minutes * HOUR / 60, now=NOW)

    assert Booking.objects.get() == there


@pytest.mark.parametrize("minutes", [80, -80])
def test_create_booking_takes_what_just_keeps_the_buffer(minutes, buffered):
    there = BookedFactory(service=buffered, starts_at=at(10), now=NOW)

    BookedFactory(service=buffered, staff=there.staff, starts_at=at(10) + minutes * HOUR / 60, now=NOW)

    assert Booking.objects.count() == 2


def test_change_booking_may_move_onto_its_own_buffer(buffered, staff):
    booking = BookedFactory(service=buffered, starts_at=at(10), now=NOW)

    moving.change_booking(
        booking=booking,
        service=buffered,
        staff=booking.staff,
        starts_at=at(10) + HOUR / 2,
        notes="",
        by=staff,
        now=NOW,
    )

    booking.refresh_from_db()
    assert booking.starts_at == at(10) + HOUR / 2


def test_reopening_takes_its_own_time_back_whatever_the_buffers_are_now(buffered, staff):
    booking = BookedFactory(service=buffered, starts_at=at(10), now=NOW)
    later = at(10) + HOUR / 2
    outcomes.mark_no_show(booking=booking, by=staff, now=later)
    BookedFactory(service=ServiceFactory(), staff=booking.staff, starts_at=at(11), now=NOW)

    reopened = undoing.reopen_booking(booking=booking, by=staff, now=later)

    assert reopened.is_confirmed


def test_staff_may_book_outside_of_hours_and_on_closed_days():
    ClosedDayFactory(date=MONDAY)

    booking = BookedFactory(starts_at=at(3), now=NOW)

    assert booking.is_confirmed
