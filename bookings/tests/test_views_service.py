import html

import pytest

from accounts.models import Business
from bookings.models import Service
from bookings.tests.factories import ServiceFactory

pytestmark = pytest.mark.django_db

TYPED = {"name": "Massage", "minutes": "45", "form_url": "forms.example/intake", "is_active": "on"}


@pytest.mark.parametrize("rows", [1, 30])
def test_list_costs_four_queries_however_long_it_is(rows, as_staff, django_assert_num_queries):
    ServiceFactory.create_batch(rows)
    Business.objects.current()

    with django_assert_num_queries(4):
        response = as_staff.get("/bookings/services/")

    assert len(response.context["service_list"]) == rows


def test_list_shows_what_can_be_booked_first(as_staff):
    ServiceFactory(name="Cupping", is_active=False)
    ServiceFactory(name="Massage")
    ServiceFactory(name="acupuncture")

    page = as_staff.get("/bookings/services/")

    assert [service.name for service in page.context["service_list"]] == ["acupuncture", "Massage", "Cupping"]
    assert "New service" not in page.content.decode()


def test_staff_cannot_change_the_catalogue(as_staff):
    service = ServiceFactory()

    for url in ["/bookings/services/new/", f"/bookings/services/{service.pk}/edit/"]:
        assert as_staff.get(url).status_code == 403
        assert as_staff.post(url, TYPED).status_code == 403
    assert Service.objects.get().name == service.name


def test_create_adds_a_service(as_admin):
    response = as_admin.post("/bookings/services/new/", TYPED, follow=True)

    service = Service.objects.get()
    assert (service.name, service.minutes, service.is_active) == ("Massage", 45, True)
    assert service.form_url == "https://forms.example/intake"
    assert "Massage can now be booked." in response.content.decode()


def test_edit_changes_a_service(as_admin):
    service = ServiceFactory(name="Massage")

    as_admin.post(f"/bookings/services/{service.pk}/edit/", {"name": "Deep\n massage", "minutes": "90"})

    service.refresh_from_db()
    assert (service.name, service.minutes, service.is_active) == ("Deep massage", 90, False)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "This field is required."),
        ("name", " ", "This field is required."),
        ("name", "x" * 10_000, "at most 80 characters"),
        ("name", "a\x00b", "Null characters are not allowed."),
        ("minutes", "4", "greater than or equal to 5"),
        ("minutes", "1441", "less than or equal to 1440"),
        ("minutes", "99999999999999999999", "less than or equal to 1440"),
        ("minutes", "an hour", "Enter a whole number."),
        ("form_url", "javascript:alert(1)", "Enter a valid URL."),
        ("form_url", "https://forms.example/" + "x" * 200, "at most 200 characters"),
    ],
)
def test_create_says_what_is_wrong(field, value, sentence, as_admin):
    response = as_admin.post("/bookings/services/new/", TYPED | {field: value})

    assert response.status_code == 200
    assert sentence in html.unescape(response.content.decode())
    assert not Service.objects.exists()
    assert as_admin.get("/bookings/services/").status_code == 200


def test_edit_of_nothing_is_not_found(as_admin):
    assert as_admin.get("/bookings/services/999/edit/").status_code == 404
