"""What a message looks like when it leaves: the words with their footer, and what mail programs want to know."""

import re

from django.conf import settings
from django.urls import reverse

from accounts.models import Business
from messaging.gateways import Email
from messaging.models import Address, Message
from messaging.words.rules import MessageClass

MESSAGE_ID = re.compile(r"<[^<>\s]{1,180}@[^<>\s]{1,60}>")
MOST_ANCESTORS = 10  # in References


def email(
    message: Message, *, business: Business, address: Address | None, ancestors: list[str] | None = None
) -> Email:
    """The email that a message is sent as.

    :param address: of a contact, who may choose what to get; None: somebody who works here
    :param ancestors: the Message-IDs of what was said before, the oldest first
    """
    headers = {"Message-ID": message_id(message)}
    if message.is_automated:
        headers["Auto-Submitted"] = "auto-generated"  # RFC 3834: other robots must not answer it
    if ancestors:
        headers["In-Reply-To"] = ancestors[-1]
        headers["References"] = " ".join(ancestors[-MOST_ANCESTORS:])
    if address and message.message_class == MessageClass.RELATIONSHIP:  # RFC 8058: one click, no page between
        headers["List-Unsubscribe"] = f"<{preferences_link(address)}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return Email(
        to=message.address,
        sender=business.sender,
        subject=" ".join(message.subject.split()) or f"A message from {business}",
        body=f"{message.body.rstrip()}\n\n{footer(business, address)}\n",
        reply_to=_reply_to(message, business),
        headers=headers,
        calendar=message.calendar,
    )


def message_id(message: Message) -> str:
    """The same for every try, so that a receiver can drop a repeat, and know what an answer is about."""
    domain = settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("<> ") or "localhost"
    return f"<{message.uuid}@{domain}>"


def ancestry(messages: list[Message]) -> list[str]:
    """The Message-IDs of what was said before by email, in the same order; without those that nobody knows."""
    ids = []
    for message in messages:
        known = MESSAGE_ID.fullmatch(message.provider_id)  # some providers give a Message-ID of their own
        if known:
            ids.append(message.provider_id)
        elif message.direction == Message.Direction.OUT:
            ids.append(message_id(message))
    return ids


def footer(business: Business, address: Address | None) -> str:
    """Who wrote this, and for contacts where to choose what to get. Mail programs know ``--`` and fold it away."""
    lines = ["-- ", business.name, business.phone, *business.address.splitlines()]
    if address:
        lines.append(f"Choose what you get from us: {preferences_link(address)}")
    return "\n".join(line for line in lines if line)


def preferences_link(address: Address) -> str:
    return settings.ALLOWED_ORIGINS[0] + reverse("preferences", args=[address.token])


def _reply_to(message: Message, business: Business) -> str:
    """Where an answer finds its conversation; the business's own address where nothing takes answers in."""
    if settings.INBOUND_EMAIL and message.conversation:
        mailbox, _, domain = settings.INBOUND_EMAIL.rpartition("@")
        return f"{mailbox}+{message.conversation.token}@{domain}"
    return business.email
