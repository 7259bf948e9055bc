"""The people of the tests, and what every test may rely on."""

import itertools
import os

import pytest
from django.db import connection, transaction
from django.test import Client, TransactionTestCase
from django.utils import timezone

from accounts.roles import ADMIN, STAFF, sync_roles
from accounts.tests.factories import UserFactory

MADE_BY_MIGRATIONS = {
    *["django_migrations", "django_content_type", "auth_permission", "auth_group", "auth_group_permissions"],
}


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """Let each process begin with its part of the files that take seconds; xdist hands out equal runs of the list."""
    slow = [item for item in items if item.get_closest_marker("browser") or item.get_closest_marker("long")]
    quick = iter([item for item in items if item not in slow])
    files = list(dict.fromkeys(item.path for item in slow))
    processes = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    shares = []
    for process in range(processes):
        first = [item for item in slow if files.index(item.path) % processes == process]
        size = (len(items) - sum(map(len, shares))) // (processes - process)
        shares.append([*first, *itertools.islice(quick, max(0, size - len(first)))])
    items[:] = [*itertools.chain(*shares), *quick]


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """The roles are there from the start, as they are after every deployment."""
    with django_db_blocker.unblock():
        sync_roles()


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


def _empty_tables(case) -> None:
    """After a transactional test: delete what the filled tables hold, jobs and cache with them.

    Django would truncate every table and make all permissions again, which takes a hundred times as long.
    """
    with connection.cursor() as cursor:
        tables = sorted({*connection.introspection.table_names(cursor)} - MADE_BY_MIGRATIONS)
        cursor.execute(" UNION ALL ".join(f"(SELECT '{table}' FROM {table} LIMIT 1)" for table in tables))
        filled = [table for (table,) in cursor.fetchall()]
    with transaction.atomic(), connection.cursor() as cursor:  # foreign keys are checked at its end
        for table in filled:
            cursor.execute(f"DELETE FROM {table}")


TransactionTestCase._fixture_teardown = _empty_tables
