"""How much of an item is there."""

from careops.core.looks import Look
from inventory.models import Item

NOT_IN_USE = Look("archive", "Not in use")
COUNT_IT = Look("clipboard-pen", "Count it", "critical")
OUT = Look("package-x", "Out")
LOW = Look("trending-down", "Low", "critical")
AT_THRESHOLD = Look("equal", "At the threshold", "attention")
FINE = Look("check", "Fine", "done")


def of_item(item: Item) -> Look:
    if not item.is_active:
        return NOT_IN_USE
    if item.on_hand < 0:
        return COUNT_IT
    if item.is_out:
        return OUT._replace(tone=LOW.tone) if item.is_low else OUT
    if item.is_low:
        return LOW
    return AT_THRESHOLD if item.is_at_threshold else FINE
