"""What bookings make automation say. Called at the end of the service that caused it, in its transaction."""

import datetime
import zoneinfo

from django.template.loader import render_to_string

from accounts.models import Business, User, subject_key
from bookings.models import Booking
from contacts.models import Contact
from messaging import services as messaging
from messaging.models import Message
from messaging.rules import Rule

SUBJECTS = {
    Rule.CONFIRMATION: "Your booking: {service}, {when}",
    Rule.MOVED: "Your booking was moved: {service}, {when}",
    Rule.CANCELLED: "Your booking was cancelled: {service}, {when}",
    Rule.REMINDER: "Reminder: {service}, {when}",
    Rule.FORM_REMINDER: "Please fill in your form: {service}, {when}",
}


def confirm(booking: Booking, *, now: datetime.datetime) -> None:
    """Tell the contact about a new booking, and plan its reminder."""
    business = Business.objects.current()
    _say(booking, Rule.CONFIRMATION, business=business, now=now)
    _plan_reminder(booking, business=business, now=now)


def moved(booking: Booking, *, now: datetime.datetime) -> None:
    """Take back what was planned for the old time, tell the contact the new one, and plan for it."""
    business = Business.objects.current()
    _take_back(booking, reason="The booking was moved.")
    _say(booking, Rule.MOVED, business=business, now=now)
    _plan_reminder(booking, business=business, now=now)


def cancelled(booking: Booking, *, tell: bool, by: User, now: datetime.datetime) -> None:
    """Let the contact know that the visit is off; without ``tell`` only leave a row that says why not."""
    if tell:
        _say(booking, Rule.CANCELLED, business=Business.objects.current(), now=now)
    else:
        _skip(booking, Rule.CANCELLED, reason=f"{by} chose not to send it.", now=now)


def ended(booking: Booking) -> None:
    """Take back what is still planned for a visit that is over or called off."""
    _take_back(booking, reason=f"The booking was marked as {booking.get_status_display().lower()}.")


def remind(booking: Booking, *, rule: Rule, by: User, now: datetime.datetime) -> Message:
    """Send a reminder, or a form reminder, because somebody asked for it."""
    return _say(booking, rule, business=Business.objects.current(), now=now, asked_by=by)


def reminder_time(starts_at: datetime.datetime, *, zone: zoneinfo.ZoneInfo) -> datetime.datetime:
    """The same wall-clock time on the day before, whatever the clocks did in between."""
    return (starts_at.astimezone(zone) - datetime.timedelta(days=1)).astimezone(datetime.UTC)


def foretell(
    *,
    contact: Contact,
    starts_at: datetime.datetime | None,
    zone: zoneinfo.ZoneInfo,
    now: datetime.datetime,
) -> list[tuple[str, str]]:
    """What booking ``contact`` for ``starts_at`` will make automation do, as (icon, sentence).

    :param starts_at: None while nobody has chosen it
    """
    if not contact.email:
        return [("mail-x", f"{contact} has no email address, so nothing will be sent.")]
    if starts_at and starts_at <= now:
        return [("mail-x", "That time has gone by, so nothing will be sent.")]
    confirmation = ("mail", f"Confirmation now, by email to {contact.email}.")
    if starts_at is None:
        reminder = ("bell", "Reminder the day before, at the time of the visit.")
    elif (remind_at := reminder_time(starts_at, zone=zone)) > now:
        reminder = ("bell", f"Reminder {remind_at.astimezone(zone):%a %-d %b, %H:%M}.")
    else:
        reminder = ("bell-off", "No reminder: the visit is less than a day away.")
    conversation = contact.conversation
    if not conversation.is_paused(now=now):
        return [confirmation, reminder]
    paused = (
        f"Automation is paused by {conversation.paused_by or 'a colleague'} until"
        f" {conversation.paused_until.astimezone(zone):%a %H:%M}. The confirmation still goes out;"
        " a reminder that is due before then does not."
    )
    return [confirmation, reminder, ("pause", paused)]


def foretell_change(booking: Booking) -> list[tuple[str, str]]:
    """What changing ``booking`` will make automation do, as (icon, sentence)."""
    if not booking.is_confirmed:
        return [("sticky-note", "Only the notes can be changed now, and nothing is sent.")]
    notes = ("sticky-note", "Other notes alone: nothing is sent.")
    if not booking.contact.email:
        return [("mail-x", f"{booking.contact} has no email address, so nothing will be sent."), notes]
    move = (
        f"Another time, service or person: {booking.contact} gets an email, and the reminder is planned anew."
    )
    return [("mail", move), notes]


def _plan_reminder(booking: Booking, *, business: Business, now: datetime.datetime) -> None:
    remind_at = reminder_time(booking.starts_at, zone=business.zone)
    if remind_at > now:
        _say(booking, Rule.REMINDER, business=business, now=now, send_at=remind_at)
    else:
        _skip(booking, Rule.REMINDER, reason="Booked after the time for its reminder.", now=now)


def _say(
    booking: Booking,
    rule: Rule,
    *,
    business: Business,
    now: datetime.datetime,
    send_at: datetime.datetime | None = None,
    asked_by: User | None = None,
) -> Message:
    when = booking.starts_at.astimezone(business.zone)
    context = {
        "booking": booking,
        "contact": booking.contact,
        "business": business,
        "when": f"{when:%A %-d %B %Y, %H:%M}",
    }
    return messaging.send_automated(
        conversation=booking.contact.conversation,
        rule=rule,
        key=_key(booking, rule) if asked_by is None else f"{_key(booking, rule)}:{now.timestamp():.6f}",
        subject=SUBJECTS[rule].format(service=booking.service, when=f"{when:%a %-d %b, %H:%M}"),
        body=render_to_string(f"bookings/messages/{rule}.txt", context),
        about_key=subject_key(booking),
        about_url=booking.get_absolute_url(),
        send_at=send_at,
        useless_after=booking.starts_at,
        asked_by=asked_by,
        now=now,
    )


def _skip(booking: Booking, rule: Rule, *, reason: str, now: datetime.datetime) -> None:
    messaging.record_skipped(
        conversation=booking.contact.conversation,
        rule=rule,
        key=_key(booking, rule),
        about_key=subject_key(booking),
        about_url=booking.get_absolute_url(),
        reason=reason,
        now=now,
    )


def _take_back(booking: Booking, *, reason: str) -> None:
    messaging.cancel_planned(about_key=subject_key(booking), reason=reason)


def _key(booking: Booking, rule: Rule) -> str:
    return f"{subject_key(booking)}:{rule}:{booking.schedule_no}"
