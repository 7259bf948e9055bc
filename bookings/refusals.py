"""Why a service of bookings did not do what it was asked for. The words are fit for the person who asked."""

from bookings.slots.claiming import BookedAlready, OverLimit, SlotTaken
from contacts.services import ContactGone

__all__ = ["BookedAlready", "ContactGone", "OverLimit", "ReasonMissing", "SlotTaken", "TransitionRefused"]


class TransitionRefused(Exception):
    """The booking cannot go from its state to the one asked for, or cannot be changed in it."""


class ReasonMissing(TransitionRefused):
    """Somebody has to say why."""
