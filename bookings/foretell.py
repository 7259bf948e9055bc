"""What saving a booking will make automation do: the real thing is done, looked at, and rolled back."""

import datetime

from django.db import transaction

from accounts.models import User
from bookings.models import Booking, Service
from bookings.plans import plan_reminders, say
from contacts.models import Contact
from messaging import durations, guards
from messaging.facts import gather
from messaging.models import Message
from messaging.reasons import Reason
from messaging.rulebook import Rulebook
from messaging.rules import Channel, RuleCode

Sentences = list[tuple[str, str]]  # icon, sentence

SOME_DAY = datetime.timedelta(days=60)  # while nobody has chosen a time: far enough for every reminder
# where it is sent, where it is not
ICONS = {
    RuleCode.CONFIRMATION: ("mail", "mail-x"),
    RuleCode.REMINDER: ("bell", "bell-off"),
    RuleCode.FORM_REMINDER: ("file-clock", "file-x"),
}
HELD = {Reason.PAUSED, Reason.PAUSED_OPEN}


def foretell(
    *,
    contact: Contact,
    service: Service | None = None,
    starts_at: datetime.datetime | None,
    now: datetime.datetime,
) -> Sentences:
    """What booking ``contact`` for ``starts_at`` will make automation do.

    :param service: None while nobody has chosen one
    :param starts_at: None while nobody has chosen it
    """
    if starts_at and starts_at <= now:
        return [("mail-x", "That time has gone by, so nothing will be sent.")]
    booking = Booking(
        pk=0,  # of no booking
        contact=contact,
        service=service or Service(),
        staff=User(),
        starts_at=starts_at or now + SOME_DAY,
        created_at=now,
    )
    rulebook = Rulebook.current()
    decided = _decided(booking, rulebook=rulebook, now=now)
    reasons = {verdict.sentence for _, verdict in decided}
    if len(reasons) == 1 and not any(_leaves(verdict) for _, verdict in decided):
        return [("mail-x", f"Nothing will be sent. {reasons.pop()}")]
    sentences = [_sentence(message, verdict, rulebook, now=now) for message, verdict in decided]
    if starts_at:
        return sentences
    leads = sorted(rulebook.rules[RuleCode.REMINDER].leads, reverse=True)
    return [
        *sentences[:1],
        *(("bell", f"Reminder {durations.words(lead)} before the visit.") for lead in leads),
    ]


def foretell_change(booking: Booking, *, now: datetime.datetime) -> Sentences:
    """What changing ``booking`` will make automation do."""
    if not booking.is_confirmed:
        return [("sticky-note", "Only the notes can be changed now, and nothing is sent.")]
    rulebook = Rulebook.current()
    [(_, verdict)] = _decide(
        lambda: [say(booking, RuleCode.MOVED, rulebook=rulebook, occasion="foretold", now=now)],
        rulebook=rulebook,
        now=now,
    )
    delay = rulebook.rules[RuleCode.MOVED].delay
    if _leaves(verdict):
        wait = f" {durations.words(delay)} later, unless it is moved back by then" if delay else ""
        words = f"{booking.contact} gets {_by(verdict.channel)}{wait}."
    else:
        words = f"{booking.contact} is not told. {verdict.sentence}"
    notice = f"Another time, service or person: {words} The reminders are planned anew."
    return [("mail", notice), ("sticky-note", "Other notes alone: nothing is sent.")]


def _decided(booking: Booking, *, rulebook: Rulebook, now: datetime.datetime):
    def act() -> list[Message]:
        confirmation = say(booking, RuleCode.CONFIRMATION, rulebook=rulebook, now=now)
        return [confirmation, *plan_reminders(booking, rulebook=rulebook, now=now)]

    return _decide(act, rulebook=rulebook, now=now)


def _decide(act, *, rulebook: Rulebook, now: datetime.datetime) -> list[tuple[Message, guards.Verdict]]:
    """What would become of each message that ``act`` plans, by what is known now."""
    with transaction.atomic():
        messages = act()
        decided = []
        for message in messages:
            facts = gather(message, rulebook=rulebook, now=now)
            verdict = guards.decide(message, facts, now=max(message.send_at, now))
            if message.status == Message.Status.SKIPPED:
                verdict = guards.Verdict(code=message.reason_code, sentence=message.reason)
            decided.append((message, verdict))
        transaction.set_rollback(True)
    return decided


def _leaves(verdict: guards.Verdict) -> bool:
    return verdict.may_leave or verdict.wait_until is not None


def _sentence(
    message: Message, verdict: guards.Verdict, rulebook: Rulebook, *, now: datetime.datetime
) -> tuple[str, str]:
    code = RuleCode(message.rule)
    if verdict.code in HELD:
        return ("circle-pause", f"{code.label} held back. {verdict.sentence}")
    if not _leaves(verdict):
        return (ICONS[code][1], f"No {code.label.lower()}. {verdict.sentence}")
    due = verdict.wait_until or message.send_at
    moment = "now" if due <= now else f"{due.astimezone(rulebook.business.zone):%a %-d %b, %H:%M}"
    channel = verdict.channel or Channel(message.channel)
    way = f", by {channel.label if channel == Channel.SMS else channel.label.lower()}"
    address = f" to {verdict.address}" if verdict.address else ""
    return (ICONS[code][0], f"{code.label} {moment}{way}{address}.")


def _by(channel: Channel | None) -> str:
    return "a text" if channel == Channel.SMS else "an email"
