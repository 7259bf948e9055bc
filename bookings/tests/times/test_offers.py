"""What is offered and why not, case by case; `test_offers_property` searches for what nobody thought of."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from bookings.times import wallclock
from bookings.times.offers import Facts, Offers
from bookings.times.roster import Away, Busy, Code, Person
from bookings.times.wallclock import Range

LONDON = ZoneInfo("Europe/London")
TUESDAY = datetime.date(2026, 11, 24)
SPRING, AUTUMN = datetime.date(2026, 3, 29), datetime.date(2026, 10, 25)  # Sundays, at one in the morning
MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)
OFFICE = {weekday: [Range(9 * 60, 12 * 60), Range(13 * 60, 17 * 60)] for weekday in range(5)}


def at(clock, day=TUESDAY, zone=LONDON):
    wall = datetime.datetime.combine(day, datetime.time.fromisoformat(clock), zone)
    return wall.astimezone(datetime.UTC)


def visit(start, end, before=0, after=0, who="Ada", day=TUESDAY):
    return Busy(at(start, day), at(end, day), before * MINUTE, after * MINUTE, who, 7)


def person(pk=1, name="Priya", **facts):
    return Person(pk, name, **{"weekly": OFFICE, **facts})


def offers(*people, **facts):
    usual = {
        "service": "Massage",
        "length": 60 * MINUTE,
        "step": 60,
        "zone": LONDON,
        "now": at("00:00") - DAY,
    }
    return Offers(Facts(**usual | facts, people=people or (person(),)))


def clocks(found, day=TUESDAY):
    return [f"{slot.at.astimezone(LONDON):%H:%M}" for slot in found.slots(day, day)]


def reasons(found, clock, day=TUESDAY):
    return {reason.code: reason.sentence for reason in found.why_not(found.facts.people[0], at(clock, day))}


def test_slots_lie_within_every_stretch_of_the_hours():
    assert clocks(offers()) == ["09:00", "10:00", "11:00", "13:00", "14:00", "15:00", "16:00"]
    assert clocks(offers(step=30))[:6] == ["09:00", "09:30", "10:00", "10:30", "11:00", "13:00"]
    assert clocks(offers(length=240 * MINUTE)) == ["13:00"]


def test_hours_of_one_day_replace_the_weekly_ones():
    late = person(days={TUESDAY: [Range(18 * 60, 20 * 60)]})

    assert clocks(offers(late)) == ["18:00", "19:00"]
    assert len(clocks(offers(late), TUESDAY + DAY)) == 7


def test_a_visit_may_cross_midnight_where_the_hours_do():
    night = person(weekly={1: [Range(22 * 60, 24 * 60)], 2: [Range(0, 2 * 60)]})

    assert clocks(offers(night, length=120 * MINUTE)) == ["22:00", "23:00"]
    closed = offers(night, length=120 * MINUTE, closed={TUESDAY + DAY: "Stocktaking"})
    assert clocks(closed) == ["22:00"]
    assert reasons(closed, "23:00")[Code.CLOSED] == "Closed on Wed 25 Nov: Stocktaking."


@pytest.mark.parametrize(
    ("mine", "theirs", "first_free"),
    [
        (0, 0, "10:00"),
        (0, 15, "10:15"),
        (15, 0, "10:15"),
        (15, 30, "10:30"),
        (30, 15, "10:30"),
        (20, 20, "10:20"),
    ],
)
def test_buffers_count_once_between_neighbours(mine, theirs, first_free):
    busy = person(busy=[visit("09:00", "10:00", after=theirs)])

    assert clocks(offers(busy, step=5, before=mine * MINUTE))[0] == first_free


def test_buffers_count_once_before_the_next_visit_too():
    busy = person(busy=[visit("11:00", "12:00", before=15)])

    found = offers(busy, step=5, after=30 * MINUTE)
    assert max(clock for clock in clocks(found) if clock < "12:00") == "09:30"
    assert (
        reasons(found, "09:35")[Code.BUFFER] == "30 minutes are kept free before the visit of Ada at 11:00."
    )


def test_why_not_names_what_is_in_the_way():
    busy = person(
        busy=[visit("09:00", "10:00", after=10)],
        away=[Away(at("15:00"), at("09:00", TUESDAY + 2 * DAY), "holiday")],
    )
    found = offers(busy, step=30, before=5 * MINUTE)

    assert reasons(found, "09:30") == {Code.TAKEN: "Priya is taken by Ada until 10:00."}
    assert reasons(found, "10:00") == {
        Code.BUFFER: "10 minutes are kept free after the visit of Ada, until 10:10."
    }
    assert reasons(found, "14:30") == {Code.TIME_OFF: "Priya is off until Thu 26 Nov, 09:00: holiday."}
    assert reasons(found, "10:37") == {
        Code.OFF_GRID: "Times are offered every 30 minutes, from the full hour on."
    }
    assert reasons(found, "11:30") == {
        Code.OUTSIDE_HOURS: "It would end at 12:30, and Priya works 09:00–12:00 and 13:00–17:00 on Tue 24 Nov."
    }
    assert reasons(found, "08:00") == {
        Code.OUTSIDE_HOURS: "Priya works 09:00–12:00 and 13:00–17:00 on Tue 24 Nov."
    }
    assert reasons(found, "10:00", TUESDAY + 4 * DAY) == {
        Code.OUTSIDE_HOURS: "Priya does not work on Sat 28 Nov."
    }
    assert reasons(found, "10:30") == {}


def test_why_not_says_who_does_not_perform_it():
    found = offers(person(performs=False))

    assert clocks(found) == []
    assert reasons(found, "10:00") == {Code.NOT_PERFORMED: "Priya does not perform Massage."}


def test_notice_and_horizon_bind_customers_only():
    terms = {"now": at("08:30"), "notice": 150 * MINUTE, "horizon": 1}
    staff, customers = offers(**terms), offers(**terms, for_customers=True)

    assert clocks(staff)[0] == "09:00"
    assert clocks(customers)[0] == "11:00"
    assert clocks(customers, TUESDAY + DAY)
    assert clocks(customers, TUESDAY + 2 * DAY) == []
    assert clocks(staff, TUESDAY + 2 * DAY)
    assert reasons(staff, "10:00") == {
        Code.NOTICE: "Customers have to book earlier: they can have Tue 24 Nov, 11:00 at the soonest."
    }
    assert reasons(customers, "10:00", TUESDAY + 2 * DAY) == {
        Code.HORIZON: "Customers can book until Wed 25 Nov, 1 day ahead."
    }


def test_the_past_is_not_offered():
    found = offers(now=at("10:01"))

    assert clocks(found)[0] == "11:00"
    assert reasons(found, "10:00") == {Code.PAST: "That time has gone by."}
    assert clocks(offers(now=at("10:00")))[0] == "10:00"


def test_customers_are_not_told_about_others():
    busy = person(busy=[visit("09:00", "10:00", after=30)], away=[Away(at("15:00"), at("16:00"), "dentist")])
    found = offers(busy, for_customers=True, horizon=30)

    words = " ".join(
        sentence for clock in ("09:00", "10:00", "15:00") for sentence in reasons(found, clock).values()
    )

    assert "dentist" not in words
    assert "Priya is away then." in words


def test_anybody_is_the_least_busy_of_that_day():
    busy = person(1, "Ada", busy=[visit("09:00", "10:00")])
    idle = person(2, "Ben", busy=[visit("09:00", "12:00", day=TUESDAY + DAY)])
    found = offers(busy, idle)

    first, second = found.slots(TUESDAY, TUESDAY)[:2]
    tomorrow = found.slots(TUESDAY + DAY, TUESDAY + DAY)[-1]

    assert [one.name for one in first.people] == ["Ben"]
    assert [one.name for one in second.people] == ["Ben", "Ada"]
    assert [one.name for one in tomorrow.people] == ["Ada", "Ben"]


# --- The two nights on which the clocks change ---


def always(**facts):
    return person(weekly={weekday: [Range(0, 24 * 60)] for weekday in range(7)}, **facts)


def at_wall(day):
    return datetime.datetime.combine(day, datetime.time(1, 30))


def test_the_missing_hour_is_never_offered():
    found = offers(always(), now=at("00:00", SPRING), step=30, length=30 * MINUTE)

    assert clocks(found, SPRING)[:4] == ["00:00", "00:30", "02:00", "02:30"]
    (reason,) = found.why_not_on_wall(found.facts.people[0], at_wall(SPRING))
    assert (reason.code, reason.sentence) == (
        Code.CLOCK_CHANGE,
        "The clocks go forward that night, so there is no 01:30.",
    )


def test_the_doubled_hour_is_offered_once():
    found = offers(always(), now=at("00:00", AUTUMN), step=30, length=30 * MINUTE)

    assert clocks(found, AUTUMN)[:5] == ["00:00", "00:30", "01:00", "01:30", "02:00"]
    second = datetime.datetime(2026, 10, 25, 1, 30, tzinfo=datetime.UTC)
    (reason,) = found.why_not(found.facts.people[0], second)
    assert reason.code == Code.CLOCK_CHANGE
    assert found.why_not_on_wall(found.facts.people[0], at_wall(AUTUMN)) == []


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_hours_stay_on_the_wall_when_the_clocks_change(day):
    found = offers(person(weekly={6: [Range(9 * 60, 11 * 60)]}), now=at("00:00", day))

    assert clocks(found, day) == ["09:00", "10:00"]


def test_a_visit_over_the_change_takes_its_real_time():
    ends_at_three = person(weekly={6: [Range(0, 3 * 60)]})

    spring = offers(ends_at_three, now=at("00:00", SPRING), length=120 * MINUTE)
    autumn = offers(ends_at_three, now=at("00:00", AUTUMN), length=120 * MINUTE)

    assert clocks(spring, SPRING) == ["00:00"]  # from midnight to three it is two hours
    assert clocks(autumn, AUTUMN) == ["00:00", "01:00"]  # and here it is four


def test_a_day_that_a_zone_skipped_has_no_times():
    apia = ZoneInfo("Pacific/Apia")

    assert wallclock.stretches(datetime.date(2011, 12, 30), apia) == ()
    assert wallclock.instant(datetime.date(2011, 12, 30), 600, apia) is None


@pytest.mark.parametrize("clock", ["00:00", "09:00", "12:07", "17:00", "23:59"])
@pytest.mark.parametrize("days", [0, 1, 4, 30])  # in the middle, near an end, at a weekend, outside
@pytest.mark.parametrize("staff", [None, 2])
def test_the_nearest_are_the_nearest_of_all_that_are_offered(clock, days, staff):
    found = offers(person(weekly=OFFICE), person(pk=2, name="Zofia", weekly={3: [Range(9 * 60, 10 * 60)]}))
    first, last, middle = TUESDAY, TUESDAY + 9 * DAY, at(clock) + days * DAY
    suiting = [slot for slot in found.slots(first, last) if slot.suits(staff) and slot.at != middle]

    near = found.nearest(middle, 3, first=first, last=last, staff=staff, but=middle)

    assert near == sorted(
        sorted(suiting, key=lambda slot: (abs(slot.at - middle), slot.at))[:3], key=lambda slot: slot.at
    )
    assert len(near) == min(3, len(suiting))
