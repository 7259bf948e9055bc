"""What a load balancer asks: is the process up, and can it do its work? Answered whatever state the database is in."""

import datetime
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from functools import cache

import psycopg
from django.conf import settings
from django.contrib.staticfiles.storage import ManifestFilesMixin, staticfiles_storage
from django.db import connection
from django.db.migrations.loader import MigrationLoader
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone

WORKER_IS_LATE_AFTER = datetime.timedelta(minutes=2)  # slow providers may keep its clock waiting
PATIENCE = 1.5  # seconds that /readyz waits for the database
NOT_READY = {"database": False, "migrations": False, "worker": False}


class HealthMiddleware:
    """Answers before sessions, people and the pool of connections are asked for anything.

    One look at the database at a time, on a connection of its own: where it hangs, the next ones are told at once.
    """

    def __init__(self, get_response):
        self.get_response = get_response
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="ready")
        self.look: Future | None = None

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path == "/healthz":
            return HttpResponse("ok\n", content_type="text/plain")
        if request.path == "/readyz":
            return self.ready()
        return self.get_response(request)

    def ready(self) -> HttpResponse:
        if self.look is None or self.look.done():
            self.look = self.thread.submit(checks, connection.get_connection_params())
        try:
            found = self.look.result(PATIENCE)
        except (psycopg.Error, TooLate):
            found = NOT_READY
        found = found | ({"static_files": False} if _lacks_static_files() else {})
        return JsonResponse(found, status=200 if all(found.values()) else 503)


def checks(parameters: dict) -> dict[str, bool]:
    """Whether the database answers, has every migration, and a worker that is alive.

    :raises psycopg.Error: if it does not answer
    """
    names = {"host", "port", "user", "password", "dbname", "sslmode", "options"}
    how = {name: value for name, value in parameters.items() if name in names and value}
    how["options"] = f"{how.get('options', '')} -c statement_timeout=1000".strip()
    now = timezone.now()
    with psycopg.connect(**how, connect_timeout=2, autocommit=True) as direct:
        applied = set(direct.execute("SELECT app, name FROM django_migrations").fetchall())
        alive = direct.execute(
            "SELECT 1 FROM messaging_workerbeat WHERE beat_at BETWEEN %s AND %s",
            [now - WORKER_IS_LATE_AFTER, now + WORKER_IS_LATE_AFTER],
        ).fetchone()
    return {"database": True, "migrations": newest_migrations() <= applied, "worker": alive is not None}


@cache
def newest_migrations() -> frozenset[tuple[str, str]]:
    """The last one of each app, as app and name; it stands on all before it."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def _lacks_static_files() -> bool:
    """Whether `collectstatic` has not run, so that every page would fail."""
    return (
        settings.PRODUCTION
        and isinstance(staticfiles_storage, ManifestFilesMixin)
        and not staticfiles_storage.hashed_files
    )
