"""Who wants to hear from us by which address. Every change leaves its evidence."""

import datetime

from django.db import transaction

from accounts.models import User
from accounts.services import record
from messaging.deciding.facts import reach_of
from messaging.deciding.rulebook import Rulebook
from messaging.locks import locked, locked_at
from messaging.models import Address, ConsentChange, Conversation, Message
from messaging.pause import give_turn_back, release_held
from messaging.words.reasons import Reason
from messaging.words.rules import CLASSES, SENDABLE, Channel, MessageClass, RuleCode

KEEPS_IN_TOUCH = [code for code, kind in CLASSES.items() if kind == MessageClass.RELATIONSHIP]


class NothingToDecide(Exception):
    """Somebody was faster, or nothing there looks like an opt-out."""


@transaction.atomic
def refuse(
    *,
    channel: Channel,
    value: str,
    source: ConsentChange.Source,
    words: str = "",
    but_visits: bool = False,
    by: User | None = None,
    now: datetime.datetime,
) -> Address:
    """Stop what goes to an address, at once: what was planned for it goes another way, or is skipped.

    :param words: what its owner wrote or was shown
    :param but_visits: go on with what is about their visits
    """
    conversations = {conversation.pk: conversation for conversation in locked_at(channel, value)}
    state = Address.State.VISITS if but_visits else Address.State.REFUSED
    address = _set_state(channel, value, state, source, words, by, now)
    Conversation.objects.filter(pk__in=conversations).update(opt_out_hint_at=None)
    rulebook = Rulebook.current()
    planned = Message.objects.pending().filter(conversation__in=conversations, channel=channel)
    planned = planned.exclude(rule=RuleCode.CONSENT)  # the answer to what they have just written
    if but_visits:
        planned = planned.filter(rule__in=KEEPS_IN_TOUCH)
    for message in planned.order_by("pk"):
        conversation = message.conversation = conversations[message.conversation_id]
        why = Reason.VISITS_ONLY if but_visits else Reason.OPTED_OUT
        _reroute(message, channel, why=why, rulebook=rulebook)
        taken_back = message.status == Message.Status.CANCELLED and not message.is_automated
        if taken_back and give_turn_back(conversation, message, now=now):
            release_held(conversation=conversation, now=now)
    return address


def _reroute(message: Message, refused: Channel, *, why: Reason, rulebook: Rulebook) -> None:
    """Give a planned message the other channel, if its rule may use that and the person can be reached there."""
    other = Channel.SMS if refused == Channel.EMAIL else Channel.EMAIL
    message.reason_code, message.reason = why, why.sentence(channel=refused.spoken)
    reach = reach_of(message.conversation.contact, business=rulebook.business)[other]
    rule = rulebook.rules.get(message.rule)
    if rule and other in rule.channels and reach.takes(message.message_class):
        message.channel = other
        message.reason += f" Goes by {other.spoken}."
    else:
        message.status = Message.Status.CANCELLED
    message.save(update_fields=["channel", "status", "reason_code", "reason"])


@transaction.atomic
def allow(
    *,
    channel: Channel,
    value: str,
    source: ConsentChange.Source,
    words: str = "",
    by: User | None = None,
    now: datetime.datetime,
) -> Address:
    """Note that the owner of an address wants to hear from us again."""
    locked_at(channel, value)
    return _set_state(channel, value, Address.State.ALLOWED, source, words, by, now)


def known(*, channel: Channel, value: str) -> Address:
    """The row of an address, which it gets the first time that something about it matters."""
    return Address.objects.get_or_create(channel=channel, value=value)[0]


def _set_state(channel, value, state, source, words, by, now) -> Address:
    address = known(channel=channel, value=value)
    if address.state != state:
        address.state = state
        address.save(update_fields=["state"])
        ConsentChange.objects.create(
            address=address, state=state, source=source, words=words[:500], by=by, at=now
        )
        record(by=by, action=f"address.{state}", subject=address)
    return address


@transaction.atomic
def decide_hint(
    *, conversation: Conversation, is_opt_out: bool, by: User, now: datetime.datetime
) -> Address | None:
    """Say whether the message that looks like an opt-out is one; if it is, refuse the address that it came from.

    :returns: the address that is refused now; None: it was no opt-out
    :raises NothingToDecide: if it has been decided already
    """
    conversation = locked(conversation)
    if conversation.opt_out_hint_at is None:
        raise NothingToDecide("Somebody has decided that already.")
    said = conversation.messages.filter(
        direction=Message.Direction.IN, channel__in=SENDABLE, send_at__lte=conversation.opt_out_hint_at
    )
    message = said.order_by("-send_at", "-pk").first()
    conversation.opt_out_hint_at = None
    conversation.save(update_fields=["opt_out_hint_at"])
    meant = "opt_out" if is_opt_out else "no_opt_out"
    record(by=by, action=f"conversation.{meant}", subject=conversation)
    if not is_opt_out or message is None or not message.address:
        return None
    return refuse(
        channel=Channel(message.channel),
        value=message.address,
        source=ConsentChange.Source.MESSAGE,
        words=message.body,
        by=by,
        now=now,
    )


@transaction.atomic
def mark_bounced(*, channel: Channel, value: str, words: str, now: datetime.datetime) -> Address:
    """Note that an address does not exist; nothing is sent there until somebody changes it."""
    locked_at(channel, value)
    address = known(channel=channel, value=value)
    if not address.has_bounced:
        address.bounced_at, address.bounce_words = now, words[:200]
        address.save(update_fields=["bounced_at", "bounce_words"])
    return address
