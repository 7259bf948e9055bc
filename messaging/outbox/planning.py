"""What automation will say: planned in one step for all that an event causes. What is taken back: see `revising`."""

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from django.conf import settings

from accounts.models import Business, User
from messaging.deciding import guards
from messaging.deciding.facts import gather_all
from messaging.deciding.guards import Facts, Verdict
from messaging.deciding.rulebook import Rulebook
from messaging.models import Conversation, Message, Rule
from messaging.running.wake import wake_worker
from messaging.words import rules, texts
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode


@dataclass(frozen=True, kw_only=True)
class Occasion:
    """One message that an event causes, or a row that says why it causes none.

    :ivar key: names it, such as ``booking:42:confirmation:1``; each is used once
    :ivar values: what the placeholders of the rule's texts stand for, besides those of every contact
    :ivar send_at: when it is due; None or a time gone by: at once
    :ivar starts_at: of the visit that it is about, after which it is useless; None: about no visit to come
    :ivar asked_by: who pressed the button; pause, window and switches do not hold back what a person asked for
    :ivar by_customer: whether it answers what the contact has just done
    :ivar calendar: a calendar file that goes along where it is sent by email; empty: none
    :ivar apart: whether it says nothing new where it would leave along with an earlier one of its rule
    :ivar refusal: why it is not even planned; None: it is
    """

    code: RuleCode
    key: str
    about_key: str
    about_url: str
    values: Mapping[str, object] = field(default_factory=dict)
    send_at: datetime.datetime | None = None
    starts_at: datetime.datetime | None = None
    asked_by: User | None = None
    by_customer: bool = False
    calendar: str = ""
    apart: bool = False
    refusal: Verdict | None = None


def plan(
    conversation: Conversation,
    occasions: Sequence[Occasion],
    *,
    rulebook: Rulebook | None,
    used: Mapping[str | None, Message] | None = None,
    is_new: bool = False,
    now: datetime.datetime,
) -> list[Message]:
    """Plan automated messages to one contact, or record why they will not be sent; the worker does the rest.

    :param conversation: with its contact; locked, or made in this transaction
    :param rulebook: None where all are refused, so that nobody asks it
    :param used: the messages whose keys may have been used, by key; None: they are looked up
    :param is_new: whether the conversation was made in this transaction, so that nothing has been said in it
    :returns: one message for each occasion; where its key was used before, the one that is there
    """
    if used is None:
        used = {} if is_new else _used({occasion.key for occasion in occasions})
    new = {
        occasion.key: _drafted(occasion, conversation, rulebook, now=now)
        for occasion in occasions
        if occasion.key not in used
    }
    undecided = [new[one.key] for one in occasions if one.key in new and not one.refusal]
    facts = _gathered(undecided, rulebook, is_new=is_new, now=now) if rulebook else {}
    planned: list[Message] = []
    for occasion in occasions:
        if message := new.get(occasion.key):
            verdict = occasion.refusal or _verdict(message, facts[occasion.key], now=now)
            if occasion.apart and _falls_together(message, verdict, planned):
                verdict = guards.skip(Reason.DUPLICATE, rule="other reminder of that moment")
                message = new[occasion.key] = _drafted(
                    replace(occasion, refusal=verdict), conversation, rulebook, now=now
                )
            _settle(message, verdict)
        planned.append(message or used[occasion.key])
    Message.objects.bulk_create(new.values())
    if queued := [message for message in new.values() if message.status == Message.Status.QUEUED]:
        conversation.note_newest(queued[-1].words, at=queued[-1].send_at)
        wake_worker()
    return planned


def _used(keys: set[str]) -> dict[str | None, Message]:
    return {message.key: message for message in Message.objects.filter(key__in=keys)}


def _drafted(
    occasion: Occasion, conversation: Conversation, rulebook: Rulebook | None, *, now: datetime.datetime
) -> Message:
    """A message that nothing is decided about yet."""
    message = Message(
        conversation=conversation,
        rule=occasion.code,
        key=occasion.key,
        about_key=occasion.about_key,
        about_url=occasion.about_url,
        subject=occasion.code.label,
        send_at=now,
        created_at=now,
    )
    if rulebook and not occasion.refusal:
        _word(message, occasion, conversation, rulebook, now=now)
    return message


def _word(
    message: Message,
    occasion: Occasion,
    conversation: Conversation,
    rulebook: Rulebook,
    *,
    now: datetime.datetime,
) -> None:
    """Let a message say what its rule says, when it is due."""
    message.send_at = max(occasion.send_at or now, now)
    message.useless_after = rules.useless_after(
        occasion.code, send_at=message.send_at, starts_at=occasion.starts_at
    )
    if occasion.asked_by and occasion.starts_at:
        message.useless_after = occasion.starts_at  # what a person asks for is of use until the visit begins
    message.sent_by, message.by_customer = occasion.asked_by, occasion.by_customer
    message.calendar = occasion.calendar
    values = {**contact_values(conversation.contact, rulebook.business), **occasion.values}
    for name, words in rendered(rulebook.rules[occasion.code], values).items():
        setattr(message, name, words)


def _gathered(
    messages: list[Message], rulebook: Rulebook, *, is_new: bool, now: datetime.datetime
) -> dict[str | None, Facts]:
    """What the decisions rest on, by key. Each message goes by the first channel that can be used by now."""
    counts = not is_new and any(message.send_at <= now for message in messages if message.obeys_pause)
    gathered = gather_all(messages, rulebook=rulebook, counts=counts, now=now)
    for message, facts in zip(messages, gathered, strict=True):
        channels = [Channel(channel) for channel in rulebook.rules[RuleCode(message.rule)].channels]
        usable = [channel for channel in channels if facts.reach[channel].takes(message.message_class)]
        message.channel = (usable or channels)[0]
    return {message.key: facts for message, facts in zip(messages, gathered, strict=True)}


def _verdict(message: Message, facts: Facts, *, now: datetime.datetime) -> Verdict:
    """A pause may be over by the time it is due, so all but whether its rule is on is decided then."""
    decide = guards.plan if message.send_at > now else guards.decide
    return decide(message, facts, now=now)


def _falls_together(message: Message, verdict: Verdict, planned: list[Message]) -> bool:
    """Whether it would leave along with an earlier one of its rule.

    It happens where the clocks change, and at the edges of the sending window.
    """
    return any(
        earlier.is_pending and earlier.rule == message.rule and earlier.send_at == verdict.wait_until
        for earlier in planned
    )


def _settle(message: Message, verdict: Verdict) -> None:
    message.reason_code, message.reason = verdict.code or "", verdict.sentence
    if verdict.may_leave and verdict.channel:
        message.channel, message.status = verdict.channel, Message.Status.QUEUED
    elif verdict.wait_until:
        message.send_at, message.status = verdict.wait_until, Message.Status.PLANNED
    else:
        message.status = Message.Status.SKIPPED


def contact_values(contact, business: Business) -> dict[str, str]:
    """What the placeholders that every text knows stand for."""
    return {
        "name": contact.name,
        "first_name": contact.name.split()[0] if contact.name.split() else "",
        "business": business.name,
        "phone": business.phone,
        "address": business.address,
        "booking_link": settings.ALLOWED_ORIGINS[0] + settings.BOOKING_PATH,
    }


def rendered(rule: Rule, values: Mapping[str, object]) -> dict[str, str]:
    """The texts of a rule with its placeholders filled in: subject, body and SMS."""
    return {
        "subject": texts.render_line(rule.subject, values)[:200],
        "body": texts.render(rule.body, values),
        "sms": texts.render_line(rule.sms, values),
    }
