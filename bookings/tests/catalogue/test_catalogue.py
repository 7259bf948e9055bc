import pytest
from django.core.exceptions import ValidationError

from accounts.models import AuditEntry
from bookings.catalogue import services as catalogue
from bookings.tests.acts import (
    HOUR,
)
from bookings.tests.factories import ServiceFactory

pytestmark = pytest.mark.django_db


def test_create_service_is_recorded(admin):
    service = catalogue.create_service(name="Massage", minutes=60, is_active=False, by=admin)

    assert (service.length, service.is_active) == (HOUR, False)
    assert AuditEntry.objects.about(service).get().action == "service.created"


@pytest.mark.parametrize("minutes", [4, 1441])
def test_create_service_refuses_a_length_nobody_can_keep(minutes, admin):
    with pytest.raises(ValidationError):
        catalogue.create_service(name="Massage", minutes=minutes, by=admin)

    assert not AuditEntry.objects.filter(action="service.created").exists()


def test_change_service_records_what_differs(admin):
    service = ServiceFactory(name="Massage")

    catalogue.change_service(service=service, name="Massage", minutes=30, by=admin)

    service.refresh_from_db()
    assert service.minutes == 30
    assert AuditEntry.objects.about(service).get().changes == {"minutes": [60, 30]}
