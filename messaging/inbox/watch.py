"""What the worker looks after each minute: what has run out by itself, and what somebody should look at.

Each look may happen twice, or at the same time as another: what it does is checked once more under the lock of its
conversation, and an alert that is known is not raised again.
"""

import datetime
import logging
from collections.abc import Callable

from django.db import transaction
from django.db.models import OuterRef, Subquery

from accounts.models import Business
from alerts.models import Alert
from alerts.troubles import Trouble, look_for
from messaging import pause
from messaging.deciding.window import Window
from messaging.inbox import handling
from messaging.locks import locked
from messaging.models import Automation, Conversation, Message
from messaging.models.conversation import ConversationQuerySet
from messaging.models.message import MessageQuerySet
from messaging.running import invitations
from messaging.words.reasons import Reason
from messaging.words.rules import REMINDER_STALE_BEFORE, RuleCode

logger = logging.getLogger(__name__)

HINT_MAY_WAIT = datetime.timedelta(hours=4)
SAFETY = datetime.timedelta(hours=24)  # before a visit: time to act on a reminder that does not leave
DAY = datetime.timedelta(days=1)


def look_around(*, now: datetime.datetime) -> None:
    """Do everything that is due. A step that fails is logged, and keeps no other from being done."""
    _safely(end_pauses, now=now)
    _safely(handling.wake_snoozed, now=now)
    look_for(TROUBLES, now=now)


def _safely(step: Callable, *arguments: object, now: datetime.datetime) -> None:
    try:
        step(*arguments, now=now)
    except Exception:
        logger.exception("the worker could not look around", extra={"step": step.__name__})


def end_pauses(*, now: datetime.datetime) -> None:
    """Let automation speak again where its pause has run out; what that held back leaves."""
    for conversation in Conversation.objects.pause_over(now=now).order_by("pk"):
        _safely(_end_pause, conversation, now=now)


@transaction.atomic
def _end_pause(conversation: Conversation, *, now: datetime.datetime) -> None:
    if not locked(conversation).is_paused(now=now):  # else somebody has just replied again
        pause.resume_automation(conversation=conversation, by=None, now=now)


def unanswered(conversations: ConversationQuerySet, *, now: datetime.datetime) -> ConversationQuerySet:
    """Whom nobody has answered for too long; nights, when the sending window is closed, do not count."""
    automation = Automation.objects.current()
    window = Window.of(automation, Business.objects.current().zone)
    hours = datetime.timedelta(hours=automation.unanswered_hours)
    waiting = conversations.waiting().filter(waiting_since__lte=now - hours)
    late = [
        pk for pk, since in waiting.values_list("pk", "waiting_since") if _after(since, hours, window) <= now
    ]
    return conversations.filter(pk__in=late)


def _after(at: datetime.datetime, hours: datetime.timedelta, window: Window) -> datetime.datetime:
    """When so many hours of opening time have gone by since ``at``."""
    while True:
        at = window.next_opening(at)
        day = at.astimezone(window.zone).date()
        # Both readings of the wall, as an hour may happen twice: the closing is then after `at` in any case.
        closing = max(
            datetime.datetime.combine(day, window.closes.replace(fold=fold), window.zone).astimezone(
                datetime.UTC
            )
            for fold in (0, 1)
        )
        if at + hours <= closing:
            return at + hours
        at, hours = closing, hours - (closing - at)


def _unanswered(conversation: Conversation, zone: datetime.tzinfo) -> tuple[str, str]:
    hours = Automation.objects.current().unanswered_hours
    return f"{conversation.contact} waits for an answer", f"For over {hours} hours of opening time."


def undecided(conversations: ConversationQuerySet, *, now: datetime.datetime) -> ConversationQuerySet:
    """Who wrote what looks like an opt-out, and nobody has said whether it is one."""
    return conversations.filter(opt_out_hint_at__lte=now - HINT_MAY_WAIT)


def _undecided(conversation: Conversation, zone: datetime.tzinfo) -> tuple[str, str]:
    return (
        f"Does {conversation.contact} want no more messages?",
        "They wrote something that looks like an opt-out. Decide in the conversation.",
    )


def held_reminders(messages: MessageQuerySet, *, now: datetime.datetime) -> MessageQuerySet:
    """Reminders of visits within a day that a pause holds back: a person may want to send them all the same."""
    return _reminders(messages.held(), now=now).filter(useless_after__lte=now + SAFETY)


def _held_reminder(message: Message, zone: datetime.tzinfo) -> tuple[str, str]:
    return _not_reminded_of(message), f"{message.reason} Send it now, resume automation, or leave it."


def not_reminded(messages: MessageQuerySet, *, now: datetime.datetime) -> MessageQuerySet:
    """Reminders of visits to come that were skipped, as the sending window left no moment for them."""
    skipped = messages.filter(
        direction=Message.Direction.OUT, status=Message.Status.SKIPPED, send_at__gt=now - DAY
    )
    return _reminders(skipped.filter(reason_code=Reason.NO_MOMENT), now=now)


def _not_reminded(message: Message, zone: datetime.tzinfo) -> tuple[str, str]:
    return _not_reminded_of(message), f"{message.reason} Send it now, or call."


def _reminders(messages: MessageQuerySet, *, now: datetime.datetime) -> MessageQuerySet:
    """Those about visits that have not begun."""
    return messages.filter(rule=RuleCode.REMINDER, useless_after__gt=now - REMINDER_STALE_BEFORE)


def _too_late_at(message: Message) -> datetime.datetime | None:
    """Until when it is of use to remind of the visit."""
    return message.useless_after


def _not_reminded_of(message: Message) -> str:
    return f"{message.conversation.contact} is not reminded of a visit"


CAME_IN = Message.objects.filter(
    conversation=OuterRef("pk"), direction=Message.Direction.IN, send_at=OuterRef("waiting_since")
)
TROUBLES = [
    invitations.TROUBLE,
    Trouble(
        Alert.Kind.UNANSWERED,
        Alert.Severity.WARNING,
        Conversation,
        unanswered,
        _unanswered,
        over="Answered, or put away.",
        bout=Subquery(CAME_IN.order_by("pk").values("pk")[:1]),
    ),
    Trouble(
        Alert.Kind.OPT_OUT_HINT,
        Alert.Severity.WARNING,
        Conversation,
        undecided,
        _undecided,
        over="Somebody has decided.",
    ),
    Trouble(
        Alert.Kind.HELD_REMINDER,
        Alert.Severity.WARNING,
        Message,
        held_reminders,
        _held_reminder,
        over="It is not held any more.",
        matters_at=_too_late_at,
    ),
    Trouble(
        Alert.Kind.NOT_REMINDED,
        Alert.Severity.WARNING,
        Message,
        not_reminded,
        _not_reminded,
        over="The visit has begun, or it left.",
        matters_at=_too_late_at,
    ),
]
