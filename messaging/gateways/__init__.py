"""The outside world: the one place from which messages leave, with an end to every call."""

from django.conf import settings

from messaging.gateways.email import Email, EmailLine
from messaging.gateways.failures import DeliveryFailed, ErrorKind
from messaging.gateways.sms import SmsLine, account
from messaging.words.rules import Channel

__all__ = [
    "DeliveryFailed",
    "Email",
    "ErrorKind",
    "Lines",
    "drops_repeats",
    "is_available",
    "is_configured",
]


class Lines:
    """The ways to the providers. Each is opened for its first message and kept for the others; for one thread."""

    def __init__(self):
        self.email, self.sms = EmailLine(), SmsLine()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.email.close()
        self.sms.close()


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
