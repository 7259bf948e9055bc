import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape

from accounts.models import Business
from bookings.messages import links
from bookings.tests.factories import BookedFactory, ServiceFactory
from bookings.tests.intake_desk import make_form
from messaging.consent import services as consent
from messaging.inbox import drafts, saved_replies, saying
from messaging.models import Automation, Conversation, SavedReply
from messaging.tests.factories import ConversationFactory, MessageFactory
from messaging.tests.talks import DAY, MINUTE, begun, text, url, waiting
from messaging.words.reasons import Reason
from messaging.words.rules import Channel, RuleCode

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def business(db):
    return Business.objects.current()  # otherwise the first page would make it


def page(client, conversation, query="") -> str:
    return text(client.get(url("conversation", conversation, query)))


def test_a_conversation_reads_from_the_oldest_to_the_newest(as_staff, staff):
    conversation = ConversationFactory(name="Ada")
    now = timezone.now()
    saying.record_incoming(conversation=conversation, body="The question", at=now - 2 * MINUTE, by=staff)
    saying.reply(conversation=conversation, by=staff, body="The answer", now=now - MINUTE)

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
        ("delivered", "Delivered"),
        ("bounced", "Bounced"),
        ("unknown", "Unknown"),
        ("failed", "Failed"),
        ("skipped", "Skipped"),
        ("cancelled", "Cancelled"),
    ],
)
def test_a_message_says_honestly_what_became_of_it_and_what_can_be_done(as_staff, status, words):
    message = MessageFactory(status=status, reason="550 No such user")

    shown = page(as_staff, message.conversation)

    assert words in shown
    assert "550 No such user" in shown
    own = message.get_absolute_url()
    assert (f'action="{own}retry/"' in shown) == (status == "failed")
    assert (f'action="{own}cancel/"' in shown) == (status == "queued")
    assert (f'<a class="button button--link" href="{own}"' in shown) == (status == "unknown")


@pytest.mark.parametrize("channel", [Channel.EMAIL, Channel.SMS, Channel.DESK])
def test_a_message_names_its_channel(as_staff, channel):
    conversation = waiting(channel=channel)

    assert f"</svg>{channel.label}</span>" in page(as_staff, conversation)


def test_what_automation_said_is_folded_and_named_after_its_rule(as_staff):
    message = MessageFactory(rule=RuleCode.REMINDER, subject="Reminder: Massage", status="sent")

    shown = page(as_staff, message.conversation)

    assert "message--auto" in shown
    assert '<details class="message__bubble"><summary>Reminder: Massage' in shown
    assert "</svg>Reminder</span>" in shown


def test_what_a_machine_wrote_is_folded_and_nobody_waits(as_staff):
    conversation = ConversationFactory()
    saying.record_incoming(
        conversation=conversation, body="I am away", at=timezone.now(), channel="email", is_machine=True
    )

    shown = page(as_staff, conversation)

    assert "Sent by a machine" in shown
    assert '<details class="message__bubble">' in shown
    assert "Waiting" not in shown


def test_a_note_stands_apart_from_what_was_said(as_staff, staff):
    conversation = begun()
    saying.add_note(conversation=conversation, by=staff, body="Ask about the knee", now=timezone.now())

    shown = page(as_staff, conversation)

    assert "message--note" in shown
    assert "Note among colleagues:" in shown


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
    saved_replies.create_saved_reply(name=body, body="Hello", by=staff)
    saying.record_incoming(conversation=conversation, body=body, at=timezone.now(), subject=body, by=staff)
    saying.add_note(conversation=conversation, by=staff, body=body, now=timezone.now())
    drafts.save_draft(
        conversation=conversation, by=staff, body=body, channel=Channel.EMAIL, now=timezone.now()
    )
    MessageFactory(conversation=conversation, body=body, subject=body, reason=body)

    for address in [
        url("conversation", conversation),
        reverse("messaging:inbox"),
        reverse("messaging:saved_replies"),
    ]:
        shown = text(as_staff.get(address))

        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "<b>Ada" not in shown
        assert escape(body) in shown


def test_a_pause_says_who_until_when_and_what_it_holds(as_staff, staff):
    conversation = ConversationFactory()
    now = timezone.now()
    saying.reply(conversation=conversation, by=staff, body="Hello", now=now)
    held = {"status": "skipped", "reason_code": Reason.PAUSED, "rule": RuleCode.REMINDER}
    for n in range(2):
        MessageFactory(conversation=conversation, key=f"held:{n}", useless_after=now + DAY, **held)
    MessageFactory(conversation=conversation, key="too late", useless_after=now - MINUTE, **held)

    shown = page(as_staff, conversation)

    until = timezone.localtime(now + DAY)
    assert f"Automation paused by Sara Staff until {until:%a %H:%M}. 2 messages held." in shown
    assert f'action="{url("resume", conversation)}' in shown


def test_a_pause_without_an_end_says_so(as_staff, staff):
    Automation.objects.create(pk=1, pause_hours=None)
    conversation = ConversationFactory()
    saying.reply(conversation=conversation, by=staff, body="Hello", now=timezone.now())

    assert "Automation paused by Sara Staff until somebody resumes it." in page(as_staff, conversation)


@pytest.mark.parametrize(
    ("hours", "words"),
    [
        (24, "Sending this pauses automation for 24 hours."),
        (1, "Sending this pauses automation for 1 hour."),
        (None, "Sending this pauses automation until somebody resumes it."),
    ],
)
def test_the_composer_says_what_a_reply_does_to_automation(as_staff, hours, words):
    Automation.objects.create(pk=1, pause_hours=hours)

    assert words in page(as_staff, begun())


def test_who_may_have_opted_out_is_asked_about(as_staff):
    conversation = waiting(body="please stop texting me")
    assert "Looks like an opt-out" not in page(as_staff, conversation)
    Conversation.objects.filter(pk=conversation.pk).update(opt_out_hint_at=timezone.now())

    shown = page(as_staff, conversation)

    assert "Looks like an opt-out" in shown
    assert f'action="{url("consent_hint", conversation)}' in shown


def test_the_person_stands_beside_the_conversation_with_the_next_visit(as_staff):
    booking = BookedFactory(contact__notes="Has a bad knee.")

    shown = page(as_staff, booking.contact.conversation)

    # in the third pane, or above the messages
    assert shown.count(f'href="{booking.get_absolute_url()}"') == 2
    assert "Has a bad knee." in shown


def test_links_are_put_into_a_reply_by_one_click(as_staff, settings):
    service = ServiceFactory()
    make_form(service=service)
    booking = BookedFactory(service=service)

    shown = page(as_staff, booking.contact.conversation)

    form_url = links.form_url(booking.intake_requests.get())
    for words in [
        f"Choose a time that suits you: {settings.ALLOWED_ORIGINS[0]}/book/",
        f"Your visit, should you want to move it or call it off: {links.visit_url(booking)}",
        f"Please fill in this form before your visit: {form_url}",
    ]:
        assert f'name="insert" value="{words}"' in shown


def test_without_a_visit_or_a_missing_form_there_are_no_links_to_them(as_staff):
    booking = BookedFactory()

    assert "Form link" not in page(as_staff, booking.contact.conversation)
    shown = page(as_staff, waiting())
    assert "Visit link" not in shown
    assert "Booking link" in shown


@pytest.mark.parametrize(
    ("channel", "chosen"), [(Channel.SMS, "sms"), (Channel.EMAIL, "email"), (Channel.DESK, "email")]
)
def test_a_reply_goes_the_way_they_wrote_last(as_staff, channel, chosen):
    conversation = waiting(channel=channel, email="ada@client.example", phone="07700 900000")

    response = as_staff.get(url("conversation", conversation))

    assert response.context["channel"] == chosen
    assert f'value="{chosen}" id="id_channel_{chosen}" checked' in text(response)


def test_a_channel_that_is_closed_is_explained_and_not_chosen(as_staff, staff):
    conversation = waiting(channel=Channel.SMS, email="ada@client.example", phone="07700 900000")
    consent.refuse(channel=Channel.SMS, value="+447700900000", source="staff", by=staff, now=timezone.now())

    response = as_staff.get(url("conversation", conversation))

    assert response.context["channel"] == "email"
    assert "Opted out of SMS. Use another way, or call." in text(response)
    assert 'id="id_channel_sms"' not in text(response)


def test_where_no_channel_is_open_there_is_no_composer_but_the_reason(as_staff):
    conversation = ConversationFactory(name="Noor", email="", phone="12")

    shown = page(as_staff, conversation)

    assert "Noor has no email address" in shown
    assert "Noor has no mobile number" in shown
    assert reverse("contacts:edit", args=[conversation.contact_id]) in shown
    assert url("reply", conversation) not in shown


def test_looking_changes_nothing(as_staff):
    conversation = waiting()

    shown = page(as_staff, conversation)

    conversation.refresh_from_db()
    assert conversation.is_unread
    assert f'hx-post="{url("read", conversation)}" hx-trigger="load"' in shown


@pytest.mark.parametrize("count", [1, 3])
def test_a_conversation_costs_the_same_for_any_number_of_messages(
    as_staff, staff, count, django_assert_num_queries
):
    conversation = waiting()
    saying.reply(conversation=conversation, by=staff, body="Hello", now=timezone.now())
    for n in range(count):
        waiting(minutes=n)
        SavedReply.objects.create(name=f"{n}", body="Hello {{name}}")
        MessageFactory(conversation=conversation, sent_by=staff)
        MessageFactory(conversation=conversation, status="planned", send_at=timezone.now() + DAY)

    with django_assert_num_queries(18):
        response = as_staff.get(url("conversation", conversation))

    assert len(response.context["thread"]) == count + 2
    assert len(response.context["planned"]) == count


def test_a_long_conversation_begins_with_the_newest_and_leads_to_the_earlier(as_staff):
    conversation = ConversationFactory()
    now = timezone.now()
    for n in range(60):
        saying.record_incoming(conversation=conversation, body=f"Words {n}", at=now - (60 - n) * MINUTE)

    first = as_staff.get(url("conversation", conversation))
    earlier = as_staff.get(url("conversation", conversation, first.context["page_obj"].next_query))

    assert [message.body for message in first.context["thread"]] == [f"Words {n}" for n in range(10, 60)]
    assert [message.body for message in earlier.context["thread"]] == [f"Words {n}" for n in range(10)]
    assert "Earlier messages" in text(first)
    assert "Newer messages" in text(earlier)


@pytest.mark.parametrize("pk", [0, 999_999_999, 10**30])
def test_a_conversation_with_nobody_is_not_found(as_staff, pk):
    actions = ["reply", "draft", "note", "incoming", "assign", "snooze", "read", "unread", "resume"]
    for action in ["", *actions, "close", "reopen"]:
        path = f"/messages/{pk}/{action}/" if action else f"/messages/{pk}/"
        response = as_staff.post(path, {"body": "Hello"}) if action else as_staff.get(path)

        assert response.status_code == 404


@pytest.mark.django_db
def test_what_an_email_merely_quotes_is_folded(as_staff):
    conversation = ConversationFactory(name="Ada")
    body = "Yes please.\n\nOn Mon, 2 Mar 2026 at 09:00, Riverside <a@b.example> wrote:\n> Shall we say ten?"
    saying.record_incoming(conversation=conversation, body=body, channel=Channel.EMAIL, at=timezone.now())

    page = as_staff.get(conversation.get_absolute_url()).text

    said, _, quoted = page.partition('<details class="message__quote">')
    assert "Yes please." in said
    assert "Shall we say ten?" in quoted
    assert "Shall we say ten?" not in said.partition('class="thread"')[2]
