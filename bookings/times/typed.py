"""Hours of work as people write them: 9-5, 9am–5pm, 0900-1700, or 9–12, 1–5. Nothing is read or saved here."""

import itertools
import re
from typing import NamedTuple

from bookings.times.wallclock import DAY_MINUTES, Range

ASK = "Write hours like 9–5, or 9–13, 14–17:30."
IN_ORDER = "Write the hours of a day in order, such as 9–12, 13–17."
CLOCK = r"(\d{1,2})(?:[:.]?(\d\d))?(am|pm)?"
STRETCH = re.compile(f"{CLOCK}(?:-|–|—|−|to|until|till){CLOCK}")
HALF_DAY = 12 * 60
SMALL_HOURS = 4  # nobody opens then, and half the world writes the afternoon so
MOST_RANGES = 6


class Clock(NamedTuple):
    """A time as it was written.

    :param half: am, pm, or empty
    :param is_24: whether it leaves no doubt without one: 13, 09, 0
    """

    hour: int
    minute: int
    half: str
    is_24: bool

    @classmethod
    def of(cls, hour: str, minute: str | None, half: str | None) -> "Clock":
        """:raises ValueError: with a sentence, if there is no such time"""
        clock = cls(int(hour), int(minute or 0), half or "", hour.startswith("0") or int(hour) > 12)
        if clock.minute > 59 or clock.hour > 24 or (clock.half and not 1 <= clock.hour <= 12):
            raise ValueError(f"There is no such time. {ASK}")
        return clock

    @property
    def is_afternoon(self) -> bool:
        """Whether it says so itself."""
        return self.half == "pm" or self.hour > 12

    @property
    def readings(self) -> list[int]:
        """What it can mean, in minutes after midnight, the plain meaning first."""
        if self.half:
            return [(self.hour % 12) * 60 + self.minute + (HALF_DAY if self.half == "pm" else 0)]
        plain = self.hour * 60 + self.minute
        return [plain] if self.is_24 else [plain, plain + HALF_DAY]


def read_hours(text: str) -> list[Range]:
    """The stretches of one day that ``text`` says, in order; nothing is no hours at all.

    A second hour that is not after the first is in the afternoon, and in a list hours go on from the stretch before.

    :raises ValueError: with a sentence for whoever typed it
    """
    words = re.sub(r"\s", "", text.lower()).replace("and", ",")
    words = re.sub(r"([ap])\.?m\.?", r"\1m", words)
    stretches = [word for word in re.split("[,;&+]", words) if word]
    if len(stretches) > MOST_RANGES:
        raise ValueError(f"At most {MOST_RANGES} stretches of work fit into a day.")
    hours: list[Range] = []
    before: tuple[Clock, int] | None = None
    for word in stretches:
        first, last = _clocks(word)
        hours.append(_range(first, last, before))
        before = first, hours[-1].end
    hours.sort()
    for earlier, later in itertools.pairwise(hours):
        if later.start < earlier.end:
            raise ValueError(f"{earlier} and {later} overlap.")
    return hours


def _clocks(word: str) -> tuple[Clock, Clock]:
    found = STRETCH.fullmatch(word)
    if not found:
        raise ValueError(ASK)
    first, last = Clock.of(*found.group(1, 2, 3)), Clock.of(*found.group(4, 5, 6))
    if last.half and not first.half and not first.is_24:  # 1–5pm: of both, if that fits
        of_both = first._replace(half=last.half)
        if of_both.readings[0] < _end(last.readings[0]):
            return of_both, last
    return first, last


def _range(first: Clock, last: Clock, before: tuple[Clock, int] | None) -> Range:
    """:param before: how the stretch before began, and when it ended; None for the first one"""
    start, since = first.readings[0], before[1] if before else 0
    ends = [_end(each) for each in last.readings]
    if first.hour > 12:  # who writes 13 writes 17, too
        ends = ends[:1]
    if start < since and len(first.readings) > 1:
        if before and before[0].is_afternoon:
            raise ValueError(IN_ORDER)
        can_be = [each for each in first.readings if any(each < end <= DAY_MINUTES for end in ends)] or [
            start
        ]
        start = next((each for each in can_be if each >= since), can_be[-1])
    end = next((each for each in ends if each > start), ends[0])
    if end > DAY_MINUTES:
        raise ValueError("A day ends at 24:00. Write the rest of the night on the next day.")
    hours = Range(start, end)
    if start >= end:
        raise ValueError(f"{hours} ends before it starts. For a night, write 22–24 and 0–6 on the next day.")
    if not before and not first.half and not first.is_24 and first.hour <= SMALL_HOURS and not last.half:
        afternoon = Range(start + HALF_DAY, end + HALF_DAY)
        raise ValueError(f"Morning or afternoon? Write {afternoon}, or {hours}.")
    return hours


def _end(minute: int) -> int:
    """The midnight at which a day ends is the next one."""
    return minute or DAY_MINUTES
