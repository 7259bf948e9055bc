"""Reads who works when: four statements however many people and days, and one for one person and one visit."""

import datetime
import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import BigIntegerField, DateField, DateTimeField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONArray, Lower

from accounts.models import Business, User
from bookings import states
from bookings.models import Booking, ClosedDay, DayHours, Service, TimeOff, WorkingHours
from bookings.models.terms import LONGEST_BUFFER
from bookings.times import wallclock
from bookings.times.roster import Away, Busy, Code, Person, Reason, Roster
from bookings.times.wallclock import Range
from careops.core.composed import Composed, Given

DAY = datetime.timedelta(days=1)
LOOK_AHEAD = datetime.timedelta(days=60)  # for visits outside of hours
MOST_OUTSIDE = 30  # nobody mends more at a time
MARGIN = DAY + datetime.timedelta(minutes=LONGEST_BUFFER)  # the longest visit and its buffer


def roster_of(
    staff: Iterable[User], *, first: datetime.date, last: datetime.date, business: Business
) -> tuple[Roster, dict[int, Person]]:
    """When ``staff`` work on those days, and each of them by primary key."""
    persons = persons_of(staff, first, last, business=business, busy={})
    return Roster(zone=business.zone, closed=closed_days(first, last)), {
        person.pk: person for person in persons
    }


def people(also: Q | None = None):
    """Everybody who can be given a visit, by name, and whoever is meant by ``also``."""
    everybody = User.objects.taking_bookings()
    if also:
        everybody |= User.objects.filter(also)
    return everybody.order_by(Lower("name"), "pk")


def performs(service: Service | Given):
    """Whether somebody performs ``service``, for queries about people."""
    performers = Service.performers.through.objects.filter(service=service)
    return ~Exists(performers) | Exists(performers.filter(user=OuterRef("pk")))


def usual_week() -> dict[int, list[Range]]:
    """The hours that most people have on each weekday, for somebody new to start with; empty: nobody has any.

    Of hours equally usual those of the oldest colleague count. A weekday on which most do not work is left out.
    """
    rows = WorkingHours.objects.filter(staff__in=User.objects.taking_bookings())
    weeks: dict[int, dict[int, tuple[Range, ...]]] = defaultdict(lambda: defaultdict(tuple))
    for pk, weekday, *at in rows.order_by("staff", "start").values_list("staff", "weekday", "start", "end"):
        weeks[pk][weekday] += (Range(*at),)
    usual = {}
    for weekday in range(7):
        [(hours, _)] = Counter(week[weekday] for week in weeks.values()).most_common(1) or [((), 0)]
        if hours:
            usual[weekday] = list(hours)
    return usual


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


def person_during(
    staff: User,
    service: Service,
    *,
    starts_at: datetime.datetime,
    ends_at: datetime.datetime,
    business: Business,
    busy: Sequence[Busy],
) -> tuple[Person, dict[datetime.date, str], bool]:
    """One person as far as one visit goes, the closed days of it, and whether the person has any hours, on any day.

    One statement, as a lock is held meanwhile.
    """
    first, last = (at.astimezone(business.zone).date() for at in (starts_at, ends_at))
    given = {"staff": staff.pk, "service": service.pk, "starts_at": starts_at, "ends_at": ends_at}
    *parts, does, has_hours = _during().one({**given, "first": first, "last": last})
    hours, exceptions, away, closed = (map(json.loads, part) for part in parts)
    weekly: dict[int, list[Range]] = defaultdict(list)
    single: dict[datetime.date, list[Range]] = defaultdict(list)
    for weekday, *at in hours:
        weekly[weekday].append(Range(*at))
    for date, *at in exceptions:
        single[datetime.date.fromisoformat(date)].append(Range(*at))
    moment = datetime.datetime.fromisoformat
    absences = [Away(moment(start), moment(end), reason) for start, end, reason in away]
    person = Person(staff.pk, staff.name, weekly, dict(single), absences, busy, does)
    return person, {datetime.date.fromisoformat(date): name for date, name in closed}, has_hours


@cache
def _during() -> Composed:
    """Hours of weeks and of single days, time off, closed days; whether they perform the service and have any hours."""
    mine, days = {"staff": OuterRef("pk")}, (Given("first", DateField()), Given("last", DateField()))
    starts_at, ends_at = (Given(name, DateTimeField()) for name in ("starts_at", "ends_at"))
    off = TimeOff.objects.filter(**mine, starts_at__lt=ends_at, ends_at__gt=starts_at)
    return Composed.of(
        User.objects.filter(pk=Given("staff", BigIntegerField())).values_list(
            _parts(WorkingHours.objects.filter(**mine), "weekday", "start", "end"),
            _parts(DayHours.objects.filter(**mine, date__range=days), "date", "start", "end"),
            _parts(off, "starts_at", "ends_at", "reason"),
            _parts(ClosedDay.objects.filter(date__range=days), "date", "name"),
            performs(Given("service", BigIntegerField())),
            Exists(WorkingHours.objects.filter(**mine)) | Exists(DayHours.objects.filter(**mine)),
        )
    )


def _parts(rows: QuerySet, *fields: str) -> ArraySubquery:
    """Some fields of ``rows`` as one column: a list of lists, in which a date or time is ISO 8601."""
    return ArraySubquery(rows.order_by(fields[0]).values(part=JSONArray(*fields)))


def closed_days(first: datetime.date, last: datetime.date) -> dict[datetime.date, str]:
    days = ClosedDay.objects.filter(date__range=(first - DAY, last + DAY))
    return dict(days.values_list("date", "name"))


def visits_outside(
    *, business: Business, now: datetime.datetime, staff: User | None = None
) -> list[tuple[Booking, list[Reason]]]:
    """The next visits that lie outside the hours of their people, at most MOST_OUTSIDE of them, each with the reasons.

    Those of people who have no hours at all are left out, as nobody has said yet when they work; not so those of people
    who do not take bookings any more.

    :param staff: None: everybody
    """
    with_hours = Q(staff__in=WorkingHours.objects.values("staff"))
    left = ~Q(staff__in=User.objects.taking_bookings())
    visits = Booking.objects.filter(with_hours | left, status__in=states.MOVE.sources)
    visits = visits.starting_between(now, now + LOOK_AHEAD)
    if staff:
        visits = visits.filter(staff=staff)
    rows = list(visits.order_by("starts_at", "pk").values_list("pk", "staff_id", "starts_at", "ends_at"))
    first = now.astimezone(business.zone).date()
    people = [staff] if staff else list(User.objects.order_by("pk"))
    roster, persons = roster_of(people, first=first, last=first + LOOK_AHEAD, business=business)
    gone = {person.pk: [_left(person)] for person in people if not person.is_bookable}
    reasons = {}
    for key, person, starts_at, ends_at in rows:
        found = gone.get(person) or list(roster.absences(persons[person], starts_at, ends_at))
        if found:
            reasons[key] = found
        if len(reasons) == MOST_OUTSIDE:
            break
    return [(visit, reasons[visit.pk]) for visit in Booking.objects.filter(pk__in=reasons).for_list()]


def _left(person: User) -> Reason:
    what = "take bookings" if person.is_active else "work here"
    return Reason(Code.LEFT, f"{person} does not {what} any more.")


def midnights(
    first: datetime.date, last: datetime.date, business: Business
) -> tuple[datetime.datetime, datetime.datetime]:
    """When those days begin and end."""
    zone = business.zone
    return wallclock.day_bounds(first, zone).start, wallclock.day_bounds(last, zone).end
