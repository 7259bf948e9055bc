import re
import uuid

import pytest
from django.utils import timezone

from accounts.models import Business
from messaging.consent import services as consent
from messaging.inbox import saying
from messaging.models import Automation, Draft, Message
from messaging.tests.talks import begun, text, url, waiting

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def business(db):
    return Business.objects.current()  # otherwise the first page would make it


def form_of(client, conversation) -> dict:
    """What the composer sends besides the words."""
    shown = text(client.get(url("conversation", conversation)))
    return {name: re.search(rf'name="{name}" value="([^"]*)"', shown)[1] for name in ("once", "seen")}


def test_a_reply_is_queued_and_shown(as_staff, staff):
    conversation = waiting("Ada")

    response = as_staff.post(
        url("reply", conversation, "?tab=mine"), {"body": " First\r\nSecond "}, follow=True
    )

    message = Message.objects.get(direction="out")
    assert (message.body, message.sent_by, message.status) == ("First\nSecond", staff, "queued")
    assert response.redirect_chain == [(url("conversation", conversation, "?tab=mine#newest"), 302)]
    assert "Your reply to Ada is on its way by Email. Automation stays silent until" in text(response)


def test_a_reply_by_sms_goes_to_the_number(as_staff):
    conversation = waiting("Ada", email="ada@client.example", phone="07700 900000")

    as_staff.post(url("reply", conversation), {"body": "Yes", "channel": "sms"})

    message = Message.objects.get(direction="out")
    assert (message.channel, message.subject) == ("sms", "")


def test_a_reply_without_a_channel_goes_the_way_they_wrote_last(as_staff):
    conversation = waiting("Ada", channel="sms", email="ada@client.example", phone="07700 900000")

    as_staff.post(url("reply", conversation), {"body": "Yes"})

    assert Message.objects.get(direction="out").channel == "sms"


def test_a_pause_without_an_end_is_announced_as_such(as_staff):
    Automation.objects.create(pk=1, pause_hours=None)

    response = as_staff.post(url("reply", waiting("Ada")), {"body": "Yes"}, follow=True)

    assert "Automation stays silent until somebody resumes it." in text(response)


@pytest.mark.parametrize("action", ["reply", "note", "incoming"])
def test_the_same_form_sent_twice_says_it_once(as_staff, action):
    conversation = begun("Ada")
    sent = {"body": "Hello", "once": form_of(as_staff, conversation)["once"]}

    responses = [as_staff.post(url(action, conversation), sent) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert Message.objects.get().body == "Hello"


@pytest.mark.parametrize("action", ["reply", "note", "incoming"])
def test_the_same_form_with_other_words_is_asked_about(as_staff, action):
    conversation = begun("Ada")
    once = form_of(as_staff, conversation)["once"]
    as_staff.post(url(action, conversation), {"body": "Hello", "once": once})

    response = as_staff.post(url(action, conversation), {"body": "Goodbye", "once": once})

    assert response.status_code == 409
    assert "This was sent before" in text(response)
    assert "Goodbye</textarea>" in text(response)
    assert f'name="once" value="{once}"' not in text(response)
    assert Message.objects.get().body == "Hello"


def test_a_token_of_somebody_elses_making_is_refused_and_the_words_are_kept(as_staff):
    conversation = begun("Ada")

    response = as_staff.post(url("reply", conversation), {"body": "Hello", "once": uuid.uuid4().hex})

    assert "This page was out of date. Send it again." in text(response)
    assert "Hello</textarea>" in text(response)
    assert not Message.objects.exists()


def test_who_has_not_seen_a_colleagues_answer_reads_it_first(as_staff, staff, admin):
    conversation = waiting("Ada")
    sent = {"body": "Mine", **form_of(as_staff, conversation)}
    saying.reply(conversation=conversation, by=admin, body="Already answered", now=timezone.now())

    response = as_staff.post(url("reply", conversation), sent)

    assert response.status_code == 409
    assert "Amir Admin has written in the meantime." in text(response)
    assert "Already answered" in text(response)
    assert "Mine</textarea>" in text(response)
    assert not Message.objects.filter(sent_by=staff).exists()

    again = as_staff.post(url("reply", conversation), {"body": "Mine", **form_of(as_staff, conversation)})
    assert again.status_code == 302


@pytest.mark.parametrize("action", ["reply", "note", "incoming"])
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
    missing = "Write down" if action == "incoming" else "Write something"
    assert (complaint or missing) in text(response)
    assert response.context[f"{action}_form"]["body"].value() == body
    assert Message.objects.count() == 1
    conversation.refresh_from_db()
    assert conversation.paused_until is None


def test_the_longest_reply_may_have_as_many_lines_as_it_likes(as_staff):
    as_staff.post(url("reply", waiting("Ada")), {"body": "x\r\n" * 4_999 + "yy"})

    assert len(Message.objects.get(direction="out").body) == 10_000


def test_an_sms_is_no_longer_than_providers_take(as_staff):
    conversation = waiting("Ada", phone="07700 900000")

    response = as_staff.post(url("reply", conversation), {"body": "x" * 1_601, "channel": "sms"})

    assert "An SMS is made of 10 texts at most, and this would take 11." in text(response)
    assert not Message.objects.filter(direction="out").exists()


@pytest.mark.parametrize("channel", ["fax", "desk", "note"])
def test_a_channel_that_nothing_can_be_sent_by_is_refused(as_staff, channel):
    response = as_staff.post(url("reply", waiting("Ada")), {"body": "Hello", "channel": channel})

    assert response.status_code == 200
    assert not Message.objects.filter(direction="out").exists()


def test_a_reply_to_nowhere_is_refused_and_kept(as_staff):
    conversation = waiting("Noor", email="", phone="12")

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


def test_a_note_is_kept_among_colleagues(as_staff, staff):
    conversation = waiting("Ada")

    response = as_staff.post(url("note", conversation), {"body": "Bad knee"}, follow=True)

    assert Message.objects.get(direction="note").sent_by == staff
    conversation.refresh_from_db()
    assert conversation.waiting_since
    assert conversation.paused_at is None
    assert "Noted for your colleagues." in text(response)


# --- Drafts ---


def test_a_draft_is_kept_while_it_is_typed_and_shown_again(as_staff, staff):
    conversation = waiting("Ada", email="ada@client.example", phone="07700 900000")

    for body in ("Hel", "Hello A"):
        response = as_staff.post(url("draft", conversation), {"body": body, "channel": "sms"})

    assert "Draft kept" in text(response)
    assert "1 SMS, 7 characters" in text(response)
    assert Draft.objects.get().body == "Hello A"
    again = as_staff.get(url("conversation", conversation))
    assert "Hello A</textarea>" in text(again)
    assert again.context["channel"] == "sms"


def test_a_draft_is_its_authors_own(as_staff, as_admin):
    conversation = waiting("Ada")

    as_staff.post(url("draft", conversation), {"body": "Between us"})

    assert "Between us" not in text(as_admin.get(url("conversation", conversation)))


def test_a_draft_that_is_emptied_is_gone(as_staff):
    conversation = waiting("Ada")
    as_staff.post(url("draft", conversation), {"body": "Hello"})

    response = as_staff.post(url("draft", conversation), {"body": "  "})

    assert "Draft kept" not in text(response)
    assert not Draft.objects.exists()


def test_a_draft_is_gone_once_it_is_sent_even_if_it_comes_late(as_staff):
    conversation = waiting("Ada")
    sent = {"body": "Hello", **form_of(as_staff, conversation)}
    as_staff.post(url("draft", conversation), sent)

    as_staff.post(url("reply", conversation), sent)
    as_staff.post(url("draft", conversation), sent)

    assert not Draft.objects.exists()
    assert Message.objects.filter(direction="out").count() == 1


def test_a_draft_by_a_channel_that_has_closed_goes_the_usual_way(as_staff, staff):
    conversation = waiting("Ada", email="ada@client.example", phone="07700 900000")
    as_staff.post(url("draft", conversation), {"body": "Hello", "channel": "sms"})
    consent.refuse(channel="sms", value="+447700900000", source="staff", by=staff, now=timezone.now())

    response = as_staff.get(url("conversation", conversation))

    assert response.context["channel"] == "email"
    assert "Hello</textarea>" in text(response)


def test_a_draft_that_cannot_be_kept_says_so(as_staff):
    conversation = waiting("Ada")

    response = as_staff.post(url("draft", conversation), {"body": "x" * 10_001})

    assert "at most 10000 characters" in text(response)
    assert not Draft.objects.exists()


@pytest.mark.parametrize(("typed", "after"), [("", "Park here"), (" Hello,\r\n", " Hello,\n\nPark here")])
def test_without_scripts_a_text_is_put_in_behind_what_was_typed(as_staff, typed, after):
    conversation = waiting("Ada")

    response = as_staff.post(url("reply", conversation), {"body": typed, "insert": "Park here"}, follow=True)

    assert response.context["reply_form"].initial["body"].lstrip() == after.lstrip()
    assert not Message.objects.filter(direction="out").exists()


def test_a_text_too_long_for_the_reply_is_not_put_in_and_nothing_is_lost(as_staff):
    conversation = waiting("Ada")

    response = as_staff.post(url("reply", conversation), {"body": "x" * 9_999, "insert": "Park here"})

    assert "A reply holds 10,000 characters at most." in text(response)
    assert "x" * 9_999 in text(response)
