from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from alerts.models import Alert
from inventory.models import Item
from inventory.services import stock
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db
ADD = reverse("admin:inventory_item_add")


def change(item):
    return reverse("admin:inventory_item_change", args=[item.pk])


def test_adding_goes_through_the_service(as_admin, admin):
    new = {"name": "Gloves", "sku": "GLV", "unit": "box", "on_hand": "3", "threshold": "4"}

    response = as_admin.post(ADD, new)

    assert response.status_code == 302
    item = Item.objects.get()
    assert (item.on_hand, item.movements.get().by) == (3, admin)
    assert Alert.objects.open().exists()


def test_changing_goes_through_the_service_and_leaves_the_quantity(as_admin, admin):
    item = ItemFactory(name="Gloves")
    new = {"name": "Gloves, M", "unit": "box", "on_hand": "99", "threshold": "20", "is_active": "on"}

    response = as_admin.post(change(item), new)

    assert response.status_code == 302
    item.refresh_from_db()
    assert (item.name, item.on_hand) == ("Gloves, M", 10)
    assert AuditEntry.objects.about(item).first().by == admin
    assert Alert.objects.open().exists()


def test_a_sku_of_another_item_is_an_error_of_the_form(as_admin):
    ItemFactory(sku="GLV")

    response = as_admin.post(
        ADD, {"name": "Gloves", "sku": "glv", "unit": "box", "on_hand": "3", "threshold": "4"}
    )

    assert response.status_code == 200
    assert "Another item has this SKU." in response.content.decode()
    assert Item.objects.count() == 1


@pytest.mark.parametrize("typed", ["NaN", "1e30", "-1", "0.0001"])
def test_a_bad_quantity_is_an_error_of_the_form(as_admin, typed):
    response = as_admin.post(ADD, {"name": "Gloves", "unit": "box", "on_hand": typed, "threshold": "4"})

    assert response.status_code == 200
    assert list(response.context["adminform"].form.errors) == ["on_hand"]
    assert not Item.objects.exists()


def test_the_ledger_can_only_be_read(as_admin):
    movement = ItemFactory().movements.get()
    page = reverse("admin:inventory_movement_change", args=[movement.pk])

    assert as_admin.get(reverse("admin:inventory_movement_changelist")).status_code == 200
    assert as_admin.get(page).status_code == 200
    assert as_admin.post(page, {"quantity": "99"}).status_code == 403
    assert as_admin.get(reverse("admin:inventory_movement_add")).status_code == 403
    movement.refresh_from_db()
    assert movement.quantity == 10


def test_nothing_is_deleted(as_admin):
    item = ItemFactory()

    for kind, pk in (("item", item.pk), ("movement", item.movements.get().pk)):
        url = reverse(f"admin:inventory_{kind}_delete", args=[pk])
        assert as_admin.post(url, {"post": "yes"}).status_code == 403

    assert item.movements.count() == 1


@pytest.mark.parametrize("text", ["glv", "Gloves"])
def test_the_lists_can_be_searched(as_admin, text):
    stock.adjust_stock(item=ItemFactory(name="Gloves", sku="GLV"), kind="use", quantity=Decimal(1), by=None)

    for kind in ("item", "movement"):
        url = reverse(f"admin:inventory_{kind}_changelist")
        assert as_admin.get(url, {"q": text}).context["cl"].result_count >= 1
