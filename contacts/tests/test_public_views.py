"""The page on which anybody writes to us."""

import datetime

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEntry, Business
from careops.core import bots
from careops.core.once import new_token
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from contacts.unverified import KEEP_IN_TOUCH
from messaging.models import Address, Message

pytestmark = pytest.mark.django_db

URL = "/contact/"


def typed(**values):
    """What the form sends, opened a minute ago."""
    opened = bots.opened(timezone.now() - datetime.timedelta(minutes=1))
    who = {"name": "Ada Lovelace", "email": "ada@client.example", "message": "Do you open on Sundays?"}
    return {**who, "website": "", "opened": opened, "once": new_token(), **values}


def everything():
    return [[*model.objects.order_by("pk").values()] for model in (Contact, Message, Address, AuditEntry)]


def test_a_message_arrives_and_waits_for_an_answer(client):
    response = client.post(URL, typed(keep_in_touch="on"), follow=True)

    assert "Thank you for your message" in response.text
    message = Message.objects.get(direction="in")
    assert message.body == "Do you open on Sundays?"
    assert message.conversation.waiting_since
    assert message.conversation.contact.email == "ada@client.example"
    assert Address.objects.get().state == "allowed"


def test_the_box_is_empty_until_somebody_ticks_it(client):
    text = client.get(URL).text

    assert KEEP_IN_TOUCH in text
    assert "checked" not in text


def test_staff_see_it_in_the_inbox(client, as_staff):
    client.post(URL, typed())

    assert "Ada Lovelace" in as_staff.get("/messages/").text


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"name": ""}, "Enter your name."),
        ({"message": "  "}, "Write your message."),
        ({"message": "x" * 2001}, "at most 2000"),
        ({"email": ""}, "Enter an email address or a phone number"),
        ({"email": "", "phone": "soon"}, "cannot be a phone number"),
        ({"name": "www.spam.example"}, "without a web address"),
        ({"name": "visit evil .tld"}, "without a web address"),
        ({"email": f"{'x' * 65}@client.example"}, "before the @ it has more than 64"),
        ({"once": ""}, "out of date"),
        ({"opened": ""}, "out of date"),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(client, values, words):
    before = everything()

    response = client.post(URL, typed(**values))

    assert response.status_code == 200
    assert words in response.text
    assert values.get("name", "Ada Lovelace") in response.text
    assert everything() == before


def test_a_known_person_is_answered_like_a_stranger(client):
    ContactFactory(name="Ada Lovelace", email="ada@client.example", notes="Owes us money")

    known = Client().post(URL, typed(), follow=True)
    stranger = Client().post(URL, typed(email="stranger@client.example"), follow=True)

    assert known.redirect_chain == stranger.redirect_chain
    assert known.text == stranger.text


def test_a_double_click_writes_once(client):
    values = typed()

    assert client.post(URL, values).url == client.post(URL, values).url

    assert Message.objects.filter(direction="in").count() == 1


def test_the_same_form_with_other_words_is_refused(client):
    values = typed()
    client.post(URL, values)

    response = client.post(URL, values | {"message": "Something else"})

    assert response.status_code == 409
    assert "You have sent this before" in response.text
    assert "Something else" in response.text
    assert Message.objects.filter(direction="in").count() == 1


@pytest.mark.parametrize("caught", [{"website": "https://spam.example"}])
def test_a_machine_gets_the_same_answer_and_writes_nothing(client, caught):
    before = everything()

    response = client.post(URL, typed(**caught), follow=True)

    assert "Thank you for your message" in response.text
    assert everything() == before


def test_whoever_is_faster_than_a_hand_is_asked_again(client):
    response = client.post(URL, typed(opened=bots.opened()))

    assert "That was very quick" in response.text
    assert not Message.objects.exists()


def test_a_page_that_was_open_for_a_day_gets_a_new_note(client):
    opened = bots.opened(timezone.now() - datetime.timedelta(hours=25))

    response = client.post(URL, typed(opened=opened))

    assert "This page was out of date" in response.text
    assert opened not in response.text
    assert not Message.objects.exists()


def test_ten_messages_an_hour_are_the_most(client):
    for number in range(10):
        client.post(URL, typed(message=f"Message {number}"))

    response = client.post(URL, typed(message="One more"))

    assert response.status_code == 429
    assert "One more" in response.text
    assert Message.objects.filter(direction="in").count() == 10


def test_looking_changes_nothing(client):
    before = everything()

    client.get(f"{URL}?name=Ada&email=ada@client.example")
    client.head(URL)

    assert everything() == before


def test_before_activation_it_is_not_there(client):
    Business.objects.update_or_create(pk=1, defaults={"activated_at": None})

    assert client.get(URL).status_code == 404
    assert client.post(URL, typed()).status_code == 404
    assert not Message.objects.exists()


def test_what_an_address_book_puts_around_a_number_is_dropped(client):
    values = {
        "phone": "\u202a+44 7400 654321\u202c",
        "email": "ida.exemplar@example.net\u200b",
        "name": "Ida\ufeff",
    }

    response = client.post(URL, typed(**values))

    assert response.url == "/contact/thanks/"
    contact = Contact.objects.get()
    assert (contact.name, contact.email, contact.phone) == (
        "Ida",
        "ida.exemplar@example.net",
        "+44 7400 654321",
    )
    assert contact.phone_e164 == "+447400654321"
