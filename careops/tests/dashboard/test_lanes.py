import datetime
import zoneinfo

import pytest
from django.utils import timezone

from accounts.tests.factories import UserFactory
from bookings.models import Booking
from bookings.tests.factories import BookingFactory, ServiceFactory
from careops.dashboard import lanes

pytestmark = pytest.mark.django_db

NOON = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=datetime.UTC)


@pytest.fixture(autouse=True)
def london():
    with timezone.override("Europe/London"):
        yield


@pytest.fixture
def hour():
    return ServiceFactory(minutes=60)


def at(clock, zone=datetime.UTC, **values):
    starts_at = datetime.datetime.combine(NOON.date(), datetime.time.fromisoformat(clock), zone)
    return BookingFactory(starts_at=starts_at, now=NOON - datetime.timedelta(days=30), **values)


def test_an_hour_of_an_eight_hour_day_is_an_eighth_of_the_picture(hour):
    picture = lanes.draw([at("10:00", service=hour)], now=NOON)

    bar = picture.lanes[0].bars[0]
    assert (bar.x, bar.width) == ("12.50%", "12.50%")
    assert picture.hours == [
        ("0.00%", "09:00"),
        ("25.00%", "11:00"),
        ("50.00%", "13:00"),
        ("75.00%", "15:00"),
    ]
    assert picture.now == "37.50%"


def test_the_picture_widens_to_early_and_late_visits(hour):
    picture = lanes.draw([at("07:30", service=hour), at("18:30", service=hour)], now=NOON)

    assert picture.hours[0] == ("0.00%", "07:00")
    assert picture.hours[-1][1] == "19:00"


def test_a_visit_over_midnight_fits(hour):
    picture = lanes.draw([at("23:30", service=hour)], now=NOON)

    bar = picture.lanes[0].bars[0]
    assert float(bar.x.rstrip("%")) + float(bar.width.rstrip("%")) <= 100


def test_each_person_has_a_lane_in_order_of_names(hour):
    ben, ada = UserFactory(name="Ben"), UserFactory(name="Ada")
    visits = [
        at("10:00", service=hour, staff=ben),
        at("11:00", service=hour, staff=ada),
        at("12:00", staff=ben),
    ]

    picture = lanes.draw(visits, now=NOON)

    assert [(lane.name, len(lane.bars)) for lane in picture.lanes] == [("Ada", 1), ("Ben", 2)]
    assert picture.height == 2 * lanes.LANE


def test_two_people_of_one_name_have_a_lane_each(hour):
    people = [UserFactory(name="Ada"), UserFactory(name="Ada")]
    visits = [at("10:00", service=hour, staff=person) for person in people]

    assert len(lanes.draw(visits, now=NOON).lanes) == 2


def test_now_is_left_out_beyond_the_hours_that_are_shown(hour):
    picture = lanes.draw([at("10:00", service=hour)], now=NOON + datetime.timedelta(hours=6))

    assert picture.now is None
    assert picture.lanes[0].bars[0].is_over


def test_what_is_called_off_is_not_drawn(hour):
    visits = [at("10:00", service=hour), at("11:00", service=hour)]
    for visit, status in zip(visits, [Booking.Status.CANCELLED, Booking.Status.NO_SHOW], strict=True):
        visit.status = status

    assert lanes.draw(visits, now=NOON) is None


def test_too_many_people_make_no_picture(hour):
    visits = [at("10:00", service=hour) for _ in range(lanes.MOST_LANES + 1)]

    assert lanes.draw(visits, now=NOON) is None


def test_the_picture_shows_the_clock_of_the_business(hour):
    tokyo = zoneinfo.ZoneInfo("Asia/Tokyo")
    with timezone.override(tokyo):
        picture = lanes.draw([at("10:00", tokyo, service=hour)], now=NOON)

    assert picture.lanes[0].bars[0].x == "12.50%"
