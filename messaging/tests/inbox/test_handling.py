import datetime

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business, User
from accounts.tests.factories import UserFactory
from messaging.inbox import handling, saying
from messaging.inbox.forms import snooze_choices
from messaging.models import Conversation, Message
from messaging.tests.factories import MessageFactory
from messaging.tests.talks import DAY, MINUTE, begun, text, url, waiting
from messaging.words.rules import RuleCode

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def business(db):
    return Business.objects.current()  # otherwise the first page would make it


def test_a_conversation_is_taken(as_staff, staff):
    conversation = waiting("Ada")

    response = as_staff.post(url("assign", conversation), {"assignee": staff.pk, "before": ""}, follow=True)

    conversation.refresh_from_db()
    assert conversation.assignee == staff
    assert "The conversation is yours." in text(response)


def test_a_conversation_is_given_to_a_colleague_and_to_nobody(as_staff, staff, admin):
    conversation = waiting("Ada")

    given = as_staff.post(url("assign", conversation), {"assignee": admin.pk}, follow=True)
    left = as_staff.post(url("assign", conversation), {"assignee": "", "before": admin.pk}, follow=True)

    conversation.refresh_from_db()
    assert conversation.assignee is None
    assert "Given to Amir Admin." in text(given)
    assert "The conversation is nobody" in text(left)


def test_who_is_slower_does_not_take_it_away(as_staff, admin, staff):
    conversation = waiting("Ada")
    handling.assign_conversation(conversation=conversation, assignee=admin, before=None, by=admin)

    response = as_staff.post(url("assign", conversation), {"assignee": staff.pk, "before": ""}, follow=True)

    conversation.refresh_from_db()
    assert conversation.assignee == admin
    assert "Amir Admin has this conversation now" in text(response)


@pytest.mark.parametrize("who", ["left", "999999999", "abc"])
def test_a_conversation_is_not_given_to_whoever_does_not_work_here(as_staff, who):
    conversation = waiting("Ada")
    if who == "left":
        who = UserFactory().pk
        User.objects.filter(pk=who).update(is_active=False)

    response = as_staff.post(url("assign", conversation), {"assignee": who}, follow=True)

    conversation.refresh_from_db()
    assert conversation.assignee is None
    assert "does not work here" in text(response)


@pytest.mark.parametrize(
    ("at", "offered"),
    [
        ("Tue 10:00", {"later": "Tue 13:00", "tomorrow": "Wed 09:00", "week": "Mon 09:00"}),
        ("Tue 21:30", {"tomorrow": "Wed 09:00", "week": "Mon 09:00"}),
        ("Sun 10:00", {"later": "Sun 13:00", "tomorrow": "Mon 09:00"}),
    ],
)
def test_snooze_offers_what_makes_sense_at_that_time(at, offered):
    day, clock = at.split()
    date = datetime.date(2031, 3, {"Tue": 4, "Sun": 9}[day])
    now = timezone.make_aware(datetime.datetime.combine(date, datetime.time.fromisoformat(clock)))

    choices = snooze_choices(now)

    assert {name: f"{timezone.localtime(when):%a %H:%M}" for name, (_, when) in choices.items()} == offered
    assert all(when > now for _, when in choices.values())


@pytest.fixture
def tuesday():
    with time_machine.travel("2031-03-04 10:00:00+00:00", tick=False):
        yield


def test_a_conversation_is_snoozed_and_comes_back_by_itself(tuesday, as_staff):
    conversation, now = waiting("Ada", minutes=5), timezone.now()

    response = as_staff.post(url("snooze", conversation), {"until": "tomorrow"}, follow=True)

    conversation.refresh_from_db()
    assert conversation.status == "snoozed"
    assert f"{timezone.localtime(conversation.snoozed_until):%a %H:%M}" == "Wed 09:00"
    assert response.redirect_chain[0][0] == reverse("messaging:inbox") + "?tab=all"
    assert "Ada comes back Wed 09:00, or with the next message." in text(response)
    assert (handling.wake_snoozed(now=now), handling.wake_snoozed(now=now + DAY)) == (0, 1)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.is_unread) == ("open", True)
    assert conversation.waiting_since == now - 5 * MINUTE


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"date": "2031-03-10"}, "comes back Mon 09:00"),
        ({"date": "2031-03-05"}, "comes back Wed 09:00"),
        ({"date": "2031-04-10"}, "comes back Thu 10 Apr, 09:00"),
        ({"date": "2031-03-04"}, "Choose a day to come"),
        ({"date": "2100-01-01"}, "Choose a day to come"),
        ({"date": "soon"}, "Enter a valid date."),
        ({"until": "never"}, "Select a valid choice"),
        ({}, "Choose until when."),
    ],
)
def test_snoozing_until_a_date_takes_dates_to_come_only(tuesday, as_staff, sent, words):
    conversation = waiting("Ada")

    response = as_staff.post(url("snooze", conversation), sent, follow=True)

    conversation.refresh_from_db()
    assert words in text(response)
    assert (conversation.status == "snoozed") == ("comes back" in words)


def test_a_message_brings_a_snoozed_or_closed_conversation_back(as_staff, staff):
    now = timezone.now()
    for name in ("snoozed", "closed"):
        conversation = begun(name)
        if name == "snoozed":
            handling.snooze_conversation(conversation=conversation, until=now + DAY, by=staff, now=now)
        else:
            handling.close_conversation(conversation=conversation, by=staff, now=timezone.now())

        saying.record_incoming(conversation=conversation, body="Hello?", at=now)

        conversation.refresh_from_db()
        assert (conversation.status, conversation.snoozed_until, conversation.is_unread) == (
            "open",
            None,
            True,
        )


@pytest.mark.parametrize("action", ["close", "snooze"])
def test_nobody_puts_away_what_they_have_not_seen(as_staff, action):
    conversation = waiting("Ada")
    seen = Message.objects.latest("pk").pk
    saying.record_incoming(conversation=conversation, body="And another thing", at=timezone.now())

    response = as_staff.post(url(action, conversation), {"seen": seen, "until": "tomorrow"}, follow=True)

    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert conversation.waiting_since
    assert "Ada has written in the meantime." in text(response)


def test_a_conversation_is_closed_and_reopened(as_staff):
    conversation = waiting("Ada")

    closed = as_staff.post(url("close", conversation, "?tab=mine"), follow=True)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.waiting_since) == ("closed", None)
    assert closed.redirect_chain == [(reverse("messaging:inbox") + "?tab=mine", 302)]
    assert "Closed the conversation with Ada." in text(closed)

    reopened = as_staff.post(url("reopen", conversation), follow=True)
    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert "Opened the conversation with Ada again." in text(reopened)


def test_automation_is_resumed_and_what_it_held_leaves(as_staff, staff):
    conversation, now = begun("Ada"), timezone.now()
    saying.reply(conversation=conversation, by=staff, body="Hello", now=now)
    held = MessageFactory(
        conversation=conversation,
        rule=RuleCode.REMINDER,
        status="skipped",
        reason_code="paused",
        useless_after=now + DAY,
    )

    response = as_staff.post(url("resume", conversation), follow=True)

    conversation.refresh_from_db()
    held.refresh_from_db()
    assert conversation.paused_at is None
    assert held.status == "queued"
    assert "Automation may write to Ada again. 1 held message leaves now." in text(response)


def test_looking_at_a_conversation_marks_it_read_but_answers_nobody(as_staff):
    conversation = waiting("Ada")

    response = as_staff.post(
        url("read", conversation), {"seen": Message.objects.get().pk}, headers={"hx-request": "true"}
    )

    conversation.refresh_from_db()
    assert response.status_code == 204
    assert not conversation.is_unread
    assert conversation.waiting_since


@pytest.mark.parametrize("seen", ["", "abc", "-1", "9" * 30])
def test_marking_as_read_takes_anything(as_staff, seen):
    conversation = waiting("Ada")

    assert as_staff.post(url("read", conversation), {"seen": seen}).status_code == 302
    conversation.refresh_from_db()
    assert not conversation.is_unread


def test_what_came_after_the_page_stays_unread(as_staff):
    conversation = waiting("Ada")
    seen = Message.objects.get().pk
    saying.record_incoming(conversation=conversation, body="And another thing", at=timezone.now())

    as_staff.post(url("read", conversation), {"seen": seen})

    conversation.refresh_from_db()
    assert conversation.is_unread


def test_a_conversation_is_marked_as_unread(as_staff):
    conversation = begun("Ada")

    response = as_staff.post(url("unread", conversation), follow=True)

    conversation.refresh_from_db()
    assert conversation.is_unread
    assert response.redirect_chain[0][0] == reverse("messaging:inbox") + "?tab=all"
    assert Conversation.objects.waiting().count() == 0
