"""Reads the facts that decide about the times of a service: six statements, however many people and days."""

import datetime
from collections import defaultdict

from accounts.models import Business
from bookings.hours.reading import MARGIN, closed_days, midnights, people, performs, persons_of
from bookings.models import Booking, Service
from bookings.times.offers import Facts, Offers
from bookings.times.roster import Busy

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
            people=persons_of(everybody, first, last, business=business, busy=busy),
            closed=closed_days(first, last),
            zone=business.zone,
            now=now,
            for_customers=for_customers,
        )
    )


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
    start, end = midnights(first, last, business)
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
