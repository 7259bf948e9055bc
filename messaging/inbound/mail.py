"""What an email that came in tells: who wrote what, whether a machine did, or what became of a mail of ours. Pure.

Whatever a header holds, reading it must not fail: what is malformed counts as not there.
"""

from email.message import Message

from messaging.delivery.compose import MESSAGE_ID
from messaging.inbound import calendars
from messaging.inbound.addresses import header, recipients_of, sender_of
from messaging.inbound.bodies import words_of
from messaging.inbound.bounces import bounce_in, is_report
from messaging.inbound.events import Incoming, Told
from messaging.inbound.parsing import BROKEN
from messaging.inbound.plain import line

SYSTEM = {"mailer-daemon", "postmaster"}
PRECEDENCES = {"bulk", "list", "junk", "auto_reply"}
SIGNS = ["List-Id", "X-Autoreply", "X-Autorespond", "X-Auto-Response-Suppress"]


def read(
    message: Message,
    *,
    raw: bytes = b"",
    recipients: tuple[str, ...] = (),
    sender: str | None = None,
    is_spam: bool = False,
) -> list[Told]:
    """What an email tells: a message of somebody, then what a calendar answers in it; or what became of one of ours.

    A receipt of no interest tells nothing.

    :param raw: as it travelled; empty: not at hand, and written anew where it is needed
    :param recipients: of the envelope, besides those in the header
    :param sender: of the envelope; empty: it must not be answered; None: not known
    """
    try:
        if is_report(message):
            report = bounce_in(message)
            return [report] if report else []
    except BROKEN:
        return []
    wrote, reply = sender_of(message), calendars.reply_in(message)
    machine = _machine(message, wrote.address, sender, is_spam) or ("A calendar wrote it." if reply else "")
    references = f"{header(message, 'References')} {header(message, 'In-Reply-To')}"
    incoming = Incoming(
        sender=wrote.address[:254],
        via=wrote.via[:254],
        name=line(wrote.name, longest=120),
        subject=line(header(message, "Subject"), longest=200),
        words=words_of(message, raw),
        message_id=next(iter(MESSAGE_ID.findall(header(message, "Message-ID"))), ""),
        recipients=recipients_of(message, recipients),
        references=MESSAGE_ID.findall(references)[-50:],
        machine=machine,
    )
    return [incoming, reply] if reply else [incoming]


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
