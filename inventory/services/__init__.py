"""What can be done with stock. Every change of a quantity is a line in the ledger, written under the item's lock."""

from inventory.services.items import SkuTaken, change_item, create_item
from inventory.services.ledger import MOST, TooMuchStock
from inventory.services.reservations import (
    give_back,
    postpone,
    release,
    reserve,
    use_reserved,
    withdraw,
)
from inventory.services.stock import NotEnoughStock, adjust_stock

__all__ = [
    "MOST",
    "NotEnoughStock",
    "SkuTaken",
    "TooMuchStock",
    "adjust_stock",
    "change_item",
    "create_item",
    "give_back",
    "postpone",
    "release",
    "reserve",
    "use_reserved",
    "withdraw",
]
