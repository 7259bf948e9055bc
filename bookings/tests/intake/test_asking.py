"""What the life of a visit means for its forms: asked, covered, passed on, withdrawn, overdue."""

import pytest

from accounts.models import subject_key
from alerts.models import Alert
from bookings.intake import answering, asking, covering, overdue
from bookings.models import Booking, IntakeRequest, IntakeVersion
from bookings.tests.acts import HOUR, MINUTE, NOW, START, book, change, messages
from bookings.tests.factories import ServiceFactory
from bookings.tests.intake_desk import NAME, PAIN, asked_of, make_form, submit, with_form
from bookings.visits import outcomes, undoing
from contacts.tests.factories import ContactFactory
from messaging.models import Message
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db

DAY = 24 * HOUR
Status = IntakeRequest.Status


def status_of(booking) -> str:
    return asked_of(booking).status


def reminders(booking) -> list[tuple[str, str]]:
    rows = messages(booking).filter(rule=RuleCode.FORM_REMINDER)
    return [*rows.values_list("status", "reason_code")]


@pytest.fixture
def yearly():
    """A service whose form stands for a year."""
    service = ServiceFactory()
    make_form(service=service, valid_months=12)
    return service


def test_ask_asks_for_each_form_in_its_newest_words():
    service = ServiceFactory()
    first, second = make_form(service=service, name="A"), make_form(service=service, name="B")
    newest = IntakeVersion.objects.create(form=second, number=2, questions=[NAME.as_json()], published_at=NOW)
    IntakeVersion.objects.create(form=second, number=3, questions=[])  # a draft

    booking = book(service=service)

    asked = booking.intake_requests.order_by("version__form")
    assert [request.version for request in asked] == [first.versions.get(), newest]
    assert {request.due_at for request in asked} == {START - DAY}


def test_ask_leaves_out_what_is_off_or_was_never_published():
    service = ServiceFactory()
    off = make_form(service=service, name="A")
    type(off).objects.filter(pk=off.pk).update(is_active=False)
    draft = make_form(service=service, name="B")
    draft.versions.update(published_at=None)

    assert not book(service=service).intake_requests.exists()


def test_ask_booked_late_gives_two_days():
    now = START - 20 * HOUR

    assert asked_of(with_form(now=now)).due_at == now + 48 * HOUR


def test_confirmation_links_to_the_form():
    booking = with_form()

    assert f"/forms/{asked_of(booking).key}" in messages(booking).get(rule="confirmation").body


def test_move_takes_what_is_due_along(staff):
    booking = with_form()

    change(booking, starts_at=START + DAY, by=staff)

    assert asked_of(booking).due_at == START


def test_another_service_asks_for_other_forms(staff, yearly):
    booking = with_form()

    change(booking, service=yearly, by=staff)

    states = {request.version.form.name: request.status for request in booking.intake_requests.all()}
    assert states["Health"] == Status.PLANNED
    assert [status for name, status in states.items() if name != "Health"] == [Status.WITHDRAWN]


def test_back_to_the_first_service_asks_for_its_form_again(staff, yearly):
    booking = with_form()
    first = booking.service
    moved = change(booking, service=yearly, by=staff)

    change(moved, service=first, by=staff)

    states = {request.version.form.name: request.status for request in booking.intake_requests.all()}
    assert states.pop("Health") == Status.WITHDRAWN
    assert list(states.values()) == [Status.PLANNED]


def test_cancel_withdraws_and_restore_asks_again(staff):
    booking = with_form()

    off = outcomes.cancel_booking(booking=booking, by=staff, now=NOW)
    assert (status_of(booking), asked_of(booking).reason) == (Status.WITHDRAWN, "The visit was called off.")
    undoing.reopen_booking(booking=off, by=staff, now=NOW)

    assert (status_of(booking), asked_of(booking).reason) == (Status.PLANNED, "")
    assert reminders(booking)[-1][0] == "planned"


def test_an_answer_on_file_is_not_asked_for_again(yearly):
    first = book(service=yearly)
    submit(first)

    second = book(service=yearly, contact=first.contact, starts_at=START + 30 * DAY)

    assert status_of(second) == Status.SATISFIED
    assert asked_of(second).covered_by == asked_of(first)
    assert reminders(second) == []


def test_an_answer_that_is_too_old_is_asked_for_again_with_what_it_said(yearly):
    first = book(service=yearly)
    submit(first, name="Ada", pain=True)

    second = book(service=yearly, contact=first.contact, starts_at=START + 380 * DAY)

    assert status_of(second) == Status.PLANNED
    assert asked_of(second).answers == {"name": "Ada", "pain": True}


def test_without_validity_each_visit_asks_anew():
    first = with_form()
    submit(first)

    second = book(service=first.service, contact=first.contact, starts_at=START + DAY)

    assert (status_of(second), asked_of(second).covered_by) == (Status.PLANNED, None)


def test_somebody_elses_answer_counts_for_nothing(yearly):
    submit(book(service=yearly))

    assert status_of(book(service=yearly, contact=ContactFactory(), starts_at=START + DAY)) == Status.PLANNED


def test_two_visits_are_asked_once_and_one_answer_serves_both(yearly):
    first = book(service=yearly)
    second = book(service=yearly, contact=first.contact, starts_at=START + DAY)
    assert asked_of(second).covered_by == asked_of(first)
    assert reminders(second) == []

    submit(first)

    assert status_of(second) == Status.SATISFIED


def test_a_nearer_visit_takes_the_asking_over_with_what_was_begun(yearly):
    later = book(service=yearly, starts_at=START + DAY)
    answering.save_answers(request=asked_of(later), answers={"pain": False}, rev=1, by=None, now=NOW)

    nearer = book(service=yearly, contact=later.contact)

    assert asked_of(later).covered_by == asked_of(nearer)
    assert (asked_of(nearer).status, asked_of(nearer).answers) == (Status.STARTED, {"pain": False})
    assert {status for status, _ in reminders(later)} == {"cancelled"}
    assert {status for status, _ in reminders(nearer)} == {"planned"}


@pytest.mark.parametrize("how", ["cancel", "waive"])
def test_what_waited_for_another_visit_is_asked_when_that_asks_no_more(how, yearly, staff):
    first = book(service=yearly)
    second = book(service=yearly, contact=first.contact, starts_at=START + 3 * DAY)
    answering.save_answers(request=asked_of(first), answers={"pain": True}, rev=1, by=None, now=NOW)

    if how == "cancel":
        outcomes.cancel_booking(booking=first, by=staff, now=NOW)
    else:
        answering.waive_form(request=asked_of(first), reason="By phone.", by=staff, now=NOW)

    assert asked_of(second).covered_by is None
    assert asked_of(second).answers == {"pain": True}
    assert {status for status, _ in reminders(second)} == {"planned"}


def test_who_books_online_reads_nothing_that_was_answered_for_other_visits():
    service = ServiceFactory()
    make_form(service=service)
    told = book(service=service)
    submit(told, name="Secret")

    online = book(service=service, contact=told.contact, starts_at=START + DAY, source=Booking.Source.ONLINE)

    assert asked_of(online).answers == {}


@pytest.mark.parametrize("sooner", [True, False], ids=["a sooner visit", "a later one that is called off"])
def test_who_books_online_reads_nothing_that_was_begun_for_other_visits(sooner, yearly, staff):
    begun = book(service=yearly)
    answers = {"name": "Secret"}
    answering.save_answers(request=asked_of(begun), answers=answers, rev=None, by=None, now=NOW)
    start = START - HOUR if sooner else START + DAY

    online = book(service=yearly, contact=begun.contact, starts_at=start, source=Booking.Source.ONLINE)
    if not sooner:
        outcomes.cancel_booking(booking=begun, by=staff, now=NOW)

    assert (asked_of(online).answers, asked_of(online).covered_by) == ({}, None)
    assert asked_of(begun).answers == answers
    assert asked_of(begun).covered_by is None


def test_the_next_visit_asks_once_the_first_has_begun(yearly):
    first = book(service=yearly)
    second = book(service=yearly, contact=first.contact, starts_at=START + 3 * DAY)

    overdue.look(now=START + HOUR)

    assert asked_of(second).covered_by is None
    assert asked_of(first).covered_by == asked_of(second)


def test_a_form_that_cannot_be_passed_on_keeps_no_other_from_it(yearly, monkeypatch, caplog):
    later = []
    for _ in range(2):
        first = book(service=yearly)
        later.append(book(service=yearly, contact=first.contact, starts_at=START + 3 * DAY))
    choose, broken = covering.choose, asked_of(later[0])

    def fail_for_one(*, contact, **rest):
        if contact == broken.contact:
            raise ValueError("broken")
        choose(contact=contact, **rest)

    monkeypatch.setattr(covering, "choose", fail_for_one)
    overdue.look(now=START + HOUR)

    assert asked_of(later[0]).covered_by is not None
    assert asked_of(later[1]).covered_by is None
    assert [record.request for record in caplog.records] == [broken.pk]


def test_a_request_runs_out_a_week_after_the_visit():
    booking = with_form()

    overdue.look(now=START + 7 * DAY - HOUR)
    assert status_of(booking) == Status.PLANNED
    overdue.look(now=START + 7 * DAY)

    assert status_of(booking) == Status.EXPIRED


def test_a_request_is_sent_once_a_message_with_its_link_has_left():
    booking = with_form()
    overdue.look(now=NOW)
    assert status_of(booking) == Status.PLANNED

    confirmation = messages(booking).filter(rule="confirmation")
    confirmation.update(status=Message.Status.SENT, sent_at=NOW + HOUR)
    overdue.look(now=NOW + 2 * HOUR)

    assert (status_of(booking), asked_of(booking).sent_at) == (Status.SENT, NOW + HOUR)


def test_a_message_without_the_link_sends_nothing():
    booking = with_form()
    messages(booking).update(status=Message.Status.SENT, sent_at=NOW + HOUR, body="See you soon.")

    overdue.look(now=NOW + 2 * HOUR)

    assert status_of(booking) == Status.PLANNED


def test_a_text_message_sends_only_what_its_own_words_hold():
    booking = with_form()
    text = {"status": Message.Status.SENT, "sent_at": NOW + HOUR, "channel": "sms"}
    messages(booking).filter(rule="confirmation").update(**text)

    overdue.look(now=NOW + 2 * HOUR)
    assert status_of(booking) == Status.PLANNED
    messages(booking).filter(rule=RuleCode.FORM_REMINDER).update(**text)
    overdue.look(now=NOW + 2 * HOUR)

    assert status_of(booking) == Status.SENT


def test_with_missing_forms_marks_what_is_asked_and_not_here(yearly):
    waiting, _plain = with_form(), book()
    first = book(service=yearly)
    covered = book(service=yearly, contact=first.contact, starts_at=START + DAY)
    done = with_form()
    submit(done)

    marked = asking.with_missing_forms(Booking.objects.all()).filter(misses_form=True)

    assert {booking.pk for booking in marked} == {waiting.pk, first.pk}
    assert covered.pk not in {booking.pk for booking in marked}


def test_a_question_that_is_gone_takes_no_answer_along(yearly):
    first = book(service=yearly)
    submit(first, name="Ada", pain=True)
    form = asked_of(first).version.form
    IntakeVersion.objects.create(form=form, number=2, questions=[PAIN.as_json()], published_at=NOW)

    second = book(service=yearly, contact=first.contact, starts_at=START + 380 * DAY)

    assert asked_of(second).answers == {"pain": True}


# --- Asked for again, and overdue ---


def test_asking_ends_when_the_form_has_come_in():
    booking = with_form()

    submit(booking)

    assert set(reminders(booking)) == {("cancelled", "form_received")}
    assert messages(booking).filter(rule=RuleCode.REMINDER, status="planned").exists()


def test_a_form_is_overdue_from_a_day_before_the_visit():
    booking = with_form()

    overdue.look(now=START - DAY - MINUTE)
    assert not Alert.objects.exists()
    overdue.look(now=START - DAY)
    overdue.look(now=START - DAY + MINUTE)

    alert, request = Alert.objects.get(), asked_of(booking)
    assert (alert.kind, alert.source_key) == (Alert.Kind.FORM_OVERDUE, subject_key(request))
    assert (alert.title, alert.url) == (f"Form missing: {request}", request.get_absolute_url())
    assert (alert.count, alert.matters_at) == (1, START)


def test_booked_late_it_is_due_two_days_after_it_was_asked_for():
    now = START - 20 * HOUR
    with_form(now=now)

    overdue.look(now=now + 48 * HOUR - MINUTE)
    assert not Alert.objects.filter(kind=Alert.Kind.FORM_OVERDUE).exists()
    overdue.look(now=now + 48 * HOUR)

    assert Alert.objects.filter(kind=Alert.Kind.FORM_OVERDUE).exists()


def test_each_form_has_an_alert_of_its_own():
    service = ServiceFactory()
    make_form(service=service, name="A")
    make_form(service=service, name="B")
    book(service=service)

    overdue.look(now=START - HOUR)

    assert Alert.objects.filter(kind=Alert.Kind.FORM_OVERDUE).count() == 2


def test_what_comes_along_with_another_visit_is_never_overdue(yearly):
    first = book(service=yearly)
    book(service=yearly, contact=first.contact, starts_at=START + HOUR)

    overdue.look(now=START - HOUR)

    assert Alert.objects.get(kind=Alert.Kind.FORM_OVERDUE).source_key == subject_key(asked_of(first))


def test_the_clock_resolves_what_is_not_asked_for_any_more():
    booking = with_form()
    overdue.look(now=START - HOUR)
    booking.intake_requests.update(status=Status.WITHDRAWN)

    overdue.look(now=START - HOUR)

    assert Alert.objects.get().status == Alert.Status.RESOLVED
