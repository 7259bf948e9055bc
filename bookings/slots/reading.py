"""Reads the facts that decide about the times of a service: six statements, however many people and days."""

import datetime
from collections import defaultdict
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.db.models import FloatField, Func

from accounts.models import Business
from bookings.hours.reading import DAY, MARGIN, closed_days, midnights, people, performs, persons_of
from bookings.models import Booking, Service
from bookings.times.facts import Facts, Slot
from bookings.times.offers import Offers
from bookings.times.roster import Busy

MINUTE, HOUR = datetime.timedelta(minutes=1), datetime.timedelta(hours=1)
AROUND = (DAY, 7 * DAY)  # most times that are taken have others near them, and few visits to read
BUFFERS = ("service__buffer_before", "service__buffer_after")


class Epoch(Func):
    """Seconds since 1970: a month has thousands of visits, and the driver takes fifteen times as long for a time."""

    template = "EXTRACT(epoch FROM %(expressions)s)::float8"
    output_field = FloatField()


def offers_of(
    service: Service,
    *,
    first: datetime.date,
    last: datetime.date,
    business: Business,
    now: datetime.datetime,
    for_customers: bool = False,
    named: bool = False,
    moving: Booking | None = None,
) -> Offers:
    """The times of ``service`` from ``first`` to ``last``, with everybody who works here.

    :param named: whether reasons say whose visit is in the way, and which
    :param moving: the booking that would move there and so is in nobody's way; None for a new one
    """
    everybody = people().annotate(performs=performs(service))
    busy, booked = _busy(service, first, last, business=business, named=named, moving=moving)
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
            people=persons_of(everybody, first, last, business=business, busy=busy),
            closed=closed_days(first, last),
            zone=business.zone,
            now=now,
            for_customers=for_customers,
        )
    )


def nearest(
    read: Callable[[datetime.date, datetime.date], Offers],
    at: datetime.datetime,
    count: int,
    *,
    earliest: datetime.date,
    latest: datetime.date = datetime.date.max,
    zone: ZoneInfo,
) -> list[Slot]:
    """The ``count`` slots that lie nearest to ``at``, which is taken, in order of time: within a week at most.

    :param read: from a first day to a last one
    """
    day, slots = at.astimezone(zone).date(), []
    for reach in AROUND:
        first, last = max(earliest, day - reach), min(latest, day + reach)
        if first > last:
            break
        slots = read(first, last).nearest(at, count, first=first, last=last, but=at)
        # Whatever is offered on days further out lies further away than the days in between are long.
        if len(slots) == count and all(abs(slot.at - at) < reach - HOUR for slot in slots):
            break
    return slots


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
    since, until = midnights(first, last, business)
    visits = Booking.objects.holding_time().starting_between(since - MARGIN, until + MARGIN)
    if moving:
        visits = visits.exclude(pk=moving.pk)
    whose = ("contact__name", "pk") if named else ()
    rows = visits.values_list("service", "staff", Epoch("starts_at"), Epoch("ends_at"), *BUFFERS, *whose)
    busy, booked, moment = defaultdict(list), [], datetime.datetime.fromtimestamp
    for what, staff, start, end, before, after, *who in rows:
        starts_at = moment(start, datetime.UTC)
        busy[staff].append(Busy(starts_at, moment(end, datetime.UTC), before * MINUTE, after * MINUTE, *who))
        if what == service.pk:
            booked.append((staff, starts_at))
    return busy, booked
