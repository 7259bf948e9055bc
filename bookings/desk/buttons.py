"""The buttons on a booking: what can be done with it right now by one click, the commonest first."""

import datetime
from typing import NamedTuple

from bookings import states
from bookings.models import Booking

Status = Booking.Status
SOON = datetime.timedelta(hours=1)  # before the start, somebody may well be here already


class Button(NamedTuple):
    """One POST.

    :param path: of the action, after the page of the booking
    :param key: that presses it
    """

    path: str
    icon: str
    label: str
    key: str = ""


BUTTONS = {
    states.CONFIRM: Button("confirm", "check", "Confirm"),
    states.ARRIVE: Button("arrive", "door-open", "Arrived", "a"),
    states.COMPLETE: Button("complete", "check", "Complete", "c"),
    states.NO_SHOW: Button("no-show", "user-x", "No-show", "x"),
    states.UNDO: Button("reopen", "undo-2", "Undo"),
}


def buttons_of(booking: Booking, *, now: datetime.datetime) -> list[Button]:
    """What can be done with a booking right now; what takes a second thought is not among it."""
    moves = states.legal_moves(booking, now=now)
    if booking.status == Status.ARRIVED and states.COMPLETE not in moves:
        moves.insert(0, states.COMPLETE)  # whoever is here early may be done early; that is asked once more
    if booking.lacks_outcome(now=now) and states.ARRIVE in moves:
        moves.remove(states.ARRIVE)
    return [_named(BUTTONS[move], booking) for move in moves if move in BUTTONS]


def urgent_buttons_of(booking: Booking, *, now: datetime.datetime) -> list[Button]:
    """What a row of a list asks for: the answer to a request, who is here, and how it went."""
    is_due = booking.is_requested or booking.status == Status.ARRIVED or booking.lacks_outcome(now=now)
    if is_due or (booking.is_confirmed and booking.starts_at - SOON <= now):
        return [button for button in buttons_of(booking, now=now) if button.path != "reopen"][:2]
    return []


def _named(button: Button, booking: Booking) -> Button:
    if button.path != "reopen":
        return button
    return button._replace(label=f"Undo: {booking.get_status_display().lower()}")
