"""Bookings on a page: their state, their history, what was said about them, and what a contact's page shows of them."""

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from accounts.models import AuditEntry, User, subject_key
from bookings import looks, states
from bookings.desk.buttons import Button, buttons_of, urgent_buttons_of
from bookings.messages import links
from bookings.messages.insertions import Insertion, insertions
from bookings.models import Booking
from bookings.visits import timeline
from careops.core.looks import Look
from contacts.models import Contact
from messaging.models import Message

register = template.Library()

FEW = 5  # visits that say enough
MOST = 100  # nobody reads further back on the page of one booking

# icon, words
ACTIONS = {
    "booking.created": ("calendar-plus", "Booked"),
    "booking.changed": ("pencil", "Changed"),
    "booking.complete": ("circle-check", "Completed"),
    "booking.no_show": ("user-x", "Marked as no-show"),
    "booking.cancel": ("calendar-x", "Cancelled"),
    "booking.reopen": ("undo-2", "Taken back"),
    "booking.confirm": ("calendar-check", "Confirmed"),
    "booking.decline": ("calendar-x", "Declined"),
    "booking.expire": ("calendar-x", "Ran out"),
    "booking.arrive": ("door-open", "Arrived"),
    "booking.paid": ("circle-check", "Marked as paid"),
    "booking.unpaid": ("undo-2", "Marked as not paid"),
    "booking.materials": ("package", "Changed the materials"),
    "booking.attending": ("thumbs-up", "Said: I am coming"),
    "booking.declined_invitation": ("calendar-x", "Their calendar declined"),
    "booking.here": ("map-pin-check", "Said: I am here"),
    "booking.link_renewed": ("link", "New link made"),
    "intake.submitted": ("clipboard-check", "Form submitted"),
    "intake.read": ("eye", "Answers read"),
    "intake.downloaded": ("download", "File downloaded"),
    "intake.exported": ("download", "Answers exported"),
    "intake.reviewed": ("check", "Form marked as read"),
    "intake.waived": ("circle-slash", "Form waived"),
    "intake.asked_again": ("refresh-cw", "Form asked for again"),
    "intake.link_renewed": ("link", "New link to the form made"),
}

REASONS = ["cancel_reason", "reason", "file"]  # what else is told of a change

# who acted where it was nobody who works here
DOERS = {
    AuditEntry.Actor.CUSTOMER: "the customer",
    AuditEntry.Actor.RULE: "automation",
    AuditEntry.Actor.IMPORT: "the import",
}


register.filter("service_look", looks.of_service)


@register.filter
def visit_look(booking: Booking) -> Look:
    return looks.of_visit(booking, now=timezone.now())


@register.filter
def buttons(booking: Booking) -> list[Button]:
    """What can be done with it right now by one click."""
    return buttons_of(booking, now=timezone.now())


@register.filter
def urgent_buttons(booking: Booking) -> list[Button]:
    """What it asks for right now."""
    return urgent_buttons_of(booking, now=timezone.now())


@register.filter
def is_owed(booking: Booking) -> bool:
    """Whether they have come and not paid."""
    came = booking.status in {Booking.Status.ARRIVED, Booking.Status.COMPLETED}
    return came and bool(booking.price) and booking.paid_at is None


@register.filter
def customer_url(booking: Booking) -> str:
    """Where the customer sees the visit, with scheme and host."""
    return links.visit_url(booking)


@register.inclusion_tag("bookings/desk/_visits_ahead.html")
def visits_ahead(person: User) -> dict:
    """What somebody has promised: the next visits with them, asked for or booked, and where all of them are."""
    ahead = Booking.objects.filter(staff=person, status__in=states.MOVE.sources, starts_at__gt=timezone.now())
    return {
        "person": person,
        "visits": list(ahead.for_list().order_by("starts_at", "pk")[:FEW]),
        "count": ahead.count(),
        "list_url": f"{reverse('bookings:list')}?staff={person.pk}",
    }


@register.inclusion_tag("bookings/desk/_messages.html")
def booking_messages(booking: Booking) -> dict:
    """The messages about a booking and what became of them, what is still to come on top."""
    about = Message.objects.filter(about_key=subject_key(booking))
    return {"booking": booking, "rows": about.for_thread()[:MOST]}


@register.inclusion_tag("bookings/desk/_history.html")
def booking_history(booking: Booking) -> dict:
    """Who did what to a booking and to its forms, the newest first."""
    entries = AuditEntry.objects.about(booking, *booking.intake_requests.only("pk"))
    return {"events": [_event(entry) for entry in entries[:MOST]]}


def _event(entry: AuditEntry) -> dict:
    icon, words = ACTIONS.get(entry.action, ("circle", entry.action))
    changes = entry.changes
    if entry.action == "booking.changed" and changes.keys() - {"notes", "notes_for_customer"}:
        icon, words = "calendar-clock", "Moved"
    elif entry.action == "booking.changed":
        words = "Changed the notes"
    elif entry.action == "booking.reopen" and "status" in changes:
        words = f"Back to {Booking.Status(changes['status'][1]).label.lower()}"
    return {
        "icon": icon,
        "words": words,
        "by": _doer(entry),
        "at": entry.at,
        "times": [parse_datetime(text) for text in changes.get("starts_at", [])],
        "texts": [changes[name] for name in ("service", "staff") if name in changes],
        "about": entry.subject if entry.action.startswith("intake.") else "",
        "reason": next((changes[name][1] for name in REASONS if name in changes), ""),
    }


def _doer(entry: AuditEntry) -> str:
    if entry.by:
        return entry.by.name
    return DOERS.get(entry.actor, "somebody who has left")


@register.simple_tag
def contact_timeline(contact: Contact) -> timeline.Timeline:
    """The bookings and messages of a contact, with the next visit."""
    return timeline.Timeline.of(contact, now=timezone.now())


@register.simple_tag
def next_visit(contact: Contact) -> Booking | None:
    return timeline.next_visit(contact, now=timezone.now())


@register.simple_tag
def reliability(contact: Contact) -> timeline.Reliability:
    """How often a contact did not come, or called off late."""
    return timeline.reliability(contact)


@register.simple_tag
def links_to_insert(visit: Booking | None) -> list[Insertion]:
    """The links that go into a message by one click."""
    return insertions(visit)
