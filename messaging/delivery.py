"""What the worker does: take a message that is due, check once more, send it, say what became of it.

The message row is the truth; a job is only a wake-up. A row is taken under a lock and a lease, the provider is
called with no transaction open, and the outcome is written only where the lease is still ours. A worker that dies
leaves a lease that runs out, and the message is sent again under the same Message-ID.
"""

import datetime
import logging

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django import app as jobs
from procrastinate.exceptions import AlreadyEnqueued

from accounts.models import Business
from alerts import services as alerts
from alerts.models import Alert
from messaging import gateways
from messaging.models import Message, WorkerBeat

logger = logging.getLogger(__name__)

LEASE = datetime.timedelta(seconds=60)  # longer than every timeout of a gateway together
BACK_OFF = [datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]  # then the message has failed
DELIVERY_ALERT = {"kind": Alert.Kind.DELIVERY, "source_key": "email"}


def wake_worker() -> None:
    """Have the worker look for due messages as soon as the transaction has committed.

    Losing the wake-up costs seconds: the worker's clock looks as well.
    """
    transaction.on_commit(_enqueue_delivery, robust=True)


def _enqueue_delivery() -> None:
    try:
        with transaction.atomic():
            jobs.configure_task("messaging.tasks.deliver_due", queueing_lock="deliver_due").defer()
    except AlreadyEnqueued:
        pass  # the worker has been woken already


def reason_to_skip(message: Message, *, now: datetime.datetime) -> str:
    """Why a message must not leave now, as a sentence; an empty string where nothing speaks against it.

    Asked when a message is planned and again when it is taken to be sent.
    """
    conversation = message.conversation
    if not conversation.contact.email:
        return "No email address."
    if message.useless_after and now >= message.useless_after:
        return "Too late to be useful."
    if message.obeys_pause and conversation.is_paused(now=now):
        until = timezone.localtime(conversation.paused_until, Business.objects.current().zone)
        return f"Automation is paused by {conversation.paused_by or 'a colleague'} until {until:%a %H:%M}."
    return ""


def deliver_due(*, limit: int) -> int:
    """Send what is due, one message after the other, and return how many were looked at, ``limit`` at most."""
    looked_at = 0
    while looked_at < limit and (message := take_next(now=timezone.now())):
        looked_at += 1
        if message.status == Message.Status.SENDING:
            send(message)
    return looked_at


@transaction.atomic
def take_next(*, now: datetime.datetime) -> Message | None:
    """Take the message that is due longest: as *sending* under a lease, or *skipped* with its reason.

    The conversation is locked along with the message, as `services.reply` locks it, so that no automated message is
    taken after a reply has committed. Rows that somebody else holds are left for later: nobody waits here, and so
    nobody deadlocks.

    :returns: None where nothing is due
    """
    due = Message.objects.due(now=now).select_related("conversation__contact", "conversation__paused_by")
    locked = due.select_for_update(of=("self", "conversation"), skip_locked=True)
    message = locked.order_by("send_at", "pk").first()
    if message is None:
        return None
    if reason := reason_to_skip(message, now=now):
        message.status, message.reason = Message.Status.SKIPPED, reason
    else:
        message.status, message.lease_until = Message.Status.SENDING, now + LEASE
        message.attempts += 1
    message.save(update_fields=["status", "reason", "lease_until", "attempts"])
    return message


def send(message: Message) -> None:
    """Hand a taken message to its provider and write down the answer. Never raises for a provider's refusal."""
    contact = message.conversation.contact
    try:
        gateways.send_email(
            to=contact.email,
            subject=message.subject,
            body=message.body,
            message_id=str(message.uuid),
            reply_to=Business.objects.current().email,
            automated=message.is_automated,
        )
    except gateways.DeliveryFailed as error:
        logger.warning("message not delivered", extra={"message_id": message.pk, "attempt": message.attempts})
        _record_failure(message, words=str(error), permanent=error.permanent)
    else:
        _record_sent(message)


def _record_sent(message: Message) -> None:
    recorded = _finish(message, status=Message.Status.SENT, sent_at=timezone.now(), reason="")
    if recorded and not Message.objects.failed().exists():
        alerts.resolve_alerts(**DELIVERY_ALERT, why="Messages are being delivered again.")


@transaction.atomic
def _record_failure(message: Message, *, words: str, permanent: bool) -> None:
    words = words[:200]
    final = permanent or message.attempts > len(BACK_OFF)
    if final:
        recorded = _finish(message, status=Message.Status.FAILED, reason=f"The provider said: {words}")
    else:
        next_try = timezone.now() + BACK_OFF[message.attempts - 1]
        reason = f"Try {message.attempts} failed: {words}"
        recorded = _finish(message, status=Message.Status.QUEUED, send_at=next_try, reason=reason)
    if recorded:
        alerts.raise_alert(
            **DELIVERY_ALERT,
            title="Emails are not being delivered",
            detail=f"The provider said: {words}",
            url=reverse("messaging:outbox"),
            severity=Alert.Severity.CRITICAL,
        )


def _finish(message: Message, **outcome) -> bool:
    """Write the outcome, unless the lease ran out and the message is somebody else's by now."""
    ours = Message.objects.filter(
        pk=message.pk, status=Message.Status.SENDING, lease_until=message.lease_until
    )
    return bool(ours.update(lease_until=None, **outcome))


def release_abandoned(*, now: datetime.datetime) -> int:
    """Queue again what a dead worker had taken, and return how many messages that was.

    One that has cost every try it had is given up, so that a message which kills workers cannot go on for ever.
    """
    abandoned = Message.objects.abandoned(now=now)
    abandoned.filter(attempts__gt=len(BACK_OFF)).update(
        status=Message.Status.FAILED,
        lease_until=None,
        reason="The worker stopped each time it tried to send this.",
    )
    return abandoned.update(
        status=Message.Status.QUEUED,
        lease_until=None,
        send_at=now,
        reason="The worker stopped while sending.",
    )


def beat(*, now: datetime.datetime) -> None:
    """Say that the worker is alive."""
    WorkerBeat.objects.update_or_create(pk=1, defaults={"beat_at": now})
