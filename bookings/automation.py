"""What bookings make automation say. Called at the end of the service that caused it, in its transaction."""

import datetime

from django.template.loader import render_to_string

from accounts.models import Business, User, subject_key
from bookings.models import Booking
from messaging import services as messaging
from messaging.models import Conversation, Message
from messaging.rules import Rule


def confirm(booking: Booking, *, now: datetime.datetime) -> None:
    """Tell the contact about a new booking, and plan its reminder."""
    _say(booking, Rule.CONFIRMATION, "Your booking: {service}, {when}", now=now)
    plan_reminder(booking, now=now)


def moved(booking: Booking, *, now: datetime.datetime) -> None:
    """Take back what was planned for the old time, tell the contact the new one, and plan for it."""
    _take_back(booking, reason="The booking was moved.")
    _say(booking, Rule.MOVED, "Your booking was moved: {service}, {when}", now=now)
    plan_reminder(booking, now=now)


def cancelled(booking: Booking, *, now: datetime.datetime) -> None:
    """Let the contact know that the visit is off, unless it has begun."""
    if now < booking.starts_at:
        _say(booking, Rule.CANCELLED, "Your booking was cancelled: {service}, {when}", now=now)


def ended(booking: Booking) -> None:
    """Take back what is still planned for a visit that is over or called off."""
    _take_back(booking, reason=f"The booking is {booking.get_status_display().lower()}.")


def plan_reminder(booking: Booking, *, now: datetime.datetime) -> None:
    """Plan the reminder for the same wall-clock time on the day before, or leave a row that says why there is none."""
    zone = Business.objects.current().zone
    remind_at = (booking.starts_at.astimezone(zone) - datetime.timedelta(days=1)).astimezone(datetime.UTC)
    if remind_at > now:
        _say(booking, Rule.REMINDER, "Reminder: {service}, {when}", now=now, send_at=remind_at)
    else:
        messaging.record_skipped(
            conversation=_conversation(booking),
            rule=Rule.REMINDER,
            key=_key(booking, Rule.REMINDER),
            about_key=subject_key(booking),
            about_url=booking.get_absolute_url(),
            reason="Booked after the time for its reminder.",
            now=now,
        )


def remind(booking: Booking, *, rule: Rule, by: User, now: datetime.datetime) -> Message:
    """Send a reminder, or a form reminder, because somebody asked for it."""
    subject = (
        "Reminder: {service}, {when}"
        if rule == Rule.REMINDER
        else "Please fill in your form: {service}, {when}"
    )
    return _say(booking, rule, subject, now=now, asked_by=by)


def _say(booking: Booking, rule: Rule, subject: str, *, now, send_at=None, asked_by=None) -> Message:
    business = Business.objects.current()
    when = booking.starts_at.astimezone(business.zone)
    context = {
        "booking": booking,
        "contact": booking.contact,
        "business": business,
        "when": f"{when:%A %-d %B %Y, %H:%M}",
    }
    return messaging.send_automated(
        conversation=_conversation(booking),
        rule=rule,
        key=_key(booking, rule) if asked_by is None else f"{_key(booking, rule)}:{now.timestamp():.6f}",
        subject=subject.format(service=booking.service, when=f"{when:%a %-d %b, %H:%M}"),
        body=render_to_string(f"bookings/messages/{rule}.txt", context),
        about_key=subject_key(booking),
        about_url=booking.get_absolute_url(),
        send_at=send_at,
        useless_after=booking.starts_at,
        asked_by=asked_by,
        now=now,
    )


def _take_back(booking: Booking, *, reason: str) -> None:
    messaging.cancel_planned(about_key=subject_key(booking), reason=reason)


def _conversation(booking: Booking) -> Conversation:
    return Conversation.objects.get(contact=booking.contact_id)


def _key(booking: Booking, rule: Rule) -> str:
    return f"{subject_key(booking)}:{rule}:{booking.schedule_no}"
