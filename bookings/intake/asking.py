"""What the life of a booking means for its intake forms. Called by the services of bookings, in their transaction."""

import datetime

from django.db.models import Exists, OuterRef

from bookings.intake import covering, questions
from bookings.models import Booking, BookingQuerySet, IntakeForm, IntakeRequest, IntakeSubmission, Visit
from bookings.models.intake import DUE_BEFORE, DUE_WITHIN

Status = IntakeRequest.Status


def ask(booking: Booking, *, now: datetime.datetime) -> None:
    """Ask for every form of the service, unless its answer is on file; what was withdrawn is asked for again."""
    forms = list(booking.service.intake_forms.active().order_by("pk"))
    known = {request.version.form_id: request for request in _locked(booking)} if forms else {}
    for form in forms:
        request = known.get(form.pk)
        if request is None:
            request = _new(booking, form, now=now)
        elif request.status != Status.WITHDRAWN:
            continue
        if request is not None:
            _decide(request, form, booking=booking, now=now)
            covering.choose(contact=booking.contact, form=form, besides=booking, now=now)


def moved(booking: Booking, *, was: Visit, now: datetime.datetime) -> None:
    """Let what is due follow the visit; another service asks for other forms."""
    if booking.service != was.service:
        wanted = IntakeForm.objects.filter(services=booking.service)
        _withdraw(booking, booking.intake_requests.exclude(version__form__in=wanted), "Another service.", now)
        if not booking.is_requested:  # then they are asked once it is confirmed
            ask(booking, now=now)
    movable = [*IntakeRequest.UNFINISHED, Status.SATISFIED]
    for request in [request for request in _locked(booking) if request.status in movable]:
        _decide(request, request.version.form, booking=booking, now=now)
        covering.choose(contact=booking.contact, form=request.version.form, besides=booking, now=now)


def withdraw(booking: Booking, *, now: datetime.datetime) -> None:
    """Ask no more: the visit is called off. What it asked for another visit as well is asked there."""
    _withdraw(booking, booking.intake_requests.all(), "The visit was called off.", now)


def with_missing_forms(bookings: BookingQuerySet) -> BookingQuerySet:
    """Each with ``misses_form``: whether the contact was asked for something that is not here yet."""
    requests = IntakeRequest.objects.missing()
    return bookings.annotate(misses_form=Exists(requests.filter(booking=OuterRef("pk"))))


def _withdraw(booking: Booking, requests, why: str, now: datetime.datetime) -> None:
    open_now = [request.pk for request in _locked(booking) if request.is_unfinished]
    gone = requests.filter(pk__in=open_now)
    gone.update(status=Status.WITHDRAWN, status_since=now, reason=why, covered_by=None)
    for request in gone.select_related("version__form").order_by("pk"):
        covering.choose(contact=booking.contact, form=request.version.form, besides=booking, now=now)


def _locked(booking: Booking) -> list[IntakeRequest]:
    """What was asked for the visit; what nobody was asked for takes no lock."""
    requests = IntakeRequest.objects.filter(booking=booking).select_related("version__form")
    if not requests.exists():
        return []
    covering.hold(booking.contact)
    return list(requests.select_for_update(of=("self",), no_key=True).order_by("pk"))


def _new(booking: Booking, form: IntakeForm, *, now: datetime.datetime) -> IntakeRequest | None:
    """A request with the newest words, unsaved; None: there are no words.

    Earlier answers stand there to be checked, unless a stranger could read them.
    """
    version = form.versions.in_use().first()
    if version is None:
        return None
    given = None
    if not covering.is_unverified(booking):
        given = IntakeSubmission.objects.filter(request__contact=booking.contact, version__form=form).first()
    earlier = questions.kept(questions.read(version.questions), given.answers) if given else {}
    return IntakeRequest(
        booking=booking, contact=booking.contact, version=version, answers=earlier, created_at=now
    )


def _decide(request: IntakeRequest, form: IntakeForm, *, booking: Booking, now: datetime.datetime) -> None:
    """Save a request as what it is from now on: on file, or to be answered by its time."""
    valid = _on_file(booking, form)
    was_open = request.pk is not None and request.is_unfinished
    status = Status.SATISFIED if valid else request.status if was_open else Status.PLANNED
    if request.pk is None or status != request.status:
        request.status, request.status_since, request.reason = status, now, ""
    if valid or not was_open:
        request.covered_by = valid
    request.due_at = due_at(booking, now=now)
    request.save()


def _on_file(booking: Booking, form: IntakeForm) -> IntakeRequest | None:
    """The answer given for another visit that still stands at this one."""
    if form.valid_months is None:
        return None
    answered = IntakeRequest.objects.filter(
        contact=booking.contact, version__form=form, status__in=IntakeRequest.ANSWERED
    )
    newest = answered.exclude(booking=booking).order_by("-submitted_at", "-pk").first()
    if newest is None:
        return None
    stands_until = covering.months_after(newest.submitted_at, form.valid_months)
    return newest if booking.starts_at < stands_until else None


def due_at(booking: Booking, *, now: datetime.datetime) -> datetime.datetime:
    due = booking.starts_at - DUE_BEFORE
    return due if now < due else now + DUE_WITHIN
