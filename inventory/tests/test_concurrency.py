"""Many people at one shelf: real threads, real transactions."""

import datetime
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from functools import partial
from threading import Barrier

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.urls import reverse

from alerts.models import Alert
from inventory.models import Item, Movement
from inventory.services import reservations
from inventory.services import reservations as services_reservations
from inventory.services import stock as by_hand
from inventory.services import stock as services_stock
from inventory.tests.checks import stock, verify
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db(transaction=True)


def use_one(item) -> bool:
    """Whether there was one to use."""
    try:
        services_stock.adjust_stock(item=item, kind=Movement.Kind.USE, quantity=Decimal(1), by=None)
    except services_stock.NotEnoughStock:
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

    monkeypatch.setattr(by_hand, "locked", look)

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


# --- promises; what is behind a source is locked by the caller, as bookings do ---

NOW = datetime.datetime(2026, 11, 23, 9, tzinfo=datetime.UTC)


def at_once(*calls):
    """Run them in threads of their own, and raise what any of them raised."""

    def run(call):
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def reserve(number, *items):
    services_reservations.reserve(
        source_key=f"booking:{number}",
        lines={item.pk: Decimal(1) for item in items},
        due_at=NOW,
        now=NOW,
    )


def test_a_storm_of_visits_and_deliveries_neither_deadlocks_nor_loses_anything():
    """Each visit promises and uses the items in an order of its own, while others receive and count."""
    items = ItemFactory.create_batch(3, on_hand=Decimal(20))

    def visit(number):
        reserve(number, *(items if number % 2 else reversed(items)))
        services_reservations.postpone(source_key=f"booking:{number}", due_at=NOW)
        if number % 3 == 0:
            services_reservations.release(source_key=f"booking:{number}", now=NOW)
        else:
            services_reservations.use_reserved(
                source_key=f"booking:{number}", reason="Visit", by=None, now=NOW
            )
        if number % 3 == 1:
            services_reservations.give_back(source_key=f"booking:{number}", by=None)

    def deliver(number):
        for item in items if number % 2 else reversed(items):
            services_stock.adjust_stock(item=item, kind=Movement.Kind.RECEIVE, quantity=Decimal(1), by=None)

    at_once(*(partial(visit if number < 12 else deliver, number) for number in range(18)))

    verify()
    # 6 deliveries; of the visits, a third was let go, a third taken back, and a third used one of each
    assert stock(*items) == [(20 + 6 - 4, 4)] * 3


def test_visits_that_use_different_items_do_not_wait_for_each_other_in_a_circle():
    """One changes from the second item to the first, while the other is about both."""
    first, second = ItemFactory.create_batch(2)
    for number in range(8):
        reserve(number, second) if number % 2 else reserve(number, first, second)

    def change(number):
        key = f"booking:{number}"
        if number % 2:
            services_reservations.replace(source_key=key, lines={first.pk: Decimal(1)}, due_at=NOW)
        else:
            services_reservations.use_reserved(source_key=key, reason="Visit", by=None, now=NOW)

    at_once(*(partial(change, number) for number in range(8)))

    verify()
    assert stock(first, second) == [(6, 4), (6, 0)]


def test_without_the_lock_promises_would_be_lost(monkeypatch):
    """The control: two who look before either writes."""
    item = ItemFactory()
    both_have_looked = Barrier(2, timeout=10)

    def look(keys):
        found = Item.objects.in_bulk(keys)
        both_have_looked.wait()
        return found

    monkeypatch.setattr(reservations, "locked_all", look)

    at_once(partial(reserve, 1, item), partial(reserve, 2, item))

    assert stock(item) == [(10, 1)]


def test_the_same_line_is_taken_back_once_however_many_ask():
    item = ItemFactory()
    movement = services_stock.adjust_stock(item=item, kind=Movement.Kind.USE, quantity=Decimal(1), by=None)

    def undo():
        try:
            services_stock.reverse_movement(movement=movement, by=None)
        except services_stock.NotReversible:
            return False
        return True

    assert sorted(at_once(*[undo] * 6)) == [False] * 5 + [True]
    assert stock(item) == [(10, 0)]
    verify()
