"""What was posted and kept as it came is read here, by the worker, within limits."""

from io import BytesIO

from django.core.handlers.wsgi import WSGIRequest

from messaging.inbound import mail, providers
from messaging.inbound.events import Incoming, Told, fingerprint, named
from messaging.inbound.parsing import MOST_PARTS, Unreadable, parse
from messaging.models import WebhookEvent

RAW = "raw"  # an email from a mail server of one's own
DELIMITERS = (b"\n--", b"\\n--")  # between parts, and within JSON


def read(event: WebhookEvent) -> list[tuple[str, Told]]:
    """What an event that was kept tells, each with an id that is the same whenever it comes again.

    :raises Unreadable: if it is made to be hard to read
    """
    raw, provider = bytes(event.raw), event.payload["provider"]
    return _email(raw) if provider == RAW else _of_provider(raw, event)


def _email(raw: bytes) -> list[tuple[str, Told]]:
    told = mail.read(parse(raw), raw=raw)
    if not told:
        return []
    first = told[0]
    event_id = providers.incoming_id(first) if isinstance(first, Incoming) else f"raw:{fingerprint(first)}"
    return named(event_id, told)


def _of_provider(raw: bytes, event: WebhookEvent) -> list[tuple[str, Told]]:
    if any(raw.count(delimiter) > 5 * MOST_PARTS for delimiter in DELIMITERS):
        raise Unreadable(f"It has more than {MOST_PARTS} parts.")
    receiver = providers.receiver(event.payload["provider"], event.payload["kind"])
    if receiver is None:
        raise Unreadable("Its provider is not set up any more.")
    request = WSGIRequest(
        {
            "REQUEST_METHOD": "POST",
            "CONTENT_TYPE": event.payload["content_type"],
            "CONTENT_LENGTH": str(len(raw)),
            "wsgi.input": BytesIO(raw),
        }
    )
    request._body = raw  # as large as the webhook let it be, not as small as a form
    return providers.events_in(event.payload["provider"], receiver.parse_events(request))
