"""Reading what `messaging.deciding.guards` decides on."""

import datetime

from django.db.models import Q
from django.utils import timezone

from messaging import gateways
from messaging.deciding.guards import CAPPED, Facts, Reach
from messaging.deciding.rulebook import Rulebook
from messaging.models import Address, Message
from messaging.words.rules import CLASSES, SENDABLE, STANDARDS, Channel, MessageClass, RuleCode

CAPPED_CODES = [code for code, kind in CLASSES.items() if kind in CAPPED]
GONE = [Message.Status.SENDING, Message.Status.UNKNOWN, *Message.LEFT]


def gather(message: Message, *, rulebook: Rulebook, now: datetime.datetime) -> Facts:
    """What is known at ``now`` about the message's rule, person and addresses. Call it with the conversation locked."""
    business, conversation = rulebook.business, message.conversation
    has_rule = message.rule in STANDARDS and message.message_class != MessageClass.STAFF
    if conversation is None:
        reach = {Channel(message.channel): Reach(message.address)}
    else:
        reach = reach_of(conversation.contact)
    return Facts(
        zone=business.zone,
        is_active=business.is_active,
        automation=rulebook.automation,
        rule=rulebook.rules[RuleCode(message.rule)] if has_rule else None,
        conversation=conversation,
        is_blocked=conversation is not None and conversation.contact.is_blocked,
        reach=reach,
        sent_today=_sent_today(message, business.zone, now) if message.obeys_pause else 0,
    )


def reach_of(contact) -> dict[Channel, Reach]:
    """Each channel to a contact, usable or not."""
    values = {Channel.EMAIL: contact.email, Channel.SMS: contact.phone_e164}
    known = {address.channel: address for address in Address.objects.of(contact)}
    return {
        channel: Reach(
            address=values[channel],
            refused=channel in known and known[channel].is_refused,
            visits_only=channel in known and known[channel].wants_visits_only,
            bounced=(known[channel].bounce_words or "it does not exist")
            if channel in known and known[channel].has_bounced
            else "",
            available=gateways.is_available(channel),
        )
        for channel in SENDABLE
    }


def _sent_today(message: Message, zone, now: datetime.datetime) -> int:
    midnight = datetime.datetime.combine(timezone.localdate(now, zone), datetime.time.min, zone)
    today = (midnight, midnight + datetime.timedelta(days=1))
    gone = Message.objects.filter(
        conversation_id=message.conversation_id,
        rule__in=CAPPED_CODES,
        sent_by=None,
        status__in=GONE,
    )
    return (
        gone.filter(Q(sent_at__range=today) | Q(sent_at=None, send_at__range=today))
        .exclude(pk=message.pk)
        .count()
    )
