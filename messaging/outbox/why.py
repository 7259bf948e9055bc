"""Why somebody did or did not get a message: every rule with its verdict, also those that did not apply."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import subject_key
from careops.core.moments import when
from messaging.models import Conversation, Message, Rule
from messaging.words.reasons import Reason
from messaging.words.rules import STANDARDS, TO_CONTACTS, Channel, RuleCode

EACH = 3  # the newest of a rule that are shown
MOST = 100  # messages looked at
ABOUT_VISIT = [code for code in TO_CONTACTS if STANDARDS[code].about_visit]
# Where a rule has said nothing and left no row that says why, its cause never came about.
NO_CAUSE = {
    RuleCode.WELCOME: "It greets whoever wrote first, or was added with the box ticked.",
    RuleCode.CONFIRMATION: "It speaks once, when a visit is booked here.",
    RuleCode.REQUESTED: "It speaks only when a customer asks for a visit that is on request.",
    RuleCode.DECLINED: "It speaks only when a request is declined or runs out.",
    RuleCode.REMINDER: "It speaks before a visit that is still to come.",
    RuleCode.ATTENDANCE: "It asks before a visit that is still to come, unless they have said that they come.",
    RuleCode.FORM_REMINDER: "It speaks only while a form is missing.",
    RuleCode.MOVED: "It speaks only when a visit is moved.",
    RuleCode.CANCELLED: "It speaks only when a visit is called off.",
    RuleCode.THANK_YOU: "It speaks only after a completed visit.",
    RuleCode.NO_SHOW: "It speaks only after a missed visit.",
}
OFF = "It is switched off."


@dataclass(frozen=True)
class RuleOutcome:
    """One rule, and what it did or why it did nothing.

    :param said: the newest messages first; empty where it did not apply
    :param silence: why there are none; empty where there are
    """

    rule: Rule
    said: list[tuple[Message, str]]
    silence: str
    more: int

    @property
    def is_off(self) -> bool:
        return not self.rule.enabled


def about_visit(subject) -> list[RuleOutcome]:
    """Every rule that concerns visits, and what it made of this one. Two queries."""
    return _verdicts(Message.objects.filter(about_key=subject_key(subject)), ABOUT_VISIT)


def about_contact(conversation: Conversation) -> list[RuleOutcome]:
    """Every rule, and what it has lately said to a contact. Two queries."""
    return _verdicts(conversation.messages.filter(direction=Message.Direction.OUT), TO_CONTACTS)


def _verdicts(messages: QuerySet[Message], codes: list[RuleCode]) -> list[RuleOutcome]:
    said = defaultdict(list)
    for message in messages.exclude(rule="").select_related("sent_by").order_by("-send_at", "-pk")[:MOST]:
        said[message.rule].append(message)
    rules = Rule.objects.all_current()
    return [_verdict(rules[code], code, said[code]) for code in codes]


def _verdict(rule: Rule, code: RuleCode, said: list[Message]) -> RuleOutcome:
    silence = "" if said else (NO_CAUSE[code] if rule.enabled else OFF)
    told = [(message, sentence_of(message)) for message in said[:EACH]]
    return RuleOutcome(rule=rule, said=told, silence=silence, more=max(len(said) - EACH, 0))


def sentence_of(message: Message) -> str:
    """What became of a message, and why, in a sentence or two."""
    by = f"by {Channel(message.channel).spoken}"
    outcome = {
        Message.Status.PLANNED: f"Leaves {when(message.send_at)}, {by}.",
        Message.Status.QUEUED: f"Leaves {by} as soon as the worker takes it."
        if message.send_at <= timezone.now()
        else f"Next try {when(message.send_at)}, {by}.",
        Message.Status.SENDING: f"Being handed over, {by}.",
        Message.Status.SENT: f"Left {when(message.sent_at)}, {by}.",
        Message.Status.DELIVERED: f"Arrived {when(message.reported_at or message.sent_at)}, {by}.",
        Message.Status.BOUNCED: f"Left {when(message.sent_at)}, {by}, and came back.",
    }.get(message.status, "")
    if message.reason_code == Reason.LOCAL:
        outcome = f"Was due {when(message.sent_at)}, {by}."
    asked = f"Asked for by {message.sent_by}." if message.sent_by else ""
    return " ".join(part for part in [outcome, message.reason, asked] if part)
