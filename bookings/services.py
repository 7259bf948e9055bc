"""What can be done with bookings. Every write to a booking goes through here.

Locks are taken from high to low: the staff member whose time is decided about, the booking, then (inside messaging)
the conversation. One order for all, so nobody deadlocks.
"""

import datetime

from django.db import transaction

from accounts.models import User, subject_key
from accounts.services import changed, record
from bookings import automation, slots, states
from bookings.models import Booking, Service
from contacts import services as contacts
from contacts.models import Contact
from messaging.models import Message
from messaging.rules import Rule

ASK_AGAIN_WITHIN = datetime.timedelta(hours=2)
SlotTaken = slots.SlotTaken


class TransitionRefused(Exception):
    """The booking cannot go from its state to the one asked for, or cannot be changed in it."""


class MovedMeanwhile(Exception):
    """Somebody else moved the booking after it was last looked at."""


class NothingToRemind(Exception):
    """The visit is over or called off, or no form is missing."""


class RemindedJustNow(Exception):
    """The same reminder left so recently that somebody should ask for it twice."""


@transaction.atomic
def create_booking(
    *,
    contact: Contact,
    service: Service,
    staff: User,
    starts_at: datetime.datetime,
    notes: str = "",
    by: User | None,
    now: datetime.datetime,
) -> Booking:
    """Book ``service`` for ``contact``, confirm it and plan the reminder.

    :param starts_at: aware; the end follows from the length of the service
    :raises SlotTaken: if ``staff`` is busy then
    :raises ValidationError: if the visit does not lie in this century
    """
    slots.lock_staff(staff)
    booking = Booking(
        contact=contact,
        service=service,
        staff=staff,
        **_visit(starts_at, service),
        status_since=now,
        notes=notes,
        booked_by=by,
        created_at=now,
    )
    slots.save_in_free_slot(booking)
    contacts.advance_stage(contact=contact, to=Contact.Stage.BOOKED)
    record(by=by, action="booking.created", subject=booking)
    automation.confirm(booking, now=now)
    return booking


@transaction.atomic
def change_booking(
    *,
    booking: Booking,
    service: Service,
    staff: User,
    starts_at: datetime.datetime,
    notes: str,
    schedule_no: int | None = None,
    by: User,
    now: datetime.datetime,
) -> Booking:
    """Change a booking; another time, service or person moves it: the contact is told and the reminder planned anew.

    The notes can be changed whatever became of the visit.

    :param schedule_no: the schedule that the caller looked at; None: whatever it is by now
    :raises SlotTaken: if ``staff`` is busy then
    :raises TransitionRefused: if it would move and is no longer confirmed
    :raises MovedMeanwhile: if it would move and is no longer where the caller saw it
    :raises ValidationError: if the visit does not lie in this century
    """
    slots.lock_staff(staff)
    booking = _locked(booking)
    visit = _visit(starts_at, service)
    if service == booking.service and visit["starts_at"] == booking.starts_at:
        visit["ends_at"] = booking.ends_at  # an unmoved booking keeps its end, whatever the service is now
    changes = changed(booking, service=service, staff=staff, **visit, notes=notes)
    if changes.keys() - {"notes"}:
        _refuse_move(booking, seen=schedule_no)
        booking.schedule_no += 1
        slots.save_in_free_slot(booking)
        automation.moved(booking, now=now)
    elif changes:
        booking.save(update_fields=["notes"])
    if changes:
        record(by=by, action="booking.changed", subject=booking, changes=changes)
    return booking


def _refuse_move(booking: Booking, *, seen: int | None) -> None:
    if not booking.is_confirmed:
        status = booking.get_status_display().lower()
        raise TransitionRefused(f"This booking is marked as {status}, so only its notes can be changed.")
    if seen not in {None, booking.schedule_no}:
        raise MovedMeanwhile(
            "Somebody else has moved this booking in the meantime. Save again to overrule them."
        )


def complete_booking(*, booking: Booking, by: User, now: datetime.datetime) -> Booking:
    """Note that the visit took place.

    :raises TransitionRefused: before the start, or if the booking is not confirmed
    """
    return _move(booking, states.COMPLETE, by=by, now=now)


def mark_no_show(*, booking: Booking, by: User, now: datetime.datetime) -> Booking:
    """Note that the contact did not come; the time is free again.

    :raises TransitionRefused: until ten minutes after the start, or if the booking is not confirmed
    """
    return _move(booking, states.NO_SHOW, by=by, now=now)


@transaction.atomic
def cancel_booking(
    *, booking: Booking, reason: str = "", tell: bool = True, by: User, now: datetime.datetime
) -> Booking:
    """Call a visit off; with ``tell`` the contact gets a notice, unless the visit has begun.

    :raises TransitionRefused: if the booking is not confirmed
    """
    booking = _move(booking, states.CANCEL, by=by, now=now, cancel_reason=reason)
    automation.cancelled(booking, tell=tell, by=by, now=now)
    return booking


@transaction.atomic
def reopen_booking(*, booking: Booking, by: User, now: datetime.datetime) -> Booking:
    """Undo a completion or a no-show within a day.

    :raises TransitionRefused: if it is neither, or longer ago
    :raises SlotTaken: if the time was given to somebody else meanwhile
    """
    slots.lock_staff(booking.staff)
    return _move(booking, states.REOPEN, by=by, now=now)


@transaction.atomic
def _move(
    booking: Booking, transition: states.Transition, *, by: User, now: datetime.datetime, **values
) -> Booking:
    seen, booking = booking, _locked(booking)
    if refusal := transition.refusal(booking, now):
        raise TransitionRefused(refusal)
    changes = changed(booking, status=transition.target, status_since=now, **values)
    if transition is states.REOPEN:
        if booking.staff_id != seen.staff_id:  # then the lock is on somebody else's time
            raise TransitionRefused("Somebody else has just changed this booking. Look at it again.")
        slots.save_in_free_slot(booking)
    else:
        booking.save(update_fields=[*changes])
        automation.ended(booking)
    record(by=by, action=f"booking.{transition.name}", subject=booking, changes=changes)
    return booking


def send_reminder(*, booking: Booking, by: User, again: bool = False, now: datetime.datetime) -> Message:
    """Remind the contact right now, whatever was planned; a pause does not hold it back.

    :returns: the message, which is *skipped* with its reason where it cannot be sent
    :raises NothingToRemind: if the visit has begun or is called off
    :raises RemindedJustNow: unless ``again``, if a reminder left in the last two hours
    """
    return _remind(booking, Rule.REMINDER, by=by, again=again, now=now)


def send_form_reminder(*, booking: Booking, by: User, again: bool = False, now: datetime.datetime) -> Message:
    """Ask the contact for the missing form right now; a pause does not hold it back.

    :returns: the message, which is *skipped* with its reason where it cannot be sent
    :raises NothingToRemind: if no form is missing, or the visit has begun or is called off
    :raises RemindedJustNow: unless ``again``, if the same went out in the last two hours
    """
    return _remind(booking, Rule.FORM_REMINDER, by=by, again=again, now=now)


@transaction.atomic
def _remind(booking: Booking, rule: Rule, *, by: User, again: bool, now: datetime.datetime) -> Message:
    booking = _locked(booking)
    if not booking.is_confirmed or now >= booking.starts_at:
        raise NothingToRemind("That visit has begun or is called off, so there is nothing to remind of.")
    if rule == Rule.FORM_REMINDER and not booking.awaits_form:
        raise NothingToRemind("No form is missing for this booking.")
    recent = Message.objects.filter(
        about_key=subject_key(booking),
        rule=rule,
        status__in=[Message.Status.QUEUED, Message.Status.SENDING, Message.Status.SENT],
        send_at__gt=now - ASK_AGAIN_WITHIN,
    )
    if not again and (last := recent.order_by("-send_at", "-pk").first()):
        raise RemindedJustNow(f"A {rule.label.lower()} went to {booking.contact} {_ago(last.send_at, now)}.")
    return automation.remind(booking, rule=rule, by=by, now=now)


def _ago(then: datetime.datetime, now: datetime.datetime) -> str:
    minutes = int((now - then).total_seconds() // 60)
    if minutes < 1:
        return "just now"
    return "a minute ago" if minutes == 1 else f"{minutes} minutes ago"


@transaction.atomic
def note_form_received(*, booking: Booking, by: User, now: datetime.datetime) -> Booking:
    """Note that the contact's form has come in, so that nobody asks for it again."""
    booking = _locked(booking)
    if booking.awaits_form:
        changes = changed(booking, form_received_at=now)
        booking.save(update_fields=["form_received_at"])
        record(by=by, action="booking.form_received", subject=booking, changes=changes)
    return booking


def _locked(booking: Booking) -> Booking:
    return (
        Booking.objects.select_for_update(of=("self",))
        .select_related("contact", "service", "staff")
        .get(pk=booking.pk)
    )


def _visit(starts_at: datetime.datetime, service: Service) -> dict[str, datetime.datetime]:
    # In UTC, because adding to a local time counts on the wall, and an hour is missing there once a year.
    starts_at = starts_at.astimezone(datetime.UTC)
    return {"starts_at": starts_at, "ends_at": starts_at + service.length}


@transaction.atomic
def create_service(
    *, name: str, minutes: int, form_url: str = "", is_active: bool = True, by: User | None
) -> Service:
    """Offer something new.

    :param minutes: how long a visit takes
    """
    service = Service(name=name, minutes=minutes, form_url=form_url, is_active=is_active)
    service.full_clean()
    service.save()
    record(by=by, action="service.created", subject=service)
    return service


@transaction.atomic
def change_service(*, service: Service, by: User, **values) -> Service:
    """Change name, length, form or whether it can be booked; bookings that exist keep their times."""
    service = Service.objects.select_for_update().get(pk=service.pk)
    if changes := changed(service, **values):
        service.full_clean()
        service.save(update_fields=[*changes])
        record(by=by, action="service.changed", subject=service, changes=changes)
    return service
