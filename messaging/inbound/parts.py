"""One part of an email: what its header says that it is, however badly, and the bytes that it holds. Pure."""

import base64
import copy
import quopri
import re
from collections.abc import Iterator
from email.message import Message

LONGEST_HEADER = 2_000  # characters that are looked at of what describes a part
KIND = re.compile(r"[\s\"']*([\w!#$&^.+-]+/[\w!#$&^.+-]+)", re.ASCII)
TOKEN = re.compile(r"[\s\"']*([\w-]+)", re.ASCII)
CHARSET = re.compile(r"\bcharset\s*\*?\s*=[\s\"']*([^\s;\"']+)", re.IGNORECASE | re.ASCII)
NAME = re.compile(r"\b(?:file)?name(?:\*\d*)*\s*=\s*[^\s;]", re.IGNORECASE | re.ASCII)
NO_BASE64 = re.compile(rb"[^A-Za-z0-9+/=]")
UUENCODED = {"x-uuencode", "uuencode", "uue", "x-uue"}


def kind_of(part: Message) -> str:
    """Its content type, such as text/plain."""
    found = KIND.match(_header(part, "content-type"))
    return found.group(1).lower() if found else part.get_default_type()


def charset_of(part: Message) -> str:
    """The set of letters that it names; empty: none."""
    found = CHARSET.search(_header(part, "content-type"))
    return found.group(1) if found else ""


def is_named(part: Message) -> bool:
    """Whether it has the name of a file."""
    return bool(
        NAME.search(_header(part, "content-type")) or NAME.search(_header(part, "content-disposition"))
    )


def is_attachment(part: Message) -> bool:
    return _token(part, "content-disposition") == "attachment"


def is_passed_on(part: Message) -> bool:
    """Whether it holds an email of somebody else."""
    return kind_of(part).startswith("message/")


def inner_parts(part: Message) -> list[Message]:
    return (
        [inner for inner in part.get_payload() if isinstance(inner, Message)] if part.is_multipart() else []
    )


def leaves(message: Message) -> Iterator[Message]:
    """Every part that holds no others, in their order, without those of emails that were passed on."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if inner := [] if is_passed_on(part) else inner_parts(part):
            waiting += reversed(inner)
        else:
            yield part


def bytes_of(part: Message) -> bytes:
    """What it holds, as far as its encoding can be undone."""
    raw, encoding = encoded_bytes_of(part), _token(part, "content-transfer-encoding")
    if encoding == "base64":
        return _from_base64(raw)
    if encoding == "quoted-printable":
        return quopri.decodestring(raw)
    if encoding in UUENCODED:
        return part.get_payload(decode=True) or b""
    return raw


def encoded_bytes_of(part: Message) -> bytes:
    """What it holds as it travelled."""
    bare = copy.copy(part)
    del bare[
        "Content-Transfer-Encoding"
    ]  # which is undone otherwise, or not at all where it is written badly
    payload = bare.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _from_base64(raw: bytes) -> bytes:
    """Also where it was cut off or put together of several, and with plain lines that a mailing list has added."""
    lines = [line.strip() for line in raw.splitlines()]
    coded = NO_BASE64.sub(b"", b"".join(line for line in lines if b" " not in line))
    decoded = b"".join(_whole(piece) for piece in coded.split(b"="))
    return b"\n".join([decoded, *(line for line in lines if b" " in line)])


def _whole(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:  # no byte ends there
        piece = piece[:-1]
    return base64.b64decode(piece + b"=" * (-len(piece) % 4))


def _header(part: Message, name: str) -> str:
    values = (value for key, value in part.raw_items() if key.lower() == name)
    return str(next(values, ""))[:LONGEST_HEADER]


def _token(part: Message, name: str) -> str:
    found = TOKEN.match(_header(part, name))
    return found.group(1).lower() if found else ""
