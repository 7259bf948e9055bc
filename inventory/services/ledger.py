"""What every change of stock goes through: the lock of the item, a line of the ledger, a look at the threshold."""

from collections.abc import Iterable
from decimal import Decimal
from uuid import UUID

from django.core.exceptions import ValidationError

from accounts.models import User, subject_key
from alerts import services as alerts
from alerts.models import Alert
from inventory.models import Item, Movement

STEP = Decimal("0.001")  # the ledger keeps three places
MOST = Decimal("999999999")  # of what somebody types; the ledger has room for more


def locked(item: Item) -> Item:
    return _lockable().get(pk=item.pk)


def locked_all(keys: Iterable[int]) -> dict[int, Item]:
    """Items by primary key, locked in that order, so that nobody deadlocks."""
    return {item.pk: item for item in _lockable().filter(pk__in=set(keys)).order_by("pk")}


def _lockable():
    # Whoever writes a row that refers to the item need not wait for us, nor we for them: the key never changes.
    return Item.objects.select_for_update(no_key=True)


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
    once: UUID | None = None,
) -> Movement:
    """Write a line of the ledger under the lock of the item.

    :param quantity: what changes: more is positive
    """
    item.on_hand += quantity
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
        once=once,
    )


def put_right(line: Movement, *, item: Item, reason: str, by: User | None) -> Movement:
    """Take back a line of the ledger by another one, under the lock of the item."""
    return move(
        item,
        kind=Movement.Kind.REVERSAL,
        quantity=-line.quantity,
        reason=reason,
        source_key=line.source_key,
        reverses=line,
        by=by,
    )


def tell_if_low(item: Item) -> None:
    """Raise or resolve the alert of the item, by what is free of it."""
    cause = {"kind": Alert.Kind.LOW_STOCK, "source_key": subject_key(item)}
    if item.is_low:
        alerts.raise_alert(
            **cause,
            title=f"{'Out of stock' if item.is_out else 'Low stock'}: {item}",
            detail=_how_it_stands(item),
            url=item.get_absolute_url(),
            severity=Alert.Severity.CRITICAL if item.is_out else Alert.Severity.WARNING,
        )
    else:
        alerts.resolve_alerts(**cause, why="Stock recovered." if item.is_active else "No longer in use.")


def _how_it_stands(item: Item) -> str:
    free = f"Free: {item.measure(item.free)}"
    if item.reserved:
        free += f" ({item.measure(item.on_hand)} on hand, {item.measure(item.reserved)} reserved for visits)"
    words = f"{free}. Threshold: {item.measure(item.threshold)}."
    return f"{words} More was used than was there: count it." if item.on_hand < 0 else words
