"""What can be done with stock. Every change of a quantity is a line in the ledger, written under the item's lock."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from accounts.models import User, subject_key
from accounts.services import changed, record
from alerts import services as alerts
from alerts.models import Alert
from careops.once import made_before
from careops.versions import refuse_stale
from inventory.models import Item, Movement

TAKES_AWAY = {Movement.Kind.USE, Movement.Kind.WASTE}
STEP = Decimal("0.001")  # the ledger keeps three places
MOST = Decimal("999999999")  # what the ledger can hold, give or take one


class NotEnoughStock(Exception):
    """More would be taken than is there."""


class TooMuchStock(Exception):
    """More would be there than the ledger can hold."""


class SkuTaken(Exception):
    """Another item has that SKU."""


@transaction.atomic
def create_item(
    *,
    name: str,
    sku: str = "",
    unit: str,
    on_hand: Decimal,
    threshold: Decimal,
    by: User | None,
    once: UUID | None = None,
) -> Item:
    """Put a new item on the shelf; ``on_hand`` becomes the first line of its ledger.

    :param once: the token of the form; used before, the item that is there is returned
    :raises SentBefore: if the item that is there was made otherwise
    :raises SkuTaken: if another item has that SKU
    """
    values = {"name": name, "sku": sku, "unit": unit, "threshold": _measured(threshold)}
    on_hand = _measured(on_hand)
    if made := made_before(Item.objects.with_opening(), once=once, opening=on_hand, **values):
        return made
    item = Item(**values, on_hand=Decimal(0), once=once)
    _save(item)
    record(by=by, action="item.created", subject=item)
    if on_hand:
        _move(item, kind=Movement.Kind.OPENING, quantity=on_hand, reason="", by=by)
    _tell_if_low(item)
    return item


@transaction.atomic
def change_item(*, item: Item, version: int | None = None, by: User, **values: Any) -> Item:
    """Change name, SKU, unit, threshold or whether the item is in use. Quantities change by `adjust_stock`.

    :param version: the one that the caller looked at; None: whatever it is by now
    :raises ChangedMeanwhile: if somebody else has changed it since
    :raises SkuTaken: if another item has that SKU
    """
    item = _locked(item)
    if "threshold" in values:
        values["threshold"] = _measured(values["threshold"])
    refuse_stale(item, seen=version, values=values)
    if changes := changed(item, **values):
        item.version += 1
        _save(item, update_fields=[*changes, "version"])
        record(by=by, action="item.changed", subject=item, changes=changes)
        _tell_if_low(item)
    return item


@transaction.atomic
def adjust_stock(
    *, item: Item, kind: Movement.Kind, quantity: Decimal, reason: str = "", by: User | None
) -> Movement:
    """Receive, use, waste or count stock. A count that finds no difference is a line of the ledger, too.

    :param quantity: how much came or went, never negative; for a count, how much is there
    :raises NotEnoughStock: if more would be used or wasted than is on hand
    :raises TooMuchStock: if there would be more than anybody can have
    """
    quantity = _measured(quantity)
    item = _locked(item)
    if kind == Movement.Kind.COUNT:
        quantity -= item.on_hand
    elif kind in TAKES_AWAY:
        if quantity > item.on_hand:
            raise NotEnoughStock(
                f"Only {item.measure(item.on_hand)} of {item} on hand. If there is more, count it first."
            )
        quantity = -quantity
    before = item.on_hand
    movement = _move(item, kind=kind, quantity=quantity, reason=reason, by=by)
    changes = {"on_hand": [str(before), str(item.on_hand)]}
    record(by=by, action=f"stock.{kind}", subject=item, changes=changes)
    _tell_if_low(item)
    return movement


def _locked(item: Item) -> Item:
    return Item.objects.select_for_update().get(pk=item.pk)


def _measured(quantity: Decimal) -> Decimal:
    """Round to what the ledger keeps, so that its lines add up to what is on hand to the last place."""
    quantity = Decimal(quantity)
    if not quantity.is_finite() or not 0 <= quantity <= MOST:
        raise ValidationError(f"A quantity lies between 0 and {MOST}.")
    return quantity.quantize(STEP)


def _save(item: Item, **options: Any) -> None:
    # Not the constraints: somebody may take the SKU between a look at it and the writing, so the writing decides.
    item.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            item.save(**options)
    except IntegrityError as error:
        if "one_item_per_sku" not in str(error):
            raise
        raise SkuTaken("Another item has this SKU.") from error


def _move(item: Item, *, kind: Movement.Kind, quantity: Decimal, reason: str, by: User | None) -> Movement:
    item.on_hand += quantity
    if item.on_hand > MOST:
        raise TooMuchStock(f"That would be more {item} than can be kept track of.")
    item.save(update_fields=["on_hand"])
    return Movement.objects.create(
        item=item, kind=kind, quantity=quantity, balance_after=item.on_hand, reason=reason, by=by
    )


def _tell_if_low(item: Item) -> None:
    cause = {"kind": Alert.Kind.LOW_STOCK, "source_key": subject_key(item)}
    if item.is_low:
        alerts.raise_alert(
            **cause,
            title=f"{'Out of stock' if item.is_out else 'Low stock'}: {item}",
            detail=f"On hand: {item.measure(item.on_hand)}. Threshold: {item.measure(item.threshold)}.",
            url=item.get_absolute_url(),
            severity=Alert.Severity.CRITICAL if item.is_out else Alert.Severity.WARNING,
        )
    else:
        alerts.resolve_alerts(**cause, why="Stock recovered." if item.is_active else "No longer in use.")
