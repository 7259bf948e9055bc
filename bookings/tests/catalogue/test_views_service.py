import html
from decimal import Decimal

import pytest

from accounts.models import AuditEntry, Business
from accounts.tests.factories import UserFactory
from bookings.models import Service, ServiceMaterial
from bookings.tests.factories import TERMS, ServiceFactory
from bookings.tests.intake_desk import make_form
from inventory.tests.factories import ItemFactory

pytestmark = pytest.mark.django_db

TYPED = TERMS | {"name": "Massage", "minutes": "45", "is_active": "on"}


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_four_queries_however_long_it_is(rows, as_staff, django_assert_num_queries):
    for service in ServiceFactory.create_batch(rows):
        service.performers.set([UserFactory()])
        make_form(service=service, name=service.name)
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
    assert "Only admins add and change services." in page.content.decode()


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
    assert "Massage can now be booked." in response.content.decode()


def test_edit_changes_a_service(as_admin):
    service = ServiceFactory(name="Massage")

    as_admin.post(
        f"/bookings/services/{service.pk}/edit/", TERMS | {"name": "Deep\n massage", "minutes": "90"}
    )

    service.refresh_from_db()
    assert (service.name, service.minutes, service.is_active) == ("Deep massage", 90, False)


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("name", "", "This field is required."),
        ("name", " ", "This field is required."),
        ("name", "x" * 10_000, "at most 80 characters"),
        ("minutes", "4", "greater than or equal to 5"),
        ("minutes", "1441", "less than or equal to 1440"),
        ("minutes", "99999999999999999999", "less than or equal to 1440"),
        ("minutes", "an hour", "Enter a whole number."),
        ("price", "-1", "greater than or equal to 0"),
        ("price", "1e9", "no more than 8 digits"),
        ("price", "NaN", "Enter a number."),
        ("colour", "13", "not one of the available choices"),
        ("buffer_after", "241", "less than or equal to 240"),
        ("buffer_before", "-5", "greater than or equal to 0"),
        ("step", "7", "not one of the available choices"),
        ("horizon", "0", "greater than or equal to 1"),
        ("notice", "17", "not one of the available choices"),
        ("performers", "999", "not one of the available choices"),
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


def test_edit_keeps_the_terms(as_admin):
    service = ServiceFactory(name="Massage", notice=17)
    ada, _ = UserFactory.create_batch(2)
    typed = TYPED | {
        "price": "49.5",
        "colour": "3",
        "location": "video",
        "buffer_before": "5",
        "buffer_after": "10",
        "step": "30",
        "notice": "17",
        "horizon": "90",
        "cancel_limit": "2880",
        "needs_approval": "on",
        "performers": [str(ada.pk)],
    }

    as_admin.post(f"/bookings/services/{service.pk}/edit/", typed)

    service.refresh_from_db()
    assert (service.price, service.colour, service.location) == (Decimal("49.50"), 3, "video")
    assert (service.buffer_before, service.buffer_after, service.step) == (5, 10, 30)
    assert (service.notice, service.horizon, service.cancel_limit) == (17, 90, 2880)
    assert (service.is_public, service.needs_approval) == (False, True)
    assert list(service.performers.all()) == [ada]
    assert AuditEntry.objects.latest("pk").changes["performers"] == ["everybody", ada.name]


def test_list_shows_the_terms(as_staff):
    service = ServiceFactory(price=Decimal("49.50"), buffer_before=5, buffer_after=10, needs_approval=True)
    service.performers.set([UserFactory(name="Zoe"), UserFactory(name="Ben")])
    make_form(service=service, name="Health")
    ServiceMaterial.objects.create(service=service, item=ItemFactory(name="Gloves"), quantity=1)
    ServiceFactory(price=Decimal(45), is_public=False)
    ServiceFactory()

    html = " ".join(as_staff.get("/bookings/services/").content.decode().split())

    for words in ("£49.50", "£45 <", "5 min before, 10 min after", "On request", "Staff only", "Book online"):
        assert words in html
    for words in ("Ben, Zoe", "Everybody", "Health", "Gloves"):
        assert words in html
