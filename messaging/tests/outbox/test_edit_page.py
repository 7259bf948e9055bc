"""Changing the words of a message that waits."""

import pytest

from accounts.models import Business
from messaging.models import Message
from messaging.outbox import services as outbox
from messaging.tests.factories import MessageFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def business(db):
    return Business.objects.current()  # otherwise the first page would make it


def text(response) -> str:
    return response.content.decode()


def change(client, message, **changes):
    form = client.get(f"{message.get_absolute_url()}edit/").context["form"]
    words = {name: form[name].value() for name in form.fields} | changes
    return client.post(f"{message.get_absolute_url()}edit/", words, follow=True)


def test_the_words_of_a_promise_are_changed(as_staff):
    message = MessageFactory(status="planned", sms="Short")

    response = change(as_staff, message, subject="New subject", body="New\r\nwords", sms="Shorter")

    message.refresh_from_db()
    assert (message.subject, message.body, message.sms) == ("New subject", "New\nwords", "Shorter")
    assert "Changed: New subject." in text(response)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"body": " "}, "Write something first."),
        ({"subject": ""}, "An email needs a subject."),
        ({"subject": "x" * 201}, "at most 200 characters"),
        ({"sms": "x" * 481}, "at most 480 characters"),
        ({"body": "x\x00"}, "Null characters are not allowed."),
    ],
)
def test_words_that_cannot_be_taken_are_refused_and_kept(as_staff, changes, complaint):
    message = MessageFactory(status="planned", sms="Short")

    response = change(as_staff, message, **changes)

    assert response.status_code == 200
    assert complaint in text(response)
    assert not response.redirect_chain
    current = Message.objects.get(pk=message.pk)
    assert (current.subject, current.body, current.sms) == (message.subject, message.body, "Short")


def test_two_who_change_the_same_message_see_what_the_other_wrote(as_staff, admin):
    message = MessageFactory(status="planned", body="The first words")
    form = as_staff.get(f"{message.get_absolute_url()}edit/").context["form"]
    mine = {name: form[name].value() for name in form.fields} | {"body": "My words"}
    outbox.edit_message(message=message, body="Their words", by=admin)

    refused = as_staff.post(f"{message.get_absolute_url()}edit/", mine)

    message.refresh_from_db()
    assert (refused.status_code, message.body) == (409, "Their words")
    for words in ["Their words", "My words", "Save mine anyway"]:
        assert words in text(refused)
    seen = refused.context["form"]["seen"].value()
    as_staff.post(f"{message.get_absolute_url()}edit/", mine | {"seen": seen})
    message.refresh_from_db()
    assert message.body == "My words"


def test_what_has_left_is_not_changed_any_more(as_staff):
    message = MessageFactory(status="planned", body="The first words")
    form = as_staff.get(f"{message.get_absolute_url()}edit/").context["form"]
    mine = {name: form[name].value() for name in form.fields} | {"body": "My words"}
    Message.objects.filter(pk=message.pk).update(status="sent")

    refused = as_staff.post(f"{message.get_absolute_url()}edit/", mine)
    page = as_staff.get(f"{message.get_absolute_url()}edit/", follow=True)

    message.refresh_from_db()
    assert (refused.status_code, message.body) == (409, "The first words")
    for response in [refused, page]:
        assert "That message is not waiting to be sent any more." in text(response)


def test_a_reply_by_sms_has_one_text_to_change(as_staff, staff):
    message = MessageFactory(rule="", key=None, channel="sms", sent_by=staff, subject="", body="Hi")

    form = as_staff.get(f"{message.get_absolute_url()}edit/").context["form"]

    assert list(form.fields) == ["body", "seen"]
    assert form.fields["body"].label == "SMS"
