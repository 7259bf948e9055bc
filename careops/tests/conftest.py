"""A real Chromium and a real server for the journeys: one of each for all tests of a process."""

import asyncio

import pytest
from django.db import connection, connections
from playwright.sync_api import sync_playwright

from careops.tests import live

# Of the server on the database of the tests.
BUSY = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND pid <> pg_backend_pid() AND state IN ('active', 'idle in transaction')
"""


@pytest.fixture(scope="session")
def address(django_db_setup):
    """Where CareOps answers, on the database of the tests."""
    with live.website() as address:
        yield address


@pytest.fixture(scope="session")
def chromium():
    """The browser, and the event loop that Playwright keeps in this thread; only who uses the one sees the other."""
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=live.CHROMIUM, args=live.CHROMIUM_FLAGS)
        loop = asyncio.get_running_loop()
        asyncio._set_running_loop(None)
        yield chromium, loop
        asyncio._set_running_loop(loop)


@pytest.fixture
def browser(chromium, transactional_db, monkeypatch):
    """The browser of all, in which a test opens contexts of its own."""
    chromium, loop = chromium
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # nothing here is asynchronous, whatever the loop
    asyncio._set_running_loop(loop)
    yield chromium
    for context in chromium.contexts:
        context.close()
    connections.close_all()  # beside that loop Django keeps a connection of its own
    asyncio._set_running_loop(None)
    live.wait_until(_nobody_is_busy, "the server has finished what the browser asked for")


def _nobody_is_busy() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(BUSY)
        return cursor.fetchone() == (0,)
