"""Stock comes and goes by hand."""

from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services import record
from careops.core.once import made_before
from inventory.models import Item, Movement
from inventory.services.ledger import MOST, locked, measured, move, put_right, tell_if_low

TAKES_AWAY = {Movement.Kind.USE, Movement.Kind.WASTE}


class NotEnoughStock(Exception):
    """More would be taken than is there."""


class TooMuchStock(Exception):
    """More would be there than anybody can have."""


class NotReversible(Exception):
    """The line of the ledger was put right already, or cannot be."""


@transaction.atomic
def adjust_stock(
    *,
    item: Item,
    kind: Movement.Kind,
    quantity: Decimal,
    reason: str = "",
    by: User | None,
    once: UUID | None = None,
) -> Movement:
    """Receive, use, waste or count stock. A count that finds no difference is a line of the ledger, too.

    :param quantity: how much came or went, never negative; for a count, how much is there
    :param once: the token of the form; used before, the line that is there is returned
    :raises SentBefore: if the line that is there says something else
    :raises NotEnoughStock: if more would be used or wasted than is on hand
    :raises TooMuchStock: if there would be more than anybody can have
    """
    quantity = measured(quantity)
    values = {"item": item, "kind": kind, "typed": quantity, "reason": reason}
    if made := made_before(Movement.objects.select_related("item"), once=once, **values):
        return made
    item = locked(item)
    if kind == Movement.Kind.COUNT:
        quantity -= item.on_hand
    elif kind in TAKES_AWAY:
        _refuse_to_take(quantity, item)
        quantity = -quantity
    if item.on_hand + quantity > MOST:
        raise TooMuchStock(f"That would be more {item} than can be kept track of.")
    before, was_low = item.on_hand, item.is_low
    movement = move(item, kind=kind, quantity=quantity, reason=reason, by=by, once=once)
    _note(movement, before, f"stock.{kind}", was_low=was_low, by=by)
    return movement


@transaction.atomic
def reverse_movement(*, movement: Movement, by: User) -> Movement:
    """Take back what was done by hand, by a line of its own. What a visit used comes back with the visit.

    :raises NotReversible: if that was done before, or the line is none that somebody wrote by hand
    :raises NotEnoughStock: if more would be taken back than is on hand
    """
    item = locked(movement.item)
    movement = Movement.objects.select_related("reversed_by").get(pk=movement.pk)
    if hasattr(movement, "reversed_by"):
        raise NotReversible("That was undone before.")
    if not movement.is_reversible:
        raise NotReversible("That cannot be undone here.")
    if movement.quantity > 0:
        _refuse_to_take(movement.quantity, item)
    before, was_low = item.on_hand, item.is_low
    line = put_right(movement, item=item, reason=f"Undone: {movement.get_kind_display().lower()}", by=by)
    _note(line, before, "stock.reversed", was_low=was_low, by=by)
    return line


def _refuse_to_take(quantity: Decimal, item: Item) -> None:
    if quantity > item.on_hand:
        raise NotEnoughStock(
            f"Only {item.measure(item.on_hand)} of {item} on hand. If there is more, count it first."
        )


def _note(movement: Movement, before: Decimal, action: str, *, was_low: bool, by: User | None) -> None:
    changes = {"on_hand": [str(before), str(movement.balance_after)]}
    record(by=by, action=action, subject=movement.item, changes=changes)
    if was_low or movement.item.is_low:
        tell_if_low(movement.item)
