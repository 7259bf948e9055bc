"""CareOps without the lock on the time of a person, for the positive control of `bench/crowds.py`. Never serve it."""

from careops.wsgi import application

# isort: split
# It sets Django up, so it comes first.

from bookings import slots

slots.lock_staff = lambda person: None

__all__ = ["application"]
