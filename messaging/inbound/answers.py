"""The one text that answers STOP, START or HELP."""

import datetime

from accounts.models import Business, subject_key
from messaging.inbound.words import Wish
from messaging.models import Address, Conversation, Message, WebhookEvent
from messaging.running.wake import wake_worker
from messaging.words.rules import Channel, RuleCode, useless_after

ONCE_IN = datetime.timedelta(hours=24)  # else two machines could answer each other for ever


def answer(
    wish: Wish,
    *,
    event: WebhookEvent,
    address: Address,
    conversation: Conversation | None,
    now: datetime.datetime,
) -> Message | None:
    """Queue the answer to a word; None where the same one went there within the last 24 hours.

    It is the one message that a number gets although its owner has just refused them.

    :param conversation: None: nobody knows the number
    """
    kind = Wish.STOP if wish == Wish.CANCEL else wish
    said = f"{subject_key(address)}:{kind}:"
    if Message.objects.filter(key__startswith=said, created_at__gt=now - ONCE_IN).exists():
        return None
    message = Message.objects.create(
        conversation=conversation,
        channel=Channel.SMS,
        address=address.value,
        rule=RuleCode.CONSENT,
        key=f"{said}{event.pk}",
        by_customer=True,
        body=_words(kind),
        send_at=now,
        created_at=now,
        useless_after=useless_after(RuleCode.CONSENT, send_at=now),
        status=Message.Status.QUEUED,
    )
    wake_worker()
    return message


def _words(wish: Wish) -> str:
    business = Business.objects.current()
    call = f" Call {business.phone}." if business.phone else ""
    return {
        Wish.STOP: f"{business}: you will get no more texts from us. Answer START to get them again.",
        Wish.START: f"{business}: you get our texts again. Answer STOP to end them.",
        Wish.HELP: f"{business}: texts about your visits.{call} Answer STOP to end them.",
    }[wish]
