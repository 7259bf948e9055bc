"""Who is free when: the lock and the check that make double booking impossible.

The constraint `one_visit_at_a_time` alone would do, but rivals that meet there can die in a deadlock. Deciding under
the lock of the staff member turns them into a queue, and the loser reads a sentence. The constraint stays the last
line for whatever does not come through here.
"""

import datetime
from collections.abc import Iterable
from zoneinfo import ZoneInfo

from django.db import IntegrityError
from django.utils import timezone

from accounts.models import Business
from bookings.models import Booking, Service
from bookings.models.terms import LONGEST_BUFFER
from bookings.refusals import BookedAlready, OverLimit, SlotTaken
from bookings.times import wallclock
from bookings.times.facts import Facts
from bookings.times.offers import Offers
from bookings.times.roster import Busy, Code, Person, Reason

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


def save_in_free_slot(booking: Booking, *, for_customers: bool = False) -> None:
    """Save a booking at a time that somebody chose, under the lock on its staff member.

    With a reason to overrule that, it may lie on another visit.

    :param for_customers: whether customers chose it, who are held by how many visits a day can have
    :raises SlotTaken: if the staff member is busy then, or too close to another visit, or the day is full
    :raises ValidationError: if a field holds what it cannot, such as a time outside this century
    """
    # The rows it points to were just read, and the constraints speak in `SlotTaken`.
    booking.full_clean(
        exclude=["contact", "service", "staff", "booked_by"],
        validate_unique=False,
        validate_constraints=False,
    )
    near, reasons, zone = _look(booking, for_customers=for_customers)
    if full := reasons.get(Code.LIMIT) or reasons.get(Code.LIMIT_OF_PERSON):
        raise _full(full, booking, zone)
    taken, buffer = reasons.get(Code.TAKEN), reasons.get(Code.BUFFER)
    booking.is_overbooked = bool(taken and booking.overrule_reason)
    if not booking.overrule_reason:
        if taken:
            raise _taken_by(near[taken.booking or 0], booking)
        if buffer:
            raise _too_close(near[buffer.booking or 0], booking)
    _save(booking)


def is_free(booking: Booking) -> bool:
    """Whether nothing is in its way, under the lock on its staff member; it need not say whose it is."""
    return not {Code.TAKEN, Code.BUFFER} & _look(booking)[1].keys()


def _look(
    booking: Booking, *, for_customers: bool = False
) -> tuple[dict[int, Booking], dict[Code, Reason], ZoneInfo]:
    """The visits around it, what the engine has against its time, and the zone in which its day is one."""
    near = {visit.pk: visit for visit in _near(booking)}
    is_limited = for_customers and booking.service.limits_days
    # Without limits nothing hangs on where a day begins.
    zone = Business.objects.current().zone if is_limited else timezone.get_current_timezone()
    booked = _of_day(booking, zone) if is_limited else []
    return near, _reasons(booking, near.values(), booked, zone), zone


def _near(booking: Booking) -> list[Booking]:
    """The visits of its staff member that can be in its way, with what has to be said about them."""
    others = Booking.objects.holding_time().filter(staff=booking.staff_id).exclude(pk=booking.pk)
    near = others.overlapping(starts_at=booking.starts_at - WITHIN, ends_at=booking.ends_at + WITHIN)
    return list(near.select_related("contact", "service").order_by("starts_at", "pk"))


def _reasons(
    booking: Booking, near: Iterable[Booking], booked: list[tuple[int, datetime.datetime]], zone: ZoneInfo
) -> dict[Code, Reason]:
    """The first reason of each kind.

    :param booked: the visits of its service that count against the limits of the day
    """
    service, person = booking.service, Person(booking.staff_id, str(booking.staff), busy=_busy(near))
    facts = Facts(
        service=service.name,
        length=booking.ends_at - booking.starts_at,
        before=service.before,
        after=service.after,
        most_per_day=service.most_per_day,
        most_per_staff_day=service.most_per_staff_day,
        booked=booked,
        people=[person],
        zone=zone,
        now=booking.starts_at,
    )
    reasons = Offers(facts).why_not(person, booking.starts_at)
    return {reason.code: reason for reason in reversed(reasons)}


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
        booking.save()  # a refusal ends the transaction of the service, so it needs no savepoint of its own
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


def _too_close(visit: Booking, booking: Booking) -> SlotTaken:
    if visit.starts_at < booking.starts_at:
        free = max(visit.service.after, booking.service.before)
        words = f"after {visit}, which ends at {timezone.localtime(visit.ends_at):%H:%M}"
    else:
        free = max(booking.service.after, visit.service.before)
        words = f"before {visit} at {timezone.localtime(visit.starts_at):%H:%M}"
    return SlotTaken(f"{booking.staff} keeps {free // MINUTE} minutes free {words}. Choose another time.")


def _full(reason: Reason, booking: Booking, zone: ZoneInfo) -> SlotTaken:
    day = timezone.localdate(booking.starts_at, zone)
    whose = f"{booking.service} is fully booked"
    if reason.code == Code.LIMIT_OF_PERSON:
        whose = f"{booking.staff} is fully booked for {booking.service}"
    return SlotTaken(f"{whose} on {day:%A %-d %B}. Choose another day.")
