"""The pages that belong to no app: dashboard, health, errors."""

import datetime
import sys

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, HttpResponseServerError, JsonResponse
from django.template import loader
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.generic import TemplateView, View

from careops.dashboard import reading
from messaging.models import WorkerBeat

WORKER_IS_LATE_AFTER = datetime.timedelta(seconds=60)


class DashboardView(TemplateView):
    template_name = "dashboard/dashboard.html"

    def get_context_data(self, **kwargs):
        return super().get_context_data(**reading.read(user=self.request.user, now=timezone.now()), **kwargs)


@method_decorator(login_not_required, name="dispatch")
class HealthView(View):
    """The process is up. Asks nobody else, least of all the database."""

    def get(self, request):
        return HttpResponse("ok\n", content_type="text/plain")


@method_decorator(login_not_required, name="dispatch")
class ReadyView(View):
    """Whether CareOps can do its work: database, migrations, worker."""

    def get(self, request):
        checks = {"database": False, "migrations": False, "worker": False}
        try:
            executor = MigrationExecutor(connection)
            checks["database"] = True
            checks["migrations"] = not executor.migration_plan(executor.loader.graph.leaf_nodes())
            recently = timezone.now() - WORKER_IS_LATE_AFTER
            checks["worker"] = WorkerBeat.objects.filter(beat_at__gt=recently).exists()
        except (DatabaseError, InterfaceError):
            pass  # the answer says it
        return JsonResponse(checks, status=200 if all(checks.values()) else 503)


def server_error(request):
    """The 500 page; a 503 where the database is what is missing. Needs neither database nor session."""
    if isinstance(sys.exc_info()[1], (InterfaceError, DatabaseError)):
        return HttpResponse(
            loader.get_template("503.html").render(), status=503, headers={"Retry-After": "5"}
        )
    return HttpResponseServerError(loader.get_template("500.html").render())
