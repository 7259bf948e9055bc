"""Who comes by a public page: found or made, never shown and never overwritten."""

import datetime
import threading
import uuid

import pytest
import time_machine
from django.db import connection

from accounts.models import AuditEntry, Business
from alerts.models import Alert
from careops.core.once import SentBefore
from contacts import unverified
from contacts.models import Contact
from contacts.tests.factories import ContactFactory
from contacts.unverified import KEEP_IN_TOUCH, UnverifiedContact
from messaging.consent.services import refuse
from messaging.models import Address, ConsentChange, Message

pytestmark = pytest.mark.django_db

NOW = datetime.datetime(2026, 11, 23, 10, tzinfo=datetime.UTC)


def come(source=Contact.Source.FORM, now=NOW, **values):
    who = UnverifiedContact(**{"name": "Ada Lovelace", "email": "ada@client.example", **values})
    return unverified.known_or_new(who, source=source, now=now)


def write(body="Do you open on Sundays?", once=None, **values):
    who = UnverifiedContact(**{"name": "Ada Lovelace", "email": "ada@client.example", **values})
    return unverified.write_to_us(who=who, body=body, now=NOW, once=once)


def test_somebody_new_becomes_a_contact_whom_a_customer_made():
    contact = come(phone="020 7946 0000")

    assert (contact.name, contact.email, contact.phone_e164) == (
        "Ada Lovelace",
        "ada@client.example",
        "+442079460000",
    )
    entry = AuditEntry.objects.about(contact).get()
    assert (entry.action, entry.actor, entry.by) == ("contact.created", "customer", None)


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"name": "ada LOVELACE"},
        {"phone": "+44 20 7946 0000"},
        {"email": "", "phone": "020 7946 0000"},
    ],
)
def test_the_same_name_and_address_are_the_same_contact(given):
    known = ContactFactory(name="Ada Lovelace", email="ada@client.example", phone="+442079460000")
    before = Contact.objects.values().get()

    assert come(**given) == known
    assert Contact.objects.values().get() == before


@pytest.mark.parametrize(
    "given",
    [
        {"name": "Ben Lovelace"},
        {"email": "other@client.example"},
        {"email": "other@client.example", "phone": "020 7946 0000"},
        {"phone": "020 7946 1111"},
    ],
)
def test_anybody_else_is_a_contact_of_their_own(given):
    known = ContactFactory(name="Ada Lovelace", email="ada@client.example", phone="020 7946 0000")
    before = Contact.objects.filter(pk=known.pk).values().get()

    assert come(**given) != known
    assert Contact.objects.filter(pk=known.pk).values().get() == before


def test_what_a_known_contact_lacks_is_told_to_staff_and_not_filled_in():
    known = ContactFactory(name="Ada Lovelace", email="ada@client.example")

    message = write(phone="020 7946 0000")

    known.refresh_from_db()
    assert known.phone == ""
    assert message.body.endswith("(They gave 020 7946 0000, which their contact does not have.)")


def test_the_oldest_of_two_that_fit_is_taken():
    first = ContactFactory(name="Ada Lovelace", email="ada@client.example")
    ContactFactory(name="Ada Lovelace", email="ada@client.example")

    assert come() == first


def test_a_flood_of_strangers_is_taken_and_not_welcomed_and_somebody_is_told(monkeypatch):
    monkeypatch.setattr(unverified, "MOST_NEW", 2)
    for number in range(2):
        come(email=f"ada{number}@client.example")
    assert not Alert.objects.exists()

    for number in range(2, 4):
        come(email=f"ada{number}@client.example")

    assert Contact.objects.count() == 4
    welcomes = Message.objects.filter(rule="welcome").order_by("pk")
    assert [*welcomes.values_list("status", "reason_code")] == [("queued", "")] * 2 + [
        ("skipped", "stranger")
    ] * 2
    alert = Alert.objects.get()
    assert (alert.kind, alert.source_key, alert.count) == ("strangers", "form", 2)


def test_a_flood_of_messages_is_none_of_bookings(monkeypatch):
    monkeypatch.setattr(unverified, "MOST_NEW", 1)
    come(email="one@client.example")
    come(email="two@client.example", source=Contact.Source.BOOKING)
    assert not Alert.objects.exists()

    come(email="three@client.example", source=Contact.Source.BOOKING)

    assert Alert.objects.get().source_key == "booking"


def test_the_alert_about_a_flood_ends_with_it_and_the_next_flood_raises_another(monkeypatch):
    monkeypatch.setattr(unverified, "MOST_NEW", 1)
    hour, second = unverified.NEW_IN, datetime.timedelta(seconds=1)
    with time_machine.travel(NOW, tick=False):
        for number in range(2):
            come(email=f"ada{number}@client.example")

    unverified.end_floods(now=NOW + hour - second)
    assert Alert.objects.get().status == "open"

    unverified.end_floods(now=NOW + hour)
    alert = Alert.objects.get()
    assert (alert.status, alert.settled_why) == ("resolved", "No more of them have come.")

    with time_machine.travel(NOW + 2 * hour, tick=False):
        for number in range(2, 4):
            come(email=f"ada{number}@client.example", now=NOW + 2 * hour)
    assert list(Alert.objects.order_by("pk").values_list("status", flat=True)) == ["resolved", "open"]


@pytest.mark.parametrize(
    "second",
    [
        {"name": "Eve"},
        {"name": "Eve", "email": "", "phone": "07400 654321"},
        {"name": "Eve", "email": "e@x.example"},
    ],
)
def test_an_address_gets_one_welcome_a_day(second):
    come(phone="+44 7400 654321")
    come(**{"phone": "07400 654321"} | second)

    assert Contact.objects.count() == 2
    assert Message.objects.filter(rule="welcome", status="queued").count() == 1
    assert Message.objects.get(rule="welcome", status="skipped").reason_code == "stranger"


def test_the_next_day_an_address_may_be_welcomed_again():
    come()

    unverified.known_or_new(
        UnverifiedContact("Eve", email="ada@client.example"),
        source=Contact.Source.FORM,
        now=NOW + datetime.timedelta(days=1),
    )

    assert Message.objects.filter(rule="welcome", status="queued").count() == 2


@pytest.mark.django_db(transaction=True)
def test_of_strangers_at_once_no_more_are_welcomed_than_may_be(monkeypatch):
    monkeypatch.setattr(unverified, "MOST_NEW", 2)
    Business.objects.current()
    start = threading.Barrier(6)

    def arrive(number):
        start.wait()
        try:
            come(email=f"ada{number}@client.example")
        finally:
            connection.close()

    threads = [threading.Thread(target=arrive, args=[number]) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Contact.objects.count() == 6
    assert Message.objects.filter(rule="welcome", status="queued").count() == 2


def test_a_tick_is_noted_with_the_words_that_stood_there():
    come(phone="07911 123456", keep_in_touch=True)

    evidence = ConsentChange.objects.order_by("address__channel")
    assert [*evidence.values_list("address__value", "state", "source", "words", "by")] == [
        ("ada@client.example", "allowed", "form", KEEP_IN_TOUCH, None),
        ("+447911123456", "allowed", "form", KEEP_IN_TOUCH, None),
    ]


def test_no_tick_leaves_nothing():
    come()

    assert not Address.objects.exists()


def test_a_tick_does_not_undo_a_refusal():
    refuse(channel="email", value="ada@client.example", source=ConsentChange.Source.STAFF, now=NOW)

    come(keep_in_touch=True)

    assert Address.objects.get().is_refused
    assert ConsentChange.objects.count() == 1


def test_a_message_waits_in_the_conversation_and_is_welcomed():
    message = write()

    conversation = message.conversation
    assert (message.direction, message.channel, message.body) == ("in", "email", "Do you open on Sundays?")
    assert (conversation.waiting_since, conversation.status) == (NOW, "open")
    assert conversation.messages.get(rule="welcome").status == "queued"
    assert conversation.contact.source == Contact.Source.FORM


@pytest.mark.parametrize(
    ("phone", "channel"), [("07911 123456", "sms"), ("12345", "desk"), ("020 7946 0000", "desk")]
)
def test_a_message_with_a_number_alone_says_how_to_answer(phone, channel):
    assert write(email="", phone=phone).channel == channel


def test_a_message_of_somebody_known_is_not_welcomed_again():
    ContactFactory(name="Ada Lovelace", email="ada@client.example")

    write()

    assert not Message.objects.filter(rule="welcome").exists()


def test_the_same_form_writes_one_message():
    once = uuid.uuid4()

    assert write(once=once) == write(once=once)

    assert Message.objects.filter(direction="in").count() == 1


def test_the_same_form_of_somebody_known_with_another_number_is_refused():
    ContactFactory(name="Ada Lovelace", email="ada@client.example")
    once = uuid.uuid4()
    first = write(once=once, phone="020 7946 0000")

    assert write(once=once, phone="020 7946 0000") == first
    with pytest.raises(SentBefore):
        write(once=once, phone="020 7946 0999")
    assert Message.objects.filter(direction="in").count() == 1


@pytest.mark.parametrize(
    "other",
    [
        {"body": "Something else"},
        {"body": "Do you open"},
        {"name": "Ben"},
        {"email": "ada@clients.example"},
        {"phone": "020 7946 0000"},
        {"email": "", "phone": "020 7946 0000"},
    ],
)
def test_the_same_form_with_other_words_is_refused(other):
    once = uuid.uuid4()
    write(once=once)

    with pytest.raises(SentBefore):
        write(once=once, **other)

    assert Message.objects.filter(direction="in").count() == 1
    assert Contact.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_twenty_forms_with_one_address_at_once_make_one_contact():
    Business.objects.current()
    together = threading.Barrier(20)
    trouble = []

    def arrive():
        together.wait()
        try:
            write(once=uuid.uuid4())
        except Exception as error:
            trouble.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=arrive) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert trouble == []
    assert Contact.objects.count() == 1
    assert Message.objects.filter(direction="in").count() == 20


def test_a_blocked_address_is_known_whatever_the_name():
    contact = ContactFactory(email="ada@client.example")
    assert not unverified.is_blocked(UnverifiedContact("Anybody", email="ada@client.example"))

    Contact.objects.filter(pk=contact.pk).update(is_blocked=True)

    assert unverified.is_blocked(UnverifiedContact("Anybody", email="ada@client.example"))
