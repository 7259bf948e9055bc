"""What bookings make automation say. Called at the end of the service that caused it, in its transaction.

What a contact hears of a move, of a cancellation, or of the visit being on again depends on what they heard before:
that is settled under the lock of the conversation, without which the worker takes no message.
"""

import datetime

from accounts.models import User, subject_key
from bookings.messages.planning import SOMEBODY, Forms, about, key_of, plan_reminders, say, skip, take_back
from bookings.models import Booking, IntakeRequest, Visit
from messaging.deciding.rulebook import Rulebook
from messaging.locks import locked
from messaging.models import Message
from messaging.outbox import planning
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
    by: User | None,
    now: datetime.datetime,
) -> None:
    """Plan the reminders of a booking that stands, and confirm it; without ``tell`` a row says who chose not to.

    :param forms: what is missing; None: nobody has looked yet
    """
    rulebook = Rulebook.current()
    if booking.starts_at <= now:
        skip(booking, RuleCode.CONFIRMATION, Reason.TOO_LATE, now=now)
        return
    was_asked_for = booking.source == Booking.Source.ONLINE and booking.service.needs_approval
    if tell and was_asked_for:  # perhaps so recently that they have not heard that it came in
        take_back(booking, Reason.DUPLICATE, rules=[RuleCode.REQUESTED], rule="confirmation")
    forms = IntakeRequest.objects.missing_for(booking) if forms is None else forms
    _confirm(booking, rulebook=rulebook, tell=tell, forms=forms, by=by, now=now)
    plan_reminders(booking, rulebook=rulebook, forms=forms, now=now)


def requested(booking: Booking, *, now: datetime.datetime) -> None:
    """Let a customer know that the request came in."""
    say(booking, RuleCode.REQUESTED, rulebook=Rulebook.current(), forms=[], by_customer=True, now=now)


def _confirm(
    booking: Booking,
    *,
    rulebook: Rulebook,
    tell: bool,
    forms: Forms | None = None,
    by: User | None,
    now: datetime.datetime,
) -> None:
    if tell:
        by_customer = booking.source == Booking.Source.ONLINE and by is None
        answer = {"forms": forms, "by_customer": by_customer, "now": now}
        say(booking, RuleCode.CONFIRMATION, rulebook=rulebook, **answer)
    else:
        skip(booking, RuleCode.CONFIRMATION, Reason.UNCHECKED, who=by or SOMEBODY, now=now)


def moved(booking: Booking, *, was: Visit, tell: bool, by: User | None, now: datetime.datetime) -> None:
    """Take back what was planned for the visit as it ``was``, tell the contact the new one, and plan for it.

    The notice waits a little, so that several moves make one; back where the contact believes it to be, there is none.
    A customer who moved it is answered at once.

    :param by: None: the customer
    """
    rulebook = Rulebook.current()
    last = _settle_told(booking, visit=was)
    take_back(booking, Reason.BOOKING_MOVED)
    if booking.is_requested:
        if tell:
            say(booking, RuleCode.REQUESTED, rulebook=rulebook, by_customer=by is None, now=now)
        else:
            skip(booking, RuleCode.REQUESTED, Reason.UNCHECKED, who=by or SOMEBODY, now=now)
        return
    if booking.told == booking.visit:
        skip(booking, RuleCode.MOVED, Reason.MOVED_BACK, now=now)
    elif not tell:
        skip(booking, RuleCode.MOVED, Reason.UNCHECKED, who=by or SOMEBODY, now=now)
    elif by is None:
        say(booking, RuleCode.MOVED, rulebook=rulebook, by_customer=True, now=now)
    elif last and last.rule == RuleCode.CONFIRMATION and last.status in UNSAID:
        say(booking, RuleCode.CONFIRMATION, rulebook=rulebook, now=now)  # nobody knows of an earlier time
    else:
        _say_with_grace(booking, RuleCode.MOVED, rulebook=rulebook, now=now)
    plan_reminders(booking, rulebook=rulebook, now=now)


def cancelled(
    booking: Booking, *, tell: bool, has_begun: bool = False, by: User | None, now: datetime.datetime
) -> None:
    """Take back every plan, and let the contact know that the visit is off, a little later in case it is on again.

    A customer who called it off, or whose request ran out, hears it at once. Without ``tell``, or once the visit has
    begun, only a row says why nobody is told.

    :param has_begun: whether it has, before its time: they were here already
    :param by: None: nobody who works here
    """
    _settle_told(booking, visit=booking.visit, schedule_no=booking.schedule_no)
    _take_back_ended(booking)
    was_request = booking.cancel_cause in {Booking.Cause.DECLINED, Booking.Cause.EXPIRED}
    code = RuleCode.DECLINED if was_request else RuleCode.CANCELLED
    if has_begun or booking.starts_at <= now:
        skip(booking, code, Reason.TOO_LATE, now=now)
    elif not tell:
        skip(booking, code, Reason.UNCHECKED, who=by or SOMEBODY, now=now)
    else:
        believed = booking.told if booking.told and booking.told.starts_at > now else booking.visit
        rulebook = Rulebook.current()
        if by is None:
            by_customer = booking.cancel_cause == Booking.Cause.CUSTOMER
            say(booking, code, rulebook=rulebook, visit=believed, by_customer=by_customer, now=now)
        else:
            _say_with_grace(booking, code, rulebook=rulebook, visit=believed, now=now)


def ended(
    booking: Booking, *, follow_up: RuleCode, tell: bool = True, by: User, now: datetime.datetime
) -> None:
    """Take back what is still planned for a visit that is over, and plan what is said afterwards.

    Without ``tell`` a row says who chose not to.
    """
    rulebook = Rulebook.current()
    _take_back_ended(booking)
    if not tell:
        skip(booking, follow_up, Reason.UNCHECKED, who=by, now=now)
        return
    delay = datetime.timedelta(minutes=rulebook.rules[follow_up].delay or 0)
    say(booking, follow_up, rulebook=rulebook, send_at=now + delay, now=now)


def arrived(booking: Booking, *, now: datetime.datetime) -> None:
    """Remind nobody who is here, and do not miss them either."""
    take_back(booking, Reason.BOOKING_ENDED, rules=[*BEFORE_VISIT, RuleCode.NO_SHOW], status="arrived")


def arrival_undone(booking: Booking, *, now: datetime.datetime) -> None:
    """Plan anew what is said before a visit that is still to come."""
    _settle_told(booking, visit=booking.visit)
    plan_reminders(booking, rulebook=Rulebook.current(), now=now)


def reopened(booking: Booking, *, tell: bool, by: User, now: datetime.datetime) -> None:
    """Take back what followed the end of a visit, and plan anew where it is still to come.

    A contact who has heard nothing of a cancellation hears nothing of its end either.
    """
    rulebook = Rulebook.current()
    _settle_told(booking, visit=booking.visit)
    status = booking.get_status_display().lower()
    take_back(booking, Reason.BOOKING_ENDED, status=f"{status} again")
    if booking.starts_at <= now or not booking.is_confirmed:
        return
    if booking.told is None:
        _confirm(booking, rulebook=rulebook, tell=tell, by=by, now=now)
    elif booking.told != booking.visit:
        _say_with_grace(booking, RuleCode.MOVED, rulebook=rulebook, now=now)
    plan_reminders(booking, rulebook=rulebook, now=now)


def attending(booking: Booking) -> None:
    """Ask no more whether they are coming."""
    take_back(booking, Reason.ATTENDING, rules=[RuleCode.ATTENDANCE])


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
    occasion = f"by-hand:{now.timestamp():.6f}"
    asked = {"occasion": occasion, "forms": [form] if form else None, "asked_by": by, "now": now}
    message = say(booking, code, rulebook=Rulebook.current(), **asked)
    if message.is_pending:
        planning.replace_planned(
            conversation=booking.contact.conversation,
            about_key=subject_key(booking),
            code=code,
            by=by,
            now=now,
        )
    return message


def _settle_told(booking: Booking, *, visit: Visit, schedule_no: int | None = None) -> Message | None:
    """Write down what the contact has heard by now, before the booking is about something else; return the last notice.

    :param visit: what the notices of that schedule spoke of
    :param schedule_no: None: the one before this one
    """
    locked(booking.contact.conversation)
    schedule_no = schedule_no or booking.schedule_no - 1
    keys = [key_of(booking, code, schedule_no) for code in NOTICES]
    last = about(booking).filter(key__in=keys).order_by("-pk").first()
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


def _say_with_grace(
    booking: Booking,
    code: RuleCode,
    *,
    rulebook: Rulebook,
    visit: Visit | None = None,
    now: datetime.datetime,
) -> None:
    """Say it after the delay of the rule, or at once where the visit would have begun by then."""
    send_at = now + datetime.timedelta(minutes=rulebook.rules[code].delay or 0)
    in_time = send_at < (visit or booking.visit).starts_at
    say(booking, code, rulebook=rulebook, visit=visit, send_at=send_at if in_time else None, now=now)


def _take_back_ended(booking: Booking) -> None:
    take_back(booking, Reason.BOOKING_ENDED, status=booking.get_status_display().lower())
