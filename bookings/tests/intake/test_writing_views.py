"""The pages on which staff write forms and see to requests."""

import datetime

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from bookings.intake import answering
from bookings.intake.questions import Kind, Question
from bookings.intake.uploads import Upload
from bookings.models import IntakeForm, IntakeRequest, IntakeVersion
from bookings.tests.factories import TERMS, BookedFactory, ServiceFactory
from bookings.tests.intake_desk import NAME, PAIN, asked_of, make_form
from messaging.models import Message

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 20, 9, 0, tzinfo=datetime.UTC)
FILE = Question("letter", "file", "Letter")
PDF = Upload("letter.pdf", "application/pdf", b"%PDF-1.7 hello")


def url(name, *args):
    return reverse(f"bookings:{name}", args=args)


def fresh(asked) -> IntakeRequest:
    return IntakeRequest.objects.for_list().get(pk=asked.pk)


@pytest.fixture
def asked():
    service = ServiceFactory()
    make_form(NAME, PAIN, FILE, service=service)
    return asked_of(BookedFactory(service=service))


def submitted(asked, name="Ada"):
    return answering.submit_answers(
        request=asked,
        answers={"name": name},
        files=[("letter", PDF)],
        rev=None,
        by=None,
        now=timezone.now(),
    )


# Writing


def test_a_form_is_written_and_published(as_admin):
    service = ServiceFactory(name="Massage")
    as_admin.post(
        url("intake_form_create"), {"name": " Health  check ", "services": [service.pk], "is_active": "on"}
    )
    form = IntakeForm.objects.get()
    assert (form.name, [*form.services.all()]) == ("Health check", [service])

    for kind in Kind:
        sent = {
            "label": f"A {kind.label}",
            "wording": "I agree.",
            "options": "Left\nRight\nLeft",
            "required": "on",
        }
        assert as_admin.get(url("intake_question_create", form.pk, kind)).status_code == 200
        assert as_admin.post(url("intake_question_create", form.pk, kind), sent).status_code == 302
    as_admin.post(url("intake_introduction", form.pk), {"introduction": "Hello."})
    draft = form.versions.get()
    assert [question["kind"] for question in draft.questions] == [*Kind.values]
    assert draft.questions[2]["options"] == ["Left", "Right"]
    assert not BookedFactory(service=service).intake_requests.exists()
    as_admin.post(url("intake_publish", form.pk))

    for name in ("intake_form", "intake_preview", "intake_paper"):
        assert as_admin.get(url(name, form.pk)).status_code == 200
    assert asked_of(BookedFactory(service=service)).version == draft


def test_changes_go_into_a_draft_and_who_was_asked_keeps_the_words(asked, as_admin):
    form = asked.version.form
    key = "pain"

    as_admin.post(url("intake_question", form.pk, key), {"label": "Does it hurt?", "version": 1})
    as_admin.post(url("intake_question_move", form.pk, key), {"up": ""})
    as_admin.post(url("intake_question_remove", form.pk, "letter"))

    draft, live = form.versions.all()
    assert [question["label"] for question in draft.questions] == ["Does it hurt?", NAME.label]
    assert [question["key"] for question in live.questions] == ["name", "pain", "letter"]
    as_admin.post(url("intake_publish", form.pk))
    assert fresh(asked).version == live


def test_a_draft_can_be_dropped(asked, as_admin):
    form = asked.version.form
    as_admin.post(url("intake_question_remove", form.pk, "pain"))

    as_admin.post(url("intake_discard", form.pk))

    assert form.versions.count() == 1
    assert len(form.versions.get().questions) == 3


@pytest.mark.parametrize(
    ("kind", "sent", "words"),
    [
        ("text", {"label": ""}, "required"),
        ("choice", {"label": "Side", "options": "Left"}, "at least two"),
        ("choice", {"label": "Side", "options": "\n".join(map(str, range(30)))}, "at most 20"),
        ("choice", {"label": "Side", "options": f"{'x' * 200}\ny"}, "120 characters"),
        ("consent", {"label": "Consent", "wording": ""}, "required"),
    ],
)
def test_a_question_that_makes_no_sense_is_refused(asked, as_admin, kind, sent, words):
    response = as_admin.post(url("intake_question_create", asked.version.form.pk, kind), sent)

    assert response.status_code == 200
    assert words in response.content.decode()
    assert IntakeVersion.objects.count() == 1


def test_a_form_has_no_more_questions_than_a_page_can_send(as_admin):
    many = [Question(f"q{number}", "text", f"Question {number}") for number in range(40)]
    form = make_form(*many)

    response = as_admin.post(url("intake_question_create", form.pk, "text"), {"label": "One more"})

    assert response.status_code == 409
    assert form.versions.count() == 1


def test_two_admins_at_one_question_are_told(asked, as_admin):
    form = asked.version.form
    as_admin.post(url("intake_question", form.pk, "pain"), {"label": "Does it hurt?", "version": 1})

    response = as_admin.post(url("intake_question", form.pk, "pain"), {"label": "Any pain?", "version": 1})

    assert response.status_code == 409
    assert 'value="Any pain?"' in response.content.decode()
    assert form.versions.first().questions[1]["label"] == "Does it hurt?"


def test_two_admins_at_the_introduction_are_told(asked, as_admin):
    form = asked.version.form
    page = url("intake_introduction", form.pk)
    seen = as_admin.get(page).context["form"]["version"].value()
    theirs, mine = {"introduction": "Theirs", "version": seen}, {"introduction": "Mine", "version": seen}
    for _ in range(2):  # a double click
        assert as_admin.post(page, theirs).status_code == 302

    response = as_admin.post(page, mine)

    assert response.status_code == 409
    assert "Mine" in response.content.decode()
    assert form.versions.first().introduction == "Theirs"
    again = {"introduction": "Mine", "version": response.context["form"]["version"].value()}
    assert as_admin.post(page, again).status_code == 302
    assert form.versions.first().introduction == "Mine"


def test_a_double_click_adds_a_question_once(asked, as_admin):
    form = asked.version.form
    page = url("intake_question_create", form.pk, "text")
    typed = {name: as_admin.get(page).context["form"][name].value() for name in ("version", "once")}

    for _ in range(2):
        assert as_admin.post(page, typed | {"label": "Allergies?"}).status_code == 302

    assert [question["label"] for question in form.versions.first().questions[3:]] == ["Allergies?"]
    assert as_admin.post(page, typed | {"label": "Any allergies?"}).status_code == 409
    assert [question["label"] for question in form.versions.first().questions[3:]] == ["Allergies?"]


def test_two_admins_at_the_settings_are_shown_both(asked, as_admin):
    form = asked.version.form
    as_admin.post(url("intake_form_edit", form.pk), {"name": "Theirs", "is_active": "on", "version": 1})

    response = as_admin.post(
        url("intake_form_edit", form.pk), {"name": "Mine", "is_active": "on", "version": 1}
    )

    assert response.status_code == 409
    assert response.context["theirs"] == [("Name", "Theirs")]
    assert IntakeForm.objects.get().name == "Theirs"


def test_two_admins_at_the_services_of_a_form_are_shown_both(asked, as_admin):
    form, massage = asked.version.form, ServiceFactory(name="Massage")
    theirs = {"name": form.name, "is_active": "on", "version": 1, "services": [massage.pk]}
    as_admin.post(url("intake_form_edit", form.pk), theirs)

    response = as_admin.post(url("intake_form_edit", form.pk), theirs | {"services": []})

    assert response.status_code == 409
    assert response.context["theirs"] == [("Asked before visits of", "Massage")]
    assert list(form.services.all()) == [massage]


@pytest.mark.parametrize("button", ["publish", "discard"])
def test_without_changes_there_is_nothing_to_publish_or_drop(asked, as_admin, button):
    response = as_admin.post(url(f"intake_{button}", asked.version.form.pk), follow=True)

    assert "There are no changes" in response.content.decode()
    assert IntakeVersion.objects.count() == 1


def test_staff_see_forms_and_change_none(asked, as_staff):
    form = asked.version.form

    page = as_staff.get(url("intake_form", form.pk)).content.decode()

    assert "Add a question" not in page
    assert as_staff.post(url("intake_question_remove", form.pk, "pain")).status_code == 403


def test_the_list_counts_what_was_asked_and_answered(asked, as_staff, django_assert_num_queries):
    submitted(asked)
    service = asked.booking.service
    BookedFactory(service=service)

    with django_assert_num_queries(5):
        page = as_staff.get(url("intake_forms")).content.decode()
    form = as_staff.get(url("intake_forms")).context["object_list"][0]
    make_form(service=service, name="Another")
    with django_assert_num_queries(5):
        as_staff.get(url("intake_forms"))

    assert "50 %" in page
    assert (form.asked, form.answered, form.waiting, form.overdue) == (2, 1, 1, 0)


# Requests


def test_requests_are_listed_by_state_and_form(asked, as_staff, django_assert_num_queries):
    other = asked_of(BookedFactory(service=asked.booking.service))
    submitted(other)

    def listed(query):
        return [row.pk for row in as_staff.get(url("intake_requests") + query).context["page_obj"]]

    assert listed("") == [asked.pk]
    assert listed("?status=submitted") == [other.pk]
    assert listed("?status=overdue") == []
    assert sorted(listed(f"?status=&form={asked.version.form_id}")) == sorted([asked.pk, other.pk])
    for query in ("?status=nonsense", "?status=open&form=99999999999999999999", "?after=x"):
        assert as_staff.get(url("intake_requests") + query).status_code in {200, 404}
    with django_assert_num_queries(5):
        as_staff.get(url("intake_requests") + "?status=")


def test_answers_stand_beside_their_questions(asked, as_staff):
    submitted(asked)
    submitted(fresh(asked), name="Ada Lovelace")

    page = as_staff.get(url("intake_request", asked.pk)).content.decode()

    for words in (
        NAME.label,
        "Ada Lovelace",
        "Submitted earlier",
        "Not answered",
        "letter.pdf",
        "Mark as read",
    ):
        assert words in page
    assert "Ada Lovelace" in as_staff.get(url("intake_print", asked.pk)).content.decode()


def test_who_reads_or_takes_answers_along_stands_in_the_history_of_the_visit(asked, as_staff, as_admin):
    with time_machine.travel(NOW, tick=False) as clock:
        as_staff.get(url("intake_request", asked.pk))
        as_staff.get(url("intake_fill", asked.pk))
        assert not AuditEntry.objects.about(asked).exists(), "there is nothing to read yet"

        submitted(asked)
        file = asked.files.get()
        for _ in range(2):
            as_staff.get(url("intake_request", asked.pk))
            as_staff.get(url("intake_print", asked.pk))
            as_staff.get(url("intake_fill", asked.pk))
            as_staff.get(url("intake_file", asked.pk, file.pk))
            as_admin.get(url("intake_request", asked.pk))
        as_admin.post(url("intake_export", asked.version.form_id))
        clock.shift(datetime.timedelta(hours=1))
        as_staff.get(url("intake_fill", asked.pk))

    entries = AuditEntry.objects.about(asked).order_by("pk").values_list("action", "by__name", "subject")
    whose = f"Health of {asked.contact}"
    assert list(entries) == [
        ("intake.submitted", None, whose),
        ("intake.read", "Sara Staff", whose),
        ("intake.downloaded", "Sara Staff", whose),
        ("intake.read", "Amir Admin", whose),
        ("intake.exported", "Amir Admin", whose),
        ("intake.read", "Sara Staff", whose),
    ]
    page = as_staff.get(asked.booking.get_absolute_url()).content.decode()
    for words in ("Answers read by Sara Staff", "File downloaded by Sara", "letter.pdf", "exported by Amir"):
        assert words in page


def test_a_file_is_only_ever_downloaded(asked, as_staff, client):
    submitted(asked)
    file = asked.files.get()

    response = as_staff.get(url("intake_file", asked.pk, file.pk))

    assert response.content == PDF.content
    assert response["Content-Disposition"] == 'attachment; filename="letter.pdf"'
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    other = asked_of(BookedFactory(service=asked.booking.service))
    assert as_staff.get(url("intake_file", other.pk, file.pk)).status_code == 404
    assert client.get(url("intake_file", asked.pk, file.pk)).status_code == 302


def test_staff_fill_in_for_the_contact(asked, as_staff, staff):
    assert as_staff.get(url("intake_fill", asked.pk)).status_code == 200

    as_staff.post(url("intake_fill", asked.pk), {"q_name": "Ada", "rev": 1, "submit": ""})

    assert fresh(asked).submissions.get().by == staff
    assert AuditEntry.objects.about(asked).get().by == staff


def test_staff_review_waive_and_ask_after_all(asked, as_staff, staff):
    as_staff.post(url("intake_waive", asked.pk), {"reason": ""})
    assert fresh(asked).status == "planned"
    as_staff.post(url("intake_waive", asked.pk), {"reason": "By phone."})
    assert (fresh(asked).status, fresh(asked).reason) == ("waived", "By phone.")
    as_staff.post(url("intake_ask_again", asked.pk))
    assert fresh(asked).status == "planned"

    submitted(fresh(asked))
    as_staff.post(url("intake_review", asked.pk))

    assert (fresh(asked).status, fresh(asked).reviewed_by) == ("reviewed", staff)


def test_resend_sends_the_link_of_that_form_and_asks_before_another(asked, as_staff):
    back = asked.booking.get_absolute_url()

    assert as_staff.post(url("intake_resend", asked.pk), {"next": back}).url == back

    message = Message.objects.get(rule="form_reminder", status="queued")
    assert asked.key in message.body
    assert as_staff.post(url("intake_resend", asked.pk), {"next": "https://evil.example/"}).status_code == 409
    again = as_staff.post(url("intake_resend", asked.pk), {"again": "1", "next": "https://evil.example/"})
    assert again.url == asked.get_absolute_url()


def test_answers_go_out_as_a_table_without_formulas(asked, as_admin, as_staff):
    submitted(asked, name="=HYPERLINK(1)")
    form = asked.version.form

    response = as_admin.post(url("intake_export", form.pk))

    assert response["Content-Type"].startswith("text/csv")
    assert "'=HYPERLINK(1)" in response.content.decode()
    assert ",=HYPERLINK" not in response.content.decode()
    assert AuditEntry.objects.about(form).filter(action="intake_form.exported").exists()
    assert as_staff.post(url("intake_export", form.pk)).status_code == 403


def test_a_service_asks_for_the_forms_that_are_ticked(asked, as_admin):
    service = asked.booking.service
    other = make_form(name="Diet")

    sent = TERMS | {"name": service.name, "minutes": "60", "is_active": "on", "intake_forms": [other.pk]}
    as_admin.post(url("service_edit", service.pk), sent)

    assert [*service.intake_forms.all()] == [other]
