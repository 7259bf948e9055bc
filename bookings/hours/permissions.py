"""Whose time off somebody may add and remove."""

from accounts.models import User

CHANGE = "bookings.change_workinghours"
OWN_TIME_OFF = "bookings.add_timeoff"


def may_take_off(user: User, person_key: int) -> bool:
    """Whether ``user`` may add and remove time off of that person: everybody their own, admins that of all."""
    return user.has_perm(CHANGE) or (user.pk == person_key and user.has_perm(OWN_TIME_OFF))
