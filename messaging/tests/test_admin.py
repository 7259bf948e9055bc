import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business
from messaging import services
from messaging.models import Conversation, Message, WorkerBeat
from messaging.tests.factories import ConversationFactory, MessageFactory

pytestmark = pytest.mark.django_db


def act(client, model, action, *rows):
    """Choose an action for rows of a list, as the page does."""
    return client.post(
        reverse(f"admin:messaging_{model}_changelist"),
        {"action": action, "_selected_action": [row.pk for row in rows]},
        follow=True,
    )


@pytest.mark.parametrize("model", ["conversation", "message"])
def test_rows_can_be_looked_up_but_neither_added_changed_nor_deleted(as_admin, model):
    message = MessageFactory()
    row = message if model == "message" else message.conversation

    def page(name, *args):
        return as_admin.get(reverse(f"admin:messaging_{model}_{name}", args=args)).status_code

    assert page("changelist") == page("change", row.pk) == 200
    assert page("add") == page("delete", row.pk) == 403
    assert as_admin.post(reverse(f"admin:messaging_{model}_change", args=[row.pk]), {}).status_code == 403


@pytest.mark.parametrize("model", ["conversation", "message"])
@pytest.mark.parametrize("count", [1, 30])
def test_lists_cost_the_same_for_any_number_of_rows(as_admin, model, count, django_assert_num_queries):
    Business.objects.current()
    MessageFactory.create_batch(count)

    with django_assert_num_queries(6):
        response = as_admin.get(reverse(f"admin:messaging_{model}_changelist"), {"q": "ada"})

    assert response.context["cl"].result_count == count


def test_the_beat_of_the_worker_is_nobodys_business():
    assert not admin.site.is_registered(WorkerBeat)


def test_a_failed_message_is_tried_again_and_the_others_say_why_not(as_admin):
    failed, sent = MessageFactory(status="failed"), MessageFactory(status="sent")

    response = act(as_admin, "message", "retry", failed, sent)

    failed.refresh_from_db()
    sent.refresh_from_db()
    assert (failed.status, sent.status) == (Message.Status.QUEUED, Message.Status.SENT)
    assert "That message is not waiting for another try." in response.content.decode()


def test_conversations_are_resumed_and_closed(as_admin, staff):
    paused, open_one = ConversationFactory(), ConversationFactory()
    services.reply(conversation=paused, by=staff, body="Hello", now=timezone.now())

    act(as_admin, "conversation", "resume", paused)
    act(as_admin, "conversation", "close", open_one)

    paused.refresh_from_db()
    open_one.refresh_from_db()
    assert (paused.paused_until, paused.status) == (None, Conversation.Status.OPEN)
    assert open_one.status == Conversation.Status.CLOSED
