"""What the worker looks after each minute: what has run out by itself, and what somebody should look at.

Each look may happen twice, or at the same time as another: what it does is checked once more under the lock of its
conversation, and an alert that is known is not raised again.
"""

import datetime
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from django.db import transaction
from django.db.models import OuterRef, Subquery

from accounts.models import Business
from alerts import services as alerts
from alerts.models import Alert
from messaging import pause
from messaging.deciding.window import Window
from messaging.inbox import handling
from messaging.locks import locked
from messaging.models import Automation, Conversation, Message
from messaging.words.reasons import Reason
from messaging.words.rules import REMINDER_STALE_BEFORE, RuleCode

logger = logging.getLogger(__name__)

HINT_MAY_WAIT = datetime.timedelta(hours=4)
SAFETY = datetime.timedelta(hours=24)  # before a visit: time to act on a reminder that does not leave
DAY = datetime.timedelta(days=1)


@dataclass(frozen=True)
class Trouble:
    """What an alert says about one cause."""

    title: str
    detail: str
    url: str
    severity: Alert.Severity = Alert.Severity.WARNING


def look_around(*, now: datetime.datetime) -> None:
    """Do everything that is due. A step that fails is logged, and keeps no other from being done."""
    _safely(end_pauses, now=now)
    _safely(handling.wake_snoozed, now=now)
    _safely(_settle_alerts, Alert.Kind.UNANSWERED, unanswered, "Answered, or put away.", now=now)
    _safely(_settle_alerts, Alert.Kind.OPT_OUT_HINT, undecided, "Somebody has decided.", now=now)
    _safely(_settle_alerts, Alert.Kind.HELD_REMINDER, held_reminders, "It is not held any more.", now=now)
    _safely(
        _settle_alerts, Alert.Kind.NOT_REMINDED, not_reminded, "The visit has begun, or it left.", now=now
    )


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


def _settle_alerts(
    kind: Alert.Kind, find: Callable[..., Mapping[str, Trouble]], why: str, *, now: datetime.datetime
) -> None:
    """Raise an alert for each trouble that ``find`` finds and nobody knows of; resolve those whose cause is gone."""
    ongoing = Alert.objects.filter(kind=kind, cause_ended_at=None)
    known, found = set(ongoing.values_list("source_key", flat=True)), find(now=now)
    for key in found.keys() - known:
        trouble = found[key]
        alerts.raise_alert(
            kind=kind,
            source_key=key,
            title=trouble.title[:200],
            detail=trouble.detail,
            url=trouble.url,
            severity=trouble.severity,
        )
    for key in known - found.keys():
        alerts.resolve_alerts(kind=kind, source_key=key, why=why)


def unanswered(*, now: datetime.datetime) -> dict[str, Trouble]:
    """Messages that nobody has answered for too long; nights, when the sending window is closed, do not count."""
    automation = Automation.objects.current()
    window = Window.of(automation, Business.objects.current().zone)
    hours = datetime.timedelta(hours=automation.unanswered_hours)
    came_in = Message.objects.filter(
        conversation=OuterRef("pk"), direction=Message.Direction.IN, send_at=OuterRef("waiting_since")
    )
    waiting = Conversation.objects.waiting().filter(waiting_since__lte=now - hours).select_related("contact")
    return {
        f"conversation:{conversation.pk}:{conversation.message_pk}": Trouble(
            title=f"{conversation.contact} waits for an answer",
            detail=f"For over {automation.unanswered_hours} hours of opening time.",
            url=conversation.get_absolute_url(),
        )
        for conversation in waiting.annotate(message_pk=Subquery(came_in.order_by("pk").values("pk")[:1]))
        if _after(conversation.waiting_since, hours, window) <= now
    }


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


def undecided(*, now: datetime.datetime) -> dict[str, Trouble]:
    """Messages that look like an opt-out, and nobody has said whether they are one."""
    hinted = Conversation.objects.filter(opt_out_hint_at__lte=now - HINT_MAY_WAIT).select_related("contact")
    return {
        f"conversation:{conversation.pk}": Trouble(
            title=f"Does {conversation.contact} want no more messages?",
            detail="They wrote something that looks like an opt-out. Decide in the conversation.",
            url=conversation.get_absolute_url(),
        )
        for conversation in hinted
    }


def held_reminders(*, now: datetime.datetime) -> dict[str, Trouble]:
    """Reminders of visits within a day that a pause holds back: a person may want to send them all the same."""
    held = _reminders(Message.objects.held(), now=now).filter(useless_after__lte=now + SAFETY)
    return _troubles(held, "{reason} Send it now, resume automation, or leave it.")


def not_reminded(*, now: datetime.datetime) -> dict[str, Trouble]:
    """Reminders of visits to come that were skipped, as the sending window left no moment for them."""
    skipped = Message.objects.filter(
        direction=Message.Direction.OUT, status=Message.Status.SKIPPED, send_at__gt=now - DAY
    )
    return _troubles(
        _reminders(skipped.filter(reason_code=Reason.NO_MOMENT), now=now), "{reason} Send it now, or call."
    )


def _reminders(messages, *, now: datetime.datetime):
    """Those about visits that have not begun."""
    reminders = messages.filter(rule=RuleCode.REMINDER, useless_after__gt=now - REMINDER_STALE_BEFORE)
    return reminders.select_related("conversation__contact")


def _troubles(reminders: Iterable[Message], detail: str) -> dict[str, Trouble]:
    return {
        f"message:{message.pk}": Trouble(
            title=f"{message.conversation.contact} is not reminded of a visit",
            detail=detail.format(reason=message.reason),
            url=message.get_absolute_url(),
        )
        for message in reminders
    }
