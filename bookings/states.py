"""The states of a booking: the one table of what may follow what, and when. Nothing else changes a status."""

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from bookings.models import Booking

NO_SHOW_AFTER = datetime.timedelta(minutes=10)
UNDO_WITHIN = datetime.timedelta(hours=24)

Guard = Callable[[Booking, datetime.datetime], str]


def _any_time(booking: Booking, now: datetime.datetime) -> str:
    return ""


def _has_begun(booking: Booking, now: datetime.datetime) -> str:
    return "" if now >= booking.starts_at else "The visit has not begun yet."


def _is_late(booking: Booking, now: datetime.datetime) -> str:
    return "" if now >= booking.starts_at + NO_SHOW_AFTER else "Wait until ten minutes after the start."


def _can_be_undone(booking: Booking, now: datetime.datetime) -> str:
    if booking.status == Booking.Status.CANCELLED:
        return "" if now < booking.starts_at else "The visit would have begun by now. Book a new one."
    return "" if now < booking.status_since + UNDO_WITHIN else "That was more than a day ago."


@dataclass(frozen=True)
class Transition:
    """A move from one state to another.

    :param guard: why not now, as a sentence; an empty string where nothing speaks against it
    """

    name: str
    label: str
    sources: frozenset[str]
    target: Booking.Status
    guard: Guard

    def refusal(self, booking: Booking, now: datetime.datetime) -> str:
        """Why ``booking`` cannot make this move at ``now``, as a sentence; an empty string if it can."""
        if booking.status not in self.sources:
            return f"This booking is already marked as {booking.get_status_display().lower()}."
        return self.guard(booking, now)


_Status = Booking.Status
COMPLETE = Transition("complete", "Complete", frozenset({_Status.CONFIRMED}), _Status.COMPLETED, _has_begun)
NO_SHOW = Transition("no_show", "No-show", frozenset({_Status.CONFIRMED}), _Status.NO_SHOW, _is_late)
CANCEL = Transition("cancel", "Cancel", frozenset({_Status.CONFIRMED}), _Status.CANCELLED, _any_time)
_OVER = frozenset({_Status.COMPLETED, _Status.NO_SHOW, _Status.CANCELLED})
REOPEN = Transition("reopen", "Undo", _OVER, _Status.CONFIRMED, _can_be_undone)
TRANSITIONS = [COMPLETE, NO_SHOW, CANCEL, REOPEN]


def legal_moves(booking: Booking, *, now: datetime.datetime) -> list[Transition]:
    """The moves that ``booking`` can make right now, the commonest first."""
    return [transition for transition in TRANSITIONS if not transition.refusal(booking, now)]
