"""What visits use up: on the page of a visit, and what they leave behind on the page of an item."""

from django import template
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import subject_key
from bookings.catalogue import materials
from bookings.catalogue.materials_forms import ActualsForm
from bookings.models import Booking, Service, ServiceMaterial
from inventory.models import Item, Movement, Reservation

register = template.Library()

SHOWN = 8  # of the visits to come; who wants to see further looks at the diary


@register.inclusion_tag("bookings/catalogue/_materials_of.html", takes_context=True)
def materials_of(context, booking: Booking) -> dict:
    """What is reserved for a visit, or was used for it, and what will be short."""
    key = subject_key(booking)
    by_name = (Lower("item__name"), "pk")
    lines = list(Reservation.objects.open().of(key).select_related("item").order_by(*by_name))
    used = Movement.objects.used_for(key).select_related("item").order_by(*by_name)
    return {
        "booking": booking,
        "reserved": lines,
        "used": used if not lines else [],
        "shortages": materials.shortages(booking) if lines else [],
        "form": ActualsForm(booking=booking) if materials.can_change(booking) else None,
        "perms": context["perms"],
        "csrf_token": context.get("csrf_token"),
    }


@register.inclusion_tag("bookings/catalogue/_used_by.html", takes_context=True)
def used_by(context, item: Item) -> dict:
    """The services that use an item."""
    recipes = ServiceMaterial.objects.filter(item=item).select_related("service")
    return {
        "item": item,
        "recipes": recipes.order_by("-service__is_active", "service__name", "pk"),
        "perms": context["perms"],
    }


@register.inclusion_tag("bookings/catalogue/_reserved_for.html", takes_context=True)
def reserved_for(context, item: Item) -> dict:
    """The visits for which an item is reserved, the next first, and before which of them it runs out."""
    lines = list(item.reservations.open().by_due()[: SHOWN + 1])
    unmet = item.reservations.unmet().first() if item.free < 0 else None
    visits = _visits([*lines, unmet] if unmet else lines)
    return {
        "item": item,
        "rows": [(line, visits.get(line.source_key), line.so_far > item.on_hand) for line in lines[:SHOWN]],
        "shown": SHOWN,
        "has_more": len(lines) > SHOWN,
        "runs_out_at": unmet and unmet.due_at,
        "before": unmet and visits.get(unmet.source_key),
        "perms": context["perms"],
    }


@register.simple_tag
def outdated_visits(service: Service) -> int:
    """How many confirmed visits to come have something else reserved than what the service uses by now."""
    return len(materials.outdated(service, now=timezone.now()))


def _visits(lines: list[Reservation]) -> dict[str, Booking]:
    numbers = [line.source_key.removeprefix("booking:") for line in lines]
    keys = [int(number) for number in numbers if number.isdecimal()]
    found = Booking.objects.filter(pk__in=keys).select_related("contact", "service") if keys else []
    return {subject_key(booking): booking for booking in found}
