"""Who is there when: weekly hours, exceptions, time off and closed days. Nothing is read or written here."""

import datetime
import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple
from zoneinfo import ZoneInfo

from bookings.times import wallclock
from bookings.times.wallclock import Range, Span

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MOMENT = datetime.timedelta(microseconds=1)


class Code(enum.StrEnum):
    """Why a time is not offered."""

    PAST = "past"
    CLOCK_CHANGE = "clock_change"
    OFF_GRID = "off_grid"
    NOT_PERFORMED = "not_performed"
    LEFT = "left"
    CLOSED = "closed"
    TIME_OFF = "time_off"
    OUTSIDE_HOURS = "outside_hours"
    TAKEN = "taken"
    BUFFER = "buffer"
    NOTICE = "notice"
    HORIZON = "horizon"
    LIMIT = "limit"
    LIMIT_OF_PERSON = "limit_of_person"


@dataclass(frozen=True)
class Reason:
    """Why a time is not offered, as a sentence for whoever asked.

    :param binds_customers_only: whether staff are offered the time nevertheless
    :param booking: the primary key of the visit in the way, None where it is not about one
    """

    code: Code
    sentence: str
    binds_customers_only: bool = False
    booking: int | None = None

    @property
    def binds_staff(self) -> bool:
        """Whether not even somebody who works here can book it, whatever their reason."""
        return self.code == Code.CLOCK_CHANGE


@dataclass(frozen=True)
class Away:
    starts_at: datetime.datetime
    ends_at: datetime.datetime
    reason: str = ""


class Busy(NamedTuple):  # a month has thousands of them
    """A visit that holds somebody's time.

    :param before: what its service wants free before it, ``after`` likewise
    :param who: whose visit it is; empty where that is nobody's business
    """

    starts_at: datetime.datetime
    ends_at: datetime.datetime
    before: datetime.timedelta = datetime.timedelta()
    after: datetime.timedelta = datetime.timedelta()
    who: str = ""
    booking: int | None = None


@dataclass(frozen=True)
class Person:
    """Somebody who takes bookings.

    :param weekly: by weekday, Monday is 0
    :param days: what replaces the weekly hours of a day
    :param performs: whether they perform the service that is asked about
    """

    pk: int
    name: str
    weekly: Mapping[int, Sequence[Range]] = field(default_factory=dict)
    days: Mapping[datetime.date, Sequence[Range]] = field(default_factory=dict)
    away: Sequence[Away] = ()
    busy: Sequence[Busy] = ()
    performs: bool = True

    def hours(self, day: datetime.date) -> list[Range]:
        return sorted(self.days[day] if day in self.days else self.weekly.get(day.weekday(), ()))


class Roster:
    """When people work.

    :param closed: days on which nobody does, and what they are called
    :param is_public: whether reasons are for customers, who need not know what somebody is away for
    """

    def __init__(
        self, *, zone: ZoneInfo, closed: Mapping[datetime.date, str] | None = None, is_public: bool = False
    ):
        self.zone, self.closed, self.is_public = zone, closed or {}, is_public
        self._spans: dict[tuple[int, datetime.date], list[Span]] = {}

    def absences(
        self, person: Person, starts_at: datetime.datetime, ends_at: datetime.datetime
    ) -> Iterator[Reason]:
        """Why ``person`` is not there for all of that time; nothing if they are."""
        days = self._days(starts_at, ends_at)
        for day in days:
            if day in self.closed:
                name = f": {self.closed[day]}" if self.closed[day] else ""
                yield Reason(Code.CLOSED, f"Closed on {self.day(day)}{name}.")
        for away in person.away:
            if away.starts_at < ends_at and starts_at < away.ends_at:
                yield Reason(Code.TIME_OFF, self._away(person, away))
        worked = [span for day in days for span in self.worked(person, day)]
        if len(days) > 1:
            worked = wallclock.merged(worked)
        if not any(span.start <= starts_at and ends_at <= span.end for span in worked):
            yield Reason(Code.OUTSIDE_HOURS, self._outside(person, starts_at, ends_at, worked))

    def worked(self, person: Person, day: datetime.date) -> list[Span]:
        """The hours of ``person`` on ``day``, whatever is in the way of them."""
        key = person.pk, day
        if key not in self._spans:
            parts = [span for hours in person.hours(day) for span in wallclock.spans(day, hours, self.zone)]
            self._spans[key] = wallclock.merged(parts)
        return self._spans[key]

    def _days(self, starts_at: datetime.datetime, ends_at: datetime.datetime) -> list[datetime.date]:
        first, last = (at.astimezone(self.zone).date() for at in (starts_at, ends_at - MOMENT))
        return [first + datetime.timedelta(days=days) for days in range((last - first).days + 1)]

    def _away(self, person: Person, away: Away) -> str:
        if self.is_public:
            return f"{person.name} is away then."
        back = away.ends_at.astimezone(self.zone)
        reason = f": {away.reason}" if away.reason else ""
        return f"{person.name} is off until {self.day(back)}, {back:%H:%M}{reason}."

    def _outside(
        self, person: Person, starts_at: datetime.datetime, ends_at: datetime.datetime, worked: list[Span]
    ) -> str:
        day = starts_at.astimezone(self.zone).date()
        hours = " and ".join(str(hours) for hours in person.hours(day))
        if not hours:
            return f"{person.name} does not work on {self.day(day)}."
        if any(span.start <= starts_at < span.end for span in worked):
            end = ends_at.astimezone(self.zone)
            return f"It would end at {end:%H:%M}, and {person.name} works {hours} on {self.day(day)}."
        return f"{person.name} works {hours} on {self.day(day)}."

    @staticmethod
    def day(day: datetime.date) -> str:
        return f"{day:%a %-d %b}"
