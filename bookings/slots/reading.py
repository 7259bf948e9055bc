"""Reads the facts that decide about the times of a service: six statements, however many people and days."""

import datetime
from collections import defaultdict
from collections.abc import Iterable

from django.db.models import Exists, OuterRef
from django.db.models.functions import Lower

from accounts.models import Business, User
from bookings.models import Booking, ClosedDay, DayHours, Service, TimeOff, WorkingHours
from bookings.models.terms import LONGEST_BUFFER
from bookings.times import wallclock
from bookings.times.offers import Facts, Offers
from bookings.times.roster import Away, Busy, Person, Roster

DAY = datetime.timedelta(days=1)
MARGIN = DAY + datetime.timedelta(minutes=LONGEST_BUFFER)  # the longest visit and its buffer
MINUTE = datetime.timedelta(minutes=1)


def offers_of(
    service: Service,
    *,
    first: datetime.date,
    last: datetime.date,
    business: Business,
    now: datetime.datetime,
    for_customers: bool = False,
    moving: Booking | None = None,
) -> Offers:
    """The times of ``service`` from ``first`` to ``last``, with everybody who works here.

    :param moving: the booking that would move there and so is in nobody's way; None for a new one
    """
    everybody = people().annotate(performs=performs(service))
    busy, booked = _busy(service, first, last, business=business, named=not for_customers, moving=moving)
    return Offers(
        Facts(
            service=service.name,
            length=service.length,
            before=service.before,
            after=service.after,
            step=service.step,
            notice=service.notice * MINUTE,
            horizon=service.horizon,
            most_per_day=service.most_per_day,
            most_per_staff_day=service.most_per_staff_day,
            booked=booked,
            people=_persons(everybody, first, last, business=business, busy=busy),
            closed=_closed(first, last),
            zone=business.zone,
            now=now,
            for_customers=for_customers,
        )
    )


def roster_of(
    staff: Iterable[User], *, first: datetime.date, last: datetime.date, business: Business
) -> tuple[Roster, dict[int, Person]]:
    """When ``staff`` work on those days, and each of them by primary key."""
    persons = _persons(staff, first, last, business=business, busy={})
    return Roster(zone=business.zone, closed=_closed(first, last)), {person.pk: person for person in persons}


def people():
    """Everybody who can be given a visit, by name."""
    return User.objects.active().order_by(Lower("name"), "pk")


def performs(service: Service):
    """Whether somebody performs ``service``, for queries about people."""
    performers = Service.performers.through.objects.filter(service=service)
    return ~Exists(performers) | Exists(performers.filter(user=OuterRef("pk")))


def _persons(
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
    start, end = _midnights(first, last, business)
    for hours in WorkingHours.objects.order_by("weekday", "start"):
        weekly[hours.staff_id][hours.weekday].append(hours.range)
    for hours in DayHours.objects.filter(date__range=(first - DAY, last + DAY)).order_by("date", "start"):
        days[hours.staff_id][hours.date].append(hours.range)
    for off in TimeOff.objects.filter(starts_at__lt=end + MARGIN, ends_at__gt=start - MARGIN).order_by(
        "starts_at"
    ):
        away[off.staff_id].append(Away(off.starts_at, off.ends_at, off.reason))
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


def _busy(
    service: Service,
    first: datetime.date,
    last: datetime.date,
    *,
    business: Business,
    named: bool,
    moving: Booking | None,
) -> tuple[dict[int, list[Busy]], list[tuple[int, datetime.datetime]]]:
    """What keeps people busy, by person, and the visits of ``service`` among it, as person and start."""
    start, end = _midnights(first, last, business)
    visits = Booking.objects.holding_time().starting_between(start - MARGIN, end + MARGIN)
    if moving:
        visits = visits.exclude(pk=moving.pk)
    rows = visits.order_by("starts_at", "pk").values_list(
        *(
            "staff_id",
            "starts_at",
            "ends_at",
            "service__buffer_before",
            "service__buffer_after",
            "contact__name",
            "pk",
            "service_id",
        )
    )
    busy, booked = defaultdict(list), []
    for staff, starts_at, ends_at, before, after, name, key, what in rows:
        who, which = (name, key) if named else ("", None)
        busy[staff].append(Busy(starts_at, ends_at, before * MINUTE, after * MINUTE, who, which))
        if what == service.pk:
            booked.append((staff, starts_at))
    return busy, booked


def _closed(first: datetime.date, last: datetime.date) -> dict[datetime.date, str]:
    days = ClosedDay.objects.filter(date__range=(first - DAY, last + DAY))
    return dict(days.values_list("date", "name"))


def _midnights(
    first: datetime.date, last: datetime.date, business: Business
) -> tuple[datetime.datetime, datetime.datetime]:
    """When those days begin and end."""
    zone = business.zone
    return wallclock.day_bounds(first, zone).start, wallclock.day_bounds(last, zone).end
