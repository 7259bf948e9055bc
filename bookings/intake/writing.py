"""How intake forms are written. Their words are changed in a draft, which is asked of nobody until it is published."""

import datetime
from collections.abc import Iterable
from uuid import UUID

from django.db import transaction
from django.db.models import F

from accounts.models import User
from accounts.services import changed, record, record_each
from bookings.intake import export
from bookings.intake.questions import MOST_QUESTIONS, MOST_TICKS, Kind, Question, new_key, read
from bookings.models import IntakeForm, IntakeRequest, IntakeVersion, Service
from careops.core.once import made_before
from careops.core.versions import refuse_stale


class FormRefused(Exception):
    """The form cannot be changed like that."""


@transaction.atomic
def create_intake_form(
    *,
    name: str,
    valid_months: int | None = None,
    is_active: bool = True,
    services: Iterable[Service] = (),
    by: User | None,
    once: UUID | None = None,
) -> IntakeForm:
    """Begin a form without questions; it is asked of nobody until they are published.

    :param services: the visits before which it is asked
    :param once: the token of the form; used before, the intake form that is there is returned
    :raises SentBefore: if the one that is there says something else
    """
    values = {"name": name, "valid_months": valid_months, "is_active": is_active}
    asked_before = set(services)
    if made := made_before(IntakeForm.objects, once=once, services=asked_before, **values):
        return made
    form = IntakeForm(**values, once=once)
    form.full_clean()
    form.save()
    form.services.set(asked_before)
    IntakeVersion.objects.create(form=form, number=1, by=by)
    record(by=by, action="intake_form.created", subject=form)
    return form


@transaction.atomic
def change_intake_form(
    *,
    form: IntakeForm,
    services: Iterable[Service] | None = None,
    version: int | None = None,
    by: User,
    **values,
) -> IntakeForm:
    """Change what is known about a form besides its words; whom it was asked of already stays asked.

    :param services: None: those that ask for it now
    :param version: the one that the caller looked at; None: whatever it is by now
    :raises ChangedMeanwhile: if somebody else has changed it since
    """
    form = _locked(form)
    chosen = {} if services is None else {"services": set(services)}
    refuse_stale(form, seen=version, values=values | chosen)
    if changes := changed(form, **values):
        form.full_clean()
        form.save(update_fields=[*changes])
    if services is not None:
        before = _names(form.services.all())
        form.services.set(chosen["services"])
        if (after := _names(form.services.all())) != before:
            changes["services"] = [before, after]
    if changes:
        _touch(form)
        record(by=by, action="intake_form.changed", subject=form, changes=changes)
    return form


@transaction.atomic
def change_introduction(*, form: IntakeForm, introduction: str, version: int | None = None, by: User) -> None:
    """Write what stands above the questions, in the draft; as it is already, nothing happens.

    :param version: the one of the form that the caller looked at; None: whatever it is by now
    :raises FormRefused: if somebody else has changed the form since
    """
    form = _locked(form)
    if form.versions.first().introduction == introduction:
        return
    _refuse_unseen(form, seen=version)
    form.versions.filter(pk=_draft(form, by=by).pk).update(introduction=introduction)
    _touch(form)


@transaction.atomic
def save_question(
    *,
    form: IntakeForm,
    key: str | None,
    version: int | None = None,
    once: UUID | None = None,
    by: User,
    **values,
) -> Question:
    """Add a question to the draft, or change one; as it is already, nothing happens.

    :param key: None: a new one, which goes last
    :param once: the token of the form; what was added with it already is changed
    :param version: the one of the form that the caller looked at; None: whatever it is by now
    :param values: fields of `Question`; the kind of one that is there stays as it is
    :raises FormRefused: if somebody else has changed the form since, there are too many, or the question is gone
    """
    form = _locked(form)
    questions = read(form.versions.first().questions)
    new = new_key(once)
    if key is None and all(question.key != new for question in questions):
        questions.append(question := Question(key=new, **values))
    else:
        place = _place(questions, key or new)
        question = Question(**questions[place].as_json() | values | {"kind": questions[place].kind})
        if question == questions[place]:
            return question
        questions[place] = question
    _refuse_unseen(form, seen=version)
    _write(_draft(form, by=by), questions)
    return question


@transaction.atomic
def move_question(*, form: IntakeForm, key: str, up: bool, by: User) -> None:
    """Let a question of the draft change places with its neighbour; the first and the last stay where they are.

    :raises FormRefused: if the question is gone
    """
    draft = _draft(_locked(form), by=by)
    questions = read(draft.questions)
    place = _place(questions, key)
    other = min(max(place + (-1 if up else 1), 0), len(questions) - 1)
    questions[place], questions[other] = questions[other], questions[place]
    _write(draft, questions)


@transaction.atomic
def remove_question(*, form: IntakeForm, key: str, by: User) -> Question:
    """Take a question out of the draft; those who answered it keep it beside their answers.

    :raises FormRefused: if the question is gone
    """
    draft = _draft(_locked(form), by=by)
    questions = read(draft.questions)
    question = questions.pop(_place(questions, key))
    _write(draft, questions)
    return question


@transaction.atomic
def publish_form(*, form: IntakeForm, by: User, now: datetime.datetime) -> IntakeVersion:
    """Ask with the words of the draft from now on; who was asked already keeps the earlier ones.

    :raises FormRefused: if there is no draft, or nothing in it to ask
    """
    form = _locked(form)
    draft = form.versions.filter(published_at=None).first()
    if draft is None:
        raise FormRefused("There are no changes to publish.")
    if not draft.questions:
        raise FormRefused("Add a question first: a form without one asks nothing.")
    draft.published_at, draft.by = now, by
    draft.save(update_fields=["published_at", "by"])
    _touch(form)
    record(by=by, action="intake_form.published", subject=form, changes={"version": [None, draft.number]})
    return draft


@transaction.atomic
def discard_draft(*, form: IntakeForm, by: User) -> None:
    """Drop the changes since the form was published.

    :raises FormRefused: if there are none, or it never was
    """
    form = _locked(form)
    if not form.versions.in_use().exists():
        raise FormRefused("This form has never been published, so there is nothing to go back to.")
    if not form.versions.filter(published_at=None).delete()[0]:
        raise FormRefused("There are no changes to drop.")
    _touch(form)
    record(by=by, action="intake_form.draft_dropped", subject=form)


@transaction.atomic
def export_answers(*, form: IntakeForm, by: User) -> list[list[str]]:
    """Hand out every answer to a form as a table; who did so is written down, also of each who answered."""
    answered = IntakeRequest.objects.filter(version__form=form, status__in=IntakeRequest.ANSWERED)
    requests = [*answered.for_list().order_by("submitted_at", "pk")]
    record(by=by, action="intake_form.exported", subject=form, changes={"answers": [None, len(requests)]})
    record_each(by=by, action="intake.exported", subjects=requests)
    return export.rows_of(form, requests)


def _locked(form: IntakeForm) -> IntakeForm:
    return IntakeForm.objects.select_for_update(no_key=True).get(pk=form.pk)


def _refuse_unseen(form: IntakeForm, *, seen: int | None) -> None:
    if seen not in {None, form.version}:
        raise FormRefused("Somebody else has changed this form in the meantime. Check, then save again.")


def _draft(form: IntakeForm, *, by: User) -> IntakeVersion:
    """The draft, made from the newest words where there is none."""
    if draft := form.versions.filter(published_at=None).first():
        return draft
    newest = form.versions.in_use().first()
    return IntakeVersion.objects.create(
        form=form,
        number=newest.number + 1,
        introduction=newest.introduction,
        questions=newest.questions,
        by=by,
    )


def _place(questions: list[Question], key: str) -> int:
    for place, question in enumerate(questions):
        if question.key == key:
            return place
    raise FormRefused("Somebody else has removed that question.")


def _write(draft: IntakeVersion, questions: list[Question]) -> None:
    if len(questions) > MOST_QUESTIONS:
        raise FormRefused(f"A form has at most {MOST_QUESTIONS} questions.")
    if sum(len(question.options) for question in questions if question.kind == Kind.SEVERAL) > MOST_TICKS:
        raise FormRefused(f"All questions together can have at most {MOST_TICKS} boxes to tick.")
    draft.questions = [question.as_json() for question in questions]
    draft.save(update_fields=["questions"])
    _touch(draft.form)


def _touch(form: IntakeForm) -> None:
    IntakeForm.objects.filter(pk=form.pk).update(version=F("version") + 1)


def _names(services: Iterable[Service]) -> str:
    return ", ".join(sorted(service.name for service in services)) or "none"
