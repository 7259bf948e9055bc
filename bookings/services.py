"""What can be done with bookings. Every write to a booking goes through here.

Locks are taken from high to low: the staff members in order of their keys, then the booking, then (inside
messaging) the conversation. One order for all, so nobody deadlocks.
"""

import datetime

from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Business, User, subject_key
from accounts.services import changed, record
from bookings import automation, states
from bookings.models import Booking, Service
from contacts import services as contacts
from contacts.models import Contact
from messaging.models import Message
from messaging.rules import Rule

ASK_AGAIN_WITHIN = datetime.timedelta(hours=2)


class SlotTaken(Exception):
    """The staff member is busy at that time."""


class TransitionRefused(Exception):
    """The booking cannot go from its state to the one asked for."""


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
    """
    _lock_staff(staff)
    booking = Booking(
        contact=contact,
        service=service,
        staff=staff,
        starts_at=starts_at,
        ends_at=starts_at + service.length,
        notes=notes,
        booked_by=by,
    )
    _save_in_free_slot(booking)
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
    by: User,
    now: datetime.datetime,
) -> Booking:
    """Change a booking; another time, service or person moves it: the contact is told and the reminder planned anew.

    :raises SlotTaken: if ``staff`` is busy then
    :raises TransitionRefused: if the booking is no longer confirmed
    """
    _lock_staff(staff, booking.staff)
    booking = _locked(booking)
    if booking.status != Booking.Status.CONFIRMED:
        raise TransitionRefused(
            f"This booking is {booking.get_status_display().lower()}, so it cannot be changed."
        )
    ends_at = booking.ends_at
    if service != booking.service or starts_at != booking.starts_at:
        ends_at = starts_at + service.length  # an unmoved booking keeps its end, whatever the service is now
    changes = changed(
        booking, service=service, staff=staff, starts_at=starts_at, ends_at=ends_at, notes=notes
    )
    if changes.keys() - {"notes"}:
        booking.schedule_no += 1
        _save_in_free_slot(booking)
        automation.moved(booking, now=now)
    elif changes:
        booking.save(update_fields=["notes"])
    if changes:
        record(by=by, action="booking.changed", subject=booking, changes=changes)
    return booking


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
    if tell:
        automation.cancelled(booking, now=now)
    return booking


def reopen_booking(*, booking: Booking, by: User, now: datetime.datetime) -> Booking:
    """Undo a completion or a no-show within a day.

    :raises TransitionRefused: if it is neither, or longer ago
    :raises SlotTaken: if the time was given to somebody else meanwhile
    """
    return _move(booking, states.REOPEN, by=by, now=now)


@transaction.atomic
def _move(
    booking: Booking, transition: states.Transition, *, by: User, now: datetime.datetime, **values
) -> Booking:
    _lock_staff(booking.staff)
    booking = _locked(booking)
    if refusal := transition.refusal(booking, now):
        raise TransitionRefused(refusal)
    changes = changed(booking, status=transition.target, status_since=now, **values)
    if transition is states.REOPEN:
        _save_in_free_slot(booking)
    else:
        booking.save(update_fields=[*changes])
        automation.ended(booking)
    record(by=by, action=f"booking.{transition.name}", subject=booking, changes=changes)
    return booking


@transaction.atomic
def send_reminder(*, booking: Booking, by: User, again: bool = False, now: datetime.datetime) -> Message:
    """Remind the contact right now, whatever was planned; a pause does not hold it back.

    :raises NothingToRemind: if the visit has begun or is called off
    :raises RemindedJustNow: unless ``again``, if a reminder left in the last two hours
    """
    return _remind(booking, Rule.REMINDER, by=by, again=again, now=now)


@transaction.atomic
def send_form_reminder(*, booking: Booking, by: User, again: bool = False, now: datetime.datetime) -> Message:
    """Ask the contact for the missing form right now; a pause does not hold it back.

    :raises NothingToRemind: if no form is missing, or the visit has begun or is called off
    :raises RemindedJustNow: unless ``again``, if the same went out in the last two hours
    """
    if not booking.awaits_form:
        raise NothingToRemind("No form is missing for this booking.")
    return _remind(booking, Rule.FORM_REMINDER, by=by, again=again, now=now)


def _remind(booking: Booking, rule: Rule, *, by: User, again: bool, now: datetime.datetime) -> Message:
    booking = _locked(booking)
    if booking.status != Booking.Status.CONFIRMED or now >= booking.starts_at:
        raise NothingToRemind("That visit is over or called off, so there is nothing to remind of.")
    recent = Message.objects.filter(
        about_key=subject_key(booking),
        rule=rule,
        status__in=[Message.Status.QUEUED, Message.Status.SENDING, Message.Status.SENT],
        send_at__gt=now - ASK_AGAIN_WITHIN,
    )
    if not again and (last := recent.order_by("-send_at").first()):
        minutes = int((now - last.send_at).total_seconds() // 60)
        raise RemindedJustNow(f"{rule.label} sent to {booking.contact} {minutes} minutes ago.")
    return automation.remind(booking, rule=rule, by=by, now=now)


@transaction.atomic
def note_form_received(*, booking: Booking, by: User, now: datetime.datetime) -> Booking:
    """Note that the contact's form has come in, so that nobody asks for it again."""
    booking = _locked(booking)
    if booking.awaits_form:
        changes = changed(booking, form_received_at=now)
        booking.save(update_fields=["form_received_at"])
        record(by=by, action="booking.form_received", subject=booking, changes=changes)
    return booking


def _lock_staff(*people: User) -> None:
    # Deciding under the lock turns rivals into a queue: the loser reads a sentence instead of dying in a deadlock
    # on the exclusion constraint, which stays the last line for whatever does not come through here.
    list(
        User.objects.filter(pk__in={person.pk for person in people})
        .order_by("pk")
        .select_for_update(no_key=True)
    )


def _locked(booking: Booking) -> Booking:
    return (
        Booking.objects.select_for_update(of=("self",))
        .select_related("contact", "service", "staff")
        .get(pk=booking.pk)
    )


def _save_in_free_slot(booking: Booking) -> None:
    """Save a booking that holds time, under the lock on its staff member."""
    busy = Booking.objects.holding_time().filter(staff=booking.staff).exclude(pk=booking.pk)
    rival = (
        busy.overlapping(starts_at=booking.starts_at, ends_at=booking.ends_at)
        .select_related("contact", "service")
        .first()
    )
    if rival:
        start, end = (
            time.astimezone(Business.objects.current().zone) for time in (rival.starts_at, rival.ends_at)
        )
        raise SlotTaken(
            f"{booking.staff} is busy then: {rival}, {start:%H:%M}–{end:%H:%M}. Choose another time."
        )
    booking.full_clean(validate_constraints=False)
    try:
        with transaction.atomic():
            booking.save()
    except IntegrityError as error:
        if "one_visit_at_a_time" not in str(error):
            raise
        raise SlotTaken(f"{booking.staff} is busy then. Choose another time.") from error


@transaction.atomic
def create_service(*, name: str, minutes: int, form_url: str = "", by: User | None) -> Service:
    """Offer something new."""
    service = Service(name=name, minutes=minutes, form_url=form_url)
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
