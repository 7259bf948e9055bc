import pytest

from accounts.models import AuditEntry, Business
from bookings.models import Booking, CalendarFeed, IntakeRequest, Service
from bookings.tests.factories import TERMS, BookedFactory, BookingFactory, ServiceFactory
from bookings.tests.intake_desk import make_form

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("rows", [1, 5])
def test_admin_lists_bookings(rows, as_admin, django_assert_max_num_queries):
    for _ in range(rows):
        BookingFactory()
    Business.objects.current()

    with django_assert_max_num_queries(12):
        page = as_admin.get("/admin/bookings/booking/?q=Ada").content.decode()

    assert page.count('class="field-contact"') + page.count('class="field-contact nowrap"') == rows


def test_admin_shows_a_booking_without_letting_anybody_change_it(as_admin):
    booking = BookingFactory()
    url = f"/admin/bookings/booking/{booking.pk}"

    assert as_admin.get(f"{url}/change/").status_code == 200
    assert as_admin.post(f"{url}/change/", {"notes": "x"}).status_code == 403
    assert as_admin.post(f"{url}/delete/", {"post": "yes"}).status_code == 403
    assert as_admin.get("/admin/bookings/booking/add/").status_code == 403
    assert Booking.objects.get().notes == ""


def test_admin_adds_and_changes_services_like_the_pages_do(as_admin, admin):
    typed = TERMS | {"name": "Massage", "minutes": "45", "is_active": "on"}

    added = as_admin.post("/admin/bookings/service/add/", typed)
    service = Service.objects.get()
    changed = as_admin.post(f"/admin/bookings/service/{service.pk}/change/", typed | {"minutes": "30"})

    assert added.status_code == changed.status_code == 302
    service.refresh_from_db()
    assert service.minutes == 30
    entries = AuditEntry.objects.about(service).order_by("pk")
    assert [(entry.action, entry.by) for entry in entries] == [
        ("service.created", admin),
        ("service.changed", admin),
    ]


def test_admin_says_what_is_wrong_with_a_service(as_admin):
    response = as_admin.post("/admin/bookings/service/add/", {"name": "", "minutes": "3"})

    assert response.status_code == 200
    assert not Service.objects.exists()


def test_admin_deletes_no_service(as_admin):
    service = ServiceFactory()

    assert as_admin.post(f"/admin/bookings/service/{service.pk}/delete/", {"post": "yes"}).status_code == 403


def test_admin_keeps_secrets_to_itself(as_admin, staff):
    service = ServiceFactory()
    make_form(service=service)
    booking = BookedFactory(service=service)
    feed = CalendarFeed.objects.create(staff=staff)
    asked = IntakeRequest.objects.get(booking=booking)
    pages = {
        f"booking/{booking.pk}": booking.key,
        f"intakerequest/{asked.pk}": asked.key,
        f"calendarfeed/{feed.pk}": feed.secret,
    }

    for page, secret in pages.items():
        response = as_admin.get(f"/admin/bookings/{page}/change/")
        assert response.status_code == 200
        assert secret not in response.content.decode()


@pytest.mark.parametrize("model", ["intakeform", "intakerequest", "calendarfeed", "servicematerial"])
def test_admin_only_shows_what_has_pages_or_services_of_its_own(model, as_admin):
    assert as_admin.get(f"/admin/bookings/{model}/?q=Ada").status_code == 200
    assert as_admin.get(f"/admin/bookings/{model}/add/").status_code == 403
