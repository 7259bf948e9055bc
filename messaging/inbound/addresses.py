"""Who wrote an email, and to whom. Whatever a header holds, reading it does not fail. Pure."""

import re
from dataclasses import dataclass
from email.header import decode_header
from email.message import Message
from email.utils import getaddresses

from careops.core.unseen import seen
from messaging.inbound.letters import decoded, repaired
from messaging.inbound.parsing import BROKEN
from messaging.inbound.plain import clean

MOST_ADDRESSES = 50
ADDRESS = r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,190}"
IN_BRACKETS = re.compile(rf"<\s*({ADDRESS})\s*>")
ANYWHERE = re.compile(rf"(?<![^\s<>()\[\],;:\"@]){ADDRESS}")
# Addresses that nobody reads, by which a web form or a service writes in somebody's name.
NO_REPLY = re.compile(
    r"(?:.*[._+-])?(?:no|not|dont|donot|do[._-]not|do[._-]?n[o']?t)[._-]?(?:reply|response|answer|respond)(?:[._+-].*)?"
    r"|(?:wordpress|webform|web-form|contact-?form|forms?|mailer|notifications?|nobody|system|www-data|apache)",
    re.IGNORECASE,
)
LIST_SIGNS = ("List-Id", "List-Post")


@dataclass(frozen=True)
class Sender:
    """Whom an answer goes to.

    :ivar address: in lower case; empty: the email names nobody
    :ivar name: as they call themselves; empty: they do not
    :ivar via: the address that sent it for them; empty: they did
    """

    address: str = ""
    name: str = ""
    via: str = ""


def sender_of(message: Message) -> Sender:
    """Whoever wrote it: From, or Reply-To where nobody reads what goes to From; else whatever address is there."""
    written = _first(message, "From") or _first(message, "Sender")
    answers = _first(message, "Reply-To")
    if written and answers and answers[1] != written[1] and _nobody_reads(message, written[1]):
        return Sender(answers[1], answers[0] or written[0], via=written[1])
    found = written or answers or _first(message, "Return-Path")
    return Sender(found[1], found[0]) if found else Sender()


def recipients_of(message: Message, envelope: tuple[str, ...]) -> list[str]:
    """:param envelope: those that are named outside of the email"""
    names = ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"]
    found = _addresses(*envelope, *(_written(message, name) for name in names))
    return list(dict.fromkeys(address[:254] for _, address in found))


def header(message: Message, name: str) -> str:
    """The text of a header; empty where it is malformed or not there."""
    return clean(_decoded(_written(message, name)), longest=10_000)


def _written(message: Message, name: str) -> str:
    """A header as it stands there: what Python makes of one that is malformed loses half of it."""
    found = (value for key, value in message.raw_items() if key.lower() == name.lower())
    return " ".join(seen(repaired(str(next(found, "")))).split())[:10_000]


def _decoded(text: str) -> str:
    """With its encoded words (RFC 2047) as letters."""
    try:
        pieces = decode_header(text)
    except BROKEN:
        return text
    return "".join(piece if isinstance(piece, str) else decoded(piece, charset) for piece, charset in pieces)


def _nobody_reads(message: Message, address: str) -> bool:
    mailbox = address.partition("@")[0]
    return bool(NO_REPLY.fullmatch(mailbox)) or any(header(message, name) for name in LIST_SIGNS)


def _first(message: Message, name: str) -> tuple[str, str] | None:
    """The first name and address of a header. What stands in angle brackets is the address, whatever the name says."""
    text = _written(message, name)
    if bracketed := IN_BRACKETS.search(text):
        said = text[: bracketed.start()].strip(" \t\"'")
        return _decoded(said), bracketed.group(1).lower()
    if found := _addresses(text):
        return found[0]
    addresses = list(dict.fromkeys(address.lower() for address in ANYWHERE.findall(text)))
    return ("", addresses[0]) if len(addresses) == 1 else None


def _addresses(*headers: str) -> list[tuple[str, str]]:
    try:
        found = getaddresses([text for text in headers if text])
    except BROKEN:
        return []
    return [(_decoded(name), address.strip().lower()) for name, address in found if "@" in address][
        :MOST_ADDRESSES
    ]
