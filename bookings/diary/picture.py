"""The diary as a picture: columns of one day each, with cards, shaded bands and free cells. Nothing is read here.

Everything lies where the clock on the wall shows it, in minutes after midnight. So on the day on which the clocks go
forward an hour of the picture stays empty, and where they go back the hour that comes twice is drawn once.
"""

import datetime
import itertools
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bookings.diary.cards import Card, lanes
from bookings.models import Booking
from bookings.times.roster import Person, Roster
from bookings.times.wallclock import DAY_MINUTES, Range, merged, minute_of_day

MINUTE = datetime.timedelta(minutes=1)
HOUR = 60
FROM, TO = 9 * HOUR, 17 * HOUR  # the hours that are shown at least
CELL = 30
SHORTEST_CELL = 5


@dataclass(frozen=True)
class Band:
    """A stretch of a column that is not simply free.

    :param kind: closed, off, buffer, or busy for a visit that the filters hide
    """

    kind: str
    at: Range
    label: str = ""


@dataclass(frozen=True)
class Column:
    """A day of a person.

    :param free: what can be clicked to book, none of it longer than half an hour
    :param worked: the hours without time off
    :param busy: the visits that hold time, merged
    """

    person: Person
    day: datetime.date
    bands: list[Band] = field(default_factory=list)
    free: list[Range] = field(default_factory=list)
    worked: list[Range] = field(default_factory=list)
    busy: list[Range] = field(default_factory=list)

    @property
    def share(self) -> int | None:
        """How much of the working time is booked, in percent; None: there is none."""
        minutes = sum(end - start for start, end in self.worked)
        used = sum(end - start for start, end in self.busy)
        return min(100, round(100 * used / minutes)) if minutes else None


@dataclass(frozen=True)
class Picture:
    """What the diary shows.

    :param cards: in the order of time
    :param first: the hour at the top, ``last`` the one at the bottom, exclusive
    :param now: minutes after midnight, None where the present is not in it
    :param now_columns: the first and the last column of today, counted from 1
    """

    columns: list[Column]
    cards: list[Card]
    first: int
    last: int
    now: int | None
    now_columns: tuple[int, int] = (0, 0)

    @property
    def has_days(self) -> bool:
        return len({column.day for column in self.columns}) > 1

    @property
    def hours(self) -> range:
        return range(self.first, self.last)


class Painter:
    """Draws columns of the diary.

    :param hides: whether the filters leave a visit out; its time is taken all the same
    :param idle: primary keys of people who are given no new visits, so that none of their time is free
    :param around_the_clock: offer cells outside the hours of work too, and show the whole day
    """

    def __init__(
        self,
        *,
        roster: Roster,
        now: datetime.datetime,
        hides=lambda booking: False,
        idle: Collection[int] = (),
        around_the_clock: bool = False,
    ):
        self.roster, self.zone, self.hides = roster, roster.zone, hides
        self.idle, self.around_the_clock = idle, around_the_clock
        self.wall = now.astimezone(self.zone)

    def draw(self, days: Sequence[tuple[Person, datetime.date]], bookings: Iterable[Booking]) -> Picture:
        """A column for each of ``days``, with those of ``bookings`` that lie on it and are not called off."""
        visits = defaultdict(list)
        for booking in bookings:
            if booking.status != Booking.Status.CANCELLED:
                visits[booking.staff_id].append(booking)
        columns, cards = [], []
        for number, (person, day) in enumerate(days, 1):
            column, its_cards = self._column(number, person, day, visits[person.pk])
            columns.append(column)
            cards += its_cards
        cards.sort(key=lambda card: (card.booking.starts_at, card.column, card.booking.pk))
        first, last = self._hours(columns, cards)
        today = [number for number, column in enumerate(columns, 1) if column.day == self.wall.date()]
        minute = minute_of_day(self.wall)
        if not today or not first * HOUR <= minute < last * HOUR:
            return Picture(columns, cards, first, last, None)
        return Picture(columns, cards, first, last, minute, (today[0], today[-1]))

    def _column(self, number: int, person: Person, day: datetime.date, visits: list[Booking]):
        placed = [
            (visit, at) for visit in visits if (at := on_day(day, visit.starts_at, visit.ends_at, self.zone))
        ]
        is_idle = person.pk in self.idle
        hours = [] if is_idle or day in self.roster.closed else person.hours(day)
        away = [
            Band("off", at, off.reason or "Time off")
            for off in person.away
            if (at := on_day(day, off.starts_at, off.ends_at, self.zone))
        ]
        hidden = [Band("busy", at) for visit, at in placed if self.hides(visit)]
        buffers = list(_buffers(placed))
        closed = [Band("closed", at) for at in cut([Range(0, DAY_MINUTES)], hours)]
        if day in self.roster.closed:
            closed = [Band("closed", Range(0, DAY_MINUTES), self.roster.closed[day] or "Closed")]
        taken = [at for _, at in placed] + [band.at for band in [*away, *buffers]]
        offered = [Range(0, DAY_MINUTES)] if self.around_the_clock and not is_idle else hours
        column = Column(
            person,
            day,
            [*closed, *buffers, *hidden, *away],
            list(_cells(cut(offered, [*taken, Range(0, self._past(day))]))),
            cut(hours, [band.at for band in away]),
            merged(at for visit, at in placed if visit.status in Booking.HOLDS_TIME),
        )
        return column, lanes([Card(visit, number, at) for visit, at in placed if not self.hides(visit)])

    def _past(self, day: datetime.date) -> int:
        """Until when ``day`` is over."""
        today = self.wall.date()
        return minute_of_day(self.wall) if day == today else DAY_MINUTES if day < today else 0

    def _hours(self, columns: list[Column], cards: list[Card]) -> tuple[int, int]:
        if self.around_the_clock:
            return 0, 24
        ranges = [Range(FROM, TO), *(card.at for card in cards)]
        ranges += [hours for column in columns for hours in column.person.hours(column.day)]
        return min(at.start for at in ranges) // HOUR, -(-max(at.end for at in ranges) // HOUR)


def on_day(
    day: datetime.date, starts_at: datetime.datetime, ends_at: datetime.datetime, zone: ZoneInfo
) -> Range | None:
    """Where the clock on the wall shows that time on ``day``; None: on other days only."""
    start, end = starts_at.astimezone(zone), ends_at.astimezone(zone)
    if start.date() > day or end.date() < day:
        return None
    first = minute_of_day(start) if start.date() == day else 0
    last = minute_of_day(end) if end.date() == day else DAY_MINUTES
    if last <= first and start.date() < day:
        return None  # it ended at midnight
    if last <= first:  # within the hour that comes twice
        last = first + max(1, (ends_at - starts_at) // MINUTE)
    return Range(first, min(last, DAY_MINUTES))


def cut(ranges: Iterable[Range], away: Iterable[Range]) -> list[Range]:
    """What is left of ``ranges`` without ``away``, in order."""
    left = sorted(ranges)
    for hole in away:
        left = (
            [
                part
                for start, end in left
                for part in (Range(start, min(end, hole.start)), Range(max(start, hole.end), end))
                if part.start < part.end
            ]
            if hole.start < hole.end
            else left
        )
    return left


def _buffers(placed: list[tuple[Booking, Range]]) -> Iterator[Band]:
    for visit, at in placed:
        if visit.status not in Booking.HOLDS_TIME:
            continue
        before, after = visit.service.buffer_before, visit.service.buffer_after
        if before and at.start:
            yield Band("buffer", Range(max(0, at.start - before), at.start))
        if after and at.end < DAY_MINUTES:
            yield Band("buffer", Range(at.end, min(DAY_MINUTES, at.end + after)))


def _cells(free: list[Range]) -> Iterator[Range]:
    for start, end in free:
        edges = [start, *range(start - start % CELL + CELL, end, CELL), end]
        yield from (
            Range(first, last) for first, last in itertools.pairwise(edges) if last - first >= SHORTEST_CELL
        )
