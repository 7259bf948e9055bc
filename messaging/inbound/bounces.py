"""Mail servers that write about our mail: delivery reports as of RFC 3464. Pure."""

import re
from email.message import Message

from messaging.inbound.events import Fate, Report
from messaging.inbound.parts import is_passed_on, kind_of, leaves
from messaging.inbound.plain import line

OURS = re.compile(r"<?([0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})@")
# Enhanced status codes (RFC 3463) by which an address does not exist, or not any more.
GONE = re.compile(r"5\.1\.(?:0|1|2|3|6|10)|5\.2\.1")
FATES = {"failed": Fate.BOUNCED, "delivered": Fate.DELIVERED}


def is_report(message: Message) -> bool:
    """Whether it is one of some kind; people's own words may come under that name, too."""
    return kind_of(message) == "multipart/report" and any(map(is_passed_on, leaves(message)))


def bounce_in(message: Message) -> Report | None:
    """What a delivery report says about a message of ours; None for a delay, a read receipt, or mail not ours."""
    told, about = {}, ""
    for part in message.walk():
        kind = part.get_content_type()
        if kind == "message/delivery-status":
            told |= _fields(part)
        elif kind in {"message/rfc822", "text/rfc822-headers"} and not about:
            about = our_uuid(_text(part))
    fate = FATES.get(told.get("action", "").lower())
    about = about or our_uuid(f"{message.get('In-Reply-To', '')} {message.get('References', '')}")
    if fate is None or not about:
        return None
    status = told.get("status", "").split(" ")[0]
    words = line(told.get("diagnostic-code", "").partition(";")[2] or f"Status {status}.", longest=200)
    return Report(fate=fate, uuid=about, is_hard=bool(GONE.fullmatch(status)), words=words)


def our_uuid(text: str) -> str:
    """The uuid in the first Message-ID of ours that ``text`` holds; empty: there is none."""
    found = OURS.search(text)
    return found.group(1) if found else ""


def _fields(part: Message) -> dict[str, str]:
    """The fields about the message and its first recipient, who is the only one that we write to."""
    fields: dict[str, str] = {}
    for block in part.get_payload() if part.is_multipart() else []:
        for name, value in block.items():
            fields.setdefault(name.lower(), str(value).strip())
    return fields


def _text(part: Message) -> str:
    """The header of the message that came back, whichever way it was put in."""
    if part.is_multipart():
        return "\n".join(str(inner.get("Message-ID", "")) for inner in part.get_payload())
    payload = part.get_payload(decode=True) or b""
    found = re.search(rb"^message-id:\s*(\S+)", payload, re.IGNORECASE | re.MULTILINE)
    return found.group(1).decode("ascii", "replace") if found else ""
