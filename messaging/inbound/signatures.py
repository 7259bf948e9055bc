"""Whether a webhook comes from whom it says. Pure, and in constant time where secrets are compared."""

import base64
import datetime
import hashlib
import hmac

from django.http import QueryDict
from django.utils.crypto import constant_time_compare

FRESH_FOR = datetime.timedelta(seconds=300)


def twilio(*, token: str, url: str, fields: QueryDict) -> str:
    """The signature that Twilio and those compatible with it put on a form: the address it was sent to, then the
    sorted fields."""
    said = url + "".join(
        name + value for name in sorted(fields) for value in sorted(set(fields.getlist(name)))
    )
    return base64.b64encode(hmac.digest(token.encode(), said.encode("utf-8", "replace"), "sha1")).decode()


def ours(*, secret: str, timestamp: str, body: bytes) -> str:
    """The signature that whatever pipes mail to us puts on it, in hexadecimal digits."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def same(given: str, wanted: str) -> bool:
    return constant_time_compare(given.strip(), wanted)


def is_fresh(timestamp: str, *, now: datetime.datetime) -> bool:
    """Whether seconds since 1970, as they were signed, lie within FRESH_FOR of ``now``, before or after."""
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
        return False
    return abs(now.timestamp() - int(timestamp)) <= FRESH_FOR.total_seconds()
