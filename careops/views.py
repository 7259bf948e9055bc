"""What is answered where something broke, or is not for whoever asks."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseServerError
from django.template import loader
from django.utils import timezone
from django.views import defaults
from psycopg import errors

from accounts.services import note_refusal

# Somebody else holds what this one needs, or the two hold what each other needs: over in a moment.
BUSY = (errors.LockNotAvailable, errors.QueryCanceled, errors.DeadlockDetected, errors.SerializationFailure)


def server_error(request):
    """The 500 page; a 503 where the database is missing, or busy for longer than anybody waits.

    Needs neither database nor session.
    """
    error = sys.exc_info()[1]
    if isinstance(error, (InterfaceError, OperationalError)):
        page = loader.get_template("503.html").render({"is_busy": isinstance(error.__cause__, BUSY)})
        return HttpResponse(page, status=503, headers={"Retry-After": "5"})
    return HttpResponseServerError(loader.get_template("500.html").render())


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    """The 403 page; that somebody who works here has come to it is written down."""
    if request.user.is_authenticated:
        asked = {"path": request.path, "method": request.method, "route": request.resolver_match.route}
        note_refusal(user=request.user, **asked, now=timezone.now())
    return defaults.permission_denied(request, exception)
