"""An email as it travelled, taken apart within limits of parts and time. Pure but for the processor's clock.

Only the tolerant policy of the standard library is used: the strict one takes minutes to read a hostile header, and
loses half of one that is malformed.
"""

import re
import time
from email import errors, policy
from email.message import Message
from email.parser import BytesFeedParser, BytesParser
from itertools import islice

from messaging.inbound.parts import encoded_bytes_of, inner_parts, is_passed_on, kind_of

MOST_PARTS = 1_000
MOST_SECONDS = 2.0  # of the processor
LONGEST_HEADER, LONGEST_DESCRIPTION = 20_000, 2_000  # characters; the latter of what describes a part
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
NAME = re.compile(rb"^([!-9;-~]+)[ \t]+:")
PART_HEADER = re.compile(rb"\s*content-[a-z-]+[ \t]*:", re.IGNORECASE)
MOST_LINES = 20  # that look like a boundary
BOUNDARY = re.compile(rb"^--(\S[^\r\n]{0,199}?)[ \t]*\r?$", re.MULTILINE)


class Unreadable(Exception):
    """An email that is made to be hard to read, or that nobody can make sense of."""


class Tolerant(policy.Compat32):
    """Reads of a header as much as anybody needs."""

    def header_source_parse(self, sourcelines):
        name, value = super().header_source_parse(sourcelines)
        return name, value[: LONGEST_DESCRIPTION if name.lower().startswith("content-") else LONGEST_HEADER]


class Budget:
    """How many parts there may be in one email, and how long they may take."""

    def __init__(self):
        self.began, self.parts = time.process_time(), 0

    def part(self, *arguments, **options) -> Message:
        """:raises Unreadable: if it is one too many"""
        self.parts += 1
        self.look()
        return Message(policy=TOLERANT)

    def look(self) -> None:
        if self.parts > MOST_PARTS or time.process_time() - self.began > MOST_SECONDS:
            raise Unreadable(f"It has more than {MOST_PARTS} parts, or takes too long to read.")


TOLERANT = Tolerant()


def parse(raw: bytes) -> Message:
    """Read an email as mail programs do, however far from the standard it is.

    :raises Unreadable: if it has too many parts, or takes too long
    """
    raw, budget = raw.lstrip(b"\r\n"), Budget()
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    try:
        message = _fed(raw, budget)
        if "From" not in message:
            again = _fed(_without_what_is_no_header(raw), budget)
            message = again if "From" in again else message
        _find_parts(message, budget)
    except BROKEN:
        return _header_only(raw)
    return message


def _without_what_is_no_header(raw: bytes) -> bytes:
    """A line without a colon ends the header for Python; mail programs pass over it."""
    head, blank, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    kept = (line for line in head.split(b"\n") if HEADER_LINE.match(line))
    return b"\n".join(NAME.sub(rb"\1:", line) for line in kept) + blank + body


def _header_only(raw: bytes) -> Message:
    """Who wrote it, and that nobody can unfold what they wrote."""
    message = BytesParser(policy=TOLERANT).parsebytes(raw[:CHUNK], headersonly=True)
    del message["Content-Type"], message["Content-Transfer-Encoding"]
    message.set_payload(UNREADABLE)
    return message


def _fed(raw: bytes, budget: Budget) -> Message:
    parser = BytesFeedParser(budget.part, policy=TOLERANT)
    for start in range(0, len(raw), CHUNK):
        parser.feed(raw[start : start + CHUNK])
        budget.look()
    return parser.close()


def _find_parts(message: Message, budget: Budget) -> None:
    """Take apart what names a boundary that does not occur, such as one without its quotation marks."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        if is_passed_on(part):
            continue
        if kind_of(part).startswith("multipart/") and not part.is_multipart():
            _part_by_the_boundary_that_is_there(part, budget)
        waiting += inner_parts(part)


def _part_by_the_boundary_that_is_there(part: Message, budget: Budget) -> None:
    """Nothing changes where no line looks like one either."""
    body = encoded_bytes_of(part)
    lines = islice(BOUNDARY.finditer(body), MOST_LINES)
    found = next((line for line in lines if _begins_a_part(line, body)), None)
    if found is None:
        return
    boundary = found.group(1).replace(b'"', b"")
    head = b'Content-Type: multipart/mixed; boundary="%b"\n\n' % boundary
    again = _fed(head + body[found.start() :], budget)
    if again.is_multipart():
        part.set_payload([*_words_before(body[: found.start()]), *again.get_payload()])


def _begins_a_part(line: re.Match, body: bytes) -> bool:
    """Whether it is no mere name below dashes."""
    after = body[line.end() : line.end() + CHUNK]
    return line.group() in after or bool(PART_HEADER.match(after))


def _words_before(raw: bytes) -> list[Message]:
    """People's own words, if they do not speak of parts."""
    if not raw.strip() or b"MIME" in raw:
        return []
    before = Message(policy=TOLERANT)
    before.set_payload(raw.decode("ascii", "surrogateescape"))
    return [before]
