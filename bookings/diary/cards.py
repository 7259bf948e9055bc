"""The cards of the diary, and how those that overlap share the width of a column."""

from typing import NamedTuple

from bookings.diary.visits import Visit
from bookings.models import Booking
from bookings.times.wallclock import Range

MOST_LANES = 6


class Card(NamedTuple):
    """A visit in its place.

    :param column: counted from 1
    :param lane: counted from 0, of so many ``lanes`` that lie beside each other
    """

    booking: Booking | Visit
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
        group.append(card._replace(lane=free) if free else card)
    return found + _closed_group(group, len(ends))


def _closed_group(group: list[Card], count: int) -> list[Card]:
    count = min(count, MOST_LANES)
    if count == 1:
        return group
    return [card._replace(lane=min(card.lane, MOST_LANES - 1), lanes=count) for card in group]
