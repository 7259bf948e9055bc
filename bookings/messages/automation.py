"""What bookings make automation say. Called at the end of the service that caused it, in its transaction.

What a contact hears of a move, of a cancellation, or of the visit being on again depends on what they heard before:
that is settled under the lock of the conversation, without which the worker takes no message.
"""

import datetime

from accounts.models import User, subject_key
from bookings.messages.agenda import SOMEBODY, Agenda, Forms, key_of
from bookings.messages.planning import plan_reminders
from bookings.models import Booking, IntakeRequest, Visit
from messaging.models import Message
from messaging.outbox import revising
from messaging.words.reasons import Reason
from messaging.words.rules import RuleCode

NOTICES = [RuleCode.REQUESTED, RuleCode.CONFIRMATION, RuleCode.MOVED, RuleCode.CANCELLED, RuleCode.DECLINED]
BAD_NEWS = {RuleCode.CANCELLED, RuleCode.DECLINED}
BEFORE_VISIT = [RuleCode.REMINDER, RuleCode.ATTENDANCE, RuleCode.FORM_REMINDER]
HEARD = [Message.Status.SENT, Message.Status.DELIVERED]
UNSURE = [Message.Status.SENDING, Message.Status.UNKNOWN]  # what is on its way may still fail
UNSAID = [*Message.PENDING, Message.Status.FAILED]


def confirm(
    booking: Booking,
    *,
    tell: bool = True,
    forms: Forms | None = None,
    is_new: bool = False,
    by: User | None,
    now: datetime.datetime,
) -> None:
    """Plan the reminders of a booking that stands, and confirm it; without ``tell`` a row says who chose not to.

    :param forms: what is missing; None: nobody has looked yet
    :param is_new: whether it was made in this transaction
    """
    agenda = Agenda(booking, forms=forms, is_new=is_new, now=now)
    if booking.starts_at <= now:
        agenda.skip(RuleCode.CONFIRMATION, Reason.TOO_LATE)
    else:
        was_asked_for = booking.source == Booking.Source.ONLINE and booking.service.needs_approval
        if tell and was_asked_for:  # perhaps so recently that they have not heard that it came in
            agenda.take_back(Reason.DUPLICATE, rules=[RuleCode.REQUESTED], rule="confirmation")
        _confirm(agenda, tell=tell, by=by)
        plan_reminders(agenda)
    agenda.settle()


def requested(booking: Booking, *, now: datetime.datetime) -> None:
    """Let a customer know that the request, just made, came in."""
    agenda = Agenda(booking, forms=[], is_new=True, now=now)
    agenda.say(RuleCode.REQUESTED, by_customer=True)
    agenda.settle()


def _confirm(agenda: Agenda, *, tell: bool, by: User | None) -> None:
    by_customer = agenda.booking.source == Booking.Source.ONLINE and by is None
    agenda.say_or_not(RuleCode.CONFIRMATION, tell=tell, by=by, by_customer=by_customer)


def moved(
    booking: Booking, *, was: Visit, tell: bool, forms: Forms, by: User | None, now: datetime.datetime
) -> None:
    """Take back what was planned for the visit as it ``was``, tell the contact the new one, and plan for it.

    The notice waits a little, so that several moves make one; back where the contact believes it to be, there is none.
    A customer who moved it is answered at once.

    :param forms: what is missing, the most urgent first
    :param by: None: the customer
    """
    agenda = Agenda(booking, forms=forms, now=now)
    last = _settle_told(agenda, visit=was)
    # Then nobody knows of an earlier time.
    is_unconfirmed = last is not None and last.rule == RuleCode.CONFIRMATION and last.status in UNSAID
    agenda.take_back(Reason.BOOKING_MOVED)
    if booking.is_requested:
        agenda.say_or_not(RuleCode.REQUESTED, tell=tell, by=by, by_customer=by is None)
    else:
        _tell_of_move(agenda, is_unconfirmed=is_unconfirmed, tell=tell, by=by)
        plan_reminders(agenda)
    agenda.settle()


def _tell_of_move(agenda: Agenda, *, is_unconfirmed: bool, tell: bool, by: User | None) -> None:
    if agenda.booking.told == agenda.booking.visit:
        agenda.skip(RuleCode.MOVED, Reason.MOVED_BACK)
    elif not tell or by is None:
        agenda.say_or_not(RuleCode.MOVED, tell=tell, by=by, by_customer=by is None)
    elif is_unconfirmed:
        agenda.say(RuleCode.CONFIRMATION)
    else:
        agenda.say_with_grace(RuleCode.MOVED)


def cancelled(
    booking: Booking, *, tell: bool, has_begun: bool = False, by: User | None, now: datetime.datetime
) -> None:
    """Take back every plan, and let the contact know that the visit is off, a little later in case it is on again.

    A customer who called it off, or whose request ran out, hears it at once. Without ``tell``, or once the visit has
    begun, only a row says why nobody is told.

    :param has_begun: whether it has, before its time: they were here already
    :param by: None: nobody who works here
    """
    agenda = Agenda(booking, now=now)
    _settle_told(agenda, visit=booking.visit, schedule_no=booking.schedule_no)
    _take_back_ended(agenda)
    was_request = booking.cancel_cause in {Booking.Cause.DECLINED, Booking.Cause.EXPIRED}
    code = RuleCode.DECLINED if was_request else RuleCode.CANCELLED
    believed = booking.told if booking.told and booking.told.starts_at > now else booking.visit
    if has_begun or booking.starts_at <= now:
        agenda.skip(code, Reason.TOO_LATE)
    elif not tell:
        agenda.skip(code, Reason.UNCHECKED, who=by or SOMEBODY)
    elif by is None:
        agenda.say(code, visit=believed, by_customer=booking.cancel_cause == Booking.Cause.CUSTOMER)
    else:
        agenda.say_with_grace(code, visit=believed)
    agenda.settle()


def ended(
    booking: Booking, *, follow_up: RuleCode, tell: bool = True, by: User, now: datetime.datetime
) -> None:
    """Take back what is still planned for a visit that is over, and plan what is said afterwards.

    Without ``tell`` a row says who chose not to.
    """
    agenda = Agenda(booking, now=now)
    _take_back_ended(agenda)
    if tell:
        agenda.say(follow_up, send_at=agenda.after_delay(follow_up))
    else:
        agenda.skip(follow_up, Reason.UNCHECKED, who=by)
    agenda.settle()


def arrived(booking: Booking, *, now: datetime.datetime) -> None:
    """Remind nobody who is here, and do not miss them either."""
    agenda = Agenda(booking, now=now)
    agenda.take_back(Reason.BOOKING_ENDED, rules=[*BEFORE_VISIT, RuleCode.NO_SHOW], status="arrived")


def arrival_undone(booking: Booking, *, now: datetime.datetime) -> None:
    """Plan anew what is said before a visit that is still to come."""
    agenda = Agenda(booking, now=now)
    _settle_told(agenda, visit=booking.visit)
    plan_reminders(agenda)
    agenda.settle()


def reopened(booking: Booking, *, tell: bool, by: User, now: datetime.datetime) -> None:
    """Take back what followed the end of a visit, and plan anew where it is still to come.

    A contact who has heard nothing of a cancellation hears nothing of its end either.
    """
    agenda = Agenda(booking, now=now)
    _settle_told(agenda, visit=booking.visit)
    status = booking.get_status_display().lower()
    agenda.take_back(Reason.BOOKING_ENDED, status=f"{status} again")
    if booking.starts_at <= now or not booking.is_confirmed:
        return
    if booking.told is None:
        _confirm(agenda, tell=tell, by=by)
    elif booking.told != booking.visit:
        agenda.say_with_grace(RuleCode.MOVED)
    plan_reminders(agenda)
    agenda.settle()


def attending(booking: Booking, *, now: datetime.datetime) -> None:
    """Ask no more whether they are coming."""
    Agenda(booking, now=now).take_back(Reason.ATTENDING, rules=[RuleCode.ATTENDANCE])


def remind(
    booking: Booking,
    *,
    code: RuleCode,
    form: IntakeRequest | None = None,
    by: User,
    now: datetime.datetime,
) -> Message:
    """Send a reminder, or a form reminder, because somebody asked for it; it stands for one that is due soon.

    :param form: the one to ask for; None: the most urgent one that is missing
    """
    agenda = Agenda(booking, forms=[form] if form else None, now=now)
    agenda.say(code, occasion=f"by-hand:{now.timestamp():.6f}", asked_by=by)
    [message] = agenda.settle()
    if message.is_pending:
        revising.replace_planned(
            conversation=agenda.conversation,
            about_key=subject_key(booking),
            code=code,
            by=by,
            now=now,
        )
    return message


def _settle_told(agenda: Agenda, *, visit: Visit, schedule_no: int | None = None) -> Message | None:
    """Write down what the contact has heard by now, before the booking is about something else; return the last notice.

    :param visit: what the notices of that schedule spoke of
    :param schedule_no: None: the one before this one
    """
    booking = agenda.booking
    schedule_no = schedule_no or booking.schedule_no - 1
    keys = {key_of(booking, code, schedule_no) for code in NOTICES}
    last = next((message for message in reversed(agenda.said) if message.key in keys), None)
    if last is None:
        return None
    told = booking.told
    if last.status in UNSURE:
        told = None
    elif last.status in HEARD or last.reason_code == Reason.UNCHECKED:  # then somebody told them otherwise
        told = None if last.rule in BAD_NEWS | {RuleCode.REQUESTED} else visit
    if told != booking.told:
        booking.told_service, booking.told_staff, booking.told_starts_at = told or (None, None, None)
        booking.save(update_fields=["told_service", "told_staff", "told_starts_at"])
    return last


def _take_back_ended(agenda: Agenda) -> None:
    agenda.take_back(Reason.BOOKING_ENDED, status=agenda.booking.get_status_display().lower())
