"""What contacts and staff do with the requests for a form: answer, review, waive, ask again."""

import datetime
from typing import Any

from django.db import transaction

from accounts.models import AuditEntry, User, subject_key
from accounts.services import record
from bookings.intake import covering, overdue, states, uploads
from bookings.intake.questions import kept, read
from bookings.intake.uploads import Upload
from bookings.messages import links
from bookings.models import IntakeFile, IntakeRequest, IntakeSubmission
from messaging.outbox import revising
from messaging.words.reasons import Reason

Status, Actor = IntakeRequest.Status, AuditEntry.Actor
MOST_CORRECTIONS = 20  # that a contact sends of one form; each is kept


class IntakeRefused(Exception):
    """The request is not in a state for that."""


class AnsweredMeanwhile(Exception):
    """Another device has saved other answers after the caller looked at them.

    :ivar theirs: the request as it is now
    """

    def __init__(self, theirs: IntakeRequest):
        super().__init__("This form was changed on another device in the meantime.")
        self.theirs = theirs


@transaction.atomic
def note_opened(*, request: IntakeRequest, now: datetime.datetime) -> None:
    """Note that the contact has opened the form; does nothing where more is known already."""
    request = _locked(request)
    if not states.OPEN.refusal(request, actor=Actor.CUSTOMER, now=now):
        _set(request, Status.OPENED, now=now)


@transaction.atomic
def save_answers(
    *,
    request: IntakeRequest,
    answers: dict[str, Any],
    files: list[tuple[str, Upload]] = (),
    without: int | None = None,
    rev: int | None,
    by: User | None,
    now: datetime.datetime,
) -> IntakeRequest:
    """Keep what was filled in so far, to go on later or elsewhere.

    :param answers: as `bookings.intake.questions` describes them, without files
    :param files: to add, each with the key of its question
    :param without: primary key of a file to take away
    :param rev: the one that the caller looked at; None: whatever it is by now
    :param by: None: the contact
    :raises AnsweredMeanwhile: if the answers were saved since, and differ
    :raises IntakeRefused: if the form is not open any more
    """
    request = _locked(request)
    _refuse(states.SAVE, request, by=by, now=now)
    _put(request, answers, _with_files(request, files, without=without), rev=rev)
    if request.is_unfinished and request.status != Status.STARTED:
        _set(request, Status.STARTED, now=now)
    return request


@transaction.atomic
def submit_answers(
    *,
    request: IntakeRequest,
    answers: dict[str, Any],
    files: list[tuple[str, Upload]] = (),
    rev: int | None,
    by: User | None,
    now: datetime.datetime,
) -> IntakeRequest:
    """Take the answers as final; sent again before the visit, they replace the earlier ones, which are kept.

    Parameters and refusals are those of `save_answers`. What it answers for later visits is on file from now on.
    """
    request = _locked(request)
    _refuse(states.SUBMIT, request, by=by, now=now)
    before = request.answers
    if by is None and request.submissions.count() > MOST_CORRECTIONS:
        raise IntakeRefused("This form was corrected very often. Please tell us instead what has changed.")
    _put(request, answers, _with_files(request, files), rev=rev)
    if request.status in IntakeRequest.ANSWERED and request.answers == before:
        return request  # sent twice
    version, given = request.version, request.answers
    IntakeSubmission.objects.create(request=request, version=version, answers=given, at=now, by=by)
    request.submitted_at, request.reviewed_by = now, None
    _set(request, Status.SUBMITTED, now=now, fields=["submitted_at", "reviewed_by"])
    request.covers.unfinished().update(status=Status.SATISFIED, status_since=now)
    _note(request, states.SUBMIT, by=by)
    _over(request, because=Reason.FORM_RECEIVED, why="The form has come in.", now=now)
    return request


@transaction.atomic
def review_answers(*, request: IntakeRequest, by: User, now: datetime.datetime) -> IntakeRequest:
    """Note that somebody has read the answers.

    :raises IntakeRefused: if there is nothing new to read
    """
    request = _locked(request)
    _refuse(states.REVIEW, request, by=by, now=now)
    request.reviewed_by = by
    _set(request, Status.REVIEWED, now=now, fields=["reviewed_by"])
    _note(request, states.REVIEW, by=by)
    return request


@transaction.atomic
def waive_form(*, request: IntakeRequest, reason: str, by: User, now: datetime.datetime) -> IntakeRequest:
    """Do without the form for this visit; another visit that counted on it asks for itself.

    :raises IntakeRefused: if it was answered or is not asked for any more
    """
    request = _locked(request)
    _refuse(states.WAIVE, request, by=by, now=now)
    request.reason, request.covered_by = reason, None
    _set(request, Status.WAIVED, now=now, fields=["reason", "covered_by"])
    _note(request, states.WAIVE, by=by, changes={"reason": ["", reason]})
    covering.choose(contact=request.contact, form=request.version.form, besides=request.booking, now=now)
    _over(request, because=Reason.TAKEN_BACK, why="The form was waived.", who=by, now=now)
    return request


@transaction.atomic
def ask_again(*, request: IntakeRequest, by: User, now: datetime.datetime) -> IntakeRequest:
    """Ask with the newest questions, or after all; answers that still fit them are kept.

    :raises IntakeRefused: if it was answered, or the visit is over or called off
    """
    request = _locked(request)
    _refuse(states.ASK_AGAIN, request, by=by, now=now)
    if not request.booking.is_under_way:
        raise IntakeRefused("That visit is over or called off, so nothing is asked for it.")
    newest = request.version.form.versions.in_use().first()
    if newest != request.version:
        fitting = kept(read(newest.questions), request.answers)
        request.version, request.answers = newest, fitting
        request.rev += 1
    was_waived, request.reason = request.status == Status.WAIVED, ""
    target = Status.PLANNED if was_waived else Status(request.status)
    _set(request, target, now=now, fields=["version", "answers", "reason", "rev"])
    _note(request, states.ASK_AGAIN, by=by)
    covering.choose(contact=request.contact, form=newest.form, besides=request.booking, now=now)
    covering.chase(request.booking, because=Reason.TAKEN_BACK, who=by, now=now)
    return request


@transaction.atomic
def renew_link(*, request: IntakeRequest, by: User, now: datetime.datetime) -> IntakeRequest:
    """Make every link to the form sent so far useless; what still waits to be sent gets the new one.

    :raises IntakeRefused: if the form is not open any more
    """
    request = _locked(request)
    _refuse(states.RENEW, request, by=by, now=now)
    old = links.form_url(request)
    request.link_no += 1
    request.save(update_fields=["link_no"])
    revising.replace_words(
        conversation=request.contact.conversation,
        about_key=subject_key(request.booking),
        old=old,
        new=links.form_url(request),
    )
    _note(request, states.RENEW, by=by)
    return request


def _locked(seen: IntakeRequest) -> IntakeRequest:
    group = covering.locked_group(contact=seen.contact, form=seen.version.form)
    request = next((request for request in group if request.pk == seen.pk), None)
    if request is None:
        raise IntakeRefused("This form is not asked for any more.")
    return request


def _refuse(move: states.Move, request: IntakeRequest, *, by: User | None, now: datetime.datetime) -> None:
    actor = Actor.STAFF if by else Actor.CUSTOMER
    if refusal := move.refusal(request, actor=actor, now=now):
        raise IntakeRefused(refusal)


def _put(request: IntakeRequest, answers: dict[str, Any], files: dict[str, Any], *, rev: int | None) -> None:
    keys = {question.key for question in read(request.version.questions) if question.is_file}
    theirs = {key: answer for key, answer in request.answers.items() if key not in keys}
    if rev not in {None, request.rev} and answers != theirs:
        raise AnsweredMeanwhile(request)
    if answers | files != request.answers:
        request.answers = answers | files
        request.rev += 1
        request.save(update_fields=["answers", "rev"])


def _with_files(
    request: IntakeRequest, files: list[tuple[str, Upload]], *, without: int | None = None
) -> dict[str, list[dict[str, Any]]]:
    """The files that answer questions, with new ones and without one; the same file is kept once."""
    keys = [question.key for question in read(request.version.questions) if question.is_file]
    held = {key: [file for file in request.answers.get(key, []) if file["file"] != without] for key in keys}
    if without is not None and not request.submissions.exists():  # what was submitted once stays on record
        request.files.filter(pk=without).delete()
    there = list(request.files.only("question", "name", "size"))
    for key, upload in files:
        same = (key, upload.name, len(upload.content))
        if any((file.question, file.name, file.size) == same for file in there):
            continue
        if len(there) >= 2 * uploads.MOST_FILES:
            raise IntakeRefused("No more files can be added to this form.")
        file = IntakeFile.objects.create(
            request=request,
            question=key,
            name=upload.name,
            content_type=upload.content_type,
            size=len(upload.content),
            content=upload.content,
        )
        there.append(file)
        held[key].append({"file": file.pk, "name": file.name})
    return {key: entries for key, entries in held.items() if entries}


def _set(request: IntakeRequest, status: Status, *, now: datetime.datetime, fields: list[str] = ()) -> None:
    request.status, request.status_since = status, now
    request.save(update_fields=["status", "status_since", *fields])


def _note(request: IntakeRequest, move: states.Move, *, by: User | None, changes=None) -> None:
    actor = None if by else Actor.CUSTOMER
    record(by=by, action=f"intake.{move.name}", subject=request, changes=changes, actor=actor)


def _over(request: IntakeRequest, *, because: Reason, why: str, now: datetime.datetime, **facts) -> None:
    """Nothing is missing any more: its reminders are taken back, and its alert is over."""
    covering.chase(request.booking, because=because, now=now, **facts)
    overdue.resolve(request, why=why)
