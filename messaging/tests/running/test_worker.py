"""The worker as it runs: real processes, a real database, a real SMTP server."""

import collections
import contextlib
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from procrastinate.contrib.django.models import ProcrastinateJob

from careops import devpg
from contacts.tests.factories import ContactFactory
from messaging.management.commands.worker import JOB_CONNECTIONS
from messaging.models import Message, WorkerBeat
from messaging.tests import smtp
from messaging.tests.factories import MessageFactory

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


def counts() -> dict[str, int]:
    return dict(collections.Counter(Message.objects.values_list("status", flat=True)))


@pytest.mark.long
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


@pytest.mark.long
def test_sigterm_finishes_the_message_in_hand_and_leaves_the_others(server, start_worker):
    server.seconds = 1
    MessageFactory.create_batch(3)
    worker = start_worker("--concurrency", "1")
    wait_until(lambda: server.thinking == 1)

    worker.terminate()

    assert worker.wait(timeout=15) == 0
    assert counts() == {"sent": 1, "queued": 2}
    assert len(server.received) == 1


FILL = """
import django
from django.core.management import call_command
django.setup()
call_command("migrate", verbosity=0)
from messaging.tests.factories import MessageFactory
MessageFactory.create_batch(4, status="planned", send_at="2099-01-01 00:00Z")
"""


@pytest.fixture
def filled(cluster):
    """A PostgreSQL of the test's own, with four messages to come."""
    environment = {**os.environ, "DATABASE_URL": cluster.url, "DJANGO_SETTINGS_MODULE": "careops.settings"}
    subprocess.run([sys.executable, "-c", FILL], cwd=ROOT, env=environment, check=True)
    return cluster


DUE_NOW = """
UPDATE messaging_message SET send_at = now()
WHERE id = (SELECT min(id) FROM messaging_message WHERE status = 'planned')
"""


@pytest.mark.long
def test_after_a_restart_of_the_database_it_goes_on_by_itself(server, start_worker, filled):
    worker = start_worker(database=filled.url)
    waits = []

    for stop in (None, "fast", "immediate"):
        if stop:
            filled.run("pg_ctl", "stop", "-D", filled.data, "-m", stop).check_returncode()
            time.sleep(1)
            filled.start_server()
        with psycopg.connect(filled.url, autocommit=True) as database:
            database.execute(DUE_NOW)
        waits.append(server.wait_for(len(waits) + 1, seconds=30))

    assert max(waits) < 10
    assert worker.poll() is None


@pytest.mark.long
def test_it_works_on_while_others_take_every_connection_and_a_second_one_waits_for_some(
    server, start_worker, filled, tmp_path
):
    kept = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'worker'"
    first, second = tmp_path / "worker-0.log", tmp_path / "worker-1.log"
    start_worker(database=filled.url)
    with psycopg.connect(filled.url, autocommit=True) as database, contextlib.ExitStack() as others:
        wait_until(lambda: database.execute(kept).fetchone()[0] >= 4 + JOB_CONNECTIONS)
        with contextlib.suppress(psycopg.OperationalError):
            while True:
                others.enter_context(psycopg.connect(filled.url))
        start_worker(database=filled.url)
        for count in (1, 2):
            database.execute(DUE_NOW)
            server.wait_for(count, seconds=15)
        wait_until(lambda: second.read_text().count("worker has no database") >= 3)
        others.close()
        wait_until(lambda: "worker started" in second.read_text())

    assert "too many clients already" in second.read_text()
    assert "Traceback" not in (said := first.read_text() + second.read_text())
    assert 'File "' not in said


@pytest.mark.parametrize("concurrency", [0, 99])
def test_more_jobs_than_connections_are_refused(concurrency):
    with pytest.raises(CommandError, match="between 1 and 8"):
        call_command("worker", concurrency=concurrency)
