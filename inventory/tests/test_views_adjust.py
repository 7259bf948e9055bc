"""Adjusting the stock of an item, and its ledger."""

from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from inventory.models import Movement
from inventory.services.stock import adjust_stock
from inventory.tests.factories import ItemFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business")]


def url(name, *args):
    return reverse(f"inventory:{name}", args=args)


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.mark.parametrize(
    ("kind", "quantity", "sentence"),
    [
        ("receive", "5", "Received 5 boxes of Gloves: 15 boxes on hand."),
        ("use", "0.5", "Used 0.5 boxes of Gloves: 9.5 boxes on hand."),
        ("waste", "10", "Wasted 10 boxes of Gloves: 0 boxes on hand."),
        ("count", "12", "Counted Gloves: 12 boxes on hand."),
        ("count", "0", "Counted Gloves: 0 boxes on hand."),
    ],
)
def test_admin_adjusts_the_stock(as_admin, admin, kind, quantity, sentence):
    item = ItemFactory(name="Gloves")

    response = as_admin.post(
        url("adjust", item.pk), {"kind": kind, "quantity": quantity, "reason": " Told so "}
    )

    assert response.url == item.get_absolute_url()
    assert said(response) == [sentence]
    movement = item.movements.order_by("pk").last()
    assert (movement.kind, movement.reason, movement.by) == (kind, "Told so", admin)


def test_taking_more_than_there_is_answers_409_on_the_page_and_keeps_what_was_typed(as_admin):
    item = ItemFactory(name="Gloves")

    response = as_admin.post(
        url("adjust", item.pk), {"kind": "waste", "quantity": "11", "reason": "Water damage"}
    )

    assert response.status_code == 409
    page = response.content.decode()
    assert "Only 10 boxes of Gloves on hand. If there is more, count it first." in page
    assert 'value="11"' in page
    assert 'value="Water damage"' in page
    assert response.context["form"]["kind"].value() == "waste"
    item.refresh_from_db()
    assert (item.on_hand, item.movements.count()) == (10, 1)


def test_receiving_more_than_the_ledger_holds_answers_409(as_admin):
    item = ItemFactory(on_hand=Decimal(999_999_999))

    response = as_admin.post(url("adjust", item.pk), {"kind": "receive", "quantity": "1"})

    assert response.status_code == 409
    assert item.movements.count() == 1


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"kind": "use", "quantity": "0"}, "quantity"),
        ({"kind": "receive", "quantity": ""}, "quantity"),
        ({"kind": "receive", "quantity": "-3"}, "quantity"),
        ({"kind": "count", "quantity": "NaN"}, "quantity"),
        ({"quantity": "3"}, "kind"),
        ({"kind": "opening", "quantity": "3"}, "kind"),
        ({"kind": "steal", "quantity": "3"}, "kind"),
        ({"kind": "use", "quantity": "3", "reason": "x" * 201}, "reason"),
    ],
)
def test_a_bad_adjustment_is_a_form_error(as_admin, typed, field):
    item = ItemFactory()

    response = as_admin.post(url("adjust", item.pk), typed)

    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert item.movements.count() == 1


@pytest.mark.parametrize(
    ("asked_from", "leads_to"),
    [
        ("/inventory/?q=glo&page=2", "/inventory/?q=glo&page=2"),
        ("/inventory/?q=" + "x" * 9000, None),
        ("nonsense", "nonsense"),
        ("", None),
        ("https://evil.example/", None),
        ("//evil.example/", None),
        ("javascript:alert(1)", None),
    ],
)
def test_one_less_returns_to_where_it_was_pressed(as_admin, asked_from, leads_to):
    item = ItemFactory()

    response = as_admin.post(url("adjust", item.pk), {"kind": "use", "quantity": "1", "next": asked_from})

    assert response.status_code == 302
    assert response.url == (leads_to or item.get_absolute_url())
    item.refresh_from_db()
    assert item.on_hand == 9


def test_the_ledger_goes_on_where_the_page_ends(as_staff):
    item = ItemFactory(on_hand=Decimal(0))
    for number in range(1, 28):
        adjust_stock(item=item, kind=Movement.Kind.RECEIVE, quantity=Decimal(number), by=None)

    first = as_staff.get(item.get_absolute_url()).context["page_obj"]
    second = as_staff.get(item.get_absolute_url() + first.next_query).context["page_obj"]

    assert [movement.quantity for movement in first] == list(range(27, 2, -1))
    assert [movement.quantity for movement in second] == [2, 1]
    assert not second.has_next


@pytest.mark.parametrize("position", ["abc", "-1", "9" * 30, "1~2", "NaN"])
def test_a_position_in_the_ledger_that_cannot_be_is_not_found(as_staff, position):
    assert as_staff.get(ItemFactory().get_absolute_url(), {"after": position}).status_code == 404
