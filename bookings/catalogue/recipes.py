"""What a visit of a service uses up."""

import datetime
from collections.abc import Mapping
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from accounts.services import record
from bookings.catalogue import materials
from bookings.locks import locked
from bookings.models import Booking, Service, ServiceMaterial
from bookings.refusals import TransitionRefused


@transaction.atomic
def set_materials(*, service: Service, lines: Mapping[int, Decimal], by: User | None) -> bool:
    """Say what a visit uses; return whether that is anything new.

    Requests reserve it at once. Whatever is confirmed keeps what was reserved, see `renew_materials`.

    :param lines: quantity by primary key of the item
    """
    requests = service.bookings.requests()
    known = _locked(requests)
    service = _held(service)
    before = materials.words(materials.recipe_of(service))
    service.materials.exclude(item__in=lines).delete()
    ServiceMaterial.objects.bulk_create(
        [ServiceMaterial(service=service, item_id=key, quantity=lines[key]) for key in sorted(lines)],
        update_conflicts=True,
        unique_fields=["service", "item"],
        update_fields=["quantity"],
    )
    after = materials.words(materials.recipe_of(service))
    if before == after:
        return False
    record(by=by, action="service.changed", subject=service, changes={"materials": [before, after]})
    # Those that were being made have been waited for.
    materials.renew(known + _locked(requests.exclude(pk__in=[request.pk for request in known])))
    return True


@transaction.atomic
def renew_materials(*, service: Service, by: User, now: datetime.datetime) -> int:
    """Reserve for the confirmed visits to come what the service uses by now; return for how many that was new."""
    found = [booking.pk for booking in materials.outdated(service, now=now)]
    confirmed = _locked(service.bookings.filter(pk__in=found, status=Booking.Status.CONFIRMED))
    service = _held(service)
    outdated = {booking.pk for booking in materials.outdated(service, now=now)}
    bookings = [booking for booking in confirmed if booking.pk in outdated]
    if bookings:
        materials.renew(bookings)
        changes = {"visits": [0, len(bookings)]}
        record(by=by, action="service.materials_renewed", subject=service, changes=changes)
    return len(bookings)


@transaction.atomic
def plan_materials(*, booking: Booking, quantities: Mapping[int, Decimal], by: User) -> Booking:
    """Reserve for one visit what it will need beyond its recipe, or not need.

    :param quantities: by primary key of the item, zero for nothing; items that are not in it stay as reserved
    :raises TransitionRefused: if the visit is over or called off
    """
    booking = locked(booking)
    if not materials.can_change(booking):
        raise TransitionRefused("The visit is over or called off, so nothing is reserved for it.")
    before = materials.reserved_for(booking)
    if materials.plan(booking, quantities=before | quantities):
        after = materials.reserved_for(booking)
        changes = {"materials": [materials.words(before), materials.words(after)]}
        record(by=by, action="booking.materials", subject=booking, changes=changes)
    return booking


def _held(service: Service) -> Service:
    """The service, of which nobody changes or promises the materials meanwhile; after its bookings, like everywhere."""
    service = Service.objects.select_for_update(no_key=True).get(pk=service.pk)
    materials.hold_recipe(service, to_change=True)
    return service


def _locked(bookings) -> list[Booking]:
    return list(
        bookings.select_for_update(of=("self",), no_key=True).select_related("service").order_by("pk")
    )
