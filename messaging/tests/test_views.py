import datetime
from urllib.parse import quote

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Business
from accounts.tests.factories import UserFactory
from messaging import services
from messaging.models import Conversation, Message
from messaging.rules import Rule
from messaging.tests.factories import ConversationFactory, MessageFactory

MINUTE = datetime.timedelta(minutes=1)
DAY = datetime.timedelta(hours=24)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def business(db):
    return Business.objects.current()  # otherwise the first page would make it


def begun(name="Ada", minutes=0, **contact):
    """A conversation in which something was said so many minutes ago."""
    conversation = ConversationFactory(name=name, **contact)
    at = timezone.now() - minutes * MINUTE
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=at, last_words=f"Words of {name}")
    conversation.refresh_from_db()
    return conversation


def waiting(name="Ada", minutes=0, **contact):
    conversation = ConversationFactory(name=name, **contact)
    at = timezone.now() - minutes * MINUTE
    Conversation.objects.filter(pk=conversation.pk).update(last_message_at=at)
    services.record_incoming(conversation=conversation, body=f"Words of {name}", at=at)
    conversation.refresh_from_db()
    return conversation


def url(action, conversation, query=""):
    return reverse(f"messaging:{action}", args=[conversation.contact_id]) + query


def names(response) -> list[str]:
    return [conversation.contact.name for conversation in response.context["page_obj"]]


def text(response) -> str:
    return response.content.decode()


# --- Inbox ---


def test_the_inbox_shows_open_conversations_the_newest_first(as_staff, staff):
    begun("Older", minutes=9)
    begun("Newer", minutes=1)
    ConversationFactory(name="Silent")
    services.close_conversation(conversation=begun("Closed"), by=staff)

    response = as_staff.get(reverse("messaging:inbox"))

    assert names(response) == ["Newer", "Older"]
    assert "Words of Newer" in text(response)


def test_the_inbox_has_a_tab_for_who_waits_what_is_closed_and_where_automation_is_silent(as_staff, staff):
    waiting("Short", minutes=3)
    waiting("Long", minutes=200)
    services.close_conversation(conversation=begun("Closed"), by=staff)
    paused, over = begun("Paused"), begun("Over")
    services.reply(conversation=paused, by=staff, body="Hello", now=timezone.now())
    services.reply(conversation=over, by=staff, body="Hello", now=timezone.now() - DAY)

    tabs = {
        tab: as_staff.get(reverse("messaging:inbox"), {"tab": tab}) for tab in ["waiting", "closed", "paused"]
    }

    assert names(tabs["waiting"]) == ["Long", "Short"]
    assert "Waiting 3 h" in text(tabs["waiting"])
    assert "Waiting 3 min" in text(tabs["waiting"])
    assert names(tabs["closed"]) == ["Closed"]
    assert names(tabs["paused"]) == ["Paused"]
    assert "Automation is paused" in text(tabs["paused"])


def test_an_unknown_tab_is_the_open_one(as_staff):
    begun("Ada")

    response = as_staff.get(reverse("messaging:inbox"), {"tab": "nonsense"})

    assert names(response) == ["Ada"]


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("open", "Inbox clear."),
        ("waiting", "Nobody is waiting."),
        ("paused", "Automation is on for everyone."),
        ("closed", "Nothing is closed yet."),
    ],
)
def test_an_empty_tab_says_so(as_staff, tab, words):
    assert words in text(as_staff.get(reverse("messaging:inbox"), {"tab": tab}))


@pytest.mark.parametrize("tab", ["open", "waiting"])
@pytest.mark.parametrize("count", [1, 30])
def test_the_inbox_costs_the_same_for_any_number_of_conversations(
    as_staff, tab, count, django_assert_num_queries
):
    for n in range(count):
        waiting(minutes=n)

    with django_assert_num_queries(5):
        response = as_staff.get(reverse("messaging:inbox"), {"tab": tab})

    assert len(response.context["page_obj"]) == min(count, 25)


@pytest.mark.parametrize("tab", ["open", "waiting"])
def test_the_inbox_pages_without_losing_anyone(as_staff, tab):
    everyone = {waiting(f"Ada {n}", minutes=n).contact.name for n in range(30)}

    first = as_staff.get(reverse("messaging:inbox"), {"tab": tab})
    second = as_staff.get(reverse("messaging:inbox") + first.context["page_obj"].next_query)
    back = as_staff.get(reverse("messaging:inbox") + second.context["page_obj"].previous_query)

    assert {*names(first), *names(second)} == everyone
    assert len(names(second)) == 5
    assert names(back) == names(first)


@pytest.mark.parametrize("page", ["inbox", "outbox"])
@pytest.mark.parametrize("position", ["abc", "~", "2031-01-01T00:00:00+00:00~x", "9999-12-31~1", "1~2~3"])
def test_a_position_that_no_row_can_have_is_not_found(as_staff, page, position):
    begun()

    assert as_staff.get(reverse(f"messaging:{page}"), {"after": position}).status_code == 404
    assert as_staff.get(reverse(f"messaging:{page}"), {"before": position}).status_code == 404


# --- One conversation ---


def test_a_conversation_reads_from_the_oldest_to_the_newest(as_staff, staff):
    conversation = ConversationFactory(name="Ada")
    now = timezone.now()
    services.record_incoming(conversation=conversation, body="The question", at=now - 2 * MINUTE, by=staff)
    services.reply(conversation=conversation, by=staff, body="The answer", now=now - MINUTE)

    response = as_staff.get(url("conversation", conversation))

    assert [message.body for message in response.context["thread"]] == ["The question", "The answer"]
    assert "Noted by Sara Staff" in text(response)
    assert "Waits to be sent" in text(response)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("queued", "Waits to be sent"),
        ("sending", "Being sent"),
        ("sent", "Sent"),
        ("failed", "Failed"),
        ("skipped", "Skipped"),
        ("cancelled", "Cancelled"),
    ],
)
def test_a_message_says_honestly_what_became_of_it(as_staff, status, words):
    message = MessageFactory(status=status, reason="550 No such user")

    pages = [
        as_staff.get(message.get_absolute_url()),
        as_staff.get(message.conversation.get_absolute_url()),
        as_staff.get(reverse("messaging:outbox"), {"status": status}),
    ]

    for page in pages:
        assert f"</svg>{words}</span>" in text(page)
        assert "550 No such user" in text(page)
    assert [f'action="{message.get_absolute_url()}retry/"' in text(page) for page in pages[:2]] == [
        status == "failed"
    ] * 2
    assert [f'action="{message.get_absolute_url()}cancel/"' in text(page) for page in pages[:2]] == [
        status == "queued"
    ] * 2


def test_what_is_still_to_come_stands_apart_from_what_was_said(as_staff):
    conversation = ConversationFactory()
    planned = MessageFactory(
        conversation=conversation, status="planned", send_at=timezone.now() + DAY, subject="Reminder: Massage"
    )

    response = as_staff.get(url("conversation", conversation))

    assert response.context["thread"] == []
    assert response.context["planned"] == [planned]
    assert "Reminder: Massage" in text(response)


@pytest.mark.parametrize("body", ["<script>alert(1)</script>", '"><img src=x>', "{{ user.email }}"])
def test_words_are_shown_as_words(as_staff, staff, body):
    conversation = ConversationFactory(name="<b>Ada</b>")
    services.record_incoming(conversation=conversation, body=body, at=timezone.now(), by=staff)
    message = MessageFactory(conversation=conversation, body=body, subject=body, reason=body)

    for address in [
        url("conversation", conversation),
        reverse("messaging:inbox"),
        reverse("messaging:outbox"),
        message.get_absolute_url(),
    ]:
        response = as_staff.get(address)

        assert "<script>alert" not in text(response)
        assert "<img src=x" not in text(response)
        assert "<b>Ada" not in text(response)
        assert escape(body) in text(response)


def test_a_pause_says_who_until_when_and_what_it_costs(as_staff, staff):
    conversation = ConversationFactory()
    now = timezone.now()
    services.reply(conversation=conversation, by=staff, body="Hello", now=now)
    for n, (rule, due) in enumerate(
        [
            (Rule.REMINDER, MINUTE),
            (Rule.FORM_REMINDER, MINUTE),
            (Rule.CONFIRMATION, MINUTE),
            (Rule.REMINDER, 2 * DAY),
        ]
    ):
        MessageFactory(conversation=conversation, status="planned", rule=rule, send_at=now + due, key=f"{n}")

    response = as_staff.get(url("conversation", conversation))

    until = timezone.localtime(now + DAY, timezone.get_fixed_timezone(0))
    assert f"Automation paused by Sara Staff until {until:%a %H:%M}." in text(response)
    assert "2 messages are due meanwhile and will be skipped." in text(response)
    assert url("resume", conversation) in text(response)


def test_a_contact_without_an_address_is_said_so_in_place_of_the_composer(as_staff):
    conversation = ConversationFactory(name="Noor", email="", phone="020 7946 0000")

    response = as_staff.get(url("conversation", conversation))

    assert "Noor has no email address" in text(response)
    assert reverse("contacts:edit", args=[conversation.contact_id]) in text(response)
    assert url("reply", conversation) not in text(response)


@pytest.mark.parametrize("count", [1, 30])
def test_a_conversation_costs_the_same_for_any_number_of_messages(
    as_staff, staff, count, django_assert_num_queries
):
    conversation = waiting()
    services.reply(conversation=conversation, by=staff, body="Hello", now=timezone.now())
    for n in range(count):
        waiting(minutes=n)
        MessageFactory(conversation=conversation, sent_by=staff)
        MessageFactory(conversation=conversation, status="planned", send_at=timezone.now() + DAY)

    with django_assert_num_queries(8):
        response = as_staff.get(url("conversation", conversation))

    assert len(response.context["thread"]) == count + 2
    assert len(response.context["planned"]) == count


def test_a_long_conversation_begins_with_the_newest_and_leads_to_the_earlier(as_staff):
    conversation = ConversationFactory()
    now = timezone.now()
    for n in range(60):
        services.record_incoming(conversation=conversation, body=f"Words {n}", at=now - (60 - n) * MINUTE)

    first = as_staff.get(url("conversation", conversation))
    earlier = as_staff.get(url("conversation", conversation, first.context["page_obj"].next_query))

    assert [message.body for message in first.context["thread"]] == [f"Words {n}" for n in range(10, 60)]
    assert [message.body for message in earlier.context["thread"]] == [f"Words {n}" for n in range(10)]
    assert "Earlier messages" in text(first)
    assert "Newer messages" in text(earlier)


@pytest.mark.parametrize("pk", [0, 999_999_999, 10**30])
def test_a_conversation_with_nobody_is_not_found(as_staff, pk):
    for action in ["", "reply/", "incoming/", "resume/", "close/", "reopen/"]:
        path = f"/messages/{pk}/{action}"
        response = as_staff.post(path, {"body": "Hello"}) if action else as_staff.get(path)

        assert response.status_code == 404


# --- What can be done in it ---


def test_a_reply_is_queued_and_shown(as_staff, staff):
    conversation = waiting("Ada")

    response = as_staff.post(
        url("reply", conversation, "?tab=waiting"), {"body": " First\r\nSecond "}, follow=True
    )

    message = Message.objects.get(direction="out")
    assert (message.body, message.sent_by, message.status) == ("First\nSecond", staff, "queued")
    assert response.redirect_chain == [(url("conversation", conversation, "?tab=waiting#newest"), 302)]
    assert "Your reply to Ada is on its way. Automation stays silent for 24 hours." in text(response)


@pytest.mark.parametrize("action", ["reply", "incoming"])
@pytest.mark.parametrize(
    ("body", "complaint"),
    [
        ("", ""),
        ("  \r\n ", ""),
        ("x" * 20_000, "at most 10000 characters (it has 20000)"),
        ("Hello \x00", "Null characters are not allowed."),
    ],
)
def test_words_that_cannot_be_taken_are_refused_and_kept(as_staff, action, body, complaint):
    conversation = waiting("Ada")

    response = as_staff.post(url(action, conversation), {"body": body})

    assert response.status_code == 200
    assert (complaint or {"reply": "Write something", "incoming": "Write down"}[action]) in text(response)
    assert response.context[f"{action}_form"]["body"].value() == body
    assert Message.objects.count() == 1
    conversation.refresh_from_db()
    assert conversation.paused_until is None


def test_the_longest_reply_may_have_as_many_lines_as_it_likes(as_staff):
    conversation = waiting("Ada")

    as_staff.post(url("reply", conversation), {"body": "x\r\n" * 4_999 + "yy"})

    assert len(Message.objects.get(direction="out").body) == 10_000


def test_a_reply_to_nowhere_is_refused_and_kept(as_staff):
    conversation = waiting("Noor", email="", phone="020 7946 0000")

    response = as_staff.post(url("reply", conversation), {"body": "A long answer"})

    assert response.status_code == 409
    assert "Noor has no email address. Add one, or call." in text(response)
    assert "A long answer</textarea>" in text(response)
    assert not Message.objects.filter(direction="out").exists()


def test_what_they_said_on_the_phone_is_noted(as_staff, staff):
    conversation = begun("Ada")

    response = as_staff.post(url("incoming", conversation), {"body": "Please ring me."}, follow=True)

    message = Message.objects.get()
    assert (message.direction, message.body, message.sent_by) == ("in", "Please ring me.", staff)
    assert "Noted what Ada said." in text(response)


def test_automation_is_resumed(as_staff, staff):
    conversation = begun("Ada")
    services.reply(conversation=conversation, by=staff, body="Hello", now=timezone.now())

    response = as_staff.post(url("resume", conversation), follow=True)

    conversation.refresh_from_db()
    assert conversation.paused_until is None
    assert "Automation may write to Ada again." in text(response)


def test_a_conversation_is_closed_and_reopened(as_staff):
    conversation = waiting("Ada")

    closed = as_staff.post(url("close", conversation, "?tab=waiting"), follow=True)
    conversation.refresh_from_db()
    assert (conversation.status, conversation.waiting_since) == ("closed", None)
    assert closed.redirect_chain == [(reverse("messaging:inbox") + "?tab=waiting", 302)]
    assert "Closed the conversation with Ada." in text(closed)

    reopened = as_staff.post(url("reopen", conversation), follow=True)
    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert "Opened the conversation with Ada again." in text(reopened)


# --- Outbox ---


def test_the_outbox_shows_what_left_and_what_will_and_nothing_that_came_in(as_staff):
    now = timezone.now()
    conversation = waiting("Ada")
    sent = MessageFactory(conversation=conversation, status="sent", send_at=now - DAY)
    planned = MessageFactory(conversation=conversation, status="planned", send_at=now + DAY)
    reply = MessageFactory(conversation=conversation, rule="", key=None, send_at=now)

    response = as_staff.get(reverse("messaging:outbox"))

    assert list(response.context["page_obj"]) == [planned, reply, sent]
    assert "Words of Ada" not in text(response)


@pytest.mark.parametrize("status", sorted(set(Message.Status) - {Message.Status.RECEIVED}, key=str))
def test_the_outbox_can_be_narrowed_to_a_state(as_staff, status):
    for state in set(Message.Status) - {Message.Status.RECEIVED}:
        MessageFactory(status=state)

    response = as_staff.get(reverse("messaging:outbox"), {"status": status})

    assert [message.status for message in response.context["page_obj"]] == [status]


def test_the_outbox_shows_the_soonest_of_the_planned_first(as_staff):
    now = timezone.now()
    later = MessageFactory(status="planned", send_at=now + 2 * DAY)
    sooner = MessageFactory(status="planned", send_at=now + DAY)

    response = as_staff.get(reverse("messaging:outbox"), {"status": "planned"})

    assert list(response.context["page_obj"]) == [sooner, later]


@pytest.mark.parametrize("status", ["", "planned"])
@pytest.mark.parametrize("count", [1, 30])
def test_the_outbox_costs_the_same_for_any_number_of_messages(
    as_staff, staff, status, count, django_assert_num_queries
):
    for _ in range(count):
        MessageFactory(status="planned", sent_by=staff, reason="Why")

    with django_assert_num_queries(5):
        response = as_staff.get(reverse("messaging:outbox"), {"status": status})

    assert len(response.context["page_obj"]) == min(count, 25)


@pytest.mark.parametrize("status", ["", "planned"])
def test_the_outbox_pages_without_losing_a_message(as_staff, status):
    everything = {MessageFactory(status="planned", send_at=timezone.now() + DAY) for _ in range(30)}

    first = as_staff.get(reverse("messaging:outbox"), {"status": status})
    second = as_staff.get(reverse("messaging:outbox") + first.context["page_obj"].next_query)

    assert {*first.context["page_obj"], *second.context["page_obj"]} == everything


def test_the_outbox_says_where_mail_goes(as_staff, settings):
    settings.EMAIL_URL, settings.EMAIL_HOST = "", "localhost"
    assert "No mail provider is set up: messages stay here" in text(as_staff.get(reverse("messaging:outbox")))

    settings.EMAIL_URL, settings.EMAIL_HOST = "smtp://mail.example:25", "mail.example"
    assert "Emails leave through mail.example." in text(as_staff.get(reverse("messaging:outbox")))


@pytest.mark.parametrize("words", ["", "   ", "zzz", "sent'--", quote("\x1f")])
def test_an_unknown_state_shows_everything(as_staff, words):
    message = MessageFactory()

    response = as_staff.get(reverse("messaging:outbox"), {"status": words})

    assert list(response.context["page_obj"]) == [message]


def test_a_message_page_tells_everything_about_it(as_staff, staff, django_assert_num_queries):
    message = MessageFactory(
        status="failed",
        reason="The provider said: 550 No such user",
        attempts=5,
        sent_by=staff,
        about_key="booking:42",
        about_url="/bookings/42/",
        body="Hello,\nyou are booked.",
        useless_after=timezone.now() + DAY,
    )

    with django_assert_num_queries(5):
        response = as_staff.get(message.get_absolute_url())

    for words in [
        "Your booking: Massage",
        "Hello,\nyou are booked.",
        "The provider said: 550 No such user",
        '<a href="/bookings/42/">The booking</a>',
        "<dt>Tries</dt><dd>5</dd>",
        "Asked for by",
        message.conversation.contact.email,
    ]:
        assert words in text(response)


def test_what_came_in_has_a_page_too(as_staff, staff):
    conversation = ConversationFactory(name="Ada")
    message = services.record_incoming(conversation=conversation, body="Hello", at=timezone.now(), by=staff)

    response = as_staff.get(message.get_absolute_url())

    assert "Incoming from Ada" in text(response)
    assert "Noted by" in text(response)


@pytest.mark.parametrize("origin", ["message", "thread"])
def test_a_failed_message_is_tried_again(as_staff, origin):
    message = MessageFactory(status="failed", subject="Reminder: Massage")

    response = as_staff.post(reverse("messaging:retry", args=[message.pk]), {"from": origin}, follow=True)

    message.refresh_from_db()
    assert message.status == "queued"
    assert "Trying again: Reminder: Massage." in text(response)
    came_from = message if origin == "message" else message.conversation
    assert response.redirect_chain[0][0].split("#")[0] == came_from.get_absolute_url()


def test_a_planned_message_is_cancelled(as_staff):
    message = MessageFactory(status="planned", subject="Reminder: Massage")

    response = as_staff.post(reverse("messaging:cancel", args=[message.pk]), follow=True)

    message.refresh_from_db()
    assert (message.status, message.reason) == ("cancelled", "Cancelled by Sara Staff.")
    assert "Cancelled: Reminder: Massage." in text(response)


@pytest.mark.parametrize(
    ("action", "refusal"),
    [
        ("retry", "That message is not waiting for another try."),
        ("cancel", "That message is not waiting to be sent any more."),
    ],
)
def test_what_is_over_is_neither_retried_nor_cancelled(as_staff, action, refusal):
    message = MessageFactory(status="sent")

    response = as_staff.post(reverse(f"messaging:{action}", args=[message.pk]), follow=True)

    message.refresh_from_db()
    assert message.status == "sent"
    assert refusal in text(response)


@pytest.mark.parametrize("action", ["retry", "cancel"])
def test_what_came_in_can_be_neither_retried_nor_cancelled(as_staff, action):
    message = services.record_incoming(conversation=ConversationFactory(), body="Hi", at=timezone.now())

    assert as_staff.post(reverse(f"messaging:{action}", args=[message.pk])).status_code == 404


# --- Who may ---


def test_nothing_acts_on_a_get(as_staff):
    conversation, message = waiting(), MessageFactory(status="planned")

    for action in ["reply", "incoming", "resume", "close", "reopen"]:
        assert as_staff.get(url(action, conversation)).status_code == 405
    for action in ["retry", "cancel"]:
        assert as_staff.get(reverse(f"messaging:{action}", args=[message.pk])).status_code == 405


def test_people_without_a_role_see_and_change_nothing():
    person = UserFactory()
    person.groups.clear()
    client = Client()
    client.force_login(person, backend="accounts.backends.RoleBackend")
    conversation, message = waiting(), MessageFactory(status="planned")

    for address in [
        reverse("messaging:inbox"),
        url("conversation", conversation),
        reverse("messaging:outbox"),
        message.get_absolute_url(),
    ]:
        assert client.get(address).status_code == 403
    for action in ["reply", "incoming", "resume", "close", "reopen"]:
        assert client.post(url(action, conversation), {"body": "Hello"}).status_code == 403
    for action in ["retry", "cancel"]:
        assert client.post(reverse(f"messaging:{action}", args=[message.pk])).status_code == 403
    message.refresh_from_db()
    assert (message.status, Message.objects.count()) == ("planned", 2)
