"""Intake forms on pages: the state of a request, and what was asked for a visit."""

from django import template
from django.urls import reverse
from django.utils import timezone

from bookings import looks
from bookings.models import Booking, IntakeRequest
from careops.core.looks import Look

register = template.Library()


@register.filter
def request_look(asked: IntakeRequest) -> Look:
    return looks.of_request(asked, now=timezone.now())


@register.inclusion_tag("bookings/intake/_intake_of.html", takes_context=True)
def intake_of(context: dict, booking: Booking) -> dict:
    """The forms of a visit with what can be done about them; nothing where none was asked for. One query."""
    request = context["request"]
    may_see = request.user.has_perm("bookings.view_intakerequest")
    asked = booking.intake_requests.select_related("version__form").order_by("due_at", "pk")
    requests = [*asked] if may_see else []
    for one in requests:
        one.booking = booking  # known already
    return {
        "requests": requests,
        "prefix": reverse("bookings:intake_requests"),
        "may_change": request.user.has_perm("bookings.change_intakerequest"),
        "may_send": booking.is_confirmed and timezone.now() < booking.starts_at,
        "back": booking.get_absolute_url(),
        "csrf_token": context.get("csrf_token"),
    }
