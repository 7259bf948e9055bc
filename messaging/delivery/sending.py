"""What the worker does: take a message that is due, hand it over, note what became of it, and so on for a round.

The message row is the truth; a job is only a wake-up. A row is taken under a lock and a lease (see `claiming`), the
provider is called with no transaction open, and the outcome is written at once, only where the lease is still ours (see
`outcomes`). A worker that dies leaves a lease that runs out.
"""

import logging
import time
from collections.abc import Callable, Iterator
from itertools import islice

from django.db import InterfaceError, OperationalError, connection
from django.utils import timezone

from messaging import gateways
from messaging.delivery import outcomes
from messaging.delivery.bugs import log_bug
from messaging.delivery.claiming import LEASE, Look
from messaging.delivery.outcomes import release_abandoned
from messaging.gateways import DeliveryFailed, ErrorKind
from messaging.models import Message
from messaging.running.wake import wake_worker
from messaging.words.rules import Channel

__all__ = ["deliver_due", "release_abandoned", "send", "wake_worker"]

logger = logging.getLogger(__name__)

PAUSE = 0.5  # seconds between two attempts to write an outcome down


def deliver_due(
    *, limit: int, go_on: Callable[[], bool] = lambda: True, after_first: Callable[[], None] = lambda: None
) -> int:
    """Send what is due, one message after the other, and return how many were looked at, ``limit`` at most.

    Whoever calls it has found out that this database may send.

    :param go_on: asked before each message
    :param after_first: called once there was one
    """
    looked_at = 0
    with gateways.Lines() as lines:
        for message, look in islice(_taken(go_on), limit):
            looked_at += 1
            if message.status == Message.Status.SENDING:
                send(message, look=look, lines=lines)
            if looked_at == 1:
                after_first()
    return looked_at


def _taken(go_on: Callable[[], bool]) -> Iterator[tuple[Message, Look]]:
    """Each message that was taken, and the look that found it; until nothing is due any more."""
    look = None
    while go_on():
        now = timezone.now()
        message = look.take(now=now) if look and look.is_fresh(now=now) else None
        if message is None:
            look = Look(now=now)
            message = look.take(now=now)
        if message is None:
            return
        yield message, look


def send(message: Message, *, look: Look, lines: gateways.Lines) -> None:
    """Hand a taken message to its provider and write down the answer. Never raises for what a gateway does.

    :param look: that found it
    """
    try:
        provider_id = _hand_over(message, look, lines)
    except DeliveryFailed as failure:
        logger.warning("message not delivered", extra={"message_id": message.pk, "attempt": message.attempts})
        _surely(outcomes.record_failed, message, failure)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log_bug("message could not be handed over", message, error)
        words = f"CareOps could not hand it over ({type(error).__name__})."
        _surely(outcomes.record_failed, message, DeliveryFailed(words, kind=ErrorKind.OURS))
    else:
        _surely(outcomes.record_sent, message, provider_id=provider_id, calm=message.calm)


def _surely(record: Callable, message: Message, *answer: DeliveryFailed, **details) -> None:
    """Write an outcome down, also where the database goes away meanwhile: as long as the message may still be ours."""
    until = time.monotonic() + LEASE.total_seconds()
    while True:
        try:
            return record(message, *answer, **details)
        except (OperationalError, InterfaceError):
            if connection.in_atomic_block or time.monotonic() > until:
                raise
        connection.close()
        time.sleep(PAUSE)


def _hand_over(message: Message, look: Look, lines: gateways.Lines) -> str:
    """Return what the provider calls the message; empty where it stays in CareOps."""
    channel = Channel(message.channel)
    if not gateways.is_configured(channel):
        return ""
    if channel == Channel.SMS:
        return lines.sms.send(to=message.address, body=message.words, key=str(message.uuid))
    name = lines.email.send(look.context.email(message))
    look.context.note(message, name=name)
    return name
