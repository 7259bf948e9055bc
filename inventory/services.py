"""What can be done with stock. Every change of a quantity is a line in the ledger, written under the item's lock."""

from decimal import Decimal
from typing import Any

from django.db import transaction

from accounts.models import User, subject_key
from accounts.services import changed, record
from alerts import services as alerts
from alerts.models import Alert
from inventory.models import Item, Movement

TAKES_AWAY = {Movement.Kind.USE, Movement.Kind.WASTE}


class NotEnoughStock(Exception):
    """More would be taken than is there."""


@transaction.atomic
def create_item(
    *, name: str, sku: str = "", unit: str, on_hand: Decimal, threshold: Decimal, by: User | None
) -> Item:
    """Put a new item on the shelf; ``on_hand`` becomes the first line of its ledger."""
    item = Item(name=name, sku=sku, unit=unit, threshold=threshold)
    item.full_clean()
    item.save()
    record(by=by, action="item.created", subject=item)
    if on_hand:
        _move(item, kind=Movement.Kind.OPENING, quantity=on_hand, reason="", by=by)
    _tell_if_low(item)
    return item


@transaction.atomic
def change_item(*, item: Item, by: User, **values: Any) -> Item:
    """Change name, SKU, unit, threshold or whether the item is in use. Quantities change by `adjust_stock`."""
    item = _locked(item)
    if changes := changed(item, **values):
        item.full_clean()
        item.save(update_fields=[*changes])
        record(by=by, action="item.changed", subject=item, changes=changes)
        _tell_if_low(item)
    return item


@transaction.atomic
def adjust_stock(
    *, item: Item, kind: Movement.Kind, quantity: Decimal, reason: str = "", by: User | None
) -> Movement:
    """Receive, use, waste or count stock.

    :param quantity: how much came or went, never negative; for a count, how much is there
    :raises NotEnoughStock: if more would be used or wasted than is on hand
    """
    item = _locked(item)
    if kind == Movement.Kind.COUNT:
        quantity -= item.on_hand
    elif kind in TAKES_AWAY:
        if quantity > item.on_hand:
            raise NotEnoughStock(
                f"Only {item.on_hand.normalize():f} {item.unit} of {item} left. Count it first."
            )
        quantity = -quantity
    movement = _move(item, kind=kind, quantity=quantity, reason=reason, by=by)
    record(
        by=by,
        action=f"stock.{kind}",
        subject=item,
        changes={"on_hand": [str(item.on_hand - quantity), str(item.on_hand)]},
    )
    _tell_if_low(item)
    return movement


def _locked(item: Item) -> Item:
    return Item.objects.select_for_update().get(pk=item.pk)


def _move(item: Item, *, kind: Movement.Kind, quantity: Decimal, reason: str, by: User | None) -> Movement:
    item.on_hand += quantity
    item.save(update_fields=["on_hand"])
    return Movement.objects.create(
        item=item, kind=kind, quantity=quantity, balance_after=item.on_hand, reason=reason, by=by
    )


def _tell_if_low(item: Item) -> None:
    cause = {"kind": Alert.Kind.LOW_STOCK, "source_key": subject_key(item)}
    if item.is_low:
        alerts.raise_alert(
            **cause,
            title=f"{item} is low",
            detail=f"{item.on_hand.normalize():f} {item.unit} left, below {item.threshold.normalize():f}.",
            url=item.get_absolute_url(),
            severity=Alert.Severity.CRITICAL if item.is_out else Alert.Severity.WARNING,
        )
    else:
        alerts.resolve_alerts(**cause, why="Stock recovered." if item.is_active else "No longer in use.")
