"""What one event makes automation say about a visit: collected in the order in which it is said, planned at once."""

import datetime
import zoneinfo
from functools import cached_property

from accounts.models import User, subject_key
from bookings.messages import calendars, links
from bookings.models import Booking, IntakeRequest, Visit
from careops.core import moments
from messaging.deciding.guards import skip
from messaging.deciding.rulebook import Rulebook
from messaging.locks import locked_with
from messaging.models import Message
from messaging.outbox import planning, revising
from messaging.outbox.planning import Occasion
from messaging.words.reasons import Reason
from messaging.words.rules import RuleCode

SOMEBODY = "A colleague"
Forms = list[IntakeRequest]
WITH_CALENDAR = {
    RuleCode.REQUESTED,
    RuleCode.CONFIRMATION,
    RuleCode.MOVED,
    RuleCode.CANCELLED,
    RuleCode.DECLINED,
}


class Agenda:
    """What there is to say about a booking, under the lock of the conversation.

    Without that lock the worker takes no message, so what the contact has heard so far is settled while it is held.
    Each thing is read once, when somebody first asks for it.

    :param forms: what is missing, the one to link to first; None: nobody has looked yet
    :param is_new: whether the booking was made in this transaction, so that nothing can have been said about it
    """

    def __init__(
        self, booking: Booking, *, forms: Forms | None = None, is_new: bool = False, now: datetime.datetime
    ):
        self.booking, self.now = booking, now
        self.conversation = locked_with(booking.contact_id)
        self.occasions: list[Occasion] = []
        if forms is not None:
            self.forms = forms
        if is_new:
            self.said = []

    @cached_property
    def rulebook(self) -> Rulebook:
        return Rulebook.current()

    @cached_property
    def forms(self) -> Forms:
        return IntakeRequest.objects.missing_for(self.booking)

    @cached_property
    def said(self) -> list[Message]:
        """Every message about the booking so far, the oldest first."""
        return list(Message.objects.filter(about_key=subject_key(self.booking)).order_by("pk"))

    def take_back(self, reason: Reason, *, rules: list[RuleCode] | None = None, **facts: object) -> None:
        """Cancel what is still to be said; ``rules`` None: whatever it is."""
        revising.cancel_planned(self.said, reason=reason, rules=rules, **facts)

    def say(
        self,
        code: RuleCode,
        *,
        visit: Visit | None = None,
        occasion: str | None = None,
        send_at: datetime.datetime | None = None,
        asked_by: User | None = None,
        by_customer: bool = False,
        apart: bool = False,
    ) -> None:
        """Have one message planned.

        :param visit: what it speaks of; None: the visit as it is now
        :param occasion: what tells it from others of the same rule; None: the schedule of the visit
        :param apart: whether it says nothing new where it would leave along with an earlier one of its rule
        """
        visit = visit or self.booking.visit
        self._add(
            code,
            occasion,
            values=self._values(code, visit, by_customer=by_customer),
            send_at=send_at,
            starts_at=visit.starts_at,
            asked_by=asked_by,
            by_customer=by_customer,
            apart=apart,
            calendar=self._calendar if code in WITH_CALENDAR else "",
        )

    def say_with_grace(self, code: RuleCode, *, visit: Visit | None = None) -> None:
        """Say it after the delay of the rule, or at once where the visit would have begun by then."""
        send_at = self.after_delay(code)
        in_time = send_at < (visit or self.booking.visit).starts_at
        self.say(code, visit=visit, send_at=send_at if in_time else None)

    def after_delay(self, code: RuleCode) -> datetime.datetime:
        return self.now + datetime.timedelta(minutes=self.rulebook.rules[code].delay or 0)

    def skip(self, code: RuleCode, reason: Reason, *, occasion: str | None = None, **facts: object) -> None:
        """Leave a row that says why nothing is planned."""
        self._add(code, occasion, refusal=skip(reason, **facts))

    def say_or_not(self, code: RuleCode, *, tell: bool, by: User | None, by_customer: bool = False) -> None:
        """Say it, unless somebody chose not to, of which a row tells."""
        if tell:
            self.say(code, by_customer=by_customer)
        else:
            self.skip(code, Reason.UNCHECKED, who=by or SOMEBODY)

    def settle(self) -> list[Message]:
        """Plan all of it, and return the messages."""
        used: dict[str | None, Message] = {message.key: message for message in self.said}
        return planning.plan(
            self.conversation, self.occasions, rulebook=self.rulebook, used=used, now=self.now
        )

    def _add(self, code: RuleCode, occasion: str | None, **how) -> None:
        booking = self.booking
        self.occasions.append(
            Occasion(
                code=code,
                key=key_of(booking, code, occasion),
                about_key=subject_key(booking),
                about_url=self._url,
                **how,
            )
        )

    @cached_property
    def _url(self) -> str:
        return self.booking.get_absolute_url()

    @cached_property
    def _calendar(self) -> str:
        return calendars.invitation(self.booking, business=self.rulebook.business, now=self.now)

    def _values(self, code: RuleCode, visit: Visit, *, by_customer: bool) -> dict[str, str]:
        rule, zone = self.rulebook.rules[code], self.rulebook.business.zone
        names_form = "form_link" in f"{rule.subject}{rule.body}{rule.sms}"
        forms = self.forms if names_form else []
        return visit_values(self.booking, visit=visit, forms=forms, by_customer=by_customer, zone=zone)


def visit_values(
    booking: Booking,
    *,
    visit: Visit | None = None,
    forms: Forms | None = None,
    by_customer: bool = False,
    zone: zoneinfo.ZoneInfo,
) -> dict[str, str]:
    """What the placeholders about a visit stand for.

    :param visit: None: as it is now
    :param forms: what is missing, the one to link to first; None: nobody has looked yet
    :param by_customer: whether it answers what they have just done
    """
    service, staff, starts_at = visit or booking.visit
    forms = IntakeRequest.objects.missing_for(booking) if forms is None else forms
    when, day, time = times_in_words(starts_at, zone)
    return {
        "service": str(service),
        "staff": str(staff),
        "when": when,
        "day": day,
        "time": time,
        "moved": "you moved your booking" if by_customer else "your booking was moved",
        "visit_link": links.visit_url(booking),
        "form_link": links.form_url(forms[0]) if forms else "",
    }


def times_in_words(starts_at: datetime.datetime, zone: zoneinfo.ZoneInfo) -> tuple[str, str, str]:
    """Day and time, the day, and the time of a visit as messages say them."""
    start = starts_at.astimezone(zone)
    return moments.spelled(start), f"{start:%A %-d %B %Y}", moments.hour(start)


def key_of(booking: Booking, code: RuleCode, occasion: str | int | None = None) -> str:
    """Rule, booking and occasion; None: its schedule."""
    return f"{subject_key(booking)}:{code}:{occasion or booking.schedule_no}"
