"""What a click does to a booking, in words: the difference between how things stand before and after it."""

import datetime
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal

from bookings.models import Booking
from inventory.models import Item, Movement
from messaging.deciding import guards
from messaging.deciding.facts import gather
from messaging.deciding.rulebook import Rulebook
from messaging.models import Message
from messaging.models.message import HELD
from messaging.words import durations
from messaging.words.rules import Channel, RuleCode

HOUR = datetime.timedelta(hours=1)
# Where it is sent, and where it is not.
MAIL = ("mail", "mail-x")
ICONS = {
    RuleCode.REMINDER: ("bell", "bell-off"),
    RuleCode.ATTENDANCE: ("message-circle-question-mark", "message-circle-x"),
    RuleCode.FORM_REMINDER: ("file-clock", "file-x"),
}
# The field of the form that takes a message back; the others are nobody's to untick.
TICKS = {
    RuleCode.CONFIRMATION: "tell",
    RuleCode.MOVED: "tell",
    RuleCode.CANCELLED: "tell",
    RuleCode.DECLINED: "tell",
    RuleCode.THANK_YOU: "follow_up",
    RuleCode.NO_SHOW: "follow_up",
}


@dataclass(frozen=True)
class Line:
    """One consequence.

    :ivar tick: name of the box that takes it back; empty: none does
    :ivar text: what will be said; empty where nothing is
    :ivar is_warning: whether somebody should think twice
    """

    icon: str
    words: str
    tick: str = ""
    text: str = ""
    is_warning: bool = False


@dataclass(frozen=True)
class State:
    """How things stand about a booking.

    :ivar promised: what is reserved
    :ivar short: what there will not be enough of
    :ivar used: lines of the ledger by primary key
    :ivar forms: those that are asked for and not here, by primary key of the request
    :ivar alerts: titles by primary key
    """

    booking: Booking
    messages: dict[int, Message] = field(default_factory=dict)
    promised: dict[Item, Decimal] = field(default_factory=dict)
    short: dict[Item, Decimal] = field(default_factory=dict)
    used: dict[int, Movement] = field(default_factory=dict)
    forms: dict[int, str] = field(default_factory=dict)
    alerts: dict[int, str] = field(default_factory=dict)


def between(before: State | None, after: State, *, now: datetime.datetime) -> list[Line]:
    """Everything that differs, what is said to people first.

    :param before: None for a booking that was just made
    """
    was = before or State(after.booking)
    return [
        *_said(was, after, now=now),
        *_taken_back(was, after),
        *_forms(was, after),
        *_materials(was, after),
        *_late(was, after),
        *_alerts(was, after),
    ]


def in_general() -> list[Line]:
    """What booking does as a rule, while nobody has said yet who, what and when."""
    rulebook = Rulebook.current()
    if rulebook.automation.is_stopped:
        return [Line("mail-x", "Automation is stopped, so nothing will be sent.")]
    lines = []
    if rulebook.rules[RuleCode.CONFIRMATION].enabled:
        lines.append(Line("mail", "A confirmation at once."))
    reminder = rulebook.rules[RuleCode.REMINDER]
    if reminder.enabled:
        leads = sorted(reminder.leads, reverse=True)
        lines += [Line("bell", f"Reminder {durations.words(lead)} before the visit.") for lead in leads]
    return lines or [Line("mail-x", "Every rule about visits is off, so nothing will be sent.")]


def _said(was: State, after: State, *, now: datetime.datetime) -> list[Line]:
    rulebook = Rulebook.current()
    new = [message for key, message in after.messages.items() if key not in was.messages]
    decided = [(message, _verdict(message, rulebook, now=now)) for message in new]
    sentences = {verdict.sentence for _, verdict in decided}
    if len(sentences) == 1 and not any(_leaves(verdict) for _, verdict in decided):
        return [Line("mail-x", f"Nothing will be sent. {sentences.pop()}")]
    return [_sentence(message, verdict, rulebook, now=now) for message, verdict in decided]


def _verdict(message: Message, rulebook: Rulebook, *, now: datetime.datetime) -> guards.Verdict:
    """What would become of it when it is due, by what is known now."""
    if message.status == Message.Status.SKIPPED:
        return guards.Verdict(code=message.reason_code, sentence=message.reason)
    facts = gather(message, rulebook=rulebook, now=now)
    return guards.decide(message, facts, now=max(message.send_at, now))


def _leaves(verdict: guards.Verdict) -> bool:
    return verdict.may_leave or verdict.wait_until is not None


def _sentence(
    message: Message, verdict: guards.Verdict, rulebook: Rulebook, *, now: datetime.datetime
) -> Line:
    code = RuleCode(message.rule)
    sends, does_not = ICONS.get(code, MAIL)
    if verdict.code in HELD:
        return Line("circle-pause", f"{code.label} held back. {verdict.sentence}")
    if not _leaves(verdict):
        return Line(does_not, f"No {code.label[0].lower()}{code.label[1:]}. {verdict.sentence}")
    channel = verdict.channel or Channel(message.channel)
    way = f", by {channel.spoken}" + (f" to {verdict.address}" if verdict.address else "")
    moment = _moment(verdict.wait_until or message.send_at, rulebook, now=now)
    text = message.sms if channel == Channel.SMS and message.sms else message.body
    return Line(sends, f"{code.label} {moment}{way}.", tick=TICKS.get(code, ""), text=text)


def _moment(due: datetime.datetime, rulebook: Rulebook, *, now: datetime.datetime) -> str:
    if due <= now:
        return "now"
    if due <= now + HOUR:
        return f"in {durations.words(max((due - now) // datetime.timedelta(minutes=1), 1))}"
    return f"{due.astimezone(rulebook.business.zone):%a %-d %b, %H:%M}"


def _taken_back(was: State, after: State) -> list[Line]:
    waiting = {
        key for key, message in was.messages.items() if message.is_pending or message.reason_code in HELD
    }
    gone = [after.messages[key] for key in waiting if after.messages[key].status == Message.Status.CANCELLED]
    if not gone:
        return []
    kinds = Counter(RuleCode(message.rule).label.lower() for message in gone if message.rule)
    named = _listed([f"{count} × {kind}" if count > 1 else kind for kind, count in sorted(kinds.items())])
    return [Line("undo-2", f"Planned so far, and taken back: {named}.")]


def _forms(was: State, after: State) -> list[Line]:
    asked = [form for key, form in after.forms.items() if key not in was.forms]
    gone = [form for key, form in was.forms.items() if key not in after.forms]
    lines = [Line("file-text", f"Asked for: {_listed(asked)}.")] if asked else []
    return lines + ([Line("file-x", f"No longer asked for: {_listed(gone)}.")] if gone else [])


def _materials(was: State, after: State) -> list[Line]:
    used = [line for key, line in after.used.items() if key not in was.used]
    if used:
        return [_use(line) for line in used]
    lines = []
    more = [(item, count - was.promised.get(item, 0)) for item, count in after.promised.items()]
    less = [(item, count - after.promised.get(item, 0)) for item, count in was.promised.items()]
    for icon, words, changes in (("package", "Reserved", more), ("package-open", "Free again", less)):
        named = _listed([f"{item.measure(count)} of {item}" for item, count in changes if count > 0])
        lines += [Line(icon, f"{words}: {named}.")] if named else []
    return lines + [
        Line("package-x", f"Short by {item.measure(missing)} of {item}.", is_warning=True)
        for item, missing in after.short.items()
        if was.short.get(item) != missing
    ]


def _use(line: Movement) -> Line:
    item = line.item
    words = f"Used: {item.measure(line.amount)} of {item}"
    if item.on_hand < 0:
        return Line("package-x", f"{words}. That is more than there is: count it.", is_warning=True)
    return Line("package-minus", f"{words}, which leaves {item.measure(item.on_hand)}.")


def _late(was: State, after: State) -> list[Line]:
    if after.booking.cancelled_late and not was.booking.cancelled_late:
        return [Line("clock-alert", "Counts as late: the cancellation limit has passed.")]
    return []


def _alerts(was: State, after: State) -> list[Line]:
    raised = [title for key, title in after.alerts.items() if key not in was.alerts]
    settled = [title for key, title in was.alerts.items() if key not in after.alerts]
    lines = [Line("triangle-alert", f"Alert: {title}.", is_warning=True) for title in raised]
    return lines + [Line("bell-off", f"Alert settled: {title}.") for title in settled]


def _listed(words: list[str]) -> str:
    """a, b and c"""
    return " and ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))
