"""How each channel is doing, for the people who look after CareOps."""

import datetime
from dataclasses import dataclass
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Count, Max, Q
from django.urls import reverse

from careops.core.looks import Look
from messaging import gateways, looks
from messaging.inbound import providers
from messaging.models import Message, Provider, WebhookEvent
from messaging.words.rules import SENDABLE, Channel

DAY = datetime.timedelta(days=1)
MONTH = datetime.timedelta(days=30)


@dataclass(frozen=True)
class Webhook:
    """An address at which a provider tells us things, and what it has to be asked to tell."""

    what: str
    url: str


@dataclass(frozen=True)
class Health:
    """One channel.

    :param through: the host or the name of its provider; empty: none is set up
    :param is_available: whether messages may go that way; without any provider all may, and stay in CareOps
    :param told_at: when the provider last told us something, within a month; None: it did not
    """

    channel: Channel
    through: str
    is_available: bool
    provider: Provider
    is_resting: bool
    sent: int
    failed: int
    unknown: int
    waiting: int
    webhooks: list[Webhook]
    told_at: datetime.datetime | None

    @property
    def is_in_trouble(self) -> bool:
        """Whether its last words were a failure."""
        provider = self.provider
        accepted_at = provider.accepted_at
        return bool(provider.failed_at and (accepted_at is None or accepted_at < provider.failed_at))

    @property
    def look(self) -> Look:
        if self.is_resting:
            return looks.RESTING
        if self.is_in_trouble:
            return looks.FAILING
        if not self.through:
            return looks.MISSING
        return looks.WORKING if self.provider.accepted_at else looks.UNUSED


def of_channels(*, now: datetime.datetime) -> list[Health]:
    """All channels, read in three statements."""
    known = {provider.channel: provider for provider in Provider.objects.all()}
    events = WebhookEvent.objects.filter(received_at__gt=now - MONTH).values("channel")
    told = dict(events.annotate(at=Max("received_at")).order_by("channel").values_list("channel", "at"))
    counts = {row.pop("channel"): row for row in _counts(now=now)}
    nothing = dict.fromkeys(["sent", "failed", "unknown", "waiting"], 0)
    found = []
    for channel in SENDABLE:
        provider = known.get(channel) or Provider(channel=channel)
        found.append(
            Health(
                channel=channel,
                through=_through(channel),
                is_available=gateways.is_available(channel),
                provider=provider,
                is_resting=bool(provider.open_until and provider.open_until > now),
                webhooks=_webhooks(channel),
                told_at=told.get(channel),
                **counts.get(channel, nothing),
            )
        )
    return found


def _counts(*, now: datetime.datetime):
    """What became of the messages of the last 24 hours, by channel, and how many are due."""
    status = Message.Status
    out = Message.objects.outbox().filter(send_at__gt=now - DAY, send_at__lte=now)
    return (
        out.values("channel")
        .annotate(
            sent=Count("pk", filter=Q(status__in=[status.SENT, status.DELIVERED])),
            failed=Count("pk", filter=Q(status__in=[status.FAILED, status.BOUNCED])),
            unknown=Count("pk", filter=Q(status=status.UNKNOWN)),
            waiting=Count("pk", filter=Q(status__in=[*Message.PENDING, status.SENDING])),
        )
        .order_by("channel")
    )


def _through(channel: Channel) -> str:
    """The host or name alone: the rest of the address is secret."""
    return urlsplit(settings.EMAIL_URL if channel == Channel.EMAIL else settings.SMS_URL).hostname or ""


def _webhooks(channel: Channel) -> list[Webhook]:
    """The addresses that are open; with nothing set up that could verify what comes there, none is."""
    origin = settings.ALLOWED_ORIGINS[0]
    if channel == Channel.SMS:
        url = origin + reverse("webhook_sms")
        return [Webhook("Incoming texts and delivery reports", url)] if settings.SMS_URL else []
    name, found = _through(channel), []
    for kind, what in [("tracking", "Delivery reports"), ("inbound", "Incoming emails")]:
        if providers.receiver(name, kind):
            found.append(Webhook(what, origin + reverse("webhook_email", args=[name, kind])))
    if settings.WEBHOOK_SECRET:
        found.append(
            Webhook("Incoming emails, as your own mail server has them", origin + reverse("webhook_raw_mail"))
        )
    return found
