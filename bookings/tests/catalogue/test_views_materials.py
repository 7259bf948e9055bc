"""What visits use up, on the pages: the list of a service, the section of a visit, the item's page."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission
from django.contrib.messages import get_messages

from accounts.models import Business, subject_key
from bookings.catalogue import recipes
from bookings.catalogue.materials_forms import ActualsForm
from bookings.models import Booking, Service
from bookings.tests.factories import TERMS, BookedFactory, ServiceFactory
from bookings.visits import outcomes
from inventory.models import Reservation
from inventory.tests.checks import promised, stock
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db

TYPED = TERMS | {"name": "Massage", "minutes": "45", "is_active": "on"}


@pytest.fixture(autouse=True)
def _business(db):
    Business.objects.current()


@pytest.fixture
def gloves():
    return ItemFactory(name="Gloves")


@pytest.fixture
def oil():
    return ItemFactory(name="Oil", unit="ml")


@pytest.fixture
def massage(gloves):
    service = ServiceFactory(name="Massage")
    recipes.set_materials(service=service, lines={gloves.pk: Decimal(2)}, by=None)
    return service


@pytest.fixture
def booking(massage):
    return BookedFactory(service=massage)


def recipe(*lines, total=None):
    """The fields of the list as a browser sends them: (item, quantity) by line."""
    fields = {"materials-TOTAL_FORMS": str(total or len(lines)), "materials-INITIAL_FORMS": "0"}
    for number, (item, quantity) in enumerate(lines):
        fields[f"materials-{number}-item"] = str(getattr(item, "pk", item))
        fields[f"materials-{number}-quantity"] = quantity
    return fields


def recipe_of(service):
    return {line.item: line.quantity for line in service.materials.select_related("item")}


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


# --- the list of a service ---


def test_a_new_service_comes_with_its_materials(as_admin, gloves, oil):
    as_admin.post("/bookings/services/new/", TYPED | recipe((gloves, "1"), (oil, "2.5"), ("", "")))

    assert recipe_of(Service.objects.get()) == {gloves: 1, oil: Decimal("2.5")}


def test_the_list_is_replaced_line_by_line(as_admin, massage, gloves, oil):
    lines = recipe((gloves, "0"), (oil, "0.125"), ("", ""))

    response = as_admin.post(massage.get_absolute_url(), TYPED | lines)

    assert response.url == "/bookings/services/"
    assert recipe_of(massage) == {oil: Decimal("0.125")}


def test_a_page_without_the_list_leaves_it(as_admin, massage, gloves):
    as_admin.post(massage.get_absolute_url(), TYPED | {"minutes": "60"})

    massage.refresh_from_db()
    assert massage.minutes == 60
    assert recipe_of(massage) == {gloves: 2}


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        (("item", ""), "Enter how much."),
        (("item", "-1"), "Enter zero or more."),
        (("item", "NaN"), "Enter a number."),
        (("item", "1e30"), "No visit uses that much."),
        (("item", "100000.001"), "No visit uses that much."),
        (("item", "0.0001"), "Enter three decimal places at most."),
        (("", "2"), "Choose an item."),
        (("999999999", "2"), "Select a valid choice."),
        (("\x00", "2"), "Select a valid choice."),
    ],
)
def test_a_bad_line_is_told_on_the_page_and_nothing_is_saved(as_admin, massage, gloves, oil, line, complaint):
    item, quantity = line
    lines = recipe((oil if item == "item" else item, quantity))

    response = as_admin.post(massage.get_absolute_url(), TYPED | lines | {"name": "Other"})

    assert response.status_code == 200
    page = response.content.decode()
    assert complaint in page
    assert "Look at the materials again." in page
    massage.refresh_from_db()
    assert massage.name == "Massage"
    assert recipe_of(massage) == {gloves: 2}


def test_an_item_stands_on_the_list_once(as_admin, massage, gloves):
    response = as_admin.post(massage.get_absolute_url(), TYPED | recipe((gloves, "1"), (gloves, "2")))

    assert "That item is on the list already." in response.content.decode()
    assert recipe_of(massage) == {gloves: 2}


@pytest.mark.parametrize("total", ["NaN", "-1", "1000", "9" * 30, ""])
def test_a_list_that_no_page_can_send_is_refused(as_admin, massage, gloves, total):
    response = as_admin.post(massage.get_absolute_url(), TYPED | recipe((gloves, "5"), total=total))

    assert response.status_code in {200, 302}
    assert recipe_of(massage) in [{gloves: 2}, {gloves: 5}, {}]


def test_an_item_that_is_no_longer_in_use_stays_on_the_list(as_admin, massage, gloves, admin):
    from_others = ItemFactory(name="Old tape")
    for item in (gloves, from_others):
        item.is_active = False
        item.save()

    page = as_admin.get(massage.get_absolute_url())

    choices = [label for _, label in page.context["form"].recipe.forms[0].fields["item"].choices]
    assert choices == ["Nothing", "Gloves, in box"]


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_a_service_costs_the_same_for_any_list(
    as_admin, massage, count, django_assert_max_num_queries
):
    lines = {item.pk: Decimal(1) for item in ItemFactory.create_batch(count)}
    recipes.set_materials(service=massage, lines=lines, by=None)

    with django_assert_max_num_queries(12) as queries:
        as_admin.get(massage.get_absolute_url())

    assert len([query for query in queries if "inventory_item" in query["sql"]]) == 1


# --- visits that are booked already ---


def test_a_new_list_asks_about_the_visits_that_are_booked(as_admin, booking, massage, oil):
    response = as_admin.post(massage.get_absolute_url(), TYPED | recipe((oil, "3")), follow=True)

    page = response.content.decode()
    assert response.request["PATH_INFO"] == f"/bookings/services/{massage.pk}/materials/"
    assert "Use the new materials for 1 booked visit, too?" in page
    assert "3 ml of Oil for each of them." in page

    response = as_admin.post(f"/bookings/services/{massage.pk}/materials/")

    assert said(response)[-1] == "Reserved the new materials of Massage for 1 visit."
    assert promised(subject_key(booking)) == {oil.pk: 3}
    assert "Every booked visit has what it uses" in as_admin.get(response.wsgi_request.path).content.decode()


def test_the_same_list_asks_nothing(as_admin, booking, massage, gloves, staff):
    recipes.plan_materials(booking=booking, quantities={gloves.pk: Decimal(3)}, by=staff)

    response = as_admin.post(massage.get_absolute_url(), TYPED | recipe((gloves, "2")))

    assert promised(subject_key(booking)) == {gloves.pk: 3}
    assert response.status_code == 302


# --- one visit ---


def test_the_page_of_a_visit_shows_what_is_reserved_and_what_will_be_short(as_staff, booking, gloves):
    Reservation.objects.filter(item=gloves).update(quantity=12)

    page = as_staff.get(booking.get_absolute_url()).content.decode()

    assert "12 boxes" in page
    assert "Short by 2 boxes of Gloves" in page
    assert f'name="used_{gloves.pk}" value="12"' in page


def test_the_page_of_a_completed_visit_shows_what_was_used(as_staff, booking, gloves, staff):
    outcomes.complete_booking(
        booking=booking, actuals={gloves.pk: Decimal("1.5")}, by=staff, now=booking.ends_at
    )

    page = as_staff.get(booking.get_absolute_url()).content.decode()

    assert "1.5 boxes" in page
    assert f"used_{gloves.pk}" not in page


def test_staff_plan_one_visit_otherwise(as_staff, booking, gloves, oil):
    response = as_staff.post(
        f"/bookings/{booking.pk}/materials/",
        {f"used_{gloves.pk}": "3", "also": oil.pk, "also_quantity": "0.5"},
    )

    assert response.url == booking.get_absolute_url()
    assert promised(subject_key(booking)) == {gloves.pk: 3, oil.pk: Decimal("0.5")}


@pytest.mark.parametrize(
    ("typed", "complaint"),
    [
        ({"used": "-1"}, "Gloves: Enter zero or more."),
        ({"used": "NaN"}, "Gloves: Enter a number."),
        ({"used": "1e30"}, "Gloves: No visit uses that much."),
        ({"also_quantity": "2"}, "Something else: Choose an item."),
        ({"also": "999999999", "also_quantity": "2"}, "Something else: Select a valid choice."),
    ],
)
def test_what_cannot_be_reserved_is_refused_in_words(as_staff, booking, gloves, typed, complaint):
    fields = {name.replace("used", f"used_{gloves.pk}"): text for name, text in typed.items()}

    response = as_staff.post(f"/bookings/{booking.pk}/materials/", fields)

    assert said(response)[0].startswith(f"Nothing was changed. {complaint}")
    assert promised(subject_key(booking)) == {gloves.pk: 2}


def test_a_visit_that_is_over_is_not_planned(as_staff, booking, gloves, staff):
    outcomes.complete_booking(booking=booking, by=staff, now=booking.ends_at)

    response = as_staff.post(f"/bookings/{booking.pk}/materials/", {f"used_{gloves.pk}": "3"})

    assert said(response)[-1] == "The visit is over or called off, so nothing is reserved for it."
    assert stock(gloves) == [(8, 0)]


# --- what was really used ---


def actuals(booking, **typed):
    form = ActualsForm(typed, booking=booking)
    assert form.is_valid(), form.errors
    return form.actuals


def test_actuals_are_what_somebody_typed(booking, gloves, oil):
    key = f"used_{gloves.pk}"

    assert actuals(booking) == {}
    assert actuals(booking, **{key: ""}) == {}
    assert actuals(booking, **{key: "0"}) == {gloves.pk: 0}
    assert actuals(booking, **{key: "1.5", "also": oil.pk, "also_quantity": "2"}) == {
        gloves.pk: Decimal("1.5"),
        oil.pk: 2,
    }


# --- the item's page ---


def test_the_page_of_an_item_says_who_uses_it_and_when_it_runs_out(as_staff, booking, massage, gloves):
    late = BookedFactory(service=massage)
    Booking.objects.filter(pk=late.pk).update(contact=booking.contact)
    Reservation.objects.filter(source_key=subject_key(late)).update(quantity=9)
    type(gloves).objects.filter(pk=gloves.pk).update(reserved=11)

    page = as_staff.get(gloves.get_absolute_url()).content.decode()

    assert f'href="{booking.get_absolute_url()}"' in page
    assert f"before Massage for {booking.contact}" in page
    assert page.count("Short</span>") == 1
    assert "Runs out" in page
    assert '<span class="list__title">Massage</span>' in page  # staff do not edit services


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_of_an_item_costs_the_same_for_any_number_of_visits(
    as_staff, massage, gloves, count, django_assert_num_queries
):
    BookedFactory.create_batch(count, service=massage)
    Reservation.objects.filter(item=gloves).update(quantity=11)
    type(gloves).objects.filter(pk=gloves.pk).update(reserved=11 * count)

    with django_assert_num_queries(9):
        as_staff.get(gloves.get_absolute_url())


def test_who_sees_no_bookings_sees_no_names(as_staff, staff, booking, gloves):
    staff.groups.clear()
    for codename in ("view_item", "view_movement"):
        permission = Permission.objects.get(codename=codename, content_type__app_label="inventory")
        staff.user_permissions.add(permission)

    page = as_staff.get(gloves.get_absolute_url())

    assert page.status_code == 200
    assert str(booking.contact) not in page.content.decode()
    assert "A visit" in page.content.decode()
