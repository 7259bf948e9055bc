"""Who is free when: the lock and the check that make double booking impossible.

The constraint `one_visit_at_a_time` alone would do, but rivals that meet there can die in a deadlock. Deciding under
the lock of the staff member turns them into a queue, and the loser reads a sentence. The constraint stays the last
line for whatever does not come through here.
"""

import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking, Service
from bookings.models.terms import LONGEST_BUFFER
from bookings.offers import too_close
from bookings.roster import Busy

WITHIN = datetime.timedelta(minutes=LONGEST_BUFFER)
MINUTE = datetime.timedelta(minutes=1)


class SlotTaken(Exception):
    """The staff member is busy at that time, or too close to another visit."""


class BookedAlready(Exception):
    """The contact has the same service at that time already."""


def visit_times(starts_at: datetime.datetime, service: Service) -> dict[str, datetime.datetime]:
    """Start and end of a visit that is about to be booked."""
    # In UTC, because adding to a local time counts on the wall, and an hour is missing there once a year.
    starts_at = starts_at.astimezone(datetime.UTC)
    return {"starts_at": starts_at, "ends_at": starts_at + service.length}


def refuse_duplicate(booking: Booking) -> None:
    """Under the lock of the contact.

    :raises BookedAlready: if the contact has the same service at that time already, with whomever
    """
    twins = Booking.objects.holding_time().filter(
        contact=booking.contact_id, service=booking.service_id, starts_at=booking.starts_at
    )
    if twin := twins.select_related("staff").first():
        start = timezone.localtime(twin.starts_at)
        raise BookedAlready(
            f"{booking.contact} has {booking.service} on {start:%A %-d %B, %H:%M}, with {twin.staff}, already."
        )


def lock_staff(person: User) -> None:
    """Let nobody else decide about the time of ``person`` until this transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


def save_in_free_slot(booking: Booking, *, keep_buffers: bool = True, is_held: bool = False) -> None:
    """Save a booking that holds time, under the lock on its staff member. With a reason it may lie on another visit.

    :param keep_buffers: False where nobody chooses the time, such as when a booking gets its own one back
    :param is_held: whether it holds that time already: then whatever was put on top of it lies there on purpose
    :raises SlotTaken: if the staff member is busy then, or too close to another visit
    :raises ValidationError: if a field holds what it cannot, such as a time outside this century
    """
    # The rows it points to were just read, and the constraints speak in `SlotTaken`.
    booking.full_clean(
        exclude=["contact", "service", "staff", "booked_by"],
        validate_unique=False,
        validate_constraints=False,
    )
    rival = _rival_of(booking, is_held=is_held)
    booking.is_overbooked = bool(rival and booking.overrule_reason)
    if rival and not booking.is_overbooked:
        # In a request, the active time zone is that of the business.
        start, end = timezone.localtime(rival.starts_at), timezone.localtime(rival.ends_at)
        raise SlotTaken(
            f"{booking.staff} is busy then: {rival}, {start:%H:%M}–{end:%H:%M}. Choose another time."
        )
    if keep_buffers and not booking.overrule_reason:
        _refuse_too_close(booking)
    try:
        with transaction.atomic():
            booking.save()
    except IntegrityError as error:
        if "one_visit_at_a_time" not in str(error):
            raise
        raise SlotTaken(f"{booking.staff} is busy then. Choose another time.") from error


def _rival_of(booking: Booking, *, is_held: bool) -> Booking | None:
    busy = Booking.objects.holding_time().filter(staff=booking.staff_id).exclude(pk=booking.pk)
    if is_held:
        busy = busy.filter(is_overbooked=False)
    overlapping = busy.overlapping(starts_at=booking.starts_at, ends_at=booking.ends_at)
    # Not .first(): asked for one row, the planner walks the visits by their start instead of the constraint's index.
    return next(iter(overlapping.select_related("contact", "service").order_by("starts_at", "pk")), None)


def _refuse_too_close(booking: Booking) -> None:
    visits = Booking.objects.holding_time().filter(staff=booking.staff_id).exclude(pk=booking.pk)
    near = visits.overlapping(starts_at=booking.starts_at - WITHIN, ends_at=booking.ends_at + WITHIN)
    here = _as_busy(booking)
    for visit in near.select_related("contact", "service").order_by("starts_at", "pk"):
        other = _as_busy(visit)
        first, second = (here, other) if booking.starts_at < visit.starts_at else (other, here)
        if too_close(first, second) <= datetime.timedelta():
            continue
        minutes = max(first.after, second.before) // MINUTE
        if first is other:
            words = f"after {visit}, which ends at {timezone.localtime(visit.ends_at):%H:%M}"
        else:
            words = f"before {visit} at {timezone.localtime(visit.starts_at):%H:%M}"
        raise SlotTaken(f"{booking.staff} keeps {minutes} minutes free {words}. Choose another time.")


def _as_busy(booking: Booking) -> Busy:
    service = booking.service
    return Busy(booking.starts_at, booking.ends_at, service.before, service.after)
