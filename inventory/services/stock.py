"""Stock comes and goes by hand."""

from decimal import Decimal

from django.db import transaction

from accounts.models import User
from accounts.services import record
from inventory.models import Item, Movement
from inventory.services.ledger import locked, measured, move, tell_if_low

TAKES_AWAY = {Movement.Kind.USE, Movement.Kind.WASTE}


class NotEnoughStock(Exception):
    """More would be taken than is there."""


@transaction.atomic
def adjust_stock(
    *, item: Item, kind: Movement.Kind, quantity: Decimal, reason: str = "", by: User | None
) -> Movement:
    """Receive, use, waste or count stock. A count that finds no difference is a line of the ledger, too.

    :param quantity: how much came or went, never negative; for a count, how much is there
    :raises NotEnoughStock: if more would be used or wasted than is on hand
    :raises TooMuchStock: if there would be more than anybody can have
    """
    quantity = measured(quantity)
    item = locked(item)
    if kind == Movement.Kind.COUNT:
        quantity -= item.on_hand
    elif kind in TAKES_AWAY:
        if quantity > item.on_hand:
            raise NotEnoughStock(
                f"Only {item.measure(item.on_hand)} of {item} on hand. If there is more, count it first."
            )
        quantity = -quantity
    before = item.on_hand
    movement = move(item, kind=kind, quantity=quantity, reason=reason, by=by)
    changes = {"on_hand": [str(before), str(item.on_hand)]}
    record(by=by, action=f"stock.{kind}", subject=item, changes=changes)
    tell_if_low(item)
    return movement
