"""Who is free when: the lock and the check that make double booking impossible.

The constraint `one_visit_at_a_time` alone would do, but rivals that meet there can die in a deadlock. Deciding under
the lock of the staff member turns them into a queue, and the loser reads a sentence. The constraint stays the last
line for whatever does not come through here.
"""

import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Business
from bookings.models import Booking, Service
from bookings.models.terms import LONGEST_BUFFER
from bookings.refusals import BookedAlready, OverLimit, SlotTaken
from bookings.times import wallclock
from bookings.times.offers import too_close
from bookings.times.roster import Busy

WITHIN = datetime.timedelta(minutes=LONGEST_BUFFER)
MINUTE = datetime.timedelta(minutes=1)


def visit_times(starts_at: datetime.datetime, service: Service) -> dict[str, datetime.datetime]:
    """Start and end of a visit that is about to be booked."""
    # In UTC, because adding to a local time counts on the wall, and an hour is missing there once a year.
    starts_at = starts_at.astimezone(datetime.UTC)
    return {"starts_at": starts_at, "ends_at": starts_at + service.length}


def refuse_duplicate(booking: Booking) -> None:
    """Under the lock of the contact.

    :raises BookedAlready: if the contact has the same service at that time already, with whomever
    """
    twins = Booking.objects.holding_time().exclude(pk=booking.pk)
    twins = twins.filter(contact=booking.contact_id, service=booking.service_id, starts_at=booking.starts_at)
    if twin := twins.select_related("staff").first():
        start = timezone.localtime(twin.starts_at)
        raise BookedAlready(
            f"{booking.contact} has {booking.service} on {start:%A %-d %B, %H:%M}, with {twin.staff}, already."
        )


def refuse_over_limit(booking: Booking, *, now: datetime.datetime) -> None:
    """Keep to how often customers may book a service, under the locks of the staff member and of the contact.

    :raises SlotTaken: if the day, or that of its staff member, has as many visits of it as can be
    :raises OverLimit: if the contact has
    """
    service = booking.service
    limits = (service.most_per_day, service.most_per_staff_day, service.most_per_customer)
    if limits == (None, None, None):
        return
    if (
        service.most_per_day is not None
    ):  # two customers may want the last visit of the day with different people
        Service.objects.select_for_update(no_key=True).get(pk=service.pk)
    visits = Booking.objects.holding_time().filter(service=service).exclude(pk=booking.pk)
    zone = Business.objects.current().zone
    day = timezone.localdate(booking.starts_at, zone)
    start, end = wallclock.day_bounds(day, zone)
    of_day = visits.starting_between(start, end)
    words = f"{day:%A %-d %B}"
    if _is_full(of_day, service.most_per_day):
        raise SlotTaken(f"{service} is fully booked on {words}. Choose another day.")
    if _is_full(of_day.filter(staff=booking.staff_id), service.most_per_staff_day):
        raise SlotTaken(f"{booking.staff} is fully booked for {service} on {words}. Choose another day.")
    ahead = visits.filter(contact=booking.contact_id, starts_at__gte=now)
    if _is_full(ahead, service.most_per_customer):
        most = service.most_per_customer
        visits_ahead = "a visit" if most == 1 else f"{most} visits"
        raise OverLimit(f"You have {visits_ahead} of {service} ahead, which is the most at a time.")


def _is_full(visits, most: int | None) -> bool:
    return most is not None and visits.count() >= most


def save_in_free_slot(booking: Booking) -> None:
    """Save a booking at a time that somebody chose, under the lock on its staff member.

    With a reason to overrule that, it may lie on another visit.

    :raises SlotTaken: if the staff member is busy then, or too close to another visit
    :raises ValidationError: if a field holds what it cannot, such as a time outside this century
    """
    # The rows it points to were just read, and the constraints speak in `SlotTaken`.
    booking.full_clean(
        exclude=["contact", "service", "staff", "booked_by"],
        validate_unique=False,
        validate_constraints=False,
    )
    # Not .first(): asked for one row, the planner walks the visits by their start instead of the constraint's index.
    rival = next(iter(_rivals_of(booking).order_by("starts_at", "pk")), None)
    booking.is_overbooked = bool(rival and booking.overrule_reason)
    if rival and not booking.is_overbooked:
        raise _taken_by(rival, booking)
    if not booking.overrule_reason:
        _refuse_too_close(booking)
    _save(booking)


def save_in_own_slot(booking: Booking, *, given_up_at: datetime.datetime | None) -> None:
    """Save a booking at the time that it has, under the lock on its staff member; nobody chose it now, so no buffers.

    What lies on another visit on purpose may do so still; whoever came after it was given up goes first.

    :param given_up_at: since when it has not held its time; None: it holds it
    :raises SlotTaken: if the time was given to somebody else meanwhile
    """
    rivals = _rivals_of(booking)
    if given_up_at is None:  # then whatever was put on top of it lies there on purpose
        rivals = rivals.filter(is_overbooked=False)
    newest = next(iter(rivals.order_by("-created_at", "-pk")), None)
    is_new = newest and given_up_at is not None and newest.created_at >= given_up_at
    if newest and (is_new or not booking.is_overbooked):
        raise _taken_by(newest, booking)
    booking.is_overbooked = newest is not None
    _save(booking)


def _save(booking: Booking) -> None:
    try:
        with transaction.atomic():
            booking.save()
    except IntegrityError as error:
        if "one_visit_at_a_time" not in str(error):
            raise
        raise SlotTaken(f"{booking.staff} is busy then. Choose another time.") from error


def _rivals_of(booking: Booking):
    """Other visits of its staff member that hold some of its time."""
    busy = Booking.objects.holding_time().filter(staff=booking.staff_id).exclude(pk=booking.pk)
    overlapping = busy.overlapping(starts_at=booking.starts_at, ends_at=booking.ends_at)
    return overlapping.select_related("contact", "service")


def _taken_by(rival: Booking, booking: Booking) -> SlotTaken:
    # In a request, the active time zone is that of the business.
    start, end = timezone.localtime(rival.starts_at), timezone.localtime(rival.ends_at)
    return SlotTaken(
        f"{booking.staff} is busy then: {rival}, {start:%H:%M}–{end:%H:%M}. Choose another time."
    )


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
