"""The people of the tests, and what every test may rely on."""

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from accounts.roles import ADMIN, STAFF
from accounts.tests.factories import UserFactory


@pytest.fixture
def staff(db):
    return UserFactory(name="Sara Staff", email="sara@careops.example", role=STAFF)


@pytest.fixture
def admin(db):
    return UserFactory(name="Amir Admin", email="amir@careops.example", role=ADMIN)


@pytest.fixture
def as_staff(staff):
    return _signed_in(staff)


@pytest.fixture
def as_admin(admin):
    return _signed_in(admin)


def _signed_in(user) -> Client:
    client = Client()
    client.force_login(user, backend="accounts.backends.RoleBackend")
    return client


@pytest.fixture(autouse=True)
def _no_time_zone():
    """A page leaves the time zone of its business active in its thread: no test finds what another left."""
    timezone.deactivate()


@pytest.fixture(autouse=True)
def _empty_queue(request):
    """Jobs live in unmanaged tables, which a transactional test does not flush by itself."""
    yield
    marker = request.node.get_closest_marker("django_db")
    if "transactional_db" in request.fixturenames or (marker and marker.kwargs.get("transaction")):
        blocker = request.getfixturevalue("django_db_blocker")
        with blocker.unblock(), connection.cursor() as cursor:
            cursor.execute("TRUNCATE procrastinate_jobs, procrastinate_workers RESTART IDENTITY CASCADE")
        with blocker.unblock():
            cache.clear()
