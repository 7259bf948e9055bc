"""What every transition of a booking goes through: the table of states, the audit trail, the alerts."""

import datetime

from accounts.models import AuditEntry, User
from accounts.services import changed, record
from bookings import states
from bookings.models import Booking
from bookings.refusals import TransitionRefused
from bookings.visits import watch

Actor = AuditEntry.Actor


def decide(
    booking: Booking,
    transition: states.Transition,
    *,
    now: datetime.datetime,
    actor: Actor = Actor.STAFF,
    target: Booking.Status | None = None,
    overruled: bool = False,
    **values,
) -> dict[str, list]:
    """Set the new state, unsaved, and return what differs.

    :raises TransitionRefused: if the table says no
    """
    if refusal := transition.refusal(booking, now, actor=actor, overruled=overruled):
        raise TransitionRefused(refusal)
    booking.version += 1
    return changed(booking, status=target or transition.target, status_since=now, **values)


def note(
    booking: Booking,
    transition: states.Transition,
    changes: dict[str, list],
    *,
    by: User | None,
    actor: Actor | None = None,
    now: datetime.datetime,
) -> None:
    record(by=by, action=f"booking.{transition.name}", subject=booking, changes=changes, actor=actor)
    status = booking.get_status_display().lower()
    expired = transition is states.EXPIRE
    why = "Nobody answered in time." if expired else f"The booking was marked as {status}."
    watch.resolve(booking, why=why, now=now)


def since_given_up(booking: Booking) -> datetime.datetime | None:
    """Since when a booking does not hold its time; None: it does."""
    return None if booking.status in Booking.HOLDS_TIME else booking.status_since


def refuse_without_staff(booking: Booking) -> None:
    if not booking.staff.is_active:
        raise TransitionRefused(f"{booking.staff} does not work here any more. Book it with somebody else.")
