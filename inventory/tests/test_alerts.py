"""When stock raises an alert, and when the alert settles."""

from decimal import Decimal

import pytest

from alerts import services as alerts
from alerts.models import Alert
from inventory.models import Movement
from inventory.services import items, stock
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db
Kind = Movement.Kind


def adjust(item, kind, quantity, **values):
    return stock.adjust_stock(item=item, kind=kind, quantity=Decimal(quantity), **{"by": None, **values})


def the_alert():
    return Alert.objects.get()


def test_stock_at_its_threshold_raises_no_alert():
    item = ItemFactory(on_hand=Decimal(10), threshold=Decimal(4))

    adjust(item, Kind.USE, "6")

    assert not Alert.objects.exists()


def test_falling_below_the_threshold_raises_one_alert():
    item = ItemFactory(name="Gloves", on_hand=Decimal(10), threshold=Decimal(4))

    adjust(item, Kind.USE, "6.5")

    alert = the_alert()
    assert (alert.kind, alert.source_key) == (Alert.Kind.LOW_STOCK, f"item:{item.pk}")
    assert (alert.title, alert.detail) == ("Low stock: Gloves", "Free: 3.5 boxes. Threshold: 4 boxes.")
    assert (alert.severity, alert.status, alert.count) == (Alert.Severity.WARNING, Alert.Status.OPEN, 1)
    assert alert.url == item.get_absolute_url()


def test_falling_further_counts_and_running_out_is_critical():
    item = ItemFactory(name="Gloves", on_hand=Decimal(3), threshold=Decimal(4))

    adjust(item, Kind.USE, "1")
    adjust(item, Kind.USE, "2")

    alert = the_alert()
    assert alert.count == 3
    assert (alert.title, alert.severity) == ("Out of stock: Gloves", Alert.Severity.CRITICAL)


def test_recovering_resolves_and_falling_again_raises_anew():
    item = ItemFactory(on_hand=Decimal(3), threshold=Decimal(4))

    adjust(item, Kind.RECEIVE, "1")

    assert (the_alert().status, the_alert().settled_why) == (Alert.Status.RESOLVED, "Stock recovered.")

    adjust(item, Kind.USE, "1")

    assert Alert.objects.count() == 2
    assert Alert.objects.open().count() == 1


def test_a_dismissed_alert_stays_silent_until_the_stock_has_recovered_once(staff):
    item = ItemFactory(on_hand=Decimal(3), threshold=Decimal(4))
    alerts.dismiss_alert(alert=the_alert(), by=staff)

    adjust(item, Kind.USE, "1")

    assert (the_alert().status, the_alert().count) == (Alert.Status.DISMISSED, 2)

    adjust(item, Kind.RECEIVE, "2")
    adjust(item, Kind.USE, "1")

    assert Alert.objects.count() == 2
    assert Alert.objects.open().count() == 1


def test_a_dismissed_alert_opens_anew_when_the_item_runs_out(staff):
    item = ItemFactory(on_hand=Decimal(3), threshold=Decimal(4))
    alerts.dismiss_alert(alert=the_alert(), by=staff)

    adjust(item, Kind.USE, "3")

    assert Alert.objects.open().get().severity == Alert.Severity.CRITICAL


def test_taking_an_item_out_of_use_resolves_and_putting_it_back_raises(staff):
    item = ItemFactory(on_hand=Decimal(3), threshold=Decimal(4))

    items.change_item(item=item, is_active=False, by=staff)

    assert (the_alert().status, the_alert().settled_why) == (Alert.Status.RESOLVED, "No longer in use.")

    adjust(item, Kind.USE, "1")

    assert not Alert.objects.open().exists()

    items.change_item(item=item, is_active=True, by=staff)

    assert Alert.objects.open().count() == 1


def test_changing_the_threshold_raises_and_resolves(staff):
    item = ItemFactory(on_hand=Decimal(10), threshold=Decimal(4))

    items.change_item(item=item, threshold=Decimal("10.001"), by=staff)

    assert the_alert().status == Alert.Status.OPEN

    items.change_item(item=item, threshold=Decimal(10), by=staff)

    assert the_alert().status == Alert.Status.RESOLVED
