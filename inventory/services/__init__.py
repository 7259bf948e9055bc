"""What can be done with stock. Every change of a quantity is a line in the ledger, written under the item's lock."""

from inventory.services.items import SkuTaken, change_item, create_item
from inventory.services.ledger import MOST
from inventory.services.reservations import (
    give_back,
    hold,
    postpone,
    release,
    replace,
    reserve,
    use_reserved,
)
from inventory.services.stock import (
    NotEnoughStock,
    NotReversible,
    TooMuchStock,
    adjust_stock,
    reverse_movement,
)

__all__ = [
    "MOST",
    "NotEnoughStock",
    "NotReversible",
    "SkuTaken",
    "TooMuchStock",
    "adjust_stock",
    "change_item",
    "create_item",
    "give_back",
    "hold",
    "postpone",
    "release",
    "replace",
    "reserve",
    "reverse_movement",
    "use_reserved",
]
