"""What automation will say: planned, taken back, or held and let go again."""

import datetime
from collections.abc import Mapping

from django.conf import settings
from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Replace
from django.utils import timezone

from accounts.models import Business, User
from messaging.deciding import guards
from messaging.deciding.facts import gather
from messaging.deciding.rulebook import Rulebook
from messaging.locks import locked
from messaging.models import Conversation, Message, Rule
from messaging.running.wake import wake_worker
from messaging.words import rules, texts
from messaging.words.reasons import Reason
from messaging.words.rules import RuleCode

BY_HAND_COVERS = datetime.timedelta(
    hours=12
)  # what is planned that soon after a message by hand says nothing new


@transaction.atomic
def send_automated(
    *,
    conversation: Conversation,
    rulebook: Rulebook,
    code: RuleCode,
    key: str,
    values: Mapping[str, object],
    about_key: str,
    about_url: str,
    now: datetime.datetime,
    send_at: datetime.datetime | None = None,
    starts_at: datetime.datetime | None = None,
    asked_by: User | None = None,
    by_customer: bool = False,
    calendar: str = "",
) -> Message:
    """Plan an automated message, or record why it will not be sent; the worker does the rest.

    :param key: names the occasion, such as ``booking:42:confirmation:1``; used before, its message is returned
    :param values: what the placeholders of the rule's texts stand for, besides those of every contact
    :param send_at: when it is due; None or a time gone by: at once
    :param starts_at: of the visit that it is about, after which it is useless; None: about no visit to come
    :param asked_by: who pressed the button; pause, window and switches do not hold back what a person asked for
    :param by_customer: whether it answers what the contact has just done
    :param calendar: a calendar file that goes along where it is sent by email; empty: none
    """
    conversation = locked(conversation)
    if existing := Message.objects.filter(key=key).first():
        return existing
    rule, send_at = rulebook.rules[code], max(send_at or now, now)
    message = Message(
        conversation=conversation,
        rule=code,
        key=key,
        sent_by=asked_by,
        by_customer=by_customer,
        calendar=calendar,
        about_key=about_key,
        about_url=about_url,
        send_at=send_at,
        useless_after=rules.useless_after(code, send_at=send_at, starts_at=starts_at),
        created_at=now,
        **rendered(rule, {**contact_values(conversation.contact, rulebook.business), **values}),
    )
    if asked_by and starts_at:
        message.useless_after = starts_at  # what a person asks for is of use until the visit begins
    facts = gather(message, rulebook=rulebook, now=now)
    usable = [channel for channel in rule.channels if facts.reach[channel].takes(message.message_class)]
    message.channel = (usable or rule.channels)[0]
    # A pause may be over by the time it is due, and a rule on, so only what is due now is decided now.
    decide = guards.plan if send_at > now else guards.decide
    return _save_decided(message, decide(message, facts, now=now))


def _save_decided(message: Message, verdict: guards.Verdict) -> Message:
    message.reason_code, message.reason = verdict.code or "", verdict.sentence
    if verdict.may_leave:
        message.channel, message.status = verdict.channel, Message.Status.QUEUED
    elif verdict.wait_until:
        message.send_at, message.status = verdict.wait_until, Message.Status.PLANNED
    else:
        message.status = Message.Status.SKIPPED
    message.save()
    if verdict.may_leave:
        message.conversation.note_newest(message.words, at=message.send_at)
        wake_worker()
    return message


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


@transaction.atomic
def record_skipped(
    *,
    conversation: Conversation,
    code: RuleCode,
    key: str,
    about_key: str,
    about_url: str,
    reason: Reason,
    now: datetime.datetime,
    **facts: object,
) -> Message:
    """Leave a row that says why a message was not even planned.

    :param facts: what the reason's sentence needs
    """
    conversation = locked(conversation)
    if existing := Message.objects.filter(key=key).first():
        return existing
    return Message.objects.create(
        conversation=conversation,
        rule=code,
        key=key,
        subject=code.label,
        about_key=about_key,
        about_url=about_url,
        send_at=now,
        created_at=now,
        status=Message.Status.SKIPPED,
        reason_code=reason,
        reason=reason.sentence(**facts),
    )


@transaction.atomic
def cancel_planned(
    *,
    conversation: Conversation,
    about_key: str,
    reason: Reason,
    rules: list[RuleCode] | None = None,
    **facts: object,
) -> int:
    """Take back whatever is still waiting to be sent about an object; return how many messages that was.

    What a pause holds back about it is not sent afterwards either.

    :param rules: only what these send; None: everything
    :param facts: what the reason's sentence needs
    """
    locked(conversation)
    about = Message.objects.filter(about_key=about_key)
    if rules is not None:
        about = about.filter(rule__in=rules)
    # What a provider has now, or has refused, stays as it is, but is not worth another try.
    about.filter(status__in=Message.RETRIABLE).update(useless_after=timezone.now())
    taken_back = {
        "status": Message.Status.CANCELLED,
        "reason_code": reason,
        "reason": reason.sentence(**facts),
    }
    still_held = about.held().exclude(useless_after__lte=timezone.now())  # the others keep their true reason
    return still_held.update(**taken_back) + about.pending().update(**taken_back)


@transaction.atomic
def replace_planned(
    *, conversation: Conversation, about_key: str, code: RuleCode, by: User, now: datetime.datetime
) -> int:
    """Drop what a rule would soon say about an object, because ``by`` is saying it by hand; return how many.

    What is due later than BY_HAND_COVERS stays planned; what a pause holds back is not said again afterwards.
    """
    locked(conversation)
    about = Message.objects.filter(conversation=conversation, about_key=about_key, rule=code, sent_by=None)
    soon = about.pending().filter(send_at__lte=now + BY_HAND_COVERS)
    replaced = {
        "status": Message.Status.SKIPPED,
        "reason_code": Reason.BY_HAND,
        "reason": Reason.BY_HAND.sentence(who=by),
    }
    return about.held().update(**replaced) + soon.update(**replaced)


@transaction.atomic
def replace_words(
    *, conversation: Conversation, about_key: str, old: str, new: str, calendar: str = ""
) -> int:
    """Say ``new`` instead of ``old`` in what is still to be sent about an object, such as a link that works no more.

    :param calendar: the file for those messages that have one
    :returns: in how many messages ``old`` may have stood
    """
    locked(conversation)
    about = Message.objects.filter(about_key=about_key)
    unsent = about.filter(status__in=[*Message.PENDING, *Message.RETRIABLE]) | about.held()
    unsent.exclude(calendar="").update(calendar=calendar)
    body, sms = (Replace(field, Value(old), Value(new)) for field in ("body", "sms"))
    return unsent.update(body=body, sms=sms)
