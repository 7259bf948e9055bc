"""What is offered."""

from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services import changed, record
from bookings.models import Service
from careops.once import made_before


@transaction.atomic
def create_service(
    *,
    name: str,
    minutes: int,
    form_url: str = "",
    is_active: bool = True,
    by: User | None,
    once: UUID | None = None,
) -> Service:
    """Offer something new.

    :param minutes: how long a visit takes
    :param once: the token of the form; used before, the service that is there is returned
    :raises SentBefore: if the service that is there says something else
    """
    values = {"name": name, "minutes": minutes, "form_url": form_url, "is_active": is_active}
    if made := made_before(Service.objects, once=once, **values):
        return made
    service = Service(**values, once=once)
    service.full_clean()
    service.save()
    record(by=by, action="service.created", subject=service)
    return service


@transaction.atomic
def change_service(*, service: Service, by: User, **values) -> Service:
    """Change name, length, form or whether it can be booked; bookings that exist keep their times."""
    service = Service.objects.select_for_update().get(pk=service.pk)
    if changes := changed(service, **values):
        service.full_clean()
        service.save(update_fields=[*changes])
        record(by=by, action="service.changed", subject=service, changes=changes)
    return service
