"""What is said about a visit: the words, the moments, and how to take them back."""

import copy
import datetime
import zoneinfo

from accounts.models import User, subject_key
from bookings.messages import calendars, links
from bookings.models import Booking, IntakeRequest, Visit
from messaging.deciding import guards
from messaging.deciding.facts import gather
from messaging.deciding.rulebook import Rulebook
from messaging.models import Message
from messaging.outbox import planning
from messaging.words.reasons import Reason
from messaging.words.rules import REMINDER_STALE_BEFORE, RuleCode

DAY = 24 * 60  # minutes
APART = datetime.timedelta(hours=2)  # nobody is asked for the same form twice within
SOMEBODY = "A colleague"
Forms = list[IntakeRequest]
WITH_CALENDAR = {
    RuleCode.REQUESTED,
    RuleCode.CONFIRMATION,
    RuleCode.MOVED,
    RuleCode.CANCELLED,
    RuleCode.DECLINED,
}


def before(starts_at: datetime.datetime, *, minutes: int, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """``minutes`` before the start: whole days by the clock on the wall, the rest by the time that passes.

    A day before 9:00 is 9:00, whatever the clocks did in between.
    """
    days, minutes = divmod(minutes, DAY)
    same_wall_time = (starts_at.astimezone(zone) - datetime.timedelta(days=days)).astimezone(datetime.UTC)
    return same_wall_time - datetime.timedelta(minutes=minutes)


def plan_reminders(
    booking: Booking, *, rulebook: Rulebook, forms: Forms | None = None, now: datetime.datetime
) -> list[Message]:
    """Plan what is said before the visit: a reminder for each lead, the question whether they come, and for forms."""
    if booking.starts_at <= now:
        return []
    forms = IntakeRequest.objects.missing_for(booking) if forms is None else forms
    reminders = _plan_by_leads(booking, RuleCode.REMINDER, rulebook=rulebook, forms=forms, now=now)
    # Off as a rule, it leaves no row on every booking that says so.
    if rulebook.rules[RuleCode.ATTENDANCE].enabled and booking.attending_at is None:
        reminders += _plan_by_leads(booking, RuleCode.ATTENDANCE, rulebook=rulebook, forms=forms, now=now)
    return reminders + plan_form_reminders(booking, rulebook=rulebook, forms=forms, now=now)


def _plan_by_leads(
    booking: Booking, code: RuleCode, *, rulebook: Rulebook, forms: Forms, now: datetime.datetime
) -> list[Message]:
    decided, planned = [], []
    for lead in sorted(set(rulebook.rules[code].leads), reverse=True):
        remind_at = before(booking.starts_at, minutes=lead, zone=rulebook.business.zone)
        occasion = f"{booking.schedule_no}:{lead}"
        if remind_at <= now:
            row = skip(booking, code, Reason.BOOKED_LATE, occasion=occasion, now=now)
        elif any(_falls_together(remind_at, other, rulebook=rulebook, now=now) for other in planned):
            twin = {"rule": "other reminder of that moment"}
            row = skip(booking, code, Reason.DUPLICATE, occasion=occasion, now=now, **twin)
        else:
            about_when = {"occasion": occasion, "send_at": remind_at, "now": now}
            row = say(booking, code, rulebook=rulebook, forms=forms, **about_when)
            planned.append(row)
        decided.append(row)
    return decided


def _falls_together(
    moment: datetime.datetime, planned: Message, *, rulebook: Rulebook, now: datetime.datetime
) -> bool:
    """Whether what is due at ``moment`` would leave along with what is planned.

    It happens where the clocks change, and at the edges of the sending window.
    """
    rival = copy.copy(planned)
    rival.send_at = moment
    verdict = guards.plan(rival, gather(rival, rulebook=rulebook, now=now), now=now)
    return planned.is_pending and verdict.wait_until == planned.send_at


def plan_form_reminders(
    booking: Booking, *, rulebook: Rulebook, forms: Forms | None = None, now: datetime.datetime
) -> list[Message]:
    """Plan how often and when the contact is asked for the most urgent form that is missing; the next one follows it.

    So nobody is asked for two forms at once, and each is asked for as often as the rule allows.
    """
    forms = IntakeRequest.objects.missing_for(booking) if forms is None else forms
    if not forms:
        return []
    rule, form = rulebook.rules[RuleCode.FORM_REMINDER], forms[0]
    rows = about(booking).filter(key__startswith=key_of(booking, RuleCode.FORM_REMINDER, f"{form.pk}:"))
    # What is on its way counts as asked.
    asked = rows.filter(status__in=[Message.Status.SENDING, Message.Status.UNKNOWN, *Message.LEFT]).count()
    left = len(rule.leads) + 1 if rule.cap is None else rule.cap - asked
    moments = _form_moments(booking, form, rulebook=rulebook, now=now)[: max(left, 0)]
    if not moments and not asked:
        late = f"{form.pk}:late:{booking.schedule_no}"
        return [skip(booking, RuleCode.FORM_REMINDER, Reason.BOOKED_LATE, occasion=late, now=now)]
    return [
        say(
            booking,
            RuleCode.FORM_REMINDER,
            rulebook=rulebook,
            occasion=f"{form.pk}:{ordinal}",
            forms=forms,
            send_at=moment,
            now=now,
        )
        for ordinal, moment in enumerate(moments, start=rows.count() + 1)
    ]


def _form_moments(
    booking: Booking, form: IntakeRequest, *, rulebook: Rulebook, now: datetime.datetime
) -> list[datetime.datetime]:
    """When to ask for a form: some time after it was sent, then ahead of the visit, never too late to be of use."""
    rule, zone = rulebook.rules[RuleCode.FORM_REMINDER], rulebook.business.zone
    moments = [before(booking.starts_at, minutes=lead, zone=zone) for lead in rule.leads]
    if rule.delay is not None:
        moments.append((form.sent_at or form.created_at) + datetime.timedelta(minutes=rule.delay))
    kept: list[datetime.datetime] = []
    for moment in sorted(moments):
        in_time = now < moment < booking.starts_at - REMINDER_STALE_BEFORE
        if in_time and not (kept and moment < kept[-1] + APART):
            kept.append(moment)
    return kept


def about(booking: Booking):
    """Every message about a booking."""
    return Message.objects.filter(about_key=subject_key(booking))


def say(
    booking: Booking,
    code: RuleCode,
    *,
    rulebook: Rulebook,
    visit: Visit | None = None,
    occasion: str | None = None,
    forms: Forms | None = None,
    now: datetime.datetime,
    send_at: datetime.datetime | None = None,
    asked_by: User | None = None,
    by_customer: bool = False,
) -> Message:
    """Plan one message about a booking.

    :param visit: what it speaks of; None: the visit as it is now
    :param occasion: what tells it from others of the same rule; None: the schedule of the visit
    :param forms: what is missing, the one to link to first; None: nobody has looked yet
    """
    visit, business = visit or booking.visit, rulebook.business
    goes_along = code in WITH_CALENDAR
    return planning.send_automated(
        conversation=booking.contact.conversation,
        rulebook=rulebook,
        code=code,
        key=key_of(booking, code, occasion),
        values=visit_values(booking, visit=visit, forms=forms, zone=business.zone),
        about_key=subject_key(booking),
        about_url=booking.get_absolute_url(),
        send_at=send_at,
        starts_at=visit.starts_at,
        asked_by=asked_by,
        by_customer=by_customer,
        calendar=calendars.invitation(booking, business=business, now=now) if goes_along else "",
        now=now,
    )


def visit_values(
    booking: Booking,
    *,
    visit: Visit | None = None,
    forms: Forms | None = None,
    zone: zoneinfo.ZoneInfo,
) -> dict[str, str]:
    """What the placeholders about a visit stand for.

    :param visit: None: as it is now
    :param forms: what is missing, the one to link to first; None: nobody has looked yet
    """
    service, staff, starts_at = visit or booking.visit
    forms = IntakeRequest.objects.missing_for(booking) if forms is None else forms
    start = starts_at.astimezone(zone)
    return {
        "service": str(service),
        "staff": str(staff),
        "when": f"{start:%A %-d %B %Y, %H:%M}",
        "day": f"{start:%A %-d %B %Y}",
        "time": f"{start:%H:%M}",
        "visit_link": links.visit_url(booking),
        "form_link": links.form_url(forms[0]) if forms else "",
    }


def skip(
    booking: Booking,
    code: RuleCode,
    reason: Reason,
    *,
    occasion: str | None = None,
    now: datetime.datetime,
    **facts: object,
) -> Message:
    """Leave a row that says why nothing was planned."""
    return planning.record_skipped(
        conversation=booking.contact.conversation,
        code=code,
        key=key_of(booking, code, occasion),
        about_key=subject_key(booking),
        about_url=booking.get_absolute_url(),
        reason=reason,
        now=now,
        **facts,
    )


def take_back(
    booking: Booking, reason: Reason, *, rules: list[RuleCode] | None = None, **facts: object
) -> None:
    """Cancel what is still to be said about a booking; ``rules`` None: whatever it is."""
    planning.cancel_planned(
        conversation=booking.contact.conversation,
        about_key=subject_key(booking),
        reason=reason,
        rules=rules,
        **facts,
    )


def key_of(booking: Booking, code: RuleCode, occasion: str | int | None = None) -> str:
    """Rule, booking and occasion; None: its schedule."""
    return f"{subject_key(booking)}:{code}:{occasion or booking.schedule_no}"
