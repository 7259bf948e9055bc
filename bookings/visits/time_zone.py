"""The business moves to another time zone: the visits ahead keep their time on the clock, or their moment."""

import datetime
import zoneinfo
from enum import StrEnum
from typing import Any

from django.db import transaction

from accounts.models import Business, User
from accounts.services import change_business, record
from bookings import locks, states
from bookings.messages import automation
from bookings.models import Booking, BookingQuerySet, IntakeRequest, TimeOff
from bookings.refusals import SlotTaken
from bookings.visits.moving import change_booking
from messaging.models import Message

ALONG = "Moved along with the time zone"  # why a visit may lie on top of another one then


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
    for pk in visits_ahead(now=now).order_by("staff_id").values_list("staff_id", flat=True).distinct():
        locks.staff_locked(pk)
    moved = [_moved(old.zone, business.zone, visit.starts_at) > visit.starts_at for visit in _in_order(now)]
    for visit in _in_order(now, latest_first=any(moved)):  # so that none gets in the way of the next one
        if keep == Keep.CLOCK:
            _move(visit, _moved(old.zone, business.zone, visit.starts_at), by=by, now=now)
        else:
            _plan_anew(visit, by=by, now=now)
    if keep == Keep.CLOCK:
        for off in TimeOff.objects.filter(ends_at__gt=now):
            off.starts_at = _moved(old.zone, business.zone, off.starts_at)
            off.ends_at = _moved(old.zone, business.zone, off.ends_at)
            off.save(update_fields=["starts_at", "ends_at"])
    if moved:
        changes: dict[str, list] = {
            "time_zone": [old.time_zone, business.time_zone],
            "visits": [len(moved), str(keep)],
        }
        record(by=by, action="business.zone_changed", subject=business, changes=changes)
    return business


def _in_order(now: datetime.datetime, *, latest_first: bool = False) -> list[Booking]:
    visits = visits_ahead(now=now).select_related("contact", "service", "staff")
    return list(visits.order_by("-starts_at" if latest_first else "starts_at", "pk"))


def _moved(old: zoneinfo.ZoneInfo, new: zoneinfo.ZoneInfo, at: datetime.datetime) -> datetime.datetime:
    """The moment that has the same time on the clock in the new zone."""
    return at.astimezone(old).replace(tzinfo=new).astimezone(datetime.UTC)


def _move(visit: Booking, starts_at: datetime.datetime, *, by: User, now: datetime.datetime) -> None:
    what: dict[str, Any] = {
        "booking": visit,
        "service": visit.service,
        "staff": visit.staff,
        "starts_at": starts_at,
    }
    was = visit.starts_at
    try:
        with transaction.atomic():
            change_booking(**what, tell=False, by=by, now=now)
    except SlotTaken:  # an hour that is missing there, or comes twice
        change_booking(**what, overrule=ALONG, tell=False, by=by, now=now)
    Booking.objects.filter(pk=visit.pk, told_starts_at=was).update(told_starts_at=starts_at)


def _plan_anew(visit: Booking, *, by: User, now: datetime.datetime) -> None:
    """What is planned speaks of the time on the clock, which is another one now."""
    locks.hold_contact(visit)
    booking = locks.locked(visit)
    booking.schedule_no += 1
    booking.save(update_fields=["schedule_no"])
    forms = IntakeRequest.objects.missing_for(booking)
    automation.moved(booking, was=booking.visit, tell=False, forms=forms, by=by, now=now)
