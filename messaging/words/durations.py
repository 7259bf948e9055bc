"""How long before or after something, in words that people type and read; kept as whole minutes."""

import re
from collections.abc import Callable

UNITS = {"week": 7 * 24 * 60, "day": 24 * 60, "hour": 60, "minute": 1}  # minutes, the longest first
WRITTEN = re.compile(
    r"(\d{1,5})\s*(?:(weeks?|w)|(days?|d)|(hours?|hrs?|h)|(minutes?|mins?))", re.IGNORECASE | re.ASCII
)
AT_ONCE = "at once"
NUMBERS = ["", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
LONGEST = 60 * 24 * 60  # minutes


def words(minutes: int) -> str:
    """1 day for 1440, 90 minutes for 90; at once for 0"""
    return _said(minutes, number=str)


def spelled(minutes: int) -> str:
    """one day for 1440, 90 minutes for 90; at once for 0"""
    return _said(minutes, number=lambda count: NUMBERS[count] if count < len(NUMBERS) else str(count))


def _said(minutes: int, *, number: Callable[[int], str]) -> str:
    if minutes == 0:
        return AT_ONCE
    unit, size = next((unit, size) for unit, size in UNITS.items() if minutes % size == 0)
    count = minutes // size
    return f"{number(count)} {unit}{'' if count == 1 else 's'}"


def parse(text: str) -> int:
    """The minutes that ``text`` stands for.

    :raises ValueError: with a sentence for whoever typed it
    """
    text = text.strip()
    if text.lower() == AT_ONCE:
        return 0
    if not (written := WRITTEN.fullmatch(text)):
        raise ValueError(f"“{text[:40]}” is not a time. Write it as 1 day, 2 hours or 30 minutes.")
    size = next(size for group, size in zip(written.groups()[1:], UNITS.values(), strict=True) if group)
    minutes = int(written[1]) * size
    if minutes > LONGEST:
        raise ValueError(f"“{text[:40]}” is too long: 60 days is the most.")
    return minutes


def parse_several(text: str) -> list[int]:
    """The minutes of each time in a list with commas, the longest first.

    :raises ValueError: with a sentence for whoever typed it
    """
    found: dict[int, str] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        minutes = parse(part)
        if minutes in found:
            raise ValueError(f"{found[minutes]} and {part} are the same time. Write it once.")
        found[minutes] = part
    return sorted(found, reverse=True)
