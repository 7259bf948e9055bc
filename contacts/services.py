"""What can be done with contacts. Every write to a contact goes through here."""

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.contrib.admin.utils import NestedObjects
from django.db import transaction
from django.template.loader import render_to_string
from django.utils import timezone
from phonenumber_field.phonenumber import to_python as parse_phone

from accounts.models import Business, User, subject_key
from accounts.services import changed, record
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
    """Delete a contact with everything that depends on it; the audit entry stays."""
    record(by=by, action="contact.deleted", subject=contact)
    contact.delete()


@dataclass(frozen=True)
class Dependants:
    """How many rows of one kind would go with a contact."""

    name: str
    count: int


def dependants(contact: Contact) -> list[Dependants]:
    """What `delete_contact` would delete besides the contact itself, largest first."""
    collector = NestedObjects(using="default")
    collector.collect([contact])
    found = [
        Dependants(name=str(model._meta.verbose_name_plural), count=len(rows))
        for model, rows in collector.model_objs.items()
        if model is not Contact
    ]
    return sorted(found, key=lambda kind: -kind.count)


def _email(email: str) -> dict[str, str]:
    return {"email": email.strip().lower()}


def _phone(phone: str) -> dict[str, str]:
    number = parse_phone(phone.strip(), region=settings.PHONENUMBER_DEFAULT_REGION) if phone.strip() else None
    e164 = number.as_e164 if number and number.is_valid() else ""
    digits = "".join(character for character in e164 or phone if character.isdigit())
    return {"phone": phone.strip(), "phone_e164": e164, "phone_digits": digits}
