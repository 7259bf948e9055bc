"""A message that nobody answers in opening time raises an alert."""

import datetime
import zoneinfo

import pytest
from django.utils import timezone

from accounts.models import Business
from alerts.models import Alert
from alerts.services import dismiss_alert
from messaging.deciding.window import Window
from messaging.inbox import handling, saying, watch
from messaging.models import Automation, Conversation
from messaging.tests.factories import ConversationFactory, MessageFactory

HOUR = datetime.timedelta(hours=1)
MINUTE = datetime.timedelta(minutes=1)
LONDON = zoneinfo.ZoneInfo("Europe/London")
TUESDAY = datetime.datetime(2026, 11, 24, 14, 0, tzinfo=LONDON)

pytestmark = pytest.mark.django_db


def open_alerts(kind) -> list[str]:
    return sorted(Alert.objects.open().filter(kind=kind).values_list("title", flat=True))


def waiting_since(at, **contact) -> Conversation:
    conversation = ConversationFactory(**contact)
    saying.record_incoming(conversation=conversation, body="Hello?", at=at)
    return conversation


def test_an_unanswered_message_raises_one_alert():
    waiting_since(TUESDAY - 4 * HOUR, name="Ada Lovelace")
    waiting_since(TUESDAY - 4 * HOUR + MINUTE, name="Bob Builder")

    for _ in range(3):
        watch.look_around(now=TUESDAY)

    alert = Alert.objects.get(kind=Alert.Kind.UNANSWERED)
    assert (alert.title, alert.count) == ("Ada Lovelace waits for an answer", 1)
    assert alert.url == Conversation.objects.get(contact__name="Ada Lovelace").get_absolute_url()


def test_the_night_does_not_count():
    waiting_since(TUESDAY.replace(hour=20))  # an hour before the window closes

    watch.look_around(now=TUESDAY + 20 * HOUR + 59 * MINUTE)
    before = open_alerts(Alert.Kind.UNANSWERED)
    watch.look_around(now=TUESDAY + 21 * HOUR)  # Wednesday at 11, three hours after it opened

    assert (before, len(open_alerts(Alert.Kind.UNANSWERED))) == ([], 1)


def test_the_hours_are_those_of_the_setting_and_of_the_business():
    Automation.objects.create(pk=1, unanswered_hours=1)
    Business.objects.current()
    Business.objects.update(time_zone="America/New_York")
    waiting_since(TUESDAY.replace(hour=12))  # 7 in New York, an hour before the window opens

    watch.look_around(now=TUESDAY.replace(hour=13, minute=59))
    before = open_alerts(Alert.Kind.UNANSWERED)
    watch.look_around(now=TUESDAY.replace(hour=14))

    assert (before, len(open_alerts(Alert.Kind.UNANSWERED))) == ([], 1)


def test_an_automated_message_is_no_answer():
    conversation = waiting_since(TUESDAY - 5 * HOUR)
    MessageFactory(conversation=conversation, status="sent", send_at=TUESDAY - HOUR)

    watch.look_around(now=TUESDAY)

    assert len(open_alerts(Alert.Kind.UNANSWERED)) == 1


@pytest.mark.parametrize("act", ["reply", "close", "snooze"])
def test_the_alert_resolves_when_somebody_has_seen_to_it(act, staff):
    conversation = waiting_since(TUESDAY - 5 * HOUR)
    watch.look_around(now=TUESDAY)
    if act == "reply":
        saying.reply(conversation=conversation, by=staff, body="Yes", now=TUESDAY)
    elif act == "close":
        handling.close_conversation(conversation=conversation, by=staff, now=timezone.now())
    else:
        Conversation.objects.update(status="snoozed", snoozed_until=TUESDAY + HOUR)

    watch.look_around(now=TUESDAY)

    alert = Alert.objects.get(kind=Alert.Kind.UNANSWERED)
    assert (alert.status, alert.settled_why) == ("resolved", "Answered, or put away.")


def test_the_next_unanswered_message_is_another_alert(staff, admin):
    monday = TUESDAY - 24 * HOUR
    conversation = waiting_since(monday - 4 * HOUR)
    watch.look_around(now=monday)
    dismiss_alert(alert=Alert.objects.get(), by=admin)
    saying.reply(conversation=conversation, by=staff, body="Yes", now=monday)
    saying.record_incoming(conversation=conversation, body="And?", at=monday + MINUTE)

    watch.look_around(now=TUESDAY)

    assert Alert.objects.filter(kind=Alert.Kind.UNANSWERED).count() == 2
    assert len(open_alerts(Alert.Kind.UNANSWERED)) == 1


@pytest.mark.parametrize(
    ("since", "hours", "until"),
    [
        ("2026-11-24 09:00", 4, "2026-11-24 13:00"),
        ("2026-11-24 17:00", 4, "2026-11-24 21:00"),
        ("2026-11-24 17:01", 4, "2026-11-25 08:01"),
        ("2026-11-24 23:00", 4, "2026-11-25 12:00"),
        ("2026-11-24 03:00", 4, "2026-11-24 12:00"),
        ("2026-11-24 09:00", 30, "2026-11-26 13:00"),
        ("2026-03-28 20:00", 2, "2026-03-29 09:00"),  # the clocks go forward in between,
        ("2026-10-24 20:00", 2, "2026-10-25 09:00"),  # and back
    ],
)
def test_hours_are_counted_while_the_window_is_open(since, hours, until):
    window = Window(datetime.time(8), datetime.time(21), LONDON)
    since, until = (datetime.datetime.fromisoformat(text).replace(tzinfo=LONDON) for text in (since, until))

    assert watch._after(since, hours * HOUR, window) == until


@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25"])
@pytest.mark.parametrize("fold", [0, 1])
def test_hours_are_counted_even_when_the_window_closes_while_the_clocks_change(day, fold):
    window = Window(datetime.time(0, 30), datetime.time(1, 30), LONDON)
    since = datetime.datetime.fromisoformat(f"{day} 01:15").replace(tzinfo=LONDON, fold=fold)

    assert since < watch._after(since.astimezone(datetime.UTC), HOUR, window) < since + 72 * HOUR
