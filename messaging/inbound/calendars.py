"""What a calendar answers to an invitation of ours (RFC 5546, METHOD:REPLY). Pure."""

from email.message import Message

from icalendar import Calendar

from messaging.inbound.events import CalendarReply
from messaging.inbound.parsing import BROKEN
from messaging.inbound.parts import bytes_of, kind_of, leaves
from messaging.inbound.plain import line

LARGEST = 100_000  # bytes
ANSWERS = {"ACCEPTED", "DECLINED", "TENTATIVE"}


def reply_in(message: Message) -> CalendarReply | None:
    """The answer to one event; None where the email holds none."""
    answers = (_reply(part) for part in leaves(message) if kind_of(part) == "text/calendar")
    return next(filter(None, answers), None)


def _reply(part: Message) -> CalendarReply | None:
    try:
        calendar = Calendar.from_ical(bytes_of(part)[:LARGEST])
        if str(calendar.get("METHOD", "")).upper() != "REPLY":
            return None
        event = next(iter(calendar.walk("VEVENT")))
        guest = event["ATTENDEE"]
        guest = guest[0] if isinstance(guest, list) else guest
        answer = str(guest.params.get("PARTSTAT", "")).upper()
        uid = line(str(event["UID"]), longest=200)
    except (*BROKEN, KeyError, StopIteration):
        return None
    return CalendarReply(uid=uid, answer=answer.lower()) if answer in ANSWERS else None
