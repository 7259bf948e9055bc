"""What speaks against the time of one booking: the engine that offers times, asked about one person and one moment."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from django.utils import timezone

from accounts.models import Business
from bookings.hours.reading import person_during
from bookings.models import Booking, Service
from bookings.models.terms import LONGEST_BUFFER
from bookings.times import wallclock
from bookings.times.facts import Facts
from bookings.times.offers import Offers
from bookings.times.roster import Busy, Code, Person, Reason

WITHIN = datetime.timedelta(minutes=LONGEST_BUFFER)
BEGUN_JUST_NOW = datetime.timedelta(minutes=60)  # whoever walks in is booked in a quiet moment
CLASHES = {Code.TAKEN, Code.BUFFER}
LIMITS = {Code.LIMIT, Code.LIMIT_OF_PERSON}
# What staff are told about hours and days besides, and may overrule with a reason.
OF_THE_DAY = (
    Code.PAST,
    Code.CLOCK_CHANGE,
    Code.NOT_PERFORMED,
    Code.CLOSED,
    Code.TIME_OFF,
    Code.OUTSIDE_HOURS,
)


@dataclass(frozen=True)
class Objections:
    """What the engine has against a time.

    :ivar reasons: the first of each kind
    :ivar near: the visits around it by primary key, with contact and service
    :ivar zone: in which its day is one
    """

    reasons: dict[Code, Reason]
    near: dict[int, Booking]
    zone: ZoneInfo

    def visit(self, code: Code) -> Booking | None:
        """The visit that is in the way in the sense of ``code``; None: none is."""
        reason = self.reasons.get(code)
        return self.near[reason.booking] if reason and reason.booking else None

    @property
    def of_the_day(self) -> list[str]:
        """What is no clash, as sentences."""
        return [self.reasons[code].sentence for code in OF_THE_DAY if code in self.reasons]


def of_visits(booking: Booking, *, for_customers: bool = False) -> Objections:
    """Those of other visits, and for customers those of the limits of the day."""
    is_limited = for_customers and booking.service.limits_days
    # Without limits nothing hangs on where a day begins.
    zone = Business.objects.current().zone if is_limited else timezone.get_current_timezone()
    near = _near(booking)
    person = Person(booking.staff_id, str(booking.staff), busy=_busy(near))
    facts = _facts(booking, person, zone=zone, booked=_of_day(booking, zone) if is_limited else [])
    return _found(facts, booking, near, codes=CLASHES | LIMITS)


def to_staff(booking: Booking, *, business: Business, now: datetime.datetime | None) -> Objections:
    """Those of other visits, and of hours, time off, closed days and the clock: one statement more.

    Hours bind where somebody has entered any: nobody knows when a person without them works.

    :param now: None: its start was not chosen now, so that it may be as long ago as it is
    """
    near = _near(booking)
    visit = {"starts_at": booking.starts_at, "ends_at": booking.ends_at}
    person, closed, has_hours = person_during(
        booking.staff, booking.service, **visit, business=business, busy=_busy(near)
    )
    earliest = now - BEGUN_JUST_NOW if now else None
    facts = _facts(booking, person, zone=business.zone, closed=closed, now=earliest)
    codes = {*OF_THE_DAY, *CLASHES}
    if not has_hours:
        codes.remove(Code.OUTSIDE_HOURS)
    return _found(facts, booking, near, codes=codes)


def _found(facts: Facts, booking: Booking, near: list[Booking], *, codes: set[Code]) -> Objections:
    """What the engine says, as far as ``codes`` go."""
    reasons = Offers(facts).why_not(facts.people[0], booking.starts_at)
    first = {reason.code: reason for reason in reversed(reasons) if reason.code in codes}
    return Objections(first, {visit.pk: visit for visit in near}, facts.zone)


def _facts(booking: Booking, person: Person, *, now: datetime.datetime | None = None, **more) -> Facts:
    service = booking.service
    return Facts(
        service=service.name,
        length=booking.ends_at - booking.starts_at,
        before=service.before,
        after=service.after,
        most_per_day=service.most_per_day,
        most_per_staff_day=service.most_per_staff_day,
        people=[person],
        now=now or booking.starts_at,
        **more,
    )


def _near(booking: Booking) -> list[Booking]:
    """The visits of its staff member that can be in its way, with what has to be said about them."""
    others = Booking.objects.holding_time().filter(staff=booking.staff_id).exclude(pk=booking.pk)
    near = others.overlapping(starts_at=booking.starts_at - WITHIN, ends_at=booking.ends_at + WITHIN)
    return list(near.select_related("contact", "service").order_by("starts_at", "pk"))


def _busy(visits: Iterable[Booking]) -> list[Busy]:
    return [
        Busy(visit.starts_at, visit.ends_at, visit.service.before, visit.service.after, booking=visit.pk)
        for visit in visits
    ]


def _of_day(booking: Booking, zone: ZoneInfo) -> list[tuple[int, datetime.datetime]]:
    """The other visits of its service on its day, as person and start."""
    service = booking.service
    if service.most_per_day is not None:
        # Two customers may want the last visit of the day with different people.
        Service.objects.select_for_update(no_key=True).get(pk=service.pk)
    visits = Booking.objects.holding_time().filter(service=service).exclude(pk=booking.pk)
    day = wallclock.day_bounds(timezone.localdate(booking.starts_at, zone), zone)
    return list(visits.starting_between(*day).values_list("staff", "starts_at"))
