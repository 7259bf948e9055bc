"""What calendars answer to the invitations that went along with our mails."""

import contextlib
import datetime
import logging

from django.db import transaction

from bookings.models import Booking
from bookings.refusals import TransitionRefused
from bookings.visits.attending import note_attending, note_declined
from messaging.inbound import events
from messaging.inbound.events import CalendarReply
from messaging.models import WebhookEvent

logger = logging.getLogger(__name__)

AT_A_TIME = 200
NOTES = {"accepted": note_attending, "declined": note_declined}


def read_answers(*, now: datetime.datetime) -> None:
    """Note what customers' calendars have said since, in the order it came; one that fails keeps no other from it."""
    kind = WebhookEvent.Kind.CALENDAR
    waiting = WebhookEvent.objects.filter(kind=kind, processed_at=None).order_by("pk")
    for pk in list(waiting.values_list("pk", flat=True)[:AT_A_TIME]):
        try:
            _read(pk, now=now)
        except Exception:
            logger.exception("what a calendar said could not be read", extra={"event": pk})


@transaction.atomic
def _read(pk: int, *, now: datetime.datetime) -> None:
    # The booking is locked first, as everywhere; the event only then, and once.
    answer = events.calendar_reply(WebhookEvent.objects.get(pk=pk))
    booking = _booking_of(answer)
    note = NOTES.get(answer.answer)
    if booking and note:
        with contextlib.suppress(TransitionRefused):  # too late to matter
            note(booking=booking, now=now)
    event = WebhookEvent.objects.select_for_update(no_key=True).get(pk=pk)
    events.finish(event, trouble="" if booking else "It is about no visit of ours.", now=now)


def _booking_of(answer: CalendarReply) -> Booking | None:
    """By the UID that we gave the event, see `messages.calendars`."""
    key = answer.uid.partition("@")[0]
    return Booking.objects.filter(key=key).first() if key else None
