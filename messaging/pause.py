"""Whose turn it is: what a reply changes about that, how long automation is silent, and what that held back.

A reply takes the turn and pauses automation; what a pause skips meanwhile is held, and leaves when the pause ends.
"""

import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import record
from messaging.locks import locked
from messaging.models import Automation, Conversation, Message
from messaging.running.wake import wake_worker
from messaging.words.reasons import Reason
from messaging.words.rules import RuleCode

TOO_LATE_AFTERWARDS = "When that ended, it was too late to be useful."
NOT_PAUSED = {"paused_at": None, "paused_until": None, "paused_by": None}
TURN = ["waiting_since", *NOT_PAUSED]


def take_turn(conversation: Conversation, reply: Message) -> None:
    """Nobody waits any more, and automation falls silent. Saves nothing."""
    pause = Automation.objects.current().pause
    conversation.waiting_since = None
    conversation.paused_at, conversation.paused_by = reply.created_at, reply.sent_by
    conversation.paused_until = reply.created_at + pause if pause else None


def give_turn_back(conversation: Conversation, reply: Message, *, now: datetime.datetime) -> bool:
    """A reply will not leave: whoever it answered waits again, and the pause that it began ends.

    What another reply says stands: it then is the one that answers, and it keeps automation silent.

    :param conversation: locked
    :returns: whether the pause has ended, so that what it held back should be released
    """
    replies = conversation.messages.replies().exclude(pk=reply.pk)
    if reply.waited_since:
        later = replies.filter(created_at__gte=reply.created_at).order_by("created_at", "pk").first()
        if later:
            Message.objects.filter(pk=later.pk, waited_since=None).update(waited_since=reply.waited_since)
        elif conversation.status != Conversation.Status.CLOSED:
            since = conversation.waiting_since or reply.waited_since
            conversation.waiting_since = min(since, reply.waited_since)
    ended = conversation.paused_at == reply.created_at and not _pause_by_another(conversation, replies, now)
    if ended:
        conversation.paused_at = conversation.paused_until = conversation.paused_by = None
    conversation.save(update_fields=TURN)
    return ended


@transaction.atomic
def resume_automation(*, conversation: Conversation, by: User | None, now: datetime.datetime) -> int:
    """Let automation speak again; what it held back and is still of use leaves now.

    :param by: None where the pause ran out by itself
    :returns: how many held messages leave
    """
    conversation = locked(conversation)
    if conversation.paused_at is None:
        return 0
    conversation.paused_at = conversation.paused_until = conversation.paused_by = None
    conversation.save(update_fields=[*NOT_PAUSED])
    record(by=by, action="conversation.resumed", subject=conversation)
    return release_held(conversation=conversation, now=now)


def release_held(*, conversation: Conversation, now: datetime.datetime) -> int:
    """Queue what a pause has held back and is still of use; return how many messages that was.

    Call it with the conversation locked and no longer paused. Of several messages of one rule about one thing only the
    newest leaves. A welcome is never late. When they are taken, the guards look at them once more.
    """
    held = list(conversation.messages.held().order_by("-send_at", "-pk"))
    leaves: dict[tuple[str, str], Message] = {}
    for message in held:
        useful = message.useless_after is None or message.useless_after > now
        if message.rule == RuleCode.WELCOME or not useful:
            message.reason_code = Reason.TOO_LATE
            message.reason = f"{message.reason} {TOO_LATE_AFTERWARDS}"[:300]
        elif leaves.setdefault((message.rule, message.about_key or message.key), message) is message:
            message.status, message.send_at = Message.Status.QUEUED, now
            message.reason_code = message.reason = ""
        else:
            message.reason_code = Reason.DUPLICATE
            message.reason = Reason.DUPLICATE.sentence(rule=f"later {message.what.lower()}")
    Message.objects.bulk_update(held, ["status", "send_at", "reason_code", "reason"])
    if leaves:
        wake_worker()
    return len(leaves)


def _pause_by_another(conversation, replies, now) -> bool:
    """Whether an earlier reply keeps automation silent still; if so the pause becomes its own."""
    earlier = replies.select_related("sent_by").order_by("-created_at", "-pk").first()
    pause = Automation.objects.current().pause
    if earlier is None or (pause and earlier.created_at + pause <= now):
        return False
    waiting_since = conversation.waiting_since
    take_turn(conversation, earlier)
    conversation.waiting_since = waiting_since
    return True
