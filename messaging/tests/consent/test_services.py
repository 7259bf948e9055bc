"""Consent: what staff and the owners of an address can decide, and the evidence that it leaves."""

import datetime
import threading

import pytest
from django.db import connection
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from messaging.consent import services as consent
from messaging.inbox import saying
from messaging.models import Address, ConsentChange, Conversation, Message
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode

pytestmark = pytest.mark.django_db

NUMBER = "+447911123456"
HOUR = datetime.timedelta(hours=1)


@pytest.fixture
def ada():
    return ConversationFactory(name="Ada Client", email="ada@client.example", phone=NUMBER)


def refuse(value="ada@client.example", channel=Channel.EMAIL, **said):
    source = ConsentChange.Source.STAFF
    return consent.refuse(
        **{"channel": channel, "value": value, "source": source, "now": timezone.now(), **said}
    )


def hint(conversation, body="Please stop texting me", *, channel=Channel.SMS, address=NUMBER):
    now = timezone.now()
    saying.record_incoming(conversation=conversation, body=body, at=now, channel=channel, address=address)
    Conversation.objects.filter(pk=conversation.pk).update(opt_out_hint_at=now)


def test_each_change_leaves_evidence_and_nothing_else_does(staff):
    refuse(words="By phone: no more", by=staff)
    refuse(words="Again", by=staff)
    consent.allow(
        channel=Channel.EMAIL,
        value="ada@client.example",
        source=ConsentChange.Source.FORM,
        now=timezone.now(),
    )

    changes = ConsentChange.objects.order_by("pk")
    assert [(change.state, change.words, change.by) for change in changes] == [
        ("refused", "By phone: no more", staff),
        ("allowed", "", None),
    ]
    assert list(
        AuditEntry.objects.filter(subject_key__startswith="address")
        .order_by("pk")
        .values_list("action", flat=True)
    ) == [
        "address.refused",
        "address.allowed",
    ]


def test_a_typed_text_that_is_taken_back_leaves_the_contact_waiting(ada, staff, settings):
    settings.SMS_URL = "twilio://A:b@localhost/+15550100"
    saying.record_incoming(conversation=ada, body="Hello?", at=timezone.now() - HOUR)
    reply = saying.reply(conversation=ada, by=staff, body="Yes", channel=Channel.SMS, now=timezone.now())

    refuse(NUMBER, Channel.SMS)

    reply.refresh_from_db()
    ada.refresh_from_db()
    assert (reply.status, reply.reason_code) == ("cancelled", Reason.OPTED_OUT)
    assert ada.waiting_since
    assert ada.paused_at is None


def test_the_answer_to_stop_survives_another_stop(ada):
    answer = MessageFactory(conversation=ada, rule=RuleCode.CONSENT, channel="sms", address=NUMBER)

    refuse(NUMBER, Channel.SMS)

    answer.refresh_from_db()
    assert (answer.status, answer.channel) == ("queued", "sms")


def test_a_hint_that_is_one_refuses_the_address_it_came_from(ada, staff):
    hint(ada)

    address = consent.decide_hint(conversation=ada, is_opt_out=True, by=staff, now=timezone.now())

    evidence = ConsentChange.objects.get()
    ada.refresh_from_db()
    assert (address.channel, address.value, address.state) == ("sms", NUMBER, "refused")
    assert (evidence.source, evidence.words, evidence.by) == ("message", "Please stop texting me", staff)
    assert ada.opt_out_hint_at is None


def test_a_hint_that_is_none_changes_nothing_but_the_hint(ada, staff):
    hint(ada)

    assert consent.decide_hint(conversation=ada, is_opt_out=False, by=staff, now=timezone.now()) is None

    ada.refresh_from_db()
    assert ada.opt_out_hint_at is None
    assert ada.waiting_since
    assert not Address.objects.exists()


def test_what_was_noted_at_the_desk_since_is_not_the_hint(ada, staff):
    hint(ada)
    saying.record_incoming(conversation=ada, body="Called: is late", at=timezone.now(), by=staff)

    consent.decide_hint(conversation=ada, is_opt_out=True, by=staff, now=timezone.now())

    assert Address.objects.get().value == NUMBER


@pytest.mark.django_db(transaction=True)
def test_two_people_decide_a_hint_once(staff, admin):
    ada = ConversationFactory(name="Ada Client", email="ada@client.example", phone=NUMBER)
    hint(ada)
    outcomes, start = [], threading.Barrier(2)

    def decide(by):
        start.wait()
        try:
            consent.decide_hint(conversation=ada, is_opt_out=True, by=by, now=timezone.now())
            outcomes.append("decided")
        except consent.NothingToDecide:
            outcomes.append("too late")
        finally:
            connection.close()

    people = [threading.Thread(target=decide, args=[by]) for by in (staff, admin)]
    for person in people:
        person.start()
    for person in people:
        person.join()

    assert sorted(outcomes) == ["decided", "too late"]
    assert ConsentChange.objects.count() == 1


def post_consent(browser, conversation, **fields):
    data = {"channel": "sms", "wish": "stop", "words": "By phone: no more texts", **fields}
    return browser.post(reverse("messaging:consent", args=[conversation.contact_id]), data, follow=True)


def test_staff_note_what_somebody_said(ada, as_staff, staff):
    response = post_consent(as_staff, ada)

    evidence = ConsentChange.objects.get()
    assert response.redirect_chain[-1][0] == ada.contact.get_absolute_url()
    assert (evidence.address.value, evidence.state, evidence.source, evidence.by) == (
        NUMBER,
        "refused",
        "staff",
        staff,
    )
    assert f"Nothing more goes to {NUMBER}." in response.text


def test_staff_go_back_to_the_thread_they_came_from(ada, as_staff):
    response = post_consent(as_staff, ada, wish="allow", back="thread")

    assert response.redirect_chain[-1][0] == ada.get_absolute_url()
    assert Address.objects.get().state == "allowed"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"words": " "}, "it is the evidence"),
        ({"channel": "desk"}, "not one of the available choices"),
        ({"wish": "perhaps"}, "not one of the available choices"),
        ({"words": "x" * 501}, "at most 500 characters"),
    ],
)
def test_without_evidence_nothing_is_noted(ada, as_staff, fields, words):
    response = post_consent(as_staff, ada, **fields)

    assert words in response.text
    assert not Address.objects.exists()


def test_without_an_address_nothing_is_noted(as_staff):
    bert = ConversationFactory(name="Bert Client", email="bert@client.example")

    assert "has no address for SMS" in post_consent(as_staff, bert).text
    assert not Address.objects.exists()


def test_staff_decide_on_a_hint(ada, as_staff):
    hint(ada)
    url = reverse("messaging:consent_hint", args=[ada.contact_id])

    assert "Say whether" in as_staff.post(url, {"is_opt_out": "perhaps"}, follow=True).text
    assert f"Nothing more goes to {NUMBER}" in as_staff.post(url, {"is_opt_out": "yes"}, follow=True).text
    assert "decided that already" in as_staff.post(url, {"is_opt_out": "no"}, follow=True).text

    assert Address.objects.get().is_refused


def test_an_address_with_its_evidence_costs_one_query(ada, staff, django_assert_num_queries):
    refuse(words="By phone", by=staff)
    refuse(NUMBER, Channel.SMS, words="STOP")

    with django_assert_num_queries(1):
        found = list(Address.objects.of(ada.contact).with_evidence().order_by("pk"))

    assert [(address.evidence["words"], address.evidence["by"]) for address in found] == [
        ("By phone", "Sara Staff"),
        ("STOP", None),
    ]
    assert found[0].evidence_source == "Noted by staff"
    assert found[0].evidence_at


def test_an_address_that_came_back_stays_closed_and_another_one_is_open(ada):
    consent.mark_bounced(
        channel=Channel.EMAIL, value="ada@client.example", words="No such user.", now=timezone.now()
    )

    again = consent.mark_bounced(
        channel=Channel.EMAIL, value="ada@client.example", words="Later.", now=timezone.now()
    )

    assert again.bounce_words == "No such user."
    assert not Address.objects.filter(value="ada2@client.example").exists()


def test_a_planned_message_goes_another_way_and_says_why(ada):
    message = MessageFactory(conversation=ada, status="planned", send_at=timezone.now() + HOUR)

    refuse()

    message.refresh_from_db()
    assert (message.status, message.channel, message.reason) == (
        Message.Status.PLANNED,
        "sms",
        "Opted out of email. Goes by SMS.",
    )


def test_who_wants_visits_only_gets_reminders_and_no_thanks(ada):
    later = timezone.now() + HOUR
    reminder = MessageFactory(conversation=ada, status="planned", send_at=later, rule=RuleCode.REMINDER)
    thanks = MessageFactory(conversation=ada, status="planned", send_at=later, rule=RuleCode.THANK_YOU)

    consent.refuse(
        channel=Channel.EMAIL,
        value="ada@client.example",
        source=ConsentChange.Source.UNSUBSCRIBE,
        but_visits=True,
        now=timezone.now(),
    )

    reminder.refresh_from_db()
    thanks.refresh_from_db()
    assert (reminder.status, reminder.channel, reminder.reason) == (Message.Status.PLANNED, "email", "")
    assert (thanks.status, thanks.reason) == (Message.Status.CANCELLED, "Wants email about visits only.")
