"""What can be done with conversations and messages. Sending what they plan is the worker's: see delivery.py."""

import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import record
from messaging.delivery import reason_to_skip, wake_worker
from messaging.models import Conversation, Message
from messaging.rules import Rule

PAUSE = datetime.timedelta(hours=24)


class NoAddress(Exception):
    """There is nowhere to send it to."""


class CannotRetry(Exception):
    """The message has not failed, or somebody was faster."""


class CannotCancel(Exception):
    """The message is no longer waiting to be sent."""


def open_conversation(*, contact: Any) -> Conversation:
    """Give a new contact the conversation that everything said with it belongs to."""
    return Conversation.objects.create(contact=contact)


@transaction.atomic
def send_automated(
    *,
    conversation: Conversation,
    rule: Rule,
    key: str,
    subject: str,
    body: str,
    about_key: str,
    about_url: str,
    now: datetime.datetime,
    send_at: datetime.datetime | None = None,
    useless_after: datetime.datetime | None = None,
    asked_by: User | None = None,
) -> Message:
    """Plan an automated message, or record why it will not be sent; the worker does the rest.

    :param key: names the occasion, such as ``booking:42:confirmation:1``; used before, its message is returned
    :param send_at: when it is due; None or a time gone by: at once
    :param useless_after: from then on it is skipped instead of sent; None: always useful
    :param asked_by: who pressed the button; a pause does not hold back what a person asked for
    """
    conversation = _locked(conversation)
    if existing := Message.objects.filter(key=key).first():
        return existing
    message = Message(
        conversation=conversation,
        rule=rule,
        key=key,
        sent_by=asked_by,
        subject=subject,
        body=body,
        about_key=about_key,
        about_url=about_url,
        send_at=max(send_at or now, now),
        useless_after=useless_after,
    )
    # A pause may be over by the time a later message is due, so only what is due now is decided now.
    planned = message.send_at > now
    if reason := "" if planned else reason_to_skip(message, now=now):
        return _save_skipped(message, reason=reason)
    message.status = Message.Status.PLANNED if planned else Message.Status.QUEUED
    message.save()
    if not planned:
        conversation.note_newest(message, at=message.send_at)
        wake_worker()
    return message


@transaction.atomic
def record_skipped(
    *,
    conversation: Conversation,
    rule: Rule,
    key: str,
    about_key: str,
    about_url: str,
    reason: str,
    now: datetime.datetime,
) -> Message:
    """Leave a row that says why a message was not even planned."""
    conversation = _locked(conversation)
    if existing := Message.objects.filter(key=key).first():
        return existing
    return _save_skipped(
        Message(
            conversation=conversation,
            rule=rule,
            key=key,
            subject=rule.label,
            about_key=about_key,
            about_url=about_url,
            send_at=now,
        ),
        reason=reason,
    )


def _save_skipped(message: Message, *, reason: str) -> Message:
    message.status, message.reason = Message.Status.SKIPPED, reason
    message.save()
    return message


def cancel_planned(*, about_key: str, reason: str) -> int:
    """Take back whatever is still waiting to be sent about an object; return how many messages that was."""
    about = Message.objects.filter(about_key=about_key)
    # What a provider has now, or has refused, stays as it is, but is not worth another try.
    about.filter(status__in=Message.RETRIABLE).update(useless_after=timezone.now())
    return about.pending().update(status=Message.Status.CANCELLED, reason=reason)


@transaction.atomic
def cancel_message(*, message: Message, by: User) -> None:
    """Take back one message that is still waiting to be sent.

    :raises CannotCancel: if it is not waiting any more
    """
    pending = Message.objects.pending().filter(pk=message.pk)
    if not pending.update(status=Message.Status.CANCELLED, reason=f"Cancelled by {by}."):
        raise CannotCancel("That message is not waiting to be sent any more.")
    record(by=by, action="message.cancelled", subject=message)


@transaction.atomic
def retry_message(*, message: Message, by: User) -> None:
    """Try a failed message again from the beginning; one that has become useless is then skipped.

    :raises CannotRetry: if it has not failed, or somebody was faster
    """
    failed = Message.objects.failed().filter(pk=message.pk)
    if not failed.update(status=Message.Status.QUEUED, reason="", attempts=0, send_at=timezone.now()):
        raise CannotRetry("That message is not waiting for another try.")
    record(by=by, action="message.retried", subject=message)
    wake_worker()


@transaction.atomic
def reply(*, conversation: Conversation, by: User, body: str, now: datetime.datetime) -> Message:
    """Answer a contact by email; automation then stays silent for PAUSE.

    :raises NoAddress: if the contact has no email address
    """
    # The worker takes an automated message under the same lock, so none leaves after this has committed.
    conversation = _locked(conversation)
    if not conversation.contact.email:
        raise NoAddress(f"{conversation.contact} has no email address. Add one, or call.")
    message = Message.objects.create(
        conversation=conversation,
        sent_by=by,
        subject=_reply_subject(conversation),
        body=body,
        send_at=now,
        status=Message.Status.QUEUED,
    )
    conversation.status = Conversation.Status.OPEN
    conversation.waiting_since = None
    conversation.paused_until, conversation.paused_by = now + PAUSE, by
    conversation.save(update_fields=["status", "waiting_since", "paused_until", "paused_by"])
    conversation.note_newest(message, at=now)
    record(by=by, action="conversation.replied", subject=conversation)
    wake_worker()
    return message


def _reply_subject(conversation: Conversation) -> str:
    said = conversation.messages.filter(status__in=Message.SAID).exclude(subject="")
    last = said.order_by("-send_at", "-pk").first()
    if last is None:
        return "Your message"
    return last.subject if last.subject.startswith("Re: ") else f"Re: {last.subject}"[:200]


@transaction.atomic
def record_incoming(
    *, conversation: Conversation, body: str, at: datetime.datetime, by: User | None = None, subject: str = ""
) -> Message:
    """Note what a contact said; the conversation then waits for an answer.

    :param by: who wrote it down, for words that came by phone or at the desk; None: it arrived by itself
    """
    conversation = _locked(conversation)
    message = Message.objects.create(
        conversation=conversation,
        direction=Message.Direction.IN,
        sent_by=by,
        subject=subject,
        body=body,
        send_at=at,
        status=Message.Status.RECEIVED,
    )
    conversation.status = Conversation.Status.OPEN
    conversation.waiting_since = min(conversation.waiting_since or at, at)
    conversation.save(update_fields=["status", "waiting_since"])
    conversation.note_newest(message, at=at)
    record(by=by, action="conversation.received", subject=conversation)
    return message


@transaction.atomic
def resume_automation(*, conversation: Conversation, by: User | None) -> None:
    """Let automation speak again before the pause ends by itself."""
    paused = Conversation.objects.paused(now=timezone.now()).filter(pk=conversation.pk)
    if paused.update(paused_until=None, paused_by=None):
        record(by=by, action="conversation.resumed", subject=conversation)


@transaction.atomic
def close_conversation(*, conversation: Conversation, by: User) -> None:
    """Put a conversation away until the next message; that also ends a pause."""
    still_open = Conversation.objects.open().filter(pk=conversation.pk)
    if still_open.update(
        status=Conversation.Status.CLOSED, waiting_since=None, paused_until=None, paused_by=None
    ):
        record(by=by, action="conversation.closed", subject=conversation)


@transaction.atomic
def reopen_conversation(*, conversation: Conversation, by: User) -> None:
    """Bring a closed conversation back to the inbox."""
    closed = Conversation.objects.closed().filter(pk=conversation.pk)
    if closed.update(status=Conversation.Status.OPEN):
        record(by=by, action="conversation.reopened", subject=conversation)


def _locked(conversation: Conversation) -> Conversation:
    """The conversation, locked. Locks go from booking to conversation; who holds it waits for no message."""
    return (
        Conversation.objects.select_for_update(of=("self",), no_key=True)
        .select_related("contact", "paused_by")
        .get(pk=conversation.pk)
    )
