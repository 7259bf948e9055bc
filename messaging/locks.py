"""Locks go from booking to conversation, and from there to messages; several conversations in the order of their keys.

The worker takes an automated message under the lock of its conversation, so that whoever holds that decides what may
still leave.
"""

from collections.abc import Collection

from messaging.models import Conversation, Message
from messaging.words.rules import Channel


def locked(conversation: Conversation) -> Conversation:
    """The conversation as it is now, locked."""
    return _lockable().get(pk=conversation.pk)


def locked_with(contact_pk: int) -> Conversation:
    """The conversation with a contact as it is now, locked."""
    return _lockable().get(contact=contact_pk)


def locked_with_all(contact_pks: Collection[int]) -> list[Conversation]:
    """The conversations with several contacts as they are now, locked."""
    return list(_lockable().filter(contact__in=contact_pks).order_by("pk"))


def locked_at(channel: Channel, value: str) -> list[Conversation]:
    """The conversations of everybody who shares an address, locked."""
    field = "contact__email" if channel == Channel.EMAIL else "contact__phone_e164"
    return list(_lockable().select_related("paused_by").filter(**{field: value}).order_by("pk"))


def locked_message(message: Message) -> Message:
    """The message as it is now, locked along with its conversation: no worker takes it meanwhile."""
    conversation = locked(message.conversation) if message.conversation_id else None
    current = Message.objects.select_for_update(of=("self",), no_key=True).get(pk=message.pk)
    current.conversation = conversation
    return current


def _lockable():
    return Conversation.objects.select_for_update(of=("self",), no_key=True).select_related("contact")
