"""Shorthand for the tests of intake forms: a form with a question or two, asked before a visit at START."""

from bookings.intake import answering
from bookings.intake.questions import Question
from bookings.models import Booking, IntakeFile, IntakeForm, IntakeRequest, IntakeVersion
from bookings.tests.acts import NOW, book
from bookings.tests.factories import ServiceFactory

NAME = Question("name", "text", "What shall we call you?", required=True)
PAIN = Question("pain", "yes_no", "Are you in pain?")


def make_form(*questions, service=None, name="Health", valid_months=None) -> IntakeForm:
    """A published form; without questions it asks for NAME and PAIN."""
    form = IntakeForm.objects.create(name=name, valid_months=valid_months)
    asked = [question.as_json() for question in questions or (NAME, PAIN)]
    IntakeVersion.objects.create(form=form, number=1, questions=asked, published_at=NOW)
    if service:
        service.intake_forms.add(form)
    return form


def with_form(*questions, valid_months=None, **values):
    """A booking whose service asks for a form."""
    service = ServiceFactory()
    make_form(*questions, service=service, name=f"Health {service.pk}", valid_months=valid_months)
    return book(service=service, **values)


def asked_of(booking) -> IntakeRequest:
    return IntakeRequest.objects.for_list().get(booking=booking)


def submit(booking, *, now=NOW, by=None, rev=None, **answers) -> IntakeRequest:
    request = asked_of(booking)
    return answering.submit_answers(
        request=request, answers=answers or {"name": "Ada"}, rev=rev, by=by, now=now
    )


def ask(booking: Booking) -> IntakeRequest:
    """Ask for a form, and have a file there, with as few statements as can be."""
    request = IntakeRequest.objects.create(
        booking=booking,
        contact=booking.contact,
        version=make_form().versions.get(),
        due_at=booking.starts_at,
    )
    IntakeFile.objects.create(
        request=request,
        question="letter",
        name="letter.pdf",
        content_type="application/pdf",
        size=8,
        content=b"%PDF-1.7",
    )
    return request
