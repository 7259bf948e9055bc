"""What every change of stock goes through: the lock of the item, a line of the ledger, a look at the threshold."""

from collections.abc import Iterable
from decimal import Decimal

from django.core.exceptions import ValidationError

from accounts.models import User, subject_key
from alerts import services as alerts
from alerts.models import Alert
from inventory.models import Item, Movement

STEP = Decimal("0.001")  # the ledger keeps three places
MOST = Decimal("999999999")  # what the ledger can hold, give or take one


class TooMuchStock(Exception):
    """More would be there than the ledger can hold."""


def locked(item: Item) -> Item:
    return Item.objects.select_for_update().get(pk=item.pk)


def locked_all(keys: Iterable[int]) -> dict[int, Item]:
    """Items by primary key, locked in that order, so that nobody deadlocks."""
    rows = Item.objects.select_for_update().filter(pk__in=set(keys)).order_by("pk")
    return {item.pk: item for item in rows}


def measured(quantity: Decimal) -> Decimal:
    """Round to what the ledger keeps, so that its lines add up to what is on hand to the last place."""
    quantity = Decimal(quantity)
    if not quantity.is_finite() or not 0 <= quantity <= MOST:
        raise ValidationError(f"A quantity lies between 0 and {MOST}.")
    return quantity.quantize(STEP)


def move(
    item: Item,
    *,
    kind: Movement.Kind,
    quantity: Decimal,
    reason: str,
    by: User | None,
    source_key: str = "",
    reverses: Movement | None = None,
) -> Movement:
    """Write a line of the ledger under the lock of the item.

    :param quantity: what changes: more is positive
    :raises TooMuchStock: if there would be more than anybody can have
    """
    item.on_hand += quantity
    if item.on_hand > MOST:
        raise TooMuchStock(f"That would be more {item} than can be kept track of.")
    item.save(update_fields=["on_hand"])
    return Movement.objects.create(
        item=item,
        kind=kind,
        quantity=quantity,
        balance_after=item.on_hand,
        reason=reason,
        source_key=source_key,
        reverses=reverses,
        by=by,
    )


def tell_if_low(item: Item) -> None:
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
