"""The form that a contact fills in, made from the questions of a version."""

import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.dateparse import parse_date
from django.utils.html import escape

from bookings.intake import uploads
from bookings.intake.questions import WORDINGS, Kind, Question
from careops.core.arrived import ArrivedMixin
from careops.core.century import LAST_DAY
from careops.core.unseen import VisibleField, VisibleMixin

FIRST_DAY = datetime.date(1900, 1, 1)  # as answers are dates of birth
CENTURIES = f"Choose a date between {FIRST_DAY.year} and {LAST_DAY.year}."
FEW = 7  # options that are shown at once
PREFIX = "q_"


class VisibleDecimalField(VisibleMixin, forms.DecimalField):
    pass


class FilesInput(forms.FileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files, each of an accepted type and size, as a list of `uploads.Upload`."""

    widget = FilesInput

    def clean(self, data, initial=None):
        files = [super(FilesField, self).clean(file, None) for file in data or []]
        return [_upload(file) for file in files]


def _upload(file) -> uploads.Upload:
    name = uploads.safe_name(file.name, "application/pdf").removesuffix(".pdf")
    if file.size > uploads.LARGEST:
        raise ValidationError(f"“{name}” is larger than 5 MB. Send a smaller copy.")
    content = file.read()
    media_type = uploads.type_of(content[:32])
    if media_type is None:
        raise ValidationError(f"“{name}” cannot be taken. Send it as {uploads.ACCEPTED}.")
    return uploads.Upload(uploads.safe_name(file.name, media_type), media_type, content)


class AnswersForm(ArrivedMixin, forms.Form):
    """What a contact answers, question by question.

    :param answers: what stands there already, as `bookings.intake.questions` describes it
    :param files: what has been uploaded already, by key of the question
    :param final: whether everything that is required must be there; else what can be read is kept
    """

    rev = forms.IntegerField(required=False, min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(
        self,
        *args,
        questions: list[Question],
        answers: dict[str, Any],
        files: dict[str, list],
        final: bool = True,
        rev: int = 1,
        **kwargs,
    ):
        initial = {
            PREFIX + question.key: _initial(question, answers.get(question.key)) for question in questions
        }
        super().__init__(*args, initial=initial | {"rev": rev}, **kwargs)
        self.questions, self.stored, self.files_there, self.final = questions, answers, files, final
        for question in questions:
            self.fields[PREFIX + question.key] = FIELDS[question.kind](question)
        if self.is_bound and not final:
            for name in self.fields:
                self.fields[name].required = False

    def clean(self):
        super().clean()
        for question in self.questions:
            name = PREFIX + question.key
            if question.is_file and name in self.cleaned_data:
                self._check_files(question, name)
        return self.cleaned_data

    def _check_files(self, question: Question, name: str) -> None:
        there = self.files_there.get(question.key, [])
        if self.final and question.required and not there and not self.cleaned_data[name]:
            self.add_error(name, "Add a file.")
        total = sum(len(files) for files in self.files_there.values()) + len(self.uploads)
        if self.cleaned_data.get(name) and total > uploads.MOST_FILES:
            self.add_error(name, f"At most {uploads.MOST_FILES} files can be sent with a form.")

    @property
    def uploads(self) -> list[tuple[str, uploads.Upload]]:
        """New files, each with the key of its question."""
        keys = [question.key for question in self.questions if question.is_file]
        return [(key, upload) for key in keys for upload in self.cleaned_data.get(PREFIX + key) or []]

    def answers(self, *, now: datetime.datetime) -> dict[str, Any]:
        """What was answered, as it is stored, without files. What cannot be read stays as it was before."""
        answers = {}
        for question in self.questions:
            if PREFIX + question.key in self.errors and question.key in self.stored and not question.is_file:
                answers[question.key] = self.stored[question.key]
            value = self.cleaned_data.get(PREFIX + question.key)
            if not question.is_file and is_given(value):
                answers[question.key] = _stored(question, value, self.stored.get(question.key), now=now)
        return answers

    def rows(self, others: dict[str, str] | None = None):
        """Each question with its field, the files that are there, and what another device says instead."""
        for question in self.questions:
            yield {
                "question": question,
                "field": self[PREFIX + question.key],
                "files": self.files_there.get(question.key, []),
                "others": (others or {}).get(question.key),
            }


def is_given(value: Any) -> bool:
    """Whether a cleaned value answers anything: a number does, zero as well; a box that is not ticked does not."""
    return value is not False and value not in (None, "", [])


def _initial(question: Question, answer: Any) -> Any:
    if answer is None:
        return None
    match question.kind:
        case Kind.YES_NO:
            return "yes" if answer else "no"
        case Kind.DATE:
            return parse_date(answer)
        case Kind.CONSENT:
            return True
        case Kind.SIGNATURE:
            return answer["name"]
    return answer


def _stored(question: Question, value: Any, before: Any, *, now: datetime.datetime) -> Any:
    match question.kind:
        case Kind.YES_NO:
            return value == "yes"
        case Kind.DATE:
            return value.isoformat()
        case Kind.NUMBER:
            return f"{value:f}"
        case Kind.CONSENT:
            return before or {"at": now.isoformat()}
        case Kind.SIGNATURE:
            is_same = before and before["name"] == value
            return before if is_same else {"name": value, "at": now.isoformat()}
    return value


def _said(question: Question, **attrs: str) -> dict[str, Any]:
    """What every field has in common. Crispy prints help as it is, so it is escaped here."""
    about = {"aria-describedby": f"wording_{question.key}"} if question.kind in WORDINGS else {}
    return {
        "label": question.label,
        "help_text": escape(question.help),
        "required": question.required,
        "error_messages": {"required": "Please answer this."},
        **({"widget": attrs.pop("widget")(attrs=attrs | about)} if "widget" in attrs else {}),
    }


def _text(question: Question) -> forms.Field:
    return VisibleField(max_length=200, **_said(question))


def _long(question: Question) -> forms.Field:
    return forms.CharField(max_length=4000, **_said(question, widget=forms.Textarea, rows="4"))


def _choice(question: Question) -> forms.Field:
    options = [(option, option) for option in question.options]
    if len(options) <= FEW:
        return forms.ChoiceField(choices=options, **_said(question, widget=forms.RadioSelect))
    return forms.ChoiceField(choices=[("", "Choose one"), *options], **_said(question))


def _several(question: Question) -> forms.Field:
    options = [(option, option) for option in question.options]
    return forms.MultipleChoiceField(choices=options, **_said(question, widget=forms.CheckboxSelectMultiple))


def _date(question: Question) -> forms.Field:
    bounds = {"type": "date", "min": FIRST_DAY.isoformat(), "max": LAST_DAY.isoformat()}
    field = forms.DateField(
        validators=[MinValueValidator(FIRST_DAY, CENTURIES), MaxValueValidator(LAST_DAY, CENTURIES)],
        **_said(question, widget=forms.DateInput, **bounds),
    )
    field.widget.format = "%Y-%m-%d"
    return field


def _number(question: Question) -> forms.Field:
    said = _said(question, widget=forms.TextInput, inputmode="decimal")
    return VisibleDecimalField(max_digits=12, decimal_places=4, **said)


def _yes_no(question: Question) -> forms.Field:
    said = _said(question, widget=forms.RadioSelect)
    return forms.ChoiceField(choices=[("yes", "Yes"), ("no", "No")], **said)


def _file(question: Question) -> forms.Field:
    said = _said(question, widget=FilesInput, accept=uploads.ACCEPT)
    said["help_text"] = said["help_text"] or f"{uploads.ACCEPTED}, up to 5 MB each."
    return FilesField(max_length=400, **said | {"required": False})


def _consent(question: Question) -> forms.Field:
    return forms.BooleanField(**_said(question, widget=forms.CheckboxInput))


def _signature(question: Question) -> forms.Field:
    said = _said(question, widget=forms.TextInput, autocomplete="name")
    said["help_text"] = said["help_text"] or "Type your full name to sign."
    return VisibleField(max_length=120, **said)


FIELDS = {
    Kind.TEXT: _text,
    Kind.LONG: _long,
    Kind.CHOICE: _choice,
    Kind.SEVERAL: _several,
    Kind.DATE: _date,
    Kind.NUMBER: _number,
    Kind.YES_NO: _yes_no,
    Kind.FILE: _file,
    Kind.CONSENT: _consent,
    Kind.SIGNATURE: _signature,
}
