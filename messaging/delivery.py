"""What the worker does: take a message that is due, check once more, send it, say what became of it.

The message row is the truth; a job is only a wake-up. A row is taken under a lock and a lease, the provider is
called with no transaction open, and the outcome is written only where the lease is still ours. A worker that dies
leaves a lease that runs out, and the message is sent again under the same Message-ID.
"""

import datetime
import logging
import traceback
from collections.abc import Callable

from django.db import transaction
from django.db.models import F
from django.db.models.lookups import IsNull
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

LEASE = datetime.timedelta(seconds=60)  # longer than a call of a gateway can take
BACK_OFF = [datetime.timedelta(minutes=minutes) for minutes in (1, 5, 30, 120)]  # then the message has failed
CANDIDATES = 100  # far more than can be in other hands at a time
LATE_AFTER = datetime.timedelta(minutes=5)
DELIVERY_ALERT = {"kind": Alert.Kind.DELIVERY, "source_key": "email"}
LATE_ALERT = {"kind": Alert.Kind.WORKER_LATE, "source_key": "worker"}


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


def deliver_due(*, limit: int, go_on: Callable[[], bool] = lambda: True) -> int:
    """Send what is due, one message after the other, and return how many were looked at, ``limit`` at most.

    :param go_on: asked before each message
    """
    looked_at = 0
    while looked_at < limit and go_on() and (message := take_next(now=timezone.now())):
        looked_at += 1
        if message.status == Message.Status.SENDING:
            send(message)
        beat(now=timezone.now())  # slow calls may keep the clock's job waiting
    return looked_at


@transaction.atomic
def take_next(*, now: datetime.datetime) -> Message | None:
    """Take the most useful of the messages that are due: as *sending* under a lease, or *skipped* with its reason.

    First what a person typed or asked for, then whatever becomes useless soonest, as an early visit does, then the
    rest, the longest due first. That matters after an outage; on other days hardly two are due at a time.

    The conversation is locked along with the message, as `services.reply` locks it, so that no automated message is
    taken after a reply has committed. Rows that somebody else holds are left for later: nobody waits here, and so
    nobody deadlocks.

    :returns: None where nothing is due
    """
    by_usefulness = [IsNull(F("sent_by"), True), F("useless_after").asc(nulls_last=True), "send_at", "pk"]
    due = Message.objects.due(now=now).order_by(*by_usefulness)
    # Sorting thousands of whole rows for each message would take longer than sending it.
    first = due.filter(pk__in=due.values("pk")[:CANDIDATES]).select_related("conversation__contact")
    message = first.select_for_update(of=("self", "conversation"), skip_locked=True, no_key=True).first()
    if message is None:
        return None
    try:
        reason = reason_to_skip(message, now=now)
    except Exception as error:
        _log_bug("whether to send a message could not be decided", message, error)
        _fail(message, f"CareOps could not decide whether to send this ({type(error).__name__}).")
        return message
    if reason:  # after a failed try, its words as well
        message.status, message.reason = Message.Status.SKIPPED, f"{reason} {message.reason}".strip()[:300]
    else:
        message.status, message.lease_until = Message.Status.SENDING, now + LEASE
        message.attempts += 1
    message.save(update_fields=["status", "reason", "lease_until", "attempts"])
    return message


def _fail(message: Message, reason: str) -> None:
    message.status, message.reason = Message.Status.FAILED, reason
    message.save(update_fields=["status", "reason"])
    _raise_alert(reason)


def send(message: Message) -> None:
    """Hand a taken message to its provider and write down the answer. Never raises for what a gateway does."""
    business = Business.objects.current()
    try:
        gateways.send_email(
            to=message.conversation.contact.email,
            subject=message.subject,
            body=message.body,
            message_id=str(message.uuid),
            reply_to=business.email,
            automated=message.is_automated,
        )
    except gateways.DeliveryFailed as error:
        logger.warning("message not delivered", extra={"message_id": message.pk, "attempt": message.attempts})
        _record_failure(message, words=str(error), permanent=error.permanent)
    except Exception as error:
        _log_bug("message could not be handed over", message, error)
        words = f"CareOps could not hand it over ({type(error).__name__})."
        _record_failure(message, words=words, permanent=False)
    else:
        _record_sent(message)


def _log_bug(text: str, message: Message, error: Exception) -> None:
    # Where it came from, without the text of the exception, which may hold an address.
    trace = "".join(traceback.format_tb(error.__traceback__))
    logger.error(text, extra={"message_id": message.pk, "error": type(error).__name__, "trace": trace})


def _record_sent(message: Message) -> None:
    if _finish(message, status=Message.Status.SENT, sent_at=timezone.now(), reason=""):
        conversation = message.conversation
        if message.send_at > conversation.last_message_at:  # planned ones; the others were noted when queued
            conversation.note_newest(message, at=message.send_at)
        _note_recovery()


@transaction.atomic
def _note_recovery() -> None:
    """Mail flows: resolve the alert, unless a message still waits for another try or has failed for good.

    Who dismissed the alert knows of those that failed, so the next trouble is a new one and raises its own.
    """
    # The lock makes a failure that is being recorded right now either visible here, or the later one.
    alert = Alert.objects.ongoing(**DELIVERY_ALERT).select_for_update().first()
    if alert is None or Message.objects.pending().filter(attempts__gt=0).exists():
        return
    if not (alert.is_unsettled and Message.objects.failed().exists()):
        alerts.resolve_alerts(**DELIVERY_ALERT, why="Messages are being delivered again.")


@transaction.atomic
def _record_failure(message: Message, *, words: str, permanent: bool) -> None:
    words = words[:250]
    if permanent or message.attempts > len(BACK_OFF):
        recorded = _finish(message, status=Message.Status.FAILED, reason=words)
    else:
        next_try = timezone.now() + BACK_OFF[message.attempts - 1]
        reason = f"Try {message.attempts} failed. {words}"
        recorded = _finish(message, status=Message.Status.QUEUED, send_at=next_try, reason=reason)
    if recorded:
        _raise_alert(words)


def _raise_alert(detail: str) -> None:
    alerts.raise_alert(
        **DELIVERY_ALERT,
        title="Emails are not being delivered",
        detail=detail,
        url=reverse("messaging:outbox"),
        severity=Alert.Severity.CRITICAL,
    )


def _finish(message: Message, **outcome) -> bool:
    """Write the outcome, unless the lease ran out and the message is somebody else's by now."""
    ours = Message.objects.filter(
        pk=message.pk, status=Message.Status.SENDING, lease_until=message.lease_until
    )
    return bool(ours.update(lease_until=None, **outcome))


@transaction.atomic
def release_abandoned(*, now: datetime.datetime) -> int:
    """Queue again what a dead worker had taken, and return how many messages that was.

    One that has cost every try it had is given up, so that a message which kills workers cannot go on for ever.
    """
    abandoned = Message.objects.abandoned(now=now)
    exhausted = abandoned.filter(attempts__gt=len(BACK_OFF))
    given_up = "The worker stopped each time it tried to send this."
    if exhausted.update(status=Message.Status.FAILED, lease_until=None, reason=given_up):
        _raise_alert(given_up)
    stopped = "The worker stopped while sending."
    return abandoned.update(status=Message.Status.QUEUED, lease_until=None, send_at=now, reason=stopped)


def beat(*, now: datetime.datetime) -> None:
    """Say that the worker is alive."""
    rows = [WorkerBeat(pk=1, beat_at=now)]
    WorkerBeat.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["pk"], update_fields=["beat_at"]
    )


def worker_is_late(*, now: datetime.datetime) -> bool:
    """Whether a message has been due for LATE_AFTER and nobody took it. Costs one look at an index."""
    return Message.objects.due(now=now - LATE_AFTER).exists()


def check_lateness(*, now: datetime.datetime) -> None:
    """Raise an alert while messages leave late; it resolves itself once the worker has caught up."""
    known = Alert.objects.ongoing(**LATE_ALERT).exists()
    late = worker_is_late(now=now)
    if late and not known:
        alerts.raise_alert(
            **LATE_ALERT,
            title="Messages leave late",
            detail="Some have been due for over five minutes: the worker was down, or cannot keep up.",
            url=reverse("messaging:outbox"),
            severity=Alert.Severity.CRITICAL,
        )
    elif known and not late:
        alerts.resolve_alerts(**LATE_ALERT, why="The worker has caught up.")
