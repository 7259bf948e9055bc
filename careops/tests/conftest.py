"""A real Chromium for the journeys."""

import pytest
from django.db import connections
from playwright.sync_api import sync_playwright

from careops.tests import live


@pytest.fixture
def browser(monkeypatch):
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code of ours.
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=live.CHROMIUM, args=live.CHROMIUM_FLAGS)
        yield browser
        connections.close_all()  # beside that loop Django keeps a connection of its own
        browser.close()
