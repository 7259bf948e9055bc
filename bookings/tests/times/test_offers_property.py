"""The slot engine against an oracle that is slow and obvious: it asks of every single minute whether it is free.

Days on which the clocks change are always among them; the same examples are drawn each time.
"""

import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bookings.times.offers import Facts, Offers
from bookings.times.roster import Away, Busy, Person
from bookings.times.wallclock import Range

MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(days=1)
# Zone, and a day on which its clocks change: by an hour at night, by half an hour, at midnight, and never.
PLACES = [
    ("Europe/London", datetime.date(2026, 3, 29)),
    ("Europe/London", datetime.date(2026, 10, 25)),
    ("America/New_York", datetime.date(2026, 11, 1)),
    ("Australia/Lord_Howe", datetime.date(2026, 4, 5)),
    ("Australia/Lord_Howe", datetime.date(2026, 10, 4)),
    ("America/Santiago", datetime.date(2026, 9, 6)),
    ("Asia/Kathmandu", datetime.date(2026, 6, 1)),
]
BUFFERS = st.sampled_from([0, 0, 5, 10, 25, 60])


@st.composite
def hours(draw):
    """Up to two ranges of a day, some of them around the hours at which clocks change, some up to midnight."""
    marks = draw(st.lists(st.integers(0, 96), min_size=0, max_size=4, unique=True))
    marks = sorted(marks)[: len(marks) // 2 * 2]
    return [Range(15 * start, 15 * end) for start, end in zip(marks[::2], marks[1::2], strict=True)]


@st.composite
def questions(draw):
    """Facts of one service and one or two people, and the days that are asked about."""
    name, change = draw(st.sampled_from(PLACES))
    zone = ZoneInfo(name)
    first = change - draw(st.integers(0, 1)) * DAY
    start = datetime.datetime.combine(first, datetime.time.min, datetime.UTC)
    moments = st.integers(-600, 3 * 1440).map(lambda minute: start + minute * MINUTE)
    people = [draw(person(pk, first, moments)) for pk in range(draw(st.integers(1, 2)))]
    # Some of their visits are of this service, as are some of people who have left.
    known = [(person.pk, busy.starts_at) for person in people for busy in person.busy]
    booked = [visit for visit in known if draw(st.booleans())]
    booked += [(99, at) for at in draw(st.lists(moments, max_size=2))]
    return Facts(
        service="Massage",
        length=draw(st.sampled_from([5, 30, 45, 60, 95, 300])) * MINUTE,
        before=draw(BUFFERS) * MINUTE,
        after=draw(BUFFERS) * MINUTE,
        step=draw(st.sampled_from([5, 15, 20, 60])),
        notice=draw(st.sampled_from([0, 90, 1440])) * MINUTE,
        horizon=draw(st.integers(0, 3)),
        most_per_day=draw(st.sampled_from([None, None, 0, 1, 2])),
        most_per_staff_day=draw(st.sampled_from([None, None, 1, 2])),
        booked=booked,
        people=people,
        closed=draw(
            st.dictionaries(st.integers(0, 2).map(lambda days: first + days * DAY), st.just(""), max_size=1)
        ),
        zone=zone,
        now=draw(st.one_of(st.just(start - DAY), moments)),
        for_customers=draw(st.booleans()),
    ), first


@st.composite
def person(draw, pk, first, moments):
    visits, taken_until = [], None
    for at in sorted(draw(st.lists(moments, max_size=4))):
        if taken_until is None or at >= taken_until:
            taken_until = at + draw(st.sampled_from([5, 30, 60, 200])) * MINUTE
            visits.append(Busy(at, taken_until, draw(BUFFERS) * MINUTE, draw(BUFFERS) * MINUTE))
    away = [Away(at, at + 90 * MINUTE) for at in draw(st.lists(moments, max_size=1))]
    days = draw(
        st.dictionaries(st.integers(0, 2).map(lambda number: first + number * DAY), hours(), max_size=1)
    )
    weekly = {weekday: draw(hours() | st.just([Range(0, 24 * 60)])) for weekday in range(7)}
    return Person(
        pk, f"Person {pk}", weekly, days, away, visits, draw(st.sampled_from([True, True, True, False]))
    )


def offered(facts: Facts, first: datetime.date) -> dict[datetime.datetime, set[int]]:
    """What the oracle offers on two days from ``first``: instants and who is free then."""
    walls = walls_of(first, facts.zone)
    seen, found = set(), {}
    there = {
        person.pk: {at for at, wall in walls.items() if _is_there(facts, person, at, wall)}
        for person in facts.people
    }
    for at, wall in walls.items():
        is_first = wall not in seen
        seen.add(wall)
        if (
            not first <= wall.date() <= first + DAY
            or not is_first
            or wall.minute % facts.step
            or at < facts.now
        ):
            continue
        if facts.for_customers and (
            at - facts.now < facts.notice
            or (wall.date() - facts.now.astimezone(facts.zone).date()).days > facts.horizon
        ):
            continue
        free = {person.pk for person in facts.people if _is_free(facts, person, at, there[person.pk])}
        if facts.for_customers:
            free = {person for person in free if not _is_full(facts, person, wall.date())}
        if free:
            found[at] = free
    return found


@lru_cache
def walls_of(first, zone):
    """What the wall shows at each minute of the days around."""
    start = datetime.datetime.combine(first, datetime.time.min, datetime.UTC) - 15 * 60 * MINUTE
    minutes = [start + number * MINUTE for number in range(4 * 1440)]
    return {at: at.astimezone(zone).replace(tzinfo=None, fold=0) for at in minutes}


def _is_there(facts, person, at, wall):
    day = wall.date()
    ranges = person.days[day] if day in person.days else person.weekly[day.weekday()]
    minute = wall.hour * 60 + wall.minute
    return (
        person.performs
        and day not in facts.closed
        and any(start <= minute < end for start, end in ranges)
        and not any(away.starts_at <= at < away.ends_at for away in person.away)
    )


def _is_free(facts, person, at, there):
    visit = set(_minutes(at, at + facts.length))
    if not visit <= there:
        return False
    wide = visit | set(_minutes(at - facts.before, at))
    long = visit | set(_minutes(at + facts.length, at + facts.length + facts.after))
    for busy in person.busy:
        theirs = set(_minutes(busy.starts_at, busy.ends_at))
        their_before = set(_minutes(busy.starts_at - busy.before, busy.starts_at))
        their_after = set(_minutes(busy.ends_at, busy.ends_at + busy.after))
        if (wide | long) & theirs or visit & (their_before | their_after):
            return False
    return True


def _is_full(facts, person, day):
    of_day = [who for who, at in facts.booked if at.astimezone(facts.zone).date() == day]
    most, most_of_person = facts.most_per_day, facts.most_per_staff_day
    return (most is not None and len(of_day) >= most) or (
        most_of_person is not None and of_day.count(person) >= most_of_person
    )


def _minutes(start, end):
    return [start + number * MINUTE for number in range((end - start) // MINUTE)]


SETTINGS = settings(
    derandomize=True, database=None, deadline=None, max_examples=50, suppress_health_check=list(HealthCheck)
)


@SETTINGS
@given(questions())
def test_slots_are_those_of_the_oracle(question):
    facts, first = question
    offers = Offers(facts)

    slots = offers.slots(first, first + DAY)

    assert {slot.at: {person.pk for person in slot.people} for slot in slots} == offered(facts, first)
    assert [slot.at for slot in slots] == sorted(slot.at for slot in slots)


@SETTINGS
@given(questions())
def test_a_time_is_offered_or_there_is_a_reason_and_never_both(question):
    facts, first = question
    offers = Offers(facts)
    slots = {slot.at: {person.pk for person in slot.people} for slot in offers.slots(first, first + DAY)}
    start, end = (
        datetime.datetime.combine(first + days * DAY, datetime.time.min, facts.zone).astimezone(datetime.UTC)
        for days in (0, 2)
    )

    for at in (start + number * 5 * MINUTE for number in range((end - start) // MINUTE // 5)):
        for person in facts.people:
            reasons = offers.why_not(person, at)
            binding = [reason for reason in reasons if facts.for_customers or not reason.binds_customers_only]
            assert bool(binding) == (person.pk not in slots.get(at, ()))
            assert all(reason.sentence.endswith(".") for reason in reasons)


@SETTINGS
@given(questions())
def test_what_is_asked_of_one_day_or_one_time_agrees_with_its_slots(question):
    facts, first = question
    offers = Offers(facts)

    slots = offers.slots(first, first)

    assert offers.count(first) == len(slots)
    assert offers.has_room(first) == bool(slots)
    assert [offers.slot(slot.at) for slot in slots] == slots
    start = datetime.datetime.combine(first, datetime.time.min, facts.zone).astimezone(datetime.UTC)
    others = {start + number * 5 * MINUTE for number in range(24 * 12)} - {slot.at for slot in slots}
    assert not [at for at in others if at.astimezone(facts.zone).date() == first and offers.slot(at)]
