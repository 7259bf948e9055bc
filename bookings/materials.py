"""What a visit uses up: reserved when it is booked, used when it is over, and given back when that is undone (P§4.7).

The open and closed reservations of a booking are the recipe as it was when it was booked.
"""

import datetime
from decimal import Decimal

from accounts.models import User, subject_key
from bookings.models import Booking, Visit
from inventory import services as inventory


def reserve(booking: Booking, *, now: datetime.datetime) -> None:
    """Promise the visit what its service uses; a booking that is on again gets what it was promised at first."""
    lines = {material.item_id: material.quantity for material in booking.service.materials.all()}
    inventory.reserve(source_key=subject_key(booking), lines=lines, due_at=booking.starts_at, now=now)


def moved(booking: Booking, *, was: Visit, now: datetime.datetime) -> None:
    """Let the promise follow the visit; another service needs other things."""
    if booking.service != was.service:
        inventory.withdraw(source_key=subject_key(booking))
        reserve(booking, now=now)
    else:
        inventory.postpone(source_key=subject_key(booking), due_at=booking.starts_at)


def consume(
    booking: Booking, *, actuals: dict[int, Decimal] | None, by: User, now: datetime.datetime
) -> None:
    """Take what the visit used out of stock, even below zero.

    :param actuals: quantity by primary key of the item; None: what was reserved
    """
    inventory.use_reserved(
        source_key=subject_key(booking), actuals=actuals, reason=str(booking), by=by, now=now
    )


def release(booking: Booking, *, now: datetime.datetime) -> None:
    """Let go of what was reserved; nothing was used."""
    inventory.release(source_key=subject_key(booking), now=now)


def give_back(booking: Booking, *, by: User, now: datetime.datetime) -> None:
    """Put back what the visit used, line by line, and reserve it again."""
    inventory.give_back(source_key=subject_key(booking), by=by, now=now)
