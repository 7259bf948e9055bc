"""What gunicorn loads."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careops.settings")
# libpq reads this for every connection of the web process: a stuck query or a forgotten transaction ends
# itself instead of freezing the front desk. Migrations and the worker run without these limits.
os.environ.setdefault(
    "PGOPTIONS",
    "-c lock_timeout=3s -c statement_timeout=10s -c idle_in_transaction_session_timeout=15s",
)

application = get_wsgi_application()
