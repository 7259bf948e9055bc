"""The outside world: the one place from which messages leave, with an end to every call."""

from django.conf import settings

from messaging.gateways.email import Email, Line, send_email
from messaging.gateways.failures import DeliveryFailed, ErrorKind
from messaging.gateways.sms import account, send_sms
from messaging.words.rules import Channel

__all__ = [
    "DeliveryFailed",
    "Email",
    "ErrorKind",
    "Line",
    "drops_repeats",
    "is_available",
    "is_configured",
    "send_email",
    "send_sms",
]


def is_configured(channel: Channel) -> bool:
    """Whether a provider is set up for ``channel``."""
    return bool(settings.EMAIL_URL if channel == Channel.EMAIL else settings.SMS_URL)


def is_available(channel: Channel) -> bool:
    """Whether messages can go by ``channel``. With no provider at all both do: they stay in CareOps, which says so."""
    return is_configured(channel) or not (settings.EMAIL_URL or settings.SMS_URL)


def drops_repeats(channel: Channel) -> bool:
    """Whether handing the same message over twice does no harm.

    An email keeps its Message-ID, by which mail programs know a repeat; of a text each one is read.
    """
    return channel == Channel.EMAIL or not settings.SMS_URL or account().honours_keys
