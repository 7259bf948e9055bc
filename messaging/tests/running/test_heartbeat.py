"""A worker that is dead or cannot keep up is noticed, by itself or by the web, and everybody is told."""

import datetime

import pytest
from django.urls import reverse
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from alerts.models import Alert
from alerts.services import dismiss_alert
from careops.frame.reading import Frame
from contacts.tests.factories import ContactFactory
from messaging.inbox.saying import reply
from messaging.models import Provider, WorkerBeat
from messaging.running import heartbeat, wake
from messaging.tests.factories import ConversationFactory, MessageFactory

MINUTE = datetime.timedelta(minutes=1)
NOW = datetime.datetime(2026, 11, 24, 14, 0, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("due_for", "silent_for", "late"),
    [
        (None, None, False),
        (None, 60, False),  # nothing waits, so nobody misses it
        (0, None, False),  # never run: a new installation
        (5, None, True),
        (0, 4.9, False),
        (0, 5, True),
        (4.9, 0, False),
        (5, 0, True),  # it lives, and cannot keep up
        (0, -55, True),  # the clock was put back by an hour, and its own stands still
    ],
)
def test_messages_are_late_after_five_minutes(due_for, silent_for, late):
    due_since = None if due_for is None else NOW - due_for * MINUTE
    beat_at = None if silent_for is None else NOW - silent_for * MINUTE

    assert heartbeat.is_late(due_since=due_since, beat_at=beat_at, now=NOW) is late


@pytest.mark.django_db
def test_the_worker_says_again_and_again_that_it_lives():
    heartbeat.beat(now=NOW)
    heartbeat.beat(now=NOW + MINUTE)

    assert WorkerBeat.objects.get().beat_at == NOW + MINUTE


@pytest.mark.django_db
def test_lateness_raises_one_alert_which_resolves_itself():
    now = timezone.now()
    message = MessageFactory(send_at=now - 6 * MINUTE)
    heartbeat.beat(now=now)

    for _ in range(3):
        heartbeat.check_lateness(now=now)

    alert = Alert.objects.get(kind=Alert.Kind.WORKER_LATE)
    assert (alert.is_open, alert.severity, alert.count) == (True, Alert.Severity.CRITICAL, 1)

    message.status = "sent"
    message.save()
    heartbeat.check_lateness(now=now)

    alert.refresh_from_db()
    assert (alert.status, alert.settled_why) == ("resolved", "The worker has caught up.")


def leave(message, *, at):
    message.status, message.sent_at = "sent", at
    message.save()


@pytest.mark.django_db
def test_what_an_outage_kept_back_raises_nothing_as_it_leaves():
    backlog = MessageFactory.create_batch(4, send_at=NOW - 60 * MINUTE)
    heartbeat.beat(now=NOW)
    backlog[0].status, backlog[0].lease_until = "sending", NOW + MINUTE
    backlog[0].save()
    heartbeat.check_lateness(now=NOW)  # of another worker, just before the first has left

    leave(backlog[0], at=NOW)
    leave(backlog[1], at=NOW + MINUTE)
    MessageFactory(send_at=NOW + MINUTE)
    heartbeat.beat(now=NOW + 3 * MINUTE)
    heartbeat.check_lateness(now=NOW + 3 * MINUTE)

    assert not Alert.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(("left_at", "fell_due"), [(NOW - 6 * MINUTE, 0), (NOW - 2 * MINUTE, 2)])
def test_a_backlog_that_does_not_become_less_raises_the_alert(left_at, fell_due):
    left, _ = MessageFactory.create_batch(2, send_at=NOW - 60 * MINUTE)
    leave(left, at=left_at)
    MessageFactory.create_batch(fell_due, send_at=NOW - MINUTE)
    heartbeat.beat(now=NOW)

    heartbeat.check_lateness(now=NOW)

    assert Alert.objects.open().get().title == "Messages leave late"


@pytest.mark.django_db
def test_an_outage_that_was_noticed_has_one_alert_from_its_beginning_to_its_end():
    backlog = MessageFactory.create_batch(2, send_at=NOW - 20 * MINUTE)
    heartbeat.beat(now=NOW - 20 * MINUTE)
    heartbeat.notice_silence(beat_at=NOW - 20 * MINUTE, now=NOW)

    alert = Alert.objects.open().get()
    assert alert.title == "The worker has stopped"

    for minute, message in enumerate(backlog, start=1):
        now = NOW + minute * MINUTE
        heartbeat.beat(now=now)
        heartbeat.check_lateness(now=now)
        alert.refresh_from_db()
        assert alert.is_open, "it has not caught up"
        leave(message, at=now)
    heartbeat.check_lateness(now=now)

    alert.refresh_from_db()
    assert (alert.status, alert.count) == ("resolved", 1)
    assert Alert.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("beat_at", [NOW - 6 * MINUTE, NOW + 55 * MINUTE])
def test_a_clock_that_stands_still_raises_the_alert_though_others_send(beat_at):
    WorkerBeat.objects.create(pk=1, beat_at=beat_at)
    leave(MessageFactory(send_at=NOW), at=NOW)

    heartbeat.notice_silence(beat_at=beat_at, now=NOW)
    heartbeat.notice_silence(beat_at=beat_at, now=NOW)

    assert Alert.objects.open().get().title == "The worker has stopped"


@pytest.mark.django_db
def test_a_dismissed_alert_about_lateness_stays_silent_while_it_lasts(admin):
    now = timezone.now()
    MessageFactory(send_at=now - 6 * MINUTE)
    heartbeat.check_lateness(now=now)
    dismiss_alert(alert=Alert.objects.get(), by=admin)

    heartbeat.check_lateness(now=now)

    assert not Alert.objects.open().exists()


@pytest.mark.django_db
def test_what_waits_for_a_provider_that_rests_is_not_late():
    now = timezone.now()
    MessageFactory(send_at=now - 10 * MINUTE)
    rest = Provider.objects.create(channel="email", open_until=now + MINUTE)

    heartbeat.check_lateness(now=now)
    heartbeat.check_lateness(now=now + 5 * MINUTE)

    assert not Alert.objects.exists()
    assert not Frame.load().is_late
    rest.delete()
    assert Frame.load().is_late


@pytest.mark.django_db
@pytest.mark.parametrize("minutes", [4, 60])
def test_a_dead_worker_is_noticed_by_the_web_once_the_database_is_up_for_long_enough(
    minutes, staff, monkeypatch, django_capture_on_commit_callbacks
):
    since = f"now() - interval '{minutes} minutes'"
    monkeypatch.setattr(wake, "LOOK", wake.LOOK.replace("pg_postmaster_start_time()", since))
    conversation = ConversationFactory()
    WorkerBeat.objects.create(pk=1, beat_at=timezone.now() - 6 * MINUTE)

    with django_capture_on_commit_callbacks(execute=True):
        reply(conversation=conversation, by=staff, body="Hello", now=timezone.now())

    told = list(Alert.objects.open().values_list("kind", flat=True))
    assert told == ([Alert.Kind.WORKER_LATE] if minutes > 5 else [])


@pytest.mark.django_db
def test_a_living_worker_costs_the_web_one_look(django_assert_num_queries):
    now = timezone.now()
    heartbeat.beat(now=now)
    MessageFactory(send_at=now - 6 * MINUTE)
    wake.wake_now()

    with django_assert_num_queries(1):  # whether it has been woken already, and when it was last alive
        wake.wake_now()

    assert not Alert.objects.exists()
    assert ProcrastinateJob.objects.filter(status="todo").count() == 1


@pytest.mark.django_db
def test_every_page_says_that_the_worker_has_stopped(as_staff):
    WorkerBeat.objects.create(pk=1, beat_at=timezone.now() - 6 * MINUTE)
    MessageFactory()

    for name in ("dashboard", "contacts:list", "bookings:list", "messaging:outbox", "accounts:profile"):
        html = as_staff.get(reverse(name)).content.decode()
        assert "Messages are not leaving: the worker has not run since" in html, name


@pytest.mark.django_db
def test_every_page_says_that_messages_leave_late(as_staff):
    WorkerBeat.objects.create(pk=1, beat_at=timezone.now())
    MessageFactory(send_at=timezone.now() - 6 * MINUTE)

    assert "Messages leave late" in as_staff.get(reverse("dashboard")).content.decode()


@pytest.mark.django_db
def test_no_page_says_anything_while_messages_leave_in_time(as_staff, django_assert_num_queries):
    WorkerBeat.objects.create(pk=1, beat_at=timezone.now() - 10 * MINUTE)
    ContactFactory()

    html = as_staff.get(reverse("dashboard")).content.decode()

    assert "Messages leave late" not in html
    assert "Messages are not leaving" not in html
    with django_assert_num_queries(1):
        Frame.load()
