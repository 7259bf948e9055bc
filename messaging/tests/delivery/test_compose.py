"""What an email looks like when it leaves. Nothing here needs a database."""

import uuid
from email.utils import parseaddr

import pytest

from accounts.models import Business
from contacts.models import Contact
from messaging.delivery import compose
from messaging.models import Address, Conversation, Message

BUSINESS = Business(
    name="Calm Hands", phone="020 7946 0018", address="1 High Street\nLondon", email="desk@calm.example"
)
LINK = "http://127.0.0.1:8000/preferences/tok/"


@pytest.fixture
def address():
    return Address(channel="email", value="ada@client.example", token="tok")


def message(**fields) -> Message:
    conversation = Conversation(contact=Contact(name="Ada"), token="c0ffee")
    values = {"conversation": conversation, "rule": "reminder", "address": "ada@client.example"}
    return Message(**values | {"subject": "Reminder", "body": "See you at nine.\n"} | fields)


def test_every_email_says_who_wrote_it_and_where_to_choose_what_to_get(address):
    email = compose.email(message(), business=BUSINESS, address=address)

    assert email.to == "ada@client.example"
    assert email.body == (
        "See you at nine.\n\n-- \nCalm Hands\n020 7946 0018\n1 High Street\nLondon\n"
        f"Choose what you get from us: {LINK}\n"
    )


def test_an_email_to_somebody_who_works_here_offers_no_choice():
    email = compose.email(message(conversation=None, rule="staff_notice"), business=BUSINESS, address=None)

    assert "/preferences/" not in email.body
    assert email.body.endswith("London\n")
    assert email.reply_to == "desk@calm.example"


def test_a_subject_is_one_line_and_never_empty(address):
    broken = compose.email(message(subject="Your booking:\n Massage"), business=BUSINESS, address=address)
    empty = compose.email(message(subject=""), business=BUSINESS, address=address)

    assert (broken.subject, empty.subject) == ("Your booking: Massage", "A message from Calm Hands")


@pytest.mark.parametrize(("rule", "marked"), [("reminder", True), ("", False)])
def test_only_what_automation_sends_is_marked_so(address, rule, marked):
    email = compose.email(message(rule=rule), business=BUSINESS, address=address)

    assert ("Auto-Submitted" in email.headers) is marked


@pytest.mark.parametrize(
    ("rule", "offered"),
    [("welcome", True), ("thank_you", True), ("reminder", False), ("confirmation", False), ("", False)],
)
def test_only_what_keeps_in_touch_can_be_unsubscribed_with_one_click(address, rule, offered):
    headers = compose.email(message(rule=rule), business=BUSINESS, address=address).headers

    unsubscribe = {name: value for name, value in headers.items() if name.startswith("List-")}
    assert unsubscribe == (
        {"List-Unsubscribe": f"<{LINK}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
        if offered
        else {}
    )


def test_answers_find_their_conversation_where_mail_comes_in(address, settings):
    assert compose.email(message(), business=BUSINESS, address=address).reply_to == "desk@calm.example"

    settings.INBOUND_EMAIL = "reply@in.example.com"
    assert (
        compose.email(message(), business=BUSINESS, address=address).reply_to == "reply+c0ffee@in.example.com"
    )


@pytest.mark.parametrize("configured", ["CareOps <desk@mail.example>", "desk@mail.example"])
def test_an_email_is_from_the_business_by_its_own_name(address, settings, configured):
    settings.DEFAULT_FROM_EMAIL = configured

    sender = compose.email(message(), business=BUSINESS, address=address).sender

    assert parseaddr(sender) == (BUSINESS.name, "desk@mail.example")


def test_the_message_id_is_the_same_for_every_try(address, settings):
    settings.DEFAULT_FROM_EMAIL = "CareOps <desk@mail.example>"
    known = uuid.UUID(int=7)

    headers = compose.email(message(uuid=known), business=BUSINESS, address=address).headers

    assert headers["Message-ID"] == f"<{known}@mail.example>"
    assert "In-Reply-To" not in headers


def test_mail_programs_are_told_what_was_said_before(address, settings):
    settings.DEFAULT_FROM_EMAIL = "desk@mail.example"
    ours, theirs = uuid.UUID(int=1), "<CAF4b@mail.gmail.com>"
    said = [
        message(uuid=ours),
        Message(direction="in", provider_id="not an id\r\nBcc: all@client.example"),
        message(provider_id="<esp-7@mailgun.example>"),
        message(uuid=uuid.UUID(int=2), provider_id="b7bc2f4a"),
        Message(direction="in", provider_id=theirs),
    ]

    ancestors = compose.ancestry(said)
    headers = compose.email(message(), business=BUSINESS, address=address, ancestors=ancestors).headers

    known = [
        f"<{ours}@mail.example>",
        "<esp-7@mailgun.example>",
        f"<{uuid.UUID(int=2)}@mail.example>",
        theirs,
    ]
    assert ancestors == known
    assert headers["In-Reply-To"] == theirs
    assert headers["References"] == " ".join(known)
