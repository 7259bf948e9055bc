"""The cards of the diary, and how those that overlap share the width of a column."""

from dataclasses import dataclass, replace

from bookings.models import Booking
from bookings.times.wallclock import Range

MOST_LANES = 6


@dataclass(frozen=True)
class Card:
    """A visit in its place.

    :param column: counted from 1
    :param lane: counted from 0, of so many ``lanes`` that lie beside each other
    """

    booking: Booking
    column: int
    at: Range
    lane: int = 0
    lanes: int = 1


def lanes(cards: list[Card]) -> list[Card]:
    """The cards of one column, those that overlap beside each other."""
    found: list[Card] = []
    group: list[Card] = []
    ends: list[int] = []  # of each lane of the group
    for card in sorted(cards, key=lambda card: (card.at.start, -card.at.end, card.booking.pk)):
        if group and card.at.start >= max(ends):
            found += _closed_group(group, len(ends))
            group, ends = [], []
        free = next((number for number, end in enumerate(ends) if end <= card.at.start), len(ends))
        ends[free : free + 1] = [card.at.end]
        group.append(replace(card, lane=free))
    return found + _closed_group(group, len(ends))


def _closed_group(group: list[Card], count: int) -> list[Card]:
    count = min(count, MOST_LANES)
    return [replace(card, lane=min(card.lane, MOST_LANES - 1), lanes=count) for card in group]
