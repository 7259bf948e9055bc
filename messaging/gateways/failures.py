"""What can go wrong between us and a provider."""

import datetime

from django.db import models


class ErrorKind(models.TextChoices):
    """What went wrong decides what happens next; the label is part of a sentence on the alert."""

    TIMEOUT = "timeout", "the provider does not answer in time"
    CONNECTION = "connection", "the provider cannot be reached"
    DNS = "dns", "the name of the provider is not known"
    TLS = "tls", "the connection to the provider is not secure"
    SIGN_IN = "sign_in", "the provider does not let us sign in"
    RATE = "rate", "the provider asks us to slow down"
    SERVER = "server", "the provider is in trouble"
    GARBAGE = "garbage", "the answer of the provider makes no sense"
    UNKNOWN = "unknown", "nobody knows whether some have left"
    REJECTED = "rejected", "the provider refuses some for good"
    NO_SUCH_ADDRESS = "no_address", "some addresses do not exist"
    OPTED_OUT = "opted_out", "the recipient has opted out"
    OURS = "ours", "CareOps could not hand it over"


PERMANENT = {ErrorKind.REJECTED, ErrorKind.NO_SUCH_ADDRESS, ErrorKind.OPTED_OUT}
MAY_HAVE_LEFT = {ErrorKind.GARBAGE, ErrorKind.UNKNOWN}


class DeliveryFailed(Exception):
    """The provider did not take the message, as far as anybody knows. The text says who said what, for the user.

    :param retry_after: what the provider asked us to wait at least
    """

    def __init__(self, words: str, *, kind: ErrorKind, retry_after: datetime.timedelta | None = None):
        super().__init__(words)
        self.kind, self.retry_after = kind, retry_after

    @property
    def permanent(self) -> bool:
        """Whether trying again cannot help, as with an address that does not exist."""
        return self.kind in PERMANENT

    @property
    def may_have_left(self) -> bool:
        """Whether it was handed over, and no answer came that says what became of it."""
        return self.kind in MAY_HAVE_LEFT
