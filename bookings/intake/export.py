"""The answers to a form as a table, for spreadsheets."""

import csv
import io
from collections.abc import Iterable

from django.utils import timezone

from bookings.intake import questions
from bookings.models import IntakeForm, IntakeRequest

FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what spreadsheets take for the beginning of a formula


def rows_of(form: IntakeForm, requests: Iterable[IntakeRequest]) -> list[list[str]]:
    """A head, then a row for each of ``requests``; a question has one column, whatever its version."""
    heads: dict[str, str] = {}
    for version in form.versions.order_by("number"):
        heads |= {question.key: question.label for question in questions.read(version.questions)}
    rows = [["Contact", "Email", "Service", "Visit", "Submitted", "Version", *heads.values()]]
    for request in requests:
        beside = questions.beside(questions.read(request.version.questions), request.answers)
        words = {answered.question.key: answered.words for answered in beside}
        visit = request.booking
        fixed = [request.contact.name, request.contact.email, visit.service.name]
        fixed += [_moment(visit.starts_at), _moment(request.submitted_at), str(request.version.number)]
        rows.append([*fixed, *(words.get(key, "") for key in heads)])
    return rows


def as_csv(rows: Iterable[list[str]]) -> str:
    """No cell is a formula, whoever wrote it."""
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return "\ufeff" + text.getvalue()  # without the mark Excel reads umlauts wrong


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _moment(at) -> str:
    return f"{timezone.localtime(at):%Y-%m-%d %H:%M}"
