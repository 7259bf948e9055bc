"""The picture of the diary, drawn from plain values: where things lie on the wall, and what is free between them."""

import datetime
from zoneinfo import ZoneInfo

import pytest

from bookings.diary.cards import Card, lanes
from bookings.diary.picture import Painter, cut, on_day
from bookings.models import Booking, Service
from bookings.times.roster import Away, Person, Roster
from bookings.times.wallclock import Range

LONDON = ZoneInfo("Europe/London")
TUESDAY = datetime.date(2026, 11, 24)
SPRING, AUTUMN = datetime.date(2026, 3, 29), datetime.date(2026, 10, 25)
NOON = datetime.datetime(2026, 11, 24, 12, 0, tzinfo=LONDON)
DAWN = NOON - datetime.timedelta(hours=8)
NINE_TO_FIVE = dict.fromkeys(range(7), (Range(540, 1020),))


def ada(**values) -> Person:
    return Person(**{"pk": 1, "name": "Ada", "weekly": NINE_TO_FIVE, **values})


def visit(start="10:00", end="11:00", *, day=TUESDAY, pk=1, staff=1, status="confirmed", **service):
    """A visit that was never saved; an end that lies before the start is on the next day."""
    first, last = (datetime.time.fromisoformat(text) for text in (start, end))
    until = day if last > first else day + datetime.timedelta(days=1)
    return Booking(
        pk=pk,
        staff_id=staff,
        status=status,
        service=Service(pk=service.pop("service", 1), name="Massage", **service),
        starts_at=datetime.datetime.combine(day, first, LONDON),
        ends_at=datetime.datetime.combine(until, last, LONDON),
    )


def draw(*visits, person=None, day=TUESDAY, now=DAWN, closed=None, **values):
    painter = Painter(roster=Roster(zone=LONDON, closed=closed), now=now, **values)
    return painter.draw([(person or ada(), day)], visits)


def clocks(ranges) -> list[str]:
    return [str(at) for at in ranges]


def bands(picture, kind) -> list[str]:
    return [str(band.at) for band in picture.columns[0].bands if band.kind == kind]


# --- Where it lies ---


@pytest.mark.parametrize(
    ("start", "end", "day", "expected"),
    [
        ("2026-11-24T10:05", "2026-11-24T11:00", TUESDAY, "10:05–11:00"),
        ("2026-11-23T23:30", "2026-11-24T00:45", TUESDAY, "00:00–00:45"),
        ("2026-11-24T23:30", "2026-11-25T00:45", TUESDAY, "23:30–24:00"),
        ("2026-11-23T23:00", "2026-11-24T00:00", TUESDAY, "None"),
        ("2026-11-25T00:00", "2026-11-25T01:00", TUESDAY, "None"),
        # The clocks go forward at 01:00: half past midnight and an hour on, the wall shows 02:30.
        ("2026-03-29T00:30", "2026-03-29T02:30", SPRING, "00:30–02:30"),
        # They go back at 02:00: between the first 01:15 and the second 01:45 there is an hour and a half.
        ("2026-10-25T00:15+00:00", "2026-10-25T01:45+00:00", AUTUMN, "01:15–01:45"),
        # The first 01:45 to the second 01:15: as long as it takes.
        ("2026-10-25T00:45+00:00", "2026-10-25T01:15+00:00", AUTUMN, "01:45–02:15"),
    ],
)
def test_on_day_follows_the_clock_on_the_wall(start, end, day, expected):
    starts_at, ends_at = (datetime.datetime.fromisoformat(text) for text in (start, end))
    starts_at, ends_at = (at if at.tzinfo else at.replace(tzinfo=LONDON) for at in (starts_at, ends_at))

    assert str(on_day(day, starts_at, ends_at, LONDON)) == expected


def test_picture_shows_a_visit_across_midnight_on_both_days():
    person = ada()
    roster = Roster(zone=LONDON)
    wednesday = TUESDAY + datetime.timedelta(days=1)

    picture = Painter(roster=roster, now=DAWN).draw(
        [(person, TUESDAY), (person, wednesday)], [visit("23:30", "00:45")]
    )

    assert [(card.column, str(card.at)) for card in picture.cards] == [(1, "23:30–24:00"), (2, "00:00–00:45")]
    assert (picture.first, picture.last) == (0, 24)


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_hours_lie_where_the_wall_shows_them_when_the_clocks_change(day):
    picture = draw(visit("09:00", "10:00", day=day), day=day, now=DAWN - datetime.timedelta(days=300))

    assert bands(picture, "closed") == ["00:00–09:00", "17:00–24:00"]
    assert str(picture.cards[0].at) == "09:00–10:00"
    assert clocks(picture.columns[0].free)[0] == "10:00–10:30"


# --- What is free ---


def test_free_times_leave_out_visits_buffers_and_time_off():
    off = Away(NOON + datetime.timedelta(hours=1), NOON + datetime.timedelta(hours=5), "Dentist")

    picture = draw(
        visit("09:00", "09:40", buffer_after=10),
        visit("11:00", "12:00", pk=2, buffer_before=15),
        person=ada(away=[off]),
    )

    assert clocks(picture.columns[0].free) == [
        "09:50–10:00",
        "10:00–10:30",
        "10:30–10:45",
        "12:00–12:30",
        "12:30–13:00",
    ]
    assert bands(picture, "buffer") == ["09:40–09:50", "10:45–11:00"]
    assert bands(picture, "off") == ["13:00–17:00"]


def test_free_times_begin_now():
    picture = draw(now=NOON + datetime.timedelta(minutes=10))

    assert clocks(picture.columns[0].free)[0] == "12:10–12:30"
    assert draw(now=NOON + datetime.timedelta(days=1)).columns[0].free == []


def test_nothing_is_free_on_a_closed_day():
    picture = draw(closed={TUESDAY: "Stocktaking"})

    assert picture.columns[0].free == []
    assert [(band.kind, band.label) for band in picture.columns[0].bands] == [("closed", "Stocktaking")]
    assert picture.columns[0].share is None


def test_around_the_clock_offers_the_night_too():
    picture = draw(around_the_clock=True)

    assert (picture.first, picture.last) == (0, 24)
    assert clocks(picture.columns[0].free)[0] == "04:00–04:30"
    assert len(picture.columns[0].free) == 40


def test_a_filter_hides_the_visit_and_not_its_time():
    picture = draw(visit("10:00", "11:00", service=2), hides=lambda booking: booking.service_id == 2)

    assert picture.cards == []
    assert bands(picture, "busy") == ["10:00–11:00"]
    assert "10:00–10:30" not in clocks(picture.columns[0].free)


def test_what_is_called_off_is_not_shown():
    picture = draw(visit(status="cancelled"))

    assert picture.cards == []
    assert "10:00–10:30" in clocks(picture.columns[0].free)


def test_a_no_show_keeps_its_card_and_no_time():
    picture = draw(visit(status="no_show", buffer_after=30))

    assert len(picture.cards) == 1
    assert picture.columns[0].busy == []
    assert bands(picture, "buffer") == []


# --- Beside each other ---


@pytest.mark.parametrize(
    ("ranges", "expected"),
    [
        ([(540, 600), (600, 660)], [(0, 1), (0, 1)]),
        ([(540, 600), (555, 615)], [(0, 2), (1, 2)]),
        ([(540, 660), (555, 600), (600, 630)], [(0, 2), (1, 2), (1, 2)]),
        ([(540, 560), (550, 570), (565, 580), (600, 620)], [(0, 2), (1, 2), (0, 2), (0, 1)]),
        ([(540, 600)] * 8, [(min(number, 5), 6) for number in range(8)]),
    ],
)
def test_cards_that_overlap_lie_beside_each_other(ranges, expected):
    cards = [Card(Booking(pk=number), 1, Range(*at)) for number, at in enumerate(ranges)]

    assert [(card.lane, card.lanes) for card in lanes(cards)] == expected


def test_cards_stand_in_the_order_of_time_whoever_they_are_with():
    people = [(ada(), TUESDAY), (ada(pk=2, name="Ben"), TUESDAY)]
    visits = [
        visit("11:00", "12:00", pk=1),
        visit("09:00", "10:00", pk=2, staff=2),
        visit("10:00", "11:00", pk=3),
    ]

    picture = Painter(roster=Roster(zone=LONDON), now=DAWN).draw(people, visits)

    assert [(card.booking.pk, card.column) for card in picture.cards] == [(2, 2), (3, 1), (1, 1)]


def test_share_counts_the_time_of_overlapping_visits_once():
    picture = draw(visit("09:00", "11:00"), visit("10:00", "13:00", pk=2))

    assert picture.columns[0].share == 50


# --- The frame of it ---


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({}, (9, 17)),
        ({"weekly": dict.fromkeys(range(7), (Range(450, 1110),))}, (7, 19)),
        ({"weekly": {}}, (9, 17)),
    ],
)
def test_picture_is_as_high_as_the_work(values, expected):
    picture = draw(person=ada(**values))

    assert (picture.first, picture.last) == expected


def test_picture_grows_with_a_visit_outside_the_hours():
    picture = draw(visit("06:40", "07:10"), visit("20:00", "20:30", pk=2))

    assert (picture.first, picture.last) == (6, 21)


@pytest.mark.parametrize(
    ("now", "expected"),
    [(NOON, 720), (DAWN, None), (NOON + datetime.timedelta(days=1), None)],
)
def test_the_line_of_the_present_is_drawn_on_its_day_within_the_hours(now, expected):
    assert draw(now=now).now == expected


def test_the_line_of_the_present_spans_the_columns_of_today():
    days = [(ada(), TUESDAY + datetime.timedelta(days=days)) for days in (-1, 0, 1)]

    picture = Painter(roster=Roster(zone=LONDON), now=NOON).draw(days, [])

    assert picture.now_columns == (2, 2)
    assert picture.has_days


def test_cut_leaves_what_is_not_taken():
    assert cut([Range(0, 100)], [Range(90, 200), Range(10, 20), Range(15, 30), Range(50, 50)]) == [
        Range(0, 10),
        Range(30, 90),
    ]
