"""The next free times of a service across the people who perform it, to be put into the booking form."""

import datetime
from dataclasses import dataclass

from accounts.models import Business
from bookings.hours.reading import DAY
from bookings.models import Booking, Service
from bookings.slots.reading import nearest, offers_of
from bookings.times.offers import Slot

LOCAL_MINUTE = "%Y-%m-%dT%H:%M"
LOOK_AHEAD = 31 * DAY
DAYS, TIMES = 3, 6  # as much as can be read at a glance
INSTEAD = 3  # as many as are offered for a time that is taken


@dataclass(frozen=True)
class Choice:
    """One free time.

    :ivar wall: as <input type="datetime-local"> has it
    """

    at: datetime.datetime
    wall: str
    staff: int
    name: str

    @property
    def short_name(self) -> str:
        return self.name.split(" ")[0]

    @property
    def value(self) -> str:
        """Person and time in one, for a button; `read_choice` takes it apart."""
        return f"{self.staff} {self.wall}"


def read_choice(value: str) -> dict[str, str]:
    """What a `Choice.value` says, field by field; nothing where it is none."""
    staff, _, wall = value.partition(" ")
    return {"staff": staff, "starts_at": wall} if wall else {}


@dataclass(frozen=True)
class NextFree:
    """The first days with room.

    :param more: how many times of a day are not among its choices
    :param searched_to: the last day that was looked at
    :param nobody_works: whether nobody who was asked about has any hours
    """

    days: list[tuple[datetime.date, list[Choice], int]]
    later: datetime.date
    searched_to: datetime.date
    nobody_works: bool


def next_free(
    service: Service,
    *,
    staff: int | None = None,
    first: datetime.date,
    business: Business,
    moving: Booking | None = None,
    now: datetime.datetime,
) -> NextFree:
    """What is free from ``first`` on, within a month.

    :param staff: primary key of the only person asked for; None: anybody, and the least busy of the day is proposed
    :param moving: the booking that would move there; None for a new one
    """
    last = first + LOOK_AHEAD
    offers = offers_of(service, first=first, last=last, business=business, now=now, moving=moving)
    days = []
    for day in (first + number * DAY for number in range(LOOK_AHEAD.days + 1)):
        slots = [slot for slot in offers.slots(day, day) if slot.suits(staff)]
        if slots:
            choices = [_choice(slot, staff, business) for slot in slots[:TIMES]]
            days.append((day, choices, len(slots) - len(choices)))
        if len(days) == DAYS:
            break
    asked = (person for person in offers.facts.people if person.performs and staff in {None, person.pk})
    nobody_works = not any(person.weekly or person.days for person in asked)
    return NextFree(days, day + DAY, day, nobody_works)


def instead_of(
    at: datetime.datetime,
    service: Service,
    *,
    staff: int,
    business: Business,
    moving: Booking | None = None,
    now: datetime.datetime,
) -> list[Choice]:
    """The free times nearest to ``at``, which is taken, in order of time.

    :param staff: primary key of the person who is proposed wherever they are free
    """
    slots = nearest(
        lambda first, last: offers_of(
            service, first=first, last=last, business=business, now=now, moving=moving
        ),
        at,
        INSTEAD,
        earliest=now.astimezone(business.zone).date(),
        zone=business.zone,
    )
    return [_choice(slot, staff if slot.suits(staff) else None, business) for slot in slots]


def _choice(slot: Slot, staff: int | None, business: Business) -> Choice:
    person = next(who for who in slot.people if staff in {None, who.pk})
    return Choice(slot.at, f"{slot.at.astimezone(business.zone):{LOCAL_MINUTE}}", person.pk, person.name)
