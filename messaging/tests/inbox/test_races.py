"""Two people at the same conversation, in transactions that really overlap: no answer lost, none doubled, no error."""

import threading
import uuid

import pytest
from django.db import connection, transaction
from django.test import Client
from django.utils import timezone

from accounts.models import Business
from accounts.roles import STAFF
from accounts.tests.factories import UserFactory
from careops.core.once import new_token
from messaging import pause
from messaging.inbox import drafts, handling, saying
from messaging.locks import locked
from messaging.models import Conversation, Draft, Message
from messaging.tests.talks import DAY, begun, url, waiting
from messaging.words.rules import Channel

pytestmark = pytest.mark.django_db(transaction=True)
LONG = 30  # seconds that nobody should wait


@pytest.fixture
def people():
    Business.objects.current()
    return [UserFactory(name=name, role=STAFF) for name in ("Sara Staff", "Max Muster")]


def at_once(*acts) -> list:
    """Do everything at the same time, each on a connection of its own; what came of each, or its error."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(n, act):
        try:
            start.wait(LONG)
            results[n] = act()
        except Exception as error:
            results[n] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(n, act)) for n, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(LONG)
    return results


def kinds(results) -> list[str]:
    return sorted(type(result).__name__ for result in results)


def test_of_two_who_take_a_conversation_one_has_it_and_the_other_is_told(people):
    conversation = waiting("Ada")

    results = at_once(
        *(
            lambda who=who: handling.assign_conversation(
                conversation=conversation, assignee=who, before=None, by=who
            )
            for who in people
        )
    )

    assert kinds(results) == ["Conversation", "TakenMeanwhile"]
    winner = next(result for result in results if isinstance(result, Conversation)).assignee
    conversation.refresh_from_db()
    assert conversation.assignee == winner


def test_of_two_who_answer_what_they_saw_one_does_and_the_other_reads_that_first(people):
    conversation = waiting("Ada")
    seen = Message.objects.get().pk

    results = at_once(
        *(
            lambda who=who: saying.reply(
                conversation=conversation, by=who, body=f"Yes, {who}", seen=seen, now=timezone.now()
            )
            for who in people
        )
    )

    assert kinds(results) == ["Message", "SaidMeanwhile"]
    assert Message.objects.filter(direction="out").count() == 1


def test_the_same_reply_arriving_at_once_is_one(people):
    conversation, once = waiting("Ada"), uuid.uuid4()

    results = at_once(
        *[
            lambda: saying.reply(
                conversation=conversation, by=people[0], body="Yes", now=timezone.now(), once=once
            )
        ]
        * 4
    )

    assert kinds(results) == ["Message"] * 4
    assert {message.pk for message in results} == {Message.objects.get(direction="out").pk}


def test_a_double_click_makes_one_reply_and_shows_it_twice(people):
    conversation = waiting("Ada")
    sent = {"body": "Yes", "once": new_token()}

    def click():
        client = Client()
        client.force_login(people[0], backend="accounts.backends.RoleBackend")
        return client.post(url("reply", conversation), sent).status_code

    assert at_once(click, click, click) == [302] * 3
    assert Message.objects.filter(direction="out").count() == 1


def test_a_message_that_comes_while_somebody_closes_is_never_lost(people):
    for _ in range(5):
        conversation = waiting("Ada")
        seen = conversation.messages.get().pk

        at_once(
            lambda c=conversation, s=seen: handling.close_conversation(
                conversation=c, seen=s, by=people[0], now=timezone.now()
            ),
            lambda c=conversation: saying.record_incoming(
                conversation=c, body="And another thing", at=timezone.now()
            ),
        )

        conversation.refresh_from_db()
        assert conversation.status == "open"
        assert conversation.waiting_since
        assert conversation.last_words == "And another thing"


def test_drafts_of_one_person_from_two_machines_are_one(people):
    conversation = begun("Ada")

    results = at_once(
        *(
            lambda n=n: drafts.save_draft(
                conversation=conversation,
                by=people[0],
                body=f"Draft {n}",
                channel=Channel.EMAIL,
                now=timezone.now(),
            )
            for n in range(4)
        )
    )

    assert kinds(results) == ["Draft"] * 4
    assert Draft.objects.get().body.startswith("Draft ")


def test_everything_at_once_leaves_no_error_and_no_deadlock(people):
    now = timezone.now()
    conversation = waiting("Ada")
    sara, maximilian = people

    results = at_once(
        lambda: saying.reply(conversation=conversation, by=sara, body="Yes", now=now),
        lambda: saying.add_note(conversation=conversation, by=maximilian, body="Note", now=now),
        lambda: handling.snooze_conversation(
            conversation=conversation, until=now + DAY, by=maximilian, now=now
        ),
        lambda: handling.mark_unread(conversation=conversation, by=maximilian),
        lambda: handling.mark_read(conversation=conversation, seen=None, by=sara),
        lambda: pause.resume_automation(conversation=conversation, by=maximilian, now=timezone.now()),
        lambda: handling.reopen_conversation(conversation=conversation, by=sara),
        lambda: saying.record_incoming(conversation=conversation, body="More", at=now),
        lambda: handling.wake_snoozed(now=now + 2 * DAY),
    )

    assert not [result for result in results if isinstance(result, Exception)]
    assert set(conversation.messages.values_list("body", flat=True)) == {
        "Words of Ada",
        "Yes",
        "Note",
        "More",
    }


@pytest.mark.parametrize(
    "action", ["reply", "note", "incoming", "draft", "assign", "snooze", "close", "read"]
)
def test_a_conversation_that_is_deleted_meanwhile_is_not_found(people, action):
    conversation = waiting("Ada")
    client = Client()
    client.force_login(people[0], backend="accounts.backends.RoleBackend")
    answers = []

    with transaction.atomic():
        locked(conversation)
        conversation.contact.delete()
        sent = {"body": "Hello", "until": "tomorrow", "assignee": people[0].pk}
        thread = threading.Thread(
            target=lambda: (
                answers.append(client.post(url(action, conversation), sent).status_code),
                connection.close(),
            )
        )
        thread.start()
        thread.join(0.7)  # it looks, and then waits for the lock
    thread.join(LONG)

    assert answers == [404]
    assert not Message.objects.exists()
