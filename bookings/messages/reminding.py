"""What is asked of a contact before the visit: reminders by hand, and the form."""

import datetime

from django.db import transaction

from accounts.models import User, subject_key
from bookings.locks import locked
from bookings.messages import automation
from bookings.models import Booking, IntakeRequest
from messaging.models import Message
from messaging.words.rules import RuleCode

ASK_AGAIN_WITHIN = datetime.timedelta(hours=2)
ON_ITS_WAY = [Message.Status.QUEUED, Message.Status.SENDING, Message.Status.UNKNOWN]


class NothingToRemind(Exception):
    """The visit is over or called off, or no form is missing."""


class RemindedJustNow(Exception):
    """The same reminder left so recently that somebody should ask for it twice."""


def send_reminder(*, booking: Booking, by: User, again: bool = False, now: datetime.datetime) -> Message:
    """Remind the contact right now, whatever was planned; a pause does not hold it back.

    :returns: the message, which is *skipped* with its reason where it cannot be sent
    :raises NothingToRemind: if the visit has begun or is called off
    :raises RemindedJustNow: unless ``again``, if a reminder left in the last two hours
    """
    return _remind(booking, RuleCode.REMINDER, by=by, again=again, now=now)


def send_form_reminder(
    *,
    booking: Booking,
    form: IntakeRequest | None = None,
    by: User,
    again: bool = False,
    now: datetime.datetime,
) -> Message:
    """Ask the contact for a missing form right now; a pause does not hold it back.

    :param form: which one; None: the most urgent one
    :returns: the message, which is *skipped* with its reason where it cannot be sent
    :raises NothingToRemind: if no form is missing, or the visit has begun or is called off
    :raises RemindedJustNow: unless ``again``, if the same went out in the last two hours
    """
    return _remind(booking, RuleCode.FORM_REMINDER, form=form, by=by, again=again, now=now)


@transaction.atomic
def _remind(
    booking: Booking,
    rule: RuleCode,
    *,
    form: IntakeRequest | None = None,
    by: User,
    again: bool,
    now: datetime.datetime,
) -> Message:
    booking = locked(booking)
    if not booking.is_confirmed or now >= booking.starts_at:
        raise NothingToRemind("That visit has begun or is called off, so there is nothing to remind of.")
    if rule == RuleCode.FORM_REMINDER:
        missing = IntakeRequest.objects.missing_for(booking)
        if not missing or (form and form not in missing):
            raise NothingToRemind("No form is missing for this booking.")
    recent = Message.objects.filter(
        about_key=subject_key(booking),
        rule=rule,
        status__in=[*ON_ITS_WAY, Message.Status.SENT, Message.Status.DELIVERED],
        send_at__gt=now - ASK_AGAIN_WITHIN,
    )
    if not again and (last := recent.order_by("-send_at", "-pk").first()):
        raise RemindedJustNow(f"A {rule.label.lower()} went to {booking.contact} {_ago(last.send_at, now)}.")
    return automation.remind(booking, code=rule, form=form, by=by, now=now)


def _ago(then: datetime.datetime, now: datetime.datetime) -> str:
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    return "a minute ago" if minutes == 1 else f"{minutes} minutes ago"
