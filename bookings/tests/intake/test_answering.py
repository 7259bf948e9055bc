"""Answers: saved, submitted, corrected, reviewed, waived; two devices at once."""

import threading

import pytest
from django.db import connection

from accounts.models import AuditEntry
from accounts.tests.factories import UserFactory
from alerts.models import Alert
from bookings.intake import answering, overdue
from bookings.intake.questions import Question
from bookings.intake.uploads import Upload
from bookings.models import IntakeFile, IntakeRequest, IntakeSubmission, IntakeVersion
from bookings.tests.acts import HOUR, NOW, START, book, messages
from bookings.tests.factories import ServiceFactory
from bookings.tests.intake_desk import NAME, PAIN, asked_of, make_form, submit, with_form
from bookings.visits import outcomes as services_outcomes
from messaging.models import Message
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

Status = IntakeRequest.Status
LETTER = Question("letter", "file", "Letter of your doctor")
PDF = Upload("letter.pdf", "application/pdf", b"%PDF-1.7 hello")


def rows():
    return [
        [*model.objects.order_by("pk").values()]
        for model in (IntakeRequest, IntakeSubmission, IntakeFile, AuditEntry)
    ]


def save(booking, *, rev=None, now=NOW, by=None, files=(), without=None, **answers):
    request = asked_of(booking)
    return answering.save_answers(
        request=request, answers=answers, files=files, without=without, rev=rev, by=by, now=now
    )


def test_save_keeps_half_and_counts_revisions():
    booking = with_form()

    save(booking, rev=1, pain=True)

    request = asked_of(booking)
    assert (request.status, request.answers, request.rev) == (Status.STARTED, {"pain": True}, 2)


def test_save_the_same_again_changes_nothing():
    booking = with_form()
    save(booking, rev=1, pain=True)

    save(booking, rev=1, pain=True)

    assert asked_of(booking).rev == 2


def test_save_over_what_another_device_saved_is_refused():
    booking = with_form()
    save(booking, rev=1, pain=True)
    before = rows()

    with pytest.raises(answering.AnsweredMeanwhile) as refusal:
        save(booking, rev=1, pain=False)

    assert refusal.value.theirs.answers == {"pain": True}
    assert rows() == before


def test_submit_keeps_what_was_asked_and_takes_the_reminders_back(staff):
    booking = with_form()

    submit(booking, name="Ada")

    request = asked_of(booking)
    assert (request.status, request.submitted_at) == (Status.SUBMITTED, NOW)
    submission = request.submissions.get()
    assert (submission.answers, submission.version, submission.by) == ({"name": "Ada"}, request.version, None)
    reminders = messages(booking).filter(rule=RuleCode.FORM_REMINDER)
    assert {row.reason_code for row in reminders} == {"form_received"}
    entry = AuditEntry.objects.about(request).get()
    assert (entry.action, entry.actor) == ("intake.submitted", AuditEntry.Actor.CUSTOMER)


def test_submit_twice_is_once():
    booking = with_form()

    submit(booking, rev=1, name="Ada")
    submit(booking, rev=1, name="Ada")

    assert asked_of(booking).submissions.count() == 1


def test_submit_asks_for_the_next_form_that_is_missing():
    service = ServiceFactory()
    first, second = make_form(service=service, name="A"), make_form(service=service, name="B")
    booking = book(service=service)
    request = booking.intake_requests.get(version__form=first)

    answering.submit_answers(request=request, answers={"name": "Ada"}, rev=1, by=None, now=NOW)

    planned = messages(booking).filter(rule=RuleCode.FORM_REMINDER, status="planned")
    other = booking.intake_requests.get(version__form=second)
    assert planned.count() == 2
    assert all(other.key in message.body for message in planned)


def test_a_correction_before_the_visit_replaces_and_keeps_the_earlier(staff):
    booking = with_form()
    submit(booking, name="Ada")
    answering.review_answers(request=asked_of(booking), by=staff, now=NOW)

    submit(booking, name="Ada L.", now=START - HOUR)

    request = asked_of(booking)
    assert (request.status, request.reviewed_by) == (Status.SUBMITTED, None)
    assert [one.answers["name"] for one in request.submissions.all()] == ["Ada L.", "Ada"]


def test_a_correction_after_the_visit_began_is_for_staff_only(staff):
    booking = with_form()
    submit(booking, name="Ada")
    before = rows()

    with pytest.raises(answering.IntakeRefused, match="visit has begun"):
        submit(booking, name="Ada L.", now=START)
    assert rows() == before

    submit(booking, name="Ada L.", now=START, by=staff)
    assert asked_of(booking).submissions.first().by == staff


@pytest.mark.parametrize("act", ["waive", "cancel"])
def test_answers_to_what_is_not_asked_any_more_are_refused(act, staff):
    booking = with_form()
    if act == "waive":
        answering.waive_form(request=asked_of(booking), reason="By phone.", by=staff, now=NOW)
    else:
        services_outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    before = rows()

    for answer in (save, submit):
        with pytest.raises(answering.IntakeRefused):
            answer(booking, name="Ada")

    assert rows() == before


def test_opened_is_noted_once_and_never_undoes_more():
    booking = with_form()

    answering.note_opened(request=asked_of(booking), now=NOW)
    assert asked_of(booking).status == Status.OPENED
    save(booking, pain=True)
    answering.note_opened(request=asked_of(booking), now=NOW)

    assert asked_of(booking).status == Status.STARTED


def test_files_are_kept_once_and_can_be_taken_away():
    booking = with_form(NAME, LETTER)

    save(booking, files=[("letter", PDF)])
    save(booking, files=[("letter", PDF)])

    file = IntakeFile.objects.get()
    assert asked_of(booking).answers == {"letter": [{"file": file.pk, "name": "letter.pdf"}]}
    save(booking, without=file.pk)
    assert asked_of(booking).answers == {}
    assert not IntakeFile.objects.exists()


def test_corrections_without_end_are_refused(staff, monkeypatch):
    monkeypatch.setattr(answering, "MOST_CORRECTIONS", 1)
    booking = with_form()
    submit(booking, name="Ada")
    submit(booking, name="Ada Lovelace")

    with pytest.raises(answering.IntakeRefused, match="corrected very often"):
        submit(booking, name="Augusta")

    assert asked_of(booking).answers == {"name": "Ada Lovelace"}
    assert submit(booking, name="Augusta", by=staff).answers == {"name": "Augusta"}


def test_a_file_of_another_request_cannot_be_taken_away():
    mine, other = with_form(NAME, LETTER), with_form(NAME, LETTER)
    save(other, files=[("letter", PDF)])

    save(mine, without=IntakeFile.objects.get().pk, name="Ada")

    assert IntakeFile.objects.count() == 1


def test_files_without_end_are_refused():
    booking = with_form(NAME, LETTER)
    many = [("letter", Upload(f"{number}.pdf", "application/pdf", b"%PDF-1.7")) for number in range(21)]
    before = rows()

    with pytest.raises(answering.IntakeRefused, match="No more files"):
        save(booking, files=many)

    assert rows() == before


def test_review_needs_something_to_read(staff):
    booking = with_form()
    before = rows()

    with pytest.raises(answering.IntakeRefused, match="marked as not sent yet"):
        answering.review_answers(request=asked_of(booking), by=staff, now=NOW)

    assert rows() == before


def test_waive_takes_the_reminders_back_and_says_why(staff):
    booking = with_form()

    answering.waive_form(request=asked_of(booking), reason="By phone.", by=staff, now=NOW)

    request = asked_of(booking)
    assert (request.status, request.reason) == (Status.WAIVED, "By phone.")
    assert not messages(booking).filter(rule=RuleCode.FORM_REMINDER, status="planned").exists()
    with pytest.raises(answering.IntakeRefused):
        answering.waive_form(request=request, reason="Again.", by=staff, now=NOW)


def test_ask_again_after_waiving_plans_the_reminders_anew(staff):
    booking = with_form()
    answering.waive_form(request=asked_of(booking), reason="By phone.", by=staff, now=NOW)

    answering.ask_again(request=asked_of(booking), by=staff, now=NOW)

    assert (asked_of(booking).status, asked_of(booking).reason) == (Status.PLANNED, "")
    assert messages(booking).filter(rule=RuleCode.FORM_REMINDER, status="planned").count() == 2


def test_ask_again_takes_the_newest_words_and_what_still_fits(staff):
    booking = with_form()
    save(booking, name="Ada", pain=True)
    version = asked_of(booking).version
    IntakeVersion.objects.create(form=version.form, number=2, questions=[PAIN.as_json()], published_at=NOW)
    assert asked_of(booking).version == version

    answering.ask_again(request=asked_of(booking), by=staff, now=NOW)

    request = asked_of(booking)
    assert (request.version.number, request.answers, request.status) == (2, {"pain": True}, Status.STARTED)


def test_ask_again_for_a_visit_that_is_over_is_refused(staff):
    booking = with_form()
    services_outcomes.complete_booking(booking=booking, by=staff, now=START + HOUR)
    before = rows()

    with pytest.raises(answering.IntakeRefused, match="over or called off"):
        answering.ask_again(request=asked_of(booking), by=staff, now=START + HOUR)

    assert rows() == before


def test_a_new_link_goes_into_whatever_waits_to_be_sent(staff):
    booking = with_form()
    key = asked_of(booking).key
    waiting = messages(booking).filter(status__in=Message.PENDING)
    leading = list(waiting.filter(body__contains=f"{key}.1:"))
    assert {message.rule for message in leading} == {"confirmation", "reminder", "form_reminder"}
    files = [message.calendar for message in waiting]

    answering.renew_link(request=asked_of(booking), by=staff, now=NOW)

    assert not waiting.filter(body__contains=f"{key}.1:").exists()
    assert list(waiting.filter(body__contains=f"{key}.2:")) == leading
    assert [message.calendar for message in waiting] == files


@pytest.mark.parametrize("act", ["submit", "waive"])
def test_an_overdue_alert_is_over_at_once(act, staff):
    booking = with_form()
    overdue.look(now=START - HOUR)
    assert Alert.objects.get().url == asked_of(booking).get_absolute_url()

    if act == "submit":
        submit(booking)
    else:
        answering.waive_form(request=asked_of(booking), reason="By phone.", by=staff, now=NOW)

    assert Alert.objects.get().status == Alert.Status.RESOLVED


@pytest.mark.django_db(transaction=True)
def test_two_devices_submitting_at_once_keep_one_and_tell_the_other():
    booking = with_form()
    request = asked_of(booking)
    together, outcomes = threading.Barrier(2), []

    def send(name):
        together.wait()
        try:
            answering.submit_answers(request=request, answers={"name": name}, rev=1, by=None, now=NOW)
            outcomes.append("sent")
        except answering.AnsweredMeanwhile:
            outcomes.append("told")
        connection.close()

    threads = [threading.Thread(target=send, args=(name,)) for name in ("Ada", "Grace")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["sent", "told"]
    assert asked_of(booking).submissions.count() == 1


@pytest.mark.django_db(transaction=True)
def test_submitting_while_the_visit_is_called_off_ends_in_one_of_both():
    booking, staff = with_form(), UserFactory()
    request = asked_of(booking)
    together, errors = threading.Barrier(2), []

    def run(act):
        together.wait()
        try:
            act()
        except answering.IntakeRefused:
            pass
        except Exception as error:
            errors.append(error)
        connection.close()

    acts = [
        lambda: answering.submit_answers(request=request, answers={"name": "Ada"}, rev=1, by=None, now=NOW),
        lambda: services_outcomes.cancel_booking(booking=booking, by=staff, now=NOW),
    ]
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [str(error) for error in errors] == []
    assert asked_of(booking).status in {Status.SUBMITTED, Status.WITHDRAWN}
    assert not messages(booking).filter(rule=RuleCode.FORM_REMINDER, status="planned").exists()
