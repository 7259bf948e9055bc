"""Adding and editing an item."""

from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from alerts.models import Alert
from inventory.forms import ItemCreateForm
from inventory.models import Item
from inventory.tests.factories import ItemFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business")]
NEW = {"name": "Gloves", "sku": "GLV", "unit": "box", "on_hand": "12", "threshold": "4"}


def url(name, *args):
    return reverse(f"inventory:{name}", args=args)


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_admin_adds_an_item(as_admin, admin):
    response = as_admin.post(url("create"), NEW)

    item = Item.objects.get()
    assert response.url == item.get_absolute_url()
    assert said(response) == ["Added Gloves."]
    assert (item.sku, item.unit, item.on_hand, item.threshold) == ("GLV", "box", 12, 4)
    assert item.movements.get().by == admin


@pytest.mark.parametrize(
    ("typed", "error"),
    [
        ("NaN", "Enter a number."),
        ("Infinity", "Enter a number."),
        ("-Infinity", "Enter a number."),
        ("sNaN", "Enter a number."),
        ("many", "Enter a number."),
        ("1e30", "That is more than can be kept track of."),
        ("1000000000", "That is more than can be kept track of."),
        ("1e999999999", "That is more than can be kept track of."),
        ("-1", "Enter zero or more."),
        ("-0.001", "Enter zero or more."),
        ("0.0001", "Enter three decimal places at most."),
        ("1e-999999", "Enter three decimal places at most."),
        ("", "This field is required."),
    ],
)
def test_a_bad_quantity_is_a_form_error(typed, error):
    form = ItemCreateForm({**NEW, "on_hand": typed, "threshold": typed})

    assert form.errors == {"on_hand": [error], "threshold": [error]}


def test_a_bad_quantity_is_told_on_the_page(as_admin):
    response = as_admin.post(url("create"), {**NEW, "on_hand": "1e30"})

    assert response.status_code == 200
    assert response.context["form"].errors == {"on_hand": ["That is more than can be kept track of."]}
    assert response.context["form"]["on_hand"].value() == "1e30"
    assert not Item.objects.exists()


@pytest.mark.parametrize("typed", ["0", "-0", "0e99", "0.125", "999999999"])
def test_a_quantity_at_the_bounds_is_taken(as_admin, typed):
    as_admin.post(url("create"), {**NEW, "on_hand": typed, "threshold": typed})

    item = Item.objects.get()
    assert item.on_hand == item.threshold == Decimal(typed)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("name", ""),
        ("name", "  "),
        ("name", "x" * 10_000),
        ("sku", "x" * 41),
        ("unit", ""),
    ],
)
def test_bad_words_are_form_errors(as_admin, field, typed):
    response = as_admin.post(url("create"), {**NEW, field: typed})

    assert list(response.context["form"].errors) == [field]
    assert not Item.objects.exists()


def test_a_sku_of_another_item_is_an_error_of_its_field(as_admin):
    ItemFactory(sku="GLV")

    response = as_admin.post(url("create"), {**NEW, "sku": "glv"})

    assert response.status_code == 200
    assert response.context["form"].errors == {"sku": ["Another item has this SKU."]}
    assert response.context["form"]["name"].value() == "Gloves"
    assert Item.objects.count() == 1


def test_admin_edits_an_item(as_admin):
    item = ItemFactory(name="Gloves", on_hand=Decimal(10))

    response = as_admin.post(
        url("edit", item.pk),
        {"name": "Gloves, M", "sku": "", "unit": "pair", "threshold": "11", "is_active": "on"},
    )

    item.refresh_from_db()
    assert response.url == item.get_absolute_url()
    assert said(response) == ["Saved Gloves, M."]
    assert (item.name, item.unit, item.threshold, item.on_hand) == ("Gloves, M", "pair", 11, 10)
    assert Alert.objects.open().exists()


def test_editing_keeps_the_sku_of_the_item_itself(as_admin):
    item = ItemFactory(sku="GLV")

    as_admin.post(url("edit", item.pk), {"name": "Gloves, M", "sku": "glv", "unit": "box", "threshold": "4"})

    item.refresh_from_db()
    assert (item.name, item.sku, item.is_active) == ("Gloves, M", "glv", False)


def test_editing_does_not_take_a_quantity(as_admin):
    item = ItemFactory()

    as_admin.post(
        url("edit", item.pk),
        {"name": item.name, "unit": "box", "threshold": "4", "on_hand": "99", "is_active": "on"},
    )

    item.refresh_from_db()
    assert item.on_hand == 10


def test_editing_refuses_a_sku_of_another_item(as_admin):
    ItemFactory(sku="GLV")
    item = ItemFactory(name="Oil", sku="OIL")

    response = as_admin.post(
        url("edit", item.pk), {"name": "Olive oil", "sku": "GLV", "unit": "ml", "threshold": "1"}
    )

    assert response.context["form"].errors == {"sku": ["Another item has this SKU."]}
    assert "Edit Oil" in response.content.decode()
    item.refresh_from_db()
    assert (item.name, item.sku, item.is_active) == ("Oil", "OIL", True)


def test_the_edit_form_shows_quantities_without_empty_places(as_admin):
    item = ItemFactory(threshold=Decimal("4.500"))

    assert 'value="4.5"' in as_admin.get(url("edit", item.pk)).content.decode()
