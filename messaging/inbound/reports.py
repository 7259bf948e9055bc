"""What became of a message of ours, as its provider tells: forward only, in whatever order and however often."""

import datetime

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from alerts import services as alerts
from alerts.models import Alert
from messaging.consent import services as consent
from messaging.delivery.outcomes import give_turn_away
from messaging.inbound.events import Fate, Report
from messaging.locks import locked
from messaging.models import Address, ConsentChange, Message
from messaging.models.message import MessageQuerySet
from messaging.words.reasons import Reason
from messaging.words.rules import Channel

STATUSES = {
    Fate.SENT: Message.Status.SENT,
    Fate.DELIVERED: Message.Status.DELIVERED,
    Fate.BOUNCED: Message.Status.BOUNCED,
    Fate.FAILED: Message.Status.FAILED,
    Fate.REFUSED: Message.Status.FAILED,
}
# From where a report may move a message; it never goes back.
RANKS = {
    Message.Status.SENT: [],
    Message.Status.DELIVERED: [Message.Status.SENT],
    Message.Status.BOUNCED: [Message.Status.SENT, Message.Status.DELIVERED],
    Message.Status.FAILED: [Message.Status.SENT],
}
ENDED_BADLY = [Message.Status.BOUNCED, Message.Status.FAILED]


def find(report: Report, channel: Channel) -> Message | None:
    """The message that a report is about; None: the provider knows more than we do."""
    ours = Message.objects.outbox().filter(channel=channel).select_related("conversation__contact")
    if report.uuid and (message := ours.filter(uuid=report.uuid).first()):
        return message
    return ours.filter(provider_id=report.provider_id).first() if report.provider_id else None


@transaction.atomic
def apply(report: Report, message: Message, *, now: datetime.datetime) -> None:
    """Move a message on, and stop writing to where nobody is or wants to hear from us."""
    if status := STATUSES.get(report.fate):
        _move(message, status, report, now=now)
    if not message.address:
        return
    if report.fate in {Fate.REFUSED, Fate.COMPLAINED}:
        consent.refuse(
            channel=Channel(message.channel),
            value=message.address,
            source=ConsentChange.Source.PROVIDER,
            words="Marked as spam." if report.fate == Fate.COMPLAINED else report.words,
            now=now,
        )
    if report.fate == Fate.COMPLAINED:
        _alert(
            Alert.Kind.COMPLAINT, message, "{who} marked a message as spam", "Nothing more goes to {address}."
        )
    if report.is_hard:
        address = consent.mark_bounced(
            channel=Channel(message.channel), value=message.address, words=report.words, now=now
        )
        if address.bounced_at == now:
            detail = "Nothing more goes to {address}: " + report.words.replace("{", "(").replace("}", ")")
            _alert(Alert.Kind.ADDRESS, message, "Messages to {who} come back", detail)


def _move(message: Message, status: Message.Status, report: Report, *, now: datetime.datetime) -> None:
    outcome = {"status": status, "reported_at": now, "reason_code": "", "reason": ""}
    if status in ENDED_BADLY:
        outcome |= {"reason_code": Reason.FAILED, "reason": Reason.FAILED.sentence(words=report.words)}
    if _may_be_told(status).filter(pk=message.pk).update(**outcome):
        # Where we never heard that it was taken, that is known now.
        Message.objects.filter(pk=message.pk, sent_at=None).update(sent_at=now)
        if status in ENDED_BADLY:
            conversation = locked(message.conversation) if message.conversation else None
            give_turn_away(message, conversation, now=now)
            if report.fate != Fate.REFUSED and not report.is_hard:  # these close the address, which says so
                _came_back(message, outcome["reason"])


def _came_back(message: Message, words: str) -> None:
    """Somebody has to answer for a message that did not arrive: until it is sent again or given up."""
    alerts.raise_alert(
        kind=Alert.Kind.DELIVERY,
        source_key=f"message:{message.pk}",
        title=f"{message.what} to {message.to} did not arrive"[:200],
        detail=words,
        url=message.get_absolute_url(),
    )


def _may_be_told(status: Message.Status) -> MessageQuerySet:
    # Handed over, and we do not know with what success; or about to be handed over once more because of that.
    in_doubt = Q(status=Message.Status.UNKNOWN) | Q(status=Message.Status.QUEUED, attempts__gt=0)
    return Message.objects.filter(in_doubt | Q(status__in=RANKS[status]))


def _alert(kind: Alert.Kind, message: Message, title: str, detail: str) -> None:
    who = message.conversation.contact if message.conversation else message.address
    address = Address.objects.get(channel=message.channel, value=message.address)
    alerts.raise_alert(
        kind=kind,
        source_key=f"address:{address.pk}",
        title=title.format(who=who)[:200],
        detail=detail.format(address=address),
        url=who.get_absolute_url() if message.conversation else reverse("messaging:outbox"),
    )
