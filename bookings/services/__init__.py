"""What can be done with bookings and services. Every write to a booking goes through here.

Locks are taken from high to low: the staff member whose time is decided about, the contact of a new booking, the
booking, then (inside messaging) the conversation. One order for all, so nobody deadlocks.
"""

from bookings.services.catalogue import change_service, create_service
from bookings.services.reminding import (
    NothingToRemind,
    RemindedJustNow,
    note_form_received,
    send_form_reminder,
    send_reminder,
)
from bookings.services.visits import (
    ContactGone,
    MovedMeanwhile,
    SlotTaken,
    TransitionRefused,
    cancel_booking,
    change_booking,
    complete_booking,
    create_booking,
    mark_no_show,
    reopen_booking,
)

__all__ = [
    "ContactGone",
    "MovedMeanwhile",
    "NothingToRemind",
    "RemindedJustNow",
    "SlotTaken",
    "TransitionRefused",
    "cancel_booking",
    "change_booking",
    "change_service",
    "complete_booking",
    "create_booking",
    "create_service",
    "mark_no_show",
    "note_form_received",
    "reopen_booking",
    "send_form_reminder",
    "send_reminder",
]
