"""What can be done with hours, time off and closed days. Visits outside them are kept, and shown, never refused."""

import datetime
from collections.abc import Iterable, Mapping, Sequence

from django.db import transaction

from accounts.models import User
from accounts.services import record
from bookings.locks import lock_staff
from bookings.models import ClosedDay, DayHours, TimeOff, WorkingHours
from bookings.times.roster import WEEKDAYS
from bookings.times.wallclock import Range


class AlreadyOver(Exception):
    """The time off would end before now, so it would change nothing."""


@transaction.atomic
def set_week(*, staff: User, week: Mapping[int, Sequence[Range]], by: User | None) -> None:
    """Give ``staff`` these weekly hours instead of those they have.

    :param week: by weekday, Monday is 0; a weekday that is not in it is free
    """
    lock_staff(staff)
    rows = staff.working_hours.order_by("weekday", "start")
    before = _spoken([(WEEKDAYS[row.weekday], row.range) for row in rows])
    rows.delete()
    WorkingHours.objects.bulk_create(
        WorkingHours(staff=staff, weekday=weekday, start=start, end=end)
        for weekday in sorted(week)
        for start, end in sorted(week[weekday])
    )
    after = _spoken(
        [(WEEKDAYS[weekday], hours) for weekday in sorted(week) for hours in sorted(week[weekday])]
    )
    if before != after:
        record(by=by, action="hours.changed", subject=staff, changes={"hours": [before, after]})


@transaction.atomic
def set_day(*, staff: User, date: datetime.date, hours: Sequence[Range], by: User | None) -> None:
    """Let ``hours`` replace the weekly ones of ``staff`` on one date; none at all: the weekly ones hold again."""
    lock_staff(staff)
    rows = staff.day_hours.filter(date=date).order_by("start")
    before = _spoken([(date.isoformat(), row.range) for row in rows])
    rows.delete()
    DayHours.objects.bulk_create(
        DayHours(staff=staff, date=date, start=start, end=end) for start, end in sorted(hours)
    )
    after = _spoken([(date.isoformat(), one) for one in sorted(hours)])
    if before != after:
        record(by=by, action="hours.day_changed", subject=staff, changes={"hours": [before, after]})


def _spoken(hours: list[tuple[str, Range]]) -> str:
    return ", ".join(f"{day} {one}" for day, one in hours)


@transaction.atomic
def add_time_off(
    *,
    staff: User,
    starts_at: datetime.datetime,
    ends_at: datetime.datetime,
    reason: str = "",
    by: User | None,
    now: datetime.datetime,
) -> TimeOff:
    """Take ``staff`` out of what is offered for a while; the same again is the one that is there.

    :param ends_at: exclusive: when they are back
    :raises AlreadyOver: if that is not after ``now``
    """
    if ends_at <= now:
        raise AlreadyOver("That time has gone by, so it would change nothing. Choose a later end.")
    lock_staff(staff)
    off, is_new = TimeOff.objects.get_or_create(
        staff=staff, starts_at=starts_at, ends_at=ends_at, reason=reason
    )
    if is_new:
        record(by=by, action="time_off.added", subject=off, changes=_period(off))
    return off


@transaction.atomic
def remove_time_off(*, off: TimeOff, by: User | None) -> None:
    """Let the hours hold again during that time; removed by somebody else already, nothing happens."""
    if TimeOff.objects.filter(pk=off.pk).delete()[0]:
        record(by=by, action="time_off.removed", subject=off, changes=_period(off))


def _period(off: TimeOff) -> dict[str, list]:
    return {"time": [off.starts_at.isoformat(), off.ends_at.isoformat()]}


@transaction.atomic
def close_days(*, dates: Iterable[datetime.date], name: str = "", by: User | None) -> list[ClosedDay]:
    """Close the business on ``dates``; those that were closed before keep their name. Returns the new ones."""
    wanted = [ClosedDay(date=date, name=name) for date in sorted(set(dates))]
    there = set(
        ClosedDay.objects.filter(date__in=[day.date for day in wanted]).values_list("date", flat=True)
    )
    ClosedDay.objects.bulk_create(wanted, ignore_conflicts=True)
    added = list(
        ClosedDay.objects.filter(date__in=[day.date for day in wanted if day.date not in there]).order_by(
            "date"
        )
    )
    for day in added:
        record(by=by, action="closed_day.added", subject=day, changes={"date": [None, day.date.isoformat()]})
    return added


@transaction.atomic
def open_day(*, day: ClosedDay, by: User | None) -> None:
    """Let everybody's hours hold again on a day that was closed; open already, nothing happens."""
    if ClosedDay.objects.filter(pk=day.pk).delete()[0]:
        changes = {"date": [day.date.isoformat(), None]}
        record(by=by, action="closed_day.removed", subject=day, changes=changes)
