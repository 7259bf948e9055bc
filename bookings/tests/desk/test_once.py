"""The forms of a new booking and of a new service, sent more than once."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry, Business
from accounts.tests.factories import UserFactory
from bookings.models import Booking, IntakeForm, Service
from bookings.tests.factories import TERMS, ServiceFactory
from bookings.tests.intake_desk import make_form
from contacts.tests.factories import ContactFactory
from inventory.tests.factories import ItemFactory
from messaging.models import Message

pytestmark = pytest.mark.django_db

CREATE = reverse("bookings:create")
SERVICE = reverse("bookings:service_create")


@pytest.fixture
def form(as_staff, staff):
    Business.objects.current()
    contact = ContactFactory(name="Ada")
    page = as_staff.get(CREATE, {"contact": contact.pk})
    values = {"contact": contact.pk, "service": ServiceFactory(name="Massage").pk, "staff": staff.pk}
    token = page.context["form"]["once"].value()
    assert f'name="once" value="{token}"' in page.content.decode()
    return values | {"starts_at": "2031-05-05T10:00", "notes": "", "once": token}


def test_a_booking_sent_again_leads_to_the_first_one(as_staff, form):
    first, second = as_staff.post(CREATE, form), as_staff.post(CREATE, form)

    booking = Booking.objects.get()
    assert first["Location"] == second["Location"] == booking.get_absolute_url()
    assert AuditEntry.objects.filter(action="booking.created").count() == 1
    assert Message.objects.filter(rule="confirmation").count() == 1


def test_a_booking_sent_again_with_another_time_is_refused_and_then_makes_another(as_staff, form):
    as_staff.post(CREATE, form)
    later = form | {"starts_at": "2031-05-05T12:00"}

    refused = as_staff.post(CREATE, later)

    booking = Booking.objects.get()
    assert refused.status_code == 409
    assert f'<a href="{booking.get_absolute_url()}">Massage for Ada</a>' in refused.content.decode()
    assert Message.objects.filter(rule="confirmation").count() == 1

    as_staff.post(CREATE, later | {"once": refused.context["form"]["once"].value()})

    assert Booking.objects.count() == 2


def test_the_same_slot_from_another_form_is_still_taken(as_staff, form):
    as_staff.post(CREATE, form)
    other = as_staff.get(CREATE, {"contact": form["contact"]}).context["form"]["once"].value()

    response = as_staff.post(CREATE, form | {"once": other})

    assert response.status_code == 409
    assert "already." in response.content.decode()
    assert Booking.objects.count() == 1


def test_a_service_sent_again_is_offered_once(as_admin):
    page = as_admin.get(SERVICE)
    token = page.context["form"]["once"].value()
    form = TERMS | {"name": "Massage", "minutes": "60", "is_active": "on", "once": token}
    assert f'name="once" value="{token}"' in page.content.decode()

    answers = [as_admin.post(SERVICE, form) for _ in range(2)]
    refused = as_admin.post(SERVICE, form | {"minutes": "90"})

    assert [answer.status_code for answer in answers] == [302, 302]
    assert refused.status_code == 409
    assert Service.objects.get().minutes == 60
    assert AuditEntry.objects.filter(action="service.created").count() == 1


def test_a_service_sent_again_with_other_people_forms_or_materials_is_refused(as_admin):
    ada, asked, item = UserFactory(), make_form(), ItemFactory()
    token = as_admin.get(SERVICE).context["form"]["once"].value()
    lines = {"materials-TOTAL_FORMS": "1", "materials-INITIAL_FORMS": "0"}
    form = TERMS | lines | {"name": "Massage", "minutes": "60", "is_active": "on", "once": token}
    as_admin.post(SERVICE, form)

    for other in (
        {"performers": [ada.pk]},
        {"intake_forms": [asked.pk]},
        {"materials-0-item": item.pk, "materials-0-quantity": "2"},
    ):
        assert as_admin.post(SERVICE, form | other).status_code == 409

    service = Service.objects.get()
    assert not service.performers.exists()
    assert not service.intake_forms.exists()
    assert not service.materials.exists()
    assert as_admin.post(SERVICE, form).status_code == 302


def test_an_intake_form_sent_again_for_other_services_is_refused(as_admin):
    page, service = "/bookings/intake-forms/new/", ServiceFactory()
    token = as_admin.get(page).context["form"]["once"].value()
    form = {"name": "Health", "is_active": "on", "once": token}
    first = as_admin.post(page, form)

    again, refused = as_admin.post(page, form), as_admin.post(page, form | {"services": [service.pk]})

    assert (again.url, refused.status_code) == (first.url, 409)
    assert not IntakeForm.objects.get().services.exists()
