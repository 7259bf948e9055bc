import datetime
import json
import os
import socket
import subprocess
import sys
import time

import pytest
from django.conf import settings
from django.db import OperationalError, ProgrammingError, connections
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from careops.health import NOT_READY, HealthMiddleware
from careops.views import server_error
from messaging.models import WorkerBeat

PROBE = """
import concurrent.futures, json, django
django.setup()
from django.test import Client

def ask(path):
    client = Client(raise_request_exception=False)
    client.cookies["sessionid"] = "0123456789abcdef0123456789abcdef"
    response = client.get(path)
    retry = response.headers.get("Retry-After")
    return path, [response.status_code, response.headers["Content-Type"], response.content.decode(), retry]

with concurrent.futures.ThreadPoolExecutor() as pool:
    print(json.dumps(dict(pool.map(ask, ["/healthz", "/readyz", "/", "/contacts/", "/no-such-page/"]))))
"""


def test_healthz_answers_without_asking_the_database(client):
    response = client.get("/healthz")  # a test without the db mark fails when it is asked

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("seconds_since_beat", "status", "worker"),
    [
        (None, 503, False),
        (5, 200, True),
        (150, 503, False),
        (-3500, 503, False),  # the clock was put back by an hour, and the worker's own stands still
    ],
)
def test_readyz_tells_whether_the_worker_lives(client, seconds_since_beat, status, worker):
    if seconds_since_beat is not None:
        beat_at = timezone.now() - datetime.timedelta(seconds=seconds_since_beat)
        WorkerBeat.objects.create(pk=1, beat_at=beat_at)

    response = client.get("/readyz")

    assert response.status_code == status
    assert response.json() == {"database": True, "migrations": True, "worker": worker}


@pytest.mark.django_db(transaction=True)
def test_readyz_tells_of_a_migration_that_was_not_applied(client):
    WorkerBeat.objects.create(pk=1, beat_at=timezone.now())
    applied = MigrationRecorder.Migration.objects.filter(app="bookings")
    kept = list(applied)
    applied.delete()

    response = client.get("/readyz")

    MigrationRecorder.Migration.objects.bulk_create(kept)
    assert response.status_code == 503
    assert response.json() == {"database": True, "migrations": False, "worker": True}


class Mute:
    """A database that takes calls and says nothing, as one does whose processes are frozen."""

    def __enter__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        return {"host": "127.0.0.1", "port": self.socket.getsockname()[1], "user": "careops", "dbname": "x"}

    def __exit__(self, *_error):
        self.socket.close()


def test_readyz_answers_in_time_though_the_database_hangs(rf, monkeypatch):
    middleware = HealthMiddleware(lambda request: None)
    with Mute() as parameters:
        monkeypatch.setattr(type(connections["default"]), "get_connection_params", lambda self: parameters)
        for _ in range(3):
            began = time.monotonic()
            response = middleware(rf.get("/readyz"))

            assert response.status_code == 503
            assert json.loads(response.content) == NOT_READY
            assert time.monotonic() - began < 2, "a load balancer does not wait longer"


def test_healthz_is_answered_before_anything_is_asked_for(rf):
    request = rf.get("/healthz")
    request.COOKIES["sessionid"] = "0123456789abcdef0123456789abcdef"

    response = HealthMiddleware(pytest.fail)(request)

    assert (response.status_code, response.content) == (200, b"ok\n")


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (RuntimeError(), 500, "Something went wrong on our side"),
        (OperationalError(), 503, "The database is not reachable"),
        (ProgrammingError(), 500, "Something went wrong on our side"),
    ],
)
def test_the_error_pages_need_no_database(rf, error, status, words):
    try:
        raise error
    except type(error):
        response = server_error(rf.get("/contacts/"))

    assert response.status_code == status
    assert words in response.content.decode()


def test_with_the_database_down_every_page_says_so():
    environment = {
        **os.environ,
        "DATABASE_URL": "postgresql://careops@127.0.0.1:1/careops",
        "DJANGO_SETTINGS_MODULE": "careops.settings",
        "DEBUG": "off",
        "LOG_LEVEL": "CRITICAL",
    }

    probe = subprocess.run(
        [sys.executable, "-c", PROBE], cwd=settings.BASE_DIR, env=environment, check=True, capture_output=True
    )

    answers = json.loads(probe.stdout)
    assert answers["/healthz"][:1] + answers["/healthz"][2:3] == [200, "ok\n"]
    status, content_type, body, _ = answers["/readyz"]
    assert (status, content_type) == (503, "application/json")
    assert json.loads(body) == {"database": False, "migrations": False, "worker": False}
    for path in ("/", "/contacts/"):
        status, content_type, body, retry_after = answers[path]
        assert (status, content_type, retry_after) == (503, "text/html; charset=utf-8", "5")
        assert "The database is not reachable" in body
    assert answers["/no-such-page/"][0] in {404, 503}
