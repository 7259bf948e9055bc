"""Who is free when: the lock and the check that make double booking impossible.

The constraint `one_visit_at_a_time` alone would do, but rivals that meet there can die in a deadlock. Deciding under
the lock of the staff member turns them into a queue, and the loser reads a sentence. The constraint stays the last
line for whatever does not come through here.
"""

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from bookings.models import Booking


class SlotTaken(Exception):
    """The staff member is busy at that time."""


def lock_staff(person: User) -> None:
    """Let nobody else decide about the time of ``person`` until this transaction ends."""
    User.objects.select_for_update(no_key=True).get(pk=person.pk)


def save_in_free_slot(booking: Booking) -> None:
    """Save a booking that holds time, under the lock on its staff member.

    :raises SlotTaken: if the staff member is busy then
    :raises ValidationError: if a field holds what it cannot, such as a time outside this century
    """
    # The rows it points to were just read, and the constraints speak in `SlotTaken`.
    booking.full_clean(
        exclude=["contact", "service", "staff", "booked_by"],
        validate_unique=False,
        validate_constraints=False,
    )
    if rival := _rival_of(booking):
        # In a request, the active time zone is that of the business.
        start, end = timezone.localtime(rival.starts_at), timezone.localtime(rival.ends_at)
        raise SlotTaken(
            f"{booking.staff} is busy then: {rival}, {start:%H:%M}–{end:%H:%M}. Choose another time."
        )
    try:
        with transaction.atomic():
            booking.save()
    except IntegrityError as error:
        if "one_visit_at_a_time" not in str(error):
            raise
        raise SlotTaken(f"{booking.staff} is busy then. Choose another time.") from error


def _rival_of(booking: Booking) -> Booking | None:
    busy = Booking.objects.holding_time().filter(staff=booking.staff_id).exclude(pk=booking.pk)
    overlapping = busy.overlapping(starts_at=booking.starts_at, ends_at=booking.ends_at)
    # Not .first(): asked for one row, the planner walks the visits by their start instead of the constraint's index.
    return next(iter(overlapping.select_related("contact", "service").order_by("starts_at", "pk")), None)
