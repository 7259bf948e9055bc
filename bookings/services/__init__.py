"""What can be done with bookings and services. Every write to a booking goes through here.

Locks are taken from high to low: the staff member whose time is decided about, the contact, the booking, the service,
then (inside messaging) the conversation, then what the service uses, and (inside inventory) the items. One order for
all, so nobody deadlocks.
"""

from bookings.services.attending import note_attending, note_here
from bookings.services.catalogue import change_service, create_service
from bookings.services.customers import VisitChanged, call_off, move_visit, say_coming, say_here
from bookings.services.desk import book_caller
from bookings.services.linking import end_feed, renew_feed, renew_link
from bookings.services.making import create_booking
from bookings.services.moving import change_booking, mark_paid
from bookings.services.online import NotForThem, book_online
from bookings.services.outcomes import (
    arrive_booking,
    cancel_booking,
    complete_booking,
    confirm_booking,
    mark_no_show,
)
from bookings.services.recipes import plan_materials, renew_materials, set_materials
from bookings.services.refusals import (
    BookedAlready,
    ContactGone,
    OverLimit,
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
from bookings.services.undoing import reopen_booking

__all__ = [
    "BookedAlready",
    "ContactGone",
    "NotForThem",
    "NothingToRemind",
    "OverLimit",
    "ReasonMissing",
    "RemindedJustNow",
    "SlotTaken",
    "TransitionRefused",
    "VisitChanged",
    "arrive_booking",
    "book_caller",
    "book_online",
    "call_off",
    "cancel_booking",
    "change_booking",
    "change_service",
    "complete_booking",
    "confirm_booking",
    "create_booking",
    "create_service",
    "end_feed",
    "mark_no_show",
    "mark_paid",
    "move_visit",
    "note_attending",
    "note_here",
    "plan_materials",
    "renew_feed",
    "renew_link",
    "renew_materials",
    "reopen_booking",
    "say_coming",
    "say_here",
    "send_form_reminder",
    "send_reminder",
    "set_materials",
]
