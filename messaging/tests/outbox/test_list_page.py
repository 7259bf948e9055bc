import datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Business
from messaging.inbox import saying
from messaging.models import Automation, Message
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.words.reasons import Reason
from messaging.words.rules import RuleCode

MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(hours=24)
TABS = {
    "failed": {"failed", "bounced", "unknown"},
    "skipped": {"skipped", "cancelled"},
    "sent": {"sending", "sent", "delivered"},
    "all": set(Message.Status) - {Message.Status.RECEIVED, Message.Status.NOTED},
}

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def business(db):
    return Business.objects.current()  # otherwise the first page would make it


def show(client, **query):
    return client.get(reverse("messaging:outbox"), query)


def rows(response) -> list[Message]:
    return list(response.context["page_obj"])


def text(response) -> str:
    return response.content.decode()


def promised(**changes):
    """A reminder that is planned for tomorrow."""
    values = {"status": "planned", "rule": RuleCode.REMINDER, "send_at": timezone.now() + DAY}
    return MessageFactory(**values | changes)


# --- What is coming ---


def test_the_outbox_begins_with_the_promises_of_seven_days_the_soonest_first(as_staff):
    now = timezone.now()
    later, sooner = promised(send_at=now + 6 * DAY), promised(send_at=now + DAY)
    late = MessageFactory(status="queued", send_at=now - MINUTE)
    promised(send_at=now + 8 * DAY)
    MessageFactory(status="sent", send_at=now)

    response = show(as_staff)

    assert rows(response) == [late, sooner, later]
    assert "3 messages in the coming seven days." in text(response)


def test_promises_stand_under_their_day_of_the_business(as_staff):
    Business.objects.update(time_zone="Pacific/Auckland")
    zone = Business.objects.get().zone
    evening = datetime.datetime.combine(
        timezone.localdate(timezone.now(), zone) + datetime.timedelta(days=2), datetime.time(23, 50), zone
    )
    first, second = promised(send_at=evening), promised(send_at=evening + 20 * MINUTE)

    response = show(as_staff)

    days = response.context["days"]
    assert [(day.date, day.rows) for day in days] == [
        (evening.date(), [first]),
        (evening.date() + datetime.timedelta(days=1), [second]),
    ]
    assert [day.messages for day in days] == [1, 1]


def test_promises_count_the_text_messages_that_a_provider_will_charge_for(as_staff):
    for changes in [
        {"channel": "sms", "sms": "x" * 160},
        {"channel": "sms", "sms": "x" * 161},
        {"channel": "sms", "sms": "", "body": "x"},
        {"channel": "email", "sms": "x" * 500},
    ]:
        promised(**changes)

    response = show(as_staff)

    assert response.context["promises"].texts == 4
    assert "4 messages in the coming seven days, 4 text messages to pay for among them." in text(response)


def test_promises_say_where_the_daily_cap_will_bite(as_staff, staff):
    Automation.objects.create(pk=1, daily_cap=2)
    at = timezone.now() + 2 * DAY
    crowded, other = ConversationFactory(name="Crowded"), ConversationFactory(name="Other")
    for _ in range(3):
        promised(conversation=crowded, send_at=at)
    promised(conversation=crowded, send_at=at, rule=RuleCode.MOVED)
    for sent_by in [None, None, staff]:
        promised(conversation=other, send_at=at, sent_by=sent_by)

    response = show(as_staff)

    assert [row.to for row in rows(response) if row.is_crowded] == ["Crowded"] * 3
    assert text(response).count("More than 2 automatic messages that day") == 3


def test_a_promise_can_be_changed_sent_and_taken_back_and_the_filters_stay(as_staff):
    message = promised()

    response = show(as_staff, q="Ada", rule="reminder")

    for act in ["edit", "send", "cancel"]:
        assert f"{message.get_absolute_url()}{act}/" in text(response)
    taken_back = as_staff.post(
        f"{message.get_absolute_url()}cancel/", {"from": "?q=Ada&rule=reminder"}, follow=True
    )
    assert taken_back.redirect_chain == [(reverse("messaging:outbox") + "?q=Ada&rule=reminder", 302)]
    message.refresh_from_db()
    assert message.status == "cancelled"


@pytest.mark.parametrize("way_back", ["//evil.example", "https://evil.example", "?tab=all", "nonsense"])
def test_the_way_back_stays_at_home(as_staff, way_back):
    message = promised()

    response = as_staff.post(f"{message.get_absolute_url()}cancel/", {"from": way_back})

    assert response.url.startswith("/messages/outbox/")


# --- The other tabs, and the filters ---


@pytest.mark.parametrize("tab", TABS)
def test_each_tab_has_its_states(as_staff, tab):
    for status in Message.Status:
        MessageFactory(status=status)

    assert {row.status for row in rows(show(as_staff, tab=tab))} == TABS[tab]


def test_what_came_in_and_what_colleagues_noted_are_not_in_the_outbox(as_staff):
    conversation = ConversationFactory()
    saying.record_incoming(conversation=conversation, body="Words of Ada", at=timezone.now())

    assert "Words of Ada" not in text(show(as_staff, tab="all"))


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "grace"}, ["Grace"]),
        ({"q": "GRACE@client"}, ["Grace"]),
        ({"rule": "reminder"}, ["Ada"]),
        ({"rule": "typed"}, ["Grace"]),
        ({"channel": "sms"}, ["Grace"]),
        ({"q": "ada", "channel": "email"}, ["Ada"]),
        ({"q": "ada", "channel": "sms"}, []),
        ({"q": "zzz"}, []),
        ({"rule": "nonsense"}, ["Grace", "Ada"]),
        ({"channel": "desk'--"}, ["Grace", "Ada"]),
        ({"tab": "all"}, ["Grace", "Ada"]),
        ({"tab": "nonsense"}, []),
    ],
)
def test_the_filters_stand_in_the_url(as_staff, query, found):
    now = timezone.now()
    ada = ConversationFactory(name="Ada", email="ada@client.example")
    grace = ConversationFactory(name="Grace", email="grace@client.example")
    MessageFactory(conversation=ada, rule=RuleCode.REMINDER, status="sent", send_at=now)
    MessageFactory(conversation=grace, rule="", key=None, channel="sms", status="sent", send_at=now + MINUTE)

    response = show(as_staff, **{"tab": "sent", **query})

    assert [row.to for row in rows(response)] == found


@pytest.mark.parametrize("status", ["failed", "bounced", "unknown"])
def test_the_failed_tab_gives_the_words_of_the_provider_and_a_button(as_staff, status):
    message = MessageFactory(status=status, reason="550 No such user <ada>")

    response = show(as_staff, tab="failed")

    assert escape("550 No such user <ada>") in text(response)
    assert f"{message.get_absolute_url()}retry/" in text(response)


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("coming", "Nothing planned"),
        ("failed", "Nothing has failed"),
        ("skipped", "Nothing was left out"),
        ("sent", "Nothing has been sent yet"),
        ("all", "Nothing has been sent yet"),
    ],
)
def test_an_empty_tab_says_what_would_stand_there(as_staff, tab, words):
    assert words in text(show(as_staff, tab=tab))


@pytest.mark.parametrize("tab", ["coming", "all"])
def test_filters_without_a_hit_offer_to_clear_them(as_staff, tab):
    promised()

    response = show(as_staff, tab=tab, q="zzz")

    assert "No such messages" in text(response)
    assert f'href="?tab={tab}"' in text(response)


@pytest.mark.parametrize("count", [1, 3])
def test_the_outbox_costs_the_same_for_any_number_of_messages(
    as_staff, staff, count, django_assert_num_queries
):
    for conversation in [ConversationFactory() for _ in range(count)]:  # a person for each row of a tab
        for status in ["planned", "failed", "skipped", "sent"]:
            MessageFactory(conversation=conversation, status=status, sent_by=staff, reason="Why")

    for tab in ["coming", "failed", "skipped", "sent", "all"]:
        with django_assert_num_queries(6 if tab == "coming" else 5, info=tab):
            response = show(as_staff, tab=tab)

        assert len(rows(response)) == min(count if tab != "all" else 4 * count, 50), tab


@pytest.mark.parametrize("tab", ["coming", "all"])
def test_the_outbox_pages_without_losing_a_message(as_staff, tab):
    at, ada = timezone.now() + DAY, ConversationFactory(name="Ada")
    everything = {promised(conversation=ada, send_at=at) for _ in range(60)}

    first = show(as_staff, tab=tab, q="ada")
    second = as_staff.get(reverse("messaging:outbox") + first.context["page_obj"].next_query)
    back = as_staff.get(reverse("messaging:outbox") + second.context["page_obj"].previous_query)

    assert {*rows(first), *rows(second)} == everything
    assert rows(back) == rows(first)
    assert second.context["view"].tab == tab


@pytest.mark.parametrize("position", ["abc", "~", "2031-01-01T00:00:00+00:00~x", "9999-12-31~1", "1~2~3"])
def test_a_position_that_no_row_can_have_is_not_found(as_staff, position):
    assert show(as_staff, after=position).status_code == 404
    assert show(as_staff, before=position).status_code == 404


# --- Honest about providers ---


def test_without_a_provider_the_outbox_says_that_messages_stay(as_staff, settings):
    settings.EMAIL_URL = settings.SMS_URL = ""
    MessageFactory(status="sent", reason_code=Reason.LOCAL, reason=Reason.LOCAL.label)

    response = show(as_staff, tab="sent")

    assert "No provider is set up: messages stay in CareOps" in text(response)
    assert "Kept here</span>" in text(response)
    assert "Kept in CareOps: no provider is set up." in text(response)
    settings.EMAIL_URL = "smtp://mail.example:25"
    assert "No provider is set up: messages stay in CareOps" not in text(show(as_staff))


def test_while_automation_is_stopped_the_outbox_says_so(as_staff, admin):
    Automation.objects.create(pk=1, stopped_at=timezone.now(), stopped_by=admin)

    assert "Automation is stopped for everybody" in text(show(as_staff))
