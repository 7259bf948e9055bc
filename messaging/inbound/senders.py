"""Whose conversation an incoming message belongs to."""

import re

from django.conf import settings
from django.db.models import F, Max, Q

from accounts.models import Business
from messaging.inbound.bounces import OURS
from messaging.inbound.events import Incoming
from messaging.models import Conversation, Message
from messaging.words.rules import Channel

REPLY = re.compile(r"\+([0-9a-f]{16})@")
NUMBER = re.compile(r"\+[1-9]\d{6,14}")


def conversation_of(incoming: Incoming, channel: Channel) -> Conversation | None:
    """By the address it was sent to, what it answers, or who sent it, in this order; None: nobody knows the sender."""
    if channel == Channel.SMS:
        # Not every number that can text is one by the tables: such a contact has its digits alone.
        unclear = Q(contact__phone_e164="", contact__phone_digits=incoming.sender.removeprefix("+"))
        return _last_written_to(Q(contact__phone_e164=incoming.sender) | unclear)
    return (
        _by_token(incoming)
        or _by_references(incoming)
        or (_last_written_to(Q(contact__email=incoming.sender)) if incoming.sender else None)
    )


def _by_token(incoming: Incoming) -> Conversation | None:
    tokens = [match.group(1) for recipient in incoming.recipients for match in REPLY.finditer(recipient)]
    return Conversation.objects.filter(token__in=tokens).order_by("pk").first() if tokens else None


def _by_references(incoming: Incoming) -> Conversation | None:
    """Our own Message-IDs hold the uuid of a message; some providers put theirs in their place."""
    if not incoming.references:
        return None
    uuids = [match.group(1) for reference in incoming.references if (match := OURS.match(reference))]
    answered = Message.objects.outbox().filter(channel=Channel.EMAIL).exclude(conversation=None)
    named = answered.filter(Q(uuid__in=uuids) | Q(provider_id__in=incoming.references))
    newest = named.select_related("conversation").order_by("-send_at", "-pk").first()
    return newest.conversation if newest else None


def _last_written_to(shared: Q) -> Conversation | None:
    """Of those who share an address the one that we wrote to last; where we did not, whoever said something last."""
    ours = Max("messages__sent_at", filter=Q(messages__direction=Message.Direction.OUT))
    known = Conversation.objects.filter(shared).annotate(written_at=ours)
    return known.order_by(F("written_at").desc(nulls_last=True), "-last_message_at", "-pk").first()


def is_ourselves(address: str, business: Business) -> bool:
    """Whether our own mail has come back to us."""
    if not address:
        return False
    own = {settings.DEFAULT_FROM_EMAIL.rpartition("<")[2].strip("> ").lower(), business.email.lower()}
    mailbox, _, domain = settings.INBOUND_EMAIL.lower().rpartition("@")
    back = bool(mailbox) and address.startswith(f"{mailbox}+") and address.endswith(f"@{domain}")
    return address in own or address == settings.INBOUND_EMAIL.lower() != "" or back
