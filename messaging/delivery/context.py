"""What emails are written with: who we are, whom they go to, and what was said before. Read once for many of them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.db.models import F, Window
from django.db.models.functions import RowNumber

from accounts.models import Business
from messaging.delivery import compose
from messaging.gateways import Email
from messaging.models import Address, Message
from messaging.words.rules import Channel

EARLIER = 10  # emails of a conversation that a new one names


@dataclass(frozen=True)
class Context:
    """As it was when it was read, and what `note` has added.

    :param addresses: by their value
    :param said: by email, by conversation, the oldest first
    """

    business: Business
    addresses: dict[str, Address]
    said: dict[int, list[Message]]

    @classmethod
    def read(cls, emails: Mapping[int, str]) -> "Context":
        """In three statements; two more where somebody was never written to.

        :param emails: the address of each conversation, empty where there is none
        """
        return cls(Business.objects.current(), _addresses(set(emails.values()) - {""}), _said(emails))

    def email(self, message: Message) -> Email:
        address, ancestors = None, []
        if message.conversation_id:
            address = self.addresses.get(message.address) or _address(message.address)
            earlier = [said for said in self.said[message.conversation_id] if said.pk != message.pk]
            ancestors = compose.ancestry(earlier[-EARLIER:])
        return compose.email(message, business=self.business, address=address, ancestors=ancestors)

    def note(self, message: Message, *, name: str) -> None:
        """It has left, so that the next one of its conversation names it.

        :param name: what the provider calls it; empty where it does not say
        """
        if message.conversation_id:
            message.provider_id = name
            said = self.said[message.conversation_id]  # which may hold it as one that was being sent
            said[:] = [*(other for other in said if other.pk != message.pk), message]


def _address(value: str) -> Address:
    """Of somebody whose address has changed meanwhile."""
    return Address.objects.get_or_create(channel=Channel.EMAIL, value=value)[0]


def _addresses(values: Collection[str]) -> dict[str, Address]:
    rows = Address.objects.filter(channel=Channel.EMAIL, value__in=values)
    known = {address.value: address for address in rows}
    if missing := sorted(set(values) - known.keys()):
        new = [Address(channel=Channel.EMAIL, value=value) for value in missing]
        Address.objects.bulk_create(new, ignore_conflicts=True)
        known |= {address.value: address for address in rows.all()}
    return known


def _said(conversations: Collection[int]) -> dict[int, list[Message]]:
    nth = Window(RowNumber(), partition_by=F("conversation"), order_by=["-send_at", "-pk"])
    emails = Message.objects.filter(
        conversation__in=list(conversations), channel=Channel.EMAIL, status__in=Message.SAID
    ).exclude(status=Message.Status.QUEUED)
    newest = emails.annotate(nth=nth).filter(nth__lte=EARLIER)
    said: dict[int, list[Message]] = defaultdict(list)
    for message in newest.order_by("send_at", "pk"):
        said[message.conversation_id].append(message)
    return said
