"""What automation was to say is taken back, left to somebody who says it by hand, or said in other words."""

import datetime
from collections.abc import Callable, Collection, Iterable

from django.db import transaction
from django.db.models import Value
from django.db.models.functions import Replace
from django.utils import timezone

from accounts.models import User
from messaging.locks import locked, locked_with_all
from messaging.models import Conversation, Message
from messaging.words.reasons import Reason
from messaging.words.rules import RuleCode

BATCH = 500  # messages that one statement changes
BY_HAND_COVERS = datetime.timedelta(
    hours=12
)  # what is planned that soon after a message by hand says nothing new


def cancel_planned(
    messages: Iterable[Message], *, reason: Reason, rules: list[RuleCode] | None = None, **facts: object
) -> int:
    """Take back those of ``messages`` that still wait to be sent; return how many that was.

    What a pause holds back is not sent afterwards either. Call it with their conversation locked.

    :param rules: only what these send; None: everything
    :param facts: what the reason's sentence needs
    """
    messages = [message for message in messages if rules is None or message.rule in rules]
    now = timezone.now()
    # What a provider has now, or has refused, stays as it is, but is not worth another try.
    if retriable := [message.pk for message in messages if message.status in Message.RETRIABLE]:
        Message.objects.filter(pk__in=retriable, status__in=Message.RETRIABLE).update(useless_after=now)
    waiting = [message for message in messages if message.is_pending or _may_still_leave(message, now=now)]
    for message in waiting:
        message.status = Message.Status.CANCELLED
        message.reason_code, message.reason = reason, reason.sentence(**facts)
    if waiting:
        Message.objects.filter(pk__in=[message.pk for message in waiting]).update(
            status=Message.Status.CANCELLED, reason_code=reason, reason=reason.sentence(**facts)
        )
    return len(waiting)


def _may_still_leave(message: Message, *, now: datetime.datetime) -> bool:
    """Whether a pause holds it, and it may be of use when that ends; the others keep their true reason."""
    return message.is_held and (message.useless_after is None or message.useless_after > now)


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
    *, conversation: Conversation, about_key: str, old: str, new: str, calendar: str | None = None
) -> int:
    """Say ``new`` instead of ``old`` in what is still to be sent about an object, such as a link that works no more.

    :param calendar: the file for those messages that have one; None: what they have
    :returns: in how many messages ``old`` may have stood
    """
    locked(conversation)
    unsent = Message.objects.filter(about_key=about_key).unsent()
    if calendar is not None:
        unsent.exclude(calendar="").update(calendar=calendar)
    body, sms = (Replace(field, Value(old), Value(new)) for field in ("body", "sms"))
    return unsent.update(body=body, sms=sms)


@transaction.atomic
def revise_unsent(
    *,
    contacts: Collection[int],
    about_keys: Collection[str],
    fields: list[str],
    revise: Callable[[Message], None],
) -> None:
    """Let ``revise`` change these fields of all that is still to be sent about some objects.

    :param contacts: primary keys of those to whom it goes
    """
    locked_with_all(contacts)
    unsent = list(Message.objects.filter(about_key__in=about_keys).unsent())
    for message in unsent:
        revise(message)
    Message.objects.bulk_update(unsent, fields, batch_size=BATCH)
