"""The form of a request, as it is filled in: with what stands there, or with what two devices say."""

from typing import Any

from bookings.intake import questions
from bookings.intake.answers_form import AnswersForm
from bookings.models import IntakeRequest


def form_for(asked: IntakeRequest, *args, answers: dict[str, Any] | None = None, **kwargs) -> AnswersForm:
    """The form with what stands there so far.

    :param answers: None: those that are stored
    """
    stored = asked.answers if answers is None else answers
    asking = questions.read(asked.version.questions)
    return AnswersForm(
        *args,
        questions=asking,
        answers=stored,
        files=_files(asking, stored),
        rev=asked.rev,
        use_required_attribute=False,
        **kwargs,
    )


def again(form: AnswersForm, saved: IntakeRequest) -> AnswersForm:
    """A form with errors, up to date with what could be saved of it."""
    form.data = form.data.copy()
    form.data["rev"] = saved.rev
    form.files_there = _files(form.questions, saved.answers)
    return form


def merged(
    form: AnswersForm, mine: dict[str, Any], theirs: IntakeRequest
) -> tuple[AnswersForm, dict[str, str]]:
    """What was typed along with what another device has saved; sent again, it overrules that.

    :param mine: the answers of ``form``
    :returns: the form, and what the other device says where both say something, in words by key
    """
    both = form_for(theirs, answers=theirs.answers | mine)
    for name in form.errors.keys() & both.fields.keys():
        both.initial[name] = form[name].value()
    others = {
        question.key: questions.words(question, theirs.answers[question.key])
        for question in form.questions
        if question.key in mine and theirs.answers.get(question.key) not in (None, mine[question.key])
    }
    return both, others


def _files(asking: list[questions.Question], answers: dict[str, Any]) -> dict[str, list]:
    return {question.key: answers.get(question.key, []) for question in asking if question.is_file}
