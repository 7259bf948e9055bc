"""The webhooks of Twilio and of those that speak like it: texts that come in, and what became of ours."""

from django.http import QueryDict

from messaging.inbound.events import Fate, Incoming, Report
from messaging.inbound.plain import clean, line

LONGEST = 1600  # characters, of all parts together
FATES = {
    "sent": Fate.SENT,
    "delivered": Fate.DELIVERED,
    "read": Fate.DELIVERED,
    "undelivered": Fate.BOUNCED,
    "failed": Fate.FAILED,
}
GONE = {"30005", "30006"}  # no such number, or a landline
OPTED_OUT = "21610"


def event_in(fields: QueryDict) -> tuple[str, Incoming | Report] | None:
    """What a form tells, with the id of the event; None for what makes no difference, such as *queued*."""
    sid = line(fields.get("MessageSid") or fields.get("SmsSid") or "", longest=100)
    if not sid:
        return None
    if status := fields.get("MessageStatus"):
        report = _report(sid, status, fields.get("ErrorCode", ""))
        return (f"{sid}:{report.fate}", report) if report else None
    return f"{sid}:in", _incoming(sid, fields)


def _report(sid: str, status: str, code: str) -> Report | None:
    if code == OPTED_OUT:
        return Report(fate=Fate.REFUSED, provider_id=sid, words=f"Error {code}.")
    if status not in FATES:
        return None
    words = f"The provider reported it as {status}" + (f" (error {line(code, longest=20)})." if code else ".")
    return Report(fate=FATES[status], provider_id=sid, is_hard=code in GONE, words=words)


def _incoming(sid: str, fields: QueryDict) -> Incoming:
    words = clean(fields.get("Body", ""), longest=LONGEST).strip()
    attached = fields.get("NumMedia", "0")
    if attached.strip("0"):
        words = f"{words}\n\n[A picture or file came along, which CareOps does not keep.]".strip()
    return Incoming(
        sender=line(fields.get("From", ""), longest=40),
        words=words or "[An empty message]",
        message_id=sid,
        recipients=[line(fields.get("To", ""), longest=40)],
        is_answered=bool(fields.get("OptOutType")),
    )
