import datetime

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import Business
from accounts.tests.factories import UserFactory
from messaging.inbox import handling, saying
from messaging.models import Automation, Conversation, Message
from messaging.tests.factories import ConversationFactory, MessageFactory, automated
from messaging.tests.talks import DAY, MINUTE, begun, text, waiting

pytestmark = pytest.mark.django_db
TABS = ["mine", "unassigned", "all", "snoozed", "closed"]


@pytest.fixture(autouse=True)
def business(db):
    return Business.objects.current()  # otherwise the first page would make it


def inbox(client, tab=""):
    return client.get(reverse("messaging:inbox"), {"tab": tab} if tab else {})


def names(response) -> list[str]:
    return [conversation.contact.name for conversation in response.context["page_obj"]]


def test_the_inbox_shows_who_waits_the_longest_first_and_then_the_rest_the_newest_first(as_staff, staff):
    begun("Older", minutes=9)
    begun("Newer", minutes=1)
    waiting("Short", minutes=3)
    waiting("Long", minutes=200)
    ConversationFactory(name="Silent")
    handling.close_conversation(conversation=begun("Closed"), by=staff, now=timezone.now())

    response = inbox(as_staff)

    assert names(response) == ["Long", "Short", "Newer", "Older"]
    assert "Waiting 3 h" in text(response)
    assert "Waiting 3 min" in text(response)
    assert "Words of Newer" in text(response)


def test_the_inbox_leads_to_who_waits_longest(as_staff, staff):
    begun("Answered", minutes=9)
    nobody = text(inbox(as_staff))
    waiting("Short", minutes=3)
    longest = waiting("Long", minutes=200)

    page = inbox(as_staff)

    assert "Choose a conversation" in nobody
    assert "Long waits longest: 3 h" in text(page)
    path = reverse("messaging:conversation", args=[longest.contact_id])
    assert f'inbox__longest"\n            href="{path}?tab=all"' in page.content.decode()
    assert "Who waits longest stands first" in text(page)


def test_an_automatic_message_is_no_answer(as_staff):
    conversation = waiting("Ada", minutes=20)
    waiting("Ben", minutes=10)
    automated(conversation, now=timezone.now())

    assert names(inbox(as_staff)) == ["Ada", "Ben"]
    assert "Waiting 20 min" in text(inbox(as_staff))


def test_a_first_message_from_before_the_contact_was_made_is_shown(as_staff):
    conversation = ConversationFactory(name="Ada")

    saying.record_incoming(conversation=conversation, body="Hello?", at=timezone.now() - 3 * DAY)

    assert names(inbox(as_staff)) == ["Ada"]
    assert "Hello?" in text(inbox(as_staff))


def test_a_message_without_words_is_shown(as_staff):
    waiting("Ada", body="  ")

    assert "(no words)" in text(inbox(as_staff))


def test_each_tab_shows_its_own(as_staff, staff, admin):
    now = timezone.now()
    mine, theirs, snoozed = begun("Mine"), begun("Theirs"), begun("Snoozed")
    handling.assign_conversation(conversation=mine, assignee=staff, before=None, by=admin)
    handling.assign_conversation(conversation=theirs, assignee=admin, before=None, by=admin)
    begun("Nobody's")
    handling.snooze_conversation(conversation=snoozed, until=now + DAY, by=staff, now=now)
    handling.close_conversation(conversation=begun("Closed"), by=staff, now=timezone.now())

    shown = {tab: set(names(inbox(as_staff, tab))) for tab in TABS}

    assert shown == {
        "mine": {"Mine"},
        "unassigned": {"Nobody's"},
        "all": {"Mine", "Theirs", "Nobody's"},
        "snoozed": {"Snoozed"},
        "closed": {"Closed"},
    }


def test_the_snoozed_come_in_the_order_in_which_they_return(as_staff, staff):
    now = timezone.now()
    for name, days in [("Later", 2), ("Sooner", 1)]:
        handling.snooze_conversation(conversation=begun(name), until=now + days * DAY, by=staff, now=now)

    assert names(inbox(as_staff, "snoozed")) == ["Sooner", "Later"]


def test_tabs_count_who_waits(as_staff, staff):
    handling.assign_conversation(conversation=waiting("Mine"), assignee=staff, before=None, by=staff)
    waiting("Nobody's")
    waiting("Nobody's either")
    begun("Answered")

    counts = {tab: count for tab, _, count in inbox(as_staff).context["view"].tabs()}

    assert counts == {"mine": 1, "unassigned": 2, "all": 3, "snoozed": 0, "closed": 0}


def test_tabs_stop_counting(as_staff):
    contacts = ConversationFactory.create_batch(101)
    Conversation.objects.filter(pk__in=[one.pk for one in contacts]).update(
        waiting_since=timezone.now(), last_words="Hello"
    )

    assert text(inbox(as_staff)).count("99+") >= 2


def test_an_unknown_tab_is_all(as_staff):
    begun("Ada")

    assert names(inbox(as_staff, "nonsense")) == ["Ada"]


@pytest.mark.parametrize(
    ("tab", "words"),
    [
        ("mine", "Nothing is yours."),
        ("unassigned", "Everything has its person."),
        ("all", "Inbox clear."),
        ("snoozed", "Nothing is snoozed."),
        ("closed", "Nothing is closed yet."),
    ],
)
def test_an_empty_tab_says_so(as_staff, tab, words):
    assert words in text(inbox(as_staff, tab))


def test_an_empty_inbox_says_how_long_somebody_waited_today(as_staff, staff):
    for minutes in (14, 5):
        conversation = waiting(minutes=minutes)
        saying.reply(conversation=conversation, by=staff, body="Yes", now=timezone.now())
        handling.close_conversation(conversation=conversation, by=staff, now=timezone.now())
    today = timezone.localtime(timezone=Business.objects.current().zone)
    midnight = today.replace(hour=0, minute=0, second=0, microsecond=0)
    MessageFactory(
        rule="", key=None, send_at=midnight - MINUTE, created_at=midnight, waited_since=midnight - 3 * DAY
    )

    assert "Longest wait today was 14 min." in text(inbox(as_staff))


def test_who_came_back_from_a_snooze_is_unread_and_above_what_is_older(as_staff, staff):
    now = timezone.now()
    conversation = begun("Back", minutes=300)
    begun("Older", minutes=60)
    handling.snooze_conversation(
        conversation=conversation, until=now - MINUTE, by=staff, now=now - 100 * MINUTE
    )

    handling.wake_snoozed(now=now)

    assert names(inbox(as_staff)) == ["Back", "Older"]
    assert "Back since" in text(inbox(as_staff))
    assert "Unread" in text(inbox(as_staff))


@pytest.mark.parametrize("tab", TABS)
@pytest.mark.parametrize("count", [1, 3])
def test_the_inbox_costs_the_same_for_any_number_of_conversations(
    as_staff, staff, tab, count, django_assert_num_queries
):
    talks = [waiting(minutes=n) for n in range(count)]
    wanted = {
        "mine": {"assignee": staff},
        "snoozed": {"status": "snoozed", "snoozed_until": timezone.now() + DAY, "assignee": staff},
        "closed": {"status": "closed", "assignee": UserFactory()},
    }
    for talk in talks:
        Conversation.objects.filter(pk=talk.pk).update(**wanted.get(tab, {"is_unread": True}))

    with django_assert_num_queries(6):
        response = inbox(as_staff, tab)

    assert len(response.context["page_obj"]) == min(count, 25)


@pytest.mark.parametrize("tab", ["all", "closed", "snoozed"])
def test_the_inbox_pages_without_losing_anyone(as_staff, staff, tab):
    now, everyone = timezone.now(), set()
    for n in range(30):
        talk = waiting(f"Ada {n}", minutes=n) if n % 2 else begun(f"Ada {n}", minutes=n)
        everyone.add(talk.contact.name)
        if tab == "closed":
            handling.close_conversation(conversation=talk, by=staff, now=timezone.now())
        elif tab == "snoozed":
            handling.snooze_conversation(conversation=talk, until=now + n * MINUTE + DAY, by=staff, now=now)

    first = inbox(as_staff, tab)
    second = as_staff.get(reverse("messaging:inbox") + first.context["page_obj"].next_query)
    back = as_staff.get(reverse("messaging:inbox") + second.context["page_obj"].previous_query)

    assert {*names(first), *names(second)} == everyone
    assert len(names(second)) == 5
    assert names(back) == names(first)


@pytest.mark.parametrize("tab", ["all", "closed", "snoozed"])
@pytest.mark.parametrize("position", ["abc", "~", "2031-01-01T00:00:00+00:00~x", "9999-12-31~1", "1~2~3"])
def test_a_position_that_no_row_can_have_is_not_found(as_staff, tab, position):
    begun()

    for direction in ("after", "before"):
        response = as_staff.get(reverse("messaging:inbox"), {"tab": tab, direction: position})
        assert response.status_code == 404


def test_the_inbox_says_that_automation_is_stopped(as_staff, admin):
    assert "Automation is stopped for everybody" not in text(inbox(as_staff))
    Automation.objects.create(pk=1, stopped_at=timezone.now(), stopped_by=admin)

    assert "Automation is stopped for everybody" in text(inbox(as_staff))


def test_who_waits_and_who_does_not_are_each_in_one_run(as_staff):
    """The order is one number that the database computes; it never mixes the two kinds, in any year."""
    early = datetime.datetime(2001, 1, 1, tzinfo=datetime.UTC)
    late = datetime.datetime(2099, 12, 31, tzinfo=datetime.UTC)
    for name, since, said in [("A", late, late), ("B", None, late), ("C", None, early), ("D", early, late)]:
        Conversation.objects.filter(pk=begun(name).pk).update(waiting_since=since, last_message_at=said)

    assert names(inbox(as_staff)) == ["D", "A", "B", "C"]
    assert Message.objects.count() == 0
