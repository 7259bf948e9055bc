"""Why a service of bookings did not do what it was asked for. The words are fit for the person who asked."""


class SlotTaken(Exception):
    """The staff member is busy or not at work at that time, or the day is full; staff may overrule all but the last."""


class BegunLongAgo(Exception):
    """The visit would have begun too long ago for whoever books it."""


class BookedAlready(Exception):
    """The contact has the same service at that time already."""


class OverLimit(Exception):
    """The contact has as many visits of the service ahead as customers can have; staff may still book it."""


class TransitionRefused(Exception):
    """The booking cannot go from its state to the one asked for, or cannot be changed in it."""


class ReasonMissing(TransitionRefused):
    """Somebody has to say why."""
