"""Whoever comes by a public page and says who they are.

Nobody has checked it, so it neither shows nor changes what we have. Somebody is taken for a contact we know only where
the name and every address that both have agree; all others become a contact of their own, and staff see on its page
who shares the address. The pages answer the same either way.
"""

import datetime
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction

from careops.core import locks
from careops.core.once import SentBefore, made_before
from contacts import phones
from contacts.models import Contact
from contacts.services import create_contact
from messaging.consent import services as consent
from messaging.inbox import saying
from messaging.models import Address, ConsentChange, Message
from messaging.words.rules import Channel

MOST_NEW, NEW_IN = (
    60,
    datetime.timedelta(hours=1),
)  # so that nobody fills the address book, or has us write to a list
MOST_WELCOMES = 30  # in the same time
KEEP_IN_TOUCH = "Keep me posted now and then, by the ways I have given. I can stop that at any time."
SUBJECT = "Message from our contact page"


class TooMany(Exception):
    """So many strangers have come within the hour that they cannot all be people."""


@dataclass(frozen=True)
class UnverifiedContact:
    """What somebody says of themselves; one of email and phone at least.

    :param keep_in_touch: whether they have ticked the box with the words KEEP_IN_TOUCH
    """

    name: str
    email: str = ""
    phone: str = ""
    keep_in_touch: bool = False

    def not_known_of(self, contact: Contact) -> str:
        """What they gave that ``contact`` lacks, as a sentence for the people who work here; empty: nothing."""
        given = [
            words
            for words, known in ((self.email, contact.email), (self.phone, contact.phone))
            if words and not known
        ]
        return f"They gave {' and '.join(given)}, which their contact does not have." if given else ""


@transaction.atomic
def known_or_new(who: UnverifiedContact, *, source: Contact.Source, now: datetime.datetime) -> Contact:
    """The contact that ``who`` is, made if there is none; what a known one holds stays as it is.

    :param source: how a new one comes; who books is welcomed by the confirmation
    :raises TooMany: if there have been too many new ones within the hour
    """
    _hold_addresses(who)
    contact = find(who)
    if contact is None:
        since = now - NEW_IN
        lately = Contact.objects.filter(
            source__in=[Contact.Source.FORM, Contact.Source.BOOKING], created_at__gt=since
        ).count()
        if lately >= MOST_NEW:
            raise TooMany("So many people write to us right now that this page has to rest.")
        contact = create_contact(
            name=who.name,
            email=who.email,
            phone=who.phone,
            source=source,
            by=None,
            welcome=lately < MOST_WELCOMES,
            now=now,
        )
    if who.keep_in_touch:
        note_consent(who, now=now)
    return contact


def find(who: UnverifiedContact) -> Contact | None:
    """Who has this name and address, and no other address than the ones given; the oldest of several."""
    number = phones.comparable(who.phone)
    sharing = Contact.objects.sharing_address(email=who.email, phone=who.phone)
    for contact in sharing.filter(name__iexact=who.name).order_by("pk"):
        other_email = who.email and contact.email and contact.email != who.email
        other_phone = number and contact.phone_digits and contact.phone_digits != number
        if not other_email and not other_phone:
            return contact
    return None


def is_blocked(who: UnverifiedContact) -> bool:
    """Whether a contact with the same address is."""
    sharing = Contact.objects.sharing_address(email=who.email, phone=who.phone)
    return sharing.filter(is_blocked=True).exists()


@transaction.atomic
def write_to_us(
    *, who: UnverifiedContact, body: str, now: datetime.datetime, once: UUID | None = None
) -> Message:
    """Put what somebody wrote on the contact page into the conversation with them, which then waits for an answer.

    :param once: the token of the form; used before, the message that is there is returned
    :raises SentBefore: if that message says something else
    :raises TooMany: if there have been too many strangers within the hour
    """
    if made := made_before(Message.objects.select_related("conversation__contact"), once=once):
        noted = made.body.removeprefix(body)
        if noted and not (noted.startswith("\n\n(") and noted.endswith(")")):
            raise SentBefore(made)
        refuse_another(made, made.conversation.contact, who, noted=noted, at=made.send_at)
        return made
    contact = known_or_new(who, source=Contact.Source.FORM, now=now)
    if extra := who.not_known_of(contact):
        body = f"{body}\n\n({extra})"
    channel, address = _way_back(contact)
    return saying.record_incoming(
        conversation=contact.conversation,
        channel=channel,
        address=address,
        subject=SUBJECT,
        body=body,
        at=now,
        once=once,
    )


def refuse_another(
    made, contact: Contact, who: UnverifiedContact, *, noted: str, at: datetime.datetime
) -> None:
    """Refuse details that are not those with which a form was sent first: they would be lost.

    :param noted: what was written down of details that the contact did not have
    :param at: when it was made; a contact made in the same breath has what the form said, and nothing else
    :raises SentBefore: if what the form has ``made`` is about somebody else than ``who``
    """
    is_theirs = contact.created_at == at
    pairs = [
        (who.email, contact.email, who.email),
        (phones.comparable(who.phone), phones.comparable(contact.phone), who.phone),
    ]
    if contact.name.casefold() != who.name.casefold() or not all(
        given == known or (not is_theirs and (not given or (not known and words in noted)))
        for given, known, words in pairs
    ):
        raise SentBefore(made)


def _way_back(contact: Contact) -> tuple[Channel, str]:
    if contact.email:
        return Channel.EMAIL, contact.email
    if contact.phone_e164 and not phones.gets_no_texts(contact.phone_e164):
        return Channel.SMS, contact.phone_e164
    return Channel.DESK, ""


def _hold_addresses(who: UnverifiedContact) -> None:
    """Two forms with the same address at the same moment: the second one finds the contact of the first."""
    for value in sorted({who.email, phones.comparable(who.phone)} - {""}):
        locks.hold(f"sender {value}")


def note_consent(who: UnverifiedContact, *, now: datetime.datetime) -> None:
    """A tick allows what nobody has decided about. It does not undo a refusal: anybody can type any address.

    It locks conversations, so whoever locks more than that does so before.
    """
    ways = {Channel.EMAIL: who.email, Channel.SMS: phones.e164(who.phone)}
    for channel, value in ways.items():
        decided = Address.objects.filter(channel=channel, value=value).exclude(state=Address.State.UNKNOWN)
        if value and not decided.exists():
            consent.allow(
                channel=channel,
                value=value,
                source=ConsentChange.Source.FORM,
                words=KEEP_IN_TOUCH,
                now=now,
            )
