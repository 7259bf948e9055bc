"""What keeps one person busy, and which of it is in the way of another visit. Nothing is read or written here."""

import bisect
import datetime
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from bookings.times import wallclock
from bookings.times.roster import Busy

NONE = datetime.timedelta()


@dataclass(frozen=True)
class Clash:
    """A visit in the way of another one.

    :param free: how long nobody may come between the two; None: they overlap
    :param is_first: whether it comes before the other one
    """

    busy: Busy
    free: datetime.timedelta | None
    is_first: bool


class Visits:
    """The visits of one person, in order."""

    def __init__(self, visits: Iterable[Busy]):
        self._all = sorted(visits, key=lambda busy: busy.starts_at)
        self._starts = [busy.starts_at for busy in self._all]
        self._longest = max((busy.ends_at - busy.starts_at for busy in self._all), default=NONE)
        self._buffer = max((max(busy.before, busy.after) for busy in self._all), default=NONE)

    def clashes(self, visit: Busy) -> Iterator[Clash]:
        """Between two visits lies at least the longer of what the first wants free after it and the second before."""
        reach = self._longest + max(self._buffer, visit.before, visit.after)
        for busy in self._between(visit.starts_at - reach, visit.ends_at + reach):
            if busy.starts_at < visit.ends_at and visit.starts_at < busy.ends_at:
                yield Clash(busy, None, busy.starts_at < visit.starts_at)
                continue
            is_first = busy.ends_at <= visit.starts_at
            first, second = (busy, visit) if is_first else (visit, busy)
            free = max(first.after, second.before)
            if second.starts_at - first.ends_at < free:
                yield Clash(busy, free, is_first)

    def load(self, day: datetime.date, zone: ZoneInfo) -> datetime.timedelta:
        """How long the visits that start on ``day`` take."""
        of_day = self._between(*wallclock.day_bounds(day, zone))
        return sum((busy.ends_at - busy.starts_at for busy in of_day), NONE)

    def _between(self, first: datetime.datetime, end: datetime.datetime) -> list[Busy]:
        """Those that start from ``first`` to ``end``, exclusive."""
        return self._all[bisect.bisect_left(self._starts, first) : bisect.bisect_left(self._starts, end)]
