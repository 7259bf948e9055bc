"""Visits that ask for the same form are asked once: the request of the next visit covers those of later ones."""

import calendar
import datetime
from collections.abc import Collection

from bookings.intake import questions
from bookings.messages.agenda import Agenda
from bookings.messages.planning import plan_form_reminders
from bookings.models import Booking, IntakeFile, IntakeForm, IntakeRequest
from careops.core import locks
from contacts.models import Contact
from messaging.words.reasons import Reason
from messaging.words.rules import RuleCode

Status = IntakeRequest.Status
CARRIED = ["answers", "status", "status_since", "rev"]


def hold(contact: Contact) -> None:
    """Let one transaction at a time decide about what a contact is asked; taken before any request is locked."""
    locks.hold(f"intake {contact.pk}")


def locked_group(*, contact: Contact, form: IntakeForm) -> list[IntakeRequest]:
    """Every request of a form to a contact, which nobody else changes before the transaction ends."""
    return locked_groups(contact=contact, forms=[form])[form.pk]


def locked_groups(*, contact: Contact, forms: Collection[IntakeForm]) -> dict[int, list[IntakeRequest]]:
    """`locked_group` for each of several forms, by primary key of the form."""
    hold(contact)
    asked = IntakeRequest.objects.filter(contact=contact, version__form__in=forms)
    related = asked.select_related("version__form", "contact", "booking__service", "booking__staff")
    groups: dict[int, list[IntakeRequest]] = {form.pk: [] for form in forms}
    for request in related.select_for_update(of=("self",), no_key=True).order_by("pk"):
        groups[request.version.form_id].append(request)
    return groups


def choose(
    *, contact: Contact, form: IntakeForm, besides: Booking | None = None, now: datetime.datetime
) -> None:
    """Choose anew which requests cover which, and ask for what nobody answers along any more.

    :param besides: a booking whose messages the caller plans
    """
    settle_group(locked_group(contact=contact, form=form), form=form, besides=besides, now=now)


def settle_group(
    requests: list[IntakeRequest],
    *,
    form: IntakeForm,
    besides: Booking | None = None,
    now: datetime.datetime,
) -> None:
    """`settle` what `locked_group` has locked."""
    group = {request.pk: request for request in requests}
    chosen: list[IntakeRequest] = []
    unfinished = [request for request in requests if request.is_unfinished]
    for request in sorted(unfinished, key=lambda request: _urgency(request, now)):
        cover = next((first for first in chosen if _covers(first, request, form)), None)
        if cover is None:
            chosen.append(request)
        if request.covered_by_id == (cover.pk if cover else None):
            continue
        before = group.get(request.covered_by_id)
        request.covered_by = cover
        if cover is None and before is not None:
            _carry(before, to=request)
        request.save(update_fields=["covered_by", *CARRIED])
        if cover is not None:
            _carry(request, to=cover)
            cover.save(update_fields=CARRIED)
        if request.booking != besides:
            chase(request.booking, because=Reason.DUPLICATE, rule="request of another visit", now=now)


def _urgency(request: IntakeRequest, now: datetime.datetime) -> tuple:
    booking = request.booking
    lies_ahead = booking.is_under_way and booking.starts_at > now
    return not lies_ahead, booking.starts_at, request.pk


def _covers(first: IntakeRequest, later: IntakeRequest, form: IntakeForm) -> bool:
    if form.valid_months is None:
        return False
    if first.booking.is_unverified and later.rev > 1:  # what was begun there could not be taken along
        return False
    return later.booking.starts_at < months_after(first.booking.starts_at, form.valid_months)


def _carry(begun: IntakeRequest, *, to: IntakeRequest) -> None:
    """Take what was answered so far along to the request that counts from now on, where nothing stands yet."""
    if begun.rev == 1 or to.rev > 1 or to.booking.is_unverified:
        return
    if to.version_id == begun.version_id:
        to.answers = begun.answers
    else:
        to.answers = questions.kept(questions.read(to.version.questions), begun.answers)
    to.status, to.status_since, to.rev = Status.STARTED, begun.status_since, begun.rev + 1
    files = IntakeFile.objects.filter(request=begun)
    files.filter(question__in=to.answers.keys()).update(request=to)


def chase(booking: Booking, *, because: Reason, now: datetime.datetime, **facts: object) -> None:
    """Plan anew how the contact is reminded of what is missing, and nothing where nothing is."""
    agenda = Agenda(booking, now=now)
    agenda.take_back(because, rules=[RuleCode.FORM_REMINDER], **facts)
    if booking.is_under_way and booking.starts_at > now:
        plan_form_reminders(agenda)
        agenda.settle()


def months_after(moment: datetime.datetime, months: int) -> datetime.datetime:
    """The same day and time that many months later, or the last day of the month where it has no such day."""
    years, month = divmod(moment.month - 1 + months, 12)
    year = moment.year + years
    day = min(moment.day, calendar.monthrange(year, month + 1)[1])
    return moment.replace(year=year, month=month + 1, day=day)
