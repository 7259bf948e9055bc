"""What decides about the times of a service, and what is offered by it."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from bookings.times.roster import Person

NONE = datetime.timedelta()


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What decides about the times of one service.

    :param before: what it wants free before a visit, ``after`` likewise
    :param step: minutes between two starts, counted from the full hour on the wall
    :param notice: how long before the start customers may still book
    :param horizon: how many days ahead customers may book
    :param most_per_day: how many visits of it customers can have on a day, ``most_per_staff_day`` with one person;
        None: no limit
    :param booked: the visits of it that there are, as person and start
    :param people: in the order in which equals are preferred
    :param closed: days on which nobody works, and what they are called
    :param for_customers: whether the times are offered to customers; notice, horizon and limits do not bind staff
    """

    service: str
    length: datetime.timedelta
    before: datetime.timedelta = NONE
    after: datetime.timedelta = NONE
    step: int = 15
    notice: datetime.timedelta = NONE
    horizon: int = 365
    most_per_day: int | None = None
    most_per_staff_day: int | None = None
    booked: Sequence[tuple[int, datetime.datetime]] = ()
    people: Sequence[Person] = ()
    closed: Mapping[datetime.date, str] = field(default_factory=dict)
    zone: ZoneInfo
    now: datetime.datetime
    for_customers: bool = False


@dataclass(frozen=True)
class Slot:
    """A time that is offered.

    :param at: in UTC
    :param people: who is free then, the one with the least to do on that day first
    """

    at: datetime.datetime
    people: tuple[Person, ...]

    def suits(self, staff: int | None) -> bool:
        """Whether the person with that primary key is free then; None: anybody is."""
        return staff in {None, *(person.pk for person in self.people)}
