"""Shorthand for the tests of bookings: one visit at START, and what was said and done about it."""

import datetime

from accounts.models import AuditEntry, subject_key
from bookings.models import Booking, IntakeForm, IntakeVersion, Service, ServiceMaterial
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.visits import moving
from contacts.models import Contact
from inventory.tests.factories import ItemFactory
from messaging.models import Message

START = datetime.datetime(2026, 11, 24, 14, 30, tzinfo=datetime.UTC)
NOW = START - datetime.timedelta(days=4)
HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)


def book(**values):
    return BookedFactory(**{"starts_at": START, "now": NOW, **values})


def service_with_materials(*, on_hand=10, quantity=1, **values) -> Service:
    """A service of which each visit uses ``quantity`` of one item."""
    service = ServiceFactory(**values)
    ServiceMaterial.objects.create(service=service, item=ItemFactory(on_hand=on_hand), quantity=quantity)
    return service


def service_with_form(**values) -> Service:
    """A service that asks for one form."""
    service = ServiceFactory(**values)
    form = IntakeForm.objects.create(name=f"Questions about {service}")
    IntakeVersion.objects.create(form=form, number=1, published_at=NOW)
    service.intake_forms.add(form)
    return service


def change(booking, *, by, now=NOW, **values):
    kept = {name: getattr(booking, name) for name in ("service", "staff", "starts_at", "notes")}
    return moving.change_booking(booking=booking, by=by, now=now, **{**kept, **values})


def said(booking) -> list[tuple[str, str]]:
    """Rule and status of everything about a booking, in the order in which it was decided."""
    return [*messages(booking).values_list("rule", "status")]


def messages(booking):
    return Message.objects.filter(about_key=subject_key(booking)).order_by("pk")


def everything():
    """Every row that a service of bookings could touch."""
    return [[*model.objects.order_by("pk").values()] for model in (Booking, Message, AuditEntry, Contact)]


def done_to(booking) -> list[str]:
    return [*AuditEntry.objects.about(booking).values_list("action", flat=True)]


def deliver(booking) -> None:
    """Have everything that waits for the worker right now reach the contact."""
    messages(booking).filter(status=Message.Status.QUEUED).update(status=Message.Status.SENT)
