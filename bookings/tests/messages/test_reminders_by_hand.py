import pytest

from bookings.messages import links, reminding
from bookings.tests.acts import (
    HOUR,
    MINUTE,
    NOW,
    START,
    book,
    everything,
    said,
    service_with_form,
)
from bookings.visits import outcomes
from contacts.tests.factories import ContactFactory
from messaging.inbox import saying
from messaging.models import Message
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    return book()


@pytest.fixture
def with_form():
    return book(service=service_with_form())


def test_send_reminder_goes_out_now_beside_the_planned_one(booking, staff):
    message = reminding.send_reminder(booking=booking, by=staff, now=NOW)

    assert (message.rule, message.status, message.sent_by) == (
        RuleCode.REMINDER,
        Message.Status.QUEUED,
        staff,
    )
    assert said(booking) == [("confirmation", "queued"), ("reminder", "planned"), ("reminder", "queued")]


def test_send_reminder_is_not_held_back_by_a_pause(booking, staff):
    saying.reply(conversation=booking.contact.conversation, by=staff, body="Yes", now=NOW)

    message = reminding.send_reminder(booking=booking, by=staff, now=NOW)

    assert message.status == Message.Status.QUEUED


def test_send_reminder_without_an_address_says_so(staff):
    booking = book(contact=ContactFactory(email="", phone="0117 ask for Ada"))

    message = reminding.send_reminder(booking=booking, by=staff, now=NOW)

    assert (message.status, message.reason_code) == (Message.Status.SKIPPED, "no_address")


@pytest.mark.parametrize(
    ("minutes", "words"), [(0, "just now"), (1, "a minute ago"), (119, "119 minutes ago")]
)
def test_send_reminder_asks_before_sending_another(booking, minutes, words, staff):
    reminding.send_reminder(booking=booking, by=staff, now=NOW)
    before = everything()

    with pytest.raises(reminding.RemindedJustNow) as refusal:
        reminding.send_reminder(booking=booking, by=staff, now=NOW + minutes * MINUTE)

    assert str(refusal.value) == f"A reminder went to {booking.contact} {words}."
    assert everything() == before


def test_send_reminder_again_sends_another(booking, staff):
    first = reminding.send_reminder(booking=booking, by=staff, now=NOW)

    second = reminding.send_reminder(booking=booking, by=staff, again=True, now=NOW + MINUTE)

    assert second.pk != first.pk
    assert second.status == Message.Status.QUEUED


def test_send_reminder_does_not_ask_after_two_hours_or_a_failure(booking, staff):
    first = reminding.send_reminder(booking=booking, by=staff, now=NOW)
    Message.objects.filter(pk=first.pk).update(status=Message.Status.FAILED)

    assert reminding.send_reminder(booking=booking, by=staff, now=NOW + MINUTE)
    assert reminding.send_reminder(booking=booking, by=staff, now=NOW + 2 * HOUR + MINUTE)


def test_send_reminder_waiting_for_another_try_was_just_asked_for(booking, staff):
    first = reminding.send_reminder(booking=booking, by=staff, now=NOW)
    Message.objects.filter(pk=first.pk).update(send_at=NOW + 30 * MINUTE)

    with pytest.raises(reminding.RemindedJustNow, match="just now"):
        reminding.send_reminder(booking=booking, by=staff, now=NOW + MINUTE)


@pytest.mark.parametrize("send", [reminding.send_reminder, reminding.send_form_reminder])
def test_reminders_refuse_a_visit_that_has_begun(with_form, send, staff):
    before = everything()

    with pytest.raises(reminding.NothingToRemind):
        send(booking=with_form, by=staff, now=START)

    assert everything() == before


@pytest.mark.parametrize("send", [reminding.send_reminder, reminding.send_form_reminder])
def test_reminders_refuse_a_visit_that_is_called_off(with_form, send, staff):
    outcomes.cancel_booking(booking=with_form, by=staff, now=NOW)
    before = everything()

    with pytest.raises(reminding.NothingToRemind):
        send(booking=with_form, by=staff, now=NOW)

    assert everything() == before


def test_send_form_reminder_links_to_the_form(with_form, staff):
    message = reminding.send_form_reminder(booking=with_form, by=staff, now=NOW)

    assert (message.rule, message.status) == (RuleCode.FORM_REMINDER, Message.Status.QUEUED)
    assert links.form_url(with_form.intake_requests.get()) in message.body


def test_send_form_reminder_refuses_where_no_form_is_asked_for(booking, staff):
    with pytest.raises(reminding.NothingToRemind, match="No form is missing"):
        reminding.send_form_reminder(booking=booking, by=staff, now=NOW)
