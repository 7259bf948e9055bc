"""What there is to keep in stock."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import IntegrityError, transaction

from accounts.models import User
from accounts.services import changed, record
from careops.core.once import made_before
from careops.core.versions import refuse_stale
from inventory.models import Item, Movement
from inventory.services.ledger import locked, measured, move, tell_if_low


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
    values = {"name": name, "sku": sku, "unit": unit, "threshold": measured(threshold)}
    on_hand = measured(on_hand)
    if made := made_before(Item.objects.with_opening(), once=once, opening=on_hand, **values):
        return made
    item = Item(**values, on_hand=Decimal(0), once=once)
    _save(item)
    record(by=by, action="item.created", subject=item)
    if on_hand:
        move(item, kind=Movement.Kind.OPENING, quantity=on_hand, reason="", by=by)
    tell_if_low(item)
    return item


@transaction.atomic
def change_item(*, item: Item, version: int | None = None, by: User, **values: Any) -> Item:
    """Change name, SKU, unit, threshold or whether the item is in use. Quantities change by `adjust_stock`.

    :param version: the one that the caller looked at; None: whatever it is by now
    :raises ChangedMeanwhile: if somebody else has changed it since
    :raises SkuTaken: if another item has that SKU
    """
    item = locked(item)
    if "threshold" in values:
        values["threshold"] = measured(values["threshold"])
    refuse_stale(item, seen=version, values=values)
    if changes := changed(item, **values):
        item.version += 1
        _save(item, update_fields=[*changes, "version"])
        record(by=by, action="item.changed", subject=item, changes=changes)
        tell_if_low(item)
    return item


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
