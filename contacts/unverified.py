"""Whoever comes by a public page and says who they are.

Nobody has checked it, so it neither shows nor changes what we have. Somebody is taken for a contact we know only where
the name and every address that both have agree; all others become a contact of their own, and staff see on its page
who shares the address. The pages answer the same either way.
"""

import datetime
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.urls import reverse

from accounts import limits
from alerts import services as alerts
from alerts.models import Alert
from careops.core import locks
from careops.core.once import SentBefore, made_before
from contacts import phones
from contacts.models import Contact
from contacts.services import create_contact
from messaging.consent import services as consent
from messaging.inbox import saying
from messaging.models import Address, ConsentChange, Message
from messaging.words.rules import Channel

MOST_NEW, NEW_IN = 30, datetime.timedelta(hours=1)  # strangers by one page; more are taken, but not welcomed
A_DAY = datetime.timedelta(days=1)
KEEP_IN_TOUCH = "Keep me posted now and then, by the ways I have given. I can stop that at any time."
SUBJECT = "Message from our contact page"


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
    """
    _hold_addresses(who)
    contact = find(who)
    if contact is None:
        contact = create_contact(
            name=who.name,
            email=who.email,
            phone=who.phone,
            source=source,
            by=None,
            welcome=_may_be_welcomed(who, source=source, now=now),
            now=now,
        )
    if who.keep_in_touch:
        note_consent(who, now=now)
    return contact


def _may_be_welcomed(who: UnverifiedContact, *, source: Contact.Source, now: datetime.datetime) -> bool:
    """Whether a stranger gets a welcome: not twice a day at one address, nor in a flood, of which somebody is told.

    Call it once for each, with the addresses held: it counts.
    """
    are_few = limits.allow("strangers", source, most=MOST_NEW, within=NEW_IN, now=now)
    if not are_few:
        _alert_flood(source)
    if source == Contact.Source.BOOKING:  # their confirmation stands for it
        return are_few
    firsts = [limits.allow("welcome", address, most=1, within=A_DAY, now=now) for address in _addresses(who)]
    return are_few and all(firsts)


def _alert_flood(source: Contact.Source) -> None:
    alerts.raise_alert(
        kind=Alert.Kind.STRANGERS,
        source_key=str(source),
        title=f"More than {MOST_NEW} strangers within an hour: {source.label.lower()}",
        detail="They were all taken, and get no welcome. Look whether they are people; block those that are not.",
        url=reverse("contacts:list"),
    )


def end_floods(*, now: datetime.datetime) -> None:
    """Resolve the alerts about floods of which nothing has come for as long as strangers are counted."""
    over = Alert.objects.filter(
        kind=Alert.Kind.STRANGERS, cause_ended_at=None, last_seen_at__lte=now - NEW_IN
    )
    for key in over.values_list("source_key", flat=True):
        alerts.resolve_alerts(kind=Alert.Kind.STRANGERS, source_key=key, why="No more of them have come.")


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
    for value in _addresses(who):
        locks.hold(f"sender {value}")


def _addresses(who: UnverifiedContact) -> list[str]:
    """Each as it is compared, always in the same order."""
    return sorted({who.email, phones.comparable(who.phone)} - {""})


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
