"""The states of a booking: the one table of what may follow what, who may do it, and when.

Nothing else changes a status. "Outcome missing" is derived, see `Booking.lacks_outcome`; a move is no state either, it
raises the schedule number.
"""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from django.utils import timezone

from accounts.models import AuditEntry
from bookings.models import Booking

NO_SHOW_AFTER = datetime.timedelta(minutes=10)
UNDO_WITHIN = datetime.timedelta(hours=24)

Actor = AuditEntry.Actor
_Status = Booking.Status
Guard = Callable[[Booking, datetime.datetime], str]


def _any_time(booking: Booking, now: datetime.datetime) -> str:
    return ""


def _lies_ahead(booking: Booking, now: datetime.datetime) -> str:
    return "" if now < booking.starts_at else "The visit would have begun by now. Book a new one."


def _may_come(booking: Booking, now: datetime.datetime) -> str:
    if booking.status == _Status.NO_SHOW:
        return _was_missed_recently(booking, now)
    # In a request, the active time zone is that of the business.
    is_today = timezone.localdate(now) == timezone.localdate(booking.starts_at)
    is_now = booking.starts_at <= now < booking.ends_at  # past midnight as well
    return "" if is_today or is_now else "The visit is on another day."


def _was_missed_recently(booking: Booking, now: datetime.datetime) -> str:
    if booking.status == _Status.NO_SHOW and now >= booking.status_since + UNDO_WITHIN:
        return "They were given up more than a day ago. An admin can undo that first."
    return ""


def _has_begun(booking: Booking, now: datetime.datetime) -> str:
    return "" if now >= booking.starts_at else "The visit has not begun yet."


def _is_late(booking: Booking, now: datetime.datetime) -> str:
    return "" if now >= booking.starts_at + NO_SHOW_AFTER else "Wait until ten minutes after the start."


def _is_recent(booking: Booking, now: datetime.datetime) -> str:
    return "" if now < booking.status_since + UNDO_WITHIN else "That was more than a day ago."


def _is_unpaid(booking: Booking, now: datetime.datetime) -> str:
    locked = booking.status == _Status.COMPLETED and booking.paid_at is not None
    return "It is marked as paid. Take that back first." if locked else ""


def _has_run_out(booking: Booking, now: datetime.datetime) -> str:
    return "" if booking.request_expires_at and now >= booking.request_expires_at else "There is time left."


def limit_of(booking: Booking) -> datetime.timedelta:
    """How long before its start the customer may still move the visit or call it off; a mere request until then."""
    return datetime.timedelta(minutes=0 if booking.is_requested else booking.service.cancel_limit)


def within_limit(booking: Booking, now: datetime.datetime) -> bool:
    return now <= booking.starts_at - limit_of(booking)


def _wrong_state(booking: Booking) -> str:
    if booking.is_requested:
        return "This is only a request so far. Confirm it first."
    return f"This booking is already marked as {booking.get_status_display().lower()}."


@dataclass(frozen=True)
class Transition:
    """A move from one state to another.

    :param target: None: the state it is in
    :param actors: who may make it; a customer only up to the cancellation limit of the service
    :param guard: why not now, as a sentence; an empty string where nothing speaks against it
    :param overridable: the same for what somebody may overrule who has thought about it
    """

    name: str
    label: str
    sources: frozenset[str]
    target: Booking.Status | None
    actors: frozenset[Actor]
    guard: Guard = _any_time
    overridable: Guard = _any_time

    def refusal(
        self,
        booking: Booking,
        now: datetime.datetime,
        *,
        actor: Actor = Actor.STAFF,
        overruled: bool = False,
    ) -> str:
        """Why ``booking`` cannot make this move at ``now``, as a sentence; an empty string if it can."""
        if booking.status not in self.sources:
            return _wrong_state(booking)
        if actor not in self.actors:
            return "That is not yours to do."
        if actor == Actor.CUSTOMER and not within_limit(booking, now):
            return "It is too late to do that here. Please call us."
        return self.guard(booking, now) or ("" if overruled else self.overridable(booking, now))


_BY_STAFF = frozenset({Actor.STAFF})
_BY_BOTH = frozenset({Actor.STAFF, Actor.CUSTOMER})
_BY_CLOCK = frozenset({Actor.RULE})
_REQUESTED = frozenset({_Status.REQUESTED})
_CONFIRMED = frozenset({_Status.CONFIRMED})
_ARRIVED = frozenset({_Status.ARRIVED})
_COMPLETED = frozenset({_Status.COMPLETED})
_NO_SHOW = frozenset({_Status.NO_SHOW})
_CANCELLED = frozenset({_Status.CANCELLED})
_AHEAD = _REQUESTED | _CONFIRMED

CONFIRM = Transition("confirm", "Confirm", _REQUESTED, _Status.CONFIRMED, _BY_STAFF, _lies_ahead)
DECLINE = Transition("decline", "Decline", _REQUESTED, _Status.CANCELLED, _BY_STAFF)
EXPIRE = Transition("expire", "Expire", _REQUESTED, _Status.CANCELLED, _BY_CLOCK, _has_run_out)
MOVE = Transition("change", "Move", _AHEAD, None, _BY_BOTH)
ARRIVE = Transition("arrive", "Arrived", _CONFIRMED | _NO_SHOW, _Status.ARRIVED, _BY_STAFF, _may_come)
COMPLETE = Transition(
    "complete",
    "Complete",
    _CONFIRMED | _ARRIVED | _NO_SHOW,
    _Status.COMPLETED,
    _BY_STAFF,
    _was_missed_recently,
    _has_begun,
)
NO_SHOW = Transition("no_show", "No-show", _CONFIRMED, _Status.NO_SHOW, _BY_STAFF, _is_late)
CANCEL = Transition("cancel", "Cancel", _AHEAD, _Status.CANCELLED, _BY_BOTH)
LEAVE = Transition("cancel", "Left", _ARRIVED, _Status.CANCELLED, _BY_STAFF)
# Back to arrived, if they had, else to confirmed.
UNDO = Transition(
    "reopen",
    "Undo",
    _ARRIVED | _COMPLETED | _NO_SHOW,
    _Status.CONFIRMED,
    _BY_STAFF,
    _is_unpaid,
    _is_recent,
)
RESTORE = Transition("reopen", "Restore", _CANCELLED, _Status.CONFIRMED, _BY_STAFF, _lies_ahead)
TRANSITIONS = [CONFIRM, DECLINE, EXPIRE, ARRIVE, COMPLETE, NO_SHOW, MOVE, CANCEL, LEAVE, UNDO, RESTORE]


def legal_moves(
    booking: Booking, *, now: datetime.datetime, actor: Actor = Actor.STAFF, overruled: bool = False
) -> list[Transition]:
    """The moves that ``actor`` can make with ``booking`` right now, the commonest first.

    :param overruled: with those that take a second thought
    """
    return [
        transition
        for transition in TRANSITIONS
        if not transition.refusal(booking, now, actor=actor, overruled=overruled)
    ]
