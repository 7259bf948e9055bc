"""Requests that nobody has answered in time: the clock calls them off, and both sides hear of it."""

import datetime
import logging

from bookings import refusals
from bookings.models import Booking
from bookings.visits import outcomes

logger = logging.getLogger(__name__)

BATCH = 200  # requests that one look ends; the next look goes on


def expire_requests(*, now: datetime.datetime) -> int:
    """End every request whose time has run out; return how many that were. One that fails keeps no other from it."""
    run_out = Booking.objects.requests_run_out(now=now).order_by("request_expires_at", "pk")
    ended = 0
    for request in run_out.select_related("contact")[:BATCH]:
        try:
            outcomes.cancel_booking(booking=request, cause=Booking.Cause.EXPIRED, by=None, now=now)
            ended += 1
        except (refusals.TransitionRefused, Booking.DoesNotExist):
            continue  # somebody has just answered it, or deleted its contact
        except Exception:
            logger.exception("a request could not be ended", extra={"booking": request.pk})
    return ended
