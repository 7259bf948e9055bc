"""What the life of a booking means for its intake forms. Called by the services of bookings, in their transaction."""

import datetime

from django.db.models import Max

from bookings.models import Booking, IntakeForm, IntakeRequest, IntakeVersion, Visit
from bookings.models.intake import DUE_BEFORE, DUE_WITHIN

Status = IntakeRequest.Status


def ask(booking: Booking, *, now: datetime.datetime) -> None:
    """Ask for every form of the service that the visit was not asked for yet."""
    asked = booking.intake_requests.values("version__form")
    forms = booking.service.intake_forms.active().exclude(pk__in=asked)
    newest = forms.annotate(newest=Max("versions__number")).values_list("pk", "newest")
    for form, number in newest:
        version = IntakeVersion.objects.get(form=form, number=number)
        IntakeRequest.objects.create(
            booking=booking,
            contact=booking.contact,
            version=version,
            due_at=_due_at(booking, now=now),
            created_at=now,
            status_since=now,
        )
    withdrawn = booking.intake_requests.filter(status=Status.WITHDRAWN)
    withdrawn.update(status=Status.PLANNED, status_since=now, reason="", due_at=_due_at(booking, now=now))


def moved(booking: Booking, *, was: Visit, now: datetime.datetime) -> None:
    """Let what is due follow the visit; another service asks for other forms."""
    booking.intake_requests.unfinished().update(due_at=_due_at(booking, now=now))
    if booking.service != was.service:
        wanted = IntakeForm.objects.filter(services=booking.service)
        _withdraw(booking.intake_requests.exclude(version__form__in=wanted), why="Another service.", now=now)
        ask(booking, now=now)


def withdraw(booking: Booking, *, now: datetime.datetime) -> None:
    """Ask no more: the visit is called off."""
    _withdraw(booking.intake_requests.all(), why="The visit was called off.", now=now)


def missing(booking: Booking) -> list[IntakeRequest]:
    """What the contact has not answered yet, the most urgent first."""
    return list(booking.intake_requests.missing().for_list()) if booking.pk else []


def _withdraw(requests, *, why: str, now: datetime.datetime) -> None:
    requests.unfinished().update(status=Status.WITHDRAWN, status_since=now, reason=why)


def _due_at(booking: Booking, *, now: datetime.datetime) -> datetime.datetime:
    due = booking.starts_at - DUE_BEFORE
    return due if now < due else now + DUE_WITHIN
