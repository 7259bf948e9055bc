"""What the clock makes of intake forms: an alert where one is overdue, and what was sent, ran out or moved on."""

import datetime
import logging

from django.db import transaction
from django.db.models import CharField, OuterRef, Q, Value
from django.db.models.functions import Cast, Concat

from accounts.models import Business, subject_key
from alerts import services as alerts
from alerts.models import Alert
from alerts.troubles import Trouble
from bookings.intake import covering
from bookings.messages import links
from bookings.models import Booking, IntakeRequest
from bookings.models.intake import EXPIRES_AFTER, IntakeRequestQuerySet
from careops.core import moments
from messaging.models import Message

logger = logging.getLogger(__name__)

BATCH = 200  # rows of a kind that one look sees to; the next look goes on
Status = IntakeRequest.Status


def _form_missing(request: IntakeRequest, zone: datetime.tzinfo) -> tuple[str, str]:
    booking = request.booking
    start = moments.spelled(booking.starts_at.astimezone(zone))
    return f"Form missing: {request}", f"For {booking.service}, {start}, with {booking.staff}."


OVERDUE = Trouble(
    Alert.Kind.FORM_OVERDUE,
    Alert.Severity.WARNING,
    IntakeRequest,
    IntakeRequestQuerySet.overdue,
    _form_missing,
    matters_at=lambda request: request.booking.starts_at,
)


def look(*, now: datetime.datetime) -> None:
    """Note what was sent, let go what is too old, pass on what an earlier visit answers no more, and see to alerts."""
    _note_sent(now=now)
    _expire(now=now)
    _pass_on(now=now)
    OVERDUE.look(now=now)


def resolve(request: IntakeRequest, *, why: str) -> None:
    """Resolve the alert about a request that is overdue no more."""
    alerts.resolve_alerts(kind=OVERDUE.kind, source_key=subject_key(request), why=why)


def about_forms_of(booking: Booking) -> Q:
    """What alerts about the forms of a visit have in common."""
    key = Concat(Value("intakerequest:"), Cast("pk", CharField()))
    return Q(kind=OVERDUE.kind, source_key__in=booking.intake_requests.values_list(key))


def resolve_visit(booking: Booking, *, why: str, now: datetime.datetime) -> None:
    """Resolve the alerts about the forms of a visit that has changed; those that last say its new time."""
    asked = booking.intake_requests.order_by("pk")
    lasting = list(asked.overdue(now=now))
    for request in asked.exclude(pk__in=[one.pk for one in lasting]):
        resolve(request, why=why)
    for request in lasting:
        OVERDUE.tell(request, zone=Business.objects.current().zone)


def _note_sent(*, now: datetime.datetime) -> None:
    """A request is sent once a message that leads to it has left."""
    messages = Message.objects.filter(
        links_to__contains=[Concat(Value(links.before_key_of_form()), OuterRef("key"))],
        conversation__contact=OuterRef("contact"),
        status__in=Message.LEFT,
        sent_at__gte=OuterRef("created_at"),
    )
    planned = IntakeRequest.objects.filter(status=Status.PLANNED)
    left = planned.annotate(left_at=messages.order_by("sent_at").values("sent_at")[:1])
    for pk, left_at in left.exclude(left_at=None).order_by("pk").values_list("pk", "left_at")[:BATCH]:
        planned.filter(pk=pk).update(status=Status.SENT, status_since=left_at, sent_at=left_at)


def _expire(*, now: datetime.datetime) -> None:
    ancient = IntakeRequest.objects.unfinished().filter(booking__starts_at__lte=now - EXPIRES_AFTER)
    for pk in list(ancient.order_by("pk").values_list("pk", flat=True)[:BATCH]):
        IntakeRequest.objects.unfinished().filter(pk=pk).update(
            status=Status.EXPIRED, status_since=now, covered_by=None
        )


def _pass_on(*, now: datetime.datetime) -> None:
    """What covers another visit, but whose own visit has begun or is gone, makes room for the next one.

    One that fails keeps no other from it.
    """
    waiting = IntakeRequest.objects.unfinished().filter(
        covered_by__booking__starts_at__lte=now, booking__starts_at__gt=now
    )
    for request in waiting.select_related("contact", "version__form").order_by("pk")[:BATCH]:
        try:
            with transaction.atomic():
                covering.choose(contact=request.contact, form=request.version.form, now=now)
        except Exception:
            logger.exception("a form could not be passed on", extra={"request": request.pk})
