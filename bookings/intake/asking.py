"""What the life of a booking means for its intake forms. Called by the services of bookings, in their transaction."""

import datetime
from collections.abc import Callable, Collection

from django.db.models import Exists, OuterRef

from bookings.intake import covering, questions
from bookings.models import (
    Booking,
    BookingQuerySet,
    IntakeForm,
    IntakeRequest,
    IntakeSubmission,
    IntakeVersion,
    Visit,
)
from bookings.models.intake import DUE_BEFORE, DUE_WITHIN

Status = IntakeRequest.Status
MOVABLE = [*IntakeRequest.UNFINISHED, Status.SATISFIED]
DECIDED = ["status", "status_since", "reason", "covered_by", "due_at"]
BATCH = 500  # rows that one statement changes
Groups = dict[int, list[IntakeRequest]]  # every request of a form to the contact, by primary key of the form


def ask(booking: Booking, *, now: datetime.datetime) -> list[IntakeRequest]:
    """Ask for every form of the service, unless its answer is on file; what was withdrawn is asked for again.

    :returns: what is asked for now and is not here, the most urgent first
    """
    versions = _newest_versions(booking)
    if not versions:
        return []
    groups = covering.locked_groups(contact=booking.contact, forms=[version.form for version in versions])
    known = {request.version.form_id: request for request in _of(booking, groups)}
    new = _new([version for version in versions if version.form_id not in known], booking, now=now)
    again = [request for request in known.values() if request.status == Status.WITHDRAWN]
    for request in [*new, *again]:
        _decide(request, groups, booking=booking, now=now)
    IntakeRequest.objects.bulk_create(new)
    IntakeRequest.objects.bulk_update(again, DECIDED)
    for request in new:
        groups[request.version.form_id].append(request)
    _settle(booking, [*new, *again], groups, now=now)
    return _missing([*new, *again])


def moved(booking: Booking, *, was: Visit, now: datetime.datetime) -> list[IntakeRequest]:
    """Let what is due follow the visit; another service asks for other forms.

    :returns: what is asked for and is not here, the most urgent first
    """
    if booking.service != was.service:
        wanted = booking.service.intake_forms.values_list("pk", flat=True)
        _withdraw(booking, "Another service.", but=set(wanted), now=now)
        if not booking.is_requested:  # then they are asked once it is confirmed
            ask(booking, now=now)
    groups = _locked(booking)
    movable = [request for request in _of(booking, groups) if request.status in MOVABLE]
    for request in movable:
        _decide(request, groups, booking=booking, now=now)
    IntakeRequest.objects.bulk_update(movable, DECIDED)
    _settle(booking, movable, groups, now=now)
    return _missing(movable)


def move_due(bookings: Collection[Booking], moved: Callable[[datetime.datetime], datetime.datetime]) -> None:
    """Let what is asked for be due at other moments, along with the visits; ``moved`` says at which."""
    asked = list(IntakeRequest.objects.unfinished().filter(booking__in=bookings).order_by("pk"))
    for request in asked:
        request.due_at = moved(request.due_at)
    IntakeRequest.objects.bulk_update(asked, ["due_at"], batch_size=BATCH)


def _missing(requests: list[IntakeRequest]) -> list[IntakeRequest]:
    missing = [request for request in requests if request.is_unfinished and not request.covered_by_id]
    return sorted(missing, key=lambda request: (request.due_at, request.pk))


def withdraw(booking: Booking, *, now: datetime.datetime) -> None:
    """Ask no more: the visit is called off. What it asked for another visit as well is asked there."""
    _withdraw(booking, "The visit was called off.", now=now)


def with_missing_forms(bookings: BookingQuerySet) -> BookingQuerySet:
    """Each with ``misses_form``: whether the contact was asked for something that is not here yet."""
    requests = IntakeRequest.objects.missing()
    return bookings.annotate(misses_form=Exists(requests.filter(booking=OuterRef("pk"))))


def _withdraw(booking: Booking, why: str, *, but: Collection[int] = (), now: datetime.datetime) -> None:
    """:param but: primary keys of the forms that are asked for still"""
    groups = _locked(booking)
    gone = [
        request
        for request in _of(booking, groups)
        if request.is_unfinished and request.version.form_id not in but
    ]
    for request in gone:
        request.status, request.status_since = Status.WITHDRAWN, now
        request.reason, request.covered_by = why, None
    IntakeRequest.objects.bulk_update(gone, DECIDED)
    _settle(booking, gone, groups, now=now)


def _settle(
    booking: Booking, requests: list[IntakeRequest], groups: Groups, *, now: datetime.datetime
) -> None:
    for form in sorted({request.version.form for request in requests}, key=lambda form: form.pk):
        covering.settle_group(groups[form.pk], form=form, besides=booking, now=now)


def _locked(booking: Booking) -> Groups:
    """The groups of what was asked for the visit; what nobody was asked for takes no lock."""
    forms = IntakeForm.objects.filter(versions__requests__booking=booking).distinct()
    asked = list(forms.order_by("pk"))
    return covering.locked_groups(contact=booking.contact, forms=asked) if asked else {}


def _of(booking: Booking, groups: Groups) -> list[IntakeRequest]:
    mine = [request for group in groups.values() for request in group if request.booking_id == booking.pk]
    return sorted(mine, key=lambda request: request.pk)


def _newest_versions(booking: Booking) -> list[IntakeVersion]:
    """The words in which the service asks, form by form; a form that has none yet is not asked for."""
    asked = IntakeVersion.objects.in_use().filter(form__services=booking.service, form__is_active=True)
    newest = asked.order_by("form", "-number").distinct("form")
    return list(newest.select_related("form"))


def _new(versions: list[IntakeVersion], booking: Booking, *, now: datetime.datetime) -> list[IntakeRequest]:
    """Requests with these words, unsaved.

    Earlier answers stand there to be checked, unless a stranger could read them.
    """
    given: dict[int, IntakeSubmission] = {}
    if versions and not booking.is_unverified:
        forms = [version.form_id for version in versions]
        said = IntakeSubmission.objects.filter(request__contact=booking.contact, version__form__in=forms)
        newest = said.order_by("version__form", "-pk").distinct("version__form").select_related("version")
        given = {submission.version.form_id: submission for submission in newest}
    return [
        IntakeRequest(
            booking=booking,
            contact=booking.contact,
            version=version,
            answers=questions.kept(questions.read(version.questions), given[version.form_id].answers)
            if version.form_id in given
            else {},
            created_at=now,
        )
        for version in versions
    ]


def _decide(request: IntakeRequest, groups: Groups, *, booking: Booking, now: datetime.datetime) -> None:
    """Let a request be what it is from now on: on file, or to be answered by its time. Saves nothing."""
    valid = _on_file(booking, request.version.form, groups)
    was_open = request.pk is not None and request.is_unfinished
    status = Status.SATISFIED if valid else request.status if was_open else Status.PLANNED
    if request.pk is None or status != request.status:
        request.status, request.status_since, request.reason = status, now, ""
    if valid or not was_open:
        request.covered_by = valid
    request.due_at = due_at(booking, now=now)


def _on_file(booking: Booking, form: IntakeForm, groups: Groups) -> IntakeRequest | None:
    """The answer given for another visit that still stands at this one."""
    if form.valid_months is None:
        return None
    answered = [
        request
        for request in groups[form.pk]
        if request.status in IntakeRequest.ANSWERED and request.booking_id != booking.pk
    ]
    if not answered:
        return None
    newest = max(answered, key=lambda request: (request.submitted_at, request.pk))
    stands_until = covering.months_after(newest.submitted_at, form.valid_months)
    return newest if booking.starts_at < stands_until else None


def due_at(booking: Booking, *, now: datetime.datetime) -> datetime.datetime:
    due = booking.starts_at - DUE_BEFORE
    return due if now < due else now + DUE_WITHIN
