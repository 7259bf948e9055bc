"""What is said in an email: the text of all its parts, in order, as mail programs show them. Pure."""

import re
from dataclasses import dataclass, field
from email.message import Message

from careops.core.numbers import plural
from messaging.inbound.letters import decoded
from messaging.inbound.parsing import BROKEN, UNREADABLE
from messaging.inbound.plain import clean, from_html

LONGEST = 20_000  # characters that are kept of a message
DEEPEST = 30  # parts within parts
TEXT_KINDS = {"text/plain", "text/markdown", "text/enriched"}
EMPTY = "[An empty email]"
MARKUP = re.compile(r"<(?:html|body|div|p|br|table|span)\b", re.IGNORECASE)


@dataclass
class Body:
    """:ivar attached: how many files came along"""

    texts: list[str] = field(default_factory=list)
    attached: int = 0


def words_of(message: Message, raw: bytes = b"") -> str:
    """The words of an email, and a line about the files that came along.

    :param raw: the email as it travelled, whose bytes are shown where no part holds any text; empty: not at
        hand, and written anew
    """
    try:
        body = _body(message, 0)
    except BROKEN:
        body = Body()
    words = "\n\n".join(filter(None, (text.strip() for text in body.texts)))
    if not words and not body.attached:
        words = _bytes_of(message, raw)
    if len(words) > LONGEST:
        words = f"{words[:LONGEST].rstrip()}\n\n[The rest of this long email is not kept.]"
    if body.attached:
        words = (
            f"{words}\n\n[{plural(body.attached, 'file')} came along, which CareOps does not keep.]".strip()
        )
    return words or EMPTY


def _body(part: Message, depth: int) -> Body:
    kind = part.get_content_type()
    if depth > DEEPEST or part.get_content_maintype() == "message":
        return Body(attached=1)  # somebody else's words: an email that was passed on
    if part.is_multipart():
        inner = [_body(child, depth + 1) for child in part.get_payload() if isinstance(child, Message)]
        return _best(part, inner) if kind == "multipart/alternative" else _all(inner)
    if part.get_content_disposition() == "attachment" or part.get_filename():
        return Body(attached=1)
    if kind in TEXT_KINDS:
        return Body([clean(_text(part), longest=10 * LONGEST)])
    if kind == "text/html":
        return Body([clean(from_html(_text(part)), longest=10 * LONGEST)])
    return Body(attached=0 if kind.startswith(("text/", "multipart/")) or part.get("Content-ID") else 1)


def _all(bodies: list[Body]) -> Body:
    return Body([text for body in bodies for text in body.texts], sum(body.attached for body in bodies))


def _best(part: Message, bodies: list[Body]) -> Body:
    """Of several forms of the same words the plain one; where that is empty, the last, which is the richest."""
    said = [body for body in bodies if any(text.strip() for text in body.texts)]
    plain = [
        body
        for child, body in zip(part.get_payload(), bodies, strict=True)
        if child.get_content_type() == "text/plain"
    ]
    best = next((body for body in plain if body in said), said[-1] if said else Body())
    return Body(best.texts, max((body.attached for body in bodies), default=0))


def _text(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return decoded(payload if isinstance(payload, bytes) else b"", part.get_content_charset())


def _bytes_of(message: Message, raw: bytes) -> str:
    """Whatever stands below the header, so that no email is called empty while something is there."""
    try:
        payload = message.get_payload(decode=True)
    except BROKEN:
        payload = None
    below = (raw or message.as_bytes()).replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    rest = decoded((payload if isinstance(payload, bytes) else b"") or below, None).strip()
    if MARKUP.search(rest[:5_000]):
        rest = from_html(rest)
    rest = clean(rest, longest=10 * LONGEST).strip()
    return rest or (UNREADABLE if below.strip() else "")
