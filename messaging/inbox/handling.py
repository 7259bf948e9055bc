"""Whose conversation it is, when it comes back, whether it is read, and the end of a pause."""

import datetime
from typing import Any

from django.db import transaction

from accounts.models import User
from accounts.services import changed, record
from messaging.inbox.saying import refuse_unseen
from messaging.locks import locked
from messaging.models import Conversation, Message
from messaging.pause import NOT_PAUSED, release_held

WAKE_AT_ONCE = 200  # conversations in one transaction; the clock comes again in seconds


class TakenMeanwhile(Exception):
    """Somebody else has given the conversation to somebody else."""


class SnoozeInThePast(Exception):
    """The conversation would come back before it has gone."""


@transaction.atomic
def assign_conversation(
    *, conversation: Conversation, assignee: User | None, before: User | None, by: User
) -> Conversation:
    """Make a conversation somebody's.

    :param assignee: None: nobody's
    :param before: whose it was when the caller looked
    :raises TakenMeanwhile: if it is somebody else's by now
    """
    conversation = locked(conversation)
    if conversation.assignee not in {before, assignee}:
        owner = conversation.assignee or "Nobody"
        raise TakenMeanwhile(f"{owner} has this conversation now: somebody was faster.")
    if changes := changed(conversation, assignee=assignee):
        conversation.save(update_fields=["assignee"])
        record(by=by, action="conversation.assigned", subject=conversation, changes=changes)
    return conversation


@transaction.atomic
def snooze_conversation(
    *,
    conversation: Conversation,
    until: datetime.datetime,
    seen: int | None = None,
    by: User,
    now: datetime.datetime,
) -> Conversation:
    """Put a conversation out of sight until then, or until the contact writes.

    :param seen: the key of the newest message that the caller has seen; None: whatever was said
    :raises SnoozeInThePast: if ``until`` is not in the future
    :raises SaidMeanwhile: if somebody has written since
    """
    if until <= now:
        raise SnoozeInThePast("Choose a time to come.")
    conversation = locked(conversation)
    refuse_unseen(conversation, by, seen)
    changes = changed(conversation, status=Conversation.Status.SNOOZED, snoozed_until=until)
    if changes:
        _save(conversation, is_unread=False, status=conversation.status, snoozed_until=until)
        record(by=by, action="conversation.snoozed", subject=conversation, changes=changes)
    return conversation


@transaction.atomic
def wake_snoozed(*, now: datetime.datetime) -> int:
    """Bring back, unread, what was snoozed until now; return how many conversations that was."""
    due = Conversation.objects.sleeping_until(now=now).select_related("contact").order_by("pk")
    due = due.select_for_update(of=("self",), skip_locked=True, no_key=True)[:WAKE_AT_ONCE]
    for conversation in due:
        _save(conversation, status=Conversation.Status.OPEN, is_unread=True)
        record(by=None, action="conversation.came_back", subject=conversation)
    return len(due)


@transaction.atomic
def mark_read(*, conversation: Conversation, seen: int | None, by: User) -> None:
    """Note that somebody has read a conversation, as far as ``seen``; what came after stays unread."""
    conversation = locked(conversation)
    newer = conversation.messages.filter(direction=Message.Direction.IN, is_machine=False, pk__gt=seen or 0)
    if conversation.is_unread and (seen is None or not newer.exists()):
        _save(conversation, is_unread=False)
        record(by=by, action="conversation.read", subject=conversation)


@transaction.atomic
def mark_unread(*, conversation: Conversation, by: User) -> None:
    """Let a conversation stand out again as if nobody had read it."""
    conversation = locked(conversation)
    if not conversation.is_unread:
        _save(conversation, is_unread=True)
        record(by=by, action="conversation.marked_unread", subject=conversation)


@transaction.atomic
def close_conversation(
    *, conversation: Conversation, seen: int | None = None, by: User, now: datetime.datetime
) -> None:
    """Put a conversation away until the next message; that also ends a pause.

    :param seen: the key of the newest message that the caller has seen; None: whatever was said
    :raises SaidMeanwhile: if somebody has written since
    """
    conversation = locked(conversation)
    if conversation.status == Conversation.Status.CLOSED:
        return
    refuse_unseen(conversation, by, seen)
    was_paused = conversation.paused_at is not None
    closed = {"status": Conversation.Status.CLOSED, "snoozed_until": None, "waiting_since": None}
    _save(conversation, is_unread=False, **closed, **NOT_PAUSED)
    record(by=by, action="conversation.closed", subject=conversation)
    if was_paused:
        release_held(conversation=conversation, now=now)


@transaction.atomic
def reopen_conversation(*, conversation: Conversation, by: User) -> None:
    """Bring a closed or snoozed conversation back to the inbox."""
    conversation = locked(conversation)
    if conversation.status != Conversation.Status.OPEN:
        _save(conversation, status=Conversation.Status.OPEN, snoozed_until=None)
        record(by=by, action="conversation.reopened", subject=conversation)


def _save(conversation: Conversation, **values: Any) -> None:
    for field, value in values.items():
        setattr(conversation, field, value)
    conversation.save(update_fields=[*values])
