"""What the worker does: take a message that is due, check once more, hand it over.

The message row is the truth; a job is only a wake-up. A row is taken under a lock and a lease, the provider is
called with no transaction open, and the outcome is written only where the lease is still ours (see `outcomes`). A
worker that dies leaves a lease that runs out.
"""

import datetime
import logging
import traceback
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, transaction
from django.db.models import F
from django.db.models.lookups import IsNull
from django.utils import timezone

from accounts.models import Business
from messaging import gateways
from messaging.deciding import guards
from messaging.deciding.facts import gather
from messaging.deciding.rulebook import Rulebook
from messaging.delivery import compose, outcomes
from messaging.delivery.outcomes import release_abandoned
from messaging.gateways import DeliveryFailed, ErrorKind
from messaging.models import Address, Message
from messaging.models.message import MessageQuerySet
from messaging.running import circuit, heartbeat, restored
from messaging.running.wake import wake_worker
from messaging.words.rules import Channel

__all__ = ["deliver_due", "release_abandoned", "send", "take_next", "wake_worker"]

logger = logging.getLogger(__name__)

LEASE = datetime.timedelta(seconds=60)  # longer than a call of a gateway can take
CANDIDATES = 100  # far more than can be in other hands at a time
EARLIER = 10  # emails of a conversation that a new one names


def deliver_due(*, limit: int, go_on: Callable[[], bool] = lambda: True) -> int:
    """Send what is due, one message after the other, and return how many were looked at, ``limit`` at most.

    :param go_on: asked before each message
    """
    looked_at = 0
    if not restored.may_send():
        return looked_at
    while looked_at < limit and go_on() and (message := take_next(now=timezone.now())):
        looked_at += 1
        if message.status == Message.Status.SENDING:
            send(message)
        heartbeat.beat(now=timezone.now())  # slow calls may keep the clock's job waiting
    return looked_at


@transaction.atomic
def take_next(*, now: datetime.datetime) -> Message | None:
    """Take the most useful of the messages that are due: as *sending* under a lease, or *skipped* with its reason.

    First what a person typed or asked for, then whatever becomes useless soonest, as an early visit does, then the
    rest, the longest due first. That matters after an outage; on other days hardly two are due at a time.

    The conversation is locked along with the message, as `services.reply` locks it, so that no automated message is
    taken after a reply has committed. Rows that somebody else holds are left for later: nobody waits here, and so
    nobody deadlocks. What would go to a provider that has a rest stays.

    :returns: None where nothing is due
    """
    due = Message.objects.due(now=now).exclude(channel__in=circuit.resting(now=now))
    message = _first_to_staff(due) or _first_to_contacts(due)
    if message is None:
        return None
    try:
        verdict = guards.decide(message, gather(message, rulebook=Rulebook.current(), now=now), now=now)
    except (OperationalError, InterfaceError):
        raise  # the database has gone away, which is not the message's fault
    except Exception as error:
        _log_bug("whether to send a message could not be decided", message, error)
        outcomes.give_up(message, f"CareOps could not decide whether to send this ({type(error).__name__}).")
        return message
    if verdict.may_leave:
        _lease(message, verdict, now=now)
    else:
        _hold_back(message, verdict, now=now)
    return message


def _first_to_staff(due: MessageQuerySet) -> Message | None:
    due = due.filter(conversation=None)
    return _most_useful(due).select_for_update(skip_locked=True, no_key=True).first()


def _first_to_contacts(due: MessageQuerySet) -> Message | None:
    # The condition makes it an inner join: rows of an outer one cannot be locked.
    first = _most_useful(due.exclude(conversation=None)).filter(conversation__contact__gt=0)
    whole = first.select_related("conversation__contact", "conversation__paused_by")
    message = whole.select_for_update(of=("self", "conversation"), skip_locked=True, no_key=True).first()
    if message and message.conversation.paused_by_id and message.conversation.paused_by is None:
        # Paused while we looked: the lock shows the conversation as it is now, and who paused it as they were before.
        message.conversation.refresh_from_db(fields=["paused_by"])
    return message


def _most_useful(due: MessageQuerySet) -> MessageQuerySet:
    by_usefulness = [IsNull(F("sent_by"), True), F("useless_after").asc(nulls_last=True), "send_at", "pk"]
    ordered = due.order_by(*by_usefulness)
    # Sorting thousands of whole rows for each message would take longer than sending it.
    return ordered.filter(pk__in=ordered.values("pk")[:CANDIDATES])


def _lease(message: Message, verdict: guards.Verdict, *, now: datetime.datetime) -> None:
    message.channel, message.address = verdict.channel, verdict.address
    if circuit.may_take(verdict.channel, now=now, lease_until=now + LEASE):
        message.status, message.lease_until = Message.Status.SENDING, now + LEASE
        message.attempts += 1
    # Else it stays due, under the channel whose provider has a rest.
    message.save(update_fields=["status", "channel", "address", "lease_until", "attempts"])


def _hold_back(message: Message, verdict: guards.Verdict, *, now: datetime.datetime) -> None:
    # After a failed try, its words as well.
    message.reason_code = verdict.code
    message.reason = f"{verdict.sentence} {message.reason if message.attempts else ''}".strip()[:300]
    if verdict.wait_until:
        message.send_at = verdict.wait_until
    else:
        message.status = Message.Status.SKIPPED
    message.save(update_fields=["status", "send_at", "reason_code", "reason"])
    if message.status == Message.Status.SKIPPED:
        outcomes.give_turn_away(message, message.conversation, now=now)


def send(message: Message) -> None:
    """Hand a taken message to its provider and write down the answer. Never raises for what a gateway does."""
    try:
        provider_id = _hand_over(message)
    except DeliveryFailed as failure:
        logger.warning("message not delivered", extra={"message_id": message.pk, "attempt": message.attempts})
        outcomes.record_failed(message, failure)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        _log_bug("message could not be handed over", message, error)
        words = f"CareOps could not hand it over ({type(error).__name__})."
        outcomes.record_failed(message, DeliveryFailed(words, kind=ErrorKind.OURS))
    else:
        outcomes.record_sent(message, provider_id=provider_id)


def _hand_over(message: Message) -> str:
    """Return what the provider calls the message; empty where it stays in CareOps."""
    channel, conversation = Channel(message.channel), message.conversation
    if not gateways.is_configured(channel):
        return ""
    if channel == Channel.SMS:
        return gateways.send_sms(to=message.address, body=message.words, key=str(message.uuid))
    address, earlier = None, []
    if conversation:
        address, _ = Address.objects.get_or_create(channel=channel, value=message.address)
        said = conversation.messages.filter(channel=channel, status__in=Message.SAID).exclude(pk=message.pk)
        earlier = list(said.exclude(status=Message.Status.QUEUED).order_by("-send_at", "-pk")[:EARLIER])[::-1]
    business = Business.objects.current()
    return gateways.send_email(
        compose.email(message, business=business, address=address, ancestors=compose.ancestry(earlier))
    )


def _log_bug(text: str, message: Message, error: Exception) -> None:
    # Where it came from, without the text of the exception, which may hold an address.
    trace = "".join(traceback.format_tb(error.__traceback__))
    logger.error(text, extra={"message_id": message.pk, "error": type(error).__name__, "trace": trace})
