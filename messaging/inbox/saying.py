"""What people say: replies, notes, and what came in."""

import datetime
from functools import partial
from typing import Any
from uuid import UUID

from django.db import transaction

from accounts.models import User
from accounts.services import record
from careops.core.once import made_before, made_once
from messaging.inbox.ways import ways_to
from messaging.locks import locked
from messaging.models import Conversation, Message
from messaging.pause import TURN, take_turn
from messaging.running.wake import wake_worker
from messaging.words.rules import Channel


class ChannelClosed(Exception):
    """The contact cannot be reached that way: no address, opted out, or nothing set up that carries it."""


class SaidMeanwhile(Exception):
    """The contact or a colleague has written something that the caller has not seen."""


def open_conversation(*, contact: Any) -> Conversation:
    """Give a new contact the conversation that everything said with it belongs to."""
    return Conversation.objects.create(contact=contact, last_message_at=contact.created_at)


def reply(
    *,
    conversation: Conversation,
    by: User,
    body: str,
    channel: Channel = Channel.EMAIL,
    seen: int | None = None,
    now: datetime.datetime,
    once: UUID | None = None,
) -> Message:
    """Answer a contact; automation then stays silent for a while, and the draft is gone.

    :param seen: the key of the newest message that the caller has seen; None: whatever was said
    :param once: the token of the form; used before, the reply that is there is returned
    :raises ChannelClosed: if the contact cannot be reached by ``channel``
    :raises SaidMeanwhile: if somebody has written since
    :raises SentBefore: if the reply that is there says something else
    """
    return made_once(
        partial(_reply, conversation, channel=channel, by=by, body=body, seen=seen, now=now, once=once),
        rows=Message.objects.select_related("conversation__contact", "sent_by"),
        once=once,
        conversation=conversation,
        channel=channel,
        sent_by=by,
        body=body,
    )


def _reply(
    conversation: Conversation,
    *,
    channel: Channel,
    by: User,
    body: str,
    seen: int | None,
    now: datetime.datetime,
    once: UUID | None,
) -> Message:
    # The worker takes an automated message under the same lock, so none leaves after this has committed.
    conversation = locked(conversation)
    refuse_closed(conversation, channel)
    refuse_unseen(conversation, by, seen)
    message = Message.objects.create(
        conversation=conversation,
        channel=channel,
        sent_by=by,
        body=body,
        subject=_reply_subject(conversation) if channel == Channel.EMAIL else "",
        send_at=now,
        created_at=now,
        status=Message.Status.QUEUED,
        waited_since=conversation.waiting_since,
        once=once,
    )
    take_turn(conversation, message)
    _open(conversation, *TURN, is_unread=False)
    conversation.note_newest(message.words, at=now)
    conversation.drafts.filter(by=by).delete()
    record(by=by, action="conversation.replied", subject=conversation)
    wake_worker()
    return message


def _open(conversation: Conversation, *fields: str, is_unread: bool) -> None:
    conversation.status, conversation.snoozed_until = Conversation.Status.OPEN, None
    conversation.is_unread = is_unread
    conversation.save(update_fields=["status", "snoozed_until", "is_unread", *fields])


def refuse_closed(conversation: Conversation, channel: Channel) -> None:
    """:raises ChannelClosed: if the contact cannot be reached by ``channel``, with what to do instead"""
    way = next(way for way in ways_to(conversation.contact) if way.channel == channel)
    if not way.is_open:
        raise ChannelClosed(way.closed)


def refuse_unseen(conversation: Conversation, by: User, seen: int | None) -> None:
    """:raises SaidMeanwhile: if anybody but the caller has written something after the message ``seen``"""
    if seen is None:
        return
    since = conversation.messages.filter(pk__gt=seen, rule="", is_machine=False).exclude(sent_by=by)
    message = since.select_related("sent_by").order_by("pk").first()
    if message:
        who = message.sent_by or conversation.contact
        raise SaidMeanwhile(f"{who} has written in the meantime. Read that first; then send this again.")


def _reply_subject(conversation: Conversation) -> str:
    said = conversation.messages.filter(status__in=Message.SAID).exclude(subject="")
    last = said.order_by("-send_at", "-pk").first()
    if last is None:
        return "Your message"
    return last.subject if last.subject.startswith("Re: ") else f"Re: {last.subject}"[:200]


@transaction.atomic
def add_note(
    *, conversation: Conversation, by: User, body: str, now: datetime.datetime, once: UUID | None = None
) -> Message:
    """Write something down for colleagues. It goes nowhere, answers nobody and pauses nothing.

    :param once: the token of the form; used before, the note that is there is returned
    :raises SentBefore: if the note that is there says something else
    """
    values = {"conversation": conversation, "channel": Channel.NOTE, "sent_by": by, "body": body}
    if made := made_before(Message.objects.all(), once=once, **values):
        return made
    conversation = values["conversation"] = locked(conversation)
    note = Message.objects.create(
        **values,
        direction=Message.Direction.NOTE,
        send_at=now,
        created_at=now,
        status=Message.Status.NOTED,
        once=once,
    )
    record(by=by, action="conversation.noted", subject=conversation)
    return note


@transaction.atomic
def record_incoming(
    *,
    conversation: Conversation,
    body: str,
    at: datetime.datetime,
    channel: Channel = Channel.DESK,
    by: User | None = None,
    subject: str = "",
    address: str = "",
    via: str = "",
    provider_id: str = "",
    is_machine: bool = False,
    waits: bool = True,
    once: UUID | None = None,
) -> Message:
    """Note what a contact said; the conversation then waits for an answer, unless a machine wrote.

    :param waits: whether a person has to answer; what a word such as STOP asks for is done already
    :param via: the address that sent it for them; empty: they did
    :param by: who wrote it down, for words that came by phone or at the desk; None: it arrived by itself
    :param once: the token of the form; used before, what is there is returned
    :raises SentBefore: if what is there says something else
    """
    values = {"conversation": conversation, "channel": channel, "sent_by": by, "body": body}
    if made := made_before(Message.objects.all(), once=once, **values):
        return made
    conversation = values["conversation"] = locked(conversation)
    message = Message.objects.create(
        **values,
        direction=Message.Direction.IN,
        address=address,
        via=via,
        provider_id=provider_id,
        is_machine=is_machine,
        subject=subject,
        send_at=at,
        status=Message.Status.RECEIVED,
        once=once,
    )
    conversation.note_newest(message.words, at=at)
    record(by=by, action="conversation.received", subject=conversation)
    if not is_machine:
        if waits:
            conversation.waiting_since = min(conversation.waiting_since or at, at)
        _open(conversation, "waiting_since", is_unread=by is None)
    return message
