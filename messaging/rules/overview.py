"""What the pages about automation show besides the rules themselves: what they have sent, and will."""

import datetime
from dataclasses import dataclass

from django.db.models import Count, Min

from accounts.models import AuditEntry
from careops.core.numbers import plural
from messaging.models import Automation, Message, Rule
from messaging.words.rules import STANDARDS, TO_CONTACTS, RuleCode

HISTORY = 20  # entries
SHORT = 60  # characters; what is longer is unfolded to be read
LABELS = {
    "leads": "How long before",
    "delay": "How long after",
    "cap": "At most",
    "channels": "By which way",
    "subject": "Subject",
    "body": "Email",
    "sms": "SMS",
}


@dataclass(frozen=True)
class Line:
    """One rule of the list.

    :param last: the newest message that left, with pk and sent_at; None: none so far
    :param next_at: when the next planned message is due; None: none is planned
    :param planned: how many messages are planned, without those that somebody asked for
    """

    rule: Rule
    last: dict | None
    next_at: datetime.datetime | None
    planned: int


def lines() -> list[Line]:
    """Every rule, as it stands, in three queries."""
    rules = Rule.objects.all_current()
    last = {message["rule"]: message for message in _last_of_each()}
    waiting = {row["rule"]: row for row in _waiting().values("rule").annotate(Count("pk"), Min("send_at"))}
    nothing = {"pk__count": 0, "send_at__min": None}
    return [
        Line(
            rule=rule,
            last=last.get(code),
            next_at=waiting.get(code, nothing)["send_at__min"],
            planned=waiting.get(code, nothing)["pk__count"],
        )
        for code, rule in rules.items()
    ]


def _last_of_each():
    """One look at an index for each rule, in one statement; a maximum by group would read every message there is."""
    first, *others = (
        Message.objects.filter(rule=code, sent_at__isnull=False)
        .order_by("-sent_at")
        .values("pk", "rule", "sent_at")[:1]
        for code in STANDARDS
    )
    return first.union(*others, all=True)


def _waiting():
    return Message.objects.pending().filter(rule__in=list(STANDARDS), sent_by=None)


def planned(code: RuleCode) -> int:
    """How many messages of a rule are planned, without those that somebody asked for."""
    return _waiting().filter(rule=code).count()


def stoppable() -> int:
    """How many planned messages a stop of all automation holds back while it lasts."""
    return _waiting().filter(rule__in=TO_CONTACTS).count()


def alerts(automation: Automation) -> list[tuple[str, str]]:
    """What raises an alert and sends nothing to a contact, as (icon, sentence)."""
    hours = plural(automation.unanswered_hours, "hour")
    return [
        ("package", "When the stock of an item falls below its threshold."),
        ("calendar-clock", "When a customer asks for a visit that somebody here has to confirm."),
        ("clipboard-x", "When a form is still missing a day before the visit."),
        ("calendar-x", "When a visit has been over for 15 minutes and nobody said how it went."),
        ("message-circle", f"When nobody answers a message for {hours} between opening and closing."),
        ("bell-off", "When a pause holds back the reminder of a visit within 24 hours."),
        ("ban", "When a message looks like an opt-out and nobody has decided for 4 hours."),
        ("mail-x", "When messages cannot be delivered, or leave late."),
    ]


@dataclass(frozen=True)
class Change:
    """One thing that somebody changed about a rule.

    :param before: None: ``label`` says it all
    """

    label: str
    before: str | None = None
    after: str | None = None

    @property
    def is_short(self) -> bool:
        return len(self.after) <= SHORT


def history(rule: Rule) -> list[tuple[AuditEntry, list[Change]]]:
    """Who changed a rule, and what, the newest first."""
    if rule.pk is None:
        return []
    entries = AuditEntry.objects.about(rule)[:HISTORY]
    return [(entry, [_change(name, *values) for name, values in entry.changes.items()]) for entry in entries]


def _change(name: str, before: object, after: object) -> Change:
    if name == "enabled":
        return Change("Switched on" if after else "Switched off")
    return Change(LABELS[name], str(before or "–"), str(after or "–"))
