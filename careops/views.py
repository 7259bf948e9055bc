"""What is answered where something broke."""

import sys

from django.db import InterfaceError, OperationalError
from django.http import HttpResponse, HttpResponseServerError
from django.template import loader
from psycopg import errors

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
