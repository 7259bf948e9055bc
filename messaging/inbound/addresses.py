"""Who wrote an email, and to whom. Whatever a header holds, reading it does not fail. Pure."""

import re
from dataclasses import dataclass, replace
from email.header import decode_header
from email.message import Message

from careops.core.unseen import seen
from messaging.inbound.letters import decoded, repaired
from messaging.inbound.parsing import BROKEN
from messaging.inbound.plain import clean

MOST_ADDRESSES = 50
LONGEST = 10_000  # characters that are looked at of a header
ADDRESS = r"[^\s<>()\[\],;:\"@]{1,64}@[^\s<>()\[\],;:\"@]{1,190}"
IN_BRACKETS = re.compile(rf"<\s*(?:mailto:|@[^<>:]*:)?({ADDRESS})\s*>", re.IGNORECASE)
UNSAID = re.compile(r"\"(?:[^\"\\]|\\.)*\"(?!\s*@)|\([^()]*\)")  # quoted names, and comments
COMMENT = re.compile(r"\(([^()]+)\)")
SEPARATED = re.compile(r"[,;]")
DOMAIN = re.compile(r"@[^@]+\.[^@]+$")
ANYWHERE = re.compile(rf"(?<![^\s<>()\[\],;:\"@]){ADDRESS}")
# Addresses that nobody reads, by which a web form or a service writes in somebody's name.
NO_REPLY = re.compile(
    r"(?:.*[._+-])?(?:no|not|dont|donot|do[._-]not|do[._-]?n[o']?t)[._-]?(?:reply|response|answer|respond)(?:[._+-].*)?"
    r"|(?:wordpress|webform|web-form|contact-?form|forms?|mailer|notifications?|bounces?|nobody|system|www-data|apache)",
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
    written = _named(message, "From") or _named(message, "Sender")
    answers = _besides_the_list(message, _named(message, "Reply-To"))
    if written and answers and _nobody_reads(message, written[0].address):
        return replace(answers[0], name=answers[0].name or written[0].name, via=written[0].address)
    found = [*written[:1], *answers[:1], *_named(message, "Return-Path")[:1]]
    return next((one for one in found if DOMAIN.search(one.address)), found[0] if found else Sender())


def recipients_of(message: Message, envelope: tuple[str, ...]) -> list[str]:
    """:param envelope: those that are named outside of the email"""
    names = ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"]
    found = [
        address for text in (*envelope, *(_written(message, name) for name in names)) for address in _in(text)
    ]
    return list(dict.fromkeys(address[:254] for address in found))[:MOST_ADDRESSES]


def header(message: Message, name: str) -> str:
    """The text of a header; empty where it is malformed or not there."""
    return clean(_decoded(_written(message, name)), longest=LONGEST)


def _written(message: Message, name: str) -> str:
    """A header as it stands there: what Python makes of one that is malformed loses half of it."""
    found = (str(value)[:LONGEST] for key, value in message.raw_items() if key.lower() == name.lower())
    return next(filter(None, (" ".join(seen(repaired(value)).split()) for value in found)), "")


def _decoded(text: str) -> str:
    """With its encoded words (RFC 2047) as letters."""
    try:
        pieces = decode_header(text)
    except BROKEN:
        return text
    return "".join(
        piece if isinstance(piece, str) else decoded(piece, charset or "") for piece, charset in pieces
    )


def _nobody_reads(message: Message, address: str) -> bool:
    mailbox = address.partition("@")[0]
    return bool(NO_REPLY.fullmatch(mailbox)) or any(header(message, name) for name in LIST_SIGNS)


def _besides_the_list(message: Message, answers: list[Sender]) -> list[Sender]:
    """Without those that the email went to anyway: a mailing list, or ourselves."""
    went_to = {*recipients_of(message, ()), *_in(_written(message, "List-Post"))}
    return [one for one in answers if one.address not in went_to]


def _named(message: Message, name: str) -> list[Sender]:
    """Those that a header names. What stands in angle brackets is an address, whatever names and comments say."""
    text = _written(message, name)
    return _read(text) or _read(_decoded(text))


def _read(text: str) -> list[Sender]:
    bare = UNSAID.sub(lambda match: " " * len(match.group()), text)
    if bracketed := IN_BRACKETS.search(bare):
        said = text[: bracketed.start()].strip(" \t\"'")
        return [Sender(_tidy(bracketed.group(1)), _decoded(said))]
    addresses = _in(bare) or _in(text)
    if len(addresses) > 1 and not SEPARATED.search(bare):
        return []  # nobody knows which
    comment = COMMENT.search(text)
    return [Sender(address, _decoded(comment.group(1)) if comment else "") for address in addresses]


def _in(text: str) -> list[str]:
    """The addresses in a text, each once."""
    return list(dict.fromkeys(map(_tidy, ANYWHERE.findall(text))))


def _tidy(address: str) -> str:
    return address.strip("'").rstrip(".").lower()
