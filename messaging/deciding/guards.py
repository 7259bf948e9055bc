"""Whether, how and when a message may leave: one pure decision, made when it is planned and again when it is taken.

The checks go from the large to the small: what concerns everybody, the rule, the person, the moment, the address.
"""

import datetime
import zoneinfo
from dataclasses import dataclass

from messaging.deciding.window import Window
from messaging.models import Automation, Conversation, Message, Rule
from messaging.words.reasons import Reason
from messaging.words.rules import REMINDER_STALE_BEFORE, Channel, MessageClass, RuleCode

ANSWERED_WITHIN = datetime.timedelta(minutes=10)  # what a customer does at night is answered at night
ROOM = datetime.timedelta(hours=2)  # before the visit: what is left at least when a clock message goes later
A_WEEK = datetime.timedelta(days=6)  # further away, the name of a day could mean another week
CAPPED = {MessageClass.CLOCK, MessageClass.RELATIONSHIP}


@dataclass(frozen=True)
class Reach:
    """One channel to one person.

    :param address: empty where they have none
    :param visits_only: nothing there that merely keeps in touch
    :param bounced: what the provider said when the address did not exist; empty: it takes messages
    :param textless: whether it is a number that no text may go to
    :param available: whether something is set up to carry messages there
    """

    address: str
    refused: bool = False
    visits_only: bool = False
    bounced: str = ""
    textless: bool = False
    available: bool = True

    @property
    def is_open(self) -> bool:
        return bool(self.address) and self.available and not (self.refused or self.bounced or self.textless)

    def takes(self, kind: MessageClass) -> bool:
        """Whether a message of this class may go there."""
        return self.is_open and not (self.visits_only and kind == MessageClass.RELATIONSHIP)


@dataclass(frozen=True)
class Facts:
    """Everything that the decision rests on, read at one moment.

    :param rule: None for what a person typed, and for what no admin can switch off
    :param conversation: None for a message to somebody who works here
    :param sent_today: how many clock and relationship messages left for the person since midnight
    """

    zone: zoneinfo.ZoneInfo
    is_active: bool
    automation: Automation
    rule: Rule | None
    conversation: Conversation | None
    is_blocked: bool
    reach: dict[Channel, Reach]
    sent_today: int = 0


@dataclass(frozen=True)
class Verdict:
    """What to do with a message: send it by ``channel``, wait until ``wait_until``, or skip it because of ``code``.

    :param code: why it is skipped, or moved; None: it may leave, or waits as it was meant to
    """

    channel: Channel | None = None
    address: str = ""
    code: Reason | None = None
    sentence: str = ""
    wait_until: datetime.datetime | None = None

    @property
    def may_leave(self) -> bool:
        return self.code is None and self.wait_until is None


def decide(message: Message, facts: Facts, *, now: datetime.datetime) -> Verdict:
    """What may happen to ``message`` at ``now``."""
    refusal = _of_automation(message, facts) if message.is_automated else None
    if refusal is None and message.useless_after and now >= message.useless_after:
        refusal = skip(Reason.TOO_LATE)
    if refusal is None and message.obeys_pause:
        refusal = _of_pause(message, facts, now=now)
    if refusal is None and facts.sent_today >= facts.automation.daily_cap and _counts(message):
        refusal = skip(Reason.DAILY_CAP, count=facts.sent_today)
    return refusal or _by_channel(message, facts, now=now)


def _of_automation(message: Message, facts: Facts) -> Verdict | None:
    if message.message_class == MessageClass.STAFF or message.rule == RuleCode.CONSENT:
        return None
    if not facts.is_active:
        return skip(Reason.NOT_ACTIVE)
    if facts.is_blocked and facts.conversation:
        return skip(Reason.BLOCKED, contact=facts.conversation.contact)
    if message.sent_by_id:  # a person asked for it, switches or not
        return None
    if facts.automation.is_stopped:
        return skip(Reason.STOPPED, who=facts.automation.stopped_by or "a colleague")
    if facts.rule and not facts.rule.enabled:
        return skip(Reason.RULE_OFF, rule=facts.rule)
    return None


def _of_pause(message: Message, facts: Facts, *, now: datetime.datetime) -> Verdict | None:
    conversation = facts.conversation
    if conversation is None or not conversation.is_paused(now=now):
        return None
    if message.rule == RuleCode.REMINDER and facts.automation.reminders_continue:
        return None
    who = conversation.paused_by or "a colleague"
    if conversation.paused_until is None:
        return skip(Reason.PAUSED_OPEN, who=who)
    until = conversation.paused_until.astimezone(facts.zone)
    day = "%a" if conversation.paused_until - now < A_WEEK else "%a %-d %b,"
    return skip(Reason.PAUSED, who=who, until=f"{until:{day} %H:%M}")


def _counts(message: Message) -> bool:
    return message.message_class in CAPPED and message.sent_by_id is None


def _by_channel(message: Message, facts: Facts, *, now: datetime.datetime) -> Verdict:
    channels = (
        [Channel(channel) for channel in facts.rule.channels] if facts.rule else [Channel(message.channel)]
    )
    # The answer to STOP is the one message that a refused number still gets.
    usable = [
        channel
        for channel in channels
        if channel in facts.reach
        and (
            facts.reach[channel].takes(message.message_class)
            or (message.rule == RuleCode.CONSENT and facts.reach[channel].address)
        )
    ]
    if not usable:
        return _unreachable(message, channels, facts)
    channel = usable[0]
    if obeys_window(message, channel, facts.automation, now=now):
        late = _outside(message, facts, now=now)
        if late:
            return late
    return Verdict(channel=channel, address=facts.reach[channel].address)


def _unreachable(message: Message, channels: list[Channel], facts: Facts) -> Verdict:
    """Why none of the channels can be used: what speaks against the first one that there is an address for."""
    for channel in channels:
        reach = facts.reach.get(channel)
        if reach is None or not reach.address or reach.textless:
            continue
        if reach.refused:
            return skip(Reason.OPTED_OUT, channel=channel.spoken)
        if reach.visits_only and not reach.takes(message.message_class):
            return skip(Reason.VISITS_ONLY, channel=channel.spoken)
        if reach.bounced:
            return skip(Reason.BOUNCED, address=reach.address, words=reach.bounced)
        return skip(Reason.NO_PROVIDER, channel=channel.spoken)
    if any(reach.textless for reach in facts.reach.values()) and Channel.SMS in channels:
        besides = ", and there is no email address" if Channel.EMAIL in channels else ""
        return skip(Reason.NO_TEXTS, besides=besides)
    words = {Channel.EMAIL: "no email address", Channel.SMS: "no mobile number"}
    return skip(Reason.NO_ADDRESS, missing=" and ".join(words[channel] for channel in channels))


def obeys_window(
    message: Message, channel: Channel, automation: Automation, *, now: datetime.datetime
) -> bool:
    """Whether ``message`` may leave by ``channel`` only between the opening and the closing hour."""
    if not message.is_automated or message.sent_by_id or message.message_class == MessageClass.STAFF:
        return False
    if message.rule == RuleCode.CONSENT or (channel == Channel.EMAIL and not automation.window_for_email):
        return False
    return not (message.by_customer and now < message.created_at + ANSWERED_WITHIN)


def plan(message: Message, facts: Facts, *, now: datetime.datetime) -> Verdict:
    """When a message that is due later had better leave, given the sending window.

    Later, at the next opening. A clock message goes earlier, just before the last closing, where going later would
    leave under ROOM before the visit. A rule that is off plans nothing; what else holds it back now, such as a pause,
    may be over by then.
    """
    if facts.rule and not facts.rule.enabled and message.sent_by_id is None:
        return skip(Reason.RULE_OFF, rule=facts.rule)
    if not obeys_window(message, Channel(message.channel), facts.automation, now=message.send_at):
        return Verdict(wait_until=message.send_at)
    window = Window.of(facts.automation, facts.zone)
    moment = window.next_opening(message.send_at)
    if moment == message.send_at:
        return Verdict(wait_until=moment)
    useless_after = message.useless_after
    if message.message_class == MessageClass.CLOCK and useless_after:
        earlier = window.last_closing(message.send_at)
        if moment > useless_after + REMINDER_STALE_BEFORE - ROOM and earlier > now:
            moment = earlier
    return _moved(moment, message, facts)


def _outside(message: Message, facts: Facts, *, now: datetime.datetime) -> Verdict | None:
    opening = Window.of(facts.automation, facts.zone).next_opening(now)
    return None if opening == now else _moved(opening, message, facts)


def _moved(moment: datetime.datetime, message: Message, facts: Facts) -> Verdict:
    automation = facts.automation
    hours = {"opens": f"{automation.opens:%H:%M}", "closes": f"{automation.closes:%H:%M}"}
    if message.useless_after and moment >= message.useless_after:
        return skip(Reason.NO_MOMENT, **hours)
    until = f"{moment.astimezone(facts.zone):%a %H:%M}"
    sentence = Reason.WINDOW.sentence(until=until, **hours)
    return Verdict(code=Reason.WINDOW, sentence=sentence, wait_until=moment)


def skip(code: Reason, **facts: object) -> Verdict:
    """Why something is skipped, or not even planned.

    :param facts: what the reason's sentence needs
    """
    return Verdict(code=code, sentence=code.sentence(**facts))
