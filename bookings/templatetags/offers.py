"""Free times and prices on a page."""

import datetime
from decimal import Decimal

from django import template
from django.utils import timezone

from bookings.models import Booking
from bookings.next_free import LOCAL_MINUTE
from bookings.roster import Code
from bookings.views.offers import panel

register = template.Library()

SIGNS = {"GBP": "£", "EUR": "€", "USD": "$"}

ICONS = {
    Code.PAST: "history",
    Code.CLOCK_CHANGE: "clock-alert",
    Code.OFF_GRID: "grid-3x3",
    Code.NOT_PERFORMED: "user-x",
    Code.LEFT: "user-x",
    Code.CLOSED: "door-closed",
    Code.TIME_OFF: "tree-palm",
    Code.OUTSIDE_HOURS: "clock",
    Code.TAKEN: "calendar-x",
    Code.BUFFER: "timer",
    Code.NOTICE: "hourglass",
    Code.HORIZON: "calendar-range",
    Code.LIMIT: "gauge",
}


@register.inclusion_tag("bookings/_next_free.html", takes_context=True)
def next_free_panel(context: dict, booking: Booking | None = None) -> dict:
    """The next free times for the service that stands in the booking form of the page."""
    request, form = context["request"], context["form"]
    query = (request.POST or request.GET).copy()
    service = form["service"].value()
    query["service"] = getattr(service, "pk", service) or ""
    query["day"] = query.get("later") or query.get("day", "")
    return panel(query, request=request, booking=booking) | {"perms": context["perms"]}


@register.filter
def money(amount: Decimal | None, currency: str) -> str:
    """£45 for Decimal("45.00"), £45.50, CHF 45; nothing for None"""
    if amount is None:
        return ""
    number = f"{amount:,.0f}" if amount == amount.to_integral_value() else f"{amount:,.2f}"
    sign = SIGNS.get(currency)
    return f"{sign}{number}" if sign else f"{currency} {number}"


@register.filter
def wall(at: datetime.datetime) -> str:
    """2026-11-24T14:30, as <input type="datetime-local"> and links to the booking form have it"""
    return f"{timezone.localtime(at) if timezone.is_aware(at) else at:{LOCAL_MINUTE}}"


@register.filter
def reason_icon(code: Code) -> str:
    return ICONS[code]
