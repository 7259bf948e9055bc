"""Reads who works when: four statements, however many people and days."""

import datetime
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower

from accounts.models import Business, User
from bookings.models import ClosedDay, DayHours, Service, TimeOff, WorkingHours
from bookings.models.terms import LONGEST_BUFFER
from bookings.times import wallclock
from bookings.times.roster import Away, Busy, Person, Roster
from bookings.times.wallclock import Range

DAY = datetime.timedelta(days=1)
MARGIN = DAY + datetime.timedelta(minutes=LONGEST_BUFFER)  # the longest visit and its buffer


def roster_of(
    staff: Iterable[User], *, first: datetime.date, last: datetime.date, business: Business
) -> tuple[Roster, dict[int, Person]]:
    """When ``staff`` work on those days, and each of them by primary key."""
    persons = persons_of(staff, first, last, business=business, busy={})
    return Roster(zone=business.zone, closed=closed_days(first, last)), {
        person.pk: person for person in persons
    }


def people():
    """Everybody who can be given a visit, by name."""
    return User.objects.active().order_by(Lower("name"), "pk")


def performs(service: Service):
    """Whether somebody performs ``service``, for queries about people."""
    performers = Service.performers.through.objects.filter(service=service)
    return ~Exists(performers) | Exists(performers.filter(user=OuterRef("pk")))


def persons_of(
    staff: Iterable[User],
    first: datetime.date,
    last: datetime.date,
    *,
    business: Business,
    busy: dict[int, list[Busy]],
) -> list[Person]:
    weekly: dict[int, dict[int, list]] = defaultdict(lambda: defaultdict(list))
    days: dict[int, dict[datetime.date, list]] = defaultdict(lambda: defaultdict(list))
    away: dict[int, list[Away]] = defaultdict(list)
    start, end = midnights(first, last, business)
    # Values and not models: there are hundreds, and each is a few numbers.
    hours = WorkingHours.objects.order_by("weekday", "start")
    for pk, weekday, *at in hours.values_list("staff", "weekday", "start", "end"):
        weekly[pk][weekday].append(Range(*at))
    exceptions = DayHours.objects.filter(date__range=(first - DAY, last + DAY)).order_by("date", "start")
    for pk, date, *at in exceptions.values_list("staff", "date", "start", "end"):
        days[pk][date].append(Range(*at))
    off = TimeOff.objects.filter(starts_at__lt=end + MARGIN, ends_at__gt=start - MARGIN).order_by("starts_at")
    for pk, *what in off.values_list("staff", "starts_at", "ends_at", "reason"):
        away[pk].append(Away(*what))
    return [
        Person(
            user.pk,
            user.name,
            weekly[user.pk],
            dict(days[user.pk]),
            away[user.pk],
            busy.get(user.pk, []),
            getattr(user, "performs", True),
        )
        for user in staff
    ]


def closed_days(first: datetime.date, last: datetime.date) -> dict[datetime.date, str]:
    days = ClosedDay.objects.filter(date__range=(first - DAY, last + DAY))
    return dict(days.values_list("date", "name"))


def midnights(
    first: datetime.date, last: datetime.date, business: Business
) -> tuple[datetime.datetime, datetime.datetime]:
    """When those days begin and end."""
    zone = business.zone
    return wallclock.day_bounds(first, zone).start, wallclock.day_bounds(last, zone).end
