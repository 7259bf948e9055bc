"""Free times on a page."""

import datetime

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from accounts.models import User
from bookings.desk.forms import BookingForm
from bookings.hours.permissions import may_take_off
from bookings.models import Booking
from bookings.slots.for_staff import LOCAL_MINUTE
from bookings.slots.panel import panel
from bookings.times.roster import Code
from bookings.times.wallclock import DAY_MINUTES, as_clock, minute_of_day

register = template.Library()

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
    Code.LIMIT_OF_PERSON: "gauge",
}


@register.inclusion_tag("bookings/slots/_next_free.html", takes_context=True)
def next_free_panel(context: dict, booking: Booking | None = None) -> dict:
    """The next free times for the service that stands in the booking form of the page."""
    request, form = context["request"], context["form"]
    query = (request.POST or request.GET).copy()
    service = form["service"].value()
    query["service"] = getattr(service, "pk", service) or ""
    query["day"] = query.get("later") or query.get("day", "")
    return panel(query, business=request.frame.business, booking=booking) | {"perms": context["perms"]}


@register.filter
def wall(at: datetime.datetime) -> str:
    """2026-11-24T14:30, as <input type="datetime-local"> and links to the booking form have it"""
    return f"{timezone.localtime(at) if timezone.is_aware(at) else at:{LOCAL_MINUTE}}"


@register.filter
def reason_icon(code: Code) -> str:
    return ICONS[code]


@register.inclusion_tag("bookings/desk/_block.html")
def block_instead(form: BookingForm, user: User) -> dict:
    """Leads to where the hour that stands in the form becomes time off, as soon as it says a time and a person.

    Where ``user`` may not give that person time off, it says who may.
    """
    staff, start = form.so_far("staff"), form.so_far("starts_at")
    if not staff or not start:
        return {}
    if not may_take_off(user, staff.pk):
        return {"person": staff}
    start = timezone.localtime(start)
    return {"start": start, "path": block_path(staff.pk, start.date(), minute_of_day(start))}


def block_path(person: int, day: datetime.date, minute: int) -> str:
    """The form of time off for an hour from ``minute``, counted from midnight."""
    end = min(minute + 60, DAY_MINUTES - 1)
    times = {"first_time": as_clock(minute), "last_time": as_clock(end)}
    query = urlencode({"first": day.isoformat(), "last": day.isoformat()} | times)
    return f"{reverse('bookings:time_off_create', args=[person])}?{query}"
