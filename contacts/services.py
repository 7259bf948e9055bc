"""What can be done with contacts. Every write to a contact goes through here."""

from dataclasses import dataclass
from typing import Any

from django.contrib.admin.utils import NestedObjects
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import Business, User, subject_key
from accounts.services import changed, record
from contacts import phones
from contacts.models import Contact
from messaging import services as messaging
from messaging.rules import Rule


@transaction.atomic
def create_contact(
    *, name: str, email: str = "", phone: str = "", notes: str = "", by: User | None, welcome: bool = True
) -> Contact:
    """Add a contact, open its conversation and send the welcome.

    :param by: None where nobody who works here did it
    :param welcome: off for people who are known already, such as imported ones
    """
    contact = Contact(name=name, notes=notes, **_email(email), **_phone(phone))
    contact.full_clean()
    contact.save()
    conversation = messaging.open_conversation(contact=contact)
    record(by=by, action="contact.created", subject=contact)
    if welcome:
        messaging.send_automated(
            conversation=conversation,
            rule=Rule.WELCOME,
            key=f"{subject_key(contact)}:welcome",
            subject=f"Welcome to {(business := Business.objects.current()).name}",
            body=render_to_string(
                "contacts/messages/welcome.txt", {"contact": contact, "business": business}
            ),
            about_key=subject_key(contact),
            about_url=contact.get_absolute_url(),
            now=timezone.now(),
        )
    return contact


@transaction.atomic
def change_contact(*, contact: Contact, by: User, **values: Any) -> Contact:
    """Change name, email, phone, stage or notes; what is not named stays as it is."""
    contact = Contact.objects.select_for_update().get(pk=contact.pk)
    if "email" in values:
        values |= _email(values["email"])
    if "phone" in values:
        values |= _phone(values["phone"])
    if changes := changed(contact, **values):
        contact.full_clean()
        contact.save(update_fields=[*changes])
        record(by=by, action="contact.changed", subject=contact, changes=changes)
    return contact


@transaction.atomic
def advance_stage(*, contact: Contact, to: Contact.Stage) -> None:
    """Move a lead on because something happened; a stage further along stays."""
    order = [Contact.Stage.LOST, Contact.Stage.NEW, Contact.Stage.CONTACTED, Contact.Stage.BOOKED]
    Contact.objects.filter(pk=contact.pk, stage__in=order[: order.index(to)]).update(stage=to)


@transaction.atomic
def delete_contact(*, contact: Contact, by: User) -> None:
    """Delete a contact with everything that depends on it; the audit entry stays. Nothing happens the second time."""
    if Contact.objects.select_for_update().filter(pk=contact.pk).first() is None:
        return
    record(by=by, action="contact.deleted", subject=contact)
    contact.delete()


@dataclass(frozen=True)
class Dependants:
    """How many rows of one kind would go with a contact.

    :param kind: such as "booking"
    :param words: such as "1 booking" or "3 bookings"
    """

    kind: str
    count: int
    words: str


def dependants(contact: Contact) -> list[Dependants]:
    """What `delete_contact` would delete besides the contact itself, most first."""
    collector = NestedObjects(using="default")
    collector.collect([contact])
    found = []
    for model, rows in collector.model_objs.items():
        if model is not Contact:
            name = model._meta.verbose_name if len(rows) == 1 else model._meta.verbose_name_plural
            found.append(
                Dependants(kind=model._meta.model_name, count=len(rows), words=f"{len(rows)} {name}")
            )
    return sorted(found, key=lambda dependant: -dependant.count)


def _email(email: str) -> dict[str, str]:
    return {"email": email.strip().lower()}


def _phone(phone: str) -> dict[str, str]:
    phone = phone.strip()
    return {"phone": phone, "phone_e164": phones.e164(phone), "phone_digits": phones.comparable(phone)}
