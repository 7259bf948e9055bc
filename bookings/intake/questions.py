"""The questions of an intake form: their kinds, what each one holds, and how an answer reads beside it.

A question is stored as a dict with the fields of `Question`, an answer as JSON under the key of its question: text,
choice, number and date (ISO) as a string, several as a list of strings, yes/no as a boolean, a consent as
``{"at": ISO}``, a signature as ``{"name": …, "at": ISO}``, files as a list of ``{"file": pk, "name": …}``. What was
left empty has no key.
"""

import datetime
import secrets
from dataclasses import asdict, dataclass, field
from typing import Any
from uuid import UUID

from django.db import models
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime

from careops.core import moments

MOST_QUESTIONS = 40
MOST_OPTIONS = 20
MOST_TICKS = 120  # options of all questions that take several, since a page sends at most 200 fields


class Kind(models.TextChoices):
    TEXT = "text", "Short text"
    LONG = "long", "Long text"
    CHOICE = "choice", "One of several"
    SEVERAL = "several", "Any of several"
    DATE = "date", "Date"
    NUMBER = "number", "Number"
    YES_NO = "yes_no", "Yes or no"
    FILE = "file", "File"
    CONSENT = "consent", "Consent"
    SIGNATURE = "signature", "Signature"


OPTIONS = {Kind.CHOICE, Kind.SEVERAL}  # choose among options
WORDINGS = {Kind.CONSENT, Kind.SIGNATURE}  # are given to an exact wording, each time anew
KEPT = set(Kind) - WORDINGS - {Kind.FILE}  # an earlier answer can stand there to be checked


@dataclass(frozen=True)
class Question:
    """One question as it is asked.

    :param key: stays when the words change, so that an answer can be taken along; its kind never changes
    :param wording: what a consent or a signature is given to, word for word
    """

    key: str
    kind: str
    label: str
    help: str = ""
    required: bool = False
    options: list[str] = field(default_factory=list)
    wording: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def kind_label(self) -> str:
        return Kind(self.kind).label

    @property
    def is_file(self) -> bool:
        return self.kind == Kind.FILE


@dataclass(frozen=True)
class Answered:
    """A question with what was answered; ``words`` is empty where nothing was."""

    question: Question
    words: str
    files: list[dict[str, Any]]
    given_at: datetime.datetime | None = None


def new_key(once: UUID | None = None) -> str:
    """:param once: the token of the form that adds a question, which has the same key each time; None: there is none"""
    return once.hex[:8] if once else secrets.token_hex(4)


def read(rows: list[dict[str, Any]]) -> list[Question]:
    """The questions of a version."""
    return [Question(**row) for row in rows]


def beside(questions: list[Question], answers: dict[str, Any]) -> list[Answered]:
    """Every question in order, each with its answer in words."""
    return [_answered(question, answers.get(question.key)) for question in questions]


def _answered(question: Question, answer: Any) -> Answered:
    if answer is None:
        return Answered(question, "", [])
    if question.is_file:
        return Answered(question, ", ".join(file["name"] for file in answer), answer)
    given_at = parse_datetime(answer["at"]) if question.kind in WORDINGS else None
    return Answered(question, words(question, answer), [], given_at)


def words(question: Question, answer: Any) -> str:
    """An answer that is no file as one text."""
    match question.kind:
        case Kind.SEVERAL:
            return ", ".join(answer)
        case Kind.DATE:
            return f"{parse_date(answer):%-d %B %Y}"
        case Kind.YES_NO:
            return "Yes" if answer else "No"
        case Kind.CONSENT:
            return f"Agreed, {_moment(answer)}"
        case Kind.SIGNATURE:
            return f"Signed as {answer['name']}, {_moment(answer)}"
    return str(answer)


def _moment(answer: dict[str, str]) -> str:
    at = timezone.localtime(parse_datetime(answer["at"]))
    return f"{at:%-d %B %Y}, {moments.hour(at)}"


def kept(questions: list[Question], answers: dict[str, Any]) -> dict[str, Any]:
    """Those of earlier ``answers`` that still fit the questions, to be checked and corrected.

    Consents, signatures and files are given anew.
    """
    fitting = {}
    for question in questions:
        answer = answers.get(question.key)
        if answer is None or question.kind not in KEPT:
            continue
        if question.kind in OPTIONS:
            chosen = [option for option in _as_list(answer) if option in question.options]
            answer = chosen if question.kind == Kind.SEVERAL else next(iter(chosen), None)
        if answer not in (None, []):
            fitting[question.key] = answer
    return fitting


def _as_list(answer: Any) -> list[Any]:
    return answer if isinstance(answer, list) else [answer]
