import datetime

import pytest
from django.contrib import admin
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business
from messaging.inbox import saying
from messaging.models import (
    Address,
    Automation,
    ConsentChange,
    Conversation,
    Draft,
    Message,
    Provider,
    Rule,
    SavedReply,
    WebhookEvent,
    WorkerBeat,
)
from messaging.rules import services as rules
from messaging.tests.factories import ConversationFactory, MessageFactory

pytestmark = pytest.mark.django_db
MODELS = [
    Address,
    Automation,
    ConsentChange,
    Conversation,
    Message,
    Provider,
    Rule,
    SavedReply,
    WebhookEvent,
]


def page_of(model, name, *args):
    return reverse(f"admin:messaging_{model._meta.model_name}_{name}", args=args)


def make(model, number):
    """One of what is looked up; of the settings there is one at most."""
    now = timezone.now()
    match model.__name__:
        case "Address":
            return Address.objects.create(channel="email", value=f"ada{number}@x.example", state="refused")
        case "Automation":
            return rules.stop_automation(by=None, now=now)
        case "ConsentChange":
            return ConsentChange.objects.create(
                address=make(Address, number), state="refused", source="message"
            )
        case "Conversation":
            return ConversationFactory()
        case "Message":
            return MessageFactory()
        case "Provider":
            return Provider.objects.create(channel=["email", "sms", "desk", "note"][number])
        case "Rule":
            code = ["reminder", "welcome", "moved", "cancelled"][number]
            return rules.switch_rule(code=code, enabled=False, by=None, now=now)
        case "SavedReply":
            return SavedReply.objects.create(name=f"Hours {number}", body="From nine.")
        case "WebhookEvent":
            return WebhookEvent.objects.create(
                channel="sms", event_id=f"e{number}", kind="report", payload={}
            )


def act(client, model, action, *rows):
    """Choose an action for rows of a list, as the page does."""
    return client.post(
        page_of(model, "changelist"),
        {"action": action, "_selected_action": [row.pk for row in rows]},
        follow=True,
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_rows_can_be_looked_up_but_neither_added_changed_nor_deleted(as_admin, model):
    row = make(model, 0)

    def status(name, *args):
        return as_admin.get(page_of(model, name, *args)).status_code

    assert status("changelist") == status("change", row.pk) == 200
    assert status("add") == status("delete", row.pk) == 403
    assert as_admin.post(page_of(model, "change", row.pk), {}).status_code == 403


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_lists_cost_the_same_for_any_number_of_rows(as_admin, model, django_assert_max_num_queries):
    Business.objects.current()
    make(model, 0)
    with django_assert_max_num_queries(8) as one:
        as_admin.get(page_of(model, "changelist"))
    for number in range(1, 1 if model is Automation else 4):
        make(model, number)

    with django_assert_max_num_queries(len(one)):
        response = as_admin.get(page_of(model, "changelist"))

    assert response.context["cl"].result_count == model.objects.count()


@pytest.mark.parametrize(
    "model", [Conversation, Message, Address, ConsentChange, SavedReply, Rule, WebhookEvent]
)
def test_lists_can_be_searched(as_admin, model):
    make(model, 0)

    response = as_admin.get(page_of(model, "changelist"), {"q": "no such thing"})

    assert response.status_code == 200
    assert response.context["cl"].result_count == 0


@pytest.mark.parametrize("model", [WorkerBeat, Draft])
def test_the_beat_of_the_worker_and_what_somebody_has_begun_to_write_are_nobodys_business(model):
    assert not admin.site.is_registered(model)


def test_a_private_link_is_not_shown(as_admin):
    address = make(Address, 0)

    assert address.token not in as_admin.get(page_of(Address, "change", address.pk)).content.decode()


def test_a_message_to_staff_is_listed_by_its_address(as_admin, admin):
    now = timezone.now()
    rules.send_test(
        channel="email", address="me@care.example", subject="Hi", body="B", sms="", by=admin, now=now
    )

    assert "me@care.example" in as_admin.get(page_of(Message, "changelist")).content.decode()


@pytest.mark.parametrize("model", [Rule, Automation])
def test_what_admins_decide_leads_to_the_page_where_they_do(as_admin, model):
    row = make(model, 0)

    response = as_admin.get(reverse("admin:view_on_site", args=[_content_type(row), row.pk]))

    assert response.url.endswith(row.get_absolute_url())


def _content_type(row):
    return admin.models.ContentType.objects.get_for_model(row).pk


def test_a_failed_message_is_tried_again_and_another_says_why_not(as_admin):
    Business.objects.current()
    soon = timezone.now() + datetime.timedelta(hours=1)
    failed, sent = MessageFactory(status="failed", useless_after=soon), MessageFactory(status="sent")

    act(as_admin, Message, "retry", failed)
    response = act(as_admin, Message, "retry", sent)  # one at a time: each is locked for itself

    failed.refresh_from_db()
    sent.refresh_from_db()
    assert (failed.status, sent.status) == (Message.Status.QUEUED, Message.Status.SENT)
    assert "That message is not waiting for another try." in response.content.decode()


def test_conversations_are_resumed_and_closed(as_admin, staff):
    paused, open_one = ConversationFactory(), ConversationFactory()
    saying.reply(conversation=paused, by=staff, body="Hello", now=timezone.now())

    act(as_admin, Conversation, "resume", paused)
    act(as_admin, Conversation, "close", open_one)

    paused.refresh_from_db()
    open_one.refresh_from_db()
    assert (paused.paused_until, paused.status) == (None, Conversation.Status.OPEN)
    assert open_one.status == Conversation.Status.CLOSED
