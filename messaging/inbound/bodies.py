"""What is said in an email: the text of all its parts, in order, as mail programs show them. Pure."""

import re
from dataclasses import dataclass, field
from email.message import Message

from careops.core.numbers import plural
from messaging.inbound import parts
from messaging.inbound.letters import decoded
from messaging.inbound.parsing import BROKEN, UNREADABLE
from messaging.inbound.plain import CUT, clean, from_html

LONGEST = 20_000  # characters that are kept of a message
PLAIN = {"text/plain", "text/markdown", "text/enriched"}
UNSAID = {"text/calendar", "text/x-amp-html", "text/watch-html"}  # what programs read, and people elsewhere
EMPTY = "[An empty email]"
MARKUP = re.compile(r"<(?:html|body|div|p|br|table|span)\b", re.IGNORECASE)
LINK = re.compile(r"https?://\S+")
WORD = re.compile(r"\w+")
ODD_WORDS = 2  # by which two forms of the same words may differ, however short they are


@dataclass
class Body:
    """:ivar attached: how many files came along"""

    texts: list[str] = field(default_factory=list)
    attached: int = 0

    @property
    def words(self) -> set[str]:
        said = " ".join(self.texts)[:LONGEST]
        return set(WORD.findall(LINK.sub("", said.casefold())))


def words_of(message: Message, raw: bytes = b"") -> str:
    """The words of an email, and a line about the files that came along.

    :param raw: the email as it travelled, whose bytes are shown where no part holds any text; empty: not at
        hand, and written anew
    """
    try:
        body = _body(message, is_whole=True)
    except BROKEN:
        body = Body()
    words = "\n\n".join(filter(None, (text.strip() for text in body.texts)))
    if not words and not body.attached:
        words = _bytes_of(message, raw)
    if len(words) > LONGEST:
        words = words[:LONGEST].rstrip() + CUT
    if body.attached:
        words = (
            f"{words}\n\n[{plural(body.attached, 'file')} came along, which CareOps does not keep.]".strip()
        )
    return words or EMPTY


def _body(part: Message, *, is_whole: bool = False) -> Body:
    """:param is_whole: whether it is all there is, and so attached to nothing"""
    kind = parts.kind_of(part)
    if parts.is_passed_on(part):
        return Body(attached=1)  # somebody else's words
    if inner := parts.inner_parts(part):
        bodies = [_body(one) for one in inner]
        return _best(inner, bodies) if kind == "multipart/alternative" else _all(bodies)
    if parts.is_attachment(part) and not is_whole:
        return Body(attached=1)
    if kind in UNSAID:
        return Body()
    if kind == "text/html" or kind in PLAIN or kind.startswith("multipart/"):
        return Body([_text(part)])
    if kind.startswith("text/") and not parts.is_named(part):
        return Body([_text(part)])
    return Body(attached=0 if part.get("Content-ID") else 1)


def _all(bodies: list[Body]) -> Body:
    return Body([text for body in bodies for text in body.texts], sum(body.attached for body in bodies))


def _best(inner: list[Message], bodies: list[Body]) -> Body:
    """Of several forms of the same words the plain one, else the last, which is the richest.

    A form that says something else is kept as well: some programs write plainly that they write in HTML only.
    """
    said = [body for body in bodies if any(text.strip() for text in body.texts)]
    plain = [
        body for one, body in zip(inner, bodies, strict=True) if parts.kind_of(one) in PLAIN and body in said
    ]
    texts = list(dict.fromkeys(text for body in plain or said[-1:] for text in body.texts))
    known = Body(texts).words
    for body in said:
        words = body.words
        if len(words - known) > max(ODD_WORDS, len(words) // 3):
            texts, known = texts + body.texts, known | words
    return Body(texts, max((body.attached for body in bodies), default=0))


def _text(part: Message) -> str:
    return _shown(decoded(parts.bytes_of(part), parts.charset_of(part)), kind=parts.kind_of(part))


def _shown(text: str, *, kind: str = "") -> str:
    """:param kind: what it calls itself; empty: nothing"""
    if kind == "text/html" or (kind not in PLAIN and MARKUP.search(text[:5_000])):
        text = from_html(text)
    return clean(text, longest=10 * LONGEST)


def _bytes_of(message: Message, raw: bytes) -> str:
    """Whatever stands below the header, so that no email is called empty while something is there."""
    below = (raw or message.as_bytes()).replace(b"\r\n", b"\n").partition(b"\n\n")[2]
    rest = _shown(decoded(parts.bytes_of(message) or below, "").strip()).strip()
    return rest or (UNREADABLE if below.strip() else "")
