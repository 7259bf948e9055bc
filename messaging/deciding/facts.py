"""Reading what `messaging.deciding.guards` decides on."""

import datetime
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import replace

from django.db.models import Q
from django.utils import timezone

from accounts.models import Business
from messaging import gateways
from messaging.deciding.guards import CAPPED, Facts, Reach
from messaging.deciding.rulebook import Rulebook
from messaging.models import Address, Message
from messaging.models.address import addresses_of
from messaging.words.numbers import can_get_texts
from messaging.words.rules import CLASSES, TO_CONTACTS, Channel, MessageClass, RuleCode

CAPPED_CODES = [code for code, kind in CLASSES.items() if kind in CAPPED]
GONE = [Message.Status.SENDING, Message.Status.UNKNOWN, *Message.LEFT]
Known = dict[tuple[str, str], Address]  # by channel and value


def gather(message: Message, *, rulebook: Rulebook, now: datetime.datetime) -> Facts:
    """What is known at ``now`` about the message's rule, person and addresses. Call it with the conversation locked."""
    return gather_all([message], rulebook=rulebook, now=now)[0]


def gather_all(
    messages: Sequence[Message], *, rulebook: Rulebook, counts: bool = True, now: datetime.datetime
) -> list[Facts]:
    """`gather` for each of several messages, in two statements at most. Call it with their conversations locked.

    Each comes with its conversation and the contact of that. What is decided about one is not known of the others.

    :param counts: whether to count what left today, which only `guards.decide` asks
    """
    if not messages:
        return []
    contacts = [message.conversation.contact for message in messages if message.conversation]
    known = {(address.channel, address.value): address for address in Address.objects.of_all(contacts)}
    talks = [message.conversation_id for message in messages if counts and message.obeys_pause]
    capped = {conversation for conversation in talks if conversation}
    gone = _gone_today(capped, zone=rulebook.business.zone, now=now)
    return [_facts(message, rulebook, known, gone) for message in messages]


def _facts(message: Message, rulebook: Rulebook, known: Known, gone: dict[int, set[int]]) -> Facts:
    business, conversation = rulebook.business, message.conversation
    if conversation is None:
        reach = {Channel(message.channel): Reach(message.address)}
    else:
        typed = message.message_class == MessageClass.HUMAN  # a person knows to whom
        reach = _reach(conversation.contact, known, regions=None if typed else business.texted)
    gone_today = gone.get(message.conversation_id or 0, set()) if message.obeys_pause else set()
    others = gone_today - {message.pk}
    return Facts(
        zone=business.zone,
        is_active=business.is_active,
        automation=rulebook.automation,
        rule=rulebook.rules[RuleCode(message.rule)] if message.rule in TO_CONTACTS else None,
        conversation=conversation,
        is_blocked=conversation is not None and conversation.contact.is_blocked,
        reach=reach,
        sent_today=len(others),
    )


def reach_of(contact, *, business: Business | None = None) -> dict[Channel, Reach]:
    """Each channel to a contact, usable or not.

    :param business: whose automation is to use it, which texts numbers of some countries only; None: a person is
    """
    known = {(address.channel, address.value): address for address in Address.objects.of(contact)}
    return _reach(contact, known, regions=business.texted if business else None)


def _reach(contact, known: Known, *, regions: tuple[str, ...] | None) -> dict[Channel, Reach]:
    reach = {
        channel: _way(channel, value, known.get((channel, value)))
        for channel, value in addresses_of(contact).items()
    }
    number = reach[Channel.SMS].address
    if number and not can_get_texts(number, regions):
        reach[Channel.SMS] = replace(reach[Channel.SMS], textless=True)
    return reach


def _way(channel: Channel, value: str, address: Address | None) -> Reach:
    """:param address: None: nothing was ever said about it"""
    available = gateways.is_available(channel)
    if address is None:
        return Reach(address=value, available=available)
    return Reach(
        address=value,
        refused=address.is_refused,
        visits_only=address.wants_visits_only,
        bounced=(address.bounce_words or "it does not exist") if address.has_bounced else "",
        available=available,
    )


def _gone_today(
    conversations: Collection[int], *, zone: datetime.tzinfo, now: datetime.datetime
) -> dict[int, set[int]]:
    """Keys of the clock and courtesy messages that left since midnight, by conversation."""
    if not conversations:
        return {}
    midnight = datetime.datetime.combine(timezone.localdate(now, zone), datetime.time.min, zone)
    today = (midnight, midnight + datetime.timedelta(days=1))
    rows = Message.objects.filter(
        conversation__in=conversations, rule__in=CAPPED_CODES, sent_by=None, status__in=GONE
    ).filter(Q(sent_at__range=today) | Q(sent_at=None, send_at__range=today))
    gone: dict[int, set[int]] = defaultdict(set)
    for conversation, key in rows.values_list("conversation_id", "pk"):
        gone[conversation].add(key)
    return gone
