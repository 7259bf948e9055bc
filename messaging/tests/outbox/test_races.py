"""Who wins where two act on one message at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEntry
from messaging.models import Message
from messaging.outbox import services as outbox
from messaging.tests.factories import MessageFactory
from messaging.tests.taking import take_next
from messaging.words.rules import RuleCode


def audited(action) -> int:
    return AuditEntry.objects.filter(action=action).count()


def at_once(*actions):
    """Run the actions at the same time, each in a thread with a connection of its own; what they return or raise."""
    barrier = Barrier(len(actions), timeout=10)

    def run(action):
        try:
            connection.ensure_connection()
            barrier.wait()
            return action()
        except Exception as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("to", [{}, {"conversation": None, "address": "amir@careops.example"}], ids=str)
def test_two_clicks_on_retry_send_once(staff, to):
    message = MessageFactory(status="failed", attempts=5, **to)

    results = at_once(*[lambda: outbox.retry_message(message=message, by=staff)] * 6)

    assert sorted(type(result).__name__ for result in results) == ["CannotRetry"] * 5 + ["Message"]
    assert audited("message.retried") == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "act",
    [
        lambda message, by: outbox.cancel_message(message=message, by=by),
        lambda message, by: outbox.edit_message(message=message, body="New words", by=by),
        lambda message, by: outbox.send_now(message=message, by=by, now=timezone.now()),
    ],
    ids=["cancel", "edit", "send_now"],
)
def test_of_a_person_and_the_worker_one_wins(staff, act):
    for _ in range(5):
        message = MessageFactory(rule=RuleCode.CONFIRMATION)

        acted, taken = at_once(
            lambda message=message: act(message, staff), lambda: take_next(now=timezone.now())
        )

        message.refresh_from_db()
        refused = isinstance(acted, outbox.CannotCancel | outbox.CannotEdit | outbox.CannotSend)
        assert refused or isinstance(acted, Message), acted
        assert taken is None or isinstance(taken, Message), taken
        if refused:
            assert message.status == Message.Status.SENDING
            assert message.body != "New words"
        elif message.status == Message.Status.CANCELLED:
            assert taken is None
        elif message.status == Message.Status.SENDING and taken:
            assert taken.body == message.body  # what leaves is what stands in the row
        Message.objects.all().delete()
