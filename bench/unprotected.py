"""CareOps without locks on rows, for the positive control of `bench/crowds.py`. Never serve it."""

from careops.wsgi import application

# isort: split
# It sets Django up, so it comes first.

from django.db.models import QuerySet

QuerySet.select_for_update = lambda rows, **how: rows

__all__ = ["application"]
