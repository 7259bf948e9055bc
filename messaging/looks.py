"""How messages, addresses, conversations and providers look, one table for each."""

import datetime

from careops.core.looks import Look
from careops.core.moments import lasting
from messaging.models import Address, Conversation, Message
from messaging.models.message import HELD as HELD_FOR
from messaging.words import moments
from messaging.words.reasons import Reason
from messaging.words.rules import Channel

Status = Message.Status
MESSAGES = {
    Status.PLANNED: Look("calendar-clock", "Planned"),
    Status.QUEUED: Look("clock", "Waits to be sent", "info"),
    Status.SENDING: Look("send", "Being sent", "info"),
    Status.SENT: Look("check", "Sent", "done"),
    Status.DELIVERED: Look("check-check", "Delivered", "done"),
    Status.BOUNCED: Look("mail-x", "Bounced", "critical"),
    Status.UNKNOWN: Look("circle-question-mark", "Unknown", "attention"),
    Status.FAILED: Look("circle-alert", "Failed", "critical"),
    Status.SKIPPED: Look("circle-slash", "Skipped"),
    Status.CANCELLED: Look("ban", "Cancelled"),
    Status.RECEIVED: Look("inbox", "Received"),
    Status.NOTED: Look("sticky-note", "Note"),
}
HELD = Look("circle-pause", "Held", "attention")
KEPT = Look("inbox", "Kept here")
WAITS_AGAIN = Look("clock", "Waits for another try", "attention")

# A channel has no state, so it is an icon beside its name.
CHANNELS = {
    Channel.EMAIL: "mail",
    Channel.SMS: "smartphone",
    Channel.DESK: "phone",
    Channel.NOTE: "sticky-note",
}

State = Address.State
ADDRESSES = {
    State.UNKNOWN: Look("minus", "Never asked"),
    State.ALLOWED: Look("check", "Allowed", "done"),
    State.VISITS: Look("calendar-days", "Visits only", "attention"),
    State.REFUSED: Look("bell-off", "Opted out", "critical"),
}
BOUNCES = Look("mail-x", "Comes back", "critical")
COMES, STOPPED = Look("check", "You get this", "done"), Look("bell-off", "Stopped")

RESTING = Look("circle-pause", "Given a rest", "critical")
FAILING = Look("circle-alert", "Failing", "critical")
WORKING = Look("check", "Working", "done")
UNUSED = Look("circle-dashed", "Not used yet")
MISSING = Look("unplug", "Not set up")


def of_message(message: Message) -> Look:
    return of_status(message.status, reason_code=message.reason_code, attempts=message.attempts)


def of_status(status: str, *, reason_code: str, attempts: int) -> Look:
    """How a message looks of which no more is known than these columns."""
    if status == Status.SKIPPED and reason_code in HELD_FOR:
        return HELD
    if status == Status.QUEUED and attempts:
        return WAITS_AGAIN
    if status == Status.SENT and reason_code == Reason.LOCAL:
        return KEPT
    return MESSAGES[Status(status)]


def of_address(address: Address | None) -> Look:
    """For the people who work here. None: nobody has been asked."""
    if address is None:
        return ADDRESSES[State.UNKNOWN]
    if address.has_bounced and not (address.is_refused or address.wants_visits_only):
        return BOUNCES
    return ADDRESSES[address.state]


def for_customer(address: Address, *, about_visits: bool) -> Look:
    """Whether messages about visits, or all others, come to the person at the address."""
    if address.is_refused or (address.wants_visits_only and not about_visits):
        return STOPPED
    return BOUNCES._replace(tone="attention") if address.has_bounced else COMES


def of_conversation(conversation: Conversation) -> list[Look]:
    """What somebody may have to do about it; nothing where it is just open."""
    found = []
    if conversation.waiting_since:
        found.append(Look("clock", f"Waiting {lasting(conversation.waiting_since)}", "attention"))
    if conversation.status == Conversation.Status.SNOOZED:
        found.append(_snooze("Until", conversation.snoozed_until))
    elif conversation.snoozed_until:
        found.append(_snooze("Back since", conversation.snoozed_until, tone="info"))
    return found


def _snooze(words: str, at: datetime.datetime, tone: str = "") -> Look:
    return Look("alarm-clock", f"{words} {moments.moment_words(at)}", tone)
