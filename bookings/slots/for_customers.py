"""The free times of a service as customers choose them: a month of days, then the times of one of them.

A time travels in a link as an instant that we signed, so that no page has to make sense of a clock on the wall.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.core.signing import BadSignature, Signer
from django.db.models import Exists, OuterRef

from accounts.models import Business, User
from bookings.hours.reading import DAY, people, performs
from bookings.models import Booking, DayHours, Service, WorkingHours
from bookings.slots.month import Choice, Day, Time
from bookings.slots.reading import nearest, offers_of
from bookings.times.offers import Offers, Slot
from bookings.times.roster import Person

MINUTE = 60  # seconds
NOON, EVENING = 12, 17
NEAREST = 3


def key_of(at: datetime.datetime, service: Service) -> str:
    return _signer(service).sign(f"{int(at.timestamp()) // MINUTE:x}")


def at_of(key: str, service: Service) -> datetime.datetime | None:
    """The instant of a link in UTC; None if it is not one of ours for this service."""
    try:
        minutes = int(_signer(service).unsign(key), 16)
    except BadSignature:
        return None
    return datetime.datetime.fromtimestamp(minutes * MINUTE, datetime.UTC)


def _signer(service: Service) -> Signer:
    return Signer(salt=f"careops.time.{service.pk}")


@dataclass(frozen=True, kw_only=True)
class Search:
    """What a customer looks for.

    :param staff: primary key of the only person asked for; None: anybody
    :param moving: the booking that would move there and so is in nobody's way; None: a new one
    """

    service: Service
    business: Business
    now: datetime.datetime
    staff: int | None = None
    moving: Booking | None = None

    @property
    def today(self) -> datetime.date:
        return self.now.astimezone(self.business.zone).date()

    @property
    def until(self) -> datetime.date:
        """The last day that customers can have."""
        return self.today + self.service.horizon * DAY


def public_offers(search: Search, first: datetime.date, last: datetime.date) -> Offers:
    """The times that customers can have from ``first`` to ``last``, with nobody who never does."""
    offers = offers_of(
        search.service,
        first=first,
        last=last,
        business=search.business,
        now=search.now,
        for_customers=True,
        moving=search.moving,
    )
    takers = [who for who in offers.facts.people if _takes_visits(who) and search.staff in {None, who.pk}]
    return Offers(replace(offers.facts, people=takers))


def _takes_visits(person: Person) -> bool:
    return person.performs and (any(person.weekly.values()) or any(person.days.values()))


def who_takes(service: Service, *, today: datetime.date) -> list[User]:
    """Whom customers can choose for ``service``, by name: whoever performs it and has hours at all."""
    hours = WorkingHours.objects.filter(staff=OuterRef("pk"))
    exceptions = DayHours.objects.filter(staff=OuterRef("pk"), date__gte=today)
    return list(people().filter(performs(service)).filter(Exists(hours) | Exists(exceptions)))


def first_times(
    search: Search, *, first: datetime.date, last: datetime.date
) -> dict[int | None, datetime.datetime]:
    """The first free time of each person from ``first`` to ``last``, by primary key; of anybody under None."""
    offers = public_offers(search, first, last)
    found: dict[int | None, datetime.datetime] = {}
    wanted = {person.pk for person in offers.facts.people}
    for day in (first + number * DAY for number in range((last - first).days + 1)):
        for slot in offers.slots(day, day):
            for pk in (None, *(person.pk for person in slot.people)):
                found.setdefault(pk, slot.at)
        if wanted <= found.keys():
            break
    return found


def times_to_choose(search: Search, *, day: datetime.date | None, month: datetime.date | None) -> Choice:
    """A month of days, opened on ``day`` or the next one with room in it, else on its first one.

    Without day and month it is the month of the first day with room.

    :param month: any day of it
    """
    today, until, offers = search.today, search.until, None
    wanted = day or month or today
    if not (day or month) or not today <= _month_end(wanted) or not wanted.replace(day=1) <= until:
        found = first_day(search, today, until)
        wanted, offers, day = (*found, None) if found else (today, None, None)
    first, last = max(today, wanted.replace(day=1)), min(until, _month_end(wanted))
    offers = offers or public_offers(search, first, last)
    days = [first + number * DAY for number in range((last - first).days + 1)]
    free = {each: times for each in days if (times := offers.count(each))}
    weeks = _weeks(wanted, free, closed=offers.facts.closed, first=first, last=last)
    chosen = min((each for each in free if day and each >= day), default=min(free, default=None))
    later = _month_end(wanted) + DAY
    after = first_day(search, later, until) if not free and later <= until else None
    return Choice(
        month=wanted.replace(day=1),
        weeks=weeks,
        earlier=(first - DAY).replace(day=1) if wanted.replace(day=1) > today else None,
        later=later if later <= until else None,
        day=next((each for week in weeks for each in week if each and each.date == chosen), None),
        parts=_parts(offers.slots(chosen, chosen), search) if chosen else [],
        next_day=Day(after[0]) if after else None,
        until=until,
    )


def first_day(
    search: Search, first: datetime.date, last: datetime.date
) -> tuple[datetime.date, Offers] | None:
    """The first day with room, and the times of its whole month. What comes soon is read first."""
    soon = min(last, _month_end(first + 7 * DAY))
    for start, end in [(first, soon), (soon + DAY, last)]:
        if start > end:
            continue
        offers = public_offers(search, start, end)
        days = (start + number * DAY for number in range((end - start).days + 1))
        if found := next((day for day in days if offers.has_room(day)), None):
            return found, offers
    return None


def nearest_times(search: Search, at: datetime.datetime) -> list[Time]:
    """The free times that lie nearest to ``at``, in order of time: within a week, else the first there are."""
    slots = nearest(
        lambda first, last: public_offers(search, first, last),
        at,
        NEAREST,
        earliest=search.today,
        latest=search.until,
        zone=search.business.zone,
    )
    if not slots and (found := first_day(search, search.today, search.until)):
        first, offers = found
        slots = offers.nearest(at, NEAREST, first=first, last=first)
    return [_time(slot, search.service) for slot in slots]


def _weeks(
    month: datetime.date,
    free: dict[datetime.date, int],
    *,
    closed: Mapping[datetime.date, str],
    first: datetime.date,
    last: datetime.date,
) -> list[list[Day | None]]:
    start, end = month.replace(day=1), _month_end(month)
    days: list[Day | None] = [None] * start.weekday()
    for number in range(end.day):
        date = start + number * DAY
        days.append(Day(date, free.get(date, 0), closed.get(date), not first <= date <= last))
    days += [None] * (-len(days) % 7)
    weeks = [days[start : start + 7] for start in range(0, len(days), 7)]
    return [week for week in weeks if not all(day is None or day.is_past for day in week)]


def _parts(slots: list[Slot], search: Search) -> list[tuple[str, list[Time]]]:
    parts: dict[str, list[Time]] = {"Morning": [], "Afternoon": [], "Evening": []}
    for slot in slots:
        hour = slot.at.astimezone(search.business.zone).hour
        name = "Morning" if hour < NOON else "Afternoon" if hour < EVENING else "Evening"
        parts[name].append(_time(slot, search.service))
    return [(name, times) for name, times in parts.items() if times]


def _time(slot: Slot, service: Service) -> Time:
    return Time(slot.at, key_of(slot.at, service), tuple(person.pk for person in slot.people))


def _month_end(day: datetime.date) -> datetime.date:
    return (day.replace(day=28) + 4 * DAY).replace(day=1) - DAY
