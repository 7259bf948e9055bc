"""What can be done with bookings and services. Every write to a booking goes through here.

Locks are taken from high to low: the staff member whose time is decided about, the contact of a new booking, the
booking, then (inside messaging) the conversation, then (inside inventory) the items. One order for all, so nobody
deadlocks.
"""

from bookings.services.catalogue import change_service, create_service
from bookings.services.making import create_booking
from bookings.services.moving import change_booking, mark_paid
from bookings.services.outcomes import (
    arrive_booking,
    cancel_booking,
    complete_booking,
    confirm_booking,
    mark_no_show,
    reopen_booking,
)
from bookings.services.refusals import (
    BookedAlready,
    ContactGone,
    ReasonMissing,
    SlotTaken,
    TransitionRefused,
)
from bookings.services.reminding import (
    NothingToRemind,
    RemindedJustNow,
    send_form_reminder,
    send_reminder,
)

__all__ = [
    "BookedAlready",
    "ContactGone",
    "NothingToRemind",
    "ReasonMissing",
    "RemindedJustNow",
    "SlotTaken",
    "TransitionRefused",
    "arrive_booking",
    "cancel_booking",
    "change_booking",
    "change_service",
    "complete_booking",
    "confirm_booking",
    "create_booking",
    "create_service",
    "mark_no_show",
    "mark_paid",
    "reopen_booking",
    "send_form_reminder",
    "send_reminder",
]
