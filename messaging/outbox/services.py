"""What a person can do with one message: change it, send it now, take it back, try it again.

Each service locks the conversation first, as the worker does when it takes a message, so that one of the two wins.
"""

import datetime
import hashlib

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import changed, record
from alerts import services as alerts
from alerts.models import Alert
from messaging.deciding import guards
from messaging.deciding.facts import gather
from messaging.deciding.rulebook import Rulebook
from messaging.locks import locked_message
from messaging.models import Message
from messaging.outbox.reading import alert_about
from messaging.pause import TURN, give_turn_back, release_held, take_turn
from messaging.running.wake import wake_worker
from messaging.words.reasons import Reason
from messaging.words.rules import REMINDER_STALE_BEFORE, MessageClass

NOT_WAITING = "That message is not waiting to be sent any more."


class CannotEdit(Exception):
    """The message is no longer waiting to be sent, or says something else by now."""


class CannotSend(Exception):
    """The message may not leave, whoever asks for it; the words say why."""


class CannotCancel(Exception):
    """The message is no longer waiting to be sent."""


class CannotRetry(Exception):
    """The message has not failed, somebody was faster, or it may not leave; the words say why."""


def fingerprint(message: Message) -> str:
    """Tells whether a message still says what somebody has seen."""
    words = "\x1f".join([message.subject, message.body, message.sms])
    return hashlib.sha256(words.encode()).hexdigest()[:16]


@transaction.atomic
def edit_message(
    *,
    message: Message,
    body: str,
    subject: str | None = None,
    sms: str | None = None,
    seen: str | None = None,
    by: User,
) -> Message:
    """Change the words of a message that still waits to be sent.

    :param subject: None: as it is; so with ``sms``
    :param seen: `fingerprint` of what ``by`` looked at; None: whatever it says by now
    :raises CannotEdit: if it is not waiting any more, or somebody else has changed it since
    """
    message = locked_message(message)
    if not message.is_pending:
        raise CannotEdit(NOT_WAITING)
    stale = seen not in {None, fingerprint(message)}
    words = {"subject": subject, "body": body, "sms": sms}
    changes = changed(message, **{name: text for name, text in words.items() if text is not None})
    if stale and changes:
        raise CannotEdit("Somebody else has changed this message in the meantime.")
    if changes:
        message.save(update_fields=[*changes])
        record(by=by, action="message.edited", subject=message)  # the words stand in the message alone
    return message


@transaction.atomic
def send_now(*, message: Message, by: User, now: datetime.datetime) -> Message:
    """Send a message that is planned, or held by a pause, because somebody asked for it.

    Pause, window and switches do not hold it back any more; an opt-out or a visit that has begun still does.

    :raises CannotSend: if it may not leave, or is not waiting any more
    """
    message = locked_message(message)
    if not (message.is_pending or message.is_held):
        raise CannotSend(NOT_WAITING)
    if message.message_class == MessageClass.CLOCK and message.useless_after and not message.sent_by_id:
        message.useless_after += REMINDER_STALE_BEFORE  # until the visit begins
    verdict = _send_for(message, by=by, now=now)
    if not verdict.may_leave:
        raise CannotSend(verdict.sentence)
    record(by=by, action="message.sent_by_hand", subject=message)
    return message


@transaction.atomic
def retry_message(*, message: Message, by: User | None, now: datetime.datetime | None = None) -> Message:
    """Send again what has failed or come back, or of which nobody knows whether it left: to where its person is by now.

    :param now: None: the clock
    :raises CannotRetry: if it is none of these, somebody was faster, or it may not leave any more
    """
    message = locked_message(message)
    if not message.can_be_retried:
        raise CannotRetry("That message is not waiting for another try.")
    message.attempts = 0
    verdict = _send_for(message, by=by, now=now or timezone.now())
    if not verdict.may_leave:
        raise CannotRetry(verdict.sentence)
    if message.conversation and not message.is_automated:
        _answer_again(message)
    _answered_for(message, "It is sent again.")
    record(by=by, action="message.retried", subject=message)
    return message


def _answered_for(message: Message, why: str) -> None:
    alerts.resolve_alerts(kind=Alert.Kind.DELIVERY, source_key=f"message:{message.pk}", why=why)


def _answer_again(reply: Message) -> None:
    """A reply that failed gave its turn back; now it answers after all, unless something newer was said."""
    conversation = reply.conversation
    newer = [
        at for at in (conversation.waiting_since, conversation.paused_at) if at and at > reply.created_at
    ]
    if not newer:
        take_turn(conversation, reply)
        conversation.save(update_fields=TURN)


def _send_for(message: Message, *, by: User | None, now: datetime.datetime) -> guards.Verdict:
    """Queue a locked message as something ``by`` asked for, if it may leave."""
    message.sent_by, message.send_at = message.sent_by or by, now
    verdict = guards.decide(message, gather(message, rulebook=Rulebook.current(), now=now), now=now)
    if verdict.may_leave:
        message.channel, message.status = verdict.channel, Message.Status.QUEUED
        message.reason_code = message.reason = ""
        message.save()
        if message.conversation:
            message.conversation.note_newest(message.words, at=now)
        wake_worker()
    return verdict


@transaction.atomic
def resolve_unknown(*, message: Message, was_sent: bool, by: User) -> Message:
    """Settle whether a message left that nobody knew about: it did, or it is sent again.

    :raises CannotRetry: if it has been settled already, or may not leave any more
    """
    if not was_sent:
        return retry_message(message=message, by=by)
    message = locked_message(message)
    if message.status != Message.Status.UNKNOWN:
        raise CannotRetry("Somebody has found out already what became of that message.")
    message.status, message.sent_at = Message.Status.SENT, message.sent_at or message.send_at
    message.reason_code, message.reason = Reason.CONFIRMED, Reason.CONFIRMED.sentence(who=by)
    message.save(update_fields=["status", "sent_at", "reason_code", "reason"])
    record(by=by, action="message.confirmed", subject=message)
    return message


@transaction.atomic
def cancel_message(*, message: Message, by: User) -> Message:
    """Take back a message that waits to be sent or is held by a pause, or give up one that did not arrive.

    :raises CannotCancel: if it is none of these any more
    """
    message = locked_message(message)
    waited = message.is_pending or message.is_held
    if waited:
        code, sentence = Reason.TAKEN_BACK, Reason.TAKEN_BACK.sentence(who=by)
    elif message.can_be_retried:
        code, sentence = Reason.GIVEN_UP, Reason.GIVEN_UP.sentence(who=by, words=message.reason).strip()
    else:
        raise CannotCancel(NOT_WAITING)
    message.status, message.reason_code, message.reason = Message.Status.CANCELLED, code, sentence
    message.save(update_fields=["status", "reason_code", "reason"])
    if waited and message.conversation and not message.is_automated:
        _unsay(message)
    if not waited:
        _answered_for(message, "It was given up.")
    record(by=by, action="message.cancelled", subject=message)
    return message


def _unsay(reply: Message) -> None:
    """Put the conversation back to where it was before a reply that is taken back."""
    conversation, now = reply.conversation, timezone.now()
    pause_ended = give_turn_back(conversation, reply, now=now)
    conversation.last_words = ""  # until the newest of what is left is noted
    conversation.save(update_fields=["last_words"])
    newest = conversation.messages.filter(status__in=Message.SAID).order_by("-send_at", "-pk").first()
    if newest:
        conversation.note_newest(newest.words, at=newest.send_at)
    if pause_ended:
        release_held(conversation=conversation, now=now)


@transaction.atomic
def leave_held(*, message: Message, by: User) -> None:
    """Leave a held reminder to the pause: its alert is put away."""
    if alert := alert_about(message):
        alerts.dismiss_alert(alert=alert, by=by, why="Left to the pause.")
