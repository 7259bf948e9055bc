"""What gunicorn loads."""

import codecs
import os

from django.core.wsgi import get_wsgi_application
from django.utils.http import parse_header_parameters

from careops.core.requests import NOT_UTF8

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careops.settings")
# libpq reads this for every connection of the web process: a stuck query or a forgotten transaction ends
# itself instead of freezing the front desk. Migrations and the worker run without these limits.
os.environ.setdefault(
    "PGOPTIONS",
    "-c lock_timeout=3s -c statement_timeout=10s -c idle_in_transaction_session_timeout=15s",
)

django = get_wsgi_application()


def application(environ: dict, start_response):
    """Django, which fails before any of our code runs where a request claims letters such as hex: those are marked."""
    if not _is_utf8(environ.get("CONTENT_TYPE") or ""):
        environ["CONTENT_TYPE"] = ""
        environ[NOT_UTF8] = True
    return django(environ, start_response)


def _is_utf8(kind: str) -> bool:
    """Whether that type of content claims UTF-8, or nothing; read by Django's parser, so that both see the same."""
    try:
        charset = parse_header_parameters(kind)[1].get("charset")
        return charset is None or codecs.lookup(charset).name == "utf-8"
    except LookupError:  # a name that nobody knows: Django passes over it
        return True
    except ValueError:  # what the parser refuses
        return False
