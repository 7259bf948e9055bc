"""Reading an email that came in: who wrote it, what is new in it, whether a machine did. Pure.

Whatever a header holds, reading it must not fail: what is malformed counts as not there.
"""

import re
from email import errors
from email.message import EmailMessage, Message
from email.parser import BytesHeaderParser, BytesParser
from email.policy import compat32, default
from email.utils import getaddresses

from messaging.inbound.bounces import bounce_in, is_report
from messaging.inbound.events import Incoming, Report
from messaging.inbound.plain import clean, from_html, line

LONGEST = 20_000  # characters that are kept of a message
MOST_ADDRESSES = 50
MESSAGE_ID = re.compile(r"<[^<>\s]{1,180}@[^<>\s]{1,60}>")
UNREADABLE = "[CareOps could not read this email. It is still in the mailbox it was sent to.]"
SYSTEM = {"mailer-daemon", "postmaster"}
PRECEDENCES = {"bulk", "list", "junk", "auto_reply"}
SIGNS = ["List-Id", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"]
BROKEN = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    AssertionError,
    errors.MessageError,
)


def parse(raw: bytes) -> Message:
    """An email as it travelled. One that nobody could unfold is at least read up to the end of its header."""
    try:
        return BytesParser(EmailMessage, policy=default).parsebytes(raw)
    except BROKEN:
        message = BytesHeaderParser(policy=compat32).parsebytes(raw)
        message.set_payload(None)
        return message


def read(
    message: Message, *, recipients: tuple[str, ...] = (), sender: str | None = None, is_spam: bool = False
) -> Incoming | Report | None:
    """What an email tells: a message of somebody, or what became of one of ours; None for a receipt of no interest.

    :param recipients: of the envelope, besides those in the header
    :param sender: of the envelope; empty: it must not be answered; None: not known
    """
    try:
        if is_report(message):
            return bounce_in(message)
    except BROKEN:
        return None
    name, address = _sender(message)
    return Incoming(
        sender=address,
        name=line(name, longest=120),
        subject=line(header(message, "Subject"), longest=200),
        words=_words(message),
        message_id=next(iter(MESSAGE_ID.findall(header(message, "Message-ID"))), ""),
        recipients=_recipients(message, recipients),
        references=MESSAGE_ID.findall(f"{header(message, 'References')} {header(message, 'In-Reply-To')}")[
            -50:
        ],
        machine=_machine(message, address, sender, is_spam),
    )


def header(message: Message, name: str) -> str:
    try:
        return clean(str(message.get(name) or ""), longest=10_000)
    except BROKEN:
        return ""


def _addresses(*headers: str) -> list[tuple[str, str]]:
    try:
        found = getaddresses([text for text in headers if text])
    except BROKEN:
        return []
    return [(name, address.strip().lower()) for name, address in found if "@" in address][:MOST_ADDRESSES]


def _sender(message: Message) -> tuple[str, str]:
    return next(iter(_addresses(header(message, "From"), header(message, "Sender"))), ("", ""))


def _recipients(message: Message, envelope: tuple[str, ...]) -> list[str]:
    names = ["To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To"]
    found = _addresses(*envelope, *(header(message, name) for name in names))
    return list(dict.fromkeys(address[:254] for _, address in found))


def _machine(message: Message, address: str, envelope_sender: str | None, is_spam: bool) -> str:
    if header(message, "Auto-Submitted").partition(";")[0].strip().lower() not in {"", "no"}:
        return "It was sent by itself."
    if header(message, "Precedence").strip().lower() in PRECEDENCES:
        return "It went to many people."
    if any(header(message, name) for name in SIGNS):
        return "It was sent by a list or by itself."
    if address.partition("@")[0] in SYSTEM:
        return "A mail server wrote it."
    if envelope_sender == "" or header(message, "Return-Path").strip() == "<>":
        return "It does not want an answer."
    return "The provider takes it for spam." if is_spam else ""


def _words(message: Message) -> str:
    text, html, attached = "", "", 0
    try:
        for part in message.walk():
            kind = part.get_content_type()
            if part.is_multipart():
                continue
            if part.get_filename() or part.get_content_disposition() == "attachment":
                attached += 1
            elif kind == "text/plain":
                text = text or decoded(part)
            elif kind == "text/html":
                html = html or decoded(part)
    except BROKEN:
        return UNREADABLE
    words = clean(text, longest=10 * LONGEST).strip() or clean(from_html(html), longest=10 * LONGEST).strip()
    if len(words) > LONGEST:
        words = f"{words[:LONGEST].rstrip()}\n\n[The rest of this long email is not kept.]"
    if attached:
        files = "1 file" if attached == 1 else f"{attached} files"
        words = f"{words}\n\n[{files} came along, which CareOps does not keep.]".strip()
    return words or "[An empty email]"


def decoded(part: Message) -> str:
    """The text of a part, with whatever cannot be decoded replaced."""
    payload = part.get_payload(decode=True) or b""
    try:
        return payload.decode(part.get_content_charset("utf-8"), errors="replace")
    except (LookupError, ValueError):  # a charset that nobody knows
        return payload.decode("utf-8", errors="replace")
