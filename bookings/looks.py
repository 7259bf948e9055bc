"""How the states of a booking look to the people who work here: one tone, one icon and one word each."""

from typing import NamedTuple

from bookings.models import Booking


class Look(NamedTuple):
    """What became of something, or how it stands."""

    tone: str
    icon: str
    words: str


STATES = {
    Booking.Status.REQUESTED: Look("attention", "calendar-clock", "Requested"),
    Booking.Status.CONFIRMED: Look("info", "calendar-check", "Confirmed"),
    Booking.Status.ARRIVED: Look("accent", "door-open", "Arrived"),
    Booking.Status.COMPLETED: Look("done", "circle-check", "Completed"),
    Booking.Status.NO_SHOW: Look("attention", "user-x", "No-show"),
    Booking.Status.CANCELLED: Look("neutral", "ban", "Cancelled"),
}
OUTCOME_MISSING = Look("attention", "circle-question-mark", "Outcome missing")
