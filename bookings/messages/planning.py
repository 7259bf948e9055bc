"""What is said before a visit, and when: reminders, the question whether they come, and what is missing."""

import datetime
import zoneinfo

from bookings.messages.agenda import Agenda, key_of
from bookings.models import IntakeRequest
from messaging.models import Message
from messaging.words.reasons import Reason
from messaging.words.rules import REMINDER_STALE_BEFORE, RuleCode

DAY = 24 * 60  # minutes
APART = datetime.timedelta(hours=2)  # nobody is asked for the same form twice within
# What is on its way counts as asked.
ASKED = [Message.Status.SENDING, Message.Status.UNKNOWN, *Message.LEFT]


def before(starts_at: datetime.datetime, *, minutes: int, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """``minutes`` before the start: whole days by the clock on the wall, the rest by the time that passes.

    A day before 9:00 is 9:00, whatever the clocks did in between.
    """
    days, minutes = divmod(minutes, DAY)
    same_wall_time = (starts_at.astimezone(zone) - datetime.timedelta(days=days)).astimezone(datetime.UTC)
    return same_wall_time - datetime.timedelta(minutes=minutes)


def plan_reminders(agenda: Agenda) -> None:
    """Say what is said before the visit: a reminder for each lead, the question whether they come, and for forms."""
    booking = agenda.booking
    if booking.starts_at <= agenda.now:
        return
    _plan_by_leads(agenda, RuleCode.REMINDER)
    # Off as a rule, it leaves no row on every booking that says so.
    if agenda.rulebook.rules[RuleCode.ATTENDANCE].enabled and booking.attending_at is None:
        _plan_by_leads(agenda, RuleCode.ATTENDANCE)
    plan_form_reminders(agenda)


def _plan_by_leads(agenda: Agenda, code: RuleCode) -> None:
    booking, rulebook = agenda.booking, agenda.rulebook
    for lead in sorted(set(rulebook.rules[code].leads), reverse=True):
        remind_at = before(booking.starts_at, minutes=lead, zone=rulebook.business.zone)
        occasion = f"{booking.schedule_no}:{lead}"
        if remind_at <= agenda.now:
            agenda.skip(code, Reason.BOOKED_LATE, occasion=occasion)
        else:
            agenda.say(code, occasion=occasion, send_at=remind_at, apart=True)


def plan_form_reminders(agenda: Agenda) -> None:
    """Say how often and when the contact is asked for the most urgent form that is missing; the next one follows it.

    So nobody is asked for two forms at once, and each is asked for as often as the rule allows.
    """
    if not agenda.forms:
        return
    rule, form = agenda.rulebook.rules[RuleCode.FORM_REMINDER], agenda.forms[0]
    prefix = key_of(agenda.booking, RuleCode.FORM_REMINDER, f"{form.pk}:")
    rows = [message for message in agenda.said if message.key and message.key.startswith(prefix)]
    asked = sum(message.status in ASKED for message in rows)
    left = len(rule.leads) + 1 if rule.cap is None else rule.cap - asked
    moments = _form_moments(agenda, form)[: max(left, 0)]
    if not moments and not asked:
        late = f"{form.pk}:late:{agenda.booking.schedule_no}"
        agenda.skip(RuleCode.FORM_REMINDER, Reason.BOOKED_LATE, occasion=late)
    for ordinal, moment in enumerate(moments, start=len(rows) + 1):
        agenda.say(RuleCode.FORM_REMINDER, occasion=f"{form.pk}:{ordinal}", send_at=moment)


def _form_moments(agenda: Agenda, form: IntakeRequest) -> list[datetime.datetime]:
    """When to ask for a form: some time after it was sent, then ahead of the visit, never too late to be of use."""
    rule, zone = agenda.rulebook.rules[RuleCode.FORM_REMINDER], agenda.rulebook.business.zone
    starts_at = agenda.booking.starts_at
    moments = [before(starts_at, minutes=lead, zone=zone) for lead in rule.leads]
    if rule.delay is not None:
        moments.append((form.sent_at or form.created_at) + datetime.timedelta(minutes=rule.delay))
    kept: list[datetime.datetime] = []
    for moment in sorted(moments):
        in_time = agenda.now < moment < starts_at - REMINDER_STALE_BEFORE
        if in_time and not (kept and moment < kept[-1] + APART):
            kept.append(moment)
    return kept
