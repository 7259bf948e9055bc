"""The private links of customers and calendars: signed, each for one purpose, expiring and revocable (R15).

A link of a visit works until seven days after it, that of a form as long; one more `link_no` makes every link sent so
far useless. Reading one never raises: whatever is wrong with it, there is nothing there.
"""

import datetime
import re

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from bookings.models import Booking, IntakeRequest

VISIT, FORM = "careops.visit", "careops.form"
WORKS_FOR = datetime.timedelta(days=7)  # after the end of the visit
TOKEN = re.compile(r"(?P<key>[\w-]{16})\.(?P<number>[0-9]{1,5})")


def visit_url(booking: Booking) -> str:
    """Where the customer sees, moves and calls off the visit, with scheme and host."""
    return settings.ALLOWED_ORIGINS[0] + visit_path(booking)


def visit_path(booking: Booking) -> str:
    return reverse("visit", args=[_sign(VISIT, booking)])


def visit_of(token: str, *, now: datetime.datetime) -> Booking | None:
    """The visit of a link; None if the link is wrong, too old or revoked."""
    booking = _find(VISIT, token, Booking.objects.select_related("contact", "service", "staff"))
    return booking if booking and now < booking.ends_at + WORKS_FOR else None


def form_url(request: IntakeRequest) -> str:
    """Where the contact answers, with scheme and host."""
    return settings.ALLOWED_ORIGINS[0] + form_path(request)


def form_path(request: IntakeRequest) -> str:
    return reverse("intake_answer", args=[_sign(FORM, request)])


def request_of(token: str, *, now: datetime.datetime) -> IntakeRequest | None:
    """The request of a link; None if the link is wrong, too old or revoked."""
    request = _find(FORM, token, IntakeRequest.objects.for_list())
    return request if request and now < request.expires_at else None


def _sign(purpose: str, row: Booking | IntakeRequest) -> str:
    return Signer(salt=purpose).sign(f"{row.key}.{row.link_no}")


def _find(purpose: str, token: str, rows):
    try:
        match = TOKEN.fullmatch(Signer(salt=purpose).unsign(token))
    except BadSignature:
        return None
    return rows.filter(key=match["key"], link_no=int(match["number"])).first() if match else None
