"""A line of the ledger is taken back by another one."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.messages import get_messages
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from accounts.roles import STAFF
from alerts.models import Alert
from inventory.models import Movement
from inventory.services import reservations
from inventory.services import stock as services_stock
from inventory.tests.checks import stock, verify
from inventory.tests.factories import ItemFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business")]
Kind = Movement.Kind


@pytest.fixture
def gloves():
    return ItemFactory(name="Gloves")


def adjust(item, kind, quantity):
    return services_stock.adjust_stock(item=item, kind=kind, quantity=Decimal(quantity), by=None)


@pytest.mark.parametrize(
    ("kind", "quantity", "change"),
    [(Kind.USE, "3", 3), (Kind.WASTE, "2.5", Decimal("2.5")), (Kind.RECEIVE, "5", -5), (Kind.COUNT, "7", 3)],
)
def test_reverse_movement_writes_the_opposite(kind, quantity, change, gloves, admin):
    movement = adjust(gloves, kind, quantity)

    line = services_stock.reverse_movement(movement=movement, by=admin)

    assert (line.kind, line.quantity, line.reverses, line.by) == (Kind.REVERSAL, change, movement, admin)
    assert line.reason == f"Undone: {movement.get_kind_display().lower()}"
    assert stock(gloves) == [(10, 0)]
    assert AuditEntry.objects.about(gloves).first().action == "stock.reversed"
    verify()


def test_reverse_movement_takes_back_only_that_one(gloves, admin):
    first = adjust(gloves, Kind.USE, "1")
    adjust(gloves, Kind.USE, "2")

    services_stock.reverse_movement(movement=first, by=admin)

    assert stock(gloves) == [(8, 0)]


def test_reverse_movement_resolves_the_alert_that_it_ends(gloves, admin):
    movement = adjust(gloves, Kind.USE, "7")

    services_stock.reverse_movement(movement=movement, by=admin)

    assert Alert.objects.get().status == Alert.Status.RESOLVED


def test_reverse_movement_is_refused_twice(gloves, admin):
    movement = adjust(gloves, Kind.USE, "3")
    services_stock.reverse_movement(movement=movement, by=admin)

    with pytest.raises(services_stock.NotReversible, match="undone before"):
        services_stock.reverse_movement(movement=movement, by=admin)

    assert stock(gloves) == [(10, 0)]
    assert gloves.movements.count() == 3


def test_reverse_movement_leaves_alone_what_nobody_did_by_hand(gloves, admin):
    reservations.use_reserved(
        source_key="booking:1", actuals={gloves.pk: Decimal(1)}, reason="", by=admin, now=timezone.now()
    )
    adjust(gloves, Kind.COUNT, "9")
    undone = services_stock.reverse_movement(movement=adjust(gloves, Kind.USE, "1"), by=admin)
    lines = [*gloves.movements.filter(kind__in=[Kind.OPENING, Kind.VISIT, Kind.COUNT]), undone]

    for line in lines:
        with pytest.raises(services_stock.NotReversible, match="cannot be undone here"):
            services_stock.reverse_movement(movement=line, by=admin)

    assert len(lines) == 4
    assert stock(gloves) == [(9, 0)]


def test_reverse_movement_takes_back_no_more_than_there_is(gloves, admin):
    delivery = adjust(gloves, Kind.RECEIVE, "5")
    adjust(gloves, Kind.USE, "12")

    with pytest.raises(services_stock.NotEnoughStock, match="Only 3 boxes of Gloves on hand"):
        services_stock.reverse_movement(movement=delivery, by=admin)

    assert stock(gloves) == [(3, 0)]
    assert gloves.movements.count() == 3


# --- the buttons ---


def reverse_url(movement):
    return reverse("inventory:reverse", args=[movement.pk])


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def test_the_flash_after_using_one_takes_it_back(as_admin, gloves):
    page = as_admin.post(
        reverse("inventory:adjust", args=[gloves.pk]), {"kind": "use", "quantity": "1"}, follow=True
    )
    movement = gloves.movements.get(kind=Kind.USE)
    assert f'action="{reverse_url(movement)}"' in page.content.decode()

    response = as_admin.post(reverse_url(movement), {"next": "/inventory/?q=glo"})

    assert response.url == "/inventory/?q=glo"
    assert said(response) == ["Undone. Gloves: 10 boxes on hand."]
    assert stock(gloves) == [(10, 0)]


def test_the_ledger_offers_to_undo_what_can_be_undone(as_admin, gloves):
    adjust(gloves, Kind.COUNT, "10")
    undone = adjust(gloves, Kind.USE, "1")
    as_admin.post(reverse_url(undone))
    kept = adjust(gloves, Kind.USE, "2")

    page = as_admin.get(gloves.get_absolute_url()).content.decode()

    assert page.count('form="undo"') == 1
    assert f'formaction="{reverse_url(kept)}"' in page
    assert "Undone" in page


def test_undoing_twice_says_so(as_admin, gloves):
    movement = adjust(gloves, Kind.USE, "1")
    as_admin.post(reverse_url(movement))

    response = as_admin.post(reverse_url(movement))

    assert response.url == gloves.get_absolute_url()
    assert said(response)[-1] == "That was undone before."
    assert gloves.movements.count() == 3


def test_who_only_sees_stock_undoes_nothing(as_staff, gloves):
    Group.objects.get(name=STAFF).permissions.remove(Permission.objects.get(codename="add_movement"))
    movement = adjust(gloves, Kind.USE, "1")

    assert as_staff.post(reverse_url(movement)).status_code == 403
    assert 'form="undo"' not in as_staff.get(gloves.get_absolute_url()).content.decode()
    assert stock(gloves) == [(9, 0)]
