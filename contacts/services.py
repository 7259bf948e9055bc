"""What can be done with contacts. Every write to a contact goes through here.

Locks are taken from high to low: the contact, its bookings, its forms, its conversation. One order for all, so
nobody deadlocks.
"""

import datetime
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import AuditEntry, User, subject_key
from accounts.services import changed, record
from careops.core.once import made_once
from careops.core.unseen import plain_email
from careops.core.versions import refuse_stale
from contacts import forgetting, phones
from contacts.models import Contact
from messaging.deciding.guards import Verdict, skip
from messaging.deciding.rulebook import Rulebook
from messaging.inbox import saying
from messaging.models import Conversation, Message
from messaging.outbox import planning
from messaging.words.reasons import Reason
from messaging.words.rules import RuleCode


class ContactGone(Exception):
    """Somebody has deleted the contact just now."""


def create_contact(
    *,
    name: str,
    email: str = "",
    phone: str = "",
    notes: str = "",
    source: Contact.Source = Contact.Source.STAFF,
    by: User | None,
    welcome: bool = True,
    now: datetime.datetime | None = None,
    once: UUID | None = None,
) -> Contact:
    """Add a contact, open its conversation and send the welcome, or leave a row that says why not.

    :param source: an imported contact gets no welcome, nor does one who is booked in the same breath
    :param by: None where nobody who works here did it
    :param welcome: off where somebody chose so, or a stranger had better get no answer
    :param now: None: this moment
    :param once: the token of the form; used before, the contact that is there is returned
    :raises SentBefore: if the contact that is there says something else
    """
    values = {"name": name, "notes": notes, **_email(email), **_phone(phone)}
    contact = Contact(**values, source=source, created_at=now or timezone.now(), once=once)
    make = partial(_create, contact, by=by, welcome=welcome)
    return made_once(make, rows=Contact.objects.all(), once=once, **values)


def _create(contact: Contact, *, by: User | None, welcome: bool) -> Contact:
    contact.full_clean(validate_unique=False)  # the token is: the writing decides
    contact.save()
    conversation = saying.open_conversation(contact=contact)
    from_outside = by is None and contact.source in Contact.FROM_OUTSIDE
    actor = AuditEntry.Actor.CUSTOMER if from_outside else None
    record(by=by, action="contact.created", subject=contact, actor=actor)
    refusal = _no_welcome(contact, is_wanted=welcome, by=by)
    occasion = planning.Occasion(
        code=RuleCode.WELCOME,
        key=f"{subject_key(contact)}:welcome",
        about_key=subject_key(contact),
        about_url=contact.get_absolute_url(),
        refusal=refusal,
    )
    rulebook = None if refusal else Rulebook.current()
    planning.plan(conversation, [occasion], rulebook=rulebook, is_new=True, now=contact.created_at)
    return contact


def _no_welcome(contact: Contact, *, is_wanted: bool, by: User | None) -> Verdict | None:
    """Why a new contact gets none; None: they do."""
    if contact.source == Contact.Source.IMPORT:
        return skip(Reason.IMPORTED)
    if contact.source == Contact.Source.BOOKING:
        return skip(Reason.DUPLICATE, rule=RuleCode.CONFIRMATION.label.lower())
    if not is_wanted:
        return skip(Reason.UNCHECKED if by else Reason.STRANGER, who=by)
    return None


@transaction.atomic
def change_contact(*, contact: Contact, version: int | None = None, by: User, **values: Any) -> Contact:
    """Change name, email, phone, stage or notes; what is not named stays as it is.

    :param version: the one that the caller looked at; None: whatever it is by now
    :raises ChangedMeanwhile: if somebody else has changed it since
    :raises ContactGone: if somebody has deleted it
    """
    contact = hold(contact)
    if "email" in values:
        values |= _email(values["email"])
    if "phone" in values:
        values |= _phone(values["phone"])
    refuse_stale(contact, seen=version, values=values)
    if changes := changed(contact, **values):
        contact.version += 1
        contact.full_clean(validate_unique=False)
        contact.save(update_fields=[*changes, "version"])
        record(by=by, action="contact.changed", subject=contact, changes=changes)
    return contact


def reply(*, conversation: Conversation, **said: Any) -> Message:
    """Answer a contact, see `saying.reply`. Whoever was new has been contacted then; every other stage stays."""
    contact = conversation.contact
    if contact.stage != Contact.Stage.NEW:
        return saying.reply(conversation=conversation, **said)
    with transaction.atomic():
        new = Contact.objects.filter(pk=contact.pk, stage=Contact.Stage.NEW)
        new.update(stage=Contact.Stage.CONTACTED, version=F("version") + 1)  # contacts are locked first
        return saying.reply(conversation=conversation, **said)


def advance_stage(*, contact: Contact, to: Contact.Stage) -> None:
    """Move a lead on because something happened; a stage further along stays.

    :param contact: as it is now, see `hold`
    """
    order = [Contact.Stage.LOST, Contact.Stage.NEW, Contact.Stage.CONTACTED, Contact.Stage.BOOKED]
    behind = order[: order.index(to)]
    if contact.stage in behind:
        rows = Contact.objects.filter(pk=contact.pk, stage__in=behind)
        rows.update(stage=to, version=F("version") + 1)


def hold(contact: Contact) -> Contact:
    """The contact as it is now, which nobody else changes or deletes before this transaction ends.

    :raises ContactGone: if somebody has deleted it
    """
    held = Contact.objects.select_for_update(no_key=True).filter(pk=contact.pk).first()
    if held is None:
        raise ContactGone(f"Somebody has just deleted {contact}.")
    return held


def hold_all(keys: Collection[int]) -> None:
    """`hold` for several at once; who has been deleted is missed."""
    list(Contact.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))


@transaction.atomic
def delete_contact(*, contact: Contact, by: User) -> None:
    """Delete a contact with everything that depends on it, and leave nothing that says who it was, see `forgetting`.

    Nothing happens the second time.
    """
    try:
        contact = hold(contact)
    except ContactGone:
        return
    # Whoever adds to it right now is waited for, so that what they add goes along. They may still refer to the
    # contact and its bookings when they commit, which these locks let them do.
    list(contact.bookings.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    list(contact.intake_requests.select_for_update(no_key=True).order_by("pk").values_list("pk"))
    list(Conversation.objects.select_for_update().filter(contact=contact).values_list("pk"))
    record(by=by, action="contact.deleted", subject=contact)
    forgetting.forget(contact)


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
    found = []
    for model, keys in forgetting.rows_of(contact).items():
        if model is not Contact:
            name = model._meta.verbose_name if len(keys) == 1 else model._meta.verbose_name_plural
            found.append(
                Dependants(kind=model._meta.model_name, count=len(keys), words=f"{len(keys)} {name}")
            )
    return sorted(found, key=lambda dependant: -dependant.count)


def _email(email: str) -> dict[str, str]:
    return {"email": plain_email(email)}


def _phone(phone: str) -> dict[str, str]:
    phone = phone.strip()
    return {"phone": phone, "phone_e164": phones.e164(phone), "phone_digits": phones.comparable(phone)}
