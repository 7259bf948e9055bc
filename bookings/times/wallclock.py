"""From the clock on the wall to instants and back, on the two days of the year on which that is not plain too.

A day falls into stretches during which the clocks run through. What the wall says is turned into instants within one
stretch at a time: so the missing hour is nobody's, and the doubled one belongs twice to whoever works in it.
"""

import datetime
import itertools
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple, TypeVar
from zoneinfo import ZoneInfo

DAY = datetime.timedelta(days=1)
HOUR = datetime.timedelta(hours=1)
SECOND = datetime.timedelta(seconds=1)
DAY_MINUTES = 24 * 60


class Range(NamedTuple):
    """Minutes after midnight on the wall; ``end`` is exclusive, and 1440 at midnight."""

    start: int
    end: int

    def __str__(self) -> str:
        return f"{as_clock(self.start)}–{as_clock(self.end)}"


class Span(NamedTuple):
    """Instants in UTC; ``end`` is exclusive."""

    start: datetime.datetime
    end: datetime.datetime


P = TypeVar("P", Range, Span)


class Stretch(NamedTuple):
    """Part of a day during which the clocks run through.

    :param offset: what the wall is ahead of UTC
    """

    start: datetime.datetime
    end: datetime.datetime
    offset: datetime.timedelta


def as_clock(minute: int) -> str:
    """09:05 for 545, 24:00 for the end of the day."""
    return f"{minute // 60:02}:{minute % 60:02}"


def minute_of_day(wall: datetime.datetime) -> int:
    return wall.hour * 60 + wall.minute


@lru_cache(maxsize=4096)
def stretches(day: datetime.date, zone: ZoneInfo) -> tuple[Stretch, ...]:
    """The instants at which the wall shows ``day``, in order; none at all if the zone skipped that day."""
    midnight = datetime.datetime.combine(day, datetime.time.min, datetime.UTC)
    # No zone is more than 14 hours ahead or 12 behind.
    hours = [midnight + HOUR * hour for hour in range(-15, 38)]
    found, since = [], hours[0]
    for earlier, later in itertools.pairwise(hours):
        if _offset(earlier, zone) != _offset(later, zone):
            change = _change(earlier, later, zone)
            found.append(Stretch(since, change, _offset(earlier, zone)))
            since = change
    found.append(Stretch(since, hours[-1], _offset(hours[-1], zone)))
    of_day = [
        Stretch(max(start, midnight - offset), min(end, midnight + 24 * HOUR - offset), offset)
        for start, end, offset in found
    ]
    return tuple(stretch for stretch in of_day if stretch.start < stretch.end)


def spans(day: datetime.date, hours: Range, zone: ZoneInfo) -> list[Span]:
    """The instants of ``day`` at which the wall shows a time within ``hours``."""
    midnight = datetime.datetime.combine(day, datetime.time.min, datetime.UTC)
    found = []
    for start, end, offset in stretches(day, zone):
        first = midnight + datetime.timedelta(minutes=hours.start) - offset
        last = midnight + datetime.timedelta(minutes=hours.end) - offset
        found.append(Span(max(first, start), min(last, end)))
    return [span for span in found if span.start < span.end]


def instant(day: datetime.date, minute: int, zone: ZoneInfo) -> datetime.datetime | None:
    """When the wall shows ``minute`` of ``day`` for the first time, in UTC; None: it never does."""
    found = spans(day, Range(minute, minute + 1), zone)
    return found[0].start if found else None


def day_bounds(day: datetime.date, zone: ZoneInfo) -> Span:
    """When ``day`` begins and the next one does, in UTC."""
    midnights = (datetime.datetime.combine(day + DAY * days, datetime.time.min, zone) for days in (0, 1))
    return Span(*(midnight.astimezone(datetime.UTC) for midnight in midnights))


def merged(parts: Iterable[P]) -> list[P]:
    """The same time in as few parts as can be, in order."""
    whole: list[P] = []
    for part in sorted(parts):
        if whole and part.start <= whole[-1].end:
            whole[-1] = whole[-1]._replace(end=max(whole[-1].end, part.end))
        else:
            whole.append(part)
    return whole


def _offset(at: datetime.datetime, zone: ZoneInfo) -> datetime.timedelta:
    return at.astimezone(zone).utcoffset() or datetime.timedelta()


def _change(earlier: datetime.datetime, later: datetime.datetime, zone: ZoneInfo) -> datetime.datetime:
    """The first instant after ``earlier`` at which the clocks have been changed, to the second."""
    before = _offset(earlier, zone)
    while later - earlier > SECOND:
        middle = earlier + (later - earlier) // (2 * SECOND) * SECOND
        if _offset(middle, zone) == before:
            earlier = middle
        else:
            later = middle
    return later
