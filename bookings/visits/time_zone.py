"""The business moves to another time zone: the visits ahead keep their time on the clock, or their moment.

All of them at once: each step is one statement for however many visits there are.
"""

import datetime
from collections.abc import Callable
from enum import StrEnum
from typing import Any

from django.db import transaction

from accounts.models import Business, User
from accounts.services import change_business, changed, record, record_each
from bookings import locks, states
from bookings.catalogue import materials
from bookings.intake import asking
from bookings.messages import along
from bookings.models import Booking, BookingQuerySet, TimeOff
from bookings.visits import watch
from bookings.visits.making import request_expiry
from messaging.models import Message

ALONG = "Moved along with the time zone"  # why a visit may lie on top of another one then
BATCH = 500  # rows that one statement changes

Moved = Callable[[datetime.datetime], datetime.datetime]  # the moment that takes the place of another one


class Keep(StrEnum):
    CLOCK = "clock"  # 15:00 stays 15:00, which is another moment
    MOMENT = "moment"  # what was 15:00 has another time on the clock


def visits_ahead(*, now: datetime.datetime) -> BookingQuerySet:
    return Booking.objects.filter(status__in=states.MOVE.sources, starts_at__gt=now)


def plans_ahead() -> int:
    """How many messages about visits wait for their time."""
    return Message.objects.planned().filter(about_key__startswith="booking:").count()


@transaction.atomic
def change_with_visits(*, keep: Keep, by: User, now: datetime.datetime, **values: Any) -> Business:
    """Change the business, see `change_business`; where its time zone changes, nobody is written to about visits.

    :param keep: what visits ahead keep, and time off; what is planned about them moves along
    """
    old = Business.objects.current()
    business = change_business(by=by, **values)
    if business.time_zone == old.time_zone:
        return business

    def moved(at: datetime.datetime) -> datetime.datetime:
        """The moment that has the same time on the clock in the new zone."""
        return at.astimezone(old.zone).replace(tzinfo=business.zone).astimezone(datetime.UTC)

    visits = locks.locked_all(visits_ahead(now=now))
    if keep == Keep.CLOCK:
        _move(visits, moved, by=by, now=now)
        asking.move_due(visits, moved)
        along.keep_clock(visits, moved, business=business, now=now)
        materials.follow(visits)
        _move_time_off(moved, now=now)
    else:
        along.keep_moment(visits, old=old.zone, new=business.zone)
    watch.follow_all(visits, now=now)
    if visits:
        changes: dict[str, list] = {
            "time_zone": [old.time_zone, business.time_zone],
            "visits": [len(visits), str(keep)],
        }
        record(by=by, action="business.zone_changed", subject=business, changes=changes)
    return business


def _move(visits: list[Booking], moved: Moved, *, by: User, now: datetime.datetime) -> None:
    """Save visits at their new times, and who moved them."""
    changes = {}
    for visit in visits:
        starts_at = moved(visit.starts_at)
        times = {"starts_at": starts_at, "ends_at": visit.ends_at + (starts_at - visit.starts_at)}
        changes[visit] = changed(visit, **times)
        visit.told_starts_at = visit.told_starts_at and moved(visit.told_starts_at)
        if visit.is_requested:
            visit.request_expires_at = request_expiry(visit, now=now)
        visit.version += 1
    for visit in _clashing(visits):  # at an hour that is missing there, or comes twice
        visit.is_overbooked, visit.overrule_reason = True, visit.overrule_reason or ALONG
    Booking.objects.filter(pk__in=[visit.pk for visit in visits]).update(
        is_overbooked=True
    )  # none is in the way
    Booking.objects.bulk_update(
        visits,
        [
            *("starts_at", "ends_at", "told_starts_at", "request_expires_at", "version"),
            *("is_overbooked", "overrule_reason"),
        ],
        batch_size=BATCH,
    )
    record_each(by=by, action="booking.changed", subjects=visits, changes=changes)


def _clashing(visits: list[Booking]) -> list[Booking]:
    """Those of ``visits`` that would lie on another one of their person, none of them on purpose; unsaved."""
    if not visits:
        return []
    span = {"starts_at": min(one.starts_at for one in visits), "ends_at": max(one.ends_at for one in visits)}
    others = Booking.objects.holding_time().overlapping(**span).filter(is_overbooked=False)
    others = others.filter(staff__in={one.staff_id for one in visits}).exclude(
        pk__in=[one.pk for one in visits]
    )
    staying = list(others)
    busy_until: dict[int, datetime.datetime] = {}
    found = []
    for visit in sorted(visits, key=lambda one: (one.starts_at, one.pk)):
        if visit.is_overbooked:
            continue
        is_taken = any(
            other.staff_id == visit.staff_id
            and other.starts_at < visit.ends_at
            and visit.starts_at < other.ends_at
            for other in staying
        )
        if is_taken or visit.starts_at < busy_until.get(visit.staff_id, visit.starts_at):
            found.append(visit)
        else:
            busy_until[visit.staff_id] = visit.ends_at
    return found


def _move_time_off(moved: Moved, *, now: datetime.datetime) -> None:
    ahead = list(TimeOff.objects.filter(ends_at__gt=now))
    for off in ahead:
        off.starts_at, off.ends_at = moved(off.starts_at), moved(off.ends_at)
    TimeOff.objects.bulk_update(ahead, ["starts_at", "ends_at"], batch_size=BATCH)
