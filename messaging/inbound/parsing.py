"""An email as it travelled, taken apart within limits of parts, depth and time. Pure but for the processor's clock."""

import re
import time
from email import errors, policy
from email.message import EmailMessage, Message
from email.parser import BytesFeedParser, BytesParser

MOST_PARTS = 1_000
MOST_SECONDS = 5.0  # of the processor
CHUNK = 64 * 1024  # bytes between two looks at the clock
BROKEN = (
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    RecursionError,
    AssertionError,
    errors.MessageError,
)
UNREADABLE = "[CareOps could not read this email. It is still in the mailbox it was sent to.]"
HEADER_LINE = re.compile(rb"[!-9;-~]+[ \t]*:|[ \t]")
FIRST_BOUNDARY = re.compile(rb"^--(\S[^\r\n]{0,69}?)[ \t]*\r?$", re.MULTILINE)


class Unreadable(Exception):
    """An email that is made to be hard to read, or that nobody can make sense of."""


def parse(raw: bytes) -> Message:
    """Read an email as mail programs do: by the standard where it keeps to it, tolerantly where it does not.

    :raises Unreadable: if it has too many parts, or takes too long
    """
    try:
        message = _tolerantly(raw)
    except BROKEN:
        return _header_only(raw)
    if message.defects and "From" not in message:
        message = _tolerantly(_without_what_is_no_header(raw))
    if message.get_content_maintype() == "multipart" and not message.is_multipart():
        message = _by_the_boundary_that_is_there(message, raw) or message
    return message


def _tolerantly(raw: bytes) -> Message:
    try:
        return _fed(raw, policy.default)
    except BROKEN:
        return _fed(raw, policy.compat32)


def _without_what_is_no_header(raw: bytes) -> bytes:
    """A line without a colon ends the header for Python; mail programs pass over it."""
    head, blank, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    kept = [line for line in head.split(b"\n") if HEADER_LINE.match(line)]
    return b"\n".join(kept) + blank + body


def _header_only(raw: bytes) -> Message:
    """Who wrote it, and that nobody can unfold what they wrote."""
    message = BytesParser(policy=policy.compat32).parsebytes(raw[:CHUNK], headersonly=True)
    del message["Content-Type"], message["Content-Transfer-Encoding"]
    message.set_payload(UNREADABLE)
    return message


def _fed(raw: bytes, how: policy.Policy) -> Message:
    began, parts = time.process_time(), 0

    def part(*arguments, **options) -> Message:
        nonlocal parts
        parts += 1
        if parts > MOST_PARTS or time.process_time() - began > MOST_SECONDS:
            raise Unreadable(f"It has more than {MOST_PARTS} parts, or takes too long to read.")
        return (Message if how is policy.compat32 else EmailMessage)(policy=how)

    parser = BytesFeedParser(part, policy=how)
    for start in range(0, len(raw), CHUNK):
        parser.feed(raw[start : start + CHUNK])
        if time.process_time() - began > MOST_SECONDS:
            raise Unreadable("It takes too long to read.")
    return parser.close()


def _by_the_boundary_that_is_there(message: Message, raw: bytes) -> Message | None:
    """Its header names a boundary that does not occur, such as one without its quotation marks.

    :returns: None where no line looks like one either
    """
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    found = FIRST_BOUNDARY.search(body)
    if found is None:
        return None
    boundary = found.group(1).replace(b'"', b"")
    kept = re.sub(
        rb"^content-type:[^\n]*(\n[ \t][^\n]*)*\n?", b"", head + b"\n", flags=re.IGNORECASE | re.MULTILINE
    )
    kind = message.get_content_subtype().encode("ascii", "replace")
    mended = b'Content-Type: multipart/%b; boundary="%b"\n' % (kind, boundary)
    again = _fed(kept + mended + b"\n" + body, policy.compat32)
    return again if again.is_multipart() else None
