"""What is offered."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services import changed, record
from bookings.catalogue.materials import recipe_of
from bookings.catalogue.recipes import set_materials
from bookings.models import IntakeForm, Service
from careops.core.once import SentBefore, made_before


@transaction.atomic
def create_service(
    *,
    name: str,
    minutes: int,
    is_active: bool = True,
    performers: Iterable[User] = (),
    intake_forms: Iterable[IntakeForm] = (),
    materials: Mapping[int, Decimal] | None = None,
    by: User | None,
    once: UUID | None = None,
    **terms,
) -> Service:
    """Offer something new.

    :param minutes: how long a visit takes
    :param performers: who performs it; nobody: everybody who takes bookings
    :param intake_forms: what a contact is asked to fill in before a visit
    :param materials: what a visit uses up: quantity by primary key of the item
    :param terms: fields of `Terms` that are not as they are by default
    :param once: the token of the form; used before, the service that is there is returned
    :raises SentBefore: if the service that is there says something else
    """
    values = {"name": name, "minutes": minutes, "is_active": is_active} | terms
    lists = {"performers": set(performers), "intake_forms": set(intake_forms)}
    if made := made_before(Service.objects, once=once, **values, **lists):
        if recipe_of(made) != (materials or {}):
            raise SentBefore(made)
        return made
    service = Service(**values, once=once)
    service.full_clean()
    service.save()
    service.performers.set(lists["performers"])
    service.intake_forms.set(lists["intake_forms"])
    record(by=by, action="service.created", subject=service)
    if materials:
        set_materials(service=service, lines=materials, by=by)
    return service


@transaction.atomic
def change_service(
    *,
    service: Service,
    performers: Iterable[User] | None = None,
    intake_forms: Iterable[IntakeForm] | None = None,
    materials: Mapping[int, Decimal] | None = None,
    by: User,
    **values,
) -> Service:
    """Change a service and its terms; bookings that exist keep their times, and confirmed ones their materials.

    :param performers: None: those who perform it now
    :param intake_forms: None: those asked for now; visits that exist are asked as they were
    :param materials: None: what a visit uses now; see `create_service`
    """
    if materials is not None:  # it locks bookings, which come before their service
        set_materials(service=service, lines=materials, by=by)
    service = Service.objects.select_for_update(no_key=True).get(pk=service.pk)
    if changes := changed(service, **values):
        service.full_clean()
        service.save(update_fields=[*changes])
    if performers is not None:
        changes |= _changed_performers(service, performers)
    if intake_forms is not None:
        changes |= _changed_forms(service, intake_forms)
    if changes:
        record(by=by, action="service.changed", subject=service, changes=changes)
    return service


def _changed_performers(service: Service, performers: Iterable[User]) -> dict[str, list]:
    """Let ``performers`` perform ``service`` and return what differed, as `accounts.services.changed` does."""
    before = _names(service.performers.all())
    service.performers.set(performers)
    after = _names(performers)
    return {"performers": [before, after]} if before != after else {}


def _changed_forms(service: Service, forms: Iterable[IntakeForm]) -> dict[str, list]:
    """Have ``service`` ask for ``forms`` and return what differed, as `accounts.services.changed` does."""
    before = sorted(form.name for form in service.intake_forms.all())
    service.intake_forms.set(forms)
    after = sorted(form.name for form in forms)
    return {"intake_forms": [", ".join(before), ", ".join(after)]} if before != after else {}


def _names(people: Iterable[User]) -> str:
    return ", ".join(sorted(person.name for person in people)) or "everybody"
