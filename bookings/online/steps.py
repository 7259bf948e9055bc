"""What a customer who is booking has chosen so far. All of it stands in the address of the page."""

import datetime
from collections.abc import Iterable
from dataclasses import replace
from functools import cached_property

from django.http import Http404, QueryDict
from django.urls import reverse
from django.utils.http import urlencode

from accounts.models import Business, User
from bookings.models import Service
from bookings.slots import for_customers
from careops.core import moments
from messaging.words import durations

ANYBODY = "any"
LOOK_AHEAD = 21  # days in which the first time of each person is looked for
PREFILLED = {"name": 120, "email": 254, "phone": 40}  # characters
WHERE = {
    Service.Location.PREMISES: "At our place",
    Service.Location.PHONE: "By phone: we call you",
    Service.Location.VIDEO: "By video",
    Service.Location.CUSTOMER: "At your address",
}


class Particulars:
    """What customers read about a visit of a service.

    :param starts_at: None: not chosen yet
    :param limit: how long before it can be moved or called off online; None: as long as the service says
    """

    def __init__(
        self,
        service: Service,
        business: Business,
        *,
        starts_at: datetime.datetime | None,
        now: datetime.datetime,
        limit: datetime.timedelta | None = None,
    ):
        self.service, self.business, self.starts_at, self.now = service, business, starts_at, now
        self.limit = datetime.timedelta(minutes=service.cancel_limit) if limit is None else limit

    @property
    def length(self) -> str:
        return durations.words(self.service.minutes)

    @property
    def where(self) -> str:
        if self.service.location == Service.Location.PREMISES and self.business.address:
            return self.business.address
        return WHERE[Service.Location(self.service.location)]

    @property
    def zone(self) -> str:
        """The place whose clocks the times are those of, such as London."""
        return self.business.time_zone.rpartition("/")[2].replace("_", " ")

    @property
    def day(self) -> str:
        """Tuesday 14 July 2026"""
        return f"{self.starts_at.astimezone(self.business.zone):%A %-d %B %Y}"

    @property
    def terms(self) -> str:
        """Until when it can be moved or called off online, as a sentence."""
        if self.starts_at is None:
            limit = self.service.cancel_limit
            return f"Up to {durations.words(limit)} before" if limit else "Until it begins"
        until = self.starts_at - self.limit
        if until <= self.now:
            return "By phone only, as it is so soon"
        wall = until.astimezone(self.business.zone)
        return f"Until {wall:%a %-d %b}, {moments.hour(wall)}"


class Path:
    """The way from a service to its booking.

    :param query: staff, the time as ``at``, and what the form is filled in with
    :param is_one_of_many: whether there were other services to choose from
    :param needs_time: whether a time must have been chosen
    :raises Http404: where something was chosen that is not offered
    """

    def __init__(
        self,
        query: QueryDict,
        service: Service,
        *,
        is_one_of_many: bool,
        needs_time: bool,
        business: Business,
        now: datetime.datetime,
    ):
        self.service, self.business, self.now = service, business, now
        self.is_one_of_many = is_one_of_many
        self.prefilled = prefilled(query)
        self.chosen, key = query.get("staff", ""), query.get("at", "")
        self.at = for_customers.at_of(key, service) if key else None
        if self.at is None and (key or needs_time):
            raise Http404
        self.staff = self._staff()

    @cached_property
    def people(self) -> list[User]:
        today = self.now.astimezone(self.business.zone).date()
        return for_customers.who_takes(self.service, today=today)

    def _staff(self) -> User | None:
        if self.chosen in {"", ANYBODY}:
            return None
        for person in self.people:
            if str(person.pk) == self.chosen:
                return person
        raise Http404

    @property
    def search(self) -> for_customers.Search:
        staff = self.staff.pk if self.staff else None
        return for_customers.Search(service=self.service, business=self.business, now=self.now, staff=staff)

    @cached_property
    def is_offered(self) -> bool:
        """Whether the time is still free."""
        day = self.at.astimezone(self.business.zone).date()
        offers = for_customers.public_offers(self.search, day, day)
        return offers.slot(self.at) is not None

    def first_times(self) -> tuple[datetime.datetime | None, list[tuple[User, datetime.datetime | None]]]:
        """When anybody is free first, and each person, as far as that is within the next weeks."""
        today = self.now.astimezone(self.business.zone).date()
        last = today + min(self.service.horizon, LOOK_AHEAD) * for_customers.DAY
        anybody = replace(self.search, staff=None)
        first = for_customers.first_times(anybody, first=today, last=last)
        return first.get(None), [(person, first.get(person.pk)) for person in self.people]

    def nearest(self) -> list[tuple[for_customers.Time, str]]:
        """The free times nearest to the one that is gone, and the page that books each."""
        times = for_customers.nearest_times(self.search, self.at)
        return [(time, self.url("book_details", at=time.key)) for time in times]

    @property
    def visit(self) -> Particulars:
        return Particulars(self.service, self.business, starts_at=self.at, now=self.now)

    @property
    def visit_without_time(self) -> Particulars:
        return Particulars(self.service, self.business, starts_at=None, now=self.now)

    @property
    def with_whom(self) -> str:
        if self.staff:
            return self.staff.name
        return self.people[0].name if len(self.people) == 1 else "Whoever is free"

    def url(self, name: str, **changes: str) -> str:
        """Another page of the way, with what was chosen."""
        return self.open_url(name, **changes).rstrip("?&")

    def open_url(self, name: str, **changes: str) -> str:
        """The same, to which one more choice can be added."""
        values = {"staff": self.chosen, **changes} | self.prefilled
        chosen = urlencode({name: value for name, value in values.items() if value})
        return f"{reverse(name, args=[self.service.pk])}?{chosen}{'&' if chosen else ''}"

    @property
    def back_to_services(self) -> str:
        return f"{reverse('book')}?{urlencode(self.prefilled)}".rstrip("?")

    @property
    def back_to_person(self) -> str:
        return self.url("book_service", staff="")

    @property
    def back_to_times(self) -> str:
        day = f"{self.at.astimezone(self.business.zone):%Y-%m-%d}" if self.at else ""
        return self.url("book_times", day=day)

    def step(self, name: str) -> str:
        """Such as "Step 2 of 4: day and time"; without the steps on which there is nothing to choose."""
        steps = ["service"] if self.is_one_of_many else []
        steps += ["person"] if len(self.people) > 1 else []
        steps += ["day and time", "your details"]
        return f"Step {steps.index(name) + 1} of {len(steps)}: {name}"


def prefilled(query: QueryDict) -> dict[str, str]:
    """What a link brings along for the form, so that it can be handed out to somebody."""
    return {name: query[name][:longest] for name, longest in PREFILLED.items() if query.get(name)}


def grouped(offered: Iterable[Service], business: Business) -> list[tuple[str, list[tuple[Service, str]]]]:
    """Services with their length by where they take place, in the order of `WHERE`."""
    at_ours = ", ".join(business.address.split("\n"))
    words = WHERE | ({Service.Location.PREMISES: f"At {at_ours}"} if at_ours else {})
    groups: dict[str, list] = {place: [] for place in WHERE}
    for service in offered:
        groups[service.location].append((service, durations.words(service.minutes)))
    return [(words[place], found) for place, found in groups.items() if found]
