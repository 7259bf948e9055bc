"""Units as people read them: one box, five boxes, five ml."""

import re
from decimal import Decimal

# A unit is whatever somebody types. Only these words are known to take an s: the rest, such as ml, stays as it is.
COUNTED = re.compile(
    "bag|bottle|box|bucket|can|capsule|carton|cartridge|case|cone|dose|jar|kit|liter|litre|meter|metre|pack|packet|pad"
    "|pair|piece|pot|pouch|ream|roll|sachet|set|sheet|sponge|strip|syringe|tablet|tin|towel|tray|tub|tube|unit|vial",
    re.IGNORECASE,
)


def of(quantity: Decimal, unit: str) -> str:
    """The unit as it stands behind ``quantity``, such as ``boxes`` or ``rolls of 50``."""
    word, of_what, rest = unit.partition(" of ")
    if quantity == 1 or not COUNTED.fullmatch(word):
        return unit
    plural = "es" if word.lower().endswith(("x", "ch")) else "s"
    return f"{word}{plural}{of_what}{rest}"
