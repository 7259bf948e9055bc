"""What customers choose from: a month of days, the times of one of them, links that name an instant."""

import datetime

import pytest
from django.core.signing import Signer

from accounts.models import Business
from accounts.tests.factories import UserFactory
from bookings.slots import for_customers
from bookings.tests.factories import (
    BookingFactory,
    ClosedDayFactory,
    ServiceFactory,
    TimeOffFactory,
    WorkingHoursFactory,
    work_always,
)

pytestmark = pytest.mark.django_db

MONDAY = datetime.date(2026, 11, 23)
NOW = datetime.datetime(2026, 11, 22, 12, tzinfo=datetime.UTC)  # a Sunday; in winter, London keeps UTC
DAY = datetime.timedelta(days=1)


def at(hour, day=MONDAY, minute=0):
    return datetime.datetime(day.year, day.month, day.day, hour, minute, tzinfo=datetime.UTC)


def choose(service, **how):
    wanted = {name: how.pop(name, None) for name in ("day", "month")}
    return for_customers.times_to_choose(search(service, **how), **wanted)


def search(service, **how):
    return for_customers.Search(service=service, business=Business.objects.current(), **{"now": NOW} | how)


@pytest.fixture
def massage(staff):
    """An hour, every hour, on Mondays from nine to five."""
    WorkingHoursFactory(staff=staff)
    return ServiceFactory(name="Massage", step=60, notice=0)


def days_with_room(choice):
    return [day.iso for week in choice.weeks for day in week if day and day.times]


def test_it_opens_on_the_first_day_with_room(massage):
    choice = choose(massage)

    assert choice.title == "November 2026"
    assert choice.day.words == "Monday 23 November, 8 times free"
    assert days_with_room(choice) == ["2026-11-23", "2026-11-30"]
    assert [(part, len(times)) for part, times in choice.parts] == [("Morning", 3), ("Afternoon", 5)]
    assert choice.parts[0][1][0].at == at(9)


def test_it_opens_on_a_later_month_when_this_one_has_no_room(massage, staff):
    TimeOffFactory(staff=staff, starts_at=NOW, ends_at=at(0, datetime.date(2026, 12, 8)))

    choice = choose(massage)

    assert choice.title == "December 2026"
    assert choice.day.iso == "2026-12-14"
    assert choice.earlier == datetime.date(2026, 11, 1)


def test_a_month_without_room_names_the_first_day_after_it(massage, staff):
    TimeOffFactory(
        staff=staff, starts_at=at(0, datetime.date(2026, 12, 1)), ends_at=at(0, datetime.date(2027, 1, 5))
    )

    choice = choose(massage, month=datetime.date(2026, 12, 1))

    assert choice.day is None
    assert choice.parts == []
    assert choice.next_day.iso == "2027-01-11"


def test_nothing_free_at_all_says_until_when_it_looked(massage, staff):
    TimeOffFactory(staff=staff, starts_at=NOW, ends_at=NOW + 90 * DAY)

    choice = choose(massage)

    assert (choice.day, choice.next_day) == (None, None)
    assert choice.until == NOW.date() + 60 * DAY


@pytest.mark.parametrize("day", [NOW.date() - 40 * DAY, NOW.date() + 400 * DAY])
def test_a_day_out_of_reach_is_as_if_none_was_named(massage, day):
    assert choose(massage, day=day).day.iso == "2026-11-23"
    assert choose(massage, month=day).day.iso == "2026-11-23"


def test_a_day_without_room_opens_the_next_one_with_room(massage):
    assert choose(massage, day=MONDAY + DAY).day.iso == "2026-11-30"


def test_a_last_day_without_room_opens_the_first_of_its_month(massage, staff):
    last = MONDAY + 7 * DAY
    TimeOffFactory(staff=staff, starts_at=at(0, last), ends_at=at(0, last + DAY))

    assert choose(massage, day=last).day.iso == "2026-11-23"


def test_a_closed_day_is_named_and_not_only_grey(massage):
    ClosedDayFactory(date=MONDAY, name="Team training")

    choice = choose(massage)

    assert [(day.name, day.closed, day.words) for day in choice.closed] == [
        ("Monday 23 November", "Team training", "Monday 23 November, closed")
    ]
    assert choice.day.iso == "2026-11-30"


def test_one_person_has_only_their_own_times(massage, staff):
    other = UserFactory(name="Zoe")
    WorkingHoursFactory(staff=other, weekday=1)

    choice = choose(massage, staff=other.pk)

    assert days_with_room(choice) == ["2026-11-24"]
    assert choice.parts[0][1][0].people == (other.pk,)


def test_notice_and_horizon_hold_for_customers(massage):
    massage.notice, massage.horizon = 24 * 60, 7
    massage.save()

    choice = choose(massage)

    assert choice.parts[0][1][0].at == at(12)
    assert choice.until == NOW.date() + 7 * DAY
    assert days_with_room(choice) == ["2026-11-23"]


def test_only_whoever_performs_it_and_has_hours_can_be_chosen(massage, staff):
    idle, performer = UserFactory(name="Idle"), UserFactory(name="Performer")
    WorkingHoursFactory(staff=performer, weekday=2)
    massage.performers.set([performer, idle])

    assert for_customers.who_takes(massage, today=NOW.date()) == [performer]


def test_the_first_time_of_each_person_is_found(massage, staff):
    other = UserFactory(name="Zoe")
    WorkingHoursFactory(staff=other, weekday=1, start=10 * 60)

    found = for_customers.first_times(search(massage), first=NOW.date(), last=NOW.date() + 7 * DAY)

    assert found == {None: at(9), staff.pk: at(9), other.pk: at(10, MONDAY + DAY)}


@pytest.mark.parametrize("people", [1, 6])
def test_a_month_costs_the_same_for_any_number_of_people(people, massage, django_assert_num_queries):
    work_always(*UserFactory.create_batch(people))
    for _ in range(people):
        BookingFactory(service=massage, starts_at=at(9), now=NOW)
    wanted = search(massage)

    with django_assert_num_queries(6):
        choice = for_customers.times_to_choose(wanted, day=None, month=None)

    assert choice.day


def test_the_nearest_times_lie_around_the_one_that_is_gone(massage, staff):
    BookingFactory(service=massage, staff=staff, starts_at=at(12), now=NOW)

    times = for_customers.nearest_times(search(massage), at(12))

    assert [time.at.hour for time in times] == [10, 11, 13]


def test_a_link_names_an_instant_for_one_service_only(massage):
    key = for_customers.key_of(at(9), massage)

    assert for_customers.at_of(key, massage) == at(9)
    assert for_customers.at_of(key, ServiceFactory()) is None


@pytest.mark.parametrize("key", ["", "x", "1c8a518", "1c8a518:x", "é:é", "\x00", ":" * 50, "9" * 5000])
def test_a_link_that_is_not_ours_names_nothing(massage, key):
    assert for_customers.at_of(key, massage) is None


def test_every_changed_letter_breaks_the_link_of_a_time(massage):
    key = for_customers.key_of(at(9), massage)
    flipped = [
        key[:place] + ("A" if key[place] != "A" else "B") + key[place + 1 :] for place in range(len(key) - 1)
    ]

    assert not [other for other in flipped if for_customers.at_of(other, massage)]


def test_a_key_of_another_purpose_is_no_time(massage):
    assert for_customers.at_of(Signer(salt="careops.visit").sign("1c8a518"), massage) is None


def test_the_hour_that_comes_twice_is_offered_once(staff):
    WorkingHoursFactory(staff=staff, weekday=6, start=0, end=3 * 60)
    service = ServiceFactory(step=30, minutes=30, notice=0)
    night = datetime.date(2026, 10, 25)

    choice = choose(service, now=at(12, night - 3 * DAY), day=night)

    clocks = [
        time.at.astimezone(Business.objects.current().zone).strftime("%H:%M") for time in choice.parts[0][1]
    ]
    assert clocks == ["00:00", "00:30", "01:00", "01:30", "02:00", "02:30"]


def test_weeks_that_are_past_are_left_out(massage):
    choice = choose(massage)

    assert [week[0].iso for week in choice.weeks if week[0]] == ["2026-11-16", "2026-11-23", "2026-11-30"]
