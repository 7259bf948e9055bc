"""What is true of the ledger whatever happened."""

from decimal import Decimal
from itertools import pairwise

from django.db.models import Sum

from inventory.models import Item, Movement, Reservation


def verify() -> None:
    """On hand is the sum of the ledger, reserved the sum of the open reservations, and each line leads to the next."""
    for item in Item.objects.order_by("pk"):
        lines = list(item.movements.order_by("pk"))
        assert item.on_hand == sum((line.quantity for line in lines), Decimal(0)), item
        assert all(
            after.balance_after == before.balance_after + after.quantity for before, after in pairwise(lines)
        ), item
        assert item.reserved == _total(item.reservations.open()), item
    undone = Movement.objects.exclude(reverses=None).select_related("reverses")
    assert all(line.quantity == -line.reverses.quantity for line in undone)


def _total(reservations) -> Decimal:
    return reservations.aggregate(total=Sum("quantity"))["total"] or Decimal(0)


def stock(*items: Item) -> list[tuple[Decimal, Decimal]]:
    """On hand and reserved of each, as they are now."""
    found = Item.objects.in_bulk([item.pk for item in items])
    return [(found[item.pk].on_hand, found[item.pk].reserved) for item in items]


def promised(source_key: str) -> dict[int, Decimal]:
    """What is reserved for a source right now."""
    return dict(Reservation.objects.open().of(source_key).values_list("item_id", "quantity"))
