"""What is answered where something broke."""

import sys

from django.db import DatabaseError, InterfaceError
from django.http import HttpResponse, HttpResponseServerError
from django.template import loader


def server_error(request):
    """The 500 page; a 503 where the database is what is missing. Needs neither database nor session."""
    if isinstance(sys.exc_info()[1], (InterfaceError, DatabaseError)):
        return HttpResponse(
            loader.get_template("503.html").render(), status=503, headers={"Retry-After": "5"}
        )
    return HttpResponseServerError(loader.get_template("500.html").render())
