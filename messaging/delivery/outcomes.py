"""What became of a message that was handed over, and what follows from it for others.

Written only where the lease is still ours. Locks go from the conversation to the message, its provider, the alert.
"""

import datetime
import logging

from django.db import IntegrityError, transaction
from django.db.models import Exists, Q
from django.db.models.expressions import Combinable
from django.urls import reverse
from django.utils import timezone

from alerts import services as alerts
from alerts.models import Alert
from messaging import gateways, pause
from messaging.consent import services as consent
from messaging.gateways import DeliveryFailed, ErrorKind
from messaging.locks import locked
from messaging.models import ConsentChange, Conversation, Message
from messaging.pause import give_turn_back
from messaging.running import circuit
from messaging.words.reasons import Reason
from messaging.words.rules import SENDABLE, Channel, RuleCode

logger = logging.getLogger(__name__)

BACK_OFF = [datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]  # then the message has failed
TRIES = len(BACK_OFF) + 1
Status = Message.Status


def record_sent(message: Message, *, provider_id: str, calm: bool = False) -> None:
    """The provider took the message; what had made trouble on its channel is over.

    :param calm: nothing made trouble when it was taken, and its provider had been well just before
    """
    channel, now = Channel(message.channel), timezone.now()
    kept = not gateways.is_configured(channel)
    code = Reason.LOCAL if kept else ""
    outcome = {"status": Status.SENT, "sent_at": now, "reason_code": code, "reason": code and code.label}
    if not _finish_as(message, provider_id, **outcome):
        return
    conversation = message.conversation
    if conversation and message.send_at > conversation.last_message_at:  # the others were noted when queued
        conversation.note_newest(message.words, at=message.send_at)
    if calm:
        return
    if not kept:
        circuit.note_accepted(channel, at=now)
    _note_recovery(channel)


def _finish_as(message: Message, provider_id: str, **outcome) -> bool:
    """Two messages of one name are both sent, the second without. Called with no transaction open."""
    if not provider_id:
        return _finish(message, late=True, **outcome)
    same = Message.objects.filter(
        channel=message.channel, direction=message.direction, provider_id=provider_id
    ).exclude(pk=message.pk)
    try:
        if _finish(message, ~Exists(same), late=True, provider_id=provider_id, **outcome):
            return True
    except IntegrityError:  # the other one was noted this very moment
        pass
    if not _finish(message, late=True, **outcome):
        return False
    logger.warning("provider gave two messages one id", extra={"message_id": message.pk})
    return True


@transaction.atomic
def _note_recovery(channel: Channel) -> None:
    """Messages flow by ``channel``: resolve its alerts, unless one still waits for another try, or a person must act.

    Who dismissed an alert knows of those that failed, so the next trouble is a new one and raises its own.
    """
    ongoing = Alert.objects.filter(
        kind=Alert.Kind.DELIVERY, source_key__startswith=f"{channel}:", cause_ended_at=None
    )
    if not ongoing.exists():
        return
    # The lock makes a failure that is being recorded right now either visible here, or the later one.
    circuit.locked(channel)
    if Message.objects.pending().filter(channel=channel, attempts__gt=0).exists():
        return
    for alert in ongoing.order_by("pk"):
        if not (alert.is_unsettled and _left_over(channel, since=alert.first_seen_at).exists()):
            why = "Messages are being delivered again."
            alerts.resolve_alerts(kind=Alert.Kind.DELIVERY, source_key=alert.source_key, why=why)


def _left_over(channel: Channel, *, since: datetime.datetime):
    """What a person has to decide on ``since`` then: nobody knows whether it left, or it has failed for good."""
    since -= datetime.timedelta(minutes=1)  # the failure is written just before its alert
    undecided = [Status.UNKNOWN, Status.FAILED]
    return Message.objects.filter(channel=channel, status__in=undecided, reported_at__gte=since)


@transaction.atomic
def record_failed(message: Message, failure: DeliveryFailed) -> None:
    """The provider did not take the message, or nobody knows: try again, give up, or ask a person."""
    now, channel = timezone.now(), Channel(message.channel)
    # Both lock the conversations of everybody at that address, in the order of their keys, so they come first.
    about = {"channel": channel, "value": message.address, "words": str(failure), "now": now}
    if failure.kind == ErrorKind.OPTED_OUT:
        consent.refuse(source=ConsentChange.Source.PROVIDER, **about)
    elif failure.kind == ErrorKind.NO_SUCH_ADDRESS:
        consent.mark_bounced(**about)
    conversation = locked(message.conversation) if message.conversation else None
    outcome = _after(message, failure, now=now)
    if not _finish(message, **outcome):
        return
    if outcome["status"] == Status.FAILED:
        give_turn_away(message, conversation, now=now)
    circuit.note_failed(channel, failure, at=now, lease_until=message.lease_until)
    if failure.kind != ErrorKind.OPTED_OUT:
        _raise_alert(channel, failure.kind, str(failure))


def _after(message: Message, failure: DeliveryFailed, *, now: datetime.datetime) -> dict:
    """What a failed try makes of a message, as its fields."""
    words, tries = str(failure)[:200], {"attempt": message.attempts, "attempts": TRIES}
    if failure.may_have_left and not gateways.drops_repeats(Channel(message.channel)):
        reason = Reason.UNKNOWN.sentence(words=words)
        return {
            "status": Status.UNKNOWN,
            "reason_code": Reason.UNKNOWN,
            "reason": reason,
            "reported_at": now,
        }
    if failure.kind == ErrorKind.OPTED_OUT and message.is_automated and message.rule != RuleCode.CONSENT:
        # It goes another way if there is one; the guards decide, and say so if not.
        return {"status": Status.QUEUED, "send_at": now, "reason_code": "", "reason": ""}
    wait = None
    if not failure.permanent and message.attempts <= len(BACK_OFF):
        wait = max(BACK_OFF[message.attempts - 1], failure.retry_after or datetime.timedelta(0))
    if wait is None or (message.useless_after and now + wait >= message.useless_after):
        late = " Too late for another." if wait else ""
        reason = f"{words} (Try {message.attempts} of {TRIES}.{late})"
        return {"status": Status.FAILED, "reason_code": Reason.FAILED, "reason": reason, "reported_at": now}
    reason = Reason.RETRY.sentence(words=words, **tries)
    return {"status": Status.QUEUED, "send_at": now + wait, "reason_code": Reason.RETRY, "reason": reason}


def give_turn_away(message: Message, conversation: Conversation | None, *, now: datetime.datetime) -> None:
    """What a person wrote will not leave: whoever it answered waits again, and the pause that it began ends.

    :param conversation: locked; None: it went to somebody who works here
    """
    if conversation and not message.is_automated and give_turn_back(conversation, message, now=now):
        pause.release_held(conversation=conversation, now=now)


def give_up(message: Message, reason: str) -> None:
    """A message can never leave, because of us. Its conversation and itself are locked."""
    message.status, message.reason_code, message.reason = Status.FAILED, Reason.FAILED, reason
    message.reported_at = timezone.now()
    message.save(update_fields=["status", "reason_code", "reason", "reported_at"])
    give_turn_away(message, message.conversation, now=message.reported_at)
    _raise_alert(Channel(message.channel), ErrorKind.OURS, reason)


def _raise_alert(channel: Channel, kind: ErrorKind, detail: str) -> None:
    alerts.raise_alert(
        kind=Alert.Kind.DELIVERY,
        source_key=f"{channel}:{kind}",
        title=f"{channel.label}: {kind.label}",
        detail=detail,
        url=f"{reverse('messaging:outbox')}?tab=failed",
        severity=Alert.Severity.CRITICAL,
    )


def _finish(message: Message, *conditions: Combinable, late: bool = False, **outcome) -> bool:
    """Write the outcome, unless the lease ran out and the message is somebody else's by now.

    :param conditions: others that must hold
    :param late: it is of use even after nobody knew any more whether the message had left
    """
    ours = Q(status=Status.SENDING, lease_until=message.lease_until)
    if late:
        ours |= Q(status=Status.UNKNOWN, attempts=message.attempts)
    return bool(Message.objects.filter(ours, *conditions, pk=message.pk).update(lease_until=None, **outcome))


@transaction.atomic
def release_abandoned(*, now: datetime.datetime) -> int:
    """Deal with what a dead worker had taken, and return how many messages that was.

    It is queued again where a repeat does no harm; else nobody knows, and a person decides. One that has cost every
    try it had is given up, so that a message which kills workers cannot go on for ever.
    """
    released = 0
    for channel in SENDABLE:
        abandoned = Message.objects.abandoned(now=now).filter(channel=channel)
        if gateways.drops_repeats(channel):
            exhausted = abandoned.filter(attempts__gt=len(BACK_OFF)).select_related("conversation")
            released += sum(_give_up_abandoned(message, now=now) for message in exhausted.order_by("pk"))
            stopped = {"reason_code": Reason.WORKER_DIED, "reason": Reason.WORKER_DIED.label}
            again = {"status": Status.QUEUED, "send_at": now, "lease_until": None, **stopped}
            released += abandoned.filter(attempts__lte=len(BACK_OFF)).update(**again)
        else:
            reason = Reason.UNKNOWN.sentence(words=Reason.WORKER_DIED.label)
            unknown = {"status": Status.UNKNOWN, "reason_code": Reason.UNKNOWN, "reason": reason}
            if count := abandoned.update(lease_until=None, reported_at=now, **unknown):
                _raise_alert(channel, ErrorKind.UNKNOWN, reason)
                released += count
    return released


def _give_up_abandoned(message: Message, *, now: datetime.datetime) -> bool:
    words = "The worker stopped each time it tried to send this."
    conversation = locked(message.conversation) if message.conversation else None
    failed = {"status": Status.FAILED, "reason_code": Reason.FAILED, "reason": words, "reported_at": now}
    given_up = _finish(message, **failed)
    if given_up:
        give_turn_away(message, conversation, now=now)
        _raise_alert(Channel(message.channel), ErrorKind.OURS, words)
    return given_up
