"""What a load balancer asks: is the process up, and can it do its work?"""

import datetime

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError, InterfaceError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse, JsonResponse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.views.generic import View

from messaging.models import WorkerBeat

WORKER_IS_LATE_AFTER = datetime.timedelta(seconds=60)


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
