"""The worker's clock: a tick may happen twice, or at the same time as another; and what is over is tidied away."""

import collections
import datetime
import threading

import pytest
from asgiref.sync import async_to_sync
from django.db import connection, connections
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob
from procrastinate.job_context import JobContext

from accounts.models import AuditEntry
from accounts.tests.factories import UserFactory
from alerts.models import Alert
from alerts.tests.factories import AlertFactory
from messaging import tasks
from messaging.models import Message
from messaging.tasks import look_around, tick, tidy_jobs
from messaging.tests import smtp
from messaging.tests.factories import ConversationFactory, MessageFactory

MINUTE, HOUR = datetime.timedelta(minutes=1), datetime.timedelta(hours=1)


@pytest.fixture
def server(settings):
    with smtp.SmtpServer() as server:
        server.configure(settings)
        yield server


def counts() -> dict[str, int]:
    return dict(collections.Counter(Message.objects.values_list("status", flat=True)))


def context() -> JobContext:
    return JobContext(app=app, job=None, start_timestamp=0, abort_reason=lambda: None)


def at_once(function, *, threads: int = 4) -> None:
    """Call ``function`` in several threads at the same moment."""
    barrier = threading.Barrier(threads)

    def run():
        barrier.wait()
        function()
        connections.close_all()

    running = [threading.Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_a_tick_that_happens_several_times_at_once_sends_each_message_once(server):
    MessageFactory.create_batch(12)
    MessageFactory.create_batch(2, status="sending", lease_until=timezone.now() - MINUTE)
    MessageFactory(status="planned", send_at=timezone.now() + MINUTE)

    at_once(lambda: tick.func(context(), timestamp=0))
    tick.func(context(), timestamp=0)

    assert counts() == {"sent": 14, "planned": 1}
    assert len(server.ids) == len(set(server.ids)) == 14


@pytest.mark.django_db(transaction=True)
def test_a_minute_that_happens_several_times_at_once_does_everything_once(admin):
    AlertFactory(kind="delivery", source_key="sms:dns", severity=3)
    now = timezone.now()
    for conversation in ConversationFactory.create_batch(3):
        conversation.paused_at, conversation.paused_until = now - HOUR, now - MINUTE
        conversation.status, conversation.snoozed_until = "snoozed", now - MINUTE
        conversation.save()

    at_once(lambda: look_around.func(timestamp=0))

    assert Message.objects.get().rule == "staff_notice"
    actions = AuditEntry.objects.filter(subject_key__startswith="conversation").values_list(
        "action", flat=True
    )
    assert collections.Counter(actions) == {"conversation.resumed": 3, "conversation.came_back": 3}


@pytest.mark.django_db
def test_after_an_outage_it_catches_up_by_the_time_of_the_visits_and_drops_the_stale(server):
    now = timezone.now()
    for name, hours_left in [("late", 30), ("soon", 1), ("past", -1), ("today", 6), ("just past", -0.01)]:
        MessageFactory(
            rule="reminder",
            status="planned",
            subject=name,
            send_at=now - 24 * HOUR,  # when the worker went down
            useless_after=now + hours_left * HOUR,
        )
    typed = MessageFactory(rule="", key=None, sent_by=UserFactory(), subject="typed", send_at=now - HOUR)

    tick.func(context(), timestamp=0)

    assert [message["Subject"] for message in server.received] == [typed.subject, "soon", "today", "late"]
    dropped = Message.objects.filter(status="skipped").order_by("subject").values_list("subject", "reason")
    assert list(dropped) == [("just past", "Too late to be useful."), ("past", "Too late to be useful.")]


@pytest.mark.django_db
def test_what_an_outage_kept_back_leaves_without_an_alert(server, monkeypatch):
    now = timezone.now()
    MessageFactory.create_batch(3, send_at=now - HOUR)
    monkeypatch.setattr(tasks, "BATCH", 1)  # of each tick

    for left in (1, 2, 3):
        tick.func(context(), timestamp=0)
        assert counts().get("sent") == left

    assert not Alert.objects.exists()


def tidy():
    async_to_sync(tidy_jobs.func)(context(), timestamp=0)


def job(name: str, *, lock: str | None = None, **state) -> int:
    """A job in a state that only a worker gives it."""
    pk = app.configure_task(name, queueing_lock=lock).defer(user_id=1)
    assignments = ", ".join(f"{field} = %s" for field in state)
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE procrastinate_jobs SET {assignments} WHERE id = %s", [*state.values(), pk])  # noqa: S608
    return pk


def states() -> dict[int, str]:
    return dict(ProcrastinateJob.objects.values_list("pk", "status"))


@pytest.mark.django_db
def test_what_died_with_its_worker_is_run_again_unless_the_clock_does_that():
    mail = job("accounts.tasks.send_password_reset", status="doing")
    tick = job("messaging.tasks.tick", lock="tick", status="doing")
    fatal = job("accounts.tasks.send_password_reset", status="doing", attempts=5)
    waiting_tick = job("messaging.tasks.tick", lock="tick", status="todo")

    tidy()
    tidy()

    assert states() == {mail: "todo", fatal: "failed", waiting_tick: "todo"}
    assert tick not in states()


@pytest.mark.django_db
def test_what_a_living_worker_does_is_left_alone():
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO procrastinate_workers DEFAULT VALUES RETURNING id")
        [worker] = cursor.fetchone()
    doing = job("accounts.tasks.send_password_reset", status="doing", worker_id=worker)

    tidy()

    assert states() == {doing: "doing"}


@pytest.mark.django_db
def test_finished_jobs_are_forgotten_after_a_week():
    fresh = job("accounts.tasks.send_password_reset", status="failed")
    for status in ("failed", "succeeded", "cancelled", "aborted"):
        old = job("accounts.tasks.send_password_reset", status=status)
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE procrastinate_events SET at = now() - interval '8 days' WHERE job_id = %s", [old]
            )

    tidy()

    assert states() == {fresh: "failed"}
    assert set(ProcrastinateEvent.objects.values_list("job_id", flat=True)) == {fresh}
