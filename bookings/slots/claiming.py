"""Who is free when: the lock and the check that make double booking impossible.

The constraint `one_visit_at_a_time` alone would do, but rivals that meet there can die in a deadlock. Deciding under
the lock of the staff member turns them into a queue, and the loser reads a sentence. The constraint stays the last
line for whatever does not come through here.
"""

import datetime
from zoneinfo import ZoneInfo

from django.db import IntegrityError
from django.utils import timezone

from accounts.models import Business, User
from bookings.models import Booking, Service
from bookings.refusals import BegunLongAgo, BookedAlready, OverLimit, SlotTaken
from bookings.slots import objections
from bookings.times.roster import Code, Reason

MINUTE = datetime.timedelta(minutes=1)
CHOOSE_ANOTHER = "Choose another time."


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
    """Keep to how many visits of a service a customer may have ahead, under the lock of the contact.

    :raises OverLimit: if they have as many
    """
    service, most = booking.service, booking.service.most_per_customer
    if most is None:
        return
    ahead = Booking.objects.holding_time().filter(contact=booking.contact_id, service=service)
    if ahead.filter(starts_at__gte=now).exclude(pk=booking.pk).count() >= most:
        visits_ahead = "a visit" if most == 1 else f"{most} visits"
        raise OverLimit(f"You have {visits_ahead} of {service} ahead, which is the most at a time.")


def save_in_free_slot(
    booking: Booking,
    *,
    for_customers: bool = False,
    chosen_by: User | None = None,
    business: Business | None = None,
    now: datetime.datetime | None = None,
) -> None:
    """Save a booking at a time that somebody chose, under the lock on its staff member.

    With a reason to overrule that, it may lie on another visit, or when nobody works.

    :param for_customers: whether customers chose it, who are held by how many visits a day can have
    :param chosen_by: whoever works here and chose it, who is told about hours, time off and closed days;
        None: nobody here did, and only visits are in the way
    :param business: None: it is read
    :param now: None: the start was not chosen now, so that it may be as long ago as it is
    :raises SlotTaken: if the staff member is busy then, too close to another visit, or not at work, or the day is full
    :raises BegunLongAgo: if it would have begun more than an hour ago, and ``chosen_by`` may not book that
    :raises ValidationError: if a field holds what it cannot, such as a time outside this century
    """
    # The rows it points to were just read, and the constraints speak in `SlotTaken`.
    booking.full_clean(
        exclude=["contact", "service", "staff", "booked_by"],
        validate_unique=False,
        validate_constraints=False,
    )
    if chosen_by:
        found = objections.to_staff(booking, business=business or Business.objects.current(), now=now)
    else:
        found = objections.of_visits(booking, for_customers=for_customers)
    if full := found.reasons.get(Code.LIMIT) or found.reasons.get(Code.LIMIT_OF_PERSON):
        raise _full(full, booking, found.zone)
    if chosen_by and Code.PAST in found.reasons and not chosen_by.has_perm("bookings.book_past"):
        raise BegunLongAgo("That time has gone by. Only an admin can book it.")
    taken, buffer = found.visit(Code.TAKEN), found.visit(Code.BUFFER)
    booking.is_overbooked = bool(taken and booking.overrule_reason)
    against = found.of_the_day
    if taken:
        against.append(_taken_by(taken, booking))
    elif buffer:
        against.append(_too_close(buffer, booking))
    if against and not booking.overrule_reason:
        raise SlotTaken(" ".join([*against, CHOOSE_ANOTHER]))
    _save(booking)


def is_free(booking: Booking) -> bool:
    """Whether no visit is in its way, under the lock on its staff member; it need not say whose it is."""
    return not objections.of_visits(booking).reasons


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
        raise SlotTaken(f"{_taken_by(newest, booking)} {CHOOSE_ANOTHER}")
    booking.is_overbooked = newest is not None
    _save(booking)


def _save(booking: Booking) -> None:
    try:
        booking.save()  # a refusal ends the transaction of the service, so it needs no savepoint of its own
    except IntegrityError as error:
        if "one_visit_at_a_time" not in str(error):
            raise
        raise SlotTaken(f"{booking.staff} is busy then. {CHOOSE_ANOTHER}") from error


def _rivals_of(booking: Booking):
    """Other visits of its staff member that hold some of its time."""
    busy = Booking.objects.holding_time().filter(staff=booking.staff_id).exclude(pk=booking.pk)
    overlapping = busy.overlapping(starts_at=booking.starts_at, ends_at=booking.ends_at)
    return overlapping.select_related("contact", "service")


def _taken_by(rival: Booking, booking: Booking) -> str:
    # In a request, the active time zone is that of the business.
    start, end = timezone.localtime(rival.starts_at), timezone.localtime(rival.ends_at)
    return f"{booking.staff} is busy then: {rival}, {start:%H:%M}–{end:%H:%M}."


def _too_close(visit: Booking, booking: Booking) -> str:
    if visit.starts_at < booking.starts_at:
        free = max(visit.service.after, booking.service.before)
        words = f"after {visit}, which ends at {timezone.localtime(visit.ends_at):%H:%M}"
    else:
        free = max(booking.service.after, visit.service.before)
        words = f"before {visit} at {timezone.localtime(visit.starts_at):%H:%M}"
    return f"{booking.staff} keeps {free // MINUTE} minutes free {words}."


def _full(reason: Reason, booking: Booking, zone: ZoneInfo) -> SlotTaken:
    day = timezone.localdate(booking.starts_at, zone)
    whose = f"{booking.service} is fully booked"
    if reason.code == Code.LIMIT_OF_PERSON:
        whose = f"{booking.staff} is fully booked for {booking.service}"
    return SlotTaken(f"{whose} on {day:%A %-d %B}. Choose another day.")
