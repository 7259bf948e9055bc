from decimal import Decimal

import pytest

from inventory.models import Item


@pytest.mark.parametrize(
    ("quantity", "unit", "words"),
    [
        ("1", "box", "1 box"),
        ("1.000", "box", "1 box"),
        ("0", "box", "0 boxes"),
        ("5", "box", "5 boxes"),
        ("0.5", "box", "0.5 boxes"),
        ("5", "Pair", "5 Pairs"),
        ("5", "roll of 50", "5 rolls of 50"),
        ("1", "roll of 50", "1 roll of 50"),
        ("5", "pcs", "5 pcs"),
        ("250", "ml", "250 ml"),
        ("5", "boxes", "5 boxes"),
        ("5", "Schachtel", "5 Schachtel"),
        ("5", "box (large)", "5 box (large)"),
    ],
)
def test_a_quantity_reads_right_with_its_unit(quantity, unit, words):
    assert Item(name="Gloves", unit=unit).measure(Decimal(quantity)) == words
