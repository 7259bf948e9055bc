"""The form of a new item sent more than once, and two people with one item open."""

import re
from decimal import Decimal

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Business
from inventory.models import Item, Movement
from inventory.services.items import change_item
from inventory.services.stock import adjust_stock
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db

CREATE = reverse("inventory:create")


@pytest.fixture
def form(as_admin):
    Business.objects.current()
    page = as_admin.get(CREATE)
    token = page.context["form"]["once"].value()
    assert f'name="once" value="{token}"' in page.content.decode()
    return {"name": "Gloves", "sku": "GLV", "unit": "box", "on_hand": "12", "threshold": "4", "once": token}


def edit_page(item):
    return reverse("inventory:edit", args=[item.pk])


def adjust_page(item):
    return reverse("inventory:adjust", args=[item.pk])


def opened(client, item):
    """The form of the page as the browser would send it back."""
    form = client.get(edit_page(item)).context["form"]
    return {field.name: field.value() for field in form}


def test_an_item_sent_again_leads_to_the_one_on_the_shelf(as_admin, form):
    first = as_admin.post(CREATE, form)
    adjust_stock(item=Item.objects.get(), kind=Movement.Kind.USE, quantity=Decimal(2), by=None)
    second = as_admin.post(CREATE, form)

    item = Item.objects.get()
    assert first["Location"] == second["Location"] == item.get_absolute_url()
    assert item.on_hand == 10
    assert item.movements.filter(kind=Movement.Kind.OPENING).count() == 1
    assert AuditEntry.objects.filter(action="item.created").count() == 1


@pytest.mark.parametrize("other", [{"name": "Oil"}, {"on_hand": "13"}, {"threshold": "5"}])
def test_an_item_sent_again_with_something_else_in_it_is_refused(as_admin, form, other):
    as_admin.post(CREATE, form)

    response = as_admin.post(CREATE, form | other)

    item = Item.objects.get()
    assert response.status_code == 409
    assert f'<a href="{item.get_absolute_url()}">Gloves</a>' in response.content.decode()
    assert (item.on_hand, item.threshold, item.movements.count()) == (12, 4, 1)


def shelf(client, item):
    """The form of the item's page, filled in: ten have come."""
    page = client.get(item.get_absolute_url())
    token = page.context["form"]["once"].value()
    assert f'name="once" value="{token}"' in page.content.decode()
    return {"kind": "receive", "quantity": "10", "reason": "Order 7", "once": token}


def test_what_came_is_booked_once_however_often_the_form_arrives(as_admin):
    item = ItemFactory(on_hand=5)
    form = shelf(as_admin, item)

    answers = [as_admin.post(adjust_page(item), form) for _ in range(2)]

    item.refresh_from_db()
    assert [answer.status_code for answer in answers] == [302, 302]
    assert item.on_hand == 15
    assert item.movements.filter(kind="receive").count() == 1
    assert AuditEntry.objects.filter(action="stock.receive").count() == 1


def test_a_count_sent_again_is_one_line(as_admin):
    item = ItemFactory(on_hand=5)
    form = shelf(as_admin, item) | {"kind": "count", "quantity": "3"}

    for _ in range(2):
        as_admin.post(adjust_page(item), form)

    assert [line.quantity for line in item.movements.filter(kind="count")] == [-2]


@pytest.mark.parametrize("other", [{"quantity": "12"}, {"kind": "waste"}, {"reason": "Order 8"}])
def test_stock_sent_again_with_something_else_in_it_is_refused_and_then_booked(as_admin, other):
    item = ItemFactory(on_hand=5)
    form = shelf(as_admin, item)
    as_admin.post(adjust_page(item), form)

    refused = as_admin.post(adjust_page(item), form | other)

    item.refresh_from_db()
    assert refused.status_code == 409
    assert "This form was sent before" in refused.content.decode()
    assert (item.on_hand, item.movements.filter(once__isnull=False).count()) == (15, 1)
    again = form | other | {"once": refused.context["form"]["once"].value()}
    assert as_admin.post(adjust_page(item), again).status_code == 302


def test_one_more_is_one_more_by_a_double_click(as_admin):
    item = ItemFactory(on_hand=5)
    page = as_admin.get(reverse("inventory:list")).content.decode()
    tokens = re.findall(r'name="once" value="([^"]+)"', page)
    assert len(set(tokens)) == 2  # one for each button

    for _ in range(2):
        as_admin.post(adjust_page(item), {"kind": "receive", "quantity": "1", "once": tokens[1]})

    item.refresh_from_db()
    assert item.on_hand == 6


def test_who_saves_an_item_second_is_shown_what_the_first_has_saved(as_admin, admin):
    item = ItemFactory(name="Gloves", unit="box")
    mine = opened(as_admin, item) | {"unit": "pair"}
    change_item(item=item, by=admin, threshold=Decimal("2.5"), is_active=False)

    refused = as_admin.post(edit_page(item), mine)

    assert refused.status_code == 409
    assert refused.context["theirs"] == [("Unit", "box"), ("Threshold", "2.5"), ("In use", "No")]
    assert "Save mine anyway" in refused.content.decode()
    item.refresh_from_db()
    assert (item.unit, item.threshold, item.is_active) == ("box", Decimal("2.5"), False)

    as_admin.post(edit_page(item), mine | {"version": refused.context["form"]["version"].value()})

    item.refresh_from_db()
    assert (item.unit, item.threshold, item.is_active) == ("pair", 4, True)


def test_stock_that_moves_does_not_disturb_who_edits_the_item(as_admin):
    item = ItemFactory(name="Gloves")
    mine = opened(as_admin, item) | {"name": "Gloves, M"}
    adjust_stock(item=item, kind=Movement.Kind.USE, quantity=Decimal(1), by=None)

    response = as_admin.post(edit_page(item), mine)

    item.refresh_from_db()
    assert response.status_code == 302
    assert (item.name, item.on_hand) == ("Gloves, M", 9)


def test_django_admin_keeps_the_token_and_needs_none(as_admin, form):
    as_admin.post(CREATE, form)
    item = Item.objects.get()
    values = {"name": "Gloves, M", "sku": "GLV", "unit": "box", "threshold": "4", "is_active": "on"}

    as_admin.post(reverse("admin:inventory_item_change", args=[item.pk]), values)

    changed = Item.objects.get()
    assert changed.name == "Gloves, M"
    assert changed.once == item.once is not None
