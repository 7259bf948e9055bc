"""What the worker makes of texts that came in: words that are obeyed, and messages in their conversation."""

import datetime

import pytest
from django.utils import timezone

from alerts.models import Alert
from contacts.inbound import process_events
from contacts.models import Contact
from messaging.inbox import saying
from messaging.models import Address, ConsentChange, Conversation, Message, WebhookEvent
from messaging.tests import outside
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode

pytestmark = pytest.mark.django_db

NUMBER = "+447911123456"
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _set_up(settings):
    settings.ALLOWED_ORIGINS = [outside.ORIGIN]
    settings.SMS_URL = outside.SMS_URL


@pytest.fixture
def ada():
    return ConversationFactory(name="Ada Client", email="ada@client.example", phone=NUMBER)


@pytest.fixture
def texts(client):
    """Have somebody text us, and let the worker deal with it."""
    count = iter(range(1000))

    def text(body, *, number=NUMBER, now=None, **fields):
        assert (
            outside.post_sms(
                client, outside.sms_from(number, body, sid=f"SM{next(count)}", **fields)
            ).status_code
            == 200
        )
        process_events(limit=10, now=now or timezone.now())

    return text


def answers():
    return Message.objects.filter(rule=RuleCode.CONSENT).order_by("pk")


def state_of(value=NUMBER):
    return Address.objects.get(channel=Channel.SMS, value=value).state


def test_a_text_joins_the_conversation_and_waits_for_an_answer(ada, texts):
    texts("Can I come at five?")

    message = ada.messages.get()
    ada.refresh_from_db()
    assert (message.direction, message.channel, message.body) == ("in", "sms", "Can I come at five?")
    assert (message.address, message.provider_id) == (NUMBER, "SM0")
    assert ada.waiting_since == message.send_at
    assert ada.is_unread
    assert WebhookEvent.objects.get().processed_at


@pytest.mark.parametrize(
    "word",
    [
        "STOP",
        " stop ",
        "Stop!",
        "stopall",
        "Unsubscribe.",
        "END",
        "quit",
        "revoke",
        "opt out",
        "OPT-OUT",
        "optout",
        "S.T.O.P",
    ],
)
def test_stop_refuses_the_number_with_evidence_and_one_answer(ada, texts, word):
    texts(word)

    evidence = ConsentChange.objects.get()
    answer = answers().get()
    assert state_of() == "refused"
    assert (evidence.source, evidence.words) == ("message", word.strip())
    assert (answer.status, answer.channel, answer.address, answer.conversation) == (
        "queued",
        "sms",
        NUMBER,
        ada,
    )
    assert "no more texts" in answer.body


def test_stop_is_shown_in_the_thread_but_leaves_nobody_waiting(ada, texts):
    texts("STOP")

    ada.refresh_from_db()
    assert ada.messages.filter(direction="in").get().body == "STOP"
    assert ada.waiting_since is None
    assert ada.is_unread
    assert ada.status == Conversation.Status.OPEN


def test_stop_cancels_planned_texts_or_sends_them_by_email(ada, texts, settings):
    settings.EMAIL_URL = "smtp://localhost:1"
    due = timezone.now() + DAY
    planned = {"conversation": ada, "channel": "sms", "status": "planned", "send_at": due}
    reminder = MessageFactory(**planned, rule=RuleCode.REMINDER)
    typed = MessageFactory(**planned, rule="", key=None)

    texts("STOP")

    reminder.refresh_from_db()
    typed.refresh_from_db()
    assert (reminder.status, reminder.channel) == ("planned", "email")
    assert (typed.status, typed.reason_code) == ("cancelled", Reason.OPTED_OUT)


def test_stop_affects_everybody_who_shares_the_number(ada, texts):
    bert = ConversationFactory(name="Bert Client", email="", phone=NUMBER)
    planned = MessageFactory(conversation=bert, channel="sms", status="planned", send_at=timezone.now() + DAY)

    texts("STOP")

    planned.refresh_from_db()
    assert (planned.status, planned.reason_code) == ("cancelled", Reason.OPTED_OUT)


def test_stop_twice_is_answered_once_a_day(ada, texts):
    now = timezone.now()

    texts("STOP", now=now)
    texts("stop", now=now)
    texts("stop", now=now + DAY + datetime.timedelta(minutes=1))

    assert answers().count() == 2
    assert ConsentChange.objects.count() == 1


def test_the_answer_to_stop_is_the_one_text_that_leaves(ada, texts, staff):
    texts("STOP")

    with pytest.raises(saying.ChannelClosed, match="Opted out"):
        saying.reply(conversation=ada, by=staff, body="Why?", channel=Channel.SMS, now=timezone.now())


@pytest.mark.parametrize("word", ["START", "unstop"])
def test_start_allows_the_number_again(ada, texts, word):
    texts("STOP")

    texts(word)

    assert state_of() == "allowed"
    assert [change.state for change in ConsentChange.objects.order_by("pk")] == ["refused", "allowed"]
    assert "again" in answers().last().body


@pytest.mark.parametrize("word", ["HELP", "info?"])
def test_help_says_who_we_are_and_changes_nothing(ada, texts, word):
    texts(word)

    assert state_of() == "unknown"
    assert ConsentChange.objects.count() == 0
    assert "texts about your visits" in answers().get().body


def test_what_the_provider_has_answered_is_not_answered_again(ada, texts):
    texts("STOP", OptOutType="STOP")

    assert state_of() == "refused"
    assert not answers().exists()


def test_cancel_ends_the_texts_and_asks_what_was_meant(ada, texts):
    now = timezone.now()
    visit = {"conversation": ada, "rule": RuleCode.REMINDER, "about_url": "/bookings/7/", "status": "planned"}
    MessageFactory(
        **visit, subject="Reminder: Massage, Tuesday", send_at=now + DAY, useless_after=now + 2 * DAY
    )
    called_off = visit | {"status": "cancelled", "about_url": "/bookings/3/"}
    MessageFactory(**called_off, send_at=now, useless_after=now + DAY)

    texts("Cancel")

    alert = Alert.objects.get()
    assert state_of() == "refused"
    assert (alert.kind, alert.url) == (Alert.Kind.CANCEL_WORD, "/bookings/7/")
    assert alert.matters_at == now + 2 * DAY
    assert "Reminder: Massage, Tuesday" in alert.detail
    assert Message.objects.filter(rule=RuleCode.REMINDER, status="planned").exists()


def test_cancel_without_a_visit_leads_to_the_contact(ada, texts):
    texts("CANCEL")

    assert Alert.objects.get().url == ada.contact.get_absolute_url()


@pytest.mark.parametrize(
    "sentence",
    ["please stop texting me", "Don't message me any more!", "Stop it please", "remove me from your list"],
)
def test_a_sentence_that_looks_like_an_opt_out_waits_for_a_decision(ada, texts, sentence):
    texts(sentence)

    ada.refresh_from_db()
    assert ada.opt_out_hint_at == ada.messages.get().send_at
    assert ada.waiting_since
    assert not Address.objects.filter(state="refused").exists()
    assert not answers().exists()


@pytest.mark.parametrize(
    "sentence",
    [
        "Please cancel my visit on Tuesday",
        "The bus stop is closed, I am late",
        "Can you start earlier?",
        "I need help",
    ],
)
def test_other_sentences_do_not(ada, texts, sentence):
    texts(sentence)

    ada.refresh_from_db()
    assert ada.opt_out_hint_at is None
    assert not Address.objects.exists()


def test_several_share_a_number_and_the_one_written_to_last_is_meant(ada, texts):
    bert = ConversationFactory(name="Bert Client", phone=NUMBER)
    now = timezone.now()
    MessageFactory(conversation=ada, channel="sms", status="sent", sent_at=now - DAY)
    MessageFactory(conversation=bert, channel="sms", status="sent", sent_at=now - 2 * DAY)

    texts("Thank you")

    assert ada.messages.filter(direction="in").count() == 1
    assert bert.messages.filter(direction="in").count() == 0


def test_a_stranger_becomes_a_contact_once_and_is_welcomed(texts):
    texts("Do you have time tomorrow?")
    texts("Hello?")

    contact = Contact.objects.get()
    assert (contact.phone_e164, contact.source) == (NUMBER, "inbound")
    assert contact.conversation.messages.filter(direction="in").count() == 2
    assert contact.conversation.messages.filter(rule=RuleCode.WELCOME).count() == 1


def test_a_number_that_no_table_knows_becomes_one_contact(texts):
    texts("Do you have time tomorrow?", number="+447700900123")
    texts("Hello?", number="+447700900123")

    assert Contact.objects.get().conversation.messages.filter(direction="in").count() == 2


def test_a_strangers_stop_makes_no_contact(texts):
    texts("STOP")

    answer = answers().get()
    assert state_of() == "refused"
    assert not Contact.objects.exists()
    assert (answer.conversation, answer.address) == (None, NUMBER)


def test_a_sender_without_a_number_is_put_aside(texts):
    texts("Your parcel has arrived", number="PARCELS")

    assert not Contact.objects.exists()
    assert "no number" in WebhookEvent.objects.get().trouble


def test_a_picture_leaves_a_line_that_says_so(ada, texts):
    texts("", NumMedia="1")

    assert "does not keep" in ada.messages.get().body


def test_a_contact_who_is_deleted_has_still_refused(ada, texts, admin):
    texts("STOP")

    ada.contact.delete()

    assert state_of() == "refused"
    again = ConversationFactory(name="Ada Again", phone=NUMBER)
    with pytest.raises(saying.ChannelClosed):
        saying.reply(conversation=again, by=admin, body="Hi", channel=Channel.SMS, now=timezone.now())
