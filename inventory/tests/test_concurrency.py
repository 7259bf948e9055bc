"""Many people at one shelf: real threads, real transactions."""

from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.urls import reverse

from alerts.models import Alert
from inventory import services
from inventory.models import Item, Movement
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db(transaction=True)


def use_one(item) -> bool:
    """Whether there was one to use."""
    try:
        services.adjust_stock(item=item, kind=Movement.Kind.USE, quantity=Decimal(1), by=None)
    except services.NotEnoughStock:
        return False
    finally:
        connection.close()
    return True


def use_at_once(item, *, people):
    """Let so many people use one each at the same time, and return how many got one."""
    with ThreadPoolExecutor(people) as pool:
        return sum(pool.map(use_one, [item] * people))


def ledger_total(item):
    return item.movements.aggregate(total=Sum("quantity"))["total"]


def test_a_hundred_people_share_sixty():
    item = ItemFactory(on_hand=Decimal(60), threshold=Decimal(20))

    served = use_at_once(item, people=100)

    item.refresh_from_db()
    assert served == 60
    assert item.on_hand == ledger_total(item) == 0
    assert item.movements.count() == 61
    assert sorted(item.movements.values_list("balance_after", flat=True)) == list(range(61))
    alert = Alert.objects.get()
    assert (alert.status, alert.count) == (Alert.Status.OPEN, 20)


def test_without_the_lock_the_total_would_be_wrong(monkeypatch):
    """The control: the same people at the same shelf, two of whom always look before either writes."""
    item = ItemFactory(on_hand=Decimal(60), threshold=Decimal(0))
    both_have_looked = Barrier(2, timeout=10)

    def look(item):
        item = Item.objects.get(pk=item.pk)
        both_have_looked.wait()
        return item

    monkeypatch.setattr(services, "_locked", look)

    use_at_once(item, people=20)

    item.refresh_from_db()
    assert item.on_hand > ledger_total(item) == 40


def wait_until_somebody_waits():
    with connection.cursor() as cursor:
        for _ in range(200):
            cursor.execute("SELECT pg_sleep(0.05), count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[1]:
                return
    raise TimeoutError


@pytest.mark.parametrize("page", ["create", "edit", "admin"])
def test_a_sku_taken_while_the_form_is_on_its_way_is_refused_in_words(as_admin, page):
    """The form cannot see what the other one has not committed yet; the writing waits, and is refused."""
    mine = ItemFactory(name="Mine") if page == "edit" else None
    url = {
        "create": reverse("inventory:create"),
        "edit": mine and reverse("inventory:edit", args=[mine.pk]),
        "admin": reverse("admin:inventory_item_add"),
    }[page]
    form = {
        "name": "Gloves",
        "sku": "glv",
        "unit": "box",
        "on_hand": "1",
        "threshold": "0",
        "is_active": "on",
    }

    def send():
        try:
            return as_admin.post(url, form, follow=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            ItemFactory(name="Theirs", sku="GLV")
            answer = pool.submit(send)
            wait_until_somebody_waits()
        response = answer.result()

    assert response.status_code == 200
    assert "Another item has this SKU." in response.content.decode()
    assert not Item.objects.filter(name="Gloves").exists()
    assert Item.objects.exclude(sku="").get().name == "Theirs"
