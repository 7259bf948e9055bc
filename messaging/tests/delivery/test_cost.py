"""What a round costs: so many statements for each message and so many once, counted in words; and nothing is sorted."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from messaging.models import Message
from messaging.tests.delivery.test_sending import MINUTE, deliver, text
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.tests.taking import take_next


def cost(count: int) -> int:
    """How many statements a round takes that sends ``count`` messages."""
    with CaptureQueriesContext(connection) as statements:
        assert deliver() == count
    assert not Message.objects.pending().exists()
    assert not Message.objects.exclude(status=Message.Status.SENT).exists()
    return len(statements)


# Each: begin, lock it along with its conversation, read what is known of the addresses, lease it, commit;
# hand it over; note that it was sent, and show in the inbox how it begins.
EACH = 7
# Once: each of two looks, the second of which finds nothing, lists what is due. Of the rules one, once they are needed.
# To write with: who we are, the addresses, those that were never written to, the addresses again, what was said before.
ONCE = 2 + 1 + 5
# With those that count for the most a day, which are counted for each.
CAPPED = EACH + 1


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("rule", "status", "each"), [("confirmation", "queued", EACH), ("reminder", "planned", CAPPED)]
)
def test_an_email_costs_so_many_statements_however_many_are_due(server, one_look, rule, status, each):
    MessageFactory()
    deliver()  # now the provider is known

    costs = {}
    for count in (10, 50):
        MessageFactory.create_batch(count, rule=rule, status=status)
        costs[count] = cost(count)

    assert costs == {10: ONCE + 10 * each, 50: ONCE + 50 * each}


@pytest.mark.django_db
def test_a_text_costs_no_more(provider, one_look):
    text()
    deliver()
    without_writing = ONCE - 5

    costs = {}
    for count in (10, 50):
        for _ in range(count):
            text()
        costs[count] = cost(count)

    assert costs == {10: without_writing + 10 * EACH, 50: without_writing + 50 * EACH}


@pytest.mark.django_db
def test_with_thousands_due_nothing_is_sorted():
    conversation, now = ConversationFactory(), timezone.now()
    Message.objects.bulk_create(
        Message(
            conversation=conversation,
            rule="reminder",
            body="Hello",
            send_at=now - MINUTE,
            useless_after=now + number * MINUTE,
            status=Message.Status.QUEUED,
        )
        for number in range(1, 5001)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE messaging_message")

    with CaptureQueriesContext(connection) as statements:
        assert take_next(now=now).useless_after == now + MINUTE

    listed, taken = [
        one["sql"] for one in statements if "LIMIT" in one["sql"] and "useless_after" in one["sql"]
    ][:2]
    for statement in (listed, taken):
        with connection.cursor() as cursor:
            plan = "\n".join(line for (line,) in cursor.execute(f"EXPLAIN {statement}").fetchall())
        assert "using message_useful_first on messaging_message" in plan
        assert "useless_after" not in "".join(line for line in plan.splitlines() if "Sort Key" in line)
