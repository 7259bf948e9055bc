"""The private links of customers and calendars.

Those of customers are signed, each for one purpose, expiring and revocable: a link of a visit works until seven
days after its end, that of a form after its start, and one more `link_no` makes every link sent so far useless.
Reading one never raises: whatever is wrong with it, there is nothing there.
"""

import datetime
import re
from typing import NamedTuple

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.urls import reverse

from bookings.models import Booking, CalendarFeed, IntakeRequest

VISIT, FORM = "careops.visit", "careops.form"
WORKS_FOR = datetime.timedelta(days=7)  # after the end of the visit
VISIT_TOKEN = re.compile(r"(?P<key>[\w-]{16})\.(?P<link>[0-9]{1,5})\.(?P<schedule>[0-9]{1,9})", re.ASCII)
FORM_TOKEN = re.compile(r"(?P<key>[\w-]{16})\.(?P<link>[0-9]{1,5})", re.ASCII)


class VisitLink(NamedTuple):
    """What a link of a visit leads to.

    :ivar schedule_no: the schedule of the visit when the link was made
    """

    booking: Booking
    schedule_no: int

    @property
    def is_older(self) -> bool:
        """Whether the visit was moved since: whoever follows the link expects it to be at another time."""
        return self.schedule_no < self.booking.schedule_no


def visit_url(booking: Booking) -> str:
    """Where the customer sees, moves and calls off the visit, with scheme and host."""
    return settings.ALLOWED_ORIGINS[0] + visit_path(booking)


def visit_path(booking: Booking) -> str:
    return reverse("visit", args=[visit_token(booking)])


def visit_token(booking: Booking) -> str:
    return Signer(salt=VISIT).sign(f"{booking.key}.{booking.link_no}.{booking.schedule_no}")


def visit_link_of(token: str, *, now: datetime.datetime) -> VisitLink | None:
    """What ``token`` leads to; None if it is wrong, too old or revoked."""
    match = _read(VISIT, VISIT_TOKEN, token)
    if match is None:
        return None
    bookings = Booking.objects.select_related("contact", "service", "staff")
    booking = bookings.filter(key=match["key"], link_no=int(match["link"])).first()
    if booking is None or now >= booking.ends_at + WORKS_FOR:
        return None
    return VisitLink(booking, int(match["schedule"]))


def visit_of(token: str, *, now: datetime.datetime) -> Booking | None:
    """The visit of a link; None if the link is wrong, too old or revoked."""
    link = visit_link_of(token, now=now)
    return link and link.booking


def form_url(request: IntakeRequest) -> str:
    """Where the contact answers, with scheme and host."""
    return settings.ALLOWED_ORIGINS[0] + form_path(request)


def form_path(request: IntakeRequest) -> str:
    return reverse("intake_answer", args=[form_token(request)])


def before_key_of_form() -> str:
    """What stands before the key of a request where `Message.links_to` names its page."""
    return reverse("intake_answer", args=["-"]).strip("/").removesuffix("-")


def form_token(request: IntakeRequest) -> str:
    return Signer(salt=FORM).sign(f"{request.key}.{request.link_no}")


def request_of(token: str, *, now: datetime.datetime) -> IntakeRequest | None:
    """The request of a link; None if the link is wrong, too old or revoked."""
    match = _read(FORM, FORM_TOKEN, token)
    if match is None:
        return None
    requests = IntakeRequest.objects.for_list()
    request = requests.filter(key=match["key"], link_no=int(match["link"])).first()
    return request if request and now < request.expires_at else None


def feed_url(feed: CalendarFeed) -> str:
    """What a calendar reads, with scheme and host."""
    return settings.ALLOWED_ORIGINS[0] + reverse("calendar_feed", args=[feed.secret])


def subscribe_url(feed: CalendarFeed) -> str:
    """The same in the scheme that opens the calendar of a phone."""
    return f"webcal:{feed_url(feed).partition(':')[2]}"


def booking_url(booking: Booking) -> str:
    """The page of a booking for the people who work here, with scheme and host."""
    return settings.ALLOWED_ORIGINS[0] + booking.get_absolute_url()


def _read(purpose: str, shape: re.Pattern, token: str) -> re.Match | None:
    try:
        return shape.fullmatch(Signer(salt=purpose).unsign(token))
    except BadSignature:
        return None
