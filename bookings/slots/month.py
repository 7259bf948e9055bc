"""What a customer sees to choose from: the days of a month and the times of one of them. Nothing is read here."""

import datetime
from dataclasses import dataclass

from bookings.times.roster import WEEKDAYS
from careops.core.numbers import plural

MONTHS = [datetime.date(2000, month, 1).strftime("%B") for month in range(1, 13)]


@dataclass(frozen=True)
class Day:
    """A day of the calendar.

    :param times: how many are free
    :param closed: what the day is called on which nobody works; None: it is no such day
    :param is_past: whether it cannot be booked any more, or not yet
    """

    date: datetime.date
    times: int = 0
    closed: str | None = None
    is_past: bool = False

    @property
    def iso(self) -> str:
        return self.date.isoformat()

    @property
    def name(self) -> str:
        return f"{WEEKDAYS[self.date.weekday()]} {self.date.day} {MONTHS[self.date.month - 1]}"

    @property
    def words(self) -> str:
        """What a screen reader says: Tuesday 14 July, 5 times free."""
        if self.times:
            return f"{self.name}, {plural(self.times, 'time')} free"
        if self.closed is not None:
            return f"{self.name}, closed"
        return f"{self.name}, no times free"


@dataclass(frozen=True)
class Time:
    """One free time.

    :param key: what links call it
    :param people: primary keys of who is free then, the least busy first
    """

    at: datetime.datetime
    key: str
    people: tuple[int, ...]


@dataclass(frozen=True)
class Choice:
    """What there is to choose from in one month.

    :param weeks: Monday first, without those that are past; None where another month has begun
    :param earlier: the first day of the month before it, if that can be booked; ``later`` likewise
    :param day: whose times are shown; None: the month has no room
    :param parts: its times in the morning, in the afternoon and in the evening, as far as there are any
    :param next_day: the first day with room after a month that has none
    :param until: the last day that customers can book
    """

    month: datetime.date
    weeks: list[list[Day | None]]
    earlier: datetime.date | None
    later: datetime.date | None
    day: Day | None
    parts: list[tuple[str, list[Time]]]
    next_day: Day | None
    until: datetime.date

    @property
    def title(self) -> str:
        return f"{MONTHS[self.month.month - 1]} {self.month.year}"

    @property
    def closed(self) -> list[Day]:
        return [day for week in self.weeks for day in week if day and day.closed is not None]
