"""What is on the shelf, page by page, and who may see and touch it."""

import datetime
import re
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from inventory.models import Item, Movement
from inventory.services import reservations
from inventory.services.stock import adjust_stock
from inventory.tests.factories import ItemFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business")]
NEW = {"name": "Gloves", "sku": "GLV", "unit": "box", "on_hand": "12", "threshold": "4"}


def url(name, *args):
    return reverse(f"inventory:{name}", args=args)


def names(response):
    return [item.name for item in response.context["page_obj"]]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number_of_items(as_admin, count, django_assert_num_queries):
    ItemFactory.create_batch(count)

    with django_assert_num_queries(5):
        response = as_admin.get(url("list"))

    assert len(response.context["page_obj"]) == count


@pytest.mark.parametrize("count", [1, 3])
def test_low_stock_costs_the_same_for_any_number_of_items(as_staff, count, django_assert_num_queries):
    ItemFactory.create_batch(count, on_hand=Decimal(1))

    with django_assert_num_queries(5):
        response = as_staff.get(url("low_stock"))

    assert len(response.context["page_obj"]) == count


@pytest.mark.parametrize("count", [1, 30])
def test_detail_costs_the_same_for_any_length_of_the_ledger(
    as_admin, admin, count, django_assert_num_queries
):
    item = ItemFactory(on_hand=Decimal(0), threshold=Decimal(0))
    for _ in range(count):
        adjust_stock(item=item, kind=Movement.Kind.RECEIVE, quantity=Decimal(1), by=admin)

    with django_assert_num_queries(7):
        response = as_admin.get(item.get_absolute_url())

    assert len(response.context["page_obj"]) == min(count, 25)


def test_list_shows_what_is_in_use_and_finds_by_name_and_sku(as_staff):
    ItemFactory(name="Gloves", sku="GLV")
    ItemFactory(name="Oil", sku="OIL", on_hand=Decimal(1))
    Item.objects.filter(pk=ItemFactory(name="Old oil").pk).update(is_active=False)

    assert names(as_staff.get(url("list"))) == ["Gloves", "Oil"]
    assert names(as_staff.get(url("list"), {"q": " oil "})) == ["Oil"]
    assert names(as_staff.get(url("list"), {"q": "glv"})) == ["Gloves"]
    assert names(as_staff.get(url("list"), {"show": "low"})) == ["Oil"]
    assert names(as_staff.get(url("list"), {"show": "all", "q": "oil"})) == ["Oil", "Old oil"]
    assert names(as_staff.get(url("list"), {"show": "nonsense"})) == ["Gloves", "Oil"]


def test_list_pages_keep_the_filter(as_staff):
    ItemFactory.create_batch(51)

    first = as_staff.get(url("list"), {"q": "gloves", "page": 1})
    second = as_staff.get(url("list"), {"q": "gloves", "page": 2})

    assert len(names(first)) == 50
    assert len(names(second)) == 1
    assert "?q=gloves&amp;page=2" in first.content.decode()


@pytest.mark.parametrize("page", ["abc", "0", "-1", "99", "1e9", "9" * 400])
@pytest.mark.parametrize("name", ["list", "low_stock"])
def test_a_page_that_does_not_exist_is_not_found(as_staff, name, page):
    assert as_staff.get(url(name), {"page": page}).status_code == 404


@pytest.mark.parametrize("text", ["x" * 10_000, "%", "_", "'", "\\", "<script>"])
def test_search_takes_any_text(as_staff, text):
    ItemFactory()

    response = as_staff.get(url("list"), {"q": text})

    assert response.status_code == 200
    assert names(response) == []
    assert "No item fits" in response.content.decode()


def test_low_stock_is_what_is_low_and_says_what_is_missing(as_staff):
    ItemFactory(name="Plenty")
    ItemFactory(name="Gloves", on_hand=Decimal("1.5"), threshold=Decimal(4))

    response = as_staff.get(url("low_stock"))

    assert names(response) == [item.name for item in Item.objects.low()] == ["Gloves"]
    assert '<span class="strong">2.5</span> boxes' in response.content.decode()


def test_low_stock_says_when_nothing_is_low(as_staff):
    ItemFactory()

    assert "Nothing is low." in as_staff.get(url("low_stock")).content.decode()


# Who may do what


def test_staff_move_stock_and_read_who_changes_items(as_staff):
    item = ItemFactory()

    pages = [as_staff.get(page).content.decode() for page in (url("list"), item.get_absolute_url())]

    for page in pages:
        assert url("adjust", item.pk) in page
        assert url("create") not in page
        assert url("edit", item.pk) not in page
    assert "Only admins add and change items." in pages[0]
    assert "Only admins change items." in pages[1]


def test_staff_use_one_in_one_click_and_undo_it(as_staff):
    item = ItemFactory(on_hand=5)

    as_staff.post(url("adjust", item.pk), {"kind": "use", "quantity": "1"})

    item.refresh_from_db()
    assert item.on_hand == 4
    as_staff.post(url("reverse", item.movements.latest("pk").pk))
    item.refresh_from_db()
    assert item.on_hand == 5


def test_admins_read_no_word_about_admins(as_admin):
    item = ItemFactory()

    for page in (url("list"), item.get_absolute_url()):
        assert "Only admins" not in as_admin.get(page).content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["create", "edit"])
def test_staff_may_not_change_items(as_staff, name, method):
    item = ItemFactory()
    args = [] if name == "create" else [item.pk]

    response = getattr(as_staff, method)(url(name, *args), {**NEW, "is_active": "on"})

    assert response.status_code == 403
    assert Item.objects.get() == item
    assert (Item.objects.get().name, item.movements.count()) == (item.name, 1)


def test_adjusting_is_not_a_page(as_admin):
    assert as_admin.get(url("adjust", ItemFactory().pk)).status_code == 405


@pytest.mark.parametrize("name", ["detail", "edit", "adjust"])
def test_an_item_that_does_not_exist_is_not_found(as_admin, name):
    method = as_admin.post if name == "adjust" else as_admin.get

    assert method(url(name, 404)).status_code == 404


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_for_any_number_of_items_that_will_run_out(
    as_admin, count, django_assert_num_queries
):
    for item in ItemFactory.create_batch(count):
        _reserve(item, "12")

    with django_assert_num_queries(6):
        response = as_admin.get(url("list"))

    assert response.content.decode().count("Runs out ") == count


def test_list_shows_what_is_free_reserved_and_on_hand(as_staff):
    _reserve(ItemFactory(name="Gloves"), "2.5")

    row = as_staff.get(url("list")).content.decode().split("<tbody>")[1]

    assert [
        cell.split("</")[0] for cell in re.findall(r'data-label="(?:Free|Reserved|On hand)">\s*(.*)', row)
    ] == [
        '<span><span class="strong">7.5',
        "2.5",
        "10",
    ]


def test_a_threshold_is_compared_with_what_is_free(as_staff):
    _reserve(ItemFactory(name="Gloves"), "7")
    ItemFactory(name="Oil", on_hand=Decimal(4))

    assert names(as_staff.get(url("low_stock"))) == ["Gloves"]
    assert names(as_staff.get(url("list"), {"show": "low"})) == ["Gloves"]


def test_what_was_used_beyond_what_there_was_is_to_be_counted(as_staff):
    item = ItemFactory(on_hand=Decimal(1))
    reservations.use_reserved(
        source_key="booking:1", actuals={item.pk: Decimal(3)}, reason="Visit", by=None, now=timezone.now()
    )

    for page in (url("list"), item.get_absolute_url()):
        assert "Count it" in as_staff.get(page).content.decode()


def _reserve(item, quantity):
    due_at = datetime.datetime(timezone.now().year, 11, 24, 9, tzinfo=datetime.UTC)
    lines = {item.pk: Decimal(quantity)}
    reservations.reserve(source_key=f"booking:{item.pk}", lines=lines, due_at=due_at, now=timezone.now())
