"""The webhooks of email providers, verified and read by django-anymail. Its signals are not used."""

import json
from collections.abc import Iterable

from anymail.signals import AnymailInboundEvent, AnymailTrackingEvent, EventType, RejectReason
from anymail.webhooks.base import AnymailBaseWebhookView
from anymail.webhooks.brevo import BrevoTrackingWebhookView
from anymail.webhooks.mailersend import MailerSendInboundWebhookView, MailerSendTrackingWebhookView
from anymail.webhooks.mailgun import MailgunInboundWebhookView, MailgunTrackingWebhookView
from anymail.webhooks.mailjet import MailjetInboundWebhookView, MailjetTrackingWebhookView
from anymail.webhooks.mandrill import MandrillCombinedWebhookView
from anymail.webhooks.postmark import PostmarkInboundWebhookView, PostmarkTrackingWebhookView
from anymail.webhooks.resend import ResendTrackingWebhookView
from anymail.webhooks.sparkpost import SparkPostInboundWebhookView, SparkPostTrackingWebhookView
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.http import HttpRequest

from messaging.inbound import mail
from messaging.inbound.bounces import our_uuid
from messaging.inbound.events import Fate, Incoming, Report, Told, fingerprint, named
from messaging.inbound.plain import line

# Those whose webhook brings everything along; Brevo's and Resend's inbound mail would have to be fetched from them.
VIEWS = {
    ("brevo", "tracking"): BrevoTrackingWebhookView,
    ("mailersend", "inbound"): MailerSendInboundWebhookView,
    ("mailersend", "tracking"): MailerSendTrackingWebhookView,
    ("mailgun", "inbound"): MailgunInboundWebhookView,
    ("mailgun", "tracking"): MailgunTrackingWebhookView,
    ("mailjet", "inbound"): MailjetInboundWebhookView,
    ("mailjet", "tracking"): MailjetTrackingWebhookView,
    ("mandrill", "inbound"): MandrillCombinedWebhookView,
    ("mandrill", "tracking"): MandrillCombinedWebhookView,
    ("postmark", "inbound"): PostmarkInboundWebhookView,
    ("postmark", "tracking"): PostmarkTrackingWebhookView,
    ("resend", "tracking"): ResendTrackingWebhookView,
    ("sparkpost", "inbound"): SparkPostInboundWebhookView,
    ("sparkpost", "tracking"): SparkPostTrackingWebhookView,
}
INBOUND = "inbound"  # the kind of webhook that brings mail, which the worker reads
USER = "careops"  # of the basic authentication, whose password is WEBHOOK_SECRET
FATES = {
    EventType.SENT: Fate.SENT,
    EventType.DELIVERED: Fate.DELIVERED,
    EventType.REJECTED: Fate.FAILED,
    EventType.FAILED: Fate.FAILED,
    EventType.BOUNCED: Fate.BOUNCED,
    EventType.COMPLAINED: Fate.COMPLAINED,
    EventType.UNSUBSCRIBED: Fate.REFUSED,
}
REASONS = {RejectReason.SPAM: Fate.COMPLAINED, RejectReason.UNSUBSCRIBED: Fate.REFUSED}
GONE = {RejectReason.INVALID, RejectReason.BOUNCED}


def receiver(provider: str, kind: str) -> AnymailBaseWebhookView | None:
    """What verifies and reads a provider's webhooks; None where nothing is set up that could verify them."""
    view = VIEWS.get((provider, kind))
    if view is None:
        return None
    signs = not view.warn_if_no_basic_auth  # with a key of its own, which it cannot do without
    if not (signs or settings.WEBHOOK_SECRET):
        return None
    try:
        return view(webhook_secret=[] if signs else [f"{USER}:{settings.WEBHOOK_SECRET}"])
    except ImproperlyConfigured:
        return None


def events_in(
    provider: str, events: Iterable[AnymailInboundEvent | AnymailTrackingEvent]
) -> list[tuple[str, Told]]:
    """What a webhook tells, each with its id; without what makes no difference, such as that a mail was opened."""
    found: list[tuple[str, Told]] = []
    for event in events:
        if told := _received(event) if event.event_type == EventType.INBOUND else _report(event):
            found += named(_event_id(provider, event, told[0]), told)
    return found


def refuse_malformed(request: HttpRequest) -> None:
    """:raises ValueError: if it calls itself JSON and is none, or holds numbers of thousands of digits"""
    if request.content_type == "application/json":
        json.loads(request.body)


def _received(event: AnymailInboundEvent) -> list[Told]:
    message = event.message
    envelope = (message.envelope_recipient,) if message.envelope_recipient else ()
    return mail.read(message, recipients=envelope, is_spam=bool(message.spam_detected))


def _report(event: AnymailTrackingEvent) -> list[Told]:
    fate = FATES.get(event.event_type)
    if fate is None:
        return []
    if fate == Fate.FAILED:
        fate = REASONS.get(event.reject_reason, fate)
    words = line(
        event.mta_response or event.description or f"The provider said: {event.event_type}.", longest=200
    )
    is_gone = event.reject_reason in GONE and not _may_pass(event, words)
    report = Report(
        fate=fate,
        provider_id=line(str(event.message_id or ""), longest=200),
        uuid=our_uuid(str(event.message_id or "")),
        is_hard=fate in {Fate.BOUNCED, Fate.FAILED} and is_gone,
        words=words,
    )
    return [report]


def _may_pass(event: AnymailTrackingEvent, words: str) -> bool:
    """Whether a bounce is one of those, such as a full mailbox, that some providers tell in the same way."""
    kind = event.esp_event.get("Type", "") if hasattr(event.esp_event, "get") else ""
    return kind == "SoftBounce" or " 4." in f" {words}" or "5.2.2" in words


def _event_id(provider: str, event: AnymailInboundEvent | AnymailTrackingEvent, told: Told) -> str:
    if isinstance(told, Incoming) and told.message_id:  # the same mail may come to two of our addresses
        return incoming_id(told)
    if event.event_id:
        return f"{provider}:{fingerprint(event.event_type, event.event_id)}"
    if isinstance(told, Report):
        return f"{provider}:{fingerprint(told.fate, told.provider_id, told.uuid)}"
    return incoming_id(told)


def incoming_id(told: Incoming) -> str:
    """The id of a mail, whoever brings it. The sender counts: a Message-ID is whatever they say."""
    return f"mail:{fingerprint(told.sender, told.message_id or told)}"
