"""What is offered."""

from collections.abc import Iterable
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
    is_active: bool = True,
    performers: Iterable[User] = (),
    by: User | None,
    once: UUID | None = None,
    **terms,
) -> Service:
    """Offer something new.

    :param minutes: how long a visit takes
    :param performers: who performs it; nobody: everybody who takes bookings
    :param terms: fields of `Terms` that are not as they are by default
    :param once: the token of the form; used before, the service that is there is returned
    :raises SentBefore: if the service that is there says something else
    """
    values = {"name": name, "minutes": minutes, "is_active": is_active} | terms
    if made := made_before(Service.objects, once=once, **values):
        return made
    service = Service(**values, once=once)
    service.full_clean()
    service.save()
    service.performers.set(performers)
    record(by=by, action="service.created", subject=service)
    return service


@transaction.atomic
def change_service(
    *, service: Service, performers: Iterable[User] | None = None, by: User, **values
) -> Service:
    """Change a service and its terms; bookings that exist keep their times.

    :param performers: None: those who perform it now
    """
    service = Service.objects.select_for_update().get(pk=service.pk)
    if changes := changed(service, **values):
        service.full_clean()
        service.save(update_fields=[*changes])
    if performers is not None:
        changes |= _changed_performers(service, performers)
    if changes:
        record(by=by, action="service.changed", subject=service, changes=changes)
    return service


def _changed_performers(service: Service, performers: Iterable[User]) -> dict[str, list]:
    """Let ``performers`` perform ``service`` and return what differed, as `accounts.services.changed` does."""
    before = _names(service.performers.all())
    service.performers.set(performers)
    after = _names(performers)
    return {"performers": [before, after]} if before != after else {}


def _names(people: Iterable[User]) -> str:
    return ", ".join(sorted(person.name for person in people)) or "everybody"
