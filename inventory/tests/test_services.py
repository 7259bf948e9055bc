from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from alerts.models import Alert
from inventory.models import Item, Movement
from inventory.services import items, stock
from inventory.services import ledger as services_ledger
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db
Kind = Movement.Kind


def adjust(item, kind, quantity, **values):
    return stock.adjust_stock(item=item, kind=kind, quantity=Decimal(quantity), **{"by": None, **values})


def ledger(item):
    return list(item.movements.order_by("pk").values_list("kind", "quantity", "balance_after"))


def the_alert():
    return Alert.objects.get()


def test_create_item_opens_the_ledger(staff):
    item = items.create_item(
        name="Gloves", sku="GLV", unit="box", on_hand=Decimal("2.5"), threshold=Decimal(1), by=staff
    )

    item.refresh_from_db()
    assert item.on_hand == Decimal("2.5")
    assert ledger(item) == [("opening", Decimal("2.5"), Decimal("2.5"))]
    assert item.movements.get().by == staff
    assert AuditEntry.objects.about(item).get().action == "item.created"
    assert not Alert.objects.exists()


def test_create_item_with_nothing_has_an_empty_ledger_and_an_alert():
    item = items.create_item(name="Gloves", unit="box", on_hand=Decimal(0), threshold=Decimal(1), by=None)

    assert ledger(item) == []
    assert the_alert().title == "Out of stock: Gloves"
    assert the_alert().severity == Alert.Severity.CRITICAL


@pytest.mark.parametrize("sku", ["GLV", "glv"])
def test_create_item_refuses_a_sku_of_another(sku):
    ItemFactory(sku="GLV")

    with pytest.raises(items.SkuTaken):
        ItemFactory(sku=sku)

    assert Item.objects.count() == Movement.objects.count() == AuditEntry.objects.count() == 1


def test_items_without_a_sku_do_not_collide():
    ItemFactory.create_batch(2, sku="")

    assert Item.objects.count() == 2


def test_change_item_writes_down_what_changed(staff):
    item = ItemFactory(name="Gloves")

    items.change_item(item=item, name="Gloves, M", unit="box", by=staff)

    entry = AuditEntry.objects.about(item).first()
    assert (entry.action, entry.by, entry.changes) == (
        "item.changed",
        staff,
        {"name": ["Gloves", "Gloves, M"]},
    )


def test_change_item_to_what_it_is_writes_nothing(staff):
    item = ItemFactory()
    before = AuditEntry.objects.count()

    items.change_item(item=item, name=item.name, threshold=Decimal("4.000"), by=staff)

    assert AuditEntry.objects.count() == before


def test_change_item_refuses_a_sku_of_another(staff):
    ItemFactory(sku="GLV")
    item = ItemFactory(sku="OIL")

    with pytest.raises(items.SkuTaken):
        items.change_item(item=item, sku="glv", name="Oil", by=staff)

    item.refresh_from_db()
    assert (item.sku, item.name) != ("glv", "Oil")
    assert item.sku == "OIL"


@pytest.mark.parametrize(
    ("kind", "quantity", "change", "balance"),
    [
        (Kind.RECEIVE, "5", "5", "15"),
        (Kind.USE, "2.125", "-2.125", "7.875"),
        (Kind.USE, "10", "-10", "0"),
        (Kind.WASTE, "1", "-1", "9"),
        (Kind.COUNT, "12", "2", "12"),
        (Kind.COUNT, "7.5", "-2.5", "7.5"),
        (Kind.COUNT, "10", "0", "10"),
        (Kind.COUNT, "0", "-10", "0"),
    ],
)
def test_adjust_stock_writes_a_line(staff, kind, quantity, change, balance):
    item = ItemFactory(on_hand=Decimal(10))

    movement = adjust(item, kind, quantity, reason="Told so", by=staff)

    item.refresh_from_db()
    movement.refresh_from_db()
    assert item.on_hand == movement.balance_after == Decimal(balance)
    assert (movement.kind, movement.quantity) == (kind, Decimal(change))
    assert (movement.reason, movement.by) == ("Told so", staff)
    assert AuditEntry.objects.about(item).first().action == f"stock.{kind.value}"


@pytest.mark.parametrize("kind", [Kind.USE, Kind.WASTE])
def test_adjust_stock_refuses_to_take_more_than_there_is(kind):
    item = ItemFactory(name="Oil", unit="ml", on_hand=Decimal("100.500"))
    audited = AuditEntry.objects.count()

    with pytest.raises(stock.NotEnoughStock, match=r"^Only 100\.5 ml of Oil on hand\."):
        adjust(item, kind, "100.501")

    item.refresh_from_db()
    assert item.on_hand == Decimal("100.5")
    assert len(ledger(item)) == 1
    assert AuditEntry.objects.count() == audited
    assert not Alert.objects.exists()


def test_adjust_stock_refuses_more_than_the_ledger_can_hold():
    item = ItemFactory(on_hand=services_ledger.MOST)

    with pytest.raises(stock.TooMuchStock):
        adjust(item, Kind.RECEIVE, "0.001")

    item.refresh_from_db()
    assert item.on_hand == services_ledger.MOST
    assert len(ledger(item)) == 1


@pytest.mark.parametrize("quantity", ["-1", "NaN", "Infinity", "-Infinity", "1e30"])
def test_adjust_stock_refuses_what_is_no_quantity(quantity):
    item = ItemFactory()

    with pytest.raises(ValidationError):
        adjust(item, Kind.RECEIVE, quantity)

    item.refresh_from_db()
    assert item.on_hand == 10
    assert len(ledger(item)) == 1


def test_adjust_stock_rounds_to_three_places_so_that_the_ledger_adds_up():
    """PostgreSQL would round 1.0015 up and 0.0005 down."""
    item = ItemFactory(on_hand=Decimal("1.001"))

    adjust(item, Kind.RECEIVE, "0.0005")
    adjust(item, Kind.RECEIVE, "0.0019")

    item.refresh_from_db()
    assert item.on_hand == sum(quantity for _, quantity, _ in ledger(item)) == Decimal("1.003")


def test_ledger_adds_up_to_what_is_on_hand_at_every_line():
    item = ItemFactory(on_hand=Decimal(10))
    steps = [
        (Kind.USE, "3.25"),
        (Kind.RECEIVE, "7"),
        (Kind.WASTE, "0.333"),
        (Kind.COUNT, "13"),
        (Kind.COUNT, "13"),
    ]

    for kind, quantity in steps:
        adjust(item, kind, quantity)

    total = Decimal(0)
    for _, quantity, balance in ledger(item):
        total += quantity
        assert total == balance
    item.refresh_from_db()
    assert item.on_hand == total == 13
