"""Whose turn it is: what a reply changes about that, and what is undone where it never leaves."""

import datetime

from messaging.models import Automation, Conversation, Message

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
