from decimal import Decimal

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.models import Business
from alerts.models import Alert
from inventory.models import Item, Movement
from inventory.services import adjust_stock
from inventory.tests.factories import ItemFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("business")]
NEW = {"name": "Gloves", "sku": "GLV", "unit": "box", "on_hand": "12", "threshold": "4"}


@pytest.fixture
def business(db):
    """There from the first page on; the queries that make it are not to be counted."""
    return Business.objects.current()


def url(name, *args):
    return reverse(f"inventory:{name}", args=args)


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


def names(response):
    return [item.name for item in response.context["page_obj"]]


# Lists


@pytest.mark.parametrize("count", [1, 30])
def test_list_costs_the_same_for_any_number_of_items(as_admin, count, django_assert_num_queries):
    ItemFactory.create_batch(count)

    with django_assert_num_queries(6):
        response = as_admin.get(url("list"))

    assert len(response.context["page_obj"]) == count


@pytest.mark.parametrize("count", [1, 30])
def test_low_stock_costs_the_same_for_any_number_of_items(as_staff, count, django_assert_num_queries):
    ItemFactory.create_batch(count, on_hand=Decimal(1))

    with django_assert_num_queries(6):
        response = as_staff.get(url("low_stock"))

    assert len(response.context["page_obj"]) == count


@pytest.mark.parametrize("count", [1, 30])
def test_detail_costs_the_same_for_any_length_of_the_ledger(
    as_admin, admin, count, django_assert_num_queries
):
    item = ItemFactory(on_hand=Decimal(0), threshold=Decimal(0))
    for _ in range(count):
        adjust_stock(item=item, kind=Movement.Kind.RECEIVE, quantity=Decimal(1), by=admin)

    with django_assert_num_queries(6):
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


@pytest.mark.parametrize("text", ["x" * 10_000, "%", "_", "'", "\\", "\u202e", "<script>"])
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
    assert '<span class="strong">2.5</span> box' in response.content.decode()


def test_low_stock_says_when_nothing_is_low(as_staff):
    ItemFactory()

    assert "Nothing is low." in as_staff.get(url("low_stock")).content.decode()


# Who may do what


def test_staff_look_and_do_not_touch(as_staff):
    item = ItemFactory()

    pages = [as_staff.get(page).content.decode() for page in (url("list"), item.get_absolute_url())]

    for page in pages:
        assert "adjust/" not in page
        assert url("create") not in page
        assert url("edit", item.pk) not in page


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", ["create", "edit", "adjust"])
def test_staff_may_not_change_stock(as_staff, name, method):
    item = ItemFactory()
    args = [] if name == "create" else [item.pk]

    response = getattr(as_staff, method)(
        url(name, *args), {**NEW, "kind": "use", "quantity": "1", "is_active": "on"}
    )

    assert response.status_code == 403
    assert Item.objects.get() == item
    assert (Item.objects.get().name, item.movements.count()) == (item.name, 1)


def test_adjusting_is_not_a_page(as_admin):
    assert as_admin.get(url("adjust", ItemFactory().pk)).status_code == 405


@pytest.mark.parametrize("name", ["detail", "edit", "adjust"])
def test_an_item_that_does_not_exist_is_not_found(as_admin, name):
    method = as_admin.post if name == "adjust" else as_admin.get

    assert method(url(name, 404)).status_code == 404


# Adding and editing


def test_admin_adds_an_item(as_admin, admin):
    response = as_admin.post(url("create"), NEW)

    item = Item.objects.get()
    assert response.url == item.get_absolute_url()
    assert said(response) == ["Added Gloves."]
    assert (item.sku, item.unit, item.on_hand, item.threshold) == ("GLV", "box", 12, 4)
    assert item.movements.get().by == admin


@pytest.mark.parametrize("field", ["on_hand", "threshold"])
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
def test_a_bad_quantity_is_a_form_error(as_admin, field, typed, error):
    response = as_admin.post(url("create"), {**NEW, field: typed})

    assert response.status_code == 200
    assert response.context["form"].errors == {field: [error]}
    assert response.context["form"][field].value() == typed
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
        ("name", "a\x00b"),
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


# Adjusting


@pytest.mark.parametrize(
    ("kind", "quantity", "sentence"),
    [
        ("receive", "5", "Received 5 box of Gloves: 15 box on hand."),
        ("use", "0.5", "Used 0.5 box of Gloves: 9.5 box on hand."),
        ("waste", "10", "Wasted 10 box of Gloves: 0 box on hand."),
        ("count", "12", "Counted Gloves: 12 box on hand."),
        ("count", "0", "Counted Gloves: 0 box on hand."),
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
    assert "Only 10 box of Gloves on hand. If there is more, count it first." in page
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
        ("/inventory/?q=" + "x" * 9000, "/inventory/?q=" + "x" * 1986),
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
