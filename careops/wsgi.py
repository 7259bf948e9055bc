"""What gunicorn loads."""

import codecs
import os
import re

from django.core.wsgi import get_wsgi_application

from careops.core.charsets import NOT_UTF8

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careops.settings")
# libpq reads this for every connection of the web process: a stuck query or a forgotten transaction ends
# itself instead of freezing the front desk. Migrations and the worker run without these limits.
os.environ.setdefault(
    "PGOPTIONS",
    "-c lock_timeout=3s -c statement_timeout=10s -c idle_in_transaction_session_timeout=15s",
)

django = get_wsgi_application()
CHARSET = re.compile(r";\s*charset\s*=\s*\"?([^\";\s]*)\"?", re.IGNORECASE)


def application(environ: dict, start_response):
    """Django, which fails before any of our code runs where a request claims letters such as hex: those are marked."""
    said = CHARSET.search(environ.get("CONTENT_TYPE") or "")
    if said and not _is_utf8(said.group(1)):
        environ["CONTENT_TYPE"] = CHARSET.sub("", environ["CONTENT_TYPE"])
        environ[NOT_UTF8] = True
    return django(environ, start_response)


def _is_utf8(name: str) -> bool:
    try:
        return codecs.lookup(name).name == "utf-8"
    except (LookupError, ValueError):  # a name that nobody knows: Django passes over it
        return True
