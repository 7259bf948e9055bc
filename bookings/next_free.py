"""The next free times of a service across the people who perform it, as links that fill in the booking form."""

import datetime
import itertools
from dataclasses import dataclass

from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Business
from bookings.models import Booking, Service
from bookings.offers import Slot
from bookings.offers_data import DAY, offers_of

LOCAL_MINUTE = "%Y-%m-%dT%H:%M"
LOOK_AHEAD = 31 * DAY
DAYS, TIMES = 3, 6  # as much as fits beside the form


@dataclass(frozen=True)
class Choice:
    """One free time.

    :param wall: as <input type="datetime-local"> has it
    """

    at: datetime.datetime
    wall: str
    staff: int
    name: str
    url: str

    @property
    def short_name(self) -> str:
        return self.name.split(" ")[0]


@dataclass(frozen=True)
class NextFree:
    """The first days with room.

    :param more: how many times of a day are not among its choices
    :param searched_to: the last day that was looked at
    """

    days: list[tuple[datetime.date, list[Choice], int]]
    later: datetime.date
    searched_to: datetime.date


def next_free(
    service: Service,
    *,
    staff: int | None = None,
    first: datetime.date,
    business: Business,
    page: "FormPage",
    now: datetime.datetime,
) -> NextFree:
    """What is free from ``first`` on, within a month.

    :param staff: primary key of the only person asked for; None: anybody, and the least busy of the day is proposed
    """
    last = first + LOOK_AHEAD
    offers = offers_of(service, first=first, last=last, business=business, now=now, moving=page.booking)
    days = []
    for day in (first + number * DAY for number in range(LOOK_AHEAD.days + 1)):
        slots = [slot for slot in offers.slots(day, day) if staff in {None, *(who.pk for who in slot.people)}]
        if slots:
            choices = [_choice(slot, service, staff, business, page) for slot in slots[:TIMES]]
            days.append((day, choices, len(slots) - len(choices)))
        if len(days) == DAYS:
            break
    return NextFree(days, day + DAY, day)


@dataclass(frozen=True)
class FormPage:
    """The form that a choice fills in: that of a new booking of ``contact``, or that of ``booking``."""

    contact: str = ""
    booking: Booking | None = None

    def url(self, **values) -> str:
        if self.booking:
            return f"{reverse('bookings:edit', args=[self.booking.pk])}?{urlencode(values)}"
        contact = {"contact": self.contact} if self.contact else {}
        return f"{reverse('bookings:create')}?{urlencode(contact | values)}"


def _choice(slot: Slot, service: Service, staff: int | None, business: Business, page: FormPage) -> Choice:
    person = next(who for who in slot.people if staff in {None, who.pk})
    wall = f"{slot.at.astimezone(business.zone):{LOCAL_MINUTE}}"
    url = page.url(service=service.pk, staff=person.pk, starts_at=wall)
    return Choice(slot.at, wall, person.pk, person.name, url)


def nearest(slots: list[Slot], at: datetime.datetime, count: int) -> list[Slot]:
    """The ``count`` slots that lie nearest to ``at``, in order of time."""
    by_distance = sorted(slots, key=lambda slot: (abs(slot.at - at), slot.at))
    return sorted(itertools.islice(by_distance, count), key=lambda slot: slot.at)
