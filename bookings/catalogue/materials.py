"""What a visit uses up: reserved when it is booked, used when it is over, and given back when that is undone.

The open and closed reservations of a booking are the recipe as it was when it was booked.
"""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models.functions import Lower

from accounts.models import User, subject_key
from bookings.models import Booking, Service, Visit
from careops.core import locks
from inventory.models import Item, Reservation
from inventory.services import reservations

Recipe = dict[int, Decimal]  # quantity by primary key of the item


def recipe_of(service: Service) -> Recipe:
    return dict(service.materials.values_list("item_id", "quantity"))


def hold_recipe(service: Service, *, to_change: bool = False) -> None:
    """Let nobody change what ``service`` uses before this transaction ends; to change it, nobody promises it either.

    Taken after bookings and before items. Not the row of the service: whoever books refers to that at the very end.
    """
    locks.hold(f"recipe {service.pk}", shared=not to_change)


def reserve(booking: Booking, *, now: datetime.datetime) -> None:
    """Promise the visit what its service uses; a booking that is on again gets what it was promised at first."""
    hold_recipe(booking.service)
    reservations.reserve(**_promise(booking), now=now)


def moved(booking: Booking, *, was: Visit, now: datetime.datetime) -> None:
    """Let the promise follow the visit; another service needs other things."""
    if booking.service != was.service:
        hold_recipe(booking.service)
        reservations.replace(**_promise(booking))
    else:
        reservations.postpone(source_key=subject_key(booking), due_at=booking.starts_at)


def follow(bookings: Iterable[Booking]) -> None:
    """Let the promises to visits be due when they begin by now."""
    reservations.postpone_each({subject_key(booking): booking.starts_at for booking in bookings})


def renew(bookings: Iterable[Booking]) -> None:
    """Promise visits what their service uses by now, instead of what it used when they were booked."""
    promises = [_promise(booking) for booking in bookings]
    keys = [promise["source_key"] for promise in promises]
    reservations.hold(keys, also={key for promise in promises for key in promise["lines"]})
    for promise in promises:
        reservations.replace(**promise)


def can_change(booking: Booking) -> bool:
    """Whether the visit is still to be served, so that what it uses can be planned otherwise."""
    return booking.is_requested or booking.is_under_way


def reserved_for(booking: Booking) -> Recipe:
    lines = Reservation.objects.open().of(subject_key(booking))
    return dict(lines.values_list("item_id", "quantity"))


def plan(booking: Booking, *, quantities: Recipe) -> bool:
    """Promise the visit these quantities, whatever its service uses; return whether that is anything new."""
    lines = {key: quantity for key, quantity in quantities.items() if quantity}
    if lines == reserved_for(booking):
        return False
    reservations.replace(**_promise(booking) | {"lines": lines})
    return True


def words(recipe: Recipe) -> str:
    """Such as ``2 boxes of Gloves, 5 ml of Oil``."""
    items = Item.objects.filter(pk__in=recipe).order_by(Lower("name"), "pk")
    return ", ".join(f"{item.measure(recipe[item.pk])} of {item}" for item in items)


def consume(booking: Booking, *, actuals: Recipe | None, by: User, now: datetime.datetime) -> None:
    """Take what the visit used out of stock, even below zero.

    :param actuals: quantity by primary key of the item; None: what was reserved, as for items that are not in it
    """
    # The ledger outlives the contact, so it does not name them.
    reservations.use_reserved(
        source_key=subject_key(booking), actuals=actuals, reason=str(booking.service), by=by, now=now
    )


def release(booking: Booking, *, now: datetime.datetime) -> None:
    """Let go of what was reserved; nothing was used."""
    reservations.release(source_key=subject_key(booking), now=now)


def give_back(booking: Booking, *, by: User, now: datetime.datetime) -> None:
    """Put back what the visit used, line by line, and reserve it again."""
    reservations.give_back(source_key=subject_key(booking), by=by)


def outdated(service: Service, *, now: datetime.datetime) -> list[Booking]:
    """Confirmed visits to come for which something else is reserved than what the service uses by now."""
    ahead = list(service.bookings.filter(status=Booking.Status.CONFIRMED, starts_at__gt=now).order_by("pk"))
    promised: dict[str, Recipe] = {subject_key(booking): {} for booking in ahead}
    for line in Reservation.objects.open().filter(source_key__in=promised):
        promised[line.source_key][line.item_id] = line.quantity
    recipe = recipe_of(service)
    return [booking for booking in ahead if promised[subject_key(booking)] != recipe]


@dataclass(frozen=True)
class Shortage:
    """Something of which there will not be enough for a visit, if nothing arrives before.

    :param missing: in the unit of the item
    """

    item: Item
    missing: Decimal

    def __str__(self):
        return f"Short by {self.item.measure(self.missing)} of {self.item}"


def shortages(booking: Booking) -> list[Shortage]:
    """What a booked visit will lack, after all visits before it have taken theirs."""
    key = subject_key(booking)
    mine = Reservation.objects.open().of(key)
    until_then = Reservation.objects.filter(item__in=mine.values("item"), due_at__lte=booking.starts_at)
    return [
        Shortage(line.item, min(line.quantity, line.so_far - line.item.on_hand))
        for line in until_then.unmet().select_related("item")
        if line.source_key == key
    ]


@transaction.atomic
def forget_deleted(*, now: datetime.datetime) -> int:
    """Let go of what is promised to visits that were deleted along with their contact; return how many there were."""
    promised = Reservation.objects.open().filter(source_key__startswith="booking:")
    keys = {int(key.removeprefix("booking:")): key for key in promised.values_list("source_key", flat=True)}
    there = Booking.objects.filter(pk__in=keys).values_list("pk", flat=True)
    gone = [keys[pk] for pk in keys.keys() - set(there)]
    reservations.hold(gone)
    for key in gone:
        reservations.release(source_key=key, now=now)
    return len(gone)


def _promise(booking: Booking) -> dict:
    return {
        "source_key": subject_key(booking),
        "lines": recipe_of(booking.service),
        "due_at": booking.starts_at,
    }
