"""The calendar file of a visit on its way by email."""

import base64
import email
import email.policy

import pytest

from messaging.gateways import DeliveryFailed, Email
from messaging.models import Message
from messaging.outbox import revising
from messaging.outbox import services as outbox
from messaging.tests.delivery.test_sending import deliver, text
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.tests.taking import send_email

FILE = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nSUMMARY:Fußmassage\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"


def attached(received) -> list[tuple[str, str, str]]:
    """Name, type and text of what hangs on an email."""
    return [
        (part.get_filename(), part["Content-Type"].params.get("method"), part.get_content())
        for part in received.iter_attachments()
        if part.get_content_type() == "text/calendar"
    ]


@pytest.mark.django_db
def test_the_file_goes_along_with_the_email(server):
    MessageFactory(calendar=FILE)

    deliver()

    [received] = server.received
    [(name, method, words)] = attached(received)
    assert (name, method) == ("visit.ics", "REQUEST")
    assert words.replace("\r\n", "\n") == FILE.replace("\r\n", "\n")
    assert received.get_content_type() == "multipart/mixed"
    assert [part.get_content_type() for part in received.iter_parts()] == [
        "multipart/alternative",
        "text/calendar",
    ]
    assert "/preferences/" in received.get_body(["plain"]).get_content()


@pytest.mark.django_db
def test_an_email_without_a_file_is_its_words_alone(server):
    MessageFactory()

    deliver()

    [received] = server.received
    assert [part.get_content_type() for part in received.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]


@pytest.mark.django_db
def test_a_text_leaves_the_file_behind(provider):
    message = text(calendar=FILE)

    deliver()

    message.refresh_from_db()
    assert message.status == "sent"
    [call] = provider.calls
    assert "VCALENDAR" not in call["Body"]


@pytest.mark.django_db
def test_changed_words_keep_the_file(server, staff):
    message = MessageFactory(calendar=FILE)
    outbox.edit_message(message=message, body="Other words.", by=staff)

    deliver()

    [received] = server.received
    assert received.get_body(["plain"]).get_content().startswith("Other words.")
    assert len(attached(received)) == 1


@pytest.mark.django_db
def test_replaced_words_change_what_waits_and_nothing_else(server):
    conversation = ConversationFactory()
    about = {"conversation": conversation, "about_key": "booking:1"}
    waits = MessageFactory(body="See https://old", sms="https://old!", calendar=FILE, **about)
    sent = MessageFactory(body="See https://old", status=Message.Status.SENT, calendar=FILE, **about)
    bare = MessageFactory(body="Nothing", **about)
    other = MessageFactory(conversation=conversation, body="See https://old", about_key="booking:2")

    revising.replace_words(
        conversation=conversation, about_key="booking:1", old="https://old", new="https://new", calendar="NEW"
    )

    for message in (waits, sent, bare, other):
        message.refresh_from_db()
    assert (waits.body, waits.sms, waits.calendar) == ("See https://new", "https://new!", "NEW")
    assert (sent.body, sent.calendar) == ("See https://old", FILE)
    assert (bare.body, bare.calendar) == ("Nothing", "")
    assert other.body == "See https://old"


def send_with(calendar: str) -> None:
    send_email(Email(to="ada@client.example", subject="Visit", body="Hello", calendar=calendar))


@pytest.mark.parametrize(
    ("method", "said"), [("METHOD:CANCEL\r\n", "CANCEL"), ("METHOD:PUBLISH\n", "PUBLISH"), ("", None)]
)
def test_the_type_names_the_method_of_the_file(method, said, server):
    file = FILE.replace("METHOD:REQUEST\r\n", method)

    send_with(file)

    [received] = server.received
    [(_, named, _)] = attached(received)
    assert named == said
    whole = email.message_from_bytes(received.as_bytes(), policy=email.policy.default)
    assert whole.get_content_type() == "multipart/mixed"


def test_a_provider_gets_the_file_with_its_method(provider, settings):
    provider.carry_email(settings)

    send_with(FILE)

    [call] = provider.calls
    [attachment] = call["Attachments"]
    assert attachment["Name"] == "visit.ics"
    assert attachment["ContentType"] == 'text/calendar; charset="utf-8"; method="REQUEST"'
    assert base64.b64decode(attachment["Content"]).decode() == FILE


@pytest.mark.parametrize("name", ["RESEND", "MAILJET", "BREVO", "SPARKPOST"])
def test_no_provider_is_asked_for_what_it_cannot_carry(name, provider, settings):
    provider.carry_email(settings)
    settings.EMAIL_BACKEND = f"anymail.backends.{name.lower()}.EmailBackend"
    secrets = dict.fromkeys([f"{name}_API_KEY", f"{name}_SECRET_KEY"], "secret")
    settings.ANYMAIL = secrets | {f"{name}_API_URL": settings.ANYMAIL["POSTMARK_API_URL"]}

    with pytest.raises(DeliveryFailed):  # the answer is that of another provider
        send_with(FILE)

    assert provider.talks == 1
