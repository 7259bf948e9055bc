"""A day as a picture: one lane for each person who works, one bar for each visit.

Widths are shares of the picture, heights are pixels, so that it fits any page without a script.
"""

import datetime
from dataclasses import dataclass
from itertools import groupby

from django.utils import timezone

from bookings.models import Booking

LANE = 36  # pixels
BAR = 28
MOST_LANES = 10
FROM, TO = 9, 17  # the hours that are shown at least


@dataclass(frozen=True)
class Bar:
    booking: Booking
    x: str
    y: int
    width: str
    is_over: bool
    is_here: bool
    is_requested: bool

    @property
    def state(self) -> str:
        """How it is drawn."""
        if self.is_over:
            return "over"
        return "here" if self.is_here else "requested" if self.is_requested else "to-come"

    @property
    def remark(self) -> str:
        """What is added to its title."""
        return ", only requested" if self.is_requested else ", is here" if self.is_here else ""


@dataclass(frozen=True)
class Lane:
    name: str
    y: int
    bars: list[Bar]


@dataclass(frozen=True)
class Lanes:
    """The picture.

    :param hours: where each second full hour lies, and how it is called
    :param now: where the present lies; None outside the hours that are shown
    """

    lanes: list[Lane]
    height: int
    hours: list[tuple[str, str]]
    now: str | None


def draw(bookings: list[Booking], *, now: datetime.datetime) -> Lanes | None:
    """The visits among one day's ``bookings``; None where there are none, or too many people for a picture."""
    visits = [booking for booking in bookings if booking.status in Booking.HOLDS_TIME]
    people = {visit.staff_id for visit in visits}
    if not visits or len(people) > MOST_LANES:
        return None
    scale = _Scale(visits)
    visits.sort(key=lambda visit: (visit.staff.name, visit.staff_id, visit.starts_at))
    lanes = [
        Lane(name, number * LANE, [scale.bar(visit, number, now) for visit in group])
        for number, ((name, _), group) in enumerate(
            groupby(visits, key=lambda visit: (visit.staff.name, visit.staff_id))
        )
    ]
    return Lanes(lanes, len(lanes) * LANE, scale.hours(), scale.now(now))


class _Scale:
    """From the time on the clock to the place in the picture."""

    def __init__(self, visits: list[Booking]):
        first = _wall(min(visit.starts_at for visit in visits))
        last = _wall(max(visit.ends_at for visit in visits))
        midnight = first.replace(hour=0, minute=0)
        hour = datetime.timedelta(hours=1)
        self.start = min(midnight + FROM * hour, first.replace(minute=0))
        self.end = max(
            midnight + TO * hour, last - datetime.timedelta(minutes=last.minute) + bool(last.minute) * hour
        )

    def share(self, moment: datetime.datetime) -> float:
        return (moment - self.start) / (self.end - self.start)

    def bar(self, visit: Booking, lane: int, now: datetime.datetime) -> Bar:
        x, end = self.share(_wall(visit.starts_at)), self.share(_wall(visit.ends_at))
        y = lane * LANE + (LANE - BAR) // 2
        return Bar(
            visit,
            f"{x:.2%}",
            y,
            f"{end - x:.2%}",
            is_over=visit.ends_at <= now or visit.status == Booking.Status.COMPLETED,
            is_here=visit.status == Booking.Status.ARRIVED,
            is_requested=visit.is_requested,
        )

    def hours(self) -> list[tuple[str, str]]:
        count = (self.end - self.start) // datetime.timedelta(hours=1)
        moments = [self.start + datetime.timedelta(hours=hour) for hour in range(0, count, 2)]
        return [(f"{self.share(moment):.2%}", f"{moment:%H:%M}") for moment in moments]

    def now(self, now: datetime.datetime) -> str | None:
        share = self.share(_wall(now))
        return f"{share:.2%}" if 0 <= share <= 1 else None


def _wall(moment: datetime.datetime) -> datetime.datetime:
    """What the clock on the wall shows, without seconds. A day with 23 or 25 hours is drawn like any other."""
    return timezone.localtime(moment).replace(tzinfo=None, second=0, microsecond=0)
