from decimal import Decimal

import pytest

from inventory.models import Item
from inventory.tests.factories import ItemFactory


@pytest.mark.parametrize(
    ("on_hand", "threshold", "out", "low", "at_threshold", "missing", "level"),
    [
        ("99", "4", False, False, False, "0", 100),
        ("12", "4", False, False, False, "0", 75),
        ("4", "4", False, False, True, "0", 25),
        ("3.999", "4", False, True, False, "0.001", 24),
        ("1", "4", False, True, False, "3", 6),
        ("0", "4", True, True, False, "4", 0),
        ("0", "0", True, False, True, "0", 0),
        ("7", "0", False, False, False, "0", 100),
        ("-2", "4", True, True, False, "6", 0),
    ],
)
def test_item_says_how_it_stands(on_hand, threshold, out, low, at_threshold, missing, level):
    item = Item(on_hand=Decimal(on_hand), threshold=Decimal(threshold))

    assert (item.is_out, item.is_low, item.is_at_threshold) == (out, low, at_threshold)
    assert item.missing == Decimal(missing)
    assert item.level == level


def test_item_out_of_use_is_never_low():
    item = Item(on_hand=Decimal(0), threshold=Decimal(4), is_active=False)

    assert not any([item.is_out, item.is_low, item.is_at_threshold])


def test_measure_leaves_out_what_is_zero():
    item = Item(unit="ml")

    assert item.measure(Decimal("2.500")) == "2.5 ml"
    assert item.measure(Decimal("100.000")) == "100 ml"
    assert item.measure(Decimal("0.000")) == "0 ml"
    assert item.measure(Decimal("-2.500")) == "\N{MINUS SIGN}2.5 ml"


@pytest.mark.django_db
def test_low_is_strictly_below_the_threshold_and_in_use():
    below = ItemFactory(on_hand=Decimal("3.999"))
    ItemFactory(on_hand=Decimal(4))
    Item.objects.filter(pk=ItemFactory(on_hand=Decimal(1)).pk).update(is_active=False)

    assert list(Item.objects.low()) == [below]


@pytest.mark.django_db
def test_worst_first_begins_with_what_has_run_out():
    low = ItemFactory(name="Aprons", on_hand=Decimal(1))
    out = ItemFactory(name="Zinc tape", on_hand=Decimal(0))

    assert list(Item.objects.low().worst_first()) == [out, low]


@pytest.mark.django_db
@pytest.mark.parametrize(("text", "found"), [("glo", 1), ("GLV", 1), ("%", 0), ("", 1)])
def test_search_looks_at_name_and_sku(text, found):
    ItemFactory(name="Gloves", sku="glv-m")

    assert Item.objects.search(text).count() == found
