"""The ways by which a person can be answered, which of them is usual, and why the others are closed."""

from dataclasses import dataclass
from typing import Any

from messaging.deciding.facts import reach_of
from messaging.models import Conversation, Message
from messaging.words.reasons import Reason
from messaging.words.rules import SENDABLE, Channel


@dataclass(frozen=True)
class Way:
    """One channel to one person.

    :param closed: why it cannot be used and what to do instead; empty: it is open
    """

    channel: Channel
    address: str
    closed: str

    @property
    def is_open(self) -> bool:
        return not self.closed


def ways_to(contact: Any) -> list[Way]:
    """Every channel that a person could be answered by, open or not."""
    reach = reach_of(contact)
    return [
        Way(channel, reach[channel].address, _why_closed(contact, channel, reach)) for channel in SENDABLE
    ]


def usual_way(conversation: Conversation, ways: list[Way]) -> Way | None:
    """The one by which they wrote last, if it is open; else the first that is. None: all are closed."""
    by_them = conversation.messages.filter(direction=Message.Direction.IN, channel__in=SENDABLE)
    last = by_them.order_by("-send_at", "-pk").values_list("channel", flat=True).first()
    open_ways = [way for way in ways if way.is_open]
    return next((way for way in open_ways if way.channel == last), next(iter(open_ways), None))


def _why_closed(contact, channel, reach) -> str:
    way = reach[channel]
    if not way.address:
        missing = "email address" if channel == Channel.EMAIL else "mobile number"
        return f"{contact} has no {missing}. Add one, or call."
    if way.textless:
        return Reason.NO_TEXTS.sentence(besides="") + " Use another way, or call."
    if way.refused:
        return Reason.OPTED_OUT.sentence(channel=channel.label) + " Use another way, or call."
    if way.bounced:
        return Reason.BOUNCED.sentence(address=way.address, words=way.bounced)
    return "" if way.available else Reason.NO_PROVIDER.sentence(channel=channel.label)
