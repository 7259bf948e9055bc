"""What the worker makes of email that came in: whose conversation it is, and who becomes a contact."""

import threading
from types import SimpleNamespace

import pytest
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app as jobs

from alerts.models import Alert
from contacts import inbound
from contacts.models import Contact
from messaging.inbound import events, mail
from messaging.inbound.parsing import parse
from messaging.models import Conversation, Message, WebhookEvent
from messaging.tests import outside
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.words.rules import Channel, RuleCode

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _set_up(settings):
    settings.INBOUND_EMAIL = "reply@in.example"
    settings.DEFAULT_FROM_EMAIL = "Front Desk <desk@business.example>"


def bring(body="Hello.", **fields):
    raw = outside.email(body, **fields)
    told = events.named(events.fingerprint(raw), mail.read(parse(raw), raw=raw))
    events.store(Channel.EMAIL, *told, now=timezone.now())
    inbound.process_events(limit=10, now=timezone.now())


def incoming():
    return Message.objects.filter(direction="in")


def test_the_address_it_was_sent_to_names_the_conversation():
    ada = ConversationFactory(name="Ada", email="ada@client.example")
    bert = ConversationFactory(name="Bert", email="bert@client.example")

    bring("From my other address", sender="ada@client.example", to=f"reply+{bert.token}@in.example")

    assert incoming().get().conversation == bert
    assert incoming().get().address == "ada@client.example"
    assert not ada.messages.exists()


@pytest.mark.parametrize("header", ["In_Reply_To", "References"])
def test_what_it_answers_names_the_conversation(header):
    message = MessageFactory(status="sent", sent_at=timezone.now())

    bring(sender="Other <other@client.example>", **{header: f"<{message.uuid}@business.example>"})

    assert incoming().get().conversation == message.conversation
    assert Contact.objects.count() == 1


def test_a_message_id_of_the_provider_names_the_conversation():
    message = MessageFactory(status="sent", sent_at=timezone.now(), provider_id="<p1@provider.example>")

    bring(sender="other@client.example", In_Reply_To="<p1@provider.example>")

    assert incoming().get().conversation == message.conversation


def test_else_the_sender_does():
    ada = ConversationFactory(name="Ada", email="ada@client.example")

    bring(sender="Ada L. <ADA@client.example>")

    message = incoming().get()
    ada.refresh_from_db()
    assert message.conversation == ada
    assert (message.subject, message.provider_id) == ("A question", "<1@client.example>")
    assert ada.waiting_since == message.send_at


def test_a_stranger_becomes_a_contact_and_is_welcomed():
    bring(sender='"Grace Hopper" <grace@client.example>')

    contact = Contact.objects.get()
    assert (contact.name, contact.email, contact.source) == (
        "Grace Hopper",
        "grace@client.example",
        "inbound",
    )
    assert contact.conversation.waiting_since
    assert contact.conversation.messages.get(rule=RuleCode.WELCOME).status != "skipped"


@pytest.mark.parametrize(
    ("sender", "name"),
    [
        ("grace@client.example", "grace"),
        ('"Buy now: https://spam.example" <grace@client.example>', "Buy now:"),
        ('"Visit spam.example now" <grace@client.example>', "Visit now"),
        ('"Dr. G. Hopper" <grace@client.example>', "Dr. G. Hopper"),
        ('"grace@client.example" <grace@client.example>', "grace"),
        ("=?utf-8?q?Gr=C3=A4ce?= <grace@client.example>", "Gräce"),
    ],
)
def test_the_name_of_a_stranger_carries_no_link(sender, name):
    bring(sender=sender)

    assert Contact.objects.get().name == name


MACHINES = [
    {"Auto_Submitted": "auto-replied"},
    {"Precedence": "bulk"},
    {"List_Id": "<news.example>"},
    {"X_Autoreply": "yes"},
    {"X_Auto_Response_Suppress": "All"},
    {"Return_Path": "<>"},
]


@pytest.mark.parametrize("headers", MACHINES, ids=lambda headers: next(iter(headers)))
def test_what_a_machine_wrote_is_kept_and_leaves_nobody_waiting(headers):
    ada = ConversationFactory(name="Ada", email="ada@client.example")
    Conversation.objects.filter(pk=ada.pk).update(status="closed")

    bring("I am away. Please stop writing to me.", **headers)

    ada.refresh_from_db()
    assert incoming().get().is_machine
    assert (ada.status, ada.waiting_since, ada.opt_out_hint_at) == ("closed", None, None)


def test_a_machine_that_nobody_knows_is_not_welcomed():
    bring(sender="news@list.example", List_Id="<news.example>")

    messages = Contact.objects.get().conversation.messages
    assert messages.get(rule=RuleCode.WELCOME).status == "skipped"
    assert messages.get(direction="in").is_machine


def test_many_strangers_at_once_are_not_all_welcomed(monkeypatch):
    monkeypatch.setattr(inbound, "MOST_WELCOMES", 2)
    for number in range(4):
        bring(sender=f"stranger{number}@client.example", Message_ID=f"<{number}@client.example>")

    welcomes = Message.objects.filter(rule=RuleCode.WELCOME)
    assert Contact.objects.count() == 4
    assert welcomes.exclude(status="skipped").count() == 2


def test_who_says_that_nobody_submitted_it_automatically_is_a_person():
    bring(Auto_Submitted="no")

    assert not incoming().get().is_machine


@pytest.mark.parametrize(
    "sender", ["desk@business.example", "reply@in.example", "reply+0123456789abcdef@in.example"]
)
def test_our_own_mail_that_comes_back_makes_no_contact(sender):
    bring(sender=sender)

    assert not Contact.objects.exists()
    assert "ourselves" in WebhookEvent.objects.get().trouble


def test_a_mail_server_makes_no_contact():
    bring(sender="MAILER-DAEMON@mx.example")

    assert not Contact.objects.exists()


@pytest.mark.parametrize("sender", ["", "nobody", "a b@@client.example", "<@client.example>"])
def test_a_sender_who_could_not_be_answered_makes_no_contact(sender):
    bring(sender=sender)

    assert not Contact.objects.exists()
    assert WebhookEvent.objects.get().trouble


def test_the_same_mail_by_another_way_is_there_once():
    ConversationFactory(name="Ada", email="ada@client.example")

    bring("Hello.")
    bring("Hello, with a footer of the provider.")

    assert incoming().count() == 1


def test_another_sender_may_use_the_same_message_id():
    ConversationFactory(name="Ada", email="ada@client.example")

    bring(sender="mallory@client.example")
    bring(sender="ada@client.example")

    assert incoming().count() == 2


def test_an_email_that_looks_like_an_opt_out_waits_for_a_decision():
    ada = ConversationFactory(name="Ada", email="ada@client.example")

    bring("Unsubscribe\n\nOn Monday you wrote:\n> Welcome")

    ada.refresh_from_db()
    assert ada.opt_out_hint_at


def test_what_we_said_ourselves_is_no_opt_out():
    ada = ConversationFactory(name="Ada", email="ada@client.example")

    bring("Thank you!\n\nOn Monday you wrote:\n> Unsubscribe here")

    ada.refresh_from_db()
    assert ada.opt_out_hint_at is None


def test_an_event_that_breaks_is_put_aside_and_the_next_go_on(monkeypatch):
    ConversationFactory(name="Ada", email="ada@client.example")
    WebhookEvent.objects.create(channel="email", event_id="broken", kind="inbound", payload={"surprise": 1})

    bring()

    broken = WebhookEvent.objects.get(event_id="broken")
    assert "TypeError" in broken.trouble
    assert Alert.objects.get().kind == Alert.Kind.UNREADABLE
    assert incoming().count() == 1


def test_events_are_forgotten_once_they_are_dealt_with_and_old():
    long_ago = timezone.now() - events.KEEP - timezone.timedelta(hours=1)
    for number, processed_at in enumerate([None, long_ago, timezone.now()]):
        received_at = timezone.now() if number == 2 else long_ago
        told = {"channel": "sms", "kind": "report", "payload": {}, "event_id": str(number)}
        WebhookEvent.objects.create(**told, received_at=received_at, processed_at=processed_at)

    assert events.forget(now=timezone.now()) == 1

    assert sorted(WebhookEvent.objects.values_list("event_id", flat=True)) == ["0", "2"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_one_contact_of_one_stranger():
    for number in range(6):
        raw = outside.email(
            f"Message {number}", sender="Grace <grace@client.example>", Message_ID=f"<{number}@x.example>"
        )
        told = events.named(str(number), mail.read(parse(raw), raw=raw))
        events.store(Channel.EMAIL, *told, now=timezone.now())
    start = threading.Barrier(3)

    def work():
        start.wait()
        try:
            inbound.process_events(limit=10, now=timezone.now())
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert Contact.objects.count() == 1
    assert incoming().count() == 6
    assert not WebhookEvent.objects.exclude(trouble="").exists()


def test_a_webhook_has_the_job_of_the_worker_done(client, settings, django_capture_on_commit_callbacks):
    settings.WEBHOOK_SECRET = outside.SECRET
    with django_capture_on_commit_callbacks(execute=True):
        outside.post_mail(client, outside.email())
        outside.post_mail(client, outside.email("Another", Message_ID="<2@client.example>"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name FROM procrastinate_jobs WHERE queueing_lock = 'process_events'")
        [[name]] = cursor.fetchall()

    jobs.tasks[name].func(SimpleNamespace(should_abort=lambda: False))

    assert incoming().count() == 2
    assert Contact.objects.count() == 1
